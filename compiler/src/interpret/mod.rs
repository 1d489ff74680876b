//! The reference interpreter: it defines what a policy means. Compiled code must agree with it on every input.
//!
//! It works on the checked tree and on values, not on frames or the IR, so that a mistake in either shows as a difference. It is written for reading: every condition is
//! evaluated, whatever the others say, and combined by the algebra of [`crate::truth`].

mod explain;

pub use explain::{NearMiss, near_misses, not_loaded};

use crate::checked::{Condition, Place, Policy, Root, Rule, Step, Term, TermKind};
use crate::truth::{self, Timed, Truth};
use crate::types::RequestId;
use crate::value::Value;
use atbac_grammar::syntax::Effect;
use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;

/// A question: the values of a request's fields, the reference values and the clock.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The value of each session field; nothing for a call field.
    pub session: &'a [Option<Value>],
    /// The value of each call field; nothing for a session field.
    pub call: &'a [Option<Value>],
    /// The reference values by id; nothing where none was loaded.
    pub references: &'a [Option<Value>],
    /// The clock, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
}

/// What the rules of a request say, before it becomes a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Every rule that is not false, by its number among the request's rules, ascending; with whether it is indeterminate.
    pub fired: Vec<(u32, bool)>,
    /// The first instant at which the truth of some permit could change, in milliseconds.
    pub permits_until: i64,
    /// The same for forbids.
    pub forbids_until: i64,
}

/// Evaluates every rule about a request into `findings`, whose memory is used again. `arena` holds what is needed meanwhile; the caller resets it.
pub fn evaluate(policy: &Policy, request: RequestId, question: &Question<'_>, arena: &Bump, findings: &mut Findings) {
    findings.fired.clear();
    findings.permits_until = crate::time::FOREVER;
    findings.forbids_until = crate::time::FOREVER;
    for (number, rule) in policy.rules_for(request).enumerate() {
        let truth = rule_truth(rule, question, arena);
        let until = match rule.effect {
            Effect::Permit => &mut findings.permits_until,
            Effect::Forbid => &mut findings.forbids_until,
        };
        *until = truth.until.min(*until);
        match truth.truth {
            Truth::False => {}
            Truth::True => findings.fired.push((number as u32, false)),
            Truth::Indeterminate => findings.fired.push((number as u32, true)),
        }
    }
}

/// Whether a rule applies: all its lines hold.
fn rule_truth(rule: &Rule, question: &Question<'_>, arena: &Bump) -> Timed {
    Timed::all(rule.lines.iter().map(|line| truth(&line.condition, question, None, arena)))
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
        other => truth(other, question, None, &Bump::new()).truth,
    }
}

/// The truth of a condition. `element` is what the variable of the count around it stands for.
fn truth(condition: &Condition, question: &Question<'_>, element: Option<&Value>, arena: &Bump) -> Timed {
    let value = |place: &Place| read(place, question, element);
    match condition {
        Condition::Constant(constant) => Timed::fixed(*constant),
        Condition::Holds(term) => match term_value(term, question, element) {
            Found::Value(value) => Timed::fixed(*value == Value::Bool(true)),
            Found::NotThere => Timed::fixed(false),
            Found::NotLoaded => Timed::fixed(Truth::Indeterminate),
        },
        Condition::Compare(comparison, left, right) => {
            compare(left, right, question, element, |left, right| match (left, right) {
                (Value::Int(left), Value::Int(right))
                | (Value::Duration(left), Value::Duration(right))
                | (Value::Instant(left), Value::Instant(right)) => comparison.holds(*left, *right),
                // Every other type has equality only.
                (left, right) => left == right,
            })
        }
        Condition::AtLeast(newer, older) => {
            compare(newer, older, question, element, |newer, older| match (newer, older) {
                (Value::Tcb(newer), Value::Tcb(older)) => newer.at_least(older),
                _ => false,
            })
        }
        Condition::In(term, values) => match term_value(term, question, element) {
            Found::Value(value) => Timed::fixed(values.contains(value)),
            Found::NotThere => Timed::fixed(false),
            Found::NotLoaded => Timed::fixed(Truth::Indeterminate),
        },
        Condition::InReference(term, reference) => {
            let set = question.references.get(reference.index()).and_then(Option::as_ref);
            match (term_value(term, question, element), set) {
                (Found::Value(value), Some(Value::Set(values))) => Timed::fixed(values.binary_search(value).is_ok()),
                (Found::NotThere, _) => Timed::fixed(false),
                (Found::Value(_), _) | (Found::NotLoaded, _) => Timed::fixed(Truth::Indeterminate),
            }
        }
        Condition::Is(place, kind) => {
            Timed::fixed(matches!(value(place), Some(Value::Struct(found, _)) if found == kind))
        }
        Condition::Present(place) => Timed::fixed(!matches!(value(place), None | Some(Value::Absent))),
        Condition::Age(comparison, place, bound) => match (value(place), term_value(bound, question, element)) {
            (Some(Value::Instant(since)), Found::Value(Value::Duration(bound))) => {
                truth::age_test(*comparison, *since, *bound, question.now)
            }
            (Some(_), Found::NotLoaded) => Timed::fixed(Truth::Indeterminate),
            (None, _) | (Some(_), Found::Value(_) | Found::NotThere) => Timed::fixed(false),
        },
        Condition::Count { list, condition, comparison, bound, .. } => {
            let mut elements = BumpVec::new_in(arena);
            if let Some(Value::List(values)) = value(list) {
                elements.extend(values.iter().map(|value| truth(condition, question, Some(value), arena)));
            }
            truth::count(*comparison, *bound, &mut elements)
        }
        Condition::Not(inner) => truth(inner, question, element, arena).negated(),
        Condition::And(operands) => Timed::all(operands.iter().map(|operand| truth(operand, question, element, arena))),
        Condition::Or(operands) => Timed::any(operands.iter().map(|operand| truth(operand, question, element, arena))),
        // Only invariants ask, and they are evaluated by `invariant_holds`.
        Condition::Permitted => Timed::fixed(Truth::Indeterminate),
    }
}

/// What a term comes to.
enum Found<'a> {
    /// This value.
    Value(&'a Value),
    /// Nothing: the evidence is of another kind, or the optional absent. Only a condition that another one rules out meets this.
    NotThere,
    /// A reference value that was never loaded.
    NotLoaded,
}

/// Compares two terms by `holds` once both have values.
fn compare(
    left: &Term,
    right: &Term,
    question: &Question<'_>,
    element: Option<&Value>,
    holds: impl Fn(&Value, &Value) -> bool,
) -> Timed {
    match (term_value(left, question, element), term_value(right, question, element)) {
        (Found::Value(left), Found::Value(right)) => Timed::fixed(holds(left, right)),
        (Found::NotThere, _) | (_, Found::NotThere) => Timed::fixed(false),
        (Found::NotLoaded, _) | (_, Found::NotLoaded) => Timed::fixed(Truth::Indeterminate),
    }
}

fn term_value<'a>(term: &'a Term, question: &Question<'a>, element: Option<&'a Value>) -> Found<'a> {
    match &term.kind {
        TermKind::Constant(value) => Found::Value(value),
        TermKind::Place(place) => read(place, question, element).map_or(Found::NotThere, Found::Value),
        TermKind::Reference(id) => {
            question.references.get(id.index()).and_then(Option::as_ref).map_or(Found::NotLoaded, Found::Value)
        }
    }
}

/// The value of a term that is no reference: what a grant gives.
pub fn grant_value<'a>(term: &'a Term, session: &'a [Option<Value>], call: &'a [Option<Value>]) -> Option<&'a Value> {
    match term_value(term, &Question { session, call, references: &[], now: 0 }, None) {
        Found::Value(value) => Some(value),
        Found::NotThere | Found::NotLoaded => None,
    }
}

/// The value at a place.
fn read<'a>(place: &Place, question: &Question<'a>, element: Option<&'a Value>) -> Option<&'a Value> {
    let mut value = match place.root {
        Root::Field(at) => {
            let field = |values: &'a [Option<Value>]| values.get(at).and_then(Option::as_ref);
            field(question.session).or_else(|| field(question.call))?
        }
        Root::Variable(_) => element?,
        // Substituted by the checker.
        Root::Parameter(_) => return None,
    };
    for step in &place.steps {
        value = match (step, value) {
            (Step::Field(id, at), Value::Struct(found, fields)) if id == found => fields.get(*at)?,
            (Step::Alternative(id), Value::Struct(found, _)) if id == found => value,
            (Step::Present, Value::Absent) => return None,
            (Step::Present, value) => value,
            (Step::Field(..) | Step::Alternative(_), _) => return None,
        };
    }
    Some(value)
}
