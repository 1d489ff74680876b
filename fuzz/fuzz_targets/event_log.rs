//! Any bytes as an event log, replayed against a genuine quote's registers: no log that was not measured is taken as measured.

#![no_main]

use std::sync::LazyLock;

use atbac_evidence::dcap::{Collateral, EventLog, Evidence, IntelRoot, Tdx, Verifier};
use atbac_evidence::{Expected, Verified};
use atbac_fuzz::budget::within_budget;
use atbac_fuzz::quote::genuine;
use libfuzzer_sys::fuzz_target;

static QUOTE: LazyLock<Verified<Tdx>> = LazyLock::new(|| {
    let base = genuine(1);
    let collateral = Collateral::from_json(base.collateral).expect("genuine collateral");
    let evidence = Evidence { quote: base.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    Verifier::new(IntelRoot::built_in()).verify_tdx(&evidence, base.now).expect("a genuine quote")
});

fuzz_target!(|bytes: &[u8]| {
    let quote = &*QUOTE;
    for read in [EventLog::from_ccel, EventLog::from_json] {
        if let Ok(log) = within_budget(&[bytes], || read(bytes))
            && let Ok(measured) = log.verify(quote)
        {
            for register in 0..4 {
                let zero = quote.rtmr[register] == [0; 48];
                assert!(measured.register(register).is_none_or(|events| zero && events.is_empty()), "measured");
            }
        }
    }
});
