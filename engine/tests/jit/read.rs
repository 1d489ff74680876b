//! What the tests of a program are asked about, by plain recursion: each value with until when the reference values that
//! it reads stay as they are.

use crate::evaluate::{NO_ROWS, Situation};
use atbac_compiler::checked::Arithmetic;
use atbac_compiler::ir::{Integer, Key, Scope, Set, Slot, Text, Words};
use atbac_compiler::layout::{Frame, SetTable};
use atbac_compiler::reference::Reference;
use atbac_compiler::time::FOREVER;
use atbac_compiler::types::ReferenceId;
use atbac_compiler::value::Value;
use std::net::IpAddr;

/// A value, or that it rests on a reference value that cannot be used; and when that changes.
pub(crate) struct Read<T> {
    pub(crate) value: Option<T>,
    pub(crate) until: i64,
}

impl<T> Read<T> {
    fn fixed(value: T) -> Self {
        Read { value: Some(value), until: FOREVER }
    }

    fn map<U>(self, change: impl FnOnce(T) -> U) -> Read<U> {
        Read { value: self.value.map(change), until: self.until }
    }

    pub(crate) fn and<U>(self, other: Read<U>) -> Read<(T, U)> {
        Read { value: self.value.zip(other.value), until: self.until.min(other.until) }
    }
}

/// A set: its elements by their bytes, each with whether it counts now and until when that stays so.
pub(crate) type Elements = Vec<(Vec<u8>, bool, i64)>;

impl<'a> Situation<'a> {
    pub(crate) fn integer(self, integer: &Integer) -> Read<i64> {
        match integer {
            Integer::Constant(value) => Read::fixed(*value),
            Integer::Slot(slot) => Read::fixed(self.slot_words(*slot, 1)[0] as i64),
            Integer::Reference(reference) => self.one(*reference).map(|value| words_of(value)[0] as i64),
            Integer::Row(_) => unreachable!("{NO_ROWS}"),
            Integer::Computed(arithmetic, left, right) => {
                self.integer(left).and(self.integer(right)).map(|(left, right)| {
                    let (left, right) = (i128::from(left), i128::from(right));
                    let exact = match arithmetic {
                        Arithmetic::Add => left + right,
                        Arithmetic::Sub => left - right,
                        Arithmetic::Mul => left * right,
                    };
                    // The low 64 bits: it wraps.
                    exact as i64
                })
            }
        }
    }

    pub(crate) fn words(self, count: u32, words: &Words) -> Read<Vec<u64>> {
        match words {
            Words::Constant(words) => Read::fixed(words.to_vec()),
            Words::Slot(slot) => Read::fixed(self.slot_words(*slot, count).to_vec()),
            Words::Reference(reference) => self.one(*reference).map(words_of),
            Words::Row(_) => unreachable!("{NO_ROWS}"),
        }
    }

    pub(crate) fn text(self, text: &Text) -> Read<Vec<u8>> {
        match text {
            Text::Constant(bytes) => Read::fixed(bytes.to_vec()),
            Text::Slot(slot) => Read::fixed(self.slot_text(*slot).to_vec()),
            Text::Reference(reference) => self.one(*reference).map(bytes_of),
            Text::Row(_) => unreachable!("{NO_ROWS}"),
            Text::Part { of, words, skip, length } => {
                self.words(*words, of).map(|words| memory(&words)[*skip as usize..][..*length as usize].to_vec())
            }
            Text::Hash(hash, of) => self.text(of).map(|bytes| {
                let (digest, length) = hash.digest(&bytes);
                digest[..length].to_vec()
            }),
            Text::Slice { of, skip, length } => {
                self.text(of).map(|bytes| bytes[*skip as usize..][..*length as usize].to_vec())
            }
        }
    }

    pub(crate) fn key(self, key: &Key) -> Read<Vec<u8>> {
        match key {
            Key::Integer(integer) => self.integer(integer).map(|value| value.to_le_bytes().to_vec()),
            Key::Words(count, words) => self.words(*count, words).map(|words| memory(&words)),
            Key::Text(text) => self.text(text),
        }
    }

    pub(crate) fn set(self, set: &Set) -> Read<Elements> {
        let always = |table: &[u8]| {
            let elements = SetTable::new(table).iter().map(|element| (element.to_vec(), true, FOREVER));
            Read::fixed(elements.collect())
        };
        match set {
            Set::Constant(table) => always(table),
            Set::Slot(slot) => always(self.slot_text(*slot)),
            Set::Reference(reference) => self.reference_set(*reference),
        }
    }

    pub(crate) fn reference_set(self, reference: ReferenceId) -> Read<Elements> {
        match &self.references[reference.index()] {
            None => Read { value: None, until: FOREVER },
            Some(Reference::Set(values)) => {
                let elements = values.iter().map(|(value, windows)| {
                    let (counts, until) = windows.at(self.now);
                    (bytes_of(value), counts, until)
                });
                Read::fixed(elements.collect())
            }
            Some(Reference::One(value, _)) => panic!("{value:?} is not a set"),
        }
    }

    fn one(self, reference: ReferenceId) -> Read<&'a Value> {
        match &self.references[reference.index()] {
            None => Read { value: None, until: FOREVER },
            Some(Reference::One(value, windows)) => {
                let (counts, until) = windows.at(self.now);
                Read { value: counts.then_some(value), until }
            }
            Some(Reference::Set(values)) => panic!("{values:?} is a set"),
        }
    }

    /// The frame that a slot lies in, and its word there.
    pub(crate) fn locate(self, slot: Slot) -> (Scope, u32) {
        match slot.frame {
            Scope::Element(depth) => {
                let (frame, first) = self.elements[usize::from(depth)].expect("an element is read only in a count");
                (frame, first + slot.word)
            }
            frame => (frame, slot.word),
        }
    }

    fn frame(self, slot: Slot) -> (&'a Frame, usize) {
        let (frame, word) = self.locate(slot);
        (if frame == Scope::Session { self.session } else { self.call }, word as usize)
    }

    pub(crate) fn slot_words(self, slot: Slot, count: u32) -> &'a [u64] {
        let (frame, word) = self.frame(slot);
        &frame.words()[word..][..count as usize]
    }

    fn slot_text(self, slot: Slot) -> &'a [u8] {
        let (frame, word) = self.frame(slot);
        let word = frame.words()[word];
        &frame.heap()[(word & 0xffff_ffff) as usize..][..(word >> 32) as usize]
    }
}

/// The words of a value, by the table in `layout`'s documentation.
fn words_of(value: &Value) -> Vec<u64> {
    match value {
        Value::Bool(value) => vec![u64::from(*value)],
        Value::Int(value) | Value::Duration(value) | Value::Instant(value) => vec![*value as u64],
        Value::Case(_, case) => vec![u64::from(*case)],
        Value::Bytes(bytes) => {
            let mut padded = bytes.to_vec();
            padded.resize(bytes.len().next_multiple_of(8), 0);
            padded.chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect()
        }
        Value::Tcb(tcb) => {
            let mut lanes: Vec<u64> =
                tcb.versions().iter().map(|version| version.map_or(0, |version| u64::from(version) + 1)).collect();
            lanes.resize(24, 0);
            lanes.chunks(4).map(|lanes| lanes.iter().rev().fold(0, |word, lane| word << 16 | lane)).collect()
        }
        Value::Version(numbers) => numbers.to_vec(),
        Value::IpAddr(address) => address_of(*address),
        Value::Cidr(address, prefix) => [address_of(*address), vec![u64::from(*prefix)]].concat(),
        other => panic!("{other:?} is not of words"),
    }
}

fn address_of(address: IpAddr) -> Vec<u64> {
    match address {
        IpAddr::V4(address) => vec![4, 0, u64::from(u32::from_be_bytes(address.octets()))],
        IpAddr::V6(address) => {
            let octets = address.octets();
            let (upper, lower) = octets.split_at(8);
            vec![6, u64::from_be_bytes(upper.try_into().unwrap()), u64::from_be_bytes(lower.try_into().unwrap())]
        }
    }
}

/// The bytes by which a value is an element of a set, or those of a text.
fn bytes_of(value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::Oid(arcs) => memory(arcs),
        other => memory(&words_of(other)),
    }
}

/// Words as they lie in memory.
fn memory(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The components of a `Tcb`.
pub(crate) fn lanes(words: &[u64]) -> Vec<u16> {
    words.iter().flat_map(|word| (0..4).map(move |lane| (word >> (16 * lane)) as u16)).collect()
}
