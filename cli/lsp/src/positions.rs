//! Bytes of a text to lines and columns as the protocol counts them, and back.
//!
//! A column counts code units of the encoding that was agreed on: UTF-16 unless the client offers UTF-8 (LSP 3.17, "Position"). A line ends with `\n`,
//! `\r\n` or `\r` ("Text Documents").

use lsp_types::{Position, Range};

/// The code units that columns count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// One for each byte.
    Utf8,
    /// One for each character, two for those beyond U+FFFF.
    #[default]
    Utf16,
}

impl Encoding {
    fn units(self, character: char) -> u32 {
        match self {
            Encoding::Utf8 => character.len_utf8() as u32,
            Encoding::Utf16 => character.len_utf16() as u32,
        }
    }
}

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// Of a text.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(at, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Lines { starts: std::iter::once(0).chain(ends.map(|(at, _)| at as u32 + 1)).collect() }
    }

    /// The line that a byte lies in, from 0.
    pub fn line(&self, offset: usize) -> u32 {
        (self.starts.partition_point(|&start| start as usize <= offset).max(1) - 1) as u32
    }

    /// The position of a byte; one past the end is at the end, one within a character at its beginning.
    pub fn position(&self, text: &str, offset: usize, encoding: Encoding) -> Position {
        let offset = offset.min(text.len());
        let line = self.line(offset);
        let start = self.starts[line as usize] as usize;
        let before =
            text[start..].char_indices().take_while(|(at, character)| start + at + character.len_utf8() <= offset);
        Position { line, character: before.map(|(_, character)| encoding.units(character)).sum() }
    }

    /// The byte of a position. A column past the end of its line is at its end, a line past the last at the end of the text, and a column within a
    /// character at its beginning.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> usize {
        let Some(&start) = self.starts.get(position.line as usize) else { return text.len() };
        let start = start as usize;
        let end = self.starts.get(position.line as usize + 1).map_or(text.len(), |&next| next as usize);
        let line = text[start..end].trim_end_matches(['\r', '\n']);
        let mut units = 0u32;
        for (at, character) in line.char_indices() {
            units = units.saturating_add(encoding.units(character));
            if units > position.character {
                return start + at;
            }
        }
        start + line.len()
    }

    /// The range of two bytes.
    pub fn range(&self, text: &str, from: usize, to: usize, encoding: Encoding) -> Range {
        Range { start: self.position(text, from, encoding), end: self.position(text, to, encoding) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_code_units() {
        // é is two bytes and one unit of UTF-16; 𝄞 four bytes and two units.
        let text = "aé𝄞b\nc";
        let lines = Lines::new(text);
        let column = |offset, encoding| lines.position(text, offset, encoding);
        assert_eq!(column(7, Encoding::Utf16), at(0, 4));
        assert_eq!(column(7, Encoding::Utf8), at(0, 7));
        assert_eq!(column(9, Encoding::Utf16), at(1, 0));
        assert_eq!(lines.offset(text, at(0, 4), Encoding::Utf16), 7);
        assert_eq!(lines.offset(text, at(0, 7), Encoding::Utf8), 7);
    }

    #[test]
    fn what_is_no_place_is_the_nearest_before() {
        let text = "aé𝄞b\nc";
        let lines = Lines::new(text);
        // Within the surrogate pair, within a character's bytes, past the line, past the text.
        assert_eq!(lines.offset(text, at(0, 3), Encoding::Utf16), 3);
        assert_eq!(lines.offset(text, at(0, 2), Encoding::Utf8), 1);
        assert_eq!(lines.offset(text, at(0, 99), Encoding::Utf16), 8);
        assert_eq!(lines.offset(text, at(9, 0), Encoding::Utf16), 10);
        assert_eq!(lines.offset(text, at(u32::MAX, u32::MAX), Encoding::Utf16), 10);
        assert_eq!(lines.position(text, 5, Encoding::Utf16), at(0, 2));
        assert_eq!(lines.position(text, 99, Encoding::Utf16), at(1, 1));
    }

    #[test]
    fn lines_end_in_three_ways() {
        let text = "a\r\nb\rc\nd";
        let lines = Lines::new(text);
        let starts: Vec<usize> = (0..5).map(|line| lines.offset(text, at(line, 0), Encoding::Utf16)).collect();
        assert_eq!(starts, [0, 3, 5, 7, 8]);
        // A column past the end of a line stays before its break.
        assert_eq!(lines.offset(text, at(0, 9), Encoding::Utf16), 1);
    }

    #[test]
    fn an_empty_text_has_one_line() {
        assert_eq!(Lines::new("").position("", 0, Encoding::Utf16), at(0, 0));
        assert_eq!(Lines::new("").offset("", at(0, 0), Encoding::Utf16), 0);
    }
}
