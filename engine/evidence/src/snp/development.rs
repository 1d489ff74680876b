//! Verification of simulated reports.

use jiff::Timestamp;

use super::content::Snp;
use super::roots::AmdRoots;
use super::verify::{Evidence, Verifier};
use crate::development::Simulated;
use crate::refusal::Refusal;

/// Verifies simulated reports: those that end at a development root, and no others. Every other check is that of [`Verifier`].
#[derive(Debug, Clone)]
pub struct DevelopmentVerifier(Verifier);

impl Verifier {
    /// A verifier that trusts the development roots, under which anyone can sign, and gives nothing but [`Simulated`]: for learning, examples
    /// and tests.
    #[must_use]
    pub fn dangerous_development() -> DevelopmentVerifier {
        DevelopmentVerifier(Verifier::new(AmdRoots::development()))
    }
}

impl DevelopmentVerifier {
    /// Verifies simulated `evidence` at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed; genuine evidence is refused, for its root is AMD's.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Simulated<Snp>, Refusal> {
        self.0.verify(evidence, now).map(Simulated::new)
    }
}
