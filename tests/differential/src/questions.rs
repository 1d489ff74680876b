//! What a policy is asked: every combination of some sessions, calls, issues of reference values and instants.

use crate::subject::Subject;
use atbac_compiler::types::{Request, RequestId};
use atbac_generator::Tape;
use atbac_grammar::syntax::Stage;
use atbac_tests::evidence::Evidence;
use atbac_tests::generate::{Fields, Generator};
use jiff::Timestamp;
use serde_json::Value as Json;

/// How many of each there are at the most.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Issues of reference values.
    pub issues: usize,
    /// Sessions.
    pub sessions: usize,
    /// Calls of each session.
    pub calls: usize,
    /// Instants at which each call is asked.
    pub instants: usize,
}

impl Plan {
    /// Enough for the policy's compilation to be a small part of the work.
    pub const MANY: Plan = Plan { issues: 4, sessions: 4, calls: 24, instants: 14 };
    /// Enough to find what is wrong with most policies.
    pub const FEW: Plan = Plan { issues: 2, sessions: 2, calls: 4, instants: 6 };
}

/// When all evidence of [`timely`](atbac_tests::evidence::timely) is verified, in milliseconds after the first of it.
const VERIFIED: i64 = 300_000;

/// In milliseconds.
const HOUR: i64 = 3_600_000;

/// The questions about one request.
pub struct Questions<'a> {
    /// The request.
    pub request: &'a Request,
    /// Its number.
    pub id: RequestId,
    /// The files of reference values.
    pub issues: Vec<Json>,
    /// The instants, in no order.
    pub instants: Vec<Timestamp>,
    /// The sessions, each with when it opens and with its calls.
    pub sessions: Vec<(Fields<'a>, Timestamp, Vec<Fields<'a>>)>,
}

impl<'a> Questions<'a> {
    /// The questions that a tape says. No two are the same.
    pub fn new(subject: &'a Subject, evidence: &'a [Evidence], plan: Plan, tape: &mut Tape<'_>) -> Option<Self> {
        let base = atbac_generator::BASE;
        let generator =
            Generator { schema: subject.jit.schema(), constants: &subject.constants, near: None, evidence, base };
        let requests = generator.requests();
        let request = *requests.get(tape.below(requests.len().max(1)))?;
        let id = generator.schema.requests.iter().position(|known| std::ptr::eq(known, request))?;
        let mut issues = Vec::new();
        for _ in 0..plan.issues {
            let issue = serde_json::json!({ "format": 1, "references": generator.references(tape) });
            if !issues.contains(&issue) {
                issues.push(issue);
            }
        }
        let mut instants = Vec::new();
        for number in 0..plan.instants {
            let mut instant = generator.instant(tape);
            // At half of them all evidence counts: else most decisions would be that it does not.
            if number % 2 == 0 {
                instant = base + VERIFIED + (instant - base).rem_euclid(HOUR);
            }
            let instant = Timestamp::from_millisecond(instant).unwrap();
            if !instants.contains(&instant) {
                instants.push(instant);
            }
        }
        // Hundreds of rules take long to interpret.
        let calls = plan.calls / (1 + subject.policy.rules.len() / 60).min(plan.calls);
        let mut sessions: Vec<(Fields<'a>, Timestamp, Vec<Fields<'a>>)> = Vec::new();
        // Of many rules that differ in constants, hardly any would be met with values of all together.
        let near_a_rule = |tape: &mut Tape<'_>| {
            let near =
                if tape.one_in(2) { subject.of_rules.get(tape.below(subject.of_rules.len().max(1))) } else { None };
            Generator { near, ..generator }
        };
        for _ in 0..plan.sessions {
            let of_session = near_a_rule(tape);
            let fields = of_session.fields(tape, request, Stage::Session);
            if sessions.iter().any(|(known, ..)| known.values == fields.values) {
                continue;
            }
            let mut each: Vec<Fields<'a>> = Vec::new();
            for _ in 0..calls {
                let of_call = if tape.one_in(3) { of_session } else { near_a_rule(tape) };
                let call = of_call.fields(tape, request, Stage::Call);
                if each.iter().all(|known| known.values != call.values) {
                    each.push(call);
                }
            }
            sessions.push((fields, instants[tape.below(instants.len())], each));
        }
        Some(Questions { request, id: RequestId(id as u32), issues, instants, sessions })
    }
}
