//! A generated policy with other words, checked.

#![no_main]

use atbac_differential::targets;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| targets::check_mutated(bytes));
