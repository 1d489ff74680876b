//! Byte strings of a fixed length, and `Tcb` vectors: words, in frames, reference values or constants.

use super::body::{Body, TRUSTED, WORD};
use super::facts::TCB_TOP_BITS;
use super::helper::Helper;
use super::test::FEW;
use crate::ir::{Operand, Slot};
use crate::layout::TCB_WORDS;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

/// The longest byte string, in words, that is compared word by word: 64 bytes, as long as any digest.
const FEW_WORDS: u32 = 8;

/// A byte string: words that are constant, or lie from an address on.
#[derive(Clone, Copy)]
pub(super) enum Bytes<'a> {
    Constant(&'a [u64]),
    At(Value, i32),
}

impl Body<'_> {
    /// The words of an operand whose reference value is known to be loaded.
    pub(super) fn bytes<'c>(&mut self, operand: &'c Operand<Box<[u64]>>) -> Bytes<'c> {
        match operand {
            Operand::Constant(words) => Bytes::Constant(words),
            Operand::Slot(slot) => self.bytes_at(*slot),
            Operand::Reference(reference) => Bytes::At(self.reference_data(*reference), 0),
        }
    }

    fn bytes_at(&mut self, slot: Slot) -> Bytes<'static> {
        Bytes::At(self.base(slot.frame), slot.word as i32 * WORD)
    }

    fn nth(&mut self, bytes: Bytes<'_>, index: u32) -> Value {
        match bytes {
            Bytes::Constant(words) => self.word(words[index as usize] as i64),
            Bytes::At(base, offset) => self.builder.ins().load(types::I64, TRUSTED, base, offset + index as i32 * WORD),
        }
    }

    fn address(&mut self, bytes: Bytes<'_>) -> Value {
        match bytes {
            Bytes::Constant(words) => {
                let place = self.constants.words(words.iter().copied());
                self.constant(place)
            }
            Bytes::At(base, offset) => self.builder.ins().iadd_imm_u(base, i64::from(offset)),
        }
    }

    /// Whether two byte strings of so many words are equal.
    pub(super) fn bytes_equal(&mut self, words: u32, left: Bytes<'_>, right: Bytes<'_>) -> Value {
        if words > FEW_WORDS {
            let (left, right) = (self.address(left), self.address(right));
            let length = self.word(i64::from(words) * i64::from(WORD));
            return self.call(Helper::Equal, &[left, right, length]);
        }
        let mut difference = self.word(0);
        for index in 0..words {
            let (left, right) = (self.nth(left, index), self.nth(right, index));
            let differs = self.builder.ins().bxor(left, right);
            difference = self.builder.ins().bor(difference, differs);
        }
        self.builder.ins().icmp_imm_u(IntCC::Equal, difference, 0)
    }

    /// Whether the byte string in a slot is one of these.
    pub(super) fn bytes_in(&mut self, slot: Slot, values: &[Box<[u64]>]) -> Value {
        let words = values.first().map_or(0, |first| first.len() as u32);
        let found = self.bytes_at(slot);
        // A string of no words has no order to search by, but is never in a set of more than one.
        if words == 0 || (values.len() <= FEW && words <= FEW_WORDS) {
            let no = self.builder.ins().iconst(types::I8, 0);
            return values.iter().fold(no, |any, value| {
                let equal = self.bytes_equal(words, found, Bytes::Constant(value));
                self.builder.ins().bor(any, equal)
            });
        }
        let table = self.constants.words(values.iter().flatten().copied());
        let (found, table) = (self.address(found), self.constant(table));
        let (words, count) = (self.word(i64::from(words)), self.word(values.len() as i64));
        self.call(Helper::BytesIn, &[found, words, table, count])
    }

    /// Whether each lane of one `Tcb` is at least that of another: with the top bit set in each lane of the first,
    /// the second can be subtracted without borrowing between lanes, and the bit stays where the lane is at least as
    /// great.
    pub(super) fn tcb_at_least(&mut self, left: Bytes<'_>, right: Bytes<'_>) -> Value {
        let top_bits = self.word(TCB_TOP_BITS as i64);
        let mut remaining = top_bits;
        for index in 0..TCB_WORDS {
            let (left, right) = (self.nth(left, index), self.nth(right, index));
            let raised = self.builder.ins().bor(left, top_bits);
            let difference = self.builder.ins().isub(raised, right);
            remaining = self.builder.ins().band(remaining, difference);
        }
        self.builder.ins().icmp(IntCC::Equal, remaining, top_bits)
    }
}
