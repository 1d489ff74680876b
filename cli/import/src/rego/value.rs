//! Which value a rule has, and when.
//!
//! A rule may be defined many times. A definition whose body succeeds gives its value; two that give different values are an error, on which the services
//! deny; where none succeeds, the rule has its default, or is undefined.

use super::module::{Definition, Rules};
use super::query::{Constant, Reader, Scope, Term, Vocabulary};
use crate::condition::Condition;
use crate::finding::Place;

/// A value that a rule may have, and when a definition gives it.
pub(crate) struct Outcome {
    /// The definition, by its number: those of one never disagree.
    definition: usize,
    pub(crate) value: Term,
    pub(crate) condition: Condition,
    pub(crate) place: Place,
}

/// Everything that decides the value of a rule.
pub(crate) struct Outcomes {
    default: Option<Term>,
    pub(crate) all: Vec<Outcome>,
}

impl Outcomes {
    /// When the rule has a value that is `good`, and no other at the same time.
    pub(crate) fn when(&self, good: impl Fn(&Term) -> bool) -> Condition {
        let any = |keep: bool| {
            let kept = self.all.iter().filter(|outcome| good(&outcome.value) == keep);
            Condition::Any(kept.map(|outcome| outcome.condition.clone()).collect())
        };
        let defaulted = match &self.default {
            Some(default) if good(default) => {
                Condition::Any(self.all.iter().map(|outcome| outcome.condition.clone()).collect()).not()
            }
            Some(_) | None => Condition::Constant(false),
        };
        Condition::All(vec![Condition::Any(vec![any(true), defaulted]), any(false).not(), disagreement(&self.all).not()])
    }
}

impl<V: Vocabulary> Reader<'_, V> {
    /// Whether a rule, as a statement, succeeds: it is defined, and not `false`.
    pub(crate) fn holds(&mut self, name: &str, place: &Place) -> Condition {
        self.value_is(name, place, |value| *value != Term::Constant(Constant::Bool(false)))
    }

    fn value_is(&mut self, name: &str, place: &Place, good: impl Fn(&Term) -> bool) -> Condition {
        self.outcomes(name, place).map_or(Condition::Unknown, |outcomes| outcomes.when(good))
    }

    /// The default of a rule and the values of its definitions; nothing, and a finding, where they are not known.
    pub(crate) fn outcomes(&mut self, name: &str, place: &Place) -> Option<Outcomes> {
        if self.reading.iter().any(|read| read == name) {
            self.unknown(place, "a rule uses itself");
            return None;
        }
        let module = self.module;
        let rules: &Rules = module.rules(name).filter(|rules| !rules.is_partial).or_else(|| {
            self.unknown(place, &format!("`{name}` is no rule with one value"));
            None
        })?;
        self.reading.push(name.to_owned());
        let default = rules.default.clone().map(|value| self.term(&value, &Scope::new()));
        let mut outcomes = Vec::new();
        for (number, definition) in rules.definitions.iter().enumerate() {
            self.definition(number, definition, &mut outcomes);
        }
        self.reading.pop();
        let known = default.as_ref() != Some(&Term::Unknown);
        known.then_some(Outcomes { default, all: outcomes })
    }

    fn definition(&mut self, number: usize, definition: &Definition, outcomes: &mut Vec<Outcome>) {
        let scope = Scope::new();
        let mut add =
            |value, condition, place: &Place| outcomes.push(Outcome { definition: number, value, condition, place: place.clone() });
        if definition.bodies.is_empty() {
            match &definition.value {
                // `allow := input.x == 1`: the value is a condition. Where it is undefined the rule is too, which is no more than false.
                Some(value) if is_condition(value) => {
                    let condition = self.condition(value, &scope);
                    add(Term::Constant(Constant::Bool(true)), condition.clone(), &definition.place);
                    add(Term::Constant(Constant::Bool(false)), condition.not(), &definition.place);
                }
                Some(value) => add(self.term(value, &scope), Condition::Constant(true), &definition.place),
                None => add(Term::Constant(Constant::Bool(true)), Condition::Constant(true), &definition.place),
            }
            return;
        }
        let mut earlier: Vec<Condition> = Vec::new();
        for body in &definition.bodies {
            let succeeds = self.body(&body.query, &scope);
            let written = if body.is_else { body.value.as_ref() } else { definition.value.as_ref() };
            let value = match written {
                Some(value) => self.body_value(value, &scope, &body.place),
                None => Term::Constant(Constant::Bool(true)),
            };
            let mut all = vec![succeeds.clone()];
            if body.is_else {
                all.push(Condition::Any(earlier.clone()).not());
            }
            add(value, Condition::All(all), &body.place);
            earlier.push(succeeds);
        }
    }

    fn body_value(&mut self, value: &regorus::unstable::ExprRef, scope: &Scope, place: &Place) -> Term {
        if is_condition(value) {
            self.unknown(place, "a value that is a condition itself");
            return Term::Unknown;
        }
        self.term(value, scope)
    }
}

/// Two definitions give different values at once.
fn disagreement(outcomes: &[Outcome]) -> Condition {
    let mut both = Vec::new();
    for (at, one) in outcomes.iter().enumerate() {
        for other in outcomes.iter().skip(at + 1) {
            if one.definition != other.definition && one.value != other.value {
                both.push(Condition::All(vec![one.condition.clone(), other.condition.clone()]));
            }
        }
    }
    Condition::Any(both)
}

fn is_condition(value: &regorus::unstable::ExprRef) -> bool {
    use regorus::unstable::Expr;
    matches!(**value, Expr::BoolExpr { .. } | Expr::Membership { .. })
}
