//! A generated policy, asked where nothing may be absent, mistyped or too large.

#![no_main]

use atbac_differential::targets;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| targets::soundness(bytes));
