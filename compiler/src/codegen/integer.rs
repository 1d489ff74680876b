//! Integers: words in frames, reference values or constants, and what is computed of them.

use super::body::{Body, TRUSTED};
use super::helper::Helper;
use super::test::FEW;
use crate::checked::Arithmetic;
use crate::ir::{Comparison, Integer};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

impl Body<'_> {
    /// The word of an integer whose reference values are known to be loaded.
    pub(super) fn integer(&mut self, integer: &Integer) -> Value {
        match integer {
            Integer::Constant(value) => self.word(*value),
            Integer::Slot(slot) => self.load_slot(*slot),
            Integer::Reference(reference) => {
                let data = self.reference_data(*reference);
                self.builder.ins().load(types::I64, TRUSTED, data, 0)
            }
            Integer::Row(column) => self.row_word(*column),
            Integer::Computed(arithmetic, left, right) => {
                let (left, right) = (self.integer(left), self.integer(right));
                match arithmetic {
                    Arithmetic::Add => self.builder.ins().iadd(left, right),
                    Arithmetic::Sub => self.builder.ins().isub(left, right),
                    Arithmetic::Mul => self.builder.ins().imul(left, right),
                }
            }
        }
    }

    /// Whether a word is one of these.
    pub(super) fn integer_in(&mut self, word: Value, values: &[i64]) -> Value {
        if values.iter().all(|value| (0..64).contains(value)) {
            return self.integer_in_mask(word, values);
        }
        if values.len() <= FEW {
            let no = self.builder.ins().iconst(types::I8, 0);
            return values.iter().fold(no, |found, &value| {
                let equal = self.builder.ins().icmp_imm_s(IntCC::Equal, word, value);
                self.builder.ins().bor(found, equal)
            });
        }
        let table = self.constants.words(values.iter().map(|&value| value as u64));
        let (table, count) = (self.constant(table), self.word(values.len() as i64));
        self.call(Helper::IntegerIn, &[word, table, count])
    }

    /// A set of small numbers, such as the cases of an enum, is a mask.
    fn integer_in_mask(&mut self, word: Value, values: &[i64]) -> Value {
        let mask = values.iter().fold(0u64, |mask, &value| mask | 1 << value);
        let mask = self.word(mask as i64);
        self.in_mask(word, mask)
    }

    /// Whether a word is the number of a bit that is set in a mask.
    pub(super) fn in_mask(&mut self, word: Value, mask: Value) -> Value {
        // The shift is by the low six bits of the word; a word beyond 63 is ruled out beside it.
        let bit = self.builder.ins().ushr(mask, word);
        let bit = self.builder.ins().ireduce(types::I8, bit);
        let small = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, word, 64);
        self.builder.ins().band(small, bit)
    }
}

/// The machine's word for a comparison of signed integers.
pub(super) fn signed(comparison: Comparison) -> IntCC {
    match comparison {
        Comparison::Eq => IntCC::Equal,
        Comparison::Lt => IntCC::SignedLessThan,
        Comparison::Le => IntCC::SignedLessThanOrEqual,
        Comparison::Gt => IntCC::SignedGreaterThan,
        Comparison::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}
