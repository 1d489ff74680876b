//! A genuine quote changed, or any bytes in its place: only the genuine header and body are accepted.

#![no_main]

use atbac_evidence::dcap::IntelRoot;
use atbac_fuzz::edit::Edit;
use atbac_fuzz::quote::{genuine, peer_refuses, verify};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    base: u8,
    edits: Vec<Edit>,
    /// These bytes in the place of the quote.
    other: Option<Vec<u8>>,
}

fuzz_target!(|input: Input| {
    let base = genuine(input.base);
    let mut quote = base.quote.to_vec();
    for edit in &input.edits {
        edit.apply(&mut quote);
    }
    if let Some(other) = input.other {
        quote = other;
    }
    if verify(&quote, base.collateral, &IntelRoot::built_in(), base.now).is_ok() {
        assert_eq!(quote[..base.signed], base.quote[..base.signed]);
        assert_eq!(peer_refuses(&quote, base.collateral, None, base.now), None, "only we accept it");
    }
});
