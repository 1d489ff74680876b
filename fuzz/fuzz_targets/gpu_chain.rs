//! A forged device's certificate chain or one of its lists changed, or any bytes in its place: only the certificates that were signed are accepted.

#![no_main]

use atbac_evidence::certificates;
use atbac_fuzz::edit::Edit;
use atbac_fuzz::gpu::{forged, verify};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    base: u8,
    /// Changes to one certificate, before it is written in PEM.
    certificate: Vec<(u8, Edit)>,
    chain: Vec<Edit>,
    lists: Vec<(bool, Edit)>,
    /// These bytes in the place of the chain.
    other: Option<Vec<u8>>,
}

fuzz_target!(|input: Input| {
    let (_, good) = forged(input.base);
    let mut minted = good.clone();
    for (which, edit) in &input.certificate {
        // Not the last: it is the root that is trusted.
        edit.apply(&mut minted.certificates[usize::from(*which) % 4]);
    }
    for (which, edit) in &input.lists {
        edit.apply(&mut minted.crls[usize::from(*which)]);
    }
    let mut chain = minted.chain();
    for edit in &input.chain {
        edit.apply(&mut chain);
    }
    let chain = input.other.unwrap_or(chain);
    if verify(&minted, &chain).is_ok() {
        let accepted = certificates(&chain).expect("what was accepted can be read");
        // An ECDSA signature in DER is not the only one that verifies, so the signed parts are compared: all but the last 120 bytes.
        for (accepted, good) in accepted.iter().zip(&good.certificates) {
            assert_eq!(accepted[4..good.len() - 120], good[4..good.len() - 120]);
        }
    }
});
