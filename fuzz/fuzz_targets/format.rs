//! Any text in its canonical layout.

#![no_main]

use atbac_differential::targets;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| targets::format(bytes));
