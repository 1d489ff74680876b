//! The canonical layout: nothing but layout changes, and only once.

use crate::round_trip::trees::any_file;
use crate::support::plain;
use atbac_grammar::span::FileId;
use atbac_grammar::{MAX_COLUMNS, format, parse, print};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

mod comments;
mod layout;

/// The text laid out, which must be a file without errors.
fn formatted(text: &str) -> String {
    let laid_out = format(FileId(0), text);
    assert!(laid_out.is_ok(), "{laid_out:?} in:\n{text}");
    laid_out.unwrap_or_default()
}

/// Lays a text out and checks that its meaning and its comments stay, and that doing it again changes nothing.
fn checked(text: &str) -> String {
    let once = formatted(text);
    let (before, after) = (parse(FileId(0), text), parse(FileId(0), &once));
    assert_eq!(after.diagnostics, [], "of:\n{text}\nbecame:\n{once}");
    assert_eq!(plain(&after.file), plain(&before.file), "of:\n{text}\nbecame:\n{once}");
    assert_eq!(comments(&once), comments(text), "of:\n{text}\nbecame:\n{once}");
    assert_eq!(formatted(&once), once, "of:\n{text}");
    assert!(!once.contains(" \n") && !once.contains("\n\n\n"), "{once}");
    assert!(once.ends_with('\n') && !once.ends_with("\n\n"), "{once}");
    once
}

/// Every comment of a text, found without the formatter's own reading: outside of strings, from its mark to its end. Sorted, since one that no line
/// can follow where it stood moves to the end of its line, past others.
fn comments(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['"', '/']) {
        rest = &rest[at..];
        let end = match rest.as_bytes() {
            [b'"', ..] => {
                let mut escaped = false;
                let closes = |byte: u8| {
                    let closes = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    closes
                };
                rest.bytes().skip(1).position(closes).expect("strings are closed") + 2
            }
            [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
            [b'/', b'*', ..] => rest.find("*/").expect("comments are closed") + 2,
            _ => 1,
        };
        if rest[..end].len() > 1 && rest.starts_with('/') {
            found.push(rest[..end].trim_end().to_owned());
        }
        rest = &rest[end..];
    }
    found.sort();
    found
}

/// The policies in a folder of the repository and below it.
fn policies(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "atbac") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no policies in {folder}");
    found
}

/// The files of a policy file: a line `//// name` begins another.
fn parts(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("policies are text");
    let mut parts = vec![String::new()];
    for line in text.lines() {
        if line.starts_with("//// ") {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

#[test]
fn every_policy_of_the_project_keeps_its_meaning_and_comments() {
    for folder in
        ["examples", "stdlib", "tests/run", "tests/ui/accepted", "grammar/tests/policies", "docs/language/contexts"]
    {
        for path in policies(folder) {
            for part in parts(&path) {
                println!("{}", path.display());
                checked(&part);
            }
        }
    }
}

#[test]
fn examples_and_the_standard_library_are_laid_out() {
    for path in ["examples", "stdlib"].into_iter().flat_map(policies) {
        let text = fs::read_to_string(&path).expect("policies are text");
        assert!(formatted(&text) == text, "{} is not laid out: run `atbac fmt` on it", path.display());
    }
}

/// Lines are only longer where something in them cannot be broken.
#[test]
fn lines_have_room() {
    for path in ["examples", "tests/run"].into_iter().flat_map(policies) {
        let text: String = parts(&path).iter().map(|part| formatted(part)).collect();
        for line in text.lines().filter(|line| line.chars().count() > MAX_COLUMNS) {
            let longest = line.split(' ').map(|word| word.chars().count()).max();
            let is_comment = line.trim_start().starts_with("//");
            assert!(is_comment || line.contains(" else \"") || longest > Some(60), "{}: {line}", path.display());
        }
    }
}

/// What the same tokens look like with other blanks between them, and comments in every gap that the numbers choose.
fn scattered(text: &str, choices: &[u8]) -> String {
    let mut choices = choices.iter().copied().cycle();
    let mut scattered = String::new();
    let mut in_string = false;
    let mut in_doc = false;
    for (at, character) in text.char_indices() {
        in_string ^= character == '"' && !text[..at].ends_with('\\')
            || in_string && character == '"' && text[..at].ends_with("\\\\");
        in_doc |= !in_string && text[at..].starts_with("///");
        in_doc &= character != '\n';
        if in_string || in_doc || character != ' ' && character != '\n' {
            scattered.push(character);
            continue;
        }
        // A doc comment ends with its line.
        let after_doc = scattered.lines().last().is_some_and(|line| line.contains("///"));
        scattered.push_str(match (choices.next(), after_doc) {
            (Some(0..=5), true) => "\n\n",
            (_, true) => "\n",
            (Some(0), _) => " // c\n",
            (Some(1), _) => "\n// own\n",
            (Some(2), _) => "\n\n  // own\n\n// own too\n\n",
            (Some(3), _) => " /* inline */ ",
            (Some(4), _) => "\n/* a\n   b */\n",
            (Some(5), _) => " /* end */\n",
            (Some(6..=9), _) => "\n",
            (Some(10), _) => "\n\n\n\n",
            (Some(11), _) => " /* a */ // b\n",
            _ => " ",
        });
    }
    scattered
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_in_any_layout_keeps_its_meaning_and_comments(
        tree in any_file(),
        choices in proptest::collection::vec(0u8..60, 1..200),
    ) {
        checked(&scattered(&print(&tree), &choices));
    }

    #[test]
    fn what_is_no_file_is_refused_and_never_panics(text in "\\PC{0,200}|[a-z{}();:,@/*\" \\n]{0,200}") {
        let parsed = parse(FileId(0), &text);
        prop_assert_eq!(format(FileId(0), &text).is_err(), !parsed.diagnostics.is_empty());
    }
}
