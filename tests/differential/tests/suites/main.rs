//! Generated policies: executions agree, decisions last, laws are kept, and how a policy is written changes nothing.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod agreement;
mod corpus;
mod laws;
mod layout;
mod oracle;
mod same_meaning;
