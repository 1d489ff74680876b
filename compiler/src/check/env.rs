//! What is known at a point of a rule: which names stand for values, and what earlier conditions have established.

use super::compute::integer;
use super::list::Walk;
use crate::checked::{Condition, Place, Term, TermKind};
use crate::ir::Comparison;
use crate::types::{RequestId, StructId, Type};
use crate::value::Value;
use atbac_grammar::syntax::Word;
use std::sync::Arc;

/// What is known at a point of a rule, predicate or invariant.
#[derive(Clone, Debug)]
pub(super) struct Env {
    /// The file it is written in.
    pub(super) file: usize,
    /// The request whose fields are in scope.
    pub(super) request: Option<RequestId>,
    /// A predicate's parameters, by number.
    pub(super) parameters: Vec<(Word, Type)>,
    /// The variables of the counts around this point, the outermost first; the position is the variable's number.
    pub(super) variables: Vec<(Word, Type)>,
    /// How many elements the counts around this point walk together at the most.
    pub(super) walked: u64,
    /// Names given to values and conditions: by `let`, by the arms of a `match`, by the parameters of a template.
    pub(super) bindings: Vec<(Word, Binding)>,
    /// Names that a `let` further down gives.
    pub(super) later: Vec<Word>,
    /// Whether this is a template being applied: a comparison that its arguments settle is meant.
    pub(super) in_template: bool,
    /// Whether `permitted` may be asked.
    pub(super) in_invariant: bool,
    facts: Vec<Fact>,
}

/// What a name was given to.
#[derive(Clone, Debug)]
pub(super) enum Binding {
    /// A place, from which further steps can be taken.
    Place(Place, Type),
    /// A value. A template's argument may be large, and what the template declares sees it often.
    Term(Arc<Term>),
    /// A condition.
    Condition(Condition),
    /// A count, which only compares.
    Count(Walk),
    /// Something that was refused, so that uses of the name stay silent.
    Refused,
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
    /// The integer is at least this.
    AtLeast(Place, i64),
    /// The integer is at most this.
    AtMost(Place, i64),
}

impl Env {
    /// The beginning of a rule.
    pub(super) fn of_rule(file: usize, request: RequestId) -> Self {
        Env { request: Some(request), ..Env::of_predicate(file, Vec::new()) }
    }

    /// An invariant, which may ask whether the call is permitted.
    pub(super) fn of_invariant(file: usize, request: RequestId) -> Self {
        Env { in_invariant: true, ..Env::of_rule(file, request) }
    }

    /// The beginning of a predicate.
    pub(super) fn of_predicate(file: usize, parameters: Vec<(Word, Type)>) -> Self {
        Env {
            file,
            request: None,
            parameters,
            variables: Vec::new(),
            walked: 1,
            bindings: Vec::new(),
            later: Vec::new(),
            in_template: false,
            in_invariant: false,
            facts: Vec::new(),
        }
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
                Fact::Kind(..) | Fact::NotKind(..) | Fact::Present(_) | Fact::AtLeast(..) | Fact::AtMost(..) => {}
            }
        }
        kinds
    }

    /// The least and the greatest that the integer at a place can be, as far as earlier conditions say.
    pub(super) fn range(&self, place: &Place) -> (i64, i64) {
        let (mut least, mut most) = (i64::MIN, i64::MAX);
        for fact in &self.facts {
            match fact {
                Fact::AtLeast(known, bound) if known == place => least = least.max(*bound),
                Fact::AtMost(known, bound) if known == place => most = most.min(*bound),
                Fact::Kind(..) | Fact::NotKind(..) | Fact::Present(_) | Fact::AtLeast(..) | Fact::AtMost(..) => {}
            }
        }
        (least, most)
    }

    /// What a name was given to, if it was: the latest first.
    pub(super) fn binding(&self, name: &str) -> Option<&Binding> {
        self.bindings.iter().rev().find(|(known, _)| known == name).map(|(_, binding)| binding)
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
            (Condition::Compare(comparison, left, right), _) => self.learn_range(*comparison, left, right, holds),
            (Condition::In(Term { kind: TermKind::Place(place), .. }, values), true) => {
                let integers = || values.iter().filter_map(integer);
                if let (Some(least), Some(most)) = (integers().min(), integers().max()) {
                    self.add(Fact::AtLeast(place.clone(), least));
                    self.add(Fact::AtMost(place.clone(), most));
                }
            }
            // These say nothing of kinds, presence or ranges, or only that one of several things holds.
            (
                Condition::And(_)
                | Condition::Or(_)
                | Condition::Present(_)
                | Condition::Constant(_)
                | Condition::Holds(_)
                | Condition::AtLeast(..)
                | Condition::In(..)
                | Condition::InSet(..)
                | Condition::Subset(..)
                | Condition::InNetwork(..)
                | Condition::InNetworks(..)
                | Condition::Holding(..)
                | Condition::Matches(..)
                | Condition::Age(..)
                | Condition::Before(_)
                | Condition::Loaded(_)
                | Condition::Count(_)
                | Condition::Permitted,
                _,
            ) => {}
        }
    }

    /// Learns what a comparison of two places says of each, given what is known of the other.
    fn learn_order(&mut self, one: &Place, comparison: Comparison, other: &Place) {
        let (one_range, other_range) = (self.range(one), self.range(other));
        let (below, above) = match comparison {
            Comparison::Eq => (true, true),
            Comparison::Lt | Comparison::Le => (true, false),
            Comparison::Gt | Comparison::Ge => (false, true),
        };
        if below {
            self.add(Fact::AtMost(one.clone(), other_range.1));
            self.add(Fact::AtLeast(other.clone(), one_range.0));
        }
        if above {
            self.add(Fact::AtLeast(one.clone(), other_range.0));
            self.add(Fact::AtMost(other.clone(), one_range.1));
        }
    }

    /// Learns what a comparison of a place with a constant says of the integer there.
    fn learn_range(&mut self, comparison: Comparison, left: &Term, right: &Term, holds: bool) {
        let (place, comparison, bound) = match (&left.kind, &right.kind) {
            (TermKind::Place(place), TermKind::Constant(value)) => (place, comparison, value),
            (TermKind::Constant(value), TermKind::Place(place)) => (place, comparison.mirrored(), value),
            (TermKind::Place(one), TermKind::Place(other)) if holds => return self.learn_order(one, comparison, other),
            _ => return,
        };
        let (Value::Int(bound) | Value::Duration(bound) | Value::Instant(bound)) = *bound else { return };
        let (least, most) = match (comparison, holds) {
            (Comparison::Eq, true) => (Some(bound), Some(bound)),
            (Comparison::Eq, false) => (None, None),
            (Comparison::Le, true) | (Comparison::Gt, false) => (None, Some(bound)),
            (Comparison::Lt, true) | (Comparison::Ge, false) => (None, bound.checked_sub(1)),
            (Comparison::Ge, true) | (Comparison::Lt, false) => (Some(bound), None),
            (Comparison::Gt, true) | (Comparison::Le, false) => (bound.checked_add(1), None),
        };
        if let Some(least) = least {
            self.add(Fact::AtLeast(place.clone(), least));
        }
        if let Some(most) = most {
            self.add(Fact::AtMost(place.clone(), most));
        }
    }
}
