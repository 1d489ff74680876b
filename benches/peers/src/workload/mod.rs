//! The workloads: rules, the sessions that ask, and one fixed stream of requests with the decision that each must get.
//!
//! Rules are stated once, as data ([`rule`]); every engine writes them down in its own language. [`oracle`] decides them by going through all
//! of them, one condition after another, so that there is nothing in it to get wrong. The workloads:
//!
//! - [`w1`]: one policy with one condition of each kind;
//! - [`w2`]: N policies, each about one tool, and a forbid for every tenth;
//! - [`w3`]: N policies without an equality that a hash could use.

mod oracle;
mod random;
pub(crate) mod rule;
mod w1;
mod w2;
mod w3;

use random::Random;
use rule::{Forbid, Permit};
use std::fmt;
use std::str::FromStr;

/// How many requests a stream has.
pub(crate) const REQUESTS: usize = 2_048;

/// How many sessions ask them.
const SESSIONS: usize = 128;

/// The instant of the first request, in milliseconds since 1970: 2026-06-30T12:00:00Z.
pub(crate) const BEGIN: i64 = 1_782_820_800_000;

/// The time between two requests, in milliseconds.
const PACE: i64 = 10;

/// What an environment can be called.
pub(crate) const ENVIRONMENTS: [&str; 4] = ["development", "test", "staging", "production"];

/// What an action can be called.
pub(crate) const ACTIONS: [&str; 6] = ["approve_payment", "query_ledger", "close_account", "read", "write", "delete"];

/// What is fixed while an agent works.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// What signed its evidence: `snp` or `tdx`.
    pub(crate) tee: &'static str,
    /// SHA-384 of the code that runs.
    pub(crate) measurement: [u8; 48],
    /// The same in lowercase hexadecimal, for engines without bytes.
    pub(crate) measurement_hex: String,
    /// The guest's security version.
    pub(crate) svn: i64,
    /// Whether the host may debug it.
    pub(crate) debug: bool,
    /// The platform's firmware: bootloader, tee, snp and microcode.
    pub(crate) tcb: [u8; 4],
    /// When the evidence was verified, in milliseconds since 1970.
    pub(crate) verified_at: i64,
    /// Where the service runs.
    pub(crate) environment: &'static str,
}

/// A request: a call in a session, at an instant.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The session's position in [`Workload::sessions`].
    pub(crate) session: usize,
    /// The present time, in milliseconds since 1970.
    pub(crate) now: i64,
    /// The tool, dotted: `crm-7.accounts.read`.
    pub(crate) tool: String,
    /// What is to be done, one of [`ACTIONS`].
    pub(crate) action: String,
    /// Whose data it is done with.
    pub(crate) tenant: String,
    /// What it is done to.
    pub(crate) resource: String,
    /// How much of it.
    pub(crate) amount: i64,
    /// Whether a person approved.
    pub(crate) approved: bool,
}

impl Request {
    /// How long ago the evidence of its session was verified, in milliseconds.
    pub(crate) fn age(&self, session: &Session) -> i64 {
        self.now - session.verified_at
    }
}

/// A field of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    /// [`Request::tool`].
    Tool,
    /// [`Request::action`].
    Action,
    /// [`Request::tenant`].
    Tenant,
    /// [`Request::resource`].
    Resource,
    /// [`Request::amount`].
    Amount,
    /// [`Request::approved`].
    Approved,
}

/// The value of a call's field.
#[derive(Debug, Clone, Copy, serde::Serialize)]
#[serde(untagged)]
pub(crate) enum FieldValue<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Number(i64),
    /// Yes or no.
    Flag(bool),
}

impl Field {
    /// Its name, the same in every engine.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Field::Tool => "tool",
            Field::Action => "action",
            Field::Tenant => "tenant",
            Field::Resource => "resource",
            Field::Amount => "amount",
            Field::Approved => "approved",
        }
    }

    /// What a request says in it.
    pub(crate) fn of(self, request: &Request) -> FieldValue<'_> {
        match self {
            Field::Tool => FieldValue::Text(&request.tool),
            Field::Action => FieldValue::Text(&request.action),
            Field::Tenant => FieldValue::Text(&request.tenant),
            Field::Resource => FieldValue::Text(&request.resource),
            Field::Amount => FieldValue::Number(request.amount),
            Field::Approved => FieldValue::Flag(request.approved),
        }
    }
}

/// Which workload, and how many policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One policy.
    W1,
    /// So many policies, each about one tool.
    W2(usize),
    /// So many policies with globs and ranges.
    W3(usize),
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let count = |digits: &str| digits.parse().ok().filter(|count| (10..=1_000_000).contains(count));
        let kind = match text.split_once('-') {
            None if text == "w1" => Some(Kind::W1),
            Some(("w2", digits)) => count(digits).map(Kind::W2),
            Some(("w3", digits)) => count(digits).map(Kind::W3),
            _ => None,
        };
        kind.ok_or_else(|| {
            format!("`{text}` is no workload: expected `w1`, `w2-N` or `w3-N`, with N from 10 to 1000000")
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::W1 => write!(out, "w1"),
            Kind::W2(count) => write!(out, "w2-{count}"),
            Kind::W3(count) => write!(out, "w3-{count}"),
        }
    }
}

/// A workload, always the same for its kind.
pub(crate) struct Workload {
    /// Which it is.
    pub(crate) kind: Kind,
    /// The fields that its calls have.
    pub(crate) fields: &'static [Field],
    /// The policies.
    pub(crate) permits: Vec<Permit>,
    /// What is forbidden whatever is permitted.
    pub(crate) forbids: Vec<Forbid>,
    /// The sessions.
    pub(crate) sessions: Vec<Session>,
    /// The stream.
    pub(crate) requests: Vec<Request>,
    /// For each request the calls' fields as a JSON object.
    pub(crate) json: Vec<String>,
    /// For each request whether it is allowed.
    pub(crate) expected: Vec<bool>,
}

impl Workload {
    /// Makes it.
    pub(crate) fn new(kind: Kind) -> Self {
        let (fields, permits, forbids, sessions, requests) = match kind {
            Kind::W1 => w1::generate(),
            Kind::W2(count) => w2::generate(count),
            Kind::W3(count) => w3::generate(count),
        };
        let json = requests.iter().map(|request| json(fields, request)).collect();
        let expected = oracle::decide_all(&permits, &forbids, &sessions, &requests);
        Workload { kind, fields, permits, forbids, sessions, requests, json, expected }
    }
}

/// What a workload is made of.
type Parts = (&'static [Field], Vec<Permit>, Vec<Forbid>, Vec<Session>, Vec<Request>);

fn json(fields: &[Field], request: &Request) -> String {
    let object: Vec<_> = fields
        .iter()
        .map(|field| {
            format!("\"{}\":{}", field.name(), serde_json::to_string(&field.of(request)).expect("a plain value"))
        })
        .collect();
    format!("{{{}}}", object.join(","))
}

/// Firmware from old to new, each ahead of those before in every part.
const FIRMWARE: [[u8; 4]; 4] = [[3, 0, 8, 115], [3, 0, 14, 206], [4, 0, 20, 210], [4, 1, 24, 219]];

/// Sessions with one of the measurements each, of agents most of which are as they should be. Of `environments` each is as likely as another.
fn sessions(random: &mut Random, measurements: &[[u8; 48]], environments: &[&'static str]) -> Vec<Session> {
    let mut session = |at: usize| {
        let measurement = measurements[at % measurements.len()];
        Session {
            tee: "snp",
            measurement,
            measurement_hex: hex::encode(measurement),
            svn: random.within(2..6),
            debug: random.one_in(16),
            tcb: FIRMWARE[random.below(FIRMWARE.len())],
            verified_at: BEGIN - random.within(0..300_000),
            environment: environments[random.below(environments.len())],
        }
    };
    (0..SESSIONS).map(&mut session).collect()
}

/// So many measurements.
fn measurements(random: &mut Random, count: usize) -> Vec<[u8; 48]> {
    (0..count).map(|_| random.bytes()).collect()
}

/// The instant of the request at this position.
fn instant(at: usize) -> i64 {
    BEGIN + at as i64 * PACE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_half_of_each_stream_is_allowed() {
        for kind in [Kind::W1, Kind::W2(10), Kind::W2(1_000), Kind::W3(1_000)] {
            let workload = Workload::new(kind);
            assert_eq!(workload.requests.len(), REQUESTS);
            let allowed = workload.expected.iter().filter(|allowed| **allowed).count();
            assert!((REQUESTS * 4 / 10..=REQUESTS * 6 / 10).contains(&allowed), "{kind}: {allowed}");
        }
    }

    #[test]
    fn a_stream_is_always_the_same() {
        let (first, second) = (Workload::new(Kind::W2(50)), Workload::new(Kind::W2(50)));
        assert_eq!(first.json, second.json);
        assert_eq!(first.expected, second.expected);
    }
}
