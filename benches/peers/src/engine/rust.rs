//! The rules by hand in Rust: what a team would write that wants nothing but the decision. No reasons, no rule names, no end of validity.

use super::call::Call;
use super::pick::tool_name;
use super::symbols::Symbols;
use super::{Engine, Loaded, Setting};
use crate::measure::Load;
use crate::workload::rule::{Permit, Tool};
use crate::workload::{Field, Kind, Request, Session, Workload};
use std::collections::HashMap;

/// The policies over texts.
enum Policies {
    W1(Box<Policy>),
    /// By tool, each with whether writes in production need an approval.
    W2(HashMap<String, (Policy, bool)>),
    W3(Vec<Policy>),
}

/// A policy whose measurements are texts, as claims have them.
struct Policy {
    permit: Permit,
    measurements: [String; 4],
}

impl Policy {
    fn new(permit: Permit) -> Self {
        let measurements = permit.measurements.map(hex::encode);
        Policy { permit, measurements }
    }

    fn has(&self, measurement: &str) -> bool {
        self.measurements.iter().any(|known| known == measurement)
    }
}

struct ByText {
    policies: Policies,
    sessions: Vec<Session>,
    requests: Vec<Request>,
    json: Vec<String>,
}

pub(super) fn load_str(workload: &Workload) -> Loaded {
    let permits = workload.permits.clone();
    let (policies, load) = Load::measure(|| match workload.kind {
        Kind::W1 => Policies::W1(Box::new(permits.into_iter().map(Policy::new).next().expect("W1 has one policy"))),
        Kind::W2(_) => Policies::W2(by_tool(permits, workload)),
        Kind::W3(_) => Policies::W3(permits.into_iter().map(Policy::new).collect()),
    });
    let engine = ByText { policies, sessions: Vec::new(), requests: Vec::new(), json: Vec::new() };
    Loaded { engine: Box::new(engine), load, source: None }
}

fn by_tool(permits: Vec<Permit>, workload: &Workload) -> HashMap<String, (Policy, bool)> {
    let mut by_tool: HashMap<_, _> =
        permits.into_iter().map(|permit| (tool_name(&permit).to_owned(), (Policy::new(permit), false))).collect();
    for forbid in &workload.forbids {
        by_tool.get_mut(&forbid.tool).expect("a forbid is about a tool").1 = true;
    }
    by_tool
}

fn new_enough(tcb: [u8; 4], least: [u8; 4]) -> bool {
    tcb[0] >= least[0] && tcb[1] >= least[1] && tcb[2] >= least[2] && tcb[3] >= least[3]
}

impl Policies {
    fn decide(&self, session: &Session, call: Call<'_>, now: i64) -> bool {
        let age = now - session.verified_at;
        match self {
            Policies::W1(policy) => {
                matches!(call.action, "approve_payment" | "query_ledger")
                    && session.tee == "snp"
                    && policy.has(&session.measurement_hex)
                    && session.svn >= 2
                    && !session.debug
                    && session.environment == "production"
                    && new_enough(session.tcb, policy.permit.least_tcb.expect("W1 asks for firmware"))
                    && age < policy.permit.age_below * 1_000
                    && call.resource == "ledger_db"
            }
            Policies::W2(by_tool) => {
                let Some((policy, approval)) = by_tool.get(call.tool) else {
                    return false;
                };
                let forbidden =
                    *approval && call.action == "write" && session.environment == "production" && !call.approved;
                !forbidden
                    && matches!(call.action, "read" | "write")
                    && policy.permit.tenant.as_deref() == Some(call.tenant)
                    && policy.has(&session.measurement_hex)
                    && new_enough(session.tcb, policy.permit.least_tcb.expect("W2 asks for firmware"))
                    && policy.permit.environments.contains(&session.environment)
                    && !session.debug
                    && age < policy.permit.age_below * 1_000
            }
            Policies::W3(policies) => {
                !session.debug
                    && policies.iter().any(|policy| {
                        policy.permit.amount.is_some_and(|(least, most)| (least..=most).contains(&call.amount))
                            && matches!(&policy.permit.tool, Tool::Like(glob) if glob.matches(call.tool))
                            && policy.has(&session.measurement_hex)
                            && age < policy.permit.age_below * 1_000
                    })
            }
        }
    }
}

impl Engine for ByText {
    fn prepare(&mut self, workload: &Workload) {
        self.sessions.clone_from(&workload.sessions);
        self.requests.clone_from(&workload.requests);
        self.json.clone_from(&workload.json);
    }

    fn decide(&mut self, setting: Setting, at: usize) -> bool {
        let request = &self.requests[at];
        let session = &self.sessions[request.session];
        match setting {
            // Borrowed texts are all the preparation there is, so that both are the same.
            Setting::Prepared | Setting::Fields => self.policies.decide(session, Call::of(request), request.now),
            Setting::Json => self.policies.decide(session, Call::read(&self.json[at]), request.now),
        }
    }
}

/// A policy over numbers. A set of measurements is four of them; a tool that must be named is found by its number.
struct Row {
    actions: [u32; 2],
    resource_or_tenant: u32,
    measurements: [u32; 4],
    least_svn: i64,
    least_tcb: [u8; 4],
    /// One or two, the second then the same.
    environments: [u32; 2],
    age_below: i64,
    /// Whether writes in production need an approval.
    approval: bool,
    only_snp: bool,
}

#[derive(Clone, Copy)]
struct InternedSession {
    snp: bool,
    measurement: u32,
    svn: i64,
    debug: bool,
    tcb: [u8; 4],
    verified_at: i64,
    environment: u32,
}

#[derive(Clone, Copy)]
struct InternedCall {
    tool: u32,
    action: u32,
    resource_or_tenant: u32,
    approved: bool,
}

struct Interned {
    symbols: Symbols,
    /// By the number of the tool; W1 has one row, for every tool.
    rows: Vec<Option<Row>>,
    by_tool: bool,
    write: u32,
    production: u32,
    sessions: Vec<InternedSession>,
    calls: Vec<InternedCall>,
    requests: Vec<Request>,
    json: Vec<String>,
}

pub(super) fn load_interned(workload: &Workload) -> Loaded {
    let (engine, load) = Load::measure(|| Interned::new(workload));
    Loaded { engine: Box::new(engine), load, source: None }
}

impl Interned {
    fn new(workload: &Workload) -> Self {
        let mut symbols = Symbols::default();
        let by_tool = matches!(workload.kind, Kind::W2(_));
        let tools: Vec<u32> =
            workload.permits.iter().map(|permit| if by_tool { symbols.add(tool_name(permit)) } else { 0 }).collect();
        let mut rows = Vec::new();
        rows.resize_with(tools.len() + 1, || None);
        for (permit, tool) in workload.permits.iter().zip(tools) {
            let environments: Vec<u32> = permit.environments.iter().map(|name| symbols.add(name)).collect();
            let about = permit.tenant.as_deref().or(permit.resource).unwrap_or_default();
            rows[tool as usize] = Some(Row {
                actions: [symbols.add(permit.actions[0]), symbols.add(permit.actions[1])],
                resource_or_tenant: symbols.add(about),
                measurements: permit.measurements.map(|measurement| symbols.add(&hex::encode(measurement))),
                least_svn: permit.least_svn.unwrap_or(i64::MIN),
                least_tcb: permit.least_tcb.unwrap_or_default(),
                environments: [environments[0], environments[environments.len() - 1]],
                age_below: permit.age_below * 1_000,
                approval: false,
                only_snp: permit.only_snp,
            });
        }
        for forbid in &workload.forbids {
            let tool = symbols.get(&forbid.tool);
            rows[tool as usize].as_mut().expect("a forbid is about a tool").approval = true;
        }
        let (write, production) = (symbols.add("write"), symbols.add("production"));
        let (sessions, calls, requests, json) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Interned { symbols, rows, by_tool, write, production, sessions, calls, requests, json }
    }

    fn intern(&self, call: Call<'_>) -> InternedCall {
        let (tool, about) = if self.by_tool { (self.symbols.get(call.tool), call.tenant) } else { (0, call.resource) };
        InternedCall {
            tool,
            action: self.symbols.get(call.action),
            resource_or_tenant: self.symbols.get(about),
            approved: call.approved,
        }
    }

    fn permits(&self, session: &InternedSession, call: InternedCall, now: i64) -> bool {
        // An unknown tool has the number 0, and only W1 has a row there.
        let Some(row) = self.rows.get(call.tool as usize).and_then(Option::as_ref) else {
            return false;
        };
        let forbidden =
            row.approval && call.action == self.write && session.environment == self.production && !call.approved;
        !forbidden
            && row.actions.contains(&call.action)
            && row.resource_or_tenant == call.resource_or_tenant
            && (!row.only_snp || session.snp)
            && row.measurements.contains(&session.measurement)
            && session.svn >= row.least_svn
            && new_enough(session.tcb, row.least_tcb)
            && row.environments.contains(&session.environment)
            && !session.debug
            && now - session.verified_at < row.age_below
    }
}

impl Engine for Interned {
    fn prepare(&mut self, workload: &Workload) {
        let session = |session: &Session| InternedSession {
            snp: session.tee == "snp",
            measurement: self.symbols.get(&session.measurement_hex),
            svn: session.svn,
            debug: session.debug,
            tcb: session.tcb,
            verified_at: session.verified_at,
            environment: self.symbols.get(session.environment),
        };
        self.sessions = workload.sessions.iter().map(session).collect();
        self.calls = workload.requests.iter().map(|request| self.intern(Call::of(request))).collect();
        self.requests.clone_from(&workload.requests);
        self.json.clone_from(&workload.json);
        debug_assert!(workload.fields.iter().all(|field| *field != Field::Amount));
    }

    fn decide(&mut self, setting: Setting, at: usize) -> bool {
        let request = &self.requests[at];
        let call = match setting {
            Setting::Prepared => self.calls[at],
            Setting::Fields => self.intern(Call::of(request)),
            Setting::Json => self.intern(Call::read(&self.json[at])),
        };
        self.permits(&self.sessions[request.session], call, request.now)
    }
}
