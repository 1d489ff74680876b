//! What the project promises, seen from outside: through the library, over files.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not as expected fails the test")]

mod bindings;
mod claims;
mod diagnostics_pages;
mod differential;
mod examples;
mod hostile;
mod manual;
mod mistakes;
mod misuse;
mod rows;
mod run;
mod simulated;
mod threats;
mod token_claims;
mod ui;
