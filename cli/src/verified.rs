//! Evidence that was accepted, genuine or simulated: what it says, the root it ends at, and its way into a session.

use atbac_engine::evidence::dcap::{Sgx, Tdx};
use atbac_engine::evidence::gpu::{Gpu, Switch};
use atbac_engine::evidence::snp::Snp;
use atbac_engine::evidence::svid::jwt::JwtSvid;
use atbac_engine::evidence::svid::x509::X509Svid;
use atbac_engine::evidence::token::confidential_space::ConfidentialSpace;
use atbac_engine::evidence::token::ear::Ear;
use atbac_engine::evidence::token::maa::Maa;
use atbac_engine::evidence::token::nras::Nras;
use atbac_engine::evidence::{Claim, EvidenceKind, RootIdentity, Simulated, TrustRoot, Verified};
use atbac_engine::{Fields, InputError};

/// Evidence that its verifier accepted.
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub(crate) enum VerifiedEvidence {
    Snp(Verified<Snp>),
    Tdx(Verified<Tdx>),
    Sgx(Verified<Sgx>),
    Gpu(Verified<Gpu>),
    NvSwitch(Verified<Switch>),
    Ear(Verified<Ear>),
    Nras(Verified<Nras>),
    Maa(Verified<Maa>),
    ConfidentialSpace(Verified<ConfidentialSpace>),
    JwtSvid(Verified<JwtSvid>),
    X509Svid(Verified<X509Svid>),
    SimulatedSnp(Simulated<Snp>),
    SimulatedTdx(Simulated<Tdx>),
    SimulatedSgx(Simulated<Sgx>),
}

/// The root that accepted evidence ends at.
pub(crate) enum Root<'a> {
    /// One that production may trust.
    Trusted(&'a TrustRoot),
    /// A development root: the evidence proves nothing.
    Development(&'a RootIdentity),
}

impl VerifiedEvidence {
    pub(crate) fn kind(&self) -> EvidenceKind {
        match self {
            VerifiedEvidence::Snp(evidence) => evidence.kind(),
            VerifiedEvidence::Tdx(evidence) => evidence.kind(),
            VerifiedEvidence::Sgx(evidence) => evidence.kind(),
            VerifiedEvidence::Gpu(evidence) => evidence.kind(),
            VerifiedEvidence::NvSwitch(evidence) => evidence.kind(),
            VerifiedEvidence::Ear(evidence) => evidence.kind(),
            VerifiedEvidence::Nras(evidence) => evidence.kind(),
            VerifiedEvidence::Maa(evidence) => evidence.kind(),
            VerifiedEvidence::ConfidentialSpace(evidence) => evidence.kind(),
            VerifiedEvidence::JwtSvid(evidence) => evidence.kind(),
            VerifiedEvidence::X509Svid(evidence) => evidence.kind(),
            VerifiedEvidence::SimulatedSnp(evidence) => evidence.kind(),
            VerifiedEvidence::SimulatedTdx(evidence) => evidence.kind(),
            VerifiedEvidence::SimulatedSgx(evidence) => evidence.kind(),
        }
    }

    pub(crate) fn claims(&self) -> Claim {
        match self {
            VerifiedEvidence::Snp(evidence) => evidence.claims(),
            VerifiedEvidence::Tdx(evidence) => evidence.claims(),
            VerifiedEvidence::Sgx(evidence) => evidence.claims(),
            VerifiedEvidence::Gpu(evidence) => evidence.claims(),
            VerifiedEvidence::NvSwitch(evidence) => evidence.claims(),
            VerifiedEvidence::Ear(evidence) => evidence.claims(),
            VerifiedEvidence::Nras(evidence) => evidence.claims(),
            VerifiedEvidence::Maa(evidence) => evidence.claims(),
            VerifiedEvidence::ConfidentialSpace(evidence) => evidence.claims(),
            VerifiedEvidence::JwtSvid(evidence) => evidence.claims(),
            VerifiedEvidence::X509Svid(evidence) => evidence.claims(),
            VerifiedEvidence::SimulatedSnp(evidence) => evidence.claims(),
            VerifiedEvidence::SimulatedTdx(evidence) => evidence.claims(),
            VerifiedEvidence::SimulatedSgx(evidence) => evidence.claims(),
        }
    }

    pub(crate) fn root(&self) -> Root<'_> {
        match self {
            VerifiedEvidence::Snp(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::Tdx(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::Sgx(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::Gpu(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::NvSwitch(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::Ear(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::Nras(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::Maa(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::ConfidentialSpace(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::JwtSvid(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::X509Svid(evidence) => Root::Trusted(evidence.trust_root()),
            VerifiedEvidence::SimulatedSnp(evidence) => Root::Development(evidence.root()),
            VerifiedEvidence::SimulatedTdx(evidence) => Root::Development(evidence.root()),
            VerifiedEvidence::SimulatedSgx(evidence) => Root::Development(evidence.root()),
        }
    }

    /// Sets a field to this evidence: an attested one, or an authenticated one for what an issuer signed.
    ///
    /// # Errors
    /// [`InputError`] when the policy takes no such evidence there.
    pub(crate) fn fill(&self, fields: Fields, field: &str) -> Result<Fields, InputError> {
        match self {
            VerifiedEvidence::Snp(evidence) => fields.attested(field, evidence),
            VerifiedEvidence::Tdx(evidence) => fields.attested(field, evidence),
            VerifiedEvidence::Sgx(evidence) => fields.attested(field, evidence),
            VerifiedEvidence::Gpu(evidence) => fields.attested(field, evidence),
            VerifiedEvidence::NvSwitch(evidence) => fields.attested(field, evidence),
            VerifiedEvidence::Ear(evidence) => fields.authenticated_by(field, evidence),
            VerifiedEvidence::Nras(evidence) => fields.authenticated_by(field, evidence),
            VerifiedEvidence::Maa(evidence) => fields.authenticated_by(field, evidence),
            VerifiedEvidence::ConfidentialSpace(evidence) => fields.authenticated_by(field, evidence),
            VerifiedEvidence::JwtSvid(evidence) => fields.authenticated_by(field, evidence),
            VerifiedEvidence::X509Svid(evidence) => fields.authenticated_by(field, evidence),
            VerifiedEvidence::SimulatedSnp(evidence) => fields.dangerous_simulated(field, evidence),
            VerifiedEvidence::SimulatedTdx(evidence) => fields.dangerous_simulated(field, evidence),
            VerifiedEvidence::SimulatedSgx(evidence) => fields.dangerous_simulated(field, evidence),
        }
    }
}
