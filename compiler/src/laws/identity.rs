//! What a question, by its form and what is written out in it, leaves of a claim: only what was named, what everybody has, or everything.

use super::origin::IDENTIFYING_BYTES;
use crate::checked::{Condition, Part, Term, TermKind};
use crate::glob;
use crate::ir::Comparison;
use crate::types::Type;
use crate::value::Value;

/// Whether a question, answered with yes, leaves only what was named; of a set's elements, only such, if it has any.
pub(super) fn identifies(condition: &Condition) -> bool {
    match condition {
        Condition::Compare(Comparison::Eq, ..)
        | Condition::In(..)
        | Condition::InSet(..)
        | Condition::Subset(..)
        | Condition::InNetwork(..)
        | Condition::InNetworks(..) => true,
        // As `starts_with` and `ends_with` do: what only stands somewhere in it, or how long it is, names nobody.
        Condition::Matches(_, pattern) => {
            let pattern = pattern.pattern();
            !glob::beginning(pattern).is_empty() || !glob::end(pattern).is_empty()
        }
        Condition::Holding(Part::Beginning | Part::End, _, part) => match (&part.kind, &part.ty) {
            (TermKind::Constant(Value::Bytes(bytes)), _) => bytes.len() >= IDENTIFYING_BYTES as usize,
            (_, Type::FixedBytes(length)) => *length >= IDENTIFYING_BYTES,
            // A name says where it belongs by its beginning or its end, however short.
            _ => true,
        },
        Condition::Compare(Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge, ..)
        | Condition::Holding(Part::Anywhere, ..)
        | Condition::Constant(_)
        | Condition::Holds(_)
        | Condition::AtLeast(..)
        | Condition::Is(..)
        | Condition::Present(_)
        | Condition::Age(..)
        | Condition::Before(_)
        | Condition::Loaded(_)
        | Condition::Count(_)
        | Condition::Not(_)
        | Condition::And(_)
        | Condition::Or(_)
        | Condition::Permitted => false,
    }
}

/// Whether a question is answered with yes by zeros, or by nothing at all, that are written out.
pub(super) fn takes_zeros(condition: &Condition) -> bool {
    let among = match condition {
        Condition::In(_, values) => values.as_slice(),
        _ => &[],
    };
    let written = condition.terms().filter_map(|term| match &term.kind {
        TermKind::Constant(value) => Some(value),
        _ => None,
    });
    among.iter().chain(written).any(is_zeros)
}

/// Whether a value, or one of a set, is what evidence has where there is nothing: a report without an author key has a digest of zeros, and a verifier that did
/// not look at the code says 0 of it.
fn is_zeros(value: &Value) -> bool {
    match value {
        Value::Bytes(bytes) => bytes.iter().all(|byte| *byte == 0),
        Value::String(text) => text.is_empty(),
        Value::Int(number) => *number == 0,
        Value::Set(elements) => elements.is_empty() || elements.iter().any(is_zeros),
        Value::Bool(_)
        | Value::Duration(_)
        | Value::Instant(_)
        | Value::Tcb(_)
        | Value::Version(_)
        | Value::IpAddr(_)
        | Value::Cidr(..)
        | Value::Oid(_)
        | Value::List(_)
        | Value::Case(..)
        | Value::Struct(..)
        | Value::Absent => false,
    }
}

/// Whether a question takes every value, though of no other could it be known. Of a Tcb floors only look at what it is at the least.
pub(super) fn takes_everything(condition: &Condition, answer: bool) -> bool {
    match condition {
        Condition::AtLeast(_, Term { kind: TermKind::Constant(Value::Tcb(least)), .. }) => {
            least.components().all(|(_, version)| version == 0)
        }
        Condition::InNetwork(_, Term { kind: TermKind::Constant(Value::Cidr(_, prefix)), .. }) => {
            answer && *prefix == 0
        }
        _ => false,
    }
}
