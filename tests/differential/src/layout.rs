//! The formatter on generated programs: whatever their layout was, laying them out changes nothing of what they say, and doing it again changes nothing.

use crate::subject;
use atbac_engine::SourceFile;
use atbac_generator::bundle::printed;
use atbac_generator::{Arrangement, Tape, tape};
use atbac_grammar::format;
use atbac_grammar::span::FileId;

/// What is put between tokens: blanks, line ends, and a comment.
const GAPS: [&str; 8] = [" ", " ", "  ", "\t", "\n", "\n\n\n", "\r\n  ", NOTE];

/// A comment.
const NOTE: &str = " // a note\n";

/// The files of a seed's policy, with blanks, line ends and comments where the tape puts them.
pub fn disarranged_policy(seed: u64) -> Vec<SourceFile> {
    let arrangement = Arrangement::ALL[(seed % Arrangement::ALL.len() as u64) as usize];
    let numbers = tape::random(!seed, 20_000);
    let mut tape = Tape::new(&numbers);
    let files = subject::source(&subject::tape_of(seed), arrangement).into_iter();
    files.map(|file| SourceFile { text: disarranged(&file.text, &mut tape), ..file }).collect()
}

/// A text with other blanks between its tokens. Comments and what stands in quotation marks stay.
pub fn disarranged(text: &str, tape: &mut Tape<'_>) -> String {
    let mut other = String::with_capacity(2 * text.len());
    for line in text.lines() {
        let code = code(line);
        let (mut quoted, mut escaped) = (false, false);
        for c in code.chars() {
            match c {
                ' ' if !quoted => other.push_str(GAPS[tape.below(GAPS.len())]),
                c => other.push(c),
            }
            quoted ^= c == '"' && !escaped;
            escaped = quoted && c == '\\' && !escaped;
        }
        other.push_str(&line[code.len()..]);
        other.push('\n');
    }
    other
}

/// What of a line stands before a comment.
fn code(line: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        if !quoted && line[at..].starts_with("//") {
            return &line[..at];
        }
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
    }
    line
}

/// Lays a file out.
///
/// # Errors
/// What laying it out changed, or that doing it again changes something.
pub fn laid_out(text: &str) -> Result<String, String> {
    let once = format(FileId(0), text).map_err(|found| format!("it is refused: {}", found[0].message))?;
    let twice =
        format(FileId(0), &once).map_err(|found| format!("once laid out it is refused: {}", found[0].message))?;
    if once != twice {
        return Err(format!("laid out twice it is another:\n{once}\n---\n{twice}"));
    }
    if meaning(text) != meaning(&once) {
        return Err(format!("it says something else:\n{once}"));
    }
    if notes(text) != notes(&once) {
        return Err(format!("of {} comments {} are left:\n{once}", notes(text), notes(&once)));
    }
    Ok(once)
}

/// What a text says, without its layout: its tree, printed.
fn meaning(text: &str) -> Vec<(String, String)> {
    printed(&[atbac_grammar::parse(FileId(0), text).file])
}

fn notes(text: &str) -> usize {
    text.matches(NOTE.trim()).count()
}
