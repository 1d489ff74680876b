//! What checks and tests found, in the formats that other tools read. Texts in, texts out: nothing here reads or writes files.
//!
//! - [`finding`]: a finding with its place, whichever verb found it;
//! - [`sarif`], [`github`], [`junit`]: findings and cases for code scanning, annotations and test reports;
//! - [`coverage`]: what tests show of rules, as text, JSON, LCOV and a page;
//! - [`story`]: a decision told rule by rule, as text, JSON and a page;
//! - [`trust`]: what a rule rests on, in rows.
#![forbid(unsafe_code)]

pub mod coverage;
pub mod finding;
pub mod github;
pub mod junit;
mod page;
pub mod sarif;
pub mod story;
pub mod trust;
