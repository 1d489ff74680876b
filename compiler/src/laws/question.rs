//! Telling whether two questions are one and the same.

use crate::checked::{Condition, Term, TermKind};
use crate::ir::Comparison;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;

/// A question without its answer, to look up. The sides of a comparison stand in the order of [`order`], however they are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Question<'a> {
    /// `<` and `<=`; the others are their opposites.
    Less(Comparison, &'a Term, &'a Term),
    /// `==`
    Equal(&'a Term, &'a Term),
    /// Any other.
    Other(&'a Condition),
}

impl<'a> Question<'a> {
    /// The question that a condition asks, and the answer that makes it true.
    pub(crate) fn of(condition: &'a Condition) -> (Self, bool) {
        let Condition::Compare(comparison, left, right) = condition else { return (Question::Other(condition), true) };
        let (comparison, left, right) = match order(left, right) {
            Ordering::Less | Ordering::Equal => (*comparison, left, right),
            Ordering::Greater => (mirrored(*comparison), right, left),
        };
        match comparison {
            Comparison::Eq => (Question::Equal(left, right), true),
            Comparison::Lt | Comparison::Le => (Question::Less(comparison, left, right), true),
            Comparison::Ge => (Question::Less(Comparison::Lt, left, right), false),
            Comparison::Gt => (Question::Less(Comparison::Le, left, right), false),
        }
    }
}

/// The comparison with its sides changed over.
pub(crate) fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Eq => Comparison::Eq,
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
    }
}

/// An order of terms that says nothing, but is always the same.
fn order(one: &Term, other: &Term) -> Ordering {
    let whole = match (&one.kind, &other.kind) {
        (TermKind::Constant(one), TermKind::Constant(other)) => one.cmp(other),
        (TermKind::Place(one), TermKind::Place(other)) => one.cmp(other),
        (TermKind::Reference(one), TermKind::Reference(other)) => one.cmp(other),
        (TermKind::Arithmetic(one, ..), TermKind::Arithmetic(other, ..)) => one.cmp(other),
        (TermKind::Slice(_, from, to), TermKind::Slice(_, other_from, other_to)) => {
            (from, to).cmp(&(other_from, other_to))
        }
        (TermKind::Hash(one, _), TermKind::Hash(other, _)) => one.cmp(other),
        // `if` and sets are granted and never compared, so that two of them need no order.
        (one, other) => rank(one).cmp(&rank(other)),
    };
    let mut parts = one.parts().zip(other.parts());
    whole.then_with(|| {
        parts.find_map(|(one, other)| Some(order(one, other)).filter(|order| order.is_ne())).unwrap_or(Ordering::Equal)
    })
}

fn rank(kind: &TermKind) -> u8 {
    match kind {
        TermKind::Place(_) => 0,
        TermKind::Slice(..) => 1,
        TermKind::Hash(..) => 2,
        TermKind::Arithmetic(..) => 3,
        TermKind::Reference(_) => 4,
        TermKind::Constant(_) => 5,
        TermKind::If(..) => 6,
        TermKind::Set(_) => 7,
    }
}

// Equality of conditions is total: no value of the language differs from itself.
impl Eq for Question<'_> {}

impl Hash for Question<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self {
            Question::Less(order, left, right) => {
                order.hash(state);
                hash_term(left, state);
                hash_term(right, state);
            }
            Question::Equal(left, right) => {
                hash_term(left, state);
                hash_term(right, state);
            }
            Question::Other(condition) => hash_condition(condition, state),
        }
    }
}

/// Equal conditions have equal hashes; of what differs, enough is hashed to keep families of rules apart.
fn hash_condition(condition: &Condition, state: &mut impl Hasher) {
    discriminant(condition).hash(state);
    if let Condition::In(_, values) = condition {
        values.hash(state);
    }
    if let Some(place) = condition.place() {
        place.hash(state);
    }
    for term in condition.terms() {
        hash_term(term, state);
    }
    for part in condition.parts() {
        hash_condition(part, state);
    }
}

fn hash_term(term: &Term, state: &mut impl Hasher) {
    discriminant(&term.kind).hash(state);
    match &term.kind {
        TermKind::Constant(value) => value.hash(state),
        TermKind::Place(place) => place.hash(state),
        TermKind::Reference(reference) => reference.hash(state),
        TermKind::Arithmetic(..) | TermKind::Slice(..) | TermKind::Hash(..) | TermKind::If(..) | TermKind::Set(_) => {}
    }
    for part in term.parts() {
        hash_term(part, state);
    }
}
