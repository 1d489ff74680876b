//! The harness of the data-driven suites: what turns a file that a policy author can write into a test.
//!
//! - [`files`]: where data lies, and bundles that stand in one file.
//! - [`snapshot`]: texts that a person has reviewed.
//! - [`twins`]: one bundle on both executions, asked together, which must agree.
//! - [`table`]: decision cases as JSON.
//! - [`evidence`]: verified evidence of every kind.
//! - [`examples`]: the examples' own files, evidence included.
//! - [`constants`], [`generate`]: questions at random, near the edges of a policy.
//! - [`reorder`]: the same policy in another order of writing.
//!
//! The suites themselves are in `suites/`, their data in the folders beside it; `README.md` says how to add a case.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a harness that meets what it does not expect fails the test")]

pub mod constants;
pub mod evidence;
pub mod examples;
pub mod files;
pub mod generate;
pub mod reorder;
pub mod snapshot;
pub mod table;
pub mod twins;
