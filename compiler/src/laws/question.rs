//! Telling whether two questions are one and the same.

use crate::checked::{Condition, Term, TermKind};
use crate::ir::Comparison;
use std::cmp::Ordering;

/// A question without its answer, to look up. The sides of a comparison stand in the order of [`order`], however they are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
            Ordering::Greater => (comparison.mirrored(), right, left),
        };
        match comparison {
            Comparison::Eq => (Question::Equal(left, right), true),
            Comparison::Lt | Comparison::Le => (Question::Less(comparison, left, right), true),
            Comparison::Ge => (Question::Less(Comparison::Lt, left, right), false),
            Comparison::Gt => (Question::Less(Comparison::Le, left, right), false),
        }
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
