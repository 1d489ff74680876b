//! What a verified report says, as a typed structure and as claims.

use jiff::Timestamp;

use super::abi::{self, key_info, platform_info, policy};
use super::endorsement::Endorsement;
use super::product::Product;
use super::refusal::ReportRefusal;
use super::report::{Report, Signer};
use super::tcb::Tcb;
use super::vek::Holder;
use crate::claim::{Claim, Claims, EvidenceKind};

/// The signed content of an SNP attestation report and what its certificates add.
///
/// Only reachable inside a [`Verified`](crate::Verified). Field by field as in AMD 56860 section 7.3, table `ATTESTATION_REPORT`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snp {
    /// The version of the report's format: 2 to 5.
    pub version: u32,
    /// The guest's security version number, from the ID block.
    pub guest_svn: u32,
    /// The policy the guest was launched with.
    pub policy: GuestPolicy,
    /// The guest's family, from the ID block.
    pub family_id: [u8; 16],
    /// The guest's image, from the ID block.
    pub image_id: [u8; 16],
    /// The privilege level that asked for the report: 0 to 3, or 4294967295 where the host asked.
    pub vmpl: u32,
    /// The algorithm of the signature: 1, ECDSA P-384 with SHA-384.
    pub signature_algo: u32,
    /// The TCB version that runs now.
    pub current_tcb: Tcb,
    /// How the platform is set up.
    pub platform_info: PlatformInfo,
    /// About the keys that signed.
    pub key_info: KeyInfo,
    /// 64 bytes that the guest chose.
    pub report_data: [u8; 64],
    /// The launch digest.
    pub measurement: [u8; 48],
    /// 32 bytes that the host chose at launch.
    pub host_data: [u8; 32],
    /// SHA-384 of the key that signed the ID block.
    pub id_key_digest: [u8; 48],
    /// SHA-384 of the key that certified the ID key.
    pub author_key_digest: [u8; 48],
    /// The id of this guest instance.
    pub report_id: [u8; 32],
    /// The id of this guest's migration agent; all ones where it has none.
    pub report_id_ma: [u8; 32],
    /// The TCB version that the signing key was derived for.
    pub reported_tcb: Tcb,
    /// The processor's family, model and stepping, from report version 3 on.
    pub cpuid: Option<[u8; 3]>,
    /// The chip, or zeros where the host masks it. On Turin the first 8 bytes count. Checked only where `signer` is [`Signer::Vcek`]: a
    /// VLEK is shared by many chips and vouches for none of them.
    pub chip_id: [u8; 64],
    /// The TCB version below which the firmware cannot be rolled back.
    pub committed_tcb: Tcb,
    /// The firmware's version: major, minor, build.
    pub current_version: [u8; 3],
    /// The firmware version below which it cannot be rolled back.
    pub committed_version: [u8; 3],
    /// The TCB version that ran when the guest was launched or imported.
    pub launch_tcb: Tcb,
    /// The mitigations verified at launch, as the eight bytes of the report, from report version 5 on.
    pub launch_mit_vector: Option<[u8; 8]>,
    /// The mitigations verified now, as the eight bytes of the report, from report version 5 on.
    pub current_mit_vector: Option<[u8; 8]>,
    /// The product line: by the certificate, and by CPUID where the report has it.
    pub product: Product,
    /// The kind of key that signed the report.
    pub signer: Signer,
    /// The cloud provider whose VLEK signed the report.
    pub csp_id: Option<String>,
    /// The end of validity of the VCEK or VLEK certificate.
    pub vek_not_after: Timestamp,
    /// Whether the chain was checked against a revocation list.
    pub revocation_checked: bool,
}

/// The guest policy (AMD 56860 section 4.3). Every bit has a name here or was checked to be as reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct GuestPolicy {
    /// The minor version of the ABI that the guest requires at least.
    pub abi_minor: u8,
    /// The major version of the ABI that the guest requires at least.
    pub abi_major: u8,
    /// Simultaneous multithreading may be on.
    pub smt_allowed: bool,
    /// A migration agent may be associated.
    pub migrate_ma: bool,
    /// The host may debug the guest: read and write its memory.
    pub debug: bool,
    /// The guest runs on one socket only.
    pub single_socket: bool,
    /// CXL memory or devices may be there.
    pub cxl_allow: bool,
    /// Memory encryption must be AES-256-XTS.
    pub mem_aes_256_xts: bool,
    /// Power measurement (RAPL) must be off.
    pub rapl_dis: bool,
    /// DRAM ciphertext hiding must be on.
    pub ciphertext_hiding: bool,
    /// Page swapping commands are off for the guest.
    pub page_swap_disable: bool,
}

/// How the platform is set up (the report's `PLATFORM_INFO`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlatformInfo {
    /// Simultaneous multithreading is on.
    pub smt_en: bool,
    /// Transparent memory encryption is on.
    pub tsme_en: bool,
    /// The memory corrects errors.
    pub ecc_en: bool,
    /// Power measurement (RAPL) is off.
    pub rapl_dis: bool,
    /// DRAM ciphertext hiding is on.
    pub ciphertext_hiding_en: bool,
    /// The check for aliased memory addresses was made since the last reset and found none.
    pub alias_check_complete: bool,
    /// SEV-TIO (trusted devices) is on.
    pub tio_en: bool,
    /// All 64 bits, little-endian: bit 6 may be set and has no name.
    pub raw: [u8; 8],
}

/// About the keys that signed the report and the ID block. Every bit has a name here or was checked to be zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyInfo {
    /// `author_key_digest` is meant.
    pub author_key_en: bool,
    /// The host keeps reports from being signed with the chip's key; the chip's id may be there all the same.
    pub mask_chip_key: bool,
    /// The key that signed.
    pub signing_key: Signer,
}

impl Snp {
    /// Reads the content of a report that was verified under `endorsement`.
    pub(super) fn read(report: Report<'_>, signer: Signer, endorsement: &Endorsement) -> Result<Self, ReportRefusal> {
        let product = endorsement.vek.kind.product;
        let tcb = |offset| report.tcb(offset, product.tcb_layout());
        Ok(Self {
            version: report.version(),
            guest_svn: report.u32(abi::GUEST_SVN),
            policy: GuestPolicy::read(report.policy()),
            family_id: report.array(abi::FAMILY_ID),
            image_id: report.array(abi::IMAGE_ID),
            vmpl: report.u32(abi::VMPL),
            signature_algo: report.signature_algo(),
            current_tcb: tcb(abi::CURRENT_TCB)?,
            platform_info: PlatformInfo::read(report.platform_info()),
            key_info: KeyInfo {
                author_key_en: bit(report.key_info().into(), key_info::AUTHOR_KEY_EN),
                mask_chip_key: bit(report.key_info().into(), key_info::MASK_CHIP_KEY),
                signing_key: signer,
            },
            report_data: report.array(abi::REPORT_DATA),
            measurement: report.array(abi::MEASUREMENT),
            host_data: report.array(abi::HOST_DATA),
            id_key_digest: report.array(abi::ID_KEY_DIGEST),
            author_key_digest: report.array(abi::AUTHOR_KEY_DIGEST),
            report_id: report.array(abi::REPORT_ID),
            report_id_ma: report.array(abi::REPORT_ID_MA),
            reported_tcb: tcb(abi::REPORTED_TCB)?,
            cpuid: report.cpuid(),
            chip_id: report.array(abi::CHIP_ID),
            committed_tcb: tcb(abi::COMMITTED_TCB)?,
            current_version: report.firmware_version(abi::CURRENT_VERSION),
            committed_version: report.firmware_version(abi::COMMITTED_VERSION),
            launch_tcb: tcb(abi::LAUNCH_TCB)?,
            launch_mit_vector: report.mitigations(abi::LAUNCH_MIT_VECTOR),
            current_mit_vector: report.mitigations(abi::CURRENT_MIT_VECTOR),
            product,
            signer,
            csp_id: match &endorsement.vek.holder {
                Holder::Provider(id) => Some(id.clone()),
                Holder::Chip(_) => None,
            },
            vek_not_after: endorsement.vek_not_after,
            revocation_checked: endorsement.revocation_checked,
        })
    }
}

impl GuestPolicy {
    fn read(bits: u64) -> Self {
        let [abi_minor, abi_major, ..] = bits.to_le_bytes();
        Self {
            abi_minor,
            abi_major,
            smt_allowed: bit(bits, policy::SMT),
            migrate_ma: bit(bits, policy::MIGRATE_MA),
            debug: bit(bits, policy::DEBUG),
            single_socket: bit(bits, policy::SINGLE_SOCKET),
            cxl_allow: bit(bits, policy::CXL_ALLOW),
            mem_aes_256_xts: bit(bits, policy::MEM_AES_256_XTS),
            rapl_dis: bit(bits, policy::RAPL_DIS),
            ciphertext_hiding: bit(bits, policy::CIPHERTEXT_HIDING_DRAM),
            page_swap_disable: bit(bits, policy::PAGE_SWAP_DISABLE),
        }
    }

    fn claim(&self) -> Claim {
        Claim::Record(vec![
            ("abi_minor", Claim::Int(self.abi_minor.into())),
            ("abi_major", Claim::Int(self.abi_major.into())),
            ("smt_allowed", Claim::Bool(self.smt_allowed)),
            ("migrate_ma", Claim::Bool(self.migrate_ma)),
            ("debug", Claim::Bool(self.debug)),
            ("single_socket", Claim::Bool(self.single_socket)),
            ("cxl_allow", Claim::Bool(self.cxl_allow)),
            ("mem_aes_256_xts", Claim::Bool(self.mem_aes_256_xts)),
            ("rapl_dis", Claim::Bool(self.rapl_dis)),
            ("ciphertext_hiding", Claim::Bool(self.ciphertext_hiding)),
            ("page_swap_disable", Claim::Bool(self.page_swap_disable)),
        ])
    }
}

impl PlatformInfo {
    fn read(bits: u64) -> Self {
        Self {
            smt_en: bit(bits, platform_info::SMT_EN),
            tsme_en: bit(bits, platform_info::TSME_EN),
            ecc_en: bit(bits, platform_info::ECC_EN),
            rapl_dis: bit(bits, platform_info::RAPL_DIS),
            ciphertext_hiding_en: bit(bits, platform_info::CIPHERTEXT_HIDING_DRAM_EN),
            alias_check_complete: bit(bits, platform_info::ALIAS_CHECK_COMPLETE),
            tio_en: bit(bits, platform_info::TIO_EN),
            raw: bits.to_le_bytes(),
        }
    }

    fn claim(&self) -> Claim {
        Claim::flags(
            &[
                ("smt_en", self.smt_en),
                ("tsme_en", self.tsme_en),
                ("ecc_en", self.ecc_en),
                ("rapl_dis", self.rapl_dis),
                ("ciphertext_hiding_en", self.ciphertext_hiding_en),
                ("alias_check_complete", self.alias_check_complete),
                ("tio_en", self.tio_en),
            ],
            &self.raw,
        )
    }
}

impl KeyInfo {
    fn claim(&self) -> Claim {
        Claim::Record(vec![
            ("author_key_en", Claim::Bool(self.author_key_en)),
            ("mask_chip_key", Claim::Bool(self.mask_chip_key)),
            ("signing_key", Claim::Case(self.signing_key.name())),
        ])
    }
}

impl Claims for Snp {
    const KIND: EvidenceKind = EvidenceKind::Snp;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let tcb = |tcb: Tcb| Claim::Tcb(tcb.components());
        let cpuid = |part: usize| Claim::optional(self.cpuid, |cpuid| Claim::Int(cpuid[part].into()));
        let vector = |vector: Option<[u8; 8]>| Claim::optional(vector, |bits| Claim::bytes(&bits));
        let version = |[major, minor, build]: [u8; 3]| Claim::Version {
            major: major.into(),
            minor: minor.into(),
            patch: build.into(),
        };
        vec![
            ("version", Claim::Int(self.version.into())),
            ("guest_svn", Claim::Int(self.guest_svn.into())),
            ("policy", self.policy.claim()),
            ("family_id", Claim::bytes(&self.family_id)),
            ("image_id", Claim::bytes(&self.image_id)),
            ("vmpl", Claim::Int(self.vmpl.into())),
            ("signature_algo", Claim::Int(self.signature_algo.into())),
            ("current_tcb", tcb(self.current_tcb)),
            ("platform_info", self.platform_info.claim()),
            ("key_info", self.key_info.claim()),
            ("report_data", Claim::bytes(&self.report_data)),
            ("measurement", Claim::bytes(&self.measurement)),
            ("host_data", Claim::bytes(&self.host_data)),
            ("id_key_digest", Claim::bytes(&self.id_key_digest)),
            ("author_key_digest", Claim::bytes(&self.author_key_digest)),
            ("report_id", Claim::bytes(&self.report_id)),
            ("report_id_ma", Claim::bytes(&self.report_id_ma)),
            ("reported_tcb", tcb(self.reported_tcb)),
            ("cpuid_family", cpuid(0)),
            ("cpuid_model", cpuid(1)),
            ("cpuid_stepping", cpuid(2)),
            ("chip_id", Claim::bytes(&self.chip_id)),
            ("committed_tcb", tcb(self.committed_tcb)),
            ("current_version", version(self.current_version)),
            ("committed_version", version(self.committed_version)),
            ("launch_tcb", tcb(self.launch_tcb)),
            ("launch_mit_vector", vector(self.launch_mit_vector)),
            ("current_mit_vector", vector(self.current_mit_vector)),
            ("product", Claim::Case(self.product.name())),
            ("signer", Claim::Case(self.signer.name())),
            ("csp_id", Claim::optional(self.csp_id.clone(), Claim::Text)),
            ("vek_not_after", Claim::Time(self.vek_not_after)),
            ("revocation_checked", Claim::Bool(self.revocation_checked)),
        ]
    }
}

fn bit(bits: u64, position: u32) -> bool {
    bits >> position & 1 == 1
}
