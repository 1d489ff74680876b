//! Reports and certificates of any content under good signatures: what is accepted is read as it stands.

#![no_main]

use atbac_evidence::Claim;
use atbac_fuzz::edit::Edit;
use atbac_fuzz::gpu::{NONCE, forged, verify};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    base: u8,
    request: Vec<Edit>,
    response_nonce: Vec<Edit>,
    blocks: Vec<(u8, Edit)>,
    fields: Vec<(u8, Field)>,
    appended: Vec<u8>,
    extensions: Vec<(u8, u8, Edit)>,
    list_extensions: Vec<(bool, Edit)>,
}

#[derive(Debug, Arbitrary)]
enum Field {
    Number(u16),
    Value(Edit),
    Remove,
    Repeat,
}

fuzz_target!(|input: Input| {
    let mut forgery = forged(input.base).0.clone();
    let report = &mut forgery.report;
    for edit in &input.request {
        edit.apply_in_place(&mut report.request);
    }
    for edit in &input.response_nonce {
        edit.apply_in_place(&mut report.response_nonce);
    }
    for (which, edit) in &input.blocks {
        let count = report.blocks.len();
        edit.apply(&mut report.blocks[usize::from(*which) % count]);
    }
    for (which, change) in &input.fields {
        let count = report.opaque.len().max(1);
        let at = usize::from(*which) % count;
        match (change, report.opaque.get_mut(at)) {
            (Field::Number(number), Some(field)) => field.0 = *number,
            (Field::Value(edit), Some(field)) => edit.apply(&mut field.1),
            (Field::Remove, Some(_)) => drop(report.opaque.remove(at)),
            (Field::Repeat, Some(field)) if count < 100 => {
                let field = field.clone();
                report.opaque.push(field);
            }
            (Field::Repeat, Some(_)) | (_, None) => {}
        }
    }
    // The forge writes the length of the whole into two bytes.
    if report.opaque.iter().map(|(_, value)| 4 + value.len()).sum::<usize>() > usize::from(u16::MAX) {
        return;
    }
    report.appended = input.appended;
    for (certificate, extension, edit) in &input.extensions {
        let extensions = &mut forgery.certificates[usize::from(*certificate) % 5].extensions;
        let count = extensions.len().max(1);
        if let Some(extension) = extensions.get_mut(usize::from(*extension) % count) {
            edit.apply(&mut extension.value);
        }
    }
    for (which, edit) in &input.list_extensions {
        if let Some(extension) = forgery.crls[usize::from(*which)].extensions.first_mut() {
            edit.apply(&mut extension.value);
        }
    }
    let minted = forgery.mint();
    if let Ok(claims) = verify(&minted, &minted.chain()) {
        assert_eq!(claims.get("nonce"), Some(&Claim::Bytes(minted.report[NONCE].to_vec())));
    }
});
