//! What is known at a point of a rule: which names stand for values, and what earlier conditions have established.

use crate::checked::{Condition, Place};
use crate::types::{RequestId, StructId, Type};

/// What is known at a point of a rule, predicate or invariant.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    /// The file it is written in.
    pub(super) file: usize,
    /// The request whose fields are in scope.
    pub(super) request: Option<RequestId>,
    /// A predicate's parameters, by number.
    pub(super) parameters: Vec<(String, Type)>,
    /// The variable of the count around this point.
    pub(super) variable: Option<(String, Type)>,
    /// Whether `permitted` may be asked.
    pub(super) in_invariant: bool,
    facts: Vec<Fact>,
}

/// Something that must hold wherever the point is reached.
#[derive(Clone, Debug, PartialEq)]
enum Fact {
    /// The evidence is of this kind.
    Kind(Place, StructId),
    /// The evidence is not of this kind.
    NotKind(Place, StructId),
    /// The optional value is there.
    Present(Place),
}

impl Env {
    /// The beginning of a rule.
    pub(super) fn of_rule(file: usize, request: RequestId) -> Self {
        Env { file, request: Some(request), ..Env::default() }
    }

    /// An invariant, which may ask whether the call is permitted.
    pub(super) fn of_invariant(file: usize, request: RequestId) -> Self {
        Env { in_invariant: true, ..Env::of_rule(file, request) }
    }

    /// The beginning of a predicate.
    pub(super) fn of_predicate(file: usize, parameters: Vec<(String, Type)>) -> Self {
        Env { file, parameters, ..Env::default() }
    }

    /// A mark to return to with [`Env::forget`].
    pub(super) fn mark(&self) -> usize {
        self.facts.len()
    }

    /// Forgets what was learnt since the mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.facts.truncate(mark);
    }

    /// The kinds that evidence at a place can still be.
    pub(super) fn kinds(&self, place: &Place, all: &[StructId]) -> Vec<StructId> {
        let mut kinds = all.to_vec();
        for fact in &self.facts {
            match fact {
                Fact::Kind(known, only) if known == place => kinds.retain(|kind| kind == only),
                Fact::NotKind(known, excluded) if known == place => kinds.retain(|kind| kind != excluded),
                Fact::Kind(..) | Fact::NotKind(..) | Fact::Present(_) => {}
            }
        }
        kinds
    }

    /// Whether an optional value is known to be there.
    pub(super) fn is_present(&self, place: &Place) -> bool {
        self.facts.iter().any(|fact| matches!(fact, Fact::Present(known) if known == place))
    }

    /// Notes a fact once: what is known is looked through at every reading.
    fn add(&mut self, fact: Fact) {
        if !self.facts.contains(&fact) {
            self.facts.push(fact);
        }
    }

    /// Learns what follows from a condition being true, or being false.
    pub(super) fn learn(&mut self, condition: &Condition, holds: bool) {
        match (condition, holds) {
            (Condition::Is(place, kind), true) => self.add(Fact::Kind(place.clone(), *kind)),
            (Condition::Is(place, kind), false) => self.add(Fact::NotKind(place.clone(), *kind)),
            (Condition::Present(place), true) => self.add(Fact::Present(place.clone())),
            (Condition::Not(inner), _) => self.learn(inner, !holds),
            (Condition::And(operands), true) | (Condition::Or(operands), false) => {
                for operand in operands {
                    self.learn(operand, holds);
                }
            }
            // These say nothing of kinds or presence, or only that one of several things holds.
            (
                Condition::And(_)
                | Condition::Or(_)
                | Condition::Present(_)
                | Condition::Constant(_)
                | Condition::Holds(_)
                | Condition::Compare(..)
                | Condition::AtLeast(..)
                | Condition::In(..)
                | Condition::InReference(..)
                | Condition::Age(..)
                | Condition::Count { .. }
                | Condition::Permitted,
                _,
            ) => {}
        }
    }
}
