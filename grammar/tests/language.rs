//! Every form of the language, read from text.

use atbac_grammar::span::FileId;
use atbac_grammar::{Parsed, parse};

fn parsed(text: &str) -> Parsed {
    parse(FileId(0), text)
}

#[test]
fn a_whole_policy_has_no_errors() {
    let parsed = parsed(include_str!("policies/payments.atbac"));
    assert_eq!(parsed.diagnostics, []);
    assert_eq!(parsed.file.items.len(), 12);
}
