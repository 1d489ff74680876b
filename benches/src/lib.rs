//! What the benches compare with: the transaction approver's policy written out in Rust, as a service would that has no policy engine.
//!
//! It decides over claims as they come, `&str` and bytes, with nothing prepared. It says what is decided and of which kind a denial is; it names no rules,
//! merges no grants, knows no `valid_until` and explains nothing. `benches/decide.rs` checks first that it decides every case of the example as the
//! example's table says.
#![forbid(unsafe_code)]

/// Claims of the evidence, as far as the policy reads them.
pub enum Principal<'a> {
    /// An SNP report.
    Snp {
        /// The launch digest.
        measurement: &'a [u8],
        /// Bootloader, TEE, SNP and microcode version.
        reported_tcb: [u8; 4],
        /// The guest's security version.
        guest_svn: i64,
        /// Whether the host may debug it, or move it through a migration agent.
        debug: bool,
        /// See `debug`.
        migrate_ma: bool,
        /// The privilege level that asked.
        vmpl: i64,
    },
    /// A TDX quote.
    Tdx {
        /// The measurement of the trust domain.
        mr_td: &'a [u8],
        /// Intel's judgement.
        tcb_status: &'a str,
        /// Whether the host may debug it.
        debug: bool,
    },
}

/// A person's approval.
pub struct Approval<'a> {
    /// Who.
    pub approver: &'a str,
    /// Of what.
    pub resource: &'a str,
    /// In which capacity.
    pub group: &'a str,
    /// When, in milliseconds since 1970.
    pub issued_at: i64,
    /// Its end.
    pub expires_at: i64,
}

/// A question.
pub struct Question<'a> {
    /// The evidence.
    pub principal: Principal<'a>,
    /// When it was verified, in milliseconds since 1970.
    pub verified_at: i64,
    /// The first end among evidence and session.
    pub expires_at: i64,
    /// When the session was issued.
    pub session_issued_at: i64,
    /// The session's tenant.
    pub session_tenant: &'a str,
    /// The environment.
    pub environment: &'a str,
    /// The action.
    pub action: &'a str,
    /// The ledger's name.
    pub resource: &'a str,
    /// The ledger's tenant.
    pub tenant: &'a str,
    /// The approvals.
    pub approvals: Vec<Approval<'a>>,
}

/// What the deployment filled in; nothing where it was never loaded.
pub struct References {
    /// The builds as SNP measures them.
    pub approver_builds: Option<Vec<Vec<u8>>>,
    /// The builds as TDX measures them.
    pub approver_tds: Option<Vec<Vec<u8>>>,
    /// The oldest firmware.
    pub minimum_tcb: Option<[u8; 4]>,
    /// The oldest security version.
    pub minimum_guest_svn: Option<i64>,
}

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Go on.
    Permit,
    /// Denied by the forbid.
    Forbid,
    /// Denied: no permit applies.
    NoPermit,
    /// Denied: some input does not count.
    Expired,
    /// Denied: a reference value is missing.
    Indeterminate,
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Decides at `now`, in milliseconds since 1970.
pub fn decide(question: &Question<'_>, references: &References, now: i64) -> Outcome {
    // The schemas bound the ages of evidence, session and approvals.
    let counts = |from: i64, longest: i64, until: i64| from <= now && now < until && now - from < longest;
    let valid = counts(question.verified_at, 24 * HOUR, question.expires_at)
        && counts(question.session_issued_at, 12 * HOUR, question.expires_at)
        && question.approvals.iter().all(|approval| counts(approval.issued_at, 24 * HOUR, approval.expires_at));
    if !valid {
        return Outcome::Expired;
    }
    if question.environment == "production" && matches!(question.action, "approve_payment" | "cancel_payment") {
        let counts = |approval: &&Approval<'_>| {
            approval.group == "change-managers"
                && approval.resource == question.resource
                && now - approval.issued_at <= 15 * MINUTE
        };
        let mut approvers = question.approvals.iter().filter(counts).map(|approval| approval.approver);
        let first = approvers.next();
        // Two approvals by one person are one.
        if !approvers.any(|approver| Some(approver) != first) {
            return Outcome::Forbid;
        }
    }
    let about_this_call =
        matches!(question.action, "approve_payment" | "query_ledger") && question.resource == "ledger_db";
    if !about_this_call || now - question.verified_at > 5 * MINUTE || question.tenant != question.session_tenant {
        return Outcome::NoPermit;
    }
    let conditions = match &question.principal {
        Principal::Snp { measurement, reported_tcb, guest_svn, debug, migrate_ma, vmpl } => {
            if *debug || *migrate_ma || *vmpl != 0 {
                return Outcome::NoPermit;
            }
            [
                references.approver_builds.as_ref().map(|builds| builds.iter().any(|build| build == measurement)),
                references
                    .minimum_tcb
                    .map(|minimum| reported_tcb.iter().zip(minimum).all(|(ours, least)| *ours >= least)),
                references.minimum_guest_svn.map(|minimum| *guest_svn >= minimum),
            ]
        }
        Principal::Tdx { mr_td, tcb_status, debug } => {
            if *debug || *tcb_status != "UpToDate" {
                return Outcome::NoPermit;
            }
            let released = references.approver_tds.as_ref().map(|builds| builds.iter().any(|build| build == mr_td));
            [released, Some(true), Some(true)]
        }
    };
    if conditions.contains(&Some(false)) {
        Outcome::NoPermit
    } else if conditions.contains(&None) {
        Outcome::Indeterminate
    } else {
        Outcome::Permit
    }
}
