//! Every code of a refusal stands in the documentation.

use std::collections::BTreeSet;

use crate::files::{read, repository};

/// The sources that give codes: there, every literal of words joined by underscores is one.
const SOURCES: [&str; 10] = [
    "refusal.rs",
    "cert/refusal.rs",
    "snp/refusal.rs",
    "snp/azure/refusal.rs",
    "snp/container/refusal.rs",
    "dcap/refusal.rs",
    "dcap/fault.rs",
    "gpu/refusal.rs",
    "token/refusal.rs",
    "svid/refusal.rs",
];

fn text(path: &str) -> String {
    String::from_utf8(read(&repository().join(path))).unwrap()
}

#[test]
fn every_code_is_documented() {
    let is_code = |literal: &&str| {
        literal.contains('_')
            && literal.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let sources = SOURCES.map(|source| text(&format!("engine/evidence/src/{source}")));
    let codes: BTreeSet<&str> = sources.iter().flat_map(|source| source.split('"').filter(is_code)).collect();
    assert!(codes.contains("quote_malformed") && codes.contains("input_too_large"), "{codes:?}");
    let page = text("docs/evidence.md");
    let missing: Vec<_> = codes.iter().filter(|code| !page.contains(&format!("`{code}`"))).collect();
    assert!(missing.is_empty(), "not in docs/evidence.md: {missing:?}");
}
