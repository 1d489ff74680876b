//! Any bytes as a file of certificates and as a root.

#![no_main]

use atbac_evidence::certificates;
use atbac_evidence::dcap::IntelRoot;
use atbac_evidence::snp::AmdRoots;
use atbac_fuzz::budget::within_budget;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let found = within_budget(&[file, file], || certificates(file));
    let amd = within_budget(&[file], || AmdRoots::given(file));
    let intel = within_budget(&[file], || IntelRoot::given(file));
    // A root is one certificate, so it is one of a file's.
    if amd.is_ok() || intel.is_ok() {
        assert_eq!(found.expect("a file with a root in it").len(), 1);
    }
});
