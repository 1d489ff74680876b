//! Why a SPIFFE identity was refused.

use jiff::Timestamp;

use crate::excerpt::Excerpt;

/// Why a SPIFFE identity, or a trust domain's bundle of certificates, was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SvidRefusal {
    /// A name is no SPIFFE ID.
    #[error("`{found}` is no SPIFFE ID: {reason}")]
    SpiffeId {
        /// The name.
        found: Excerpt,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// The identity is in another trust domain than the one whose keys vouch for it.
    #[error("the identity is in the trust domain `{found}`; its keys vouch for `{expected}` only")]
    TrustDomain {
        /// The trust domain of the identity.
        found: Excerpt,
        /// The trust domain of the keys.
        expected: Excerpt,
    },
    /// A certificate, or the bundle, cannot be read.
    #[error("the {what} cannot be read: {reason}")]
    Malformed {
        /// Which it is.
        what: &'static str,
        /// What is wrong with it.
        reason: Excerpt,
    },
    /// There are too many certificates.
    #[error("there are {found} certificates; expected 1 to {limit}")]
    Certificates {
        /// How many there are.
        found: usize,
        /// How many are read.
        limit: usize,
    },
    /// The certificate does not name exactly one workload.
    #[error("the certificate names {found} URIs; expected exactly one, its SPIFFE ID")]
    Names {
        /// How many URIs it names.
        found: usize,
    },
    /// A certificate may not be used in its place.
    #[error("the {what} may not be used in its place: {reason}")]
    Constraints {
        /// Which it is.
        what: &'static str,
        /// Which constraint stands against it.
        reason: &'static str,
    },
    /// The chain ends in no certificate of the trust domain's bundle.
    #[error("the certificate was issued by none of the authorities of the trust domain `{expected}`")]
    Untrusted {
        /// The trust domain.
        expected: Excerpt,
    },
    /// The chain of certificates is not sound.
    #[error("the chain of certificates is refused: {reason}")]
    Chain {
        /// What the library for chains says.
        reason: Excerpt,
    },
    /// A certificate is not valid yet.
    #[error("the {what} is valid from {not_before}, later than the verification time {now}")]
    NotYetValid {
        /// Which it is.
        what: &'static str,
        /// Its start.
        not_before: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// A certificate is not valid any more.
    #[error("the {what} was valid until {not_after}; the verification time is {now}")]
    Expired {
        /// Which it is.
        what: &'static str,
        /// Its end.
        not_after: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
}

impl SvidRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use SvidRefusal as S;
        match self {
            S::SpiffeId { .. } => "spiffe_id",
            S::TrustDomain { .. } => "svid_trust_domain",
            S::Malformed { .. } => "svid_malformed",
            S::Certificates { .. } => "svid_certificates",
            S::Names { .. } => "svid_names",
            S::Constraints { .. } => "svid_constraints",
            S::Untrusted { .. } => "svid_untrusted",
            S::Chain { .. } => "svid_chain",
            S::NotYetValid { .. } => "svid_not_yet_valid",
            S::Expired { .. } => "svid_expired",
        }
    }
}
