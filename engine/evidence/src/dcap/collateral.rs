//! The collateral of a quote, as the caller has it.

use serde::Deserialize;

use super::certificate::{Certificate, Place};
use super::fault::QuoteFault;
use super::json::hexadecimal;
use super::refusal::{QuoteRefusal, refused};
use crate::cert::certificates;
use crate::crypto::{AwsLc, Crypto};
use crate::refusal::{Refusal, within};
use crate::verified::RootIdentity;

/// The most that is read of a collateral file. Genuine ones have 14 to 25 KiB; a revocation list grows by some 40 bytes an entry.
const MAX_COLLATERAL_BYTES: usize = 4 * 1024 * 1024;

/// TCB Info, QE Identity, the revocation lists and their certificate chains, as Intel publishes them to judge quotes by. Nothing in it is
/// trusted until [`VerifiedCollateral::of`](super::VerifiedCollateral::of) checked it.
#[derive(Debug, Clone)]
pub struct Collateral {
    pub(super) parts: Parts,
    /// SHA-256 of the file, which names all of it.
    pub(super) digest: [u8; 32],
}

/// The parts of collateral, each as Intel serves it (PCS version 4).
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Parts {
    pub(super) pck_crl_issuer_chain: String,
    #[serde(deserialize_with = "hexadecimal")]
    pub(super) root_ca_crl: Vec<u8>,
    #[serde(deserialize_with = "hexadecimal")]
    pub(super) pck_crl: Vec<u8>,
    pub(super) tcb_info_issuer_chain: String,
    /// The text that is signed.
    pub(super) tcb_info: String,
    #[serde(deserialize_with = "hexadecimal")]
    pub(super) tcb_info_signature: Vec<u8>,
    pub(super) qe_identity_issuer_chain: String,
    /// The text that is signed.
    pub(super) qe_identity: String,
    #[serde(deserialize_with = "hexadecimal")]
    pub(super) qe_identity_signature: Vec<u8>,
    #[serde(default)]
    pub(super) pck_certificate_chain: Option<String>,
}

impl Collateral {
    /// Reads a JSON object with the fields `pck_crl_issuer_chain`, `tcb_info_issuer_chain`, `qe_identity_issuer_chain` (PEM), `root_ca_crl`,
    /// `pck_crl` (DER in hexadecimal), `tcb_info`, `qe_identity` (the JSON texts that Intel signed), `tcb_info_signature`,
    /// `qe_identity_signature` (64 bytes in hexadecimal) and, where the quote has no PCK chain in it, `pck_certificate_chain` (PEM).
    ///
    /// # Errors
    /// [`Refusal`] if the text is larger than 4 MiB or is not such an object.
    pub fn from_json(json: &[u8]) -> Result<Self, Refusal> {
        within("collateral", json, MAX_COLLATERAL_BYTES)?;
        let malformed = |error| -> QuoteRefusal { refused(QuoteFault::CollateralMalformed, error) };
        let parts = serde_json::from_slice(json).map_err(malformed)?;
        Ok(Self { parts, digest: AwsLc::sha256(json) })
    }

    /// The root that the chain of the platforms' authority ends at, if it can be read: for messages, nothing of it is verified.
    pub(super) fn root(&self) -> Option<RootIdentity> {
        let chain = certificates(self.parts.pck_crl_issuer_chain.as_bytes()).ok()?;
        Some(Certificate::read(Place::Root, chain.last()?).ok()?.identity())
    }
}
