//! Values that are often equal, often nearly so, and often at the edge.

use crate::tape::Tape;
use atbac_compiler::reference::{Reference, Window, Windows};
use atbac_compiler::time::{DURATION_RANGE, INSTANT_RANGE};
use atbac_compiler::types::{Schema, Type};
use atbac_compiler::value::{TCB_NAMES, Tcb, Value};
use std::net::IpAddr;

/// The instant near which most things happen.
const USUAL: i64 = 1_000_000;

/// An instant near the usual one or, less often, near an edge.
pub(crate) fn instant(tape: &mut Tape<'_>) -> i64 {
    let near = match tape.below(8) {
        0 => *tape.pick(&[i64::MAX, i64::MAX - 3, i64::MIN, 0, -5]),
        _ => USUAL,
    };
    near.saturating_add(tape.below(21) as i64 - 10)
}

pub(crate) fn duration(tape: &mut Tape<'_>) -> i64 {
    *tape.pick(&[5, 10, 1, 0, 3, 7, USUAL, -1, i64::MAX, i64::MIN])
}

pub(crate) fn integer(tape: &mut Tape<'_>) -> i64 {
    *tape.pick(&[0, 1, 2, 3, 62, 63, 64, 65, 67, 100, -1, -2, -64, i64::MAX, i64::MIN, 1 << 32])
}

/// Text of some lengths more often than of others, equal to others of its length but for one byte at most.
pub(crate) fn text(tape: &mut Tape<'_>) -> Box<str> {
    let length = match tape.below(4) {
        0 => tape.below(41),
        1 => tape.below(81),
        _ => *tape.pick(&[0, 3, 9]),
    };
    let mut bytes = vec![b'a'; length];
    if length > 0 && tape.one_in(3) {
        bytes[tape.below(length)] = b'b';
    }
    String::from_utf8(bytes).unwrap().into()
}

/// Bytes of this length, all zero but for one at most.
pub(crate) fn bytes(tape: &mut Tape<'_>, length: u32) -> Box<[u8]> {
    let mut bytes = vec![0; length as usize];
    if length > 0 && tape.one_in(2) {
        bytes[tape.below(length as usize)] = *tape.pick(&[1, 0x80]);
    }
    bytes.into()
}

/// A `Tcb` that differs from most others in few components.
pub(crate) fn tcb(tape: &mut Tape<'_>) -> Tcb {
    let mut versions = [Some(1); TCB_NAMES.len()];
    for _ in 0..tape.below(3) {
        versions[tape.below(TCB_NAMES.len())] = *tape.pick(&[None, Some(0), Some(2), Some(255)]);
    }
    let components = TCB_NAMES.into_iter().zip(versions);
    Tcb::new(components.filter_map(|(name, version)| Some((name, version?)))).unwrap()
}

/// Bytes as texts have them, or others.
pub(crate) fn bytes_of_any_length(tape: &mut Tape<'_>) -> Box<[u8]> {
    if tape.one_in(2) { text(tape).into_boxed_bytes() } else { bytes(tape, 3) }
}

/// Numbers that are near one another, or at an edge.
pub(crate) fn version(tape: &mut Tape<'_>) -> [u64; 3] {
    [0; 3].map(|_| *tape.pick(&[1, 0, 2, u64::MAX]))
}

/// An address that differs from most others of its family in one bit, at either side of where a prefix ends.
pub(crate) fn address(tape: &mut Tape<'_>) -> IpAddr {
    let differs = tape.one_in(2);
    if tape.one_in(3) {
        let bit = u32::from(differs) << *tape.pick(&[0, 1, 2]);
        let bits = 0x2001_0db8_u128 << 96 | u128::from(bit) << *tape.pick(&[0, 62, 93]);
        return IpAddr::from(bits.to_be_bytes());
    }
    let bit = u32::from(differs) << *tape.pick(&[0, 1, 7, 8, 23, 24]);
    IpAddr::from((0x0a00_0000 ^ bit).to_be_bytes())
}

/// A network around some address.
pub(crate) fn network(tape: &mut Tape<'_>) -> (IpAddr, u8) {
    match address(tape) {
        IpAddr::V4(address) => {
            let prefix = *tape.pick(&[8, 24, 31, 32, 0]);
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            (IpAddr::from((address.to_bits() & mask).to_be_bytes()), prefix)
        }
        IpAddr::V6(address) => {
            let prefix = *tape.pick(&[33, 64, 127, 128, 0]);
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            (IpAddr::from((address.to_bits() & mask).to_be_bytes()), prefix)
        }
    }
}

/// The time in which a reference value counts: often always, often with an end near the usual instant.
pub(crate) fn windows(tape: &mut Tape<'_>) -> Windows {
    if tape.one_in(2) {
        return Windows::new([Window::ALWAYS]);
    }
    Windows::new(tape.some(0, 3, |tape| Window { from: instant(tape), until: instant(tape) }))
}

/// A reference value of a type, or that it is not loaded.
pub(crate) fn reference(tape: &mut Tape<'_>, schema: &Schema, ty: &Type) -> Option<Reference> {
    if tape.one_in(5) {
        return None;
    }
    Some(match loadable(value(tape, schema, ty)) {
        Value::Set(values) => Reference::Set(values.into_iter().map(|value| (value, windows(tape))).collect()),
        value => Reference::One(value, windows(tape)),
    })
}

/// A value as it may be loaded: times in their ranges.
fn loadable(value: Value) -> Value {
    match value {
        Value::Duration(duration) => Value::Duration(duration.clamp(DURATION_RANGE.0, DURATION_RANGE.1)),
        Value::Instant(instant) => Value::Instant(instant.clamp(INSTANT_RANGE.0, INSTANT_RANGE.1)),
        Value::Set(values) => Value::set(values.into_iter().map(loadable).collect()),
        other => other,
    }
}

/// A value of any type.
pub(crate) fn value(tape: &mut Tape<'_>, schema: &Schema, ty: &Type) -> Value {
    match ty {
        Type::Bool => Value::Bool(tape.one_in(2)),
        Type::Int => Value::Int(integer(tape)),
        Type::String => Value::String(text(tape)),
        Type::Bytes => Value::Bytes(bytes_of_any_length(tape)),
        Type::FixedBytes(length) | Type::Digest(length) => Value::Bytes(bytes(tape, *length)),
        Type::Duration => Value::Duration(duration(tape)),
        Type::Instant => Value::Instant(instant(tape)),
        Type::Tcb => Value::Tcb(tcb(tape)),
        Type::Version => Value::Version(version(tape)),
        Type::IpAddr => Value::IpAddr(address(tape)),
        Type::Cidr => {
            let (address, prefix) = network(tape);
            Value::Cidr(address, prefix)
        }
        Type::Oid => Value::Oid(tape.some(0, 3, |tape| *tape.pick(&[1, 2, u64::MAX])).into()),
        Type::Set(element) => {
            let most = *tape.pick(&[3, 20]);
            Value::set(tape.some(0, most, |tape| value(tape, schema, element)))
        }
        Type::List(element, most) => {
            let length = *tape.pick(&[0, 1, 2, *most as usize]);
            Value::List((0..length).map(|_| value(tape, schema, element)).collect())
        }
        Type::Optional(_) if tape.one_in(2) => Value::Absent,
        Type::Optional(inner) => value(tape, schema, inner),
        Type::Enum(id) => Value::Case(*id, *tape.pick(&[0, 1, 2, 3, 62, 63, 64, 65, 67])),
        Type::Struct(id) => {
            let fields = &schema.structure(*id).fields;
            Value::Struct(*id, fields.iter().map(|field| value(tape, schema, &field.ty)).collect())
        }
        Type::Union(ids) => {
            let id = *tape.pick(ids);
            value(tape, schema, &Type::Struct(id))
        }
    }
}
