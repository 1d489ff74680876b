//! What collateral and the PCK certificate say about the platform that made a quote.

use std::collections::BTreeSet;

use dcap_qvl::policy::{PckCertFlag, QuoteClaims};
use jiff::Timestamp;

use super::refusal::{LibraryRefusal, QuoteRefusal};
use super::verify::timestamp;
use crate::claim::Claim;

/// How a platform's TCB compares with what Intel currently asks for (PCS version 4, TCB Info, `tcbStatus`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TcbStatus {
    /// At the latest level.
    UpToDate,
    /// Software running on it must be hardened.
    SWHardeningNeeded,
    /// Its configuration must be changed.
    ConfigurationNeeded,
    /// Both.
    ConfigurationAndSWHardeningNeeded,
    /// Below the latest level.
    OutOfDate,
    /// Below the latest level, and its configuration must be changed.
    OutOfDateConfigurationNeeded,
    /// The TD was launched out of date; the platform has since been updated, and relaunching would mend it.
    TDRelaunchAdvised,
    /// The same, and the configuration must be changed.
    TDRelaunchAdvisedConfigurationNeeded,
    /// Its keys are not to be trusted. Never the status of verified evidence as a whole.
    Revoked,
}

impl TcbStatus {
    /// Intel's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            TcbStatus::UpToDate => "UpToDate",
            TcbStatus::SWHardeningNeeded => "SWHardeningNeeded",
            TcbStatus::ConfigurationNeeded => "ConfigurationNeeded",
            TcbStatus::ConfigurationAndSWHardeningNeeded => "ConfigurationAndSWHardeningNeeded",
            TcbStatus::OutOfDate => "OutOfDate",
            TcbStatus::OutOfDateConfigurationNeeded => "OutOfDateConfigurationNeeded",
            TcbStatus::TDRelaunchAdvised => "TDRelaunchAdvised",
            TcbStatus::TDRelaunchAdvisedConfigurationNeeded => "TDRelaunchAdvisedConfigurationNeeded",
            TcbStatus::Revoked => "Revoked",
        }
    }

    fn of(status: dcap_qvl::tcb_info::TcbStatus) -> Self {
        use dcap_qvl::tcb_info::TcbStatus as Library;
        match status {
            Library::UpToDate => TcbStatus::UpToDate,
            Library::SWHardeningNeeded => TcbStatus::SWHardeningNeeded,
            Library::ConfigurationNeeded => TcbStatus::ConfigurationNeeded,
            Library::ConfigurationAndSWHardeningNeeded => TcbStatus::ConfigurationAndSWHardeningNeeded,
            Library::OutOfDate => TcbStatus::OutOfDate,
            Library::OutOfDateConfigurationNeeded => TcbStatus::OutOfDateConfigurationNeeded,
            Library::TDRelaunchAdvised => TcbStatus::TDRelaunchAdvised,
            Library::TDRelaunchAdvisedConfigurationNeeded => TcbStatus::TDRelaunchAdvisedConfigurationNeeded,
            Library::Revoked => TcbStatus::Revoked,
        }
    }
}

/// How a platform protects its memory (Intel PCK certificate profile, SGX Type).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SgxType {
    /// Encryption, integrity and replay protection.
    Standard,
    /// Encryption only.
    Scalable,
    /// Encryption and integrity.
    ScalableWithIntegrity,
}

impl SgxType {
    /// Intel's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SgxType::Standard => "Standard",
            SgxType::Scalable => "Scalable",
            SgxType::ScalableWithIntegrity => "ScalableWithIntegrity",
        }
    }

    fn of(encoding: u8) -> Option<Self> {
        match encoding {
            0 => Some(SgxType::Standard),
            1 => Some(SgxType::Scalable),
            2 => Some(SgxType::ScalableWithIntegrity),
            _ => None,
        }
    }
}

/// The platform that made a quote, by its PCK certificate and by Intel's collateral for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Platform {
    /// The status of everything together: platform, TDX module, quoting enclave, and for TDX 1.5 whether a relaunch would mend it.
    pub tcb_status: TcbStatus,
    /// The quoting enclave's alone.
    pub qe_status: TcbStatus,
    /// The platform's (with the TDX module's), as of the launch of the TD.
    pub platform_status: TcbStatus,
    /// The platform's as of now, where the quote has a TDX 1.5 report.
    pub current_status: Option<TcbStatus>,
    /// The date of the TCB level that the platform meets.
    pub tcb_date: Timestamp,
    /// The lower evaluation number of TCB Info and QE Identity: which of Intel's assessments this was judged by.
    pub tcb_eval_data_number: u32,
    /// The advisories that apply to the levels met.
    pub advisory_ids: BTreeSet<String>,
    /// Family, model, stepping, platform type, customer SKU.
    pub fmspc: [u8; 6],
    /// The processor package.
    pub ppid: [u8; 16],
    /// The platform instance, where the PCK certificate is from the Platform CA.
    pub platform_instance_id: Option<[u8; 16]>,
    /// The security version of the provisioning certification enclave.
    pub pce_svn: u16,
    /// The raw security version of the processor that the PCK certificate is for.
    pub cpu_svn: [u8; 16],
    /// How the platform protects memory.
    pub sgx_type: SgxType,
    /// Whether packages can be added to the platform. Platform CA only, as the next two.
    pub dynamic_platform: Option<bool>,
    /// Whether Intel keeps the platform's root keys.
    pub cached_keys: Option<bool>,
    /// Whether simultaneous multithreading is on.
    pub smt_enabled: Option<bool>,
    /// The earliest time at which a part of the collateral was issued.
    pub earliest_issue: Timestamp,
    /// The earliest time at which a part of the collateral expires.
    pub earliest_expiration: Timestamp,
    /// The number of the root's revocation list.
    pub root_crl_number: u32,
    /// The number of the PCK issuer's revocation list.
    pub pck_crl_number: u32,
}

impl Platform {
    pub(super) fn read(claims: &QuoteClaims) -> Result<Self, QuoteRefusal> {
        let (platform, pck) = (&claims.platform, &claims.platform.pck);
        let pck_extension = |reason: String| LibraryRefusal::of_pck_extension(reason);
        Ok(Self {
            tcb_status: TcbStatus::of(claims.tcb.status),
            qe_status: TcbStatus::of(claims.qe.tcb_level.tcb_status),
            platform_status: TcbStatus::of(platform.tcb_level.tcb_status),
            current_status: platform.current_tcb_level.as_ref().map(|level| TcbStatus::of(level.tcb_status)),
            tcb_date: timestamp(platform.tcb_date_tag)?,
            tcb_eval_data_number: claims.tcb.eval_data_number,
            advisory_ids: claims.tcb.advisory_ids.iter().cloned().collect(),
            fmspc: pck.fmspc,
            ppid: pck
                .ppid
                .as_slice()
                .try_into()
                .map_err(|_| pck_extension(format!("the PPID has {} bytes, not 16", pck.ppid.len())))?,
            platform_instance_id: pck.platform_instance_id,
            pce_svn: pck.pce_svn,
            cpu_svn: pck.cpu_svn,
            sgx_type: SgxType::of(pck.sgx_type)
                .ok_or_else(|| pck_extension(format!("SGX type {} is unknown", pck.sgx_type)))?,
            dynamic_platform: flag(pck.dynamic_platform),
            cached_keys: flag(pck.cached_keys),
            smt_enabled: flag(pck.smt_enabled),
            earliest_issue: timestamp(claims.earliest_issue_date)?,
            earliest_expiration: timestamp(claims.earliest_expiration_date)?,
            root_crl_number: platform.root_ca_crl_num,
            pck_crl_number: platform.pck_crl_num,
        })
    }

    /// The claims, with the name `cpu_svn` for the certificate's processor version: an SGX report has one of its own.
    pub(super) fn claims(&self, cpu_svn: &'static str) -> Vec<(&'static str, Claim)> {
        let status = |status: TcbStatus| Claim::Case(status.name());
        let flag = |flag| Claim::optional(flag, Claim::Bool);
        vec![
            ("tcb_status", status(self.tcb_status)),
            ("qe_status", status(self.qe_status)),
            ("platform_status", status(self.platform_status)),
            ("current_status", Claim::optional(self.current_status, status)),
            ("tcb_date", Claim::Time(self.tcb_date)),
            ("tcb_eval_data_number", Claim::Int(self.tcb_eval_data_number.into())),
            ("advisory_ids", Claim::TextSet(self.advisory_ids.clone())),
            ("fmspc", Claim::bytes(&self.fmspc)),
            ("ppid", Claim::bytes(&self.ppid)),
            ("platform_instance_id", Claim::optional(self.platform_instance_id, |id| Claim::bytes(&id))),
            ("pce_svn", Claim::Int(self.pce_svn.into())),
            (cpu_svn, Claim::bytes(&self.cpu_svn)),
            ("sgx_type", Claim::Case(self.sgx_type.name())),
            ("dynamic_platform", flag(self.dynamic_platform)),
            ("cached_keys", flag(self.cached_keys)),
            ("smt_enabled", flag(self.smt_enabled)),
            ("earliest_issue", Claim::Time(self.earliest_issue)),
            ("earliest_expiration", Claim::Time(self.earliest_expiration)),
            ("root_crl_number", Claim::Int(self.root_crl_number.into())),
            ("pck_crl_number", Claim::Int(self.pck_crl_number.into())),
        ]
    }
}

fn flag(flag: PckCertFlag) -> Option<bool> {
    match flag {
        PckCertFlag::True => Some(true),
        PckCertFlag::False => Some(false),
        PckCertFlag::Undefined => None,
    }
}
