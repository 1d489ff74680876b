//! A decision, kept: what executions must agree on, and what of it must last until its end.

use atbac_compiler::value::Value;
use atbac_engine::{Decision, Granted, Verdict};
use foldhash::fast::FixedState;
use jiff::Timestamp;
use std::hash::{BuildHasher, Hash, Hasher};

/// A decision at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it was made, in milliseconds.
    pub at: i64,
    /// What was decided.
    pub verdict: Verdict,
    /// The first instant at which it may change, in milliseconds; nothing if time alone does not change it.
    pub until: Option<i64>,
    /// The rules that determined it, hashed.
    rules: u64,
    /// What is granted but for the `ttl`, and what could not be, hashed.
    grant: u64,
    /// What is granted for a time, in milliseconds.
    ttl: Option<i64>,
}

impl Moment {
    /// Keeps a decision.
    pub fn of(decision: &Decision<'_>, at: Timestamp) -> Self {
        let (mut rules, mut grant) = (hasher(), hasher());
        for rule in decision.rules() {
            (rule.package, rule.name).hash(&mut rules);
        }
        for field in decision.disagreements() {
            field.hash(&mut grant);
        }
        let mut ttl = None;
        if let Some(granted) = decision.grant() {
            for field in granted.fields() {
                match granted.get(field) {
                    Some(Granted::Value(value)) => match *value {
                        Value::Duration(milliseconds) if field == "ttl" => ttl = Some(milliseconds),
                        _ => value.hash(&mut grant),
                    },
                    Some(Granted::Set(set)) => set.iter().for_each(|element| element.hash(&mut grant)),
                    None => field.hash(&mut grant),
                }
            }
        }
        Moment {
            at: at.as_millisecond(),
            verdict: decision.verdict(),
            until: decision.valid_until().map(|until| until.as_millisecond()),
            rules: rules.finish(),
            grant: grant.finish(),
            ttl,
        }
    }

    /// Whether this decision still held at a later one: what was decided is the same, and what was granted. A `ttl` that ends with the decision has the less
    /// left the later it is asked.
    pub fn lasted_until(&self, later: &Moment) -> bool {
        let same_ttl = self.ttl == later.ttl || self.is_cut() || later.is_cut();
        self.verdict == later.verdict && self.rules == later.rules && self.grant == later.grant && same_ttl
    }

    /// Whether time alone must not have changed it yet.
    pub fn promises(&self, later: &Moment) -> bool {
        later.at >= self.at && self.until.is_none_or(|until| later.at < until)
    }

    fn is_cut(&self) -> bool {
        matches!((self.ttl, self.until), (Some(ttl), Some(until)) if self.at.saturating_add(ttl) == until)
    }
}

/// The same in every run: a difference is found again.
fn hasher() -> impl Hasher {
    FixedState::with_seed(0).build_hasher()
}
