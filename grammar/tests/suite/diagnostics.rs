//! Diagnostics as drawings and as JSON.

use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::json;
use atbac_grammar::render::{Style, report};
use atbac_grammar::span::{SourceMap, Span};
use serde_json::json;

fn two_files() -> (SourceMap, Diagnostic) {
    let mut sources = SourceMap::default();
    let a = sources.add("a.atbac", "package é;\nenum E { a b }\n").expect("it is short");
    let b = sources.add("b.atbac", "package b;\n").expect("it is short");
    let diagnostic = Diagnostic::error(codes::UNEXPECTED_TOKEN, Span::new(a, 23, 24), "expected `,`, found `b`")
        .labelled("here")
        .and(Span::new(a, 12, 16), "in this enum")
        .and(Span::new(b, 8, 9), "another file")
        .help("add `,`");
    (sources, diagnostic)
}

#[test]
fn json_has_lines_and_columns_in_characters() {
    let (sources, diagnostic) = two_files();
    let expected = json!({
        "code": "atbac::syntax::unexpected_token",
        "severity": "error",
        "message": "expected `,`, found `b`",
        "help": "add `,`",
        "primary": {
            "file": "a.atbac",
            "start": { "line": 2, "column": 12, "offset": 23 },
            "end": { "line": 2, "column": 13, "offset": 24 },
            "text": "here",
        },
        "secondary": [
            {
                "file": "a.atbac",
                "start": { "line": 2, "column": 1, "offset": 12 },
                "end": { "line": 2, "column": 5, "offset": 16 },
                "text": "in this enum",
            },
            {
                "file": "b.atbac",
                "start": { "line": 1, "column": 9, "offset": 8 },
                "end": { "line": 1, "column": 10, "offset": 9 },
                "text": "another file",
            },
        ],
    });
    assert_eq!(json::value(&diagnostic, &sources), expected);
}

#[test]
fn a_drawing_shows_every_place() {
    let (sources, diagnostic) = two_files();
    let drawn = report(&diagnostic, &sources, Style::default());
    for part in [
        "atbac::syntax::unexpected_token",
        "expected `,`, found `b`",
        "[a.atbac:2:12]",
        "here",
        "in this enum",
        "another file",
        "[b.atbac:1:9]",
        "help: add `,`",
    ] {
        assert!(drawn.contains(part), "{part} is missing in\n{drawn}");
    }
    assert!(!drawn.contains('\u{1b}'), "no colour without being asked");
}

#[test]
fn drawings_can_be_ascii_and_coloured() {
    let (sources, diagnostic) = two_files();
    let ascii = report(&diagnostic, &sources, Style { unicode: false, ..Style::default() });
    // The source itself has one character that is not.
    assert!(ascii.replace('é', "e").is_ascii(), "{ascii}");
    let coloured = report(&diagnostic, &sources, Style { color: true, ..Style::default() });
    assert!(coloured.contains("\u{1b}["), "{coloured}");
}

/// A policy may come from a stranger: its text must not command the terminal or reorder the line.
#[test]
fn a_drawing_has_no_control_characters_of_the_source() {
    let text = "package p;\n// \u{1b}[31m \u{9b}31m \u{202e} \u{61c} \u{7}\nrecord ;";
    let (sources, file) = crate::support::source("\u{1b}[1m.atbac", text);
    let mut diagnostics = atbac_grammar::parse(file, text).diagnostics;
    diagnostics.push(Diagnostic::error(codes::INVALID_LITERAL, Span::new(file, 0, 1), "\u{1b}[2J").help("\u{202e}"));
    assert_eq!(diagnostics.len(), 4);
    for diagnostic in diagnostics {
        let drawn = report(&diagnostic, &sources, Style::default());
        let bad = drawn.chars().find(|&c| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{61c}'));
        assert_eq!(bad, None, "{drawn:?}");
    }
}

#[test]
fn warnings_say_so() {
    let (sources, diagnostic) = two_files();
    let warning = Diagnostic { severity: atbac_grammar::diagnostic::Severity::Warning, ..diagnostic };
    assert_eq!(json::value(&warning, &sources)["severity"], "warning");
}

#[test]
fn codes_are_unique_and_described() {
    let mut codes: Vec<&str> = codes::ALL.iter().map(|(code, _)| code.as_str()).collect();
    codes.sort_unstable();
    let count = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), count);
    assert!(codes::ALL.iter().all(|(_, description)| description.ends_with('.')));
}
