//! A genuine chip's report changed, or any bytes in its place: only the genuine content is accepted.

#![no_main]

use atbac_evidence::snp::Expectations;
use atbac_fuzz::budget::within_budget;
use atbac_fuzz::edit::Edit;
use atbac_fuzz::snp::{SIGNED, genuine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<Edit>, Option<Vec<u8>>)| {
    let (edits, other) = input;
    let (endorsement, good, now) = genuine();
    let mut report = good.to_vec();
    for edit in &edits {
        edit.apply(&mut report);
    }
    let report = other.unwrap_or(report);
    if within_budget(&[], || endorsement.verify(&report, &Expectations::left_to_policy(), *now)).is_ok() {
        assert_eq!((report.len(), &report[SIGNED]), (good.len(), &good[SIGNED]));
    }
});
