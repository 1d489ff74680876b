//! Any bytes as what an SNP report comes in.

#![no_main]

use atbac_evidence::snp::container;
use atbac_fuzz::budget::within_budget;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(contents) = within_budget(&[bytes], || container::unwrap(bytes)) {
        // What is in a container is not more than the container, however it is written there.
        let inside = [&contents.certificates.vek, &contents.certificates.ask, &contents.certificates.ark];
        let certificates: usize = inside.iter().map(|found| found.as_ref().map_or(0, Vec::len)).sum();
        assert!(contents.report.len() + certificates <= bytes.len());
        let _ = contents.vek();
        let _ = contents.chain();
    }
});
