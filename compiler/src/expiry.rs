//! When the evidence in a value ends.

use crate::time::FOREVER;
use crate::types::{Schema, Type};
use crate::value::Value;

/// The earliest instant, in milliseconds since 1970, at which some piece of evidence in a value is expired; [`FOREVER`] if it holds none.
pub fn expires_at(schema: &Schema, ty: &Type, value: &Value) -> i64 {
    match (ty, value) {
        (Type::Struct(_) | Type::Union(_), Value::Struct(id, values)) => {
            let structure = schema.structure(*id);
            let own = structure.evidence.as_ref().and_then(|evidence| match values.get(evidence.expires_at) {
                Some(Value::Instant(instant)) => Some(*instant),
                _ => None,
            });
            let inner = structure.fields.iter().zip(values).map(|(field, value)| expires_at(schema, &field.ty, value));
            own.into_iter().chain(inner).min().unwrap_or(FOREVER)
        }
        (Type::List(element, _) | Type::Set(element), Value::List(values) | Value::Set(values)) => {
            values.iter().map(|value| expires_at(schema, element, value)).min().unwrap_or(FOREVER)
        }
        (Type::Optional(inner), value) if *value != Value::Absent => expires_at(schema, inner, value),
        _ => FOREVER,
    }
}
