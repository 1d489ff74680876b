//! Decisions: what the rules of a call come to. The one place where verdicts are made, for both executions.
//!
//! 1. Some evidence of the session or call is expired: denied.
//! 2. A forbid applies: denied by it.
//! 3. It cannot be said whether some forbid applies: denied.
//! 4. It cannot be said whether some permit applies: denied, even beside one that does, because a permit more can narrow what is granted.
//! 5. A permit applies: permitted, with the merged grants of all that do. Where they must agree and do not: denied.
//! 6. No permit applies: denied.

use crate::bundle::{Bundle, Prepared};
use atbac_compiler::checked::Rule;
use atbac_compiler::interpret::grant_value;
use atbac_compiler::time::FOREVER;
use atbac_compiler::types::{GrantField, Merge};
use atbac_compiler::validity::Validity;
use atbac_compiler::value::Value;
use atbac_grammar::syntax::Effect;
use jiff::Timestamp;

/// What is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The call may go on.
    Permit,
    /// The call must not.
    Deny(Denial),
}

/// Why a call is denied: the four kinds that operators tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Denial {
    /// A forbid applies.
    Forbid,
    /// No permit applies.
    NoPermit,
    /// Some evidence is expired, or dated in the future although its schema bounds its age.
    Expired,
    /// It cannot be said what applies: a reference value was never loaded, or permits that must agree do not.
    Indeterminate,
}

impl Denial {
    /// The word for it in output.
    pub fn word(self) -> &'static str {
        match self {
            Denial::Forbid => "forbid",
            Denial::NoPermit => "no_permit",
            Denial::Expired => "expired",
            Denial::Indeterminate => "indeterminate",
        }
    }
}

/// The rules of a request, with what they are made of.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) prepared: &'a Prepared,
}

impl<'a> Rules<'a> {
    fn get(&self, number: usize) -> &'a Rule {
        &self.bundle.policy().rules[self.prepared.rules[number]]
    }

    fn grant_fields(&self) -> &'a [GrantField] {
        let request = self.bundle.schema().request(self.prepared.program.request);
        request.grant.as_ref().map_or(&[], |grant| &grant.fields)
    }
}

/// A verdict in the caller's memory.
#[derive(Debug)]
pub(crate) struct Conclusion {
    verdict: Verdict,
    /// The numbers of the rules that determined it, ascending.
    rules: Vec<u32>,
    /// In milliseconds.
    valid_until: i64,
}

impl Conclusion {
    pub(crate) fn with_capacity(rules: usize) -> Self {
        Conclusion { verdict: Verdict::Deny(Denial::NoPermit), rules: Vec::with_capacity(rules), valid_until: FOREVER }
    }

    /// Some input does not count: it is expired, which time alone does not mend, or dated in the future.
    pub(crate) fn invalid(&mut self, validity: Validity, now: i64) {
        self.rules.clear();
        self.verdict = Verdict::Deny(Denial::Expired);
        let will_count = now < validity.from && validity.from < validity.until;
        self.valid_until = if will_count { validity.from } else { FOREVER };
    }
}

/// The first instants, in milliseconds, at which what a verdict rests on could change if nothing but time passes.
#[derive(Clone, Copy)]
pub(crate) struct Until {
    /// Some permit.
    pub(crate) permits: i64,
    /// Some forbid.
    pub(crate) forbids: i64,
    /// Some input, which then is expired.
    pub(crate) inputs: i64,
}

/// Makes the verdict. `fired` has the rules that are not false, ascending, each with whether it is indeterminate.
pub(crate) fn conclude(
    conclusion: &mut Conclusion,
    rules: &Rules<'_>,
    fired: impl Iterator<Item = (usize, bool)> + Clone,
    until: Until,
    session: &[Option<Value>],
    call: &[Option<Value>],
) {
    let having = |effect: Effect, indeterminate: bool| {
        fired
            .clone()
            .filter(move |&(rule, open)| open == indeterminate && rules.get(rule).effect == effect)
            .map(|(rule, _)| rule as u32)
    };
    // Once a forbid decides, permits change nothing.
    let forbids = until.forbids.min(until.inputs);
    let both = forbids.min(until.permits);
    let stages = [
        (Effect::Forbid, false, Verdict::Deny(Denial::Forbid), forbids),
        (Effect::Forbid, true, Verdict::Deny(Denial::Indeterminate), forbids),
        (Effect::Permit, true, Verdict::Deny(Denial::Indeterminate), both),
        (Effect::Permit, false, Verdict::Permit, both),
    ];
    conclusion.rules.clear();
    for (effect, indeterminate, verdict, until) in stages {
        conclusion.rules.extend(having(effect, indeterminate));
        if !conclusion.rules.is_empty() {
            conclusion.verdict = verdict;
            conclusion.valid_until = until;
            if verdict == Verdict::Permit
                && !(Grant { rules: *rules, permits: &conclusion.rules, session, call }).agrees()
            {
                conclusion.verdict = Verdict::Deny(Denial::Indeterminate);
            }
            return;
        }
    }
    conclusion.verdict = Verdict::Deny(Denial::NoPermit);
    conclusion.valid_until = both;
}

/// A decision. It lives in the memory it was made in.
#[derive(Clone, Copy)]
pub struct Decision<'a> {
    conclusion: &'a Conclusion,
    grant: Grant<'a>,
}

impl<'a> Decision<'a> {
    pub(crate) fn new(
        conclusion: &'a Conclusion,
        rules: Rules<'a>,
        session: &'a [Option<Value>],
        call: &'a [Option<Value>],
    ) -> Self {
        Decision { conclusion, grant: Grant { rules, permits: &conclusion.rules, session, call } }
    }

    /// What is decided.
    pub fn verdict(&self) -> Verdict {
        self.conclusion.verdict
    }

    /// Whether the call may go on.
    pub fn is_permit(&self) -> bool {
        match self.conclusion.verdict {
            Verdict::Permit => true,
            Verdict::Deny(Denial::Forbid | Denial::NoPermit | Denial::Expired | Denial::Indeterminate) => false,
        }
    }

    /// The rules that determined it, in order of writing: all permits that apply, all forbids that apply, or all of which it cannot be said. Empty when
    /// no rule is about the call or an input is expired.
    pub fn rules(&self) -> impl Iterator<Item = RuleName<'a>> + use<'a> {
        let rules = self.grant.rules;
        self.conclusion.rules.iter().map(move |&number| {
            let rule = rules.get(number as usize);
            RuleName { package: &rule.package, name: &rule.name }
        })
    }

    /// The positions of the same rules in the policy.
    pub(crate) fn rule_positions(&self) -> impl Iterator<Item = usize> + use<'a> {
        let prepared = self.grant.rules.prepared;
        self.conclusion.rules.iter().map(move |&number| prepared.rules[number as usize])
    }

    /// What a permitted caller gets; nothing for a denial, or where the request declares no grant.
    pub fn grant(&self) -> Option<Grant<'a>> {
        (self.is_permit() && !self.grant.rules.grant_fields().is_empty()).then_some(self.grant)
    }

    /// The fields of the grant for which the permits that apply give different values, though the policy demands the same: why the denial is indeterminate.
    pub fn disagreements(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let conflicting = match self.conclusion.verdict {
            Verdict::Deny(Denial::Indeterminate) => Some(self.grant),
            Verdict::Permit | Verdict::Deny(Denial::Forbid | Denial::NoPermit | Denial::Expired) => None,
        };
        conflicting.into_iter().flat_map(|grant| grant.disagreements())
    }

    /// The first instant at which the decision could change if nothing but time passes; `None` if time alone will not change it. A caller may use the
    /// decision again before it, and never at or after it.
    pub fn valid_until(&self) -> Option<Timestamp> {
        match self.conclusion.valid_until {
            FOREVER => None,
            millisecond => Some(Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)),
        }
    }
}

/// The name of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleName<'a> {
    /// The package that declares it.
    pub package: &'a str,
    /// Its name, unique in the package.
    pub name: &'a str,
}

/// The merged grants of the permits that apply. Fields are merged when they are read.
#[derive(Clone, Copy)]
pub struct Grant<'a> {
    rules: Rules<'a>,
    permits: &'a [u32],
    session: &'a [Option<Value>],
    call: &'a [Option<Value>],
}

/// The value of a grant's field.
#[derive(Clone, Debug)]
pub enum Granted<'a> {
    /// One value.
    Value(&'a Value),
    /// A set.
    Set(GrantedSet<'a>),
}

/// A set merged from those of several permits.
#[derive(Clone)]
pub struct GrantedSet<'a> {
    grant: Grant<'a>,
    field: usize,
    merge: Merge,
}

impl std::fmt::Debug for GrantedSet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a> Grant<'a> {
    /// The names of its fields, in the order of their declaration.
    pub fn fields(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.rules.grant_fields().iter().map(|field| field.name.as_str())
    }

    /// The value of a field; `None` for a name that the grant does not declare.
    pub fn get(&self, name: &str) -> Option<Granted<'a>> {
        let field = self.rules.grant_fields().iter().position(|field| field.name == name)?;
        self.at(field)
    }

    fn at(&self, field: usize) -> Option<Granted<'a>> {
        match self.rules.grant_fields()[field].merge {
            merge @ (Merge::Intersect | Merge::Union) => Some(Granted::Set(GrantedSet { grant: *self, field, merge })),
            Merge::Same => self.values(field).next().map(Granted::Value),
            // All values of a field are of one type, and so are ordered as numbers are.
            Merge::Min => self.values(field).min().map(Granted::Value),
            Merge::Max => self.values(field).max().map(Granted::Value),
        }
    }

    /// What each permit gives for a field.
    fn values(&self, field: usize) -> impl Iterator<Item = &'a Value> + use<'a> {
        let Grant { rules, session, call, .. } = *self;
        self.permits
            .iter()
            .filter_map(move |&permit| grant_value(rules.get(permit as usize).grant.get(field)?, session, call))
    }

    /// Whether every field that must be the same in all permits is.
    fn agrees(&self) -> bool {
        self.disagreements().next().is_none()
    }

    /// The fields that must be the same in all permits and are not.
    fn disagreements(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let grant = *self;
        grant
            .rules
            .grant_fields()
            .iter()
            .enumerate()
            .filter(move |(at, field)| match field.merge {
                Merge::Same => {
                    let mut values = grant.values(*at);
                    let first = values.next();
                    !values.all(|value| Some(value) == first)
                }
                Merge::Min | Merge::Max | Merge::Intersect | Merge::Union => false,
            })
            .map(|(_, field)| field.name.as_str())
    }
}

impl<'a> GrantedSet<'a> {
    /// The elements, each once, in ascending order within what one permit gives.
    pub fn iter(&self) -> impl Iterator<Item = &'a Value> + use<'a> {
        let Self { grant, field, merge } = self.clone();
        let sets = grant.values(field).map(elements);
        let many = match merge {
            Merge::Union => usize::MAX,
            Merge::Intersect | Merge::Min | Merge::Max | Merge::Same => 1,
        };
        sets.enumerate().take(many).flat_map(move |(at, set)| {
            set.iter().filter(move |element| {
                let mut others = grant.values(field).map(elements);
                match merge {
                    // Only those that no earlier set has given already.
                    Merge::Union => !others.take(at).any(|other| other.binary_search(element).is_ok()),
                    Merge::Intersect | Merge::Min | Merge::Max | Merge::Same => {
                        others.all(|other| other.binary_search(element).is_ok())
                    }
                }
            })
        })
    }
}

/// The elements of a set value, ascending.
fn elements(value: &Value) -> &[Value] {
    match value {
        Value::Set(elements) => elements,
        _ => &[],
    }
}
