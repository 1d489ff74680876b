//! Values as they were before they were laid out in a frame.

use super::{ADDRESS_WORDS, SetTable, TCB_WORDS, alternative_offset, size};
use crate::types::{Schema, StructId, Type};
use crate::value::{TCB_COMPONENTS, Tcb, Value};
use std::array;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The value of type `ty` that lies at `words`, with its text in `heap`: what [`write`](super::write) was given.
///
/// Whatever the words are, reading them is safe, and gives some value of the type.
pub fn read(schema: &Schema, ty: &Type, words: &[u64], heap: &[u8]) -> Value {
    let word = |at: usize| words.get(at).copied().unwrap_or(0);
    match ty {
        Type::Bool => Value::Bool(word(0) != 0),
        Type::Int => Value::Int(word(0) as i64),
        Type::Duration => Value::Duration(word(0) as i64),
        Type::Instant => Value::Instant(word(0) as i64),
        Type::Enum(id) => Value::Case(*id, word(0) as u32),
        Type::String => Value::string(String::from_utf8_lossy(text(word(0), heap))),
        Type::Bytes => Value::Bytes(text(word(0), heap).into()),
        Type::Oid => Value::Oid(arcs(text(word(0), heap))),
        Type::FixedBytes(length) | Type::Digest(length) => {
            let bytes: Vec<u8> = (0..length.div_ceil(8) as usize).flat_map(|at| word(at).to_le_bytes()).collect();
            Value::Bytes(bytes[..*length as usize].into())
        }
        Type::Tcb => Value::Tcb(tcb(array::from_fn(word))),
        Type::Version => Value::Version(array::from_fn(word)),
        Type::IpAddr => Value::IpAddr(address(array::from_fn(word))),
        Type::Cidr => {
            let first = address(array::from_fn(word));
            Value::Cidr(first, word(ADDRESS_WORDS as usize) as u8)
        }
        Type::Optional(_) if word(0) == 0 => Value::Absent,
        Type::Optional(inner) => read(schema, inner, &words[1..], heap),
        Type::List(element, most) => {
            let stride = size(schema, element).unwrap_or(0) as usize;
            let count = word(0).min(u64::from(*most)) as usize;
            let each = |at: usize| read(schema, element, words.get(1 + at * stride..).unwrap_or_default(), heap);
            Value::List((0..count).map(each).collect())
        }
        Type::Set(element) => {
            let table = SetTable::new(text(word(0), heap));
            Value::set(table.iter().map(|bytes| member(schema, element, bytes)).collect())
        }
        Type::Struct(id) => read_struct(schema, *id, words, heap),
        Type::Union(alternatives) => {
            let named = alternatives.iter().copied().find(|id| u64::from(id.0) == word(0));
            // Of no evidence there is none: zeros are those of the first kind.
            let id = named.unwrap_or(alternatives[0]);
            let offset = alternative_offset(schema, alternatives, id) as usize;
            read_struct(schema, id, words.get(offset..).unwrap_or_default(), heap)
        }
    }
}

fn read_struct(schema: &Schema, id: StructId, words: &[u64], heap: &[u8]) -> Value {
    let mut rest = words;
    let fields = schema.structure(id).fields.iter().map(|field| {
        let (here, after) = rest.split_at_checked(size(schema, &field.ty).unwrap_or(0) as usize).unwrap_or_default();
        rest = after;
        read(schema, &field.ty, here, heap)
    });
    Value::Struct(id, fields.collect())
}

/// An element of a set, of which the [bytes](super::element_bytes) lie in its table.
fn member(schema: &Schema, ty: &Type, bytes: &[u8]) -> Value {
    match ty {
        Type::String => Value::string(String::from_utf8_lossy(bytes)),
        // Those of fixed length are not filled up to whole words here.
        Type::Bytes | Type::FixedBytes(_) | Type::Digest(_) => Value::Bytes(bytes.into()),
        Type::Oid => Value::Oid(arcs(bytes)),
        _ => {
            let words: Vec<u64> = bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)).collect();
            read(schema, ty, &words, &[])
        }
    }
}

fn text(word: u64, heap: &[u8]) -> &[u8] {
    let (offset, length) = (word as u32 as usize, (word >> 32) as usize);
    heap.get(offset..).and_then(|heap| heap.get(..length)).unwrap_or_default()
}

fn arcs(bytes: &[u8]) -> Box<[u64]> {
    bytes.as_chunks().0.iter().map(|arc| u64::from_le_bytes(*arc)).collect()
}

fn tcb(words: [u64; TCB_WORDS as usize]) -> Tcb {
    let lane = |at: usize| (words[at / 4] >> (16 * (at % 4))) as u16;
    let versions: [Option<u8>; TCB_COMPONENTS] =
        array::from_fn(|at| lane(at).checked_sub(1).and_then(|version| u8::try_from(version).ok()));
    Tcb::from_versions(versions)
}

fn address([family, upper, lower]: [u64; ADDRESS_WORDS as usize]) -> IpAddr {
    match family {
        4 => Ipv4Addr::from_bits(lower as u32).into(),
        _ => Ipv6Addr::from_bits(u128::from(upper) << 64 | u128::from(lower)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::layout::write;
    use crate::types::{Schema, Type};
    use crate::value::Value;

    /// Of any length, whole words or not.
    #[test]
    fn a_set_of_bytes_is_read_as_it_was_written() {
        let schema = Schema::default();
        for length in 1..=65 {
            let value =
                Value::set(vec![Value::Bytes(vec![0; length].into()), Value::Bytes((0..length as u8).collect())]);
            for element in [Type::FixedBytes(length as u32), Type::Digest(length as u32), Type::Bytes] {
                let ty = Type::Set(Box::new(element));
                let (mut words, mut heap) = ([0], Vec::new());
                assert_eq!(write(&schema, &ty, &value, &mut words, &mut heap), Ok(()));
                assert_eq!(read(&schema, &ty, &words, &heap), value, "{length}");
            }
        }
    }
}
