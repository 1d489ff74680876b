//! Policies in Rego, as Confidential Containers uses it: [`resource`] for the Key Broker Service, [`appraisal`] for the Attestation Service.
//!
//! - [`module`]: the text as rules by name, read by the parser of `regorus`;
//! - [`query`]: what the body of a rule asks, in terms of paths into `input` and `data`;
//! - [`value`]: which value a rule has under which condition;
//! - [`reports`]: which path is which claim of a report or quote.
//!
//! Rego asks of anything at all, and what is not there is neither true nor false but undefined, which fails the statement. So every condition made here
//! holds exactly when its statement succeeds: a claim that may be absent is asked for first.

pub(crate) mod appraisal;
mod module;
mod query;
mod reports;
pub(crate) mod resource;
mod value;
