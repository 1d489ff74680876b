//! Reports of any content under a good signature: an accepted one is as the specification says, and is read as it says.

#![no_main]

use atbac_evidence::snp::Expectations;
use atbac_fuzz::budget::within_budget;
use atbac_fuzz::edit::Edit;
use atbac_fuzz::snp::{base, check_accepted};
use atbac_simulation::SnpForgery;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, Vec<Edit>)| {
    let (which, edits) = input;
    let base = base(which);
    let mut forgery = base.forgery.clone();
    for edit in &edits {
        edit.apply_in_place(&mut forgery.report.0);
    }
    let report = forgery.mint_report();
    let verdict =
        within_budget(&[], || base.endorsement.verify(&report, &Expectations::left_to_policy(), SnpForgery::now()));
    if let Ok(verified) = verdict {
        check_accepted(base, &report, &verified);
    }
});
