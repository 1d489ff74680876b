//! The reference interpreter: it defines what a policy means. Compiled code must agree with it on every input.
//!
//! It works on the checked tree and on values, not on frames or the IR, so that a mistake in either shows as a difference. It is written for reading: every condition is
//! evaluated, whatever the others say, and combined by the algebra of [`crate::truth`]. `heads` finds the rules that a question can be about, `value` is what terms come to, `set` what is asked of sets, `reading` what a truth
//! rests on, for people.

mod explain;
mod grant;
mod heads;
mod reading;
mod set;
mod value;

pub use explain::{NearMiss, condition_truth, condition_until, near_misses};
pub use grant::{granted_elements, granted_term, granted_value};
pub use heads::Heads;
pub use reading::{Read, Reading, is_sensitive, read, readings};

use crate::checked::{Condition, Count, Policy, Rule, Term};
use crate::fired::{Fired, Standing};
use crate::layout;
use crate::reference::Reference;
use crate::truth::{self, Timed, Truth};
use crate::value::Value;
use atbac_grammar::syntax::Effect;
use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;
use value::{Found, Seen};

/// A question: the values of a request's fields, the reference values and the clock.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The value of each session field; nothing for a call field.
    pub session: &'a [Option<Value>],
    /// The value of each call field; nothing for a session field.
    pub call: &'a [Option<Value>],
    /// The reference values by id; nothing where none was loaded.
    pub references: &'a [Option<Reference>],
    /// The clock, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
}

/// What the rules of a request say, before it becomes a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Every rule that is not false, ascending.
    pub fired: Vec<Fired>,
    /// The first instant at which the truth of some permit could change, in milliseconds.
    pub permits_until: i64,
    /// The same for forbids.
    pub forbids_until: i64,
}

/// The rules about a request.
#[derive(Clone, Copy, Debug)]
pub struct RulesOf<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// The position of each in the policy, in order of writing.
    pub positions: &'a [usize],
    /// The same rules, sorted.
    pub heads: &'a Heads,
}

impl<'a> RulesOf<'a> {
    /// The rules that may not be false of a question, in order of writing, each with its number.
    fn about(self, question: &Question<'_>) -> impl Iterator<Item = (u32, &'a Rule)> + use<'a> {
        self.heads.about(question).map(move |number| (number, &self.policy.rules[self.positions[number as usize]]))
    }
}

/// Evaluates the rules of a request into `findings`, whose memory is used again. `arena` holds what is needed meanwhile; the caller resets it.
pub fn evaluate(rules: RulesOf<'_>, question: &Question<'_>, arena: &Bump, findings: &mut Findings) {
    findings.fired.clear();
    findings.permits_until = crate::time::FOREVER;
    findings.forbids_until = crate::time::FOREVER;
    for (number, rule) in rules.about(question) {
        let truth = rule_truth(rule, question, arena);
        let until = match rule.effect {
            Effect::Permit => &mut findings.permits_until,
            Effect::Forbid => &mut findings.forbids_until,
        };
        *until = truth.until.min(*until);
        match truth.truth {
            Truth::False => {}
            Truth::True => findings.fired.push(Fired::new(number, Standing::of(rule.effect, false))),
            Truth::Indeterminate => findings.fired.push(Fired::new(number, Standing::of(rule.effect, true))),
        }
    }
}

/// Whether a rule applies: all its lines hold.
fn rule_truth(rule: &Rule, question: &Question<'_>, arena: &Bump) -> Timed {
    let point = Point { question, element: None, arena };
    Timed::all(rule.lines.iter().map(|line| point.truth(&line.condition)))
}

/// Whether an invariant's condition holds, given whether the decision is a permit.
pub fn invariant_holds(condition: &Condition, permitted: bool, question: &Question<'_>) -> Truth {
    match condition {
        Condition::Permitted => permitted.into(),
        Condition::Not(inner) => Timed::fixed(invariant_holds(inner, permitted, question)).negated().truth,
        Condition::And(operands) => {
            Timed::all(operands.iter().map(|operand| Timed::fixed(invariant_holds(operand, permitted, question)))).truth
        }
        Condition::Or(operands) => {
            Timed::any(operands.iter().map(|operand| Timed::fixed(invariant_holds(operand, permitted, question)))).truth
        }
        other => Point { question, element: None, arena: &Bump::new() }.truth(other).truth,
    }
}

/// Where a condition is asked: of which question, and about which elements of lists.
#[derive(Clone, Copy)]
struct Point<'a, 'p> {
    question: &'p Question<'a>,
    /// The element that the innermost count stands at.
    element: Option<&'p Element<'a, 'p>>,
    arena: &'p Bump,
}

/// An element of a list that is walked.
struct Element<'a, 'p> {
    value: &'a Value,
    /// The number of the variable that stands for it.
    variable: u32,
    /// The element of the count around this one.
    outer: Option<&'p Element<'a, 'p>>,
}

impl<'a, 'p> Point<'a, 'p> {
    /// The truth of a condition.
    fn truth(&self, condition: &'a Condition) -> Timed {
        match condition {
            Condition::Constant(constant) => Timed::fixed(*constant),
            Condition::Holds(term) => self.ask(term, |seen| seen.equals(&Value::Bool(true))),
            Condition::Compare(comparison, left, right) => {
                self.ask_both(left, right, |left, right| left.compares(*comparison, &right))
            }
            Condition::AtLeast(newer, older) => {
                self.ask_both(newer, older, |newer, older| match (newer.value(), older.value()) {
                    (Some(Value::Tcb(newer)), Some(Value::Tcb(older))) => newer.at_least(older),
                    _ => false,
                })
            }
            Condition::In(term, values) => self.ask(term, |seen| values.iter().any(|value| seen.equals(value))),
            Condition::InSet(term, set) => self.in_set(term, set),
            Condition::Subset(inner, outer) => self.subset(inner, outer),
            Condition::InNetwork(inner, network) => {
                self.ask_both(inner, network, |inner, network| lies_in(inner.value(), network.value()))
            }
            Condition::InNetworks(address, networks) => self.in_networks(address, *networks),
            Condition::Holding(part, whole, piece) => {
                self.ask_both(whole, piece, |whole, piece| match (whole.bytes(), piece.bytes()) {
                    (Some(whole), Some(piece)) => part.holds(whole, piece),
                    _ => false,
                })
            }
            Condition::Matches(term, glob) => {
                self.ask(term, |seen| seen.bytes().is_some_and(|text| glob.matches(text)))
            }
            Condition::Is(place, kind) => {
                Timed::fixed(matches!(self.read(place), Some(Value::Struct(found, _)) if found == kind))
            }
            Condition::Present(place) => Timed::fixed(!matches!(self.read(place), None | Some(Value::Absent))),
            Condition::Age(comparison, place, bound) => {
                let Some(Value::Instant(since)) = self.read(place) else { return Timed::fixed(false) };
                self.ask_timed(bound, |bound| match bound.integer() {
                    Some(bound) => truth::age_test(*comparison, *since, bound, self.question.now),
                    None => Timed::fixed(false),
                })
            }
            Condition::Before(instant) if self.question.now < *instant => Timed { truth: Truth::True, until: *instant },
            Condition::Before(_) => Timed::fixed(false),
            Condition::Loaded(id) => self.loaded(*id),
            Condition::Count(count) => self.count(count),
            Condition::Not(inner) => self.truth(inner).negated(),
            Condition::And(operands) => Timed::all(operands.iter().map(|operand| self.truth(operand))),
            Condition::Or(operands) => Timed::any(operands.iter().map(|operand| self.truth(operand))),
            // Only invariants ask, and they are evaluated by `invariant_holds`.
            Condition::Permitted => Timed::fixed(Truth::Indeterminate),
        }
    }

    fn count(&self, count: &'a Count) -> Timed {
        let list = match self.read(&count.list) {
            Some(Value::List(values)) => values.as_slice(),
            _ => &[],
        };
        let mut truths = BumpVec::with_capacity_in(list.len(), self.arena);
        let mut keys = BumpVec::with_capacity_in(list.len(), self.arena);
        for value in list {
            let element = Element { value, variable: count.variable, outer: self.element };
            let point = Point { element: Some(&element), ..*self };
            truths.push(point.truth(&count.condition));
            keys.extend(count.distinct.as_ref().map(|term| point.find(term).0));
        }
        let different = match count.distinct {
            // What is not there is like nothing else.
            Some(_) => truth::merge_groups(&mut truths, |a, b| match (&keys[a], &keys[b]) {
                (Found::Value(a), Found::Value(b)) => a.same(b),
                (Found::Value(_) | Found::NotThere | Found::NotLoaded, _) => false,
            }),
            None => truths.len(),
        };
        let truths = &mut truths[..different];
        self.ask_timed(&count.bound, |bound| match bound.integer() {
            Some(bound) => truth::count(count.comparison, bound, truths),
            None => Timed::fixed(false),
        })
    }

    /// Asks about a value: indeterminate if it rests on a reference value that cannot be used, false if it is not there.
    fn ask(&self, term: &'a Term, holds: impl FnOnce(Seen<'a>) -> bool) -> Timed {
        self.ask_timed(term, |seen| Timed::fixed(holds(seen)))
    }

    /// The same where the answer has a time of its own.
    fn ask_timed(&self, term: &'a Term, answer: impl FnOnce(Seen<'a>) -> Timed) -> Timed {
        let (found, until) = self.find(term);
        match found {
            Found::Value(seen) => {
                let answer = answer(seen);
                Timed { until: answer.until.min(until), ..answer }
            }
            Found::NotThere => Timed::fixed(false),
            Found::NotLoaded => Timed { truth: Truth::Indeterminate, until },
        }
    }

    /// The same about two values.
    fn ask_both(&self, left: &'a Term, right: &'a Term, holds: impl FnOnce(Seen<'a>, Seen<'a>) -> bool) -> Timed {
        let ((left, left_until), (right, right_until)) = (self.find(left), self.find(right));
        let until = left_until.min(right_until);
        match (left, right) {
            (Found::NotThere, _) | (_, Found::NotThere) => Timed::fixed(false),
            (Found::NotLoaded, _) | (_, Found::NotLoaded) => Timed { truth: Truth::Indeterminate, until },
            (Found::Value(left), Found::Value(right)) => Timed { truth: holds(left, right).into(), until },
        }
    }
}

/// Whether an address, or a whole network, lies in a network.
fn lies_in(inner: Option<&Value>, network: Option<&Value>) -> bool {
    match (inner, network) {
        (Some(Value::IpAddr(address)), Some(Value::Cidr(network, prefix))) => {
            layout::in_network(&layout::address_words(*address), &layout::network_words(*network, *prefix))
        }
        (Some(Value::Cidr(inner, length)), Some(Value::Cidr(network, prefix))) => layout::network_in_network(
            &layout::network_words(*inner, *length),
            &layout::network_words(*network, *prefix),
        ),
        _ => false,
    }
}
