//! Any bytes as the text of a policy.

#![no_main]

use atbac_differential::targets;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| targets::parse(bytes));
