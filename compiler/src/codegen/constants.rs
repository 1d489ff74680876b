//! The constants that code refers to by address: long byte strings and texts, and the tables of sets.

use crate::layout::byte_words;

/// A program's constants, in words. Places are in bytes from the beginning.
#[derive(Default)]
pub(super) struct Constants {
    words: Vec<u64>,
}

impl Constants {
    /// Keeps words; returns their place.
    pub(super) fn words(&mut self, words: impl IntoIterator<Item = u64>) -> usize {
        let place = size_of_val(&self.words[..]);
        self.words.extend(words);
        place
    }

    /// Keeps a text, padded with zeros to a word; returns its place.
    pub(super) fn text(&mut self, text: &[u8]) -> usize {
        self.words(byte_words(text))
    }

    /// Keeps a table as [`Helpers::text_in`](super::abi::Helpers::text_in) searches it; returns its place, or `None`
    /// if it is too large (4 GiB).
    pub(super) fn texts(&mut self, texts: &[Box<[u8]>]) -> Option<usize> {
        let mut bytes = Vec::new();
        let mut entries = Vec::with_capacity(texts.len());
        for text in texts {
            let offset = u32::try_from(size_of::<u64>() * texts.len() + bytes.len()).ok()?;
            let length = u32::try_from(text.len()).ok()?;
            entries.push(u64::from(offset) | u64::from(length) << 32);
            bytes.extend_from_slice(text);
        }
        let place = self.words(entries);
        self.words(byte_words(&bytes));
        Some(place)
    }

    /// All constants as they lie in memory; never empty.
    pub(super) fn into_bytes(self) -> Box<[u8]> {
        let words = if self.words.is_empty() { vec![0] } else { self.words };
        words.into_iter().flat_map(u64::to_le_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Constants;

    #[test]
    fn a_table_of_texts_begins_with_their_places_and_lengths() {
        let mut constants = Constants::default();
        assert_eq!(constants.words([7]), 0);
        assert_eq!(constants.texts(&[(*b"").into(), (*b"ab").into(), (*b"abcdefghi").into()]), Some(8));
        assert_eq!(constants.text(b"x"), 8 + 3 * 8 + 16);
        let entry = |offset: u32, length: u32| [offset.to_le_bytes(), length.to_le_bytes()].concat();
        let expected = [
            &7u64.to_le_bytes()[..],
            &entry(24, 0),
            &entry(24, 2),
            &entry(26, 9),
            b"ababcdefghi\0\0\0\0\0",
            b"x\0\0\0\0\0\0\0",
        ];
        assert_eq!(*constants.into_bytes(), expected.concat());
    }

    #[test]
    fn there_is_always_a_constant_to_point_to() {
        assert_eq!(*Constants::default().into_bytes(), [0; 8]);
    }
}
