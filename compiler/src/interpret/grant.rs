//! What permits give: values of a decision that was made.

use super::value::{Found, Seen};
use super::{Point, Question};
use crate::checked::{Term, TermKind};
use crate::reference::{Reference, Windows};
use crate::truth::Truth;
use crate::types::Type;
use crate::value::Value;
use bumpalo::Bump;
use std::borrow::Cow;

/// The value of a term that is no set. A value that was computed is a number, a duration or an instant, so that reading a grant allocates nothing for it.
pub fn granted_value<'a>(term: &'a Term, question: &Question<'a>) -> Option<Cow<'a, Value>> {
    let term = granted_term(term, question);
    let point = Point { question, element: None, arena: &Bump::new() };
    match point.find(term).0 {
        Found::Value(Seen::Value(value)) => Some(Cow::Borrowed(value)),
        Found::Value(Seen::Integer(integer)) => Some(Cow::Owned(match term.ty {
            Type::Duration => Value::Duration(integer),
            Type::Instant => Value::Instant(integer),
            _ => Value::Int(integer),
        })),
        Found::Value(Seen::Bytes(_) | Seen::Digest(..)) | Found::NotThere | Found::NotLoaded => None,
    }
}

/// The elements of a term that is a set, as they are written: of a set written out in the policy, computed one by one.
pub fn granted_elements<'a>(term: &'a Term, question: Question<'a>) -> impl Iterator<Item = Cow<'a, Value>> + use<'a> {
    let arena = Bump::new();
    let point = Point { question: &question, element: None, arena: &arena };
    let term = granted_term(term, &question);
    let none: (&[Term], &[Value], &[(Value, Windows)]) = (&[], &[], &[]);
    let (terms, values, dated) = match &term.kind {
        TermKind::Set(terms) => (terms.as_slice(), none.1, none.2),
        TermKind::Constant(Value::Set(values)) => (none.0, values.as_slice(), none.2),
        TermKind::Place(place) => match point.read(place) {
            Some(Value::Set(values)) => (none.0, values.as_slice(), none.2),
            _ => none,
        },
        TermKind::Reference(id) => match question.references.get(id.index()).and_then(Option::as_ref) {
            Some(Reference::Set(values)) => (none.0, none.1, values.as_slice()),
            Some(Reference::One(..)) | None => none,
        },
        TermKind::Constant(_)
        | TermKind::Arithmetic(..)
        | TermKind::Slice(..)
        | TermKind::Hash(..)
        | TermKind::If(..) => none,
    };
    let now = question.now;
    let dated = dated.iter().filter(move |(_, windows)| windows.at(now).0).map(|(value, _)| Cow::Borrowed(value));
    let computed = terms.iter().filter_map(move |term| granted_value(term, &question));
    computed.chain(values.iter().map(Cow::Borrowed)).chain(dated)
}

/// The term that the conditions of an `if` choose: none that is chosen is left. The checker lets no such condition count, so the arena stays empty.
pub fn granted_term<'a>(mut term: &'a Term, question: &Question<'a>) -> &'a Term {
    let point = Point { question, element: None, arena: &Bump::new() };
    while let TermKind::If(condition, then, otherwise) = &term.kind {
        // Such a condition reads no reference value, so it is never indeterminate.
        term = match point.truth(condition).truth {
            Truth::True => then,
            Truth::False | Truth::Indeterminate => otherwise,
        };
    }
    term
}
