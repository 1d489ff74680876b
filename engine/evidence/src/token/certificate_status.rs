//! Certificates, as NVIDIA's service tells of them: whether they are valid, and whether they were revoked.
//!
//! Source: NVIDIA's attestation SDK, `SerializableCertChainClaims`; what its verdict asks of each is in `claims_evaluator.cpp`.

use super::json::Members;
use super::refusal::TokenRefusal;

/// What NVIDIA says of a chain of certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateStatus {
    /// `valid`, `expired`, `invalid` or `revoked` (`x-nvidia-cert-status`).
    pub status: String,
    /// `good`, `revoked` or `unknown` (`x-nvidia-cert-ocsp-status`). A `good` by which NVIDIA itself does not go is `unknown`.
    pub ocsp_status: String,
    /// Whether the answer that says so is valid, as NVIDIA found (`x-nvidia-cert-ocsp-response-valid`). Older tokens do not tell.
    pub ocsp_response_valid: Option<bool>,
}

impl CertificateStatus {
    /// Reads the chain `name`. NVIDIA's own verdict wants three things of an answer about revocation: that it is `good`, valid, and to NVIDIA's
    /// question (`x-nvidia-cert-ocsp-nonce-matches`). Nothing bad is taken back: `revoked` stays.
    pub(super) fn read(claims: &Members<'_>, name: &str) -> Result<Self, TokenRefusal> {
        let chain = claims.inner(name)?;
        let ocsp_response_valid = chain.find("x-nvidia-cert-ocsp-response-valid")?;
        let ocsp_nonce_matches = chain.find("x-nvidia-cert-ocsp-nonce-matches")?;
        let mut ocsp_status: String = chain.get("x-nvidia-cert-ocsp-status")?;
        if ocsp_status == "good" && [ocsp_response_valid, ocsp_nonce_matches].contains(&Some(false)) {
            "unknown".clone_into(&mut ocsp_status);
        }
        Ok(Self { status: chain.get("x-nvidia-cert-status")?, ocsp_status, ocsp_response_valid })
    }

    /// Checks that the certificates of a report's key are valid and not revoked, or says what they are. Whether NVIDIA's service for revocations
    /// knows them (`unknown`) is for a policy to judge.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.status != "valid" {
            return Err(
                "is about a report whose key has certificates that are not valid, as NVIDIA says: nothing shows that the GPU made it",
            );
        }
        match (self.ocsp_status.as_str(), self.ocsp_response_valid) {
            ("good" | "unknown", Some(true) | None) => Ok(()),
            ("good" | "unknown", Some(false)) => Err(
                "is about a report whose key may be revoked: the answer about it is not valid, as NVIDIA says; ask NVIDIA again",
            ),
            ("revoked", _) => {
                Err("is about a report whose key has a revoked certificate, as NVIDIA says: anybody may have made it")
            }
            _ => Err(
                "is about a report whose key has a certificate of a status that is not known: neither `good` nor `revoked` nor `unknown`",
            ),
        }
    }
}
