//! What a verified SGX quote says.

use super::header::QuoteHeader;
use super::layout::{array, enclave};
use super::platform::Platform;
use super::quote::{ENCLAVE_REPORT_BYTES, Quote};
use crate::claim::{Claim, Claims, EvidenceKind};

/// The signed content of an SGX quote, and what collateral says of its platform.
///
/// Only reachable inside a [`Verified`](crate::Verified). Field by field as in the Intel SDM, volume 3D, `REPORT` structure.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sgx {
    /// The quote's header.
    pub header: QuoteHeader,
    /// The security version of the quoting enclave, by the header.
    pub qe_svn: u16,
    /// The security version of the provisioning certification enclave, by the header.
    pub header_pce_svn: u16,
    /// The security version of the processor that the enclave ran on.
    pub cpu_svn: [u8; 16],
    /// The state that is saved when the enclave is left.
    pub misc_select: u32,
    /// The attributes of the enclave.
    pub attributes: SgxAttributes,
    /// The measurement of the enclave.
    pub mr_enclave: [u8; 32],
    /// The hash of the key that signed the enclave.
    pub mr_signer: [u8; 32],
    /// The signer's number for the product.
    pub isv_prod_id: u16,
    /// The signer's security version of the product.
    pub isv_svn: u16,
    /// 64 bytes that the enclave chose.
    pub report_data: [u8; 64],
    /// What key separation and sharing adds, for an enclave that has it.
    pub key_separation: Option<KeySeparation>,
    /// The platform.
    pub platform: Platform,
}

/// The attributes of an enclave (Intel SDM, volume 3D, `ATTRIBUTES`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SgxAttributes {
    /// Bit 1: the host may debug the enclave.
    pub debug: bool,
    /// Bit 2: the enclave runs in 64-bit mode.
    pub mode64: bool,
    /// Bit 4: the enclave may use the provisioning key.
    pub provision_key: bool,
    /// Bit 7: key separation and sharing is on.
    pub kss: bool,
    /// All 128 bits: 64 flags, then the processor features that the enclave may use; little-endian.
    pub raw: [u8; 16],
}

/// The fields of key separation and sharing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeySeparation {
    /// The extended product id.
    pub isv_ext_prod_id: [u8; 16],
    /// The configuration's id.
    pub config_id: [u8; 64],
    /// The configuration's security version.
    pub config_svn: u16,
    /// The product family's id.
    pub isv_family_id: [u8; 16],
}

impl SgxAttributes {
    pub(super) fn read(raw: [u8; 16]) -> Self {
        let bit = |position: usize| raw[position / 8] >> (position % 8) & 1 == 1;
        Self { debug: bit(1), mode64: bit(2), provision_key: bit(4), kss: bit(7), raw }
    }

    fn claim(&self) -> Claim {
        Claim::flags(
            &[("debug", self.debug), ("mode64", self.mode64), ("provision_key", self.provision_key), ("kss", self.kss)],
            &self.raw,
        )
    }
}

impl KeySeparation {
    fn read(report: &[u8; ENCLAVE_REPORT_BYTES]) -> Self {
        Self {
            isv_ext_prod_id: array(report, enclave::ISV_EXT_PROD_ID),
            config_id: array(report, enclave::CONFIG_ID),
            config_svn: u16::from_le_bytes(array(report, enclave::CONFIG_SVN)),
            isv_family_id: array(report, enclave::ISV_FAMILY_ID),
        }
    }
}

impl Sgx {
    /// Reads the signed content of a quote that was verified: its header, of which version 3 names two security versions that are reserved
    /// in later ones (appendix A.4, "Quote Header"), and its body.
    pub(super) fn read(quote: &Quote<'_>, report: &[u8; ENCLAVE_REPORT_BYTES], platform: Platform) -> Self {
        let attributes = SgxAttributes::read(array(report, enclave::ATTRIBUTES));
        Self {
            header: quote.header.clone(),
            qe_svn: u16::from_le_bytes(array(quote.signed, 8)),
            header_pce_svn: u16::from_le_bytes(array(quote.signed, 10)),
            cpu_svn: array(report, enclave::CPU_SVN),
            misc_select: u32::from_le_bytes(array(report, enclave::MISC_SELECT)),
            attributes,
            mr_enclave: array(report, enclave::MR_ENCLAVE),
            mr_signer: array(report, enclave::MR_SIGNER),
            isv_prod_id: u16::from_le_bytes(array(report, enclave::ISV_PROD_ID)),
            isv_svn: u16::from_le_bytes(array(report, enclave::ISV_SVN)),
            report_data: array(report, enclave::REPORT_DATA),
            key_separation: attributes.kss.then(|| KeySeparation::read(report)),
            platform,
        }
    }
}

impl Claims for Sgx {
    const KIND: EvidenceKind = EvidenceKind::Sgx;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let kss = self.key_separation.as_ref();
        let mut claims = self.header.claims();
        claims.extend([
            ("qe_svn", Claim::Int(self.qe_svn.into())),
            ("header_pce_svn", Claim::Int(self.header_pce_svn.into())),
            ("cpu_svn", Claim::bytes(&self.cpu_svn)),
            ("misc_select", Claim::Int(self.misc_select.into())),
            ("attributes", self.attributes.claim()),
            ("mr_enclave", Claim::bytes(&self.mr_enclave)),
            ("mr_signer", Claim::bytes(&self.mr_signer)),
            ("isv_prod_id", Claim::Int(self.isv_prod_id.into())),
            ("isv_svn", Claim::Int(self.isv_svn.into())),
            ("report_data", Claim::bytes(&self.report_data)),
            ("isv_ext_prod_id", Claim::optional(kss, |kss| Claim::bytes(&kss.isv_ext_prod_id))),
            ("config_id", Claim::optional(kss, |kss| Claim::bytes(&kss.config_id))),
            ("config_svn", Claim::optional(kss, |kss| Claim::Int(kss.config_svn.into()))),
            ("isv_family_id", Claim::optional(kss, |kss| Claim::bytes(&kss.isv_family_id))),
        ]);
        claims.extend(self.platform.claims("pck_cpu_svn"));
        claims
    }
}
