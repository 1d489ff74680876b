//! What a verified SGX quote says.

use dcap_qvl::intel::PckExtension;
use dcap_qvl::policy::QuoteClaims;
use dcap_qvl::quote::{EnclaveReport, Report};

use super::fault::QuoteFault;
use super::header::QuoteHeader;
use super::platform::Platform;
use super::refusal::{LibraryRefusal, QuoteRefusal};
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
    fn read(raw: [u8; 16]) -> Self {
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
    /// The library names the bytes around the classic fields `reserved1` (from byte 20 of the report), `reserved3` (from 160)
    /// and `reserved4` (from 260). By the SDM, the extended product id is at 32, the configuration id at 192, its version at 260 and the
    /// family id at 304.
    fn read(report: &EnclaveReport) -> Self {
        Self {
            isv_ext_prod_id: std::array::from_fn(|i| report.reserved1[32 - 20 + i]),
            config_id: std::array::from_fn(|i| report.reserved3[192 - 160 + i]),
            config_svn: u16::from_le_bytes(std::array::from_fn(|i| report.reserved4[i])),
            isv_family_id: std::array::from_fn(|i| report.reserved4[304 - 260 + i]),
        }
    }
}

impl Sgx {
    /// Reads the content of a quote that the library verified.
    pub(super) fn read(claims: &QuoteClaims, pck: &PckExtension) -> Result<Self, QuoteRefusal> {
        let report = match &claims.report {
            Report::SgxEnclave(report) => report,
            Report::TD10(_) | Report::TD15(_) | Report::TD15Ex(_) => {
                return Err(LibraryRefusal::new(QuoteFault::Malformed, "its body is a TD report").into());
            }
        };
        let attributes = SgxAttributes::read(report.attributes);
        Ok(Self {
            header: QuoteHeader::read(&claims.header),
            qe_svn: claims.header.qe_svn,
            header_pce_svn: claims.header.pce_svn,
            cpu_svn: report.cpu_svn,
            misc_select: report.misc_select,
            attributes,
            mr_enclave: report.mr_enclave,
            mr_signer: report.mr_signer,
            isv_prod_id: report.isv_prod_id,
            isv_svn: report.isv_svn,
            report_data: report.report_data,
            key_separation: attributes.kss.then(|| KeySeparation::read(report)),
            platform: Platform::read(claims, pck)?,
        })
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
