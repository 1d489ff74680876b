//! Which value a rule has, and when.
//!
//! A rule may be defined many times. A definition whose body succeeds gives its value; two that give different values are an error, on which the services
//! deny; where none succeeds, the rule has its default, or is undefined.

use super::module::{Definition, Rules};
use super::query::{Constant, Reader, Scope, Term, Vocabulary};
use crate::condition::Condition;
use crate::finding::Place;

/// A value that a rule may have.
pub(crate) struct Outcome {
    /// The definition, by its number.
    definition: usize,
    pub(crate) value: Term,
    /// When its body succeeds.
    pub(crate) condition: Condition,
    /// The bodies before it in its definition, which count instead of it where they succeed; of an `else` only.
    earlier: Vec<(Term, Condition)>,
    pub(crate) place: Place,
}

impl Outcome {
    /// When it gives the rule its value: its body succeeds, and none of the earlier ones that `matter`.
    fn given(&self, matter: impl Fn(&Term) -> bool) -> Condition {
        let before = self.earlier.iter().filter(|(value, _)| matter(value)).map(|(_, condition)| condition.clone());
        Condition::All(vec![self.condition.clone(), Condition::Any(before.collect()).not()])
    }
}

/// Everything that decides the value of a rule.
pub(crate) struct Outcomes {
    default: Option<Term>,
    pub(crate) all: Vec<Outcome>,
}

impl Outcomes {
    /// When the rule has a value that is `good`, and no other at the same time.
    pub(crate) fn when(&self, good: impl Fn(&Term) -> bool) -> Condition {
        // An earlier body that gives a good value as well does not matter: the value is good then, too.
        let given = |outcome: &Outcome| outcome.given(|value| !good(value));
        let mut any: Vec<Condition> = self.all.iter().filter(|outcome| good(&outcome.value)).map(given).collect();
        if self.default.as_ref().is_some_and(&good) {
            any.push(Condition::Any(self.all.iter().map(|outcome| outcome.condition.clone()).collect()).not());
        }
        Condition::All(vec![Condition::Any(any), self.disagreement().not()])
    }

    /// Two definitions give different values at once.
    fn disagreement(&self) -> Condition {
        let mut both = Vec::new();
        for (at, one) in self.all.iter().enumerate() {
            for other in self.all.iter().skip(at + 1) {
                if one.definition != other.definition && one.value != other.value {
                    both.push(Condition::All(vec![one.given(|_| true), other.given(|_| true)]));
                }
            }
        }
        Condition::Any(both)
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
        let place = &definition.place;
        let mut add = |value, condition| {
            outcomes.push(Outcome { definition: number, value, condition, earlier: Vec::new(), place: place.clone() });
        };
        if definition.bodies.is_empty() {
            match &definition.value {
                // `allow := input.x == 1`: the value is a condition. Where it is undefined the rule is too, which is no more than false.
                Some(value) if is_condition(value) => {
                    let condition = self.condition(value, &scope);
                    add(Term::Constant(Constant::Bool(true)), condition.clone());
                    add(Term::Constant(Constant::Bool(false)), condition.not());
                }
                Some(value) => add(self.term(value, &scope), Condition::Constant(true)),
                None => add(Term::Constant(Constant::Bool(true)), Condition::Constant(true)),
            }
            return;
        }
        let mut earlier: Vec<(Term, Condition)> = Vec::new();
        for body in &definition.bodies {
            let condition = self.body(&body.query, &scope);
            let written = if body.is_else { body.value.as_ref() } else { definition.value.as_ref() };
            let value = match written {
                Some(value) => self.body_value(value, &scope, &body.place),
                None => Term::Constant(Constant::Bool(true)),
            };
            let before = if body.is_else { earlier.clone() } else { Vec::new() };
            earlier.push((value.clone(), condition.clone()));
            outcomes.push(Outcome { definition: number, value, condition, earlier: before, place: body.place.clone() });
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

fn is_condition(value: &regorus::unstable::ExprRef) -> bool {
    use regorus::unstable::Expr;
    matches!(**value, Expr::BoolExpr { .. } | Expr::Membership { .. })
}
