//! Text that is barely a policy, or none.

use super::{HEAD, rule};
use crate::{many, size};
use atbac_generator::tape::Tape;

pub(super) fn long_lines(tape: &mut Tape<'_>) -> String {
    let length = size(tape, 500_000);
    match tape.below(5) {
        0 => format!("{HEAD}// {}\npermit r for Call;", "x".repeat(length)),
        1 => rule(&format!("t == \"{}\"", "x".repeat(length))),
        2 => format!("{HEAD}{}permit r for Call where nothing;", " ".repeat(length)),
        3 => format!("{HEAD}permit r for Call {{ when b; require b else \"{}\"; }}", "word ".repeat(length / 5)),
        _ => format!("{}{}", HEAD.replace('\n', " "), "permit r for Cal; ".repeat(length / 18)),
    }
}

pub(super) fn literals(tape: &mut Tape<'_>) -> String {
    let digits = "9".repeat(size(tape, 200_000));
    let condition = match tape.below(11) {
        0 => format!("n == {digits}"),
        1 => format!("wait <= {digits}d"),
        2 => format!("wait <= {}1ms", "1h".repeat(digits.len())),
        3 => format!("d == hex\"{digits}\""),
        4 => format!("t == version\"{digits}.{digits}.1\""),
        5 => format!("a in {digits}.0.0.1/8"),
        6 => format!("due > {digits}-01-01"),
        7 => format!("d[0..{digits}] == hex\"00\""),
        8 => format!("n == {}", "9_".repeat(digits.len())),
        9 => format!("t == oid\"1.2{}\"", ".1".repeat(digits.len())),
        _ => format!("t == \"{}\"", "\\u{10FFFF}".repeat(digits.len() / 4)),
    };
    rule(&condition)
}

pub(super) fn unicode(tape: &mut Tape<'_>) -> String {
    let letter = *tape.one_of(&[
        "\u{430}",
        "\u{301}",
        "\u{202e}",
        "\u{200d}",
        "\u{1F600}",
        "\u{fb01}",
        "\u{feff}",
        "\u{2028}",
        "\u{10ffff}",
    ]);
    let run = letter.repeat(size(tape, 50_000));
    match tape.below(4) {
        0 => rule(&format!("t == \"{run}\"")),
        1 => format!("{HEAD}permit r{run} for Call;"),
        2 => format!("{HEAD}// {run}\n/* {run} */ permit r for Call;"),
        _ => format!(
            "{HEAD}{}",
            many(size(tape, 2_000), |at| format!("permit r{at} for Call where t == \"a{letter}{at}\";\n"))
        ),
    }
}

pub(super) fn controls(tape: &mut Tape<'_>) -> String {
    let control = *tape.one_of(&['\0', '\u{1}', '\u{7f}', '\r', '\u{b}', '\u{1b}', '\u{85}']);
    let run = String::from(control).repeat(size(tape, 100_000));
    match tape.below(3) {
        0 => rule(&format!("t == \"{run}\"")),
        1 => format!("{run}{HEAD}{run}permit r for Call;"),
        _ => HEAD.chars().flat_map(|letter| [letter, control]).collect(),
    }
}

const TOKENS: &[&str] = &[
    "package",
    "use",
    "enum",
    "record",
    "evidence",
    "request",
    "grant",
    "reference",
    "predicate",
    "floor",
    "template",
    "apply",
    "test",
    "invariant",
    "permit",
    "forbid",
    "for",
    "where",
    "require",
    "when",
    "unless",
    "let",
    "else",
    "if",
    "then",
    "match",
    "any",
    "all",
    "count",
    "distinct",
    "in",
    "is",
    "and",
    "or",
    "not",
    "implies",
    "matches",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "==",
    "=>",
    "..",
    ".",
    ",",
    ";",
    ":",
    "=",
    "@",
    "|",
    "?",
    "+",
    "-",
    "*",
    "1",
    "5m",
    "2026-01-01",
    "10.0.0.0/8",
    "\"text\"",
    "hex\"00\"",
    "tcb",
    "x",
    "Call",
    "Int",
    "///docs\n",
    "/*",
    "*/",
    "\"",
    "Set",
    "true",
    "as",
    "by",
    "given",
    "expect",
];

pub(super) fn tokens(tape: &mut Tape<'_>) -> String {
    let count = size(tape, 12_000);
    let repeated = 1 + tape.below(20);
    let tokens = many(count, |_| format!("{} ", tape.one_of(TOKENS)));
    format!("{HEAD}{}", tokens.repeat(repeated))
}

/// A policy that says something, with pieces left out, twice, or elsewhere.
pub(super) fn moved(tape: &mut Tape<'_>) -> String {
    const WHOLE: &str = include_str!("../../../../examples/transaction-approver/approver.atbac");
    let mut text: Vec<char> = WHOLE.chars().collect();
    for _ in 0..1 + tape.below(20) {
        let (from, length) = (tape.below(text.len().max(1)), size(tape, 400));
        let piece: Vec<char> = text.iter().skip(from).take(length).copied().collect();
        match tape.below(3) {
            0 => drop(text.drain(from..(from + piece.len()).min(text.len()))),
            1 => {
                let copies = size(tape, 200);
                let run: Vec<char> = piece.iter().copied().cycle().take(piece.len() * copies).collect();
                text.splice(from..from, run);
            }
            _ => {
                let to = tape.below(text.len().max(1));
                text.splice(to..to, piece);
            }
        }
    }
    text.into_iter().collect()
}
