//! Values that only verification can make.

use std::fmt;
use std::ops::Deref;

use jiff::Timestamp;

use crate::claim::{Claim, Claims, EvidenceKind};
use crate::excerpt::Excerpt;

/// Evidence of kind `T` that passed every check of its verifier.
///
/// There is no public way to make one: holding it is the proof that the checks were made. It says what was proven at
/// [`verified_at`](Self::verified_at); after [`expires_at`](Self::expires_at) the certificates or lists it rests on have run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<T> {
    evidence: T,
    verified_at: Timestamp,
    expires_at: Timestamp,
    trust_root: TrustRoot,
}

impl<T> Verified<T> {
    /// For the verifiers of this crate, as their last step. They have checked that `verified_at` is before `expires_at`.
    pub(crate) fn new(evidence: T, verified_at: Timestamp, expires_at: Timestamp, trust_root: TrustRoot) -> Self {
        Self { evidence, verified_at, expires_at, trust_root }
    }

    /// More that was proven on the strength of this, and holds as long.
    pub(crate) fn with<U>(&self, evidence: U) -> Verified<U> {
        Verified::new(evidence, self.verified_at, self.expires_at, self.trust_root.clone())
    }

    /// The instant that the caller gave as now, at which every validity was checked.
    #[must_use]
    pub fn verified_at(&self) -> Timestamp {
        self.verified_at
    }

    /// The first end of validity among everything the verdict rests on: certificates, revocation lists, collateral.
    /// Rely on the value before this instant, no longer at it.
    #[must_use]
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// The root that vouches for it.
    #[must_use]
    pub fn trust_root(&self) -> &TrustRoot {
        &self.trust_root
    }
}

impl<T: Claims> Verified<T> {
    /// What kind of evidence this is.
    #[must_use]
    pub fn kind(&self) -> EvidenceKind {
        T::KIND
    }

    /// Everything proven, as one [`Claim::Record`]; `verified_at` and `expires_at` come last.
    #[must_use]
    pub fn claims(&self) -> Claim {
        let mut claims = self.evidence.claims();
        claims.push(("verified_at", Claim::Time(self.verified_at)));
        claims.push(("expires_at", Claim::Time(self.expires_at)));
        Claim::Record(claims)
    }
}

impl<T> Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.evidence
    }
}

/// The root of trust that a verification ended at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustRoot {
    /// The vendor's root certificate that this crate carries.
    BuiltIn(RootIdentity),
    /// A root that the caller gave in its place.
    Given(RootIdentity),
}

impl TrustRoot {
    /// Which certificate it is, whoever chose it.
    #[must_use]
    pub fn identity(&self) -> &RootIdentity {
        match self {
            TrustRoot::BuiltIn(identity) | TrustRoot::Given(identity) => identity,
        }
    }
}

/// What names a root to a reader of logs: a root certificate, or the trusted key that signed a token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RootIdentity {
    /// The certificate's common name, such as `ARK-Milan`; of a key, the issuer and the key's own name in brackets.
    pub common_name: String,
    /// SHA-256 of the certificate's DER encoding; of a key, its thumbprint (RFC 7638).
    pub sha256: [u8; 32],
}

impl fmt::Display for RootIdentity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` (SHA-256 {})", Excerpt::of(&self.common_name), hex::encode(self.sha256))
    }
}

/// What a caller expects of `N` bytes that evidence carries, such as a nonce or a key's hash. Without a number, they are the 64 bytes of report
/// data of a processor's evidence.
///
/// There is no default: a verification says either which bytes it insists on, or that the policy will judge the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected<'a, const N: usize = 64> {
    /// Refuse any others.
    Exactly(&'a [u8; N]),
    /// Take any; the claim of the same name is then for the policy to bind.
    LeftToPolicy,
}
