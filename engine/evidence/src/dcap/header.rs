//! The header of a quote.

use dcap_qvl::quote::Header;

use crate::claim::Claim;

/// The header of a quote, which its signature covers (Intel "SGX ECDSA Quote Library API" and "TDX DCAP Quoting Library API", quote header).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct QuoteHeader {
    /// The version of the quote's format: 3 for SGX, 4 or 5 for TDX.
    pub version: u16,
    /// The type of the attestation key: 2, ECDSA on P-256.
    pub att_key_type: u16,
    /// 0 for SGX, 0x81 for TDX.
    pub tee_type: u32,
    /// The vendor of the quoting enclave.
    pub qe_vendor_id: [u8; 16],
    /// Data of the quoting enclave's own; the first 16 bytes are its id.
    pub user_data: [u8; 20],
}

impl QuoteHeader {
    pub(super) fn read(header: &Header) -> Self {
        Self {
            version: header.version,
            att_key_type: header.attestation_key_type,
            tee_type: header.tee_type,
            qe_vendor_id: header.qe_vendor_id,
            user_data: header.user_data,
        }
    }

    pub(super) fn claims(&self) -> Vec<(&'static str, Claim)> {
        vec![
            ("version", Claim::Int(self.version.into())),
            ("att_key_type", Claim::Int(self.att_key_type.into())),
            ("tee_type", Claim::Int(self.tee_type.into())),
            ("qe_vendor_id", Claim::bytes(&self.qe_vendor_id)),
            ("user_data", Claim::bytes(&self.user_data)),
        ]
    }
}
