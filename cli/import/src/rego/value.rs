//! Which value a rule has, and when.
//!
//! A rule may be defined many times. A definition whose body succeeds, and whose value is there, gives the rule that value; two that give different values are an
//! error, on which the services deny; where none succeeds, the rule has its default, or is undefined.

use super::module::Definition;
use super::query::{Reader, Scope, declared};
use super::vocabulary::{Constant, Term, Vocabulary};
use crate::condition::{Condition, Use};
use crate::finding::Place;
use crate::package::{Line, excerpt};
use regorus::unstable::{Expr, ExprRef};

/// A value that a rule may have.
pub(crate) struct Outcome {
    /// The definition, by its number.
    definition: usize,
    /// It counts only where none of those before it in its definition does.
    is_else: bool,
    value: Term,
    /// When its body succeeds and its value is there.
    condition: Condition,
    pub(crate) place: Place,
}

/// Everything that decides the value of a rule.
pub(crate) struct Outcomes {
    default: Option<Term>,
    pub(crate) all: Vec<Outcome>,
    place: Place,
}

impl Outcomes {
    /// A value that is always the same.
    pub(crate) fn always(value: Term, place: Place) -> Self {
        let condition = Condition::Constant(true);
        let outcome = Outcome { definition: 0, is_else: false, value, condition, place: place.clone() };
        Outcomes { default: None, all: vec![outcome], place }
    }

    /// Those that count instead of this one where they succeed.
    fn before(&self, at: usize) -> impl Iterator<Item = usize> {
        let one = self.all.get(at).filter(|one| one.is_else).map(|one| one.definition);
        (0..at).filter(move |earlier| self.all.get(*earlier).map(|earlier| earlier.definition) == one && one.is_some())
    }

    fn condition(&self, at: usize) -> Condition {
        self.all.get(at).map_or(Condition::Unknown, |outcome| outcome.condition.clone())
    }
}

impl<V: Vocabulary> Reader<'_, V> {
    /// Whether a rule, as a statement, succeeds: it is defined, and not `false`.
    pub(crate) fn holds(&mut self, name: &str, place: &Place) -> Condition {
        match self.outcomes(name, place) {
            Some(outcomes) => self.when(&outcomes, Self::truthy),
            None => Condition::Unknown,
        }
    }

    /// When a rule has a value that is `good`. That it has no other at the same time, [`Reader::contradictions`] says.
    pub(crate) fn when(
        &mut self,
        outcomes: &Outcomes,
        good: impl Fn(&mut Self, &Term, &Place) -> Condition,
    ) -> Condition {
        let goods: Vec<Condition> =
            outcomes.all.iter().map(|outcome| good(self, &outcome.value, &outcome.place)).collect();
        let mut any = Vec::new();
        for (at, is_good) in goods.iter().enumerate().filter(|(_, good)| **good != Condition::Constant(false)) {
            // An earlier body that gives a good value as well does not matter: the value is good then, too.
            let mut instead = Vec::new();
            for earlier in outcomes.before(at) {
                let is_good = goods.get(earlier).cloned().unwrap_or(Condition::Unknown);
                instead.push(Condition::All(vec![outcomes.condition(earlier), is_good.not()]));
            }
            let given = Condition::all([outcomes.condition(at), is_good.clone(), Condition::none(instead)]);
            if !self.spend(given.size()) {
                return Condition::Unknown;
            }
            any.push(given);
        }
        if let Some(default) = &outcomes.default {
            let is_good = good(self, default, &outcomes.place);
            if is_good != Condition::Constant(false) {
                let none = Condition::none((0..outcomes.all.len()).map(|at| outcomes.condition(at)).collect());
                let given = Condition::all([is_good, none]);
                if !self.spend(given.size()) {
                    return Condition::Unknown;
                }
                any.push(given);
            }
        }
        Condition::Any(any)
    }

    /// The default of a rule and the values of its definitions; nothing, and a finding, where they are not known.
    pub(crate) fn outcomes(&mut self, name: &str, place: &Place) -> Option<Outcomes> {
        let module = self.module;
        let Some(rules) = module.rules(name).filter(|rules| !rules.is_partial) else {
            self.unknown(place, &format!("`{name}` is no rule with one value"));
            return None;
        };
        if !self.enter(name, place) {
            return None;
        }
        let default = rules.default.clone().map(|value| self.term(&value, &Scope::new()));
        let may_default = default.as_ref().is_some_and(|value| *value != Term::Constant(Constant::Bool(false)));
        let mut all = Vec::new();
        for (number, definition) in rules.definitions.iter().enumerate() {
            if !self.spend(1) {
                break;
            }
            self.definition(number, definition, may_default, &mut all);
        }
        self.leave();
        // What never succeeds, even if all that was not understood did, is of no other attester's concern.
        all.retain(|outcome: &Outcome| outcome.condition.settled(Use::Forbid) != Condition::Constant(false));
        let place = all.first().map_or(place, |outcome| &outcome.place).clone();
        let outcomes = Outcomes { default, all, place };
        self.contradiction(name, &outcomes);
        (outcomes.default != Some(Term::Unknown)).then_some(outcomes)
    }

    fn definition(&mut self, number: usize, definition: &Definition, may_default: bool, all: &mut Vec<Outcome>) {
        let scope = Scope::new();
        let mut add = |reader: &mut Self, is_else, value, body, place: &Place| {
            let condition = Condition::all([body, reader.defined(&value, place)]);
            reader.spend(condition.size());
            all.push(Outcome { definition: number, is_else, value, condition, place: place.clone() });
        };
        let is = |value| Term::Constant(Constant::Bool(value));
        let place = &definition.place;
        if definition.bodies.is_empty() {
            match &definition.value {
                Some(value) if is_condition(value) && may_default => {
                    // Where it is undefined the default counts, and a condition does not tell that from false.
                    let value = self.unknown_term(place, "a value that is a condition itself, beside a default");
                    add(self, false, value, Condition::Unknown, place);
                }
                // `allow := input.x == 1`: the value is a condition. Where it is undefined the rule is too, which is no more than false.
                Some(value) if is_condition(value) => {
                    let condition = self.condition(value, &scope);
                    add(self, false, is(true), condition.clone(), place);
                    add(self, true, is(false), condition.not(), place);
                }
                Some(value) => {
                    let value = self.term(value, &scope);
                    add(self, false, value, Condition::Constant(true), place);
                }
                None => add(self, false, is(true), Condition::Constant(true), place),
            }
            return;
        }
        let has_else = definition.bodies.iter().any(|body| body.is_else);
        for (at, body) in definition.bodies.iter().enumerate() {
            let condition = self.body(&body.query, &scope);
            let written = if body.is_else { body.value.as_ref() } else { definition.value.as_ref() };
            // The value sees the variables of its body, and what they stand for is not known here.
            let value = match written.map(|value| self.value(value, &declared(&body.query), &body.place)) {
                None => is(true),
                Some(value @ Term::Constant(_)) if at == 0 || body.is_else => value,
                Some(value) if at == 0 && !has_else => value,
                // Engines differ in whether a value that is undefined ends a chain, and in the value of a second body.
                Some(_) => self.unknown_term(&body.place, "one of several bodies with a value that is not written out"),
            };
            add(self, body.is_else, value, condition, &body.place);
        }
    }

    fn value(&mut self, value: &ExprRef, scope: &Scope, place: &Place) -> Term {
        if is_condition(value) {
            return self.unknown_term(place, "a value that is a condition itself");
        }
        self.term(value, scope)
    }

    /// Two definitions give different values at once.
    fn contradiction(&mut self, name: &str, outcomes: &Outcomes) {
        if self.contradictions.contains_key(name) {
            return;
        }
        let mut any = Vec::new();
        for (at, one) in outcomes.all.iter().enumerate() {
            for (with, other) in outcomes.all.iter().enumerate().skip(at + 1) {
                let may_differ = one.value != other.value || one.value == Term::Unknown;
                // The bodies of a chain exclude each other; others of one definition do not.
                if one.definition == other.definition && other.is_else || !may_differ {
                    continue;
                }
                let mut both = Vec::new();
                for at in [at, with] {
                    let before = outcomes.before(at).map(|earlier| outcomes.condition(earlier));
                    both.push(Condition::all([outcomes.condition(at), Condition::none(before.collect())]));
                }
                let both = Condition::all(both);
                if !self.spend(both.size()) {
                    return;
                }
                any.push(both);
            }
        }
        if !any.is_empty() {
            let line = Line {
                condition: Condition::Any(any).not(),
                sentence: format!("the policy gives `{}` two values at once", excerpt(name)),
                place: outcomes.place.clone(),
            };
            self.contradictions.insert(name.to_owned(), line);
        }
    }
}

fn is_condition(value: &ExprRef) -> bool {
    matches!(**value, Expr::BoolExpr { .. } | Expr::Membership { .. })
}
