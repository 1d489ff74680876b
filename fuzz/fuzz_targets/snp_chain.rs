//! One certificate or the list changed after it was signed, or any bytes in its place: only what was signed is accepted, in whatever
//! encoding.

#![no_main]

use atbac_evidence::certificates;
use atbac_fuzz::edit::Edit;
use atbac_fuzz::snp::{base, verify};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    base: u8,
    place: u8,
    /// In PEM, before the changes.
    pem: bool,
    edits: Vec<Edit>,
    /// These bytes in the place of all that.
    other: Option<Vec<u8>>,
}

fuzz_target!(|input: Input| {
    let base = base(input.base);
    let mut minted = base.minted.clone();
    let (place, label) = match input.place % 4 {
        0 => (&mut minted.vek, "CERTIFICATE"),
        1 => (&mut minted.ask, "CERTIFICATE"),
        2 => (&mut minted.ark, "CERTIFICATE"),
        _ => (&mut minted.crl, "X509 CRL"),
    };
    let good = place.clone();
    if input.pem {
        *place = atbac_simulation::pem_block(label, place).into_bytes();
    }
    for edit in &input.edits {
        edit.apply(place);
    }
    if let Some(other) = input.other {
        *place = other;
    }
    let changed = place.clone();
    if verify(base, &minted).is_ok() && label == "CERTIFICATE" {
        assert_eq!(certificates(&changed).expect("what was accepted can be read"), [good]);
    }
});
