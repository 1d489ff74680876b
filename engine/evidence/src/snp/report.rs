//! The bytes of a report, read by offset. Nothing here is verified.

use std::ops::Range;

use super::abi;
use super::product::Product;
use super::refusal::ReportRefusal;
use super::tcb::{Tcb, TcbLayout};

/// A report of the right length, version and signature algorithm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a>(&'a [u8; abi::REPORT_BYTES]);

/// Which key the report says it is signed with (`SIGNING_KEY`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The Versioned Chip Endorsement Key: one chip's own.
    Vcek,
    /// The Versioned Loaded Endorsement Key: one cloud provider's, loaded into its chips.
    Vlek,
}

impl Signer {
    /// AMD's abbreviation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Signer::Vcek => "VCEK",
            Signer::Vlek => "VLEK",
        }
    }
}

impl<'a> Report<'a> {
    /// Takes `bytes` as a report: exactly 1184 bytes, version 2 to 5, signed with ECDSA P-384 and SHA-384.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, ReportRefusal> {
        let report = Self(bytes.try_into().map_err(|_| ReportRefusal::Length { found: bytes.len() })?);
        if !abi::VERSIONS.contains(&report.version()) {
            return Err(ReportRefusal::Version { found: report.version() });
        }
        if report.signature_algo() != abi::ECDSA_P384_SHA384 {
            return Err(ReportRefusal::SignatureAlgorithm { found: report.signature_algo() });
        }
        Ok(report)
    }

    /// The bytes that the signature covers, as received.
    pub(crate) fn signed_bytes(&self) -> &'a [u8] {
        &self.0[abi::SIGNED]
    }

    /// The signature as r ‖ s, big-endian.
    pub(crate) fn signature(&self) -> [u8; 2 * abi::COMPONENT_BYTES] {
        let mut r: [u8; abi::COMPONENT_BYTES] = self.array(abi::SIGNATURE_R);
        let mut s: [u8; abi::COMPONENT_BYTES] = self.array(abi::SIGNATURE_S);
        r.reverse();
        s.reverse();
        std::array::from_fn(|i| if i < r.len() { r[i] } else { s[i - r.len()] })
    }

    /// The key that the report names as its signer.
    pub(crate) fn signer(&self) -> Result<Signer, ReportRefusal> {
        match self.key_info() >> abi::key_info::SIGNING_KEY & abi::key_info::SIGNING_KEY_MASK {
            abi::key_info::SIGNING_KEY_VCEK => Ok(Signer::Vcek),
            abi::key_info::SIGNING_KEY_VLEK => Ok(Signer::Vlek),
            abi::key_info::SIGNING_KEY_NONE => Err(ReportRefusal::Unsigned),
            found => Err(ReportRefusal::SigningKeyReserved { found }),
        }
    }

    /// The offset of the first byte in `range` that is not zero.
    pub(crate) fn first_nonzero(&self, range: Range<usize>) -> Option<usize> {
        range.into_iter().find(|offset| self.0[*offset] != 0)
    }

    /// The product that CPUID names, where the report has CPUID (version 3 and later).
    pub(crate) fn product(&self) -> Result<Option<Product>, ReportRefusal> {
        let Some([family, model, _]) = self.cpuid() else {
            return Ok(None);
        };
        Product::of_cpuid(family, model).map(Some).ok_or(ReportRefusal::CpuidUnknown { family, model })
    }

    /// The TCB version at `offset`, in the layout of the product.
    pub(crate) fn tcb(&self, offset: usize, layout: TcbLayout) -> Result<Tcb, ReportRefusal> {
        layout
            .read(self.array(offset))
            .map_err(|byte| ReportRefusal::ReservedNotZero { field: "TCB_VERSION", offset: offset + byte })
    }

    pub(crate) fn version(&self) -> u32 {
        self.u32(abi::VERSION)
    }

    pub(crate) fn signature_algo(&self) -> u32 {
        self.u32(abi::SIGNATURE_ALGO)
    }

    pub(crate) fn policy(&self) -> u64 {
        self.u64(abi::POLICY)
    }

    pub(crate) fn platform_info(&self) -> u64 {
        self.u64(abi::PLATFORM_INFO)
    }

    pub(crate) fn key_info(&self) -> u32 {
        self.u32(abi::KEY_INFO)
    }

    /// Family, model and stepping, from version 3 on.
    pub(crate) fn cpuid(&self) -> Option<[u8; 3]> {
        (self.version() >= abi::FIRST_VERSION_WITH_CPUID)
            .then(|| [self.0[abi::CPUID_FAM_ID], self.0[abi::CPUID_MOD_ID], self.0[abi::CPUID_STEP]])
    }

    /// The mitigation vector at `offset`, from version 5 on.
    pub(crate) fn mitigations(&self, offset: usize) -> Option<[u8; 8]> {
        (self.version() >= abi::FIRST_VERSION_WITH_MITIGATIONS).then(|| self.array(offset))
    }

    /// The firmware version at `offset`, as `[major, minor, build]`.
    pub(crate) fn firmware_version(&self, offset: usize) -> [u8; 3] {
        let [build, minor, major] = self.array(offset);
        [major, minor, build]
    }

    /// The `N` bytes at `offset`, one of the offsets of [`abi`].
    pub(crate) fn array<const N: usize>(&self, offset: usize) -> [u8; N] {
        std::array::from_fn(|i| self.0[offset + i])
    }

    pub(crate) fn u32(&self, offset: usize) -> u32 {
        u32::from_le_bytes(self.array(offset))
    }

    fn u64(&self, offset: usize) -> u64 {
        u64::from_le_bytes(self.array(offset))
    }
}
