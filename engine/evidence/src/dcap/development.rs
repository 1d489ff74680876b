//! Verification of simulated quotes.

use jiff::Timestamp;

use super::root::IntelRoot;
use super::sgx::Sgx;
use super::tdx::Tdx;
use super::verify::{Evidence, Verifier};
use crate::development::Simulated;
use crate::refusal::Refusal;

/// Verifies simulated quotes: those that end at the development root, and no others. Every other check is that of [`Verifier`].
#[derive(Debug, Clone)]
pub struct DevelopmentVerifier(Verifier);

impl Verifier {
    /// A verifier that trusts the development root, under which anyone can sign, and gives nothing but [`Simulated`]: for learning, examples
    /// and tests.
    #[must_use]
    pub fn dangerous_development() -> DevelopmentVerifier {
        DevelopmentVerifier(Verifier::new(IntelRoot::development()))
    }
}

impl DevelopmentVerifier {
    /// Verifies a simulated TDX quote at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed; genuine evidence is refused, for its root is Intel's.
    pub fn verify_tdx(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Simulated<Tdx>, Refusal> {
        self.0.verify_tdx(evidence, now).map(Simulated::new)
    }

    /// Verifies a simulated SGX quote at the instant `now`.
    ///
    /// # Errors
    /// As [`DevelopmentVerifier::verify_tdx`].
    pub fn verify_sgx(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Simulated<Sgx>, Refusal> {
        self.0.verify_sgx(evidence, now).map(Simulated::new)
    }
}
