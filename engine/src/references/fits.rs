//! Whether a value is of its reference's type.

use atbac_compiler::reference::Reference;
use atbac_compiler::types::{Schema, StructId, Type};
use atbac_compiler::value::Value;

/// Whether a reference value is of a type.
pub(super) fn fits(schema: &Schema, ty: &Type, reference: &Reference) -> bool {
    match (ty, reference) {
        (Type::Set(element), Reference::Set(values)) => {
            // Ascending and without repeats, as it is searched.
            values.is_sorted_by(|(a, _), (b, _)| a < b) && values.iter().all(|(value, _)| is(schema, element, value))
        }
        (Type::Set(_), Reference::One(..)) | (_, Reference::Set(_)) => false,
        (ty, Reference::One(value, _)) => is(schema, ty, value),
    }
}

/// Whether a value is of a type.
fn is(schema: &Schema, ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Instant, Value::Instant(_))
        | (Type::Tcb, Value::Tcb(_))
        | (Type::Version, Value::Version(_))
        | (Type::IpAddr, Value::IpAddr(_))
        | (Type::Cidr, Value::Cidr(..))
        | (Type::Oid, Value::Oid(_))
        | (Type::Optional(_), Value::Absent) => true,
        (Type::FixedBytes(length) | Type::Digest(length), Value::Bytes(bytes)) => bytes.len() == *length as usize,
        (Type::Set(element), Value::Set(values)) => {
            values.is_sorted_by(|a, b| a < b) && values.iter().all(|value| is(schema, element, value))
        }
        (Type::List(element, most), Value::List(values)) => {
            values.len() <= *most as usize && values.iter().all(|value| is(schema, element, value))
        }
        (Type::Optional(inner), value) => is(schema, inner, value),
        (Type::Enum(id), Value::Case(of, case)) => id == of && (*case as usize) < schema.enumeration(*id).cases.len(),
        (Type::Struct(id), Value::Struct(of, values)) => id == of && fields_are(schema, *id, values),
        (Type::Union(ids), Value::Struct(of, values)) => ids.contains(of) && fields_are(schema, *of, values),
        _ => false,
    }
}

fn fields_are(schema: &Schema, id: StructId, values: &[Value]) -> bool {
    let fields = &schema.structure(id).fields;
    fields.len() == values.len() && fields.iter().zip(values).all(|(field, value)| is(schema, &field.ty, value))
}
