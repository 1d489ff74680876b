//! Certificates and lists of any content under good signatures: another reading of an accepted chain finds nothing to refuse.

#![no_main]

use atbac_fuzz::edit::Edit;
use atbac_fuzz::snp::{base, check_accepted_chain, signed_anew, verify};
use atbac_simulation::Key;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    base: u8,
    place: Place,
    edits: Vec<Edit>,
}

#[derive(Debug, Arbitrary)]
enum Place {
    Vek,
    Ask,
    Ark,
    Crl,
}

fuzz_target!(|input: Input| {
    let base = base(input.base);
    let mut minted = base.minted.clone();
    let (place, key) = match input.place {
        Place::Vek => (&mut minted.vek, base.issuer.clone()),
        Place::Ask => (&mut minted.ask, Key::ark()),
        Place::Ark => (&mut minted.ark, Key::ark()),
        Place::Crl => (&mut minted.crl, Key::ark()),
    };
    *place = signed_anew(place, &input.edits, &key);
    if let Ok(verified) = verify(base, &minted) {
        check_accepted_chain(base, &minted, &verified);
    }
});
