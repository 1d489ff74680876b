//! A genuine device's report changed, or any bytes in its place: only the genuine messages are accepted.

#![no_main]

use atbac_evidence::Expected;
use atbac_fuzz::budget::within_budget;
use atbac_fuzz::edit::Edit;
use atbac_fuzz::gpu::{SIGNATURE_BYTES, genuine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<Edit>, Option<Vec<u8>>)| {
    let (edits, other) = input;
    let (endorsement, good, now) = genuine();
    let mut report = good.to_vec();
    for edit in &edits {
        edit.apply(&mut report);
    }
    let report = other.unwrap_or(report);
    let verdict = within_budget(&[], || endorsement.verify_gpu(&report, Expected::LeftToPolicy, *now));
    if verdict.is_ok() {
        let signed = good.len() - SIGNATURE_BYTES;
        assert_eq!((report.len(), &report[..signed]), (good.len(), &good[..signed]));
    }
});
