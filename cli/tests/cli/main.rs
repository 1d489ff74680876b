//! The command from outside: arguments and files in, exit codes, JSON and text out.
#![forbid(unsafe_code)]

mod check;
mod decide;
mod hostile;
mod policy_tests;
mod readme;
mod support;
mod usage;
mod vectors;
mod verify;
