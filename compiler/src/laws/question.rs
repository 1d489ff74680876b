//! Telling whether two questions are one and the same.

use crate::checked::{Condition, Term, TermKind};
use crate::ir::Comparison;
use std::hash::{Hash, Hasher};
use std::mem::discriminant;

/// A question without its answer, to look up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Question<'a> {
    /// `<` and `<=`; the others are their opposites.
    Less(Comparison, &'a Term, &'a Term),
    /// Any other.
    Other(&'a Condition),
}

impl<'a> Question<'a> {
    /// The question that a condition asks, and the answer that makes it true.
    pub(crate) fn of(condition: &'a Condition) -> (Self, bool) {
        match condition {
            Condition::Compare(order @ (Comparison::Lt | Comparison::Le), left, right) => {
                (Question::Less(*order, left, right), true)
            }
            Condition::Compare(Comparison::Ge, left, right) => (Question::Less(Comparison::Lt, left, right), false),
            Condition::Compare(Comparison::Gt, left, right) => (Question::Less(Comparison::Le, left, right), false),
            other => (Question::Other(other), true),
        }
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
