//! Evidence that no hardware signed: for learning, examples and tests.
//!
//! The keys of the development roots are published with this project (`engine/simulation/keys`), so anyone can sign under them, whatever they
//! like. Three things keep that apart from the real thing:
//!
//! 1. The roots bear names that begin with [`NAME`], and every way to give a production verifier a root refuses such a name.
//! 2. Only the verifiers of their own, [`snp::DevelopmentVerifier`](crate::snp::DevelopmentVerifier) and
//!    [`dcap::DevelopmentVerifier`](crate::dcap::DevelopmentVerifier), trust them.
//! 3. What those give is [`Simulated`], which is never a [`Verified`] and takes another way into a decision.

use std::ops::Deref;

use jiff::Timestamp;

use crate::claim::{Claim, Claims, EvidenceKind};
use crate::refusal::Refusal;
use crate::verified::{RootIdentity, Verified};

/// What the common name of every development root begins with.
pub(crate) const NAME: &str = "atbac development";

/// Evidence of kind `T` that passed every check of its verifier but one: the root is a development root, so it proves nothing.
///
/// It says what the same evidence of genuine hardware would say. There is no way from here to a [`Verified`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulated<T>(Verified<T>);

impl<T> Simulated<T> {
    /// For the development verifiers, with what was verified under a development root.
    pub(crate) fn new(verified: Verified<T>) -> Self {
        Self(verified)
    }

    /// The instant that the caller gave as now, at which every validity was checked.
    #[must_use]
    pub fn verified_at(&self) -> Timestamp {
        self.0.verified_at()
    }

    /// The first end of validity among certificates, revocation lists and collateral: see [`Verified::expires_at`].
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.0.expires_at()
    }

    /// The development root that anyone can sign under.
    #[must_use]
    pub fn root(&self) -> &RootIdentity {
        self.0.trust_root().identity()
    }
}

impl<T: Claims> Simulated<T> {
    /// What kind of evidence this simulates.
    #[must_use]
    pub fn kind(&self) -> EvidenceKind {
        T::KIND
    }

    /// Everything it says, as [`Verified::claims`] would.
    #[must_use]
    pub fn claims(&self) -> Claim {
        self.0.claims()
    }
}

impl<T> Deref for Simulated<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// Whether a root says that it is a development root.
pub(crate) fn is_development(root: &RootIdentity) -> bool {
    root.common_name.trim_start().to_ascii_lowercase().starts_with(NAME)
}

/// Refuses to trust a root that says that it is a development root.
pub(crate) fn refuse(root: &RootIdentity) -> Result<(), Refusal> {
    if is_development(root) { Err(Refusal::DevelopmentRoot { found: root.clone() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_found_however_it_is_written() {
        let root = |name: &str| RootIdentity { common_name: name.to_owned(), sha256: [0; 32] };
        for development in
            ["atbac development", "atbac development ARK-Milan", "ATBAC Development X", " atbac development"]
        {
            assert!(is_development(&root(development)), "{development}");
        }
        for other in ["", "ARK-Milan", "atbac", "Intel SGX Root CA", "example: atbac development"] {
            assert!(!is_development(&root(other)), "{other}");
        }
    }
}
