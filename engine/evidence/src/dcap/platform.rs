//! What collateral and the PCK certificate say about the platform that made a quote.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::judgement::Judgements;
use super::pck::VerifiedPck;
use super::tcb_status::TcbStatus;
use super::verified_collateral::VerifiedCollateral;
use crate::claim::Claim;

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
    /// What `judgements` and a platform's verified certificate say, under collateral that was verified.
    pub(super) fn of(judgements: &Judgements<'_>, collateral: &VerifiedCollateral, pck: &VerifiedPck) -> Self {
        let window = collateral.window.and(pck.window);
        Self {
            tcb_status: judgements.together.status,
            qe_status: judgements.quoting_enclave,
            platform_status: judgements.platform,
            current_status: judgements.current,
            tcb_date: judgements.together.date,
            tcb_eval_data_number: collateral.tcb_eval_data_number(),
            advisory_ids: judgements.together.advisory_ids(),
            fmspc: pck.extension.fmspc,
            ppid: pck.extension.ppid,
            platform_instance_id: pck.extension.platform_instance_id,
            pce_svn: pck.extension.tcb.pce_svn,
            cpu_svn: pck.extension.cpu_svn,
            sgx_type: pck.extension.sgx_type,
            dynamic_platform: pck.extension.dynamic_platform,
            cached_keys: pck.extension.cached_keys,
            smt_enabled: pck.extension.smt_enabled,
            earliest_issue: window.earliest_issue,
            earliest_expiration: window.expires_at,
            root_crl_number: collateral.root_list.number,
            pck_crl_number: collateral.pck_list.number,
        }
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
