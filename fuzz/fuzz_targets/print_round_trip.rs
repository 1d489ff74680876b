//! Any text, printed and read again.

#![no_main]

use atbac_differential::targets;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| targets::print_round_trip(bytes));
