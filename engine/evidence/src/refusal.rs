//! Why evidence was refused.
//!
//! A refusal is not a denial: refused evidence proves nothing and never reaches a policy. Each has a [`code`](Refusal::code)
//! that stays the same across releases, for machines, and a message for the person who must act.

use crate::cert::CertificateRefusal;
use crate::dcap::QuoteRefusal;
use crate::gpu::DeviceRefusal;
use crate::snp::ReportRefusal;
use crate::snp::azure::AzureRefusal;
use crate::snp::container::ContainerRefusal;
use crate::svid::SvidRefusal;
use crate::token::{KeyRefusal, TokenRefusal};
use crate::verified::RootIdentity;

/// The reason for which a verifier refused evidence. One of the checks failed; none after it was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// An input is larger than anything genuine: it was not read.
    #[error("the {what} has {found} bytes, more than the {limit} that any genuine one has: is this the right file?")]
    TooLarge {
        /// What the input was given as.
        what: &'static str,
        /// Its size in bytes.
        found: usize,
        /// The most that is read, in bytes.
        limit: usize,
    },
    /// The root is a development root: anyone can sign under it.
    #[error(
        "the root {found} is a development root: anyone can sign under it, so this evidence is simulated and proves nothing, and production never trusts it"
    )]
    DevelopmentRoot {
        /// The root.
        found: RootIdentity,
    },
    /// A certificate, its chain or a revocation list of AMD's or NVIDIA's failed a check.
    #[error(transparent)]
    Certificate(#[from] CertificateRefusal),
    /// An SNP attestation report failed a check.
    #[error(transparent)]
    Report(#[from] ReportRefusal),
    /// No SNP report was found in what was given.
    #[error(transparent)]
    Container(#[from] ContainerRefusal),
    /// What comes with the SNP report of an Azure VM failed a check.
    #[error(transparent)]
    Azure(#[from] AzureRefusal),
    /// A TDX or SGX quote or its collateral failed a check.
    #[error(transparent)]
    Quote(#[from] QuoteRefusal),
    /// A report of a device of NVIDIA's failed a check.
    #[error(transparent)]
    Device(#[from] DeviceRefusal),
    /// A token failed a check.
    #[error(transparent)]
    Token(#[from] TokenRefusal),
    /// The keys to check tokens with cannot be trusted as they are.
    #[error(transparent)]
    Keys(#[from] KeyRefusal),
    /// A SPIFFE identity failed a check.
    #[error(transparent)]
    Svid(#[from] SvidRefusal),
}

impl Refusal {
    /// The stable code of this refusal, in `snake_case`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::TooLarge { .. } => "input_too_large",
            Refusal::DevelopmentRoot { .. } => "development_root",
            Refusal::Certificate(refusal) => refusal.code(),
            Refusal::Report(refusal) => refusal.code(),
            Refusal::Container(refusal) => refusal.code(),
            Refusal::Azure(refusal) => refusal.code(),
            Refusal::Quote(refusal) => refusal.code(),
            Refusal::Device(refusal) => refusal.code(),
            Refusal::Token(refusal) => refusal.code(),
            Refusal::Keys(refusal) => refusal.code(),
            Refusal::Svid(refusal) => refusal.code(),
        }
    }
}

/// Refuses an input of more than `limit` bytes before anything looks at it.
pub(crate) fn within(what: &'static str, input: &[u8], limit: usize) -> Result<(), Refusal> {
    if input.len() > limit {
        return Err(Refusal::TooLarge { what, found: input.len(), limit });
    }
    Ok(())
}
