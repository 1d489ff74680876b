//! What collateral and the PCK certificate say about the platform that made a quote.

use std::collections::BTreeSet;

use dcap_qvl::intel::PckExtension;
use dcap_qvl::policy::QuoteClaims;
use jiff::Timestamp;

use super::fault::QuoteFault;
use super::refusal::{LibraryRefusal, QuoteRefusal};
use super::tcb_status::TcbStatus;
use crate::claim::Claim;
use crate::excerpt::Excerpt;
use crate::instant::instant;

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

    fn of(encoding: u64) -> Option<Self> {
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
    /// The status of everything together: platform, TDX module (as of the launch and as of now) and quoting enclave. Never better than
    /// any of them, except that a launch out of date becomes an advice to relaunch where all is up to date by now.
    pub tcb_status: TcbStatus,
    /// The quoting enclave's alone.
    pub qe_status: TcbStatus,
    /// The platform's (with the TDX module's), as of the launch of the TD.
    pub platform_status: TcbStatus,
    /// The platform's as of now, where the quote has a TDX 1.5 report.
    pub current_status: Option<TcbStatus>,
    /// The earliest date among the TCB levels met, of all the parts of `tcb_status`.
    pub tcb_date: Timestamp,
    /// The lower evaluation number of TCB Info and QE Identity: which of Intel's assessments this was judged by.
    pub tcb_eval_data_number: u32,
    /// The advisories that apply to the levels met, of all the parts of `tcb_status`.
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
    /// Reads what the library made of collateral, and of the PCK certificate what Intel's extension says.
    pub(super) fn read(claims: &QuoteClaims, pck: &PckExtension) -> Result<Self, QuoteRefusal> {
        let platform = &claims.platform;
        let (qe, current) = (&claims.qe.tcb_level, platform.current_tcb_level.as_ref());
        let qe_status = TcbStatus::from(qe.tcb_status);
        let current_status = current.map(|level| TcbStatus::from(level.tcb_status));
        // The library's verdict has the launch, and the relaunch that would mend it; of the rest it leaves out what this adds.
        let tcb_status = current_status.into_iter().fold(TcbStatus::from(claims.tcb.status), TcbStatus::converge);
        let dates =
            [&platform.tcb_level.tcb_date, &qe.tcb_date].into_iter().chain(current.map(|level| &level.tcb_date));
        let advisories = claims.tcb.advisory_ids.iter().chain(current.iter().flat_map(|level| &level.advisory_ids));
        Ok(Self {
            tcb_status: tcb_status.converge(qe_status),
            qe_status,
            platform_status: TcbStatus::from(platform.tcb_level.tcb_status),
            current_status,
            tcb_date: earliest(dates)?,
            tcb_eval_data_number: claims.tcb.eval_data_number,
            advisory_ids: advisories.cloned().collect(),
            fmspc: pck.fmspc,
            ppid: sixteen("PPID", &pck.ppid)?,
            platform_instance_id: pck
                .platform_instance_id
                .as_ref()
                .map(|id| sixteen("Platform Instance ID", id))
                .transpose()?,
            pce_svn: pck.pce_svn,
            cpu_svn: pck.cpu_svn,
            sgx_type: SgxType::of(pck.sgx_type)
                .ok_or_else(|| pck_extension(format_args!("its SGX Type {} is unknown", pck.sgx_type)))?,
            dynamic_platform: pck.dynamic_platform,
            cached_keys: pck.cached_keys,
            smt_enabled: pck.smt_enabled,
            earliest_issue: instant(claims.earliest_issue_date),
            earliest_expiration: instant(claims.earliest_expiration_date),
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

/// The earliest of some levels' `tcbDate` (PCS version 4: RFC 3339).
fn earliest<'a>(mut dates: impl Iterator<Item = &'a String>) -> Result<Timestamp, QuoteRefusal> {
    dates.try_fold(Timestamp::MAX, |so_far, date| {
        let date: Timestamp = date.parse().map_err(|error| QuoteRefusal::CollateralMalformed {
            reason: Excerpt::of(format_args!("a `tcbDate` is no time: {error}")),
        })?;
        Ok(so_far.min(date))
    })
}

fn sixteen(name: &str, bytes: &[u8]) -> Result<[u8; 16], QuoteRefusal> {
    bytes.try_into().map_err(|_| pck_extension(format_args!("its {name} has {} bytes; expected 16", bytes.len())))
}

fn pck_extension(detail: impl std::fmt::Display) -> QuoteRefusal {
    LibraryRefusal::new(QuoteFault::PckExtension, detail).into()
}
