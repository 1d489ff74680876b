//! Azure's runtime data and a vTPM's quote, changed after the report committed to them and the key signed: only what was signed is accepted.

#![no_main]

use std::sync::LazyLock;

use atbac_evidence::Verified;
use atbac_evidence::snp::Snp;
use atbac_evidence::snp::azure::{Quote, Runtime, RuntimeData};
use atbac_fuzz::azure::{hash, message, quote, report, runtime, verify_quote, verify_runtime};
use atbac_fuzz::edit::Edit;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
struct Input {
    hash: u8,
    runtime: Vec<Edit>,
    message: Vec<Edit>,
    signature: Vec<Edit>,
    pcrs: Vec<(u8, Edit)>,
    pcrs_given: Option<u8>,
}

struct Good {
    report: Verified<Snp>,
    data: RuntimeData,
    runtime: Verified<Runtime>,
    quote: Quote,
}

static GOOD: LazyLock<Good> = LazyLock::new(|| {
    let data = RuntimeData { hash: hash(0), bytes: runtime().to_string().into_bytes() };
    let report = report(&data);
    let runtime = verify_runtime(&report, &data).expect("runtime data verifies as it is");
    let quote = quote(message());
    verify_quote(&runtime, &quote).expect("a quote verifies as it is");
    Good { report, data, runtime, quote }
});

fuzz_target!(|input: Input| {
    let good = &*GOOD;
    let mut data = RuntimeData { hash: hash(input.hash), bytes: good.data.bytes.clone() };
    for edit in &input.runtime {
        edit.apply(&mut data.bytes);
    }
    if verify_runtime(&good.report, &data).is_ok() {
        assert_eq!(data, good.data);
    }

    let mut quote = good.quote.clone();
    for edit in &input.message {
        edit.apply(&mut quote.message);
    }
    for edit in &input.signature {
        edit.apply(&mut quote.signature);
    }
    for (which, edit) in &input.pcrs {
        let count = quote.pcrs.len();
        edit.apply_in_place(&mut quote.pcrs[usize::from(*which) % count]);
    }
    if let Some(given) = input.pcrs_given {
        quote.pcrs.resize(given.into(), [0; 32]);
    }
    if verify_quote(&good.runtime, &quote).is_ok() {
        assert_eq!(quote, good.quote);
    }
});
