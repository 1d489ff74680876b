//! W2: N tools, one policy each, which a hash of the tool's name finds; and a forbid for every tenth.

use super::rule::{Forbid, Permit, Tool};
use super::{
    ENVIRONMENTS, FIRMWARE, Field, Parts, REQUESTS, Random, Request, Session, instant, measurements, oracle, sessions,
};

/// How many tenants the tools belong to.
const TENANTS: usize = 50;

pub(super) fn generate(count: usize) -> Parts {
    let mut random = Random::new(2);
    let builds = measurements(&mut random, 64);
    let sessions = sessions(&mut random, &builds, &ENVIRONMENTS);
    let permits: Vec<Permit> = (0..count).map(|tool| permit(&mut random, &builds, tool)).collect();
    let forbid = |tool: usize| Forbid { name: format!("unapproved_{tool}"), tool: format!("tool_{tool}") };
    let forbids = (0..count).step_by(10).map(forbid).collect();
    let requests = (0..REQUESTS).map(|at| request(&mut random, &permits, &sessions, at)).collect();
    (&[Field::Tool, Field::Action, Field::Tenant, Field::Approved], permits, forbids, sessions, requests)
}

fn permit(random: &mut Random, builds: &[[u8; 48]], tool: usize) -> Permit {
    Permit {
        name: format!("tool_{tool}"),
        only_snp: false,
        tool: Tool::Named(format!("tool_{tool}")),
        actions: vec!["read", "write"],
        tenant: Some(tenant(tool)),
        resource: None,
        amount: None,
        measurements: random.choose::<4>(builds.len()).map(|at| builds[at]),
        least_svn: None,
        least_tcb: Some(FIRMWARE[random.below(3)]),
        environments: random.choose::<2>(ENVIRONMENTS.len()).map(|at| ENVIRONMENTS[at]).to_vec(),
        age_below: random.within(120..900),
    }
}

fn tenant(tool: usize) -> String {
    format!("tenant_{}", tool % TENANTS)
}

fn request(random: &mut Random, permits: &[Permit], sessions: &[Session], at: usize) -> Request {
    let now = instant(at);
    let tool = random.below(permits.len());
    let fits = |session: &Session| {
        oracle::session_conditions(&permits[tool], session)
            && now - session.verified_at < permits[tool].age_below * 1_000
    };
    let fitting: Vec<usize> = (0..sessions.len()).filter(|session| fits(&sessions[*session])).collect();
    // Somewhat more than half ask for what they may do, since some of those are forbidden it, and for some tools nobody is fit.
    let proper = random.below(100) < 62 && !fitting.is_empty();
    Request {
        session: if proper { fitting[random.below(fitting.len())] } else { random.below(sessions.len()) },
        now,
        tool: format!("tool_{tool}"),
        action: ["read", "write", "delete"][random.below(if proper { 2 } else { 3 })].to_owned(),
        tenant: tenant(if proper || random.one_in(2) { tool } else { random.below(TENANTS) }),
        resource: String::new(),
        amount: 0,
        approved: random.one_in(2),
    }
}
