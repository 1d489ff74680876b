//! What a verified TDX quote says.

use super::fault::QuoteFault;
use super::header::QuoteHeader;
use super::layout::{array, td};
use super::platform::Platform;
use super::quote::{Quote, TD15_BYTES, TD15_EX_BYTES, TdReport};
use super::refusal::{QuoteRefusal, refused};
use crate::claim::{Claim, Claims, EvidenceKind};

/// The signed content of a TDX quote, and what collateral says of its platform.
///
/// Only reachable inside a [`Verified`](crate::Verified). Field by field as in Intel 348551, `TDREPORT_STRUCT`, in the order of
/// Intel's quote body (`sgx_report2_body_t`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tdx {
    /// The quote's header.
    pub header: QuoteHeader,
    /// The TCB at the TD's launch: module version, module major version, SEAM loader, then reserved.
    pub tee_tcb_svn: [u8; 16],
    /// The measurement of the TDX module.
    pub mr_seam: [u8; 48],
    /// The signer of the TDX module; zero for Intel.
    pub mr_signer_seam: [u8; 48],
    /// The attributes of the TDX module, little-endian.
    pub seam_attributes: [u8; 8],
    /// The attributes of the TD.
    pub td_attributes: TdAttributes,
    /// The processor features that the TD may use (bits of XCR0 and `IA32_XSS`), little-endian.
    pub xfam: [u8; 8],
    /// The measurement of the TD's initial content.
    pub mr_td: [u8; 48],
    /// Configuration that the TD's owner chose.
    pub mr_config_id: [u8; 48],
    /// The TD's owner.
    pub mr_owner: [u8; 48],
    /// Configuration for the owner's key.
    pub mr_owner_config: [u8; 48],
    /// Runtime measurements: firmware, operating system loader, operating system, run time.
    pub rtmr: [[u8; 48]; 4],
    /// 64 bytes that the TD chose.
    pub report_data: [u8; 64],
    /// What a TDX 1.5 report adds.
    pub current: Option<TdxCurrent>,
    /// What a TDX 1.5 report of the extended form adds.
    pub service_td: Option<ServiceTd>,
    /// The platform.
    pub platform: Platform,
}

/// What a TDX 1.5 report (quote body type 3 and 4) adds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TdxCurrent {
    /// The TCB now, after updates since the launch.
    pub tee_tcb_svn2: [u8; 16],
    /// The measurement of the bound service TDs; zero where there are none.
    pub mr_service_td: [u8; 48],
}

/// What an extended TDX 1.5 report (quote body type 4, `sgx_report2_body_v1_5_ex_t`) adds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceTd {
    /// The virtual machine within a partitioned TD: 0 for the whole or its monitor, else 1 to 3.
    pub vmid: u8,
    /// The id of this TD instance.
    pub td_id: [u8; 32],
    /// The hash of the devices' information.
    pub dev_info: [u8; 48],
    /// The hash of the service TDs that were bound when the TD was created.
    pub init_service_td_hash: [u8; 48],
    /// Their attributes, little-endian.
    pub init_service_td_attributes: [u8; 8],
    /// The processor's security version when the TD was created.
    pub init_cpu_svn: [u8; 16],
    /// The TCB when the TD was created.
    pub init_tee_tcb_svn: [u8; 16],
    /// The platform model on which the TD was created.
    pub init_tee_fmspc: [u8; 12],
    /// The hash of the service TDs that are bound now.
    pub cur_service_td_hash: [u8; 48],
    /// Their attributes, little-endian.
    pub cur_service_td_attributes: [u8; 8],
}

/// The attributes of a TD (Intel 348551, `ATTRIBUTES`). Bits that must be zero were checked; bits 18 to 22 may be set and have no name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TdAttributes {
    /// Bit 0: the host may debug the TD. This and the next three put the TD under debug: none of its protection holds.
    pub debug: bool,
    /// Bit 4: hardware-guided scheduling and profiling.
    pub hgs_plus_prof: bool,
    /// Bit 5: performance profiling.
    pub perf_prof: bool,
    /// Bit 6: platform monitoring profiling.
    pub pmt_prof: bool,
    /// Bit 16: the defence against single-stepping that counts instructions.
    pub icssd: bool,
    /// Bit 17: the report has the hash of the service TDs.
    pub servtd_ext: bool,
    /// Bit 27: linear address space separation.
    pub lass: bool,
    /// Bit 28: no exceptions to the TD on pending pages. Where it is clear, the host can inject them.
    pub sept_ve_disable: bool,
    /// Bit 29: the TD can be migrated to another platform, by a migration TD that `mr_service_td` measures.
    pub migratable: bool,
    /// Bit 30: supervisor protection keys.
    pub pks: bool,
    /// Bit 31: key locker.
    pub kl: bool,
    /// Bit 62: a provisioning agent of TDX Connect.
    pub tpa: bool,
    /// Bit 63: performance monitoring.
    pub perfmon: bool,
    /// All 64 bits, little-endian.
    pub raw: [u8; 8],
}

/// The bits of a TD's attributes that must be zero (Intel 348551, revision 008, table 3.23).
const RESERVED_ATTRIBUTES: u64 = 0x3FFF_FFFF_0780_FF8E;

impl TdAttributes {
    fn read(raw: [u8; 8]) -> Result<Self, QuoteRefusal> {
        let bits = u64::from_le_bytes(raw);
        if bits & RESERVED_ATTRIBUTES != 0 {
            let detail = format!("of the bits {RESERVED_ATTRIBUTES:#x}, {:#x} are set", bits & RESERVED_ATTRIBUTES);
            return Err(refused(QuoteFault::TdAttributesReserved, detail));
        }
        let bit = |position: u32| bits >> position & 1 == 1;
        Ok(Self {
            debug: bit(0),
            hgs_plus_prof: bit(4),
            perf_prof: bit(5),
            pmt_prof: bit(6),
            icssd: bit(16),
            servtd_ext: bit(17),
            lass: bit(27),
            sept_ve_disable: bit(28),
            migratable: bit(29),
            pks: bit(30),
            kl: bit(31),
            tpa: bit(62),
            perfmon: bit(63),
            raw,
        })
    }

    fn claim(&self) -> Claim {
        Claim::flags(
            &[
                ("debug", self.debug),
                ("hgs_plus_prof", self.hgs_plus_prof),
                ("perf_prof", self.perf_prof),
                ("pmt_prof", self.pmt_prof),
                ("icssd", self.icssd),
                ("servtd_ext", self.servtd_ext),
                ("lass", self.lass),
                ("sept_ve_disable", self.sept_ve_disable),
                ("migratable", self.migratable),
                ("pks", self.pks),
                ("kl", self.kl),
                ("tpa", self.tpa),
                ("perfmon", self.perfmon),
            ],
            &self.raw,
        )
    }
}

impl Tdx {
    /// Reads the signed content of a quote that was verified.
    ///
    /// # Errors
    /// [`QuoteRefusal`] where the TD's attributes have reserved bits, or service TDs that the report cannot show.
    pub(super) fn read(quote: &Quote<'_>, report: TdReport<'_>, platform: Platform) -> Result<Self, QuoteRefusal> {
        let base = report.base();
        let td_attributes = TdAttributes::read(array(base, td::TD_ATTRIBUTES))?;
        let current = report.td15().map(TdxCurrent::read);
        if td_attributes.servtd_ext && current.is_none() {
            return Err(refused(QuoteFault::ServiceTd, "SERVTD_EXT is set in a TDX 1.0 report"));
        }
        Ok(Self {
            header: quote.header.clone(),
            tee_tcb_svn: array(base, td::TEE_TCB_SVN),
            mr_seam: array(base, td::MR_SEAM),
            mr_signer_seam: array(base, td::MR_SIGNER_SEAM),
            seam_attributes: array(base, td::SEAM_ATTRIBUTES),
            td_attributes,
            xfam: array(base, td::XFAM),
            mr_td: array(base, td::MR_TD),
            mr_config_id: array(base, td::MR_CONFIG_ID),
            mr_owner: array(base, td::MR_OWNER),
            mr_owner_config: array(base, td::MR_OWNER_CONFIG),
            rtmr: std::array::from_fn(|index| array(base, td::RTMR0 + 48 * index)),
            report_data: array(base, td::REPORT_DATA),
            current,
            service_td: report.td15_ex().map(ServiceTd::read),
            platform,
        })
    }
}

impl TdxCurrent {
    fn read(report: &[u8; TD15_BYTES]) -> Self {
        Self { tee_tcb_svn2: array(report, td::TEE_TCB_SVN2), mr_service_td: array(report, td::MR_SERVICE_TD) }
    }
}

impl ServiceTd {
    fn read(report: &[u8; TD15_EX_BYTES]) -> Self {
        Self {
            vmid: report[td::VMID],
            td_id: array(report, td::TD_ID),
            dev_info: array(report, td::DEV_INFO),
            init_service_td_hash: array(report, td::INIT_SERVICE_TD_HASH),
            init_service_td_attributes: array(report, td::INIT_SERVICE_TD_ATTRIBUTES),
            init_cpu_svn: array(report, td::INIT_CPU_SVN),
            init_tee_tcb_svn: array(report, td::INIT_TEE_TCB_SVN),
            init_tee_fmspc: array(report, td::INIT_TEE_FMSPC),
            cur_service_td_hash: array(report, td::CUR_SERVICE_TD_HASH),
            cur_service_td_attributes: array(report, td::CUR_SERVICE_TD_ATTRIBUTES),
        }
    }
}

impl Claims for Tdx {
    const KIND: EvidenceKind = EvidenceKind::Tdx;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let mut claims = self.header.claims();
        claims.extend([
            ("tee_tcb_svn", Claim::bytes(&self.tee_tcb_svn)),
            ("mr_seam", Claim::bytes(&self.mr_seam)),
            ("mr_signer_seam", Claim::bytes(&self.mr_signer_seam)),
            ("seam_attributes", Claim::bytes(&self.seam_attributes)),
            ("td_attributes", self.td_attributes.claim()),
            ("xfam", Claim::bytes(&self.xfam)),
            ("mr_td", Claim::bytes(&self.mr_td)),
            ("mr_config_id", Claim::bytes(&self.mr_config_id)),
            ("mr_owner", Claim::bytes(&self.mr_owner)),
            ("mr_owner_config", Claim::bytes(&self.mr_owner_config)),
            ("rtmr0", Claim::bytes(&self.rtmr[0])),
            ("rtmr1", Claim::bytes(&self.rtmr[1])),
            ("rtmr2", Claim::bytes(&self.rtmr[2])),
            ("rtmr3", Claim::bytes(&self.rtmr[3])),
            ("report_data", Claim::bytes(&self.report_data)),
        ]);
        claims.extend(current_claims(self.current.as_ref()));
        claims.extend(service_td_claims(self.service_td.as_ref()));
        claims.extend(self.platform.claims("cpu_svn"));
        claims
    }
}

fn current_claims(current: Option<&TdxCurrent>) -> [(&'static str, Claim); 2] {
    let bytes = |field: fn(&TdxCurrent) -> &[u8]| Claim::optional(current, |report| Claim::bytes(field(report)));
    [("tee_tcb_svn2", bytes(|report| &report.tee_tcb_svn2)), ("mr_service_td", bytes(|report| &report.mr_service_td))]
}

fn service_td_claims(service_td: Option<&ServiceTd>) -> [(&'static str, Claim); 10] {
    let bytes = |field: fn(&ServiceTd) -> &[u8]| Claim::optional(service_td, |report| Claim::bytes(field(report)));
    [
        ("vmid", Claim::optional(service_td, |report| Claim::Int(report.vmid.into()))),
        ("td_id", bytes(|report| &report.td_id)),
        ("dev_info", bytes(|report| &report.dev_info)),
        ("init_service_td_hash", bytes(|report| &report.init_service_td_hash)),
        ("init_service_td_attributes", bytes(|report| &report.init_service_td_attributes)),
        ("init_cpu_svn", bytes(|report| &report.init_cpu_svn)),
        ("init_tee_tcb_svn", bytes(|report| &report.init_tee_tcb_svn)),
        ("init_tee_fmspc", bytes(|report| &report.init_tee_fmspc)),
        ("cur_service_td_hash", bytes(|report| &report.cur_service_td_hash)),
        ("cur_service_td_attributes", bytes(|report| &report.cur_service_td_attributes)),
    ]
}
