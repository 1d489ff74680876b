//! When the evidence in a value ends: at its `expires_at`, or when it reaches the longest age its schema allows.

use crate::time::FOREVER;
use crate::types::{Schema, Type};
use crate::value::Value;

/// The earliest instant, in milliseconds since 1970, at which some piece of evidence in a value is expired; [`FOREVER`] if it holds none.
pub fn expires_at(schema: &Schema, ty: &Type, value: &Value) -> i64 {
    match (ty, value) {
        (Type::Struct(_) | Type::Union(_), Value::Struct(id, values)) => {
            let structure = schema.structure(*id);
            let instant = |at: usize| match values.get(at) {
                Some(Value::Instant(instant)) => Some(*instant),
                _ => None,
            };
            let own = structure.evidence.iter().flat_map(|evidence| {
                let too_old = evidence.max_age.and_then(|longest| Some(instant(evidence.age_from)?.saturating_add(longest)));
                [instant(evidence.expires_at), too_old]
            });
            let inner = structure.fields.iter().zip(values).map(|(field, value)| expires_at(schema, &field.ty, value));
            own.flatten().chain(inner).min().unwrap_or(FOREVER)
        }
        (Type::List(element, _) | Type::Set(element), Value::List(values) | Value::Set(values)) => {
            values.iter().map(|value| expires_at(schema, element, value)).min().unwrap_or(FOREVER)
        }
        (Type::Optional(inner), value) if *value != Value::Absent => expires_at(schema, inner, value),
        _ => FOREVER,
    }
}
