//! The command from outside: arguments and files in, exit codes, JSON and text out.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, in its helpers too")]

mod browser;
mod check;
mod claim_report;
mod cost;
mod decide;
mod explain;
mod explain_code;
mod fmt;
mod formats;
mod hostile;
mod import;
mod lint;
mod new;
mod policy_tests;
mod readme;
mod repl;
mod simulate;
mod support;
mod terminal;
mod token;
mod trust;
mod tutorial;
mod usage;
mod vectors;
mod verify;
