//! The collateral of a quote: what Intel publishes to judge it by.

use dcap_qvl::QuoteCollateralV3;

use super::refusal::QuoteRefusal;
use crate::refusal::{Refusal, within};

/// The most that is read of a collateral file. Genuine ones have 14 to 25 KiB; a revocation list grows by some 40 bytes an entry.
const MAX_COLLATERAL_BYTES: usize = 4 * 1024 * 1024;

/// TCB Info, QE Identity, the revocation lists and their certificate chains. Nothing in it is trusted until a verification checked it.
#[derive(Debug, Clone)]
pub struct Collateral(QuoteCollateralV3);

impl Collateral {
    /// Reads a JSON object with the fields `pck_crl_issuer_chain`, `tcb_info_issuer_chain`, `qe_identity_issuer_chain` (PEM), `root_ca_crl`,
    /// `pck_crl` (DER in hexadecimal), `tcb_info`, `qe_identity` (the JSON texts that Intel signed), `tcb_info_signature`,
    /// `qe_identity_signature` (64 bytes in hexadecimal) and, where the quote has no PCK chain in it, `pck_certificate_chain` (PEM).
    ///
    /// # Errors
    /// [`Refusal`] if the text is larger than 4 MiB or is not such an object.
    pub fn from_json(json: &[u8]) -> Result<Self, Refusal> {
        within("collateral", json, MAX_COLLATERAL_BYTES)?;
        serde_json::from_slice(json)
            .map(Self)
            .map_err(|error| QuoteRefusal::CollateralMalformed { reason: error.to_string() }.into())
    }

    pub(super) fn parts(&self) -> &QuoteCollateralV3 {
        &self.0
    }
}
