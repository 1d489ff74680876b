//! From when until when the evidence in a value counts.
//!
//! Evidence ends at its `expires_at`. Where its schema sets a longest age (`@max_age`), it also ends when it reaches that age, and does not yet count before
//! the instant that dates it: what lies in the future has no age that could be within the bound.

use crate::time::FOREVER;
use crate::types::{Schema, StructId, Type};
use crate::value::Value;

/// The instants, in milliseconds since 1970, between which all evidence in a value counts: from the first, before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// It counts from here on.
    pub from: i64,
    /// It no longer counts from here on; [`FOREVER`] if it does not end.
    pub until: i64,
}

impl Validity {
    /// Of what holds no evidence.
    pub const ALWAYS: Validity = Validity { from: i64::MIN, until: FOREVER };

    /// When both count.
    pub fn and(self, other: Validity) -> Validity {
        Validity { from: self.from.max(other.from), until: self.until.min(other.until) }
    }

    /// Whether all of it counts at an instant.
    pub fn holds(self, now: i64) -> bool {
        (self.from..self.until).contains(&now)
    }
}

/// When the evidence in a value of type `ty` counts.
pub fn validity(schema: &Schema, ty: &Type, value: &Value) -> Validity {
    let each = |ty: &Type, values: &[Value]| {
        values.iter().map(|value| validity(schema, ty, value)).fold(Validity::ALWAYS, Validity::and)
    };
    match (ty, value) {
        (Type::Struct(_) | Type::Union(_), Value::Struct(id, values)) => {
            let fields = schema.structure(*id).fields.iter().zip(values);
            fields
                .map(|(field, value)| validity(schema, &field.ty, value))
                .fold(own(schema, *id, values), Validity::and)
        }
        (Type::List(element, _) | Type::Set(element), Value::List(values) | Value::Set(values)) => {
            each(element, values)
        }
        (Type::Optional(inner), value) if *value != Value::Absent => validity(schema, inner, value),
        _ => Validity::ALWAYS,
    }
}

/// What a piece of evidence says of itself; a record says nothing.
fn own(schema: &Schema, id: StructId, values: &[Value]) -> Validity {
    let Some(evidence) = &schema.structure(id).evidence else { return Validity::ALWAYS };
    let instant = |at: usize| match values.get(at) {
        Some(Value::Instant(instant)) => *instant,
        // The checker made sure that these fields are instants; anything else never counts.
        _ => i64::MIN,
    };
    let stated = Validity { until: instant(evidence.expires_at), ..Validity::ALWAYS };
    match evidence.max_age {
        None => stated,
        Some(longest) => {
            let from = instant(evidence.age_from);
            stated.and(Validity { from, until: from.saturating_add(longest) })
        }
    }
}
