//! Text: of any length, in heaps, reference values or constants.

use super::body::{Body, TEXT};
use super::helper::Helper;
use super::test::FEW;
use crate::ir::{Operand, Slot};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Type, Value, types};

/// The longest constant, in bytes, that is compared by loads and immediates.
const SHORT: usize = 64;

/// A text in memory.
#[derive(Clone, Copy)]
pub(super) struct Text {
    pub(super) address: Value,
    /// In bytes, of 64 bits.
    pub(super) length: Value,
}

impl Body<'_> {
    /// The text of an operand whose reference value is known to be loaded.
    pub(super) fn text(&mut self, operand: &Operand<Box<str>>) -> Text {
        match operand {
            Operand::Constant(text) => {
                let place = self.constants.text(text);
                Text { address: self.constant(place), length: self.word(text.len() as i64) }
            }
            Operand::Slot(slot) => self.text_at(*slot),
            Operand::Reference(reference) => {
                Text { address: self.reference_data(*reference), length: self.reference_length(*reference) }
            }
        }
    }

    /// The text in a slot; empty if the slot does not point into its heap, so that no frame can make code read beyond
    /// it.
    fn text_at(&mut self, slot: Slot) -> Text {
        let word = self.load_slot(slot);
        let (heap, heap_length) = self.heap(slot.frame);
        let offset = self.builder.ins().band_imm_u(word, 0xffff_ffff);
        let length = self.builder.ins().ushr_imm_u(word, 32);
        let end = self.builder.ins().iadd(offset, length);
        let inside = self.builder.ins().icmp(IntCC::UnsignedLessThanOrEqual, end, heap_length);
        let none = self.word(0);
        let offset = self.builder.ins().select(inside, offset, none);
        let length = self.builder.ins().select(inside, length, none);
        Text { address: self.builder.ins().iadd(heap, offset), length }
    }

    /// Whether two texts are equal.
    pub(super) fn text_equal(&mut self, left: &Operand<Box<str>>, right: &Operand<Box<str>>) -> Value {
        match (left, right) {
            (Operand::Constant(constant), other) | (other, Operand::Constant(constant)) => {
                let text = self.text(other);
                self.equals_constant(text, constant)
            }
            (Operand::Slot(_) | Operand::Reference(_), Operand::Slot(_) | Operand::Reference(_)) => {
                let (left, right) = (self.text(left), self.text(right));
                let equal = self.builder.ins().icmp(IntCC::Equal, left.length, right.length);
                self.and_then(equal, |body| body.call(Helper::Equal, &[left.address, right.address, left.length]))
            }
        }
    }

    /// Whether the text in a slot is one of these.
    pub(super) fn text_in(&mut self, slot: Slot, values: &[Box<str>]) -> Value {
        let text = self.text_at(slot);
        let table = if values.len() > FEW { self.constants.texts(values) } else { None };
        let Some(table) = table else {
            let no = self.builder.ins().iconst(types::I8, 0);
            return values.iter().fold(no, |found, value| {
                let equal = self.equals_constant(text, value);
                self.builder.ins().bor(found, equal)
            });
        };
        let (table, count) = (self.constant(table), self.word(values.len() as i64));
        self.call(Helper::TextIn, &[text.address, text.length, table, count])
    }

    fn equals_constant(&mut self, text: Text, constant: &str) -> Value {
        let equal = self.builder.ins().icmp_imm_u(IntCC::Equal, text.length, constant.len() as i64);
        if constant.is_empty() {
            return equal;
        }
        self.and_then(equal, |body| {
            if constant.len() <= SHORT {
                return body.equals_bytes(text.address, constant.as_bytes());
            }
            let place = body.constants.text(constant);
            let constant = body.constant(place);
            body.call(Helper::Equal, &[text.address, constant, text.length])
        })
    }

    /// Whether the bytes from an address on, where at least as many lie, are these.
    fn equals_bytes(&mut self, address: Value, bytes: &[u8]) -> Value {
        let mut difference = self.word(0);
        for (offset, ty) in loads(bytes.len()) {
            let found = self.builder.ins().load(ty, TEXT, address, offset as i32);
            let found = if ty == types::I64 { found } else { self.builder.ins().uextend(types::I64, found) };
            let mut expected = [0; 8];
            let length = ty.bytes() as usize;
            expected[..length].copy_from_slice(&bytes[offset..][..length]);
            let expected = self.word(i64::from_le_bytes(expected));
            let differs = self.builder.ins().bxor(found, expected);
            difference = self.builder.ins().bor(difference, differs);
        }
        self.builder.ins().icmp_imm_u(IntCC::Equal, difference, 0)
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

/// The loads that together cover exactly so many bytes, one or more: the last may overlap the one before it, none
/// goes beyond.
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
        for length in 1..=SHORT {
            let mut covered = vec![false; length];
            for (offset, ty) in loads(length) {
                // Indexing beyond the text would panic.
                covered[offset..offset + ty.bytes() as usize].fill(true);
            }
            assert_eq!(covered, vec![true; length]);
        }
    }
}
