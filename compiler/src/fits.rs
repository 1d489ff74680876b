//! Whether a value is of a type, in every respect that compiled code relies on.

use crate::time::{DURATION_RANGE, INSTANT_RANGE};
use crate::types::{Schema, StructId, Type};
use crate::value::Value;
use std::net::IpAddr;

/// Whether a value is of a type.
pub fn is(schema: &Schema, ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_))
        | (Type::Tcb, Value::Tcb(_))
        | (Type::Version, Value::Version(_))
        | (Type::Oid, Value::Oid(_))
        | (Type::Optional(_), Value::Absent) => true,
        // That sums of times fit 64 bits was shown for these ranges.
        (Type::Duration, Value::Duration(value)) => lies_in(*value, DURATION_RANGE),
        (Type::Instant, Value::Instant(value)) => lies_in(*value, INSTANT_RANGE),
        // One address or network has one form.
        (Type::IpAddr, Value::IpAddr(address)) => *value == Value::address(*address),
        (Type::Cidr, Value::Cidr(first, prefix)) => {
            is_network(*first, *prefix) && *value == Value::network(*first, *prefix)
        }
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

fn lies_in(value: i64, (least, most): (i64, i64)) -> bool {
    (least..=most).contains(&value)
}

/// Whether the bits of a network's first address beyond the prefix are zero.
fn is_network(first: IpAddr, prefix: u8) -> bool {
    let (bits, length) = match first {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    prefix <= length && u32::from(length - prefix) <= bits.trailing_zeros().min(length.into())
}

fn fields_are(schema: &Schema, id: StructId, values: &[Value]) -> bool {
    let fields = &schema.structure(id).fields;
    fields.len() == values.len() && fields.iter().zip(values).all(|(field, value)| is(schema, &field.ty, value))
}
