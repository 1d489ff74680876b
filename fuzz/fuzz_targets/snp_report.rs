//! Any bytes as a report of a genuine chip: only the genuine report's content is accepted.

#![no_main]

use atbac_evidence::snp::Expectations;
use atbac_fuzz::budget::within_budget;
use atbac_fuzz::snp::{SIGNED, genuine};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|report: &[u8]| {
    let (endorsement, good, now) = genuine();
    if within_budget(&[], || endorsement.verify(report, &Expectations::left_to_policy(), *now)).is_ok() {
        assert_eq!(report[SIGNED], good[SIGNED]);
    }
});
