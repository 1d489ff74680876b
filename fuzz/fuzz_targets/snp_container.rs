//! Any bytes as what an SNP report comes in.

#![no_main]

use atbac_evidence::snp::container::unwrap;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|container: &[u8]| {
    let Ok(contents) = unwrap(container) else {
        return;
    };
    // What came out of a container is a report by itself, and no other container.
    if contents.report.len() == 1184 && contents.report[..4] == 3u32.to_le_bytes() {
        assert_eq!(unwrap(&contents.report).expect("a bare report").report, contents.report);
    }
});
