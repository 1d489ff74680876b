//! How values lie in memory for compiled code: the frame.
//!
//! A frame is an array of 64-bit words beside a heap of bytes for text. Each stage of a request (session, call) has one frame, laid out
//! once per request type:
//!
//! | type | words |
//! |---|---|
//! | `Bool`, `Int`, `Duration`, `Instant`, enum | 1 |
//! | `String`, `Bytes`, `Oid` | 1: offset into the heap in the low half, length in bytes in the high half; of an `Oid`, its arcs as 8 bytes each, little-endian |
//! | `Bytes<N>`, `Digest<N>` | N/8 rounded up, little-endian, the rest zero |
//! | `Tcb` | 6: components in 16-bit lanes, see [`tcb_words`] |
//! | `T?` | 1 for presence, then `T` |
//! | record, evidence | its fields one after the other |
//! | union | 1 for which (the struct's id), then each alternative in a region of its own |
//! | `[T; N]` | 1 for the length, then N elements |
//! | `Version` | 3: major, minor, patch |
//! | `IpAddr` | 3: the family, 4 or 6; the upper and the lower 64 bits of the address as numbers, an IPv4 address in the lower |
//! | `Cidr` | 4: the network's address, and the length of its prefix |
//! | `Set<T>` | 1: as text, pointing to a [set table](SetTable) |
//!
//! Alternatives of a union do not overlap and everything absent is zero, so a read of the wrong alternative yields a harmless value of the right
//! shape: compiled code can evaluate conditions in any order and never read outside the frame or its heap.

use crate::types::{Request, Schema, StructId, Type};
use crate::value::{TCB_COMPONENTS, Tcb, Value};
use atbac_grammar::syntax::Stage;
use std::net::IpAddr;
use std::sync::Arc;

mod filling;
mod numbers;
mod read;
mod set;
mod slot;
mod symbol;

pub use filling::{Filling, Selected, Selection};
pub use read::read;
pub use set::SetTable;
pub use slot::{Elements, Misfit, Slot};
pub use symbol::{Interned, MAX_SYMBOL_WORDS, Symbols};

/// The most words a frame may have (512 KiB): a request whose lists multiply beyond this is refused when compiled.
pub const MAX_FRAME_WORDS: u32 = 1 << 16;

/// The words a [`Tcb`] takes: four 16-bit lanes a word.
pub const TCB_WORDS: u32 = TCB_COMPONENTS.div_ceil(4) as u32;

/// The words a `Version` takes.
pub const VERSION_WORDS: u32 = 3;

/// The words an `IpAddr` takes.
pub const ADDRESS_WORDS: u32 = 3;

/// The words a `Cidr` takes.
pub const NETWORK_WORDS: u32 = ADDRESS_WORDS + 1;

/// Where the fields of one stage of a request lie.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Which stage.
    pub stage: Stage,
    /// For each field of the request, where it lies; `None` for a field of the other stage.
    pub fields: Vec<Option<Extent>>,
    /// What stands behind the fields: values that are known by a number.
    pub symbols: Vec<Symbols>,
    /// How many words the frame has, with a word for each of the [`Layout::symbols`].
    pub words: u32,
    /// Each value of several words that stands in no list: the word it begins at, and how many words it has; ascending. Compiled code reads all of a value or
    /// nothing.
    pub wide: Vec<(u32, u32)>,
}

/// Some words of a frame that are one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The first of them.
    pub word: u32,
    /// How many they are.
    pub words: u32,
}

impl Layout {
    /// Lays out one stage of a request; `None` when it would exceed [`MAX_FRAME_WORDS`].
    pub fn new(schema: &Schema, request: &Request, stage: Stage) -> Option<Self> {
        let mut words = 0u32;
        let mut wide = Vec::new();
        let mut fields = Vec::with_capacity(request.fields.len());
        for field in &request.fields {
            if field.stage == stage {
                let extent = Extent { word: words, words: size(schema, &field.ty)? };
                fields.push(Some(extent));
                words = words.checked_add(extent.words).filter(|words| *words <= MAX_FRAME_WORDS)?;
                add_wide(schema, &field.ty, extent.word, &mut wide);
            } else {
                fields.push(None);
            }
        }
        Some(Layout { stage, fields, symbols: Vec::new(), words, wide })
    }

    /// How many words the value has that begins at a word, outside of lists.
    pub fn width(&self, word: u32) -> u32 {
        self.wide.binary_search_by_key(&word, |(begin, _)| *begin).map_or(1, |at| self.wide[at].1)
    }
}

/// Adds the values of several words that a value at a word of the frame holds.
fn add_wide(schema: &Schema, ty: &Type, word: u32, wide: &mut Vec<(u32, u32)>) {
    match ty {
        Type::Optional(inner) => add_wide(schema, inner, word + 1, wide),
        Type::Struct(id) => add_wide_fields(schema, *id, word, wide),
        Type::Union(kinds) => {
            for kind in kinds {
                add_wide_fields(schema, *kind, word + alternative_offset(schema, kinds, *kind), wide);
            }
        }
        // Elements are read by their own words.
        Type::List(..) => {}
        Type::Bool
        | Type::Int
        | Type::String
        | Type::Bytes
        | Type::FixedBytes(_)
        | Type::Digest(_)
        | Type::Duration
        | Type::Instant
        | Type::Tcb
        | Type::Version
        | Type::IpAddr
        | Type::Cidr
        | Type::Oid
        | Type::Enum(_)
        | Type::Set(_) => wide.extend(size(schema, ty).filter(|words| *words > 1).map(|words| (word, words))),
    }
}

fn add_wide_fields(schema: &Schema, id: StructId, mut word: u32, wide: &mut Vec<(u32, u32)>) {
    for field in &schema.structure(id).fields {
        add_wide(schema, &field.ty, word, wide);
        word += size(schema, &field.ty).unwrap_or(0);
    }
}

/// The values of one stage of a request, laid out for compiled code.
///
/// Only [`Frame::fill`] and a [`Filling`] write one, values that fit the schema. So every frame keeps what compiled code relies on: it has exactly the words of its layout, every
/// text word points into its heap, no list is longer than its type allows, and the numbers of values are theirs.
#[derive(Clone, Debug)]
pub struct Frame {
    layout: Arc<Layout>,
    /// As many as the layout has, for as long as the frame is.
    words: Box<[u64]>,
    heap: Vec<u8>,
}

impl Frame {
    /// A frame in which every optional is absent, every list and text empty, and every other value zero.
    pub fn new(layout: Arc<Layout>) -> Self {
        let words = vec![0; layout.words as usize].into();
        let mut frame = Frame { layout, words, heap: Vec::new() };
        frame.number();
        frame
    }

    /// Writes the fields of this stage, given the values of all fields of the request; a missing value of this stage leaves zeros.
    ///
    /// # Errors
    /// [`HeapFull`] when the text does not fit; the frame is then of zeros.
    pub fn fill(&mut self, schema: &Schema, request: &Request, values: &[Option<Value>]) -> Result<(), HeapFull> {
        self.words.fill(0);
        self.heap.clear();
        let layout = Arc::clone(&self.layout);
        for ((field, extent), value) in request.fields.iter().zip(&layout.fields).zip(values) {
            if let (Some(extent), Some(value)) = (extent, value) {
                let words = &mut self.words[extent.word as usize..];
                if let Err(full) = write(schema, &field.ty, value, words, &mut self.heap) {
                    self.words.fill(0);
                    self.heap.clear();
                    self.number();
                    return Err(full);
                }
            }
        }
        self.number();
        Ok(())
    }

    /// Puts the numbers of the values behind the fields. What is left out has one too, as the empty text that it is read as.
    fn number(&mut self) {
        for symbols in &self.layout.symbols {
            self.words[symbols.at as usize] = symbols.of(&self.words, &self.heap);
        }
    }

    /// The layout it was made for; a program accepts only frames of its own layouts, compared by identity.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The words.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The text.
    pub fn heap(&self) -> &[u8] {
        &self.heap
    }
}

/// How many words a value of this type takes; `None` when it is beyond [`MAX_FRAME_WORDS`].
pub fn size(schema: &Schema, ty: &Type) -> Option<u32> {
    let words = match ty {
        Type::Bool | Type::Int | Type::Duration | Type::Instant | Type::Enum(_) => 1,
        Type::String | Type::Bytes | Type::Oid | Type::Set(_) => 1,
        Type::Version => VERSION_WORDS,
        Type::IpAddr => ADDRESS_WORDS,
        Type::Cidr => NETWORK_WORDS,
        Type::FixedBytes(length) | Type::Digest(length) => length.div_ceil(8),
        Type::Tcb => TCB_WORDS,
        Type::Optional(inner) => size(schema, inner)?.checked_add(1)?,
        Type::List(element, most) => size(schema, element)?.checked_mul(*most)?.checked_add(1)?,
        Type::Struct(id) => struct_size(schema, *id)?,
        Type::Union(alternatives) => {
            alternatives.iter().try_fold(1u32, |sum, id| sum.checked_add(struct_size(schema, *id)?))?
        }
    };
    (words <= MAX_FRAME_WORDS).then_some(words)
}

fn struct_size(schema: &Schema, id: StructId) -> Option<u32> {
    schema.structure(id).fields.iter().try_fold(0u32, |sum, field| sum.checked_add(size(schema, &field.ty)?))
}

/// The word at which a field begins, counted from the beginning of its struct.
pub fn field_offset(schema: &Schema, id: StructId, field: usize) -> u32 {
    schema.structure(id).fields[..field].iter().filter_map(|field| size(schema, &field.ty)).sum()
}

/// The word at which an alternative's region begins, counted from the beginning of the union.
pub fn alternative_offset(schema: &Schema, alternatives: &[StructId], id: StructId) -> u32 {
    1 + alternatives
        .iter()
        .take_while(|&&other| other != id)
        .filter_map(|&other| struct_size(schema, other))
        .sum::<u32>()
}

/// A `Tcb` in lanes of 16 bits, lane `i` in bits `16·(i mod 4)…` of word `i / 4`: 0 for a missing component, else its version plus one.
///
/// No lane reaches its top bit, so `a ≥ b` in every lane can be tested by one subtraction a word:
/// `((a | 0x8000…) - b) & 0x8000… == 0x8000…`.
pub fn tcb_words(tcb: &Tcb) -> [u64; TCB_WORDS as usize] {
    let mut words = [0; TCB_WORDS as usize];
    for (lane, version) in tcb.versions().iter().enumerate() {
        let value = version.map_or(0, |version| u64::from(version) + 1);
        words[lane / 4] |= value << (16 * (lane % 4));
    }
    words
}

/// Bytes as little-endian words, the last padded with zeros.
pub fn byte_words(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
    })
}

/// An address in words.
pub fn address_words(address: IpAddr) -> [u64; ADDRESS_WORDS as usize] {
    match address {
        IpAddr::V4(address) => [4, 0, u64::from(address.to_bits())],
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            [6, (bits >> 64) as u64, bits as u64]
        }
    }
}

/// A network in words.
pub fn network_words(network: IpAddr, prefix: u8) -> [u64; NETWORK_WORDS as usize] {
    let [family, upper, lower] = address_words(network);
    [family, upper, lower, u64::from(prefix)]
}

/// Whether an address in words lies in a network in words.
pub fn in_network(address: &[u64; ADDRESS_WORDS as usize], network: &[u64; NETWORK_WORDS as usize]) -> bool {
    let bits = |upper: u64, lower: u64| u128::from(upper) << 64 | u128::from(lower);
    let ([family, upper, lower], [of, net_upper, net_lower, prefix]) = (*address, *network);
    let unused = if family == 4 { 96 } else { 0 };
    let shift = 128u64.saturating_sub(prefix.saturating_add(unused));
    let differ = bits(upper, lower) ^ bits(net_upper, net_lower);
    family == of && differ.checked_shr(shift as u32).unwrap_or(0) == 0
}

/// Whether a network lies inside another, both in words.
pub fn network_in_network(inner: &[u64; NETWORK_WORDS as usize], outer: &[u64; NETWORK_WORDS as usize]) -> bool {
    let [family, upper, lower, prefix] = *inner;
    prefix >= outer[3] && in_network(&[family, upper, lower], outer)
}

/// The arcs of an object identifier as bytes that are equal exactly when the arcs are.
pub fn oid_bytes(arcs: &[u64]) -> Vec<u8> {
    arcs.iter().flat_map(|arc| arc.to_le_bytes()).collect()
}

/// A value of a type that sets can hold, as the bytes by which compiled code looks it up: those of its text, or of its words in memory, cut to the length of the
/// type.
pub fn element_bytes(schema: &Schema, ty: &Type, value: &Value) -> Vec<u8> {
    match value {
        Value::String(text) => text.as_bytes().to_vec(),
        Value::Bytes(bytes) => bytes.to_vec(),
        Value::Oid(arcs) => oid_bytes(arcs),
        _ => {
            let mut words = vec![0; size(schema, ty).unwrap_or(0) as usize];
            // Of these types none has text, so there is no heap to fill.
            let written = write(schema, ty, value, &mut words, &mut Vec::new());
            debug_assert!(written.is_ok());
            words.iter().flat_map(|word| word.to_le_bytes()).collect()
        }
    }
}

/// Puts text on the heap; gives the word that points to it.
#[inline(always)]
fn text_word(text: &[u8], heap: &mut Vec<u8>) -> Result<u64, HeapFull> {
    let (offset, length) = (heap.len(), text.len());
    // What ends within 32 bits begins and extends within them.
    u32::try_from(offset.saturating_add(length)).map_err(|_| HeapFull)?;
    heap.extend_from_slice(text);
    Ok(offset as u64 | (length as u64) << 32)
}

/// The heap is full: text beyond 4 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeapFull;

/// Writes a value of type `ty` at `words`, which is of its [`size`] and zero, and its text into `heap`.
///
/// The value must be of the type, as checking input ensures; anything else leaves zeros.
///
/// # Errors
/// [`HeapFull`] when the text does not fit.
pub fn write(schema: &Schema, ty: &Type, value: &Value, words: &mut [u64], heap: &mut Vec<u8>) -> Result<(), HeapFull> {
    match (ty, value) {
        (Type::Bool, Value::Bool(value)) => words[0] = u64::from(*value),
        (Type::Int, Value::Int(value))
        | (Type::Duration, Value::Duration(value))
        | (Type::Instant, Value::Instant(value)) => {
            words[0] = *value as u64;
        }
        (Type::Enum(_), Value::Case(_, case)) => words[0] = u64::from(*case),
        (Type::String, Value::String(text)) => words[0] = text_word(text.as_bytes(), heap)?,
        (Type::Bytes, Value::Bytes(bytes)) => words[0] = text_word(bytes, heap)?,
        (Type::Oid, Value::Oid(arcs)) => words[0] = text_word(&oid_bytes(arcs), heap)?,
        (Type::Set(element), Value::Set(values)) => {
            let elements = values.iter().map(|value| element_bytes(schema, element, value));
            words[0] = text_word(&SetTable::encode(elements).ok_or(HeapFull)?, heap)?;
        }
        (Type::FixedBytes(_) | Type::Digest(_), Value::Bytes(bytes)) => {
            let size = size(schema, ty).unwrap_or(0) as usize;
            for (word, bytes) in words[..size].iter_mut().zip(byte_words(bytes)) {
                *word = bytes;
            }
        }
        (Type::Tcb, Value::Tcb(tcb)) => words[..TCB_WORDS as usize].copy_from_slice(&tcb_words(tcb)),
        (Type::Version, Value::Version(numbers)) => words[..VERSION_WORDS as usize].copy_from_slice(numbers),
        (Type::IpAddr, Value::IpAddr(address)) => {
            words[..ADDRESS_WORDS as usize].copy_from_slice(&address_words(*address));
        }
        (Type::Cidr, Value::Cidr(network, prefix)) => {
            words[..NETWORK_WORDS as usize].copy_from_slice(&network_words(*network, *prefix));
        }
        (Type::Optional(_), Value::Absent) => {}
        (Type::Optional(inner), value) => {
            words[0] = 1;
            write(schema, inner, value, &mut words[1..], heap)?;
        }
        (Type::List(element, most), Value::List(values)) => {
            let stride = size(schema, element).unwrap_or(0) as usize;
            let values = &values[..values.len().min(*most as usize)];
            words[0] = values.len() as u64;
            for (at, value) in values.iter().enumerate() {
                write(schema, element, value, &mut words[1 + at * stride..][..stride], heap)?;
            }
        }
        (Type::Struct(id), Value::Struct(_, values)) => write_struct(schema, *id, values, words, heap)?,
        (Type::Union(alternatives), Value::Struct(id, values)) => {
            words[0] = u64::from(id.0);
            let offset = alternative_offset(schema, alternatives, *id) as usize;
            write_struct(schema, *id, values, &mut words[offset..], heap)?;
        }
        // Of no words, or not of the type.
        _ => {}
    }
    Ok(())
}

fn write_struct(
    schema: &Schema,
    id: StructId,
    values: &[Value],
    words: &mut [u64],
    heap: &mut Vec<u8>,
) -> Result<(), HeapFull> {
    let mut rest = words;
    for (field, value) in schema.structure(id).fields.iter().zip(values) {
        let (here, after) = rest.split_at_mut(size(schema, &field.ty).unwrap_or(0) as usize);
        write(schema, &field.ty, value, here, heap)?;
        rest = after;
    }
    Ok(())
}
