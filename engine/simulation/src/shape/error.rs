//! What cannot be simulated, and why.

use std::collections::BTreeSet;

use jiff::Timestamp;

/// Why evidence of a shape cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ShapeError {
    /// Evidence of this kind has no such claim.
    #[error("`{claim}` is no claim of {evidence}")]
    Unknown {
        /// The name asked for.
        claim: String,
        /// The kind of evidence, for people.
        evidence: &'static str,
    },
    /// The claim cannot have this value.
    #[error("`{claim}` cannot be `{found}`: expected {expected}")]
    Value {
        /// The claim.
        claim: String,
        /// The value asked for.
        found: String,
        /// What values it has.
        expected: String,
    },
    /// The claim is not in the evidence: it follows from something else.
    #[error("`{claim}` cannot be chosen: {because}")]
    Derived {
        /// The claim.
        claim: String,
        /// What it follows from, and what to do.
        because: &'static str,
    },
    /// The claim is in some evidence of this kind, but not in what was asked for; or the other way round.
    #[error("`{claim}` cannot be as asked: {because}")]
    NotThere {
        /// The claim.
        claim: String,
        /// Why, and what to do.
        because: &'static str,
    },
    /// Evidence cannot be made for this time.
    #[error("evidence cannot be simulated for {found}: the development certificates are valid from {first} to {last}")]
    Time {
        /// The time asked for.
        found: Timestamp,
        /// The first time that can be.
        first: Timestamp,
        /// The first that cannot.
        last: Timestamp,
    },
}

impl ShapeError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            ShapeError::Unknown { .. } => "atbac::simulate::unknown_claim",
            ShapeError::Value { .. } => "atbac::simulate::value",
            ShapeError::Derived { .. } => "atbac::simulate::derived_claim",
            ShapeError::NotThere { .. } => "atbac::simulate::claim_not_there",
            ShapeError::Time { .. } => "atbac::simulate::time",
        }
    }
}

/// The error for a claim that follows from something else.
pub(super) fn derived(claim: &str, because: &'static str) -> ShapeError {
    ShapeError::Derived { claim: claim.into(), because }
}

/// Refuses what is among the `asked` and will be otherwise.
pub(super) fn not_there(asked: &BTreeSet<String>, claims: &[&str], because: &'static str) -> Result<(), ShapeError> {
    match claims.iter().find(|claim| asked.contains(**claim)) {
        Some(claim) => Err(ShapeError::NotThere { claim: (*claim).into(), because }),
        None => Ok(()),
    }
}
