//! No text makes the parser panic, hang or say more than a person reads.

use atbac_grammar::codes;
use atbac_grammar::limits::MAX_DIAGNOSTICS;
use atbac_grammar::span::FileId;
use atbac_grammar::{Parsed, parse, print};
use proptest::prelude::*;

/// Parses, and checks what holds for every text.
fn check(text: &str) -> Parsed {
    let parsed = parse(FileId(0), text);
    assert!(parsed.diagnostics.len() <= MAX_DIAGNOSTICS + 1);
    for diagnostic in &parsed.diagnostics {
        for label in std::iter::once(&diagnostic.primary).chain(&diagnostic.secondary) {
            assert!(
                text.get(label.span.start as usize..label.span.end as usize).is_some(),
                "{diagnostic:?} points outside the text"
            );
        }
        assert!(!diagnostic.message.is_empty());
        assert!(!diagnostic.message.contains("something that is no token"), "{diagnostic:?}");
    }
    // Whatever was read is well formed; only a doc comment keeps a character that is refused everywhere.
    let bidi = parsed.diagnostics.iter().any(|diagnostic| diagnostic.code == codes::BIDI_CONTROL);
    if parsed.file.package.is_some() && !bidi {
        assert_eq!(parse(FileId(0), &print(&parsed.file)).diagnostics, [], "{text}");
    }
    parsed
}

/// Pieces that make trouble in each other's company.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ":",
    ".",
    "..",
    "@",
    "?",
    "|",
    "=",
    "=>",
    "==",
    "<",
    ">",
    ">=",
    "+",
    "-",
    "*",
    "\n",
    "\n",
    "/// d\n",
    "// c\n",
    "/* c */",
    "/*",
    "\"",
    "\"s\"",
    "'s'",
    "hex\"0\"",
    "hex\"00\"",
    "ip\"::1\"",
    "1",
    "1.5",
    "5m",
    "10.0.0.0/8",
    "2026-11-21",
    "2026-99-99T",
    "&&",
    "!",
    "$",
    "é",
    "\u{202e}",
    "\u{feff}",
    "x",
    "Snp",
    "package",
    "use",
    "enum",
    "record",
    "evidence",
    "request",
    "grant",
    "reference",
    "predicate",
    "permit",
    "forbid",
    "floor",
    "template",
    "apply",
    "test",
    "invariant",
    "for",
    "where",
    "require",
    "when",
    "unless",
    "let",
    "reason",
    "else",
    "if",
    "then",
    "match",
    "any",
    "all",
    "in",
    "is",
    "and",
    "or",
    "not",
    "implies",
    "count",
    "distinct",
    "tcb",
    "given",
    "with",
    "at",
    "expect",
    "deny",
    "by",
    "because",
    "session",
    "call",
    "local",
    "attested",
    "bound",
    "to",
    "merge",
    "as",
    "true",
];

/// A well-formed policy to damage.
const POLICY: &str = include_str!("../policies/every_form.atbac");

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn arbitrary_pieces(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..80)) {
        check(&pieces.join(" "));
        check(&pieces.concat());
    }

    #[test]
    fn a_policy_with_something_cut_out(from in 0..POLICY.len(), length in 0_usize..60) {
        let to = (from + length).min(POLICY.len());
        check(&format!("{}{}", &POLICY[..from], &POLICY[to..]));
    }

    #[test]
    fn a_policy_with_something_put_in(at in 0..POLICY.len(), piece in proptest::sample::select(PIECES)) {
        check(&format!("{} {piece} {}", &POLICY[..at], &POLICY[at..]));
    }
}

/// What an attacker might repeat.
const REPEATED: &[&str] = &[
    "(",
    "{",
    "}",
    "[",
    "\"",
    "\"\n",
    "/*",
    "$",
    "$ ",
    "a ",
    "a;",
    "@",
    "@a(",
    "/// d\n",
    "permit ",
    "permit a for R {\n",
    "permit a for R { require x y; }\n",
    "permit a for R { require x in { y; }\n",
    "template t() {\n",
    "not ",
    "a.",
    "1.",
    "x,",
    "{}",
    "\u{202e}",
    "é",
    "\u{0}",
    "hex\"",
    "'",
];

#[test]
fn repeated_garbage_ends() {
    for piece in REPEATED {
        let parsed = check(&piece.repeat(500_000 / piece.len()));
        assert!(!parsed.diagnostics.is_empty(), "{piece:?}");
    }
}

#[test]
fn ten_megabytes_of_garbage_end() {
    let all = REPEATED.concat();
    let parsed = check(&all.repeat(10_000_000 / all.len()));
    assert!(!parsed.diagnostics.is_empty());
}
