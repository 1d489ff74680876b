//! Policies in Rego, as Confidential Containers uses it: [`resource`] for the Key Broker Service, [`appraisal`] for the Attestation Service.
//!
//! - [`module`]: the text as rules by name, read by the parser of `regorus`;
//! - [`query`]: what the body of a rule asks, statement by statement; [`expression`]: what one of them asks; [`term`]: what an expression stands for;
//! - [`value`]: which value a rule has under which condition;
//! - [`vocabulary`]: paths into `input` and `data`, and what the two kinds of policies say of them;
//! - [`results`]: which path is what of an attestation result; [`evidence`] and [`reports`]: which one is which claim of a report or quote.
//!
//! Rego asks of anything at all, and what is not there is neither true nor false but undefined, which fails the statement. So every condition made here
//! holds exactly when its statement succeeds: a claim that may be absent is asked for first.

pub(crate) mod appraisal;
mod evidence;
mod expression;
mod module;
mod query;
mod reports;
pub(crate) mod resource;
mod results;
mod term;
mod value;
mod vocabulary;

/// Every trust claim: its name in a result, and as a word of Rego and of `std.ear`. Source: AR4SI, section 2.3.4.
const TRUST_CLAIMS: [(&str, &str); 8] = [
    ("instance-identity", "instance_identity"),
    ("configuration", "configuration"),
    ("executables", "executables"),
    ("file-system", "file_system"),
    ("hardware", "hardware"),
    ("runtime-opaque", "runtime_opaque"),
    ("storage-opaque", "storage_opaque"),
    ("sourced-data", "sourced_data"),
];
