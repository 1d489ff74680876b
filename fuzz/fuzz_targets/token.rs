//! A token changed after it was signed, or any bytes in its place: only what was signed is accepted.

#![no_main]

use atbac_fuzz::edit::Edit;
use atbac_fuzz::token::{KINDS, Kind, header, sign};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

#[derive(Debug, Arbitrary)]
struct Input {
    kind: u8,
    edits: Vec<Edit>,
    /// These bytes in the place of the evidence.
    other: Option<Vec<u8>>,
}

static GOOD: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let good =
        KINDS.map(|kind| kind.evidence(&sign(header().to_string().as_bytes(), kind.claims().to_string().as_bytes())));
    for (kind, evidence) in KINDS.iter().zip(&good) {
        kind.verify(evidence).expect("a token verifies as it is");
    }
    good.into()
});

/// Header and payload of every token in the evidence.
fn signed(evidence: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(evidence);
    let tokens = text.split(|character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character)));
    let signed = tokens.filter_map(|token| token.rsplit_once('.').map(|(signed, _)| signed.to_owned()));
    signed.filter(|signed| signed.contains('.')).collect()
}

fuzz_target!(|input: Input| {
    let kind = Kind::nth(input.kind);
    let good = &GOOD[usize::from(input.kind) % KINDS.len()];
    let mut evidence = good.clone();
    for edit in &input.edits {
        edit.apply(&mut evidence);
    }
    let evidence = input.other.unwrap_or(evidence);
    if kind.verify(&evidence).is_ok() {
        assert_eq!(signed(&evidence), signed(good));
    }
});
