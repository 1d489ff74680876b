//! Byte strings of any length, such as text: in heaps, reference values or constants, parts of words, and digests.

use super::abi::{digest_length, hash_code};
use super::body::{Body, Room, TEXT};
use super::helper::Helper;
use super::test::FEW;
use crate::checked::Part;
use crate::ir::{self, Slot};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Type, Value, types};

/// The longest byte string of known length that is compared by loads.
const SHORT: usize = 64;

/// A byte string.
#[derive(Clone, Copy)]
pub(super) enum Text<'c> {
    /// In the policy.
    Constant(&'c [u8]),
    /// In memory.
    At {
        /// Where it begins.
        address: Value,
        /// In bytes, of 64 bits.
        length: Value,
        /// The same if it is always so long.
        known: Option<u32>,
    },
}

impl Text<'_> {
    fn known_length(self) -> Option<usize> {
        match self {
            Text::Constant(bytes) => Some(bytes.len()),
            Text::At { known, .. } => known.map(|length| length as usize),
        }
    }
}

impl Body<'_> {
    /// A byte string whose reference values are known to be loaded. What is computed of it lies in the room.
    pub(super) fn text<'c>(&mut self, text: &'c ir::Text, room: Room) -> Text<'c> {
        match text {
            ir::Text::Constant(bytes) => Text::Constant(bytes),
            ir::Text::Slot(slot) => self.text_at(*slot),
            ir::Text::Reference(reference) => {
                let (address, length) = (self.reference_data(*reference), self.reference_length(*reference));
                Text::At { address, length, known: None }
            }
            ir::Text::Row(column) => self.row_text(*column),
            ir::Text::Part { of, skip, length, .. } => {
                let words = self.words(of);
                let begin = self.words_address(words);
                let address = self.builder.ins().iadd_imm_u(begin, i64::from(*skip));
                self.of_length(address, *length)
            }
            ir::Text::Hash(hash, of) => {
                let of = self.text(of, room);
                let (address, length) = (self.text_address(of), self.text_length(of));
                let (function, place) = (self.word(hash_code(*hash) as i64), self.room(room));
                self.call(Helper::Hash, &[function, address, length, place]);
                self.of_length(place, digest_length(*hash))
            }
            ir::Text::Slice { of, skip, length } => {
                let of = self.text(of, room);
                let begin = self.text_address(of);
                let address = self.builder.ins().iadd_imm_u(begin, i64::from(*skip));
                self.of_length(address, *length)
            }
        }
    }

    fn of_length(&mut self, address: Value, length: u32) -> Text<'static> {
        Text::At { address, length: self.word(i64::from(length)), known: Some(length) }
    }

    /// The byte string in a slot; empty if the slot does not point into its heap, so that no frame can make code read
    /// beyond it.
    pub(super) fn text_at(&mut self, slot: Slot) -> Text<'static> {
        let word = self.load_slot(slot);
        let (heap, heap_length) = self.heap(slot.frame);
        let offset = self.builder.ins().band_imm_u(word, 0xffff_ffff);
        let length = self.builder.ins().ushr_imm_u(word, 32);
        let end = self.builder.ins().iadd(offset, length);
        let inside = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, heap_length);
        let none = self.word(0);
        let offset = self.builder.ins().select(inside, offset, none);
        let length = self.builder.ins().select(inside, length, none);
        Text::At { address: self.builder.ins().iadd(heap, offset), length, known: None }
    }

    /// Where a byte string begins.
    pub(super) fn text_address(&mut self, text: Text<'_>) -> Value {
        match text {
            Text::Constant(bytes) => {
                let place = self.constants.text(bytes);
                self.constant(place)
            }
            Text::At { address, .. } => address,
        }
    }

    /// Its length in bytes.
    pub(super) fn text_length(&mut self, text: Text<'_>) -> Value {
        match text {
            Text::Constant(bytes) => self.word(bytes.len() as i64),
            Text::At { length, .. } => length,
        }
    }

    /// Whether two byte strings are equal.
    pub(super) fn text_equal(&mut self, left: Text<'_>, right: Text<'_>) -> Value {
        // The length of the second is known if that of one is.
        let (left, right) = if right.known_length().is_some() { (left, right) } else { (right, left) };
        match (left.known_length(), right.known_length()) {
            (Some(left), Some(right)) if left != right => return self.builder.ins().iconst(types::I8, 0),
            (Some(_), Some(_)) => {
                let address = self.text_address(left);
                return self.is_at(address, right);
            }
            (None, _) | (_, None) => {}
        }
        let (found, expected) = (self.text_length(left), self.text_length(right));
        let equal = self.builder.ins().icmp(IntCC::Equal, found, expected);
        if right.known_length() == Some(0) {
            return equal;
        }
        self.and_then(equal, |body| {
            let address = body.text_address(left);
            body.is_at(address, right)
        })
    }

    /// Whether a byte string is one of these.
    pub(super) fn text_in(&mut self, text: Text<'_>, values: &[Box<[u8]>]) -> Value {
        let table = if values.len() > FEW { self.constants.texts(values) } else { None };
        let Some(table) = table else {
            let no = self.builder.ins().iconst(types::I8, 0);
            return values.iter().fold(no, |found, value| {
                let equal = self.text_equal(text, Text::Constant(value));
                self.builder.ins().bor(found, equal)
            });
        };
        let (address, length) = (self.text_address(text), self.text_length(text));
        let (table, count) = (self.constant(table), self.word(values.len() as i64));
        self.call(Helper::TextIn, &[address, length, table, count])
    }

    /// Whether a byte string holds another.
    pub(super) fn holding(&mut self, part: Part, text: Text<'_>, held: Text<'_>) -> Value {
        let (address, length) = (self.text_address(text), self.text_length(text));
        let held_length = self.text_length(held);
        if part == Part::Anywhere {
            let held = self.text_address(held);
            return self.call(Helper::Holds, &[address, length, held, held_length]);
        }
        let fits = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, held_length, length);
        self.and_then(fits, |body| {
            let skip = if part == Part::End { body.builder.ins().isub(length, held_length) } else { body.word(0) };
            let address = body.builder.ins().iadd(address, skip);
            body.is_at(address, held)
        })
    }

    /// Whether a text has the form of a pattern.
    pub(super) fn matches(&mut self, text: Text<'_>, pattern: Text<'_>) -> Value {
        let arguments =
            [self.text_address(pattern), self.text_length(pattern), self.text_address(text), self.text_length(text)];
        self.call(Helper::Matches, &arguments)
    }

    /// Whether a byte string stands at an address, from which on at least as many bytes lie.
    fn is_at(&mut self, address: Value, text: Text<'_>) -> Value {
        match text.known_length() {
            Some(length) if length <= SHORT => {
                let mut difference = self.word(0);
                for (offset, ty) in loads(length) {
                    let (found, expected) = (self.part(ty, address, offset), self.part_of(ty, text, offset));
                    let differs = self.builder.ins().bxor(found, expected);
                    difference = self.builder.ins().bor(difference, differs);
                }
                self.builder.ins().icmp_imm_u(IntCC::Equal, difference, 0)
            }
            Some(_) | None => {
                let (expected, length) = (self.text_address(text), self.text_length(text));
                self.call(Helper::Equal, &[address, expected, length])
            }
        }
    }

    /// Some bytes from an address on, as a word.
    fn part(&mut self, ty: Type, address: Value, offset: usize) -> Value {
        let found = self.builder.ins().load(ty, TEXT, address, offset as i32);
        if ty == types::I64 { found } else { self.builder.ins().uextend(types::I64, found) }
    }

    /// Some bytes of a byte string that has them, as a word.
    fn part_of(&mut self, ty: Type, text: Text<'_>, offset: usize) -> Value {
        match text {
            Text::Constant(bytes) => {
                let mut expected = [0; 8];
                let length = ty.bytes() as usize;
                expected[..length].copy_from_slice(&bytes[offset..][..length]);
                self.word(i64::from_le_bytes(expected))
            }
            Text::At { address, .. } => self.part(ty, address, offset),
        }
    }

    /// Whether the first is so and then the second, which is only asked if the first is.
    fn and_then(&mut self, first: Value, second: impl FnOnce(&mut Self) -> Value) -> Value {
        let (ask, done) = (self.builder.create_block(), self.builder.create_block());
        let answer = self.builder.append_block_param(done, types::I8);
        self.builder.ins().brif(first, ask, &[], done, &[BlockArg::Value(first)]);
        self.builder.switch_to_block(ask);
        let second = second(self);
        self.builder.ins().jump(done, &[BlockArg::Value(second)]);
        self.builder.switch_to_block(done);
        answer
    }
}

/// The loads that together cover exactly so many bytes: the last may overlap the one before it, none goes beyond.
fn loads(length: usize) -> Vec<(usize, Type)> {
    let (size, ty) = match length {
        8.. => (8, types::I64),
        4..8 => (4, types::I32),
        2..4 => (2, types::I16),
        _ => (1, types::I8),
    };
    let mut loads: Vec<_> = (0..length / size).map(|index| (index * size, ty)).collect();
    if !length.is_multiple_of(size) {
        loads.push((length - size, ty));
    }
    loads
}

#[cfg(test)]
mod tests {
    use super::{SHORT, loads};

    #[test]
    fn loads_cover_every_byte_and_none_beyond() {
        for length in 0..=SHORT {
            let mut covered = vec![false; length];
            for (offset, ty) in loads(length) {
                // Indexing beyond the text would panic.
                covered[offset..offset + ty.bytes() as usize].fill(true);
            }
            assert_eq!(covered, vec![true; length]);
        }
    }
}
