//! What the rules mean, in the plainest Rust.

use super::rule::{Forbid, Permit, Tool};
use super::{Request, Session};

/// For each request whether it is allowed: some permit applies and no forbid does.
pub(super) fn decide_all(
    permits: &[Permit],
    forbids: &[Forbid],
    sessions: &[Session],
    requests: &[Request],
) -> Vec<bool> {
    let decide = |request: &Request| {
        let session = &sessions[request.session];
        !forbids.iter().any(|forbid| forbid_applies(forbid, session, request))
            && permits.iter().any(|permit| permit_applies(permit, session, request))
    };
    requests.iter().map(decide).collect()
}

pub(super) fn permit_applies(permit: &Permit, session: &Session, request: &Request) -> bool {
    call_conditions(permit, request)
        && session_conditions(permit, session)
        && request.age(session) < permit.age_below * 1_000
}

fn call_conditions(permit: &Permit, request: &Request) -> bool {
    let tool = match &permit.tool {
        Tool::Any => true,
        Tool::Named(name) => *name == request.tool,
        Tool::Like(glob) => glob.matches(&request.tool),
    };
    tool && (permit.actions.is_empty() || permit.actions.contains(&request.action.as_str()))
        && permit.tenant.as_ref().is_none_or(|tenant| *tenant == request.tenant)
        && permit.resource.is_none_or(|resource| resource == request.resource)
        && permit.amount.is_none_or(|(least, most)| (least..=most).contains(&request.amount))
}

/// The conditions that read neither the call nor the clock.
pub(super) fn session_conditions(permit: &Permit, session: &Session) -> bool {
    (!permit.only_snp || session.tee == "snp")
        && permit.measurements.contains(&session.measurement)
        && permit.least_svn.is_none_or(|least| session.svn >= least)
        && permit.least_tcb.is_none_or(|least| session.tcb.iter().zip(least).all(|(part, least)| *part >= least))
        && (permit.environments.is_empty() || permit.environments.contains(&session.environment))
        && !session.debug
}

fn forbid_applies(forbid: &Forbid, session: &Session, request: &Request) -> bool {
    request.tool == forbid.tool && request.action == "write" && session.environment == "production" && !request.approved
}
