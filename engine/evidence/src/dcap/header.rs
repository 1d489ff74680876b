//! The header of a quote.

use super::fault::QuoteFault;
use super::layout::array;
use super::refusal::{QuoteRefusal, refused};
use crate::claim::{Claim, EvidenceKind};

/// The size of a header.
pub(super) const HEADER_BYTES: usize = 48;

/// `tee_type`, at byte 4.
const TEE_TYPE_SGX: u32 = 0;
const TEE_TYPE_TDX: u32 = 0x81;

/// The type of the attestation key, at byte 2: ECDSA on P-256 with SHA-256.
const ECDSA_P256: u16 = 2;

/// Intel's quoting enclave, at byte 12 (appendix A.4, "Quote Header", `QE Vendor ID`).
const INTEL_QE_VENDOR_ID: [u8; 16] =
    [0x93, 0x9A, 0x72, 0x33, 0xF7, 0x9C, 0x4C, 0xA9, 0x94, 0x0A, 0x0D, 0xB3, 0x95, 0x7F, 0x06, 0x07];

/// The header of a quote, which its signature covers (Intel "SGX ECDSA Quote Library API", appendix A.4, and "TDX DCAP Quoting Library
/// API", appendix A.3, quote header).
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
    /// Reads a header and checks that it is one of `kind` that this crate can verify.
    pub(super) fn read(bytes: &[u8; HEADER_BYTES], kind: EvidenceKind) -> Result<Self, QuoteRefusal> {
        let header = Self {
            version: u16::from_le_bytes(array(bytes, 0)),
            att_key_type: u16::from_le_bytes(array(bytes, 2)),
            tee_type: u32::from_le_bytes(array(bytes, 4)),
            qe_vendor_id: array(bytes, 12),
            user_data: array(bytes, 28),
        };
        let (found, versions) = match header.tee_type {
            TEE_TYPE_SGX => (EvidenceKind::Sgx, 3..=3),
            TEE_TYPE_TDX => (EvidenceKind::Tdx, 4..=5),
            other => return Err(refused(QuoteFault::TeeType, format_args!("its type is {other:#x}"))),
        };
        if found != kind {
            return Err(QuoteRefusal::Kind { found: found.name(), expected: kind.name() });
        }
        if !versions.contains(&header.version) {
            return Err(refused(QuoteFault::Version, format_args!("its version is {}", header.version)));
        }
        if header.att_key_type != ECDSA_P256 {
            return Err(refused(QuoteFault::KeyType, format_args!("its type is {}", header.att_key_type)));
        }
        if header.qe_vendor_id != INTEL_QE_VENDOR_ID {
            return Err(refused(QuoteFault::Vendor, hex::encode(header.qe_vendor_id)));
        }
        Ok(header)
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
