//! Collateral of any content, some of it under good signatures: nothing is accepted that dcap-qvl refuses.

#![no_main]

use atbac_evidence::dcap::{Collateral, IntelRoot};
use atbac_fuzz::edit::{Edit, JsonEdit};
use atbac_fuzz::quote::{forged, peer_refuses, verify};
use atbac_simulation::QuoteForgery;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

#[derive(Debug, Arbitrary)]
struct Input {
    base: u8,
    /// Changes to what Intel signs, before it is signed.
    tcb_info: Vec<JsonEdit>,
    qe_identity: Vec<JsonEdit>,
    /// Changes to the fields that hold all of it, afterwards.
    fields: Vec<(u8, Edit)>,
    whole: Vec<JsonEdit>,
    /// These bytes in the place of all that.
    other: Option<Vec<u8>>,
}

fuzz_target!(|input: Input| {
    let mut forgery = forged(input.base).clone();
    for edit in &input.tcb_info {
        edit.apply(&mut forgery.tcb_info);
    }
    for edit in &input.qe_identity {
        edit.apply(&mut forgery.qe_identity);
    }
    let mut minted = forgery.mint();
    for (which, edit) in &input.fields {
        let fields = minted.collateral.as_object_mut().expect("collateral is an object");
        let which = usize::from(*which) % fields.len();
        if let Some(Value::String(text)) = fields.values_mut().nth(which) {
            let mut bytes = std::mem::take(text).into_bytes();
            edit.apply(&mut bytes);
            *text = String::from_utf8_lossy(&bytes).into_owned();
        }
    }
    for edit in &input.whole {
        edit.apply(&mut minted.collateral);
        if !minted.collateral.is_object() {
            break;
        }
    }
    let json = input.other.unwrap_or_else(|| minted.collateral.to_string().into_bytes());
    let root = IntelRoot::given(&minted.root).expect("the forged root");
    let now = QuoteForgery::now();
    if verify(&minted.quote, &json, &root, now).is_ok() {
        assert!(Collateral::from_json(&json).is_ok());
        assert_eq!(peer_refuses(&minted.quote, &json, Some(&minted.root), now), None, "only we accept it");
    }
});
