//! Values of a fixed number of words, such as digests, versions and `Tcb` vectors: in frames, reference values or
//! constants.

use super::body::{Body, TRUSTED, WORD};
use super::facts::TCB_TOP_BITS;
use super::helper::Helper;
use super::test::FEW;
use crate::ir::{Comparison, Words};
use crate::layout::TCB_WORDS;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

/// The longest value, in words, that is compared word by word: 64 bytes, as long as any digest.
pub(super) const FEW_WORDS: u32 = 8;

/// Words that are constant, or lie from an address on.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Constant(&'a [u64]),
    At(Value, i32),
}

impl Body<'_> {
    /// The words of a value whose reference value is known to be loaded.
    pub(super) fn words<'c>(&mut self, words: &'c Words) -> Source<'c> {
        match words {
            Words::Constant(words) => Source::Constant(words),
            Words::Slot(slot) => Source::At(self.base(slot.frame), slot.word as i32 * WORD),
            Words::Reference(reference) => Source::At(self.reference_data(*reference), 0),
            Words::Row(column) => {
                let (row, offset) = self.cell(*column);
                Source::At(row, offset)
            }
        }
    }

    /// One of the words.
    pub(super) fn nth(&mut self, source: Source<'_>, index: u32) -> Value {
        match source {
            Source::Constant(words) => self.word(words[index as usize] as i64),
            Source::At(base, offset) => {
                self.builder.ins().load(types::I64, TRUSTED, base, offset + index as i32 * WORD)
            }
        }
    }

    /// Where the words lie.
    pub(super) fn words_address(&mut self, source: Source<'_>) -> Value {
        match source {
            Source::Constant(words) => {
                let place = self.constants.words(words.iter().copied());
                self.constant(place)
            }
            Source::At(base, offset) => self.builder.ins().iadd_imm_u(base, i64::from(offset)),
        }
    }

    /// Whether two values of so many words are equal.
    pub(super) fn words_equal(&mut self, words: u32, left: Source<'_>, right: Source<'_>) -> Value {
        if words > FEW_WORDS {
            let (left, right) = (self.words_address(left), self.words_address(right));
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

    /// Whether a value is one of these.
    pub(super) fn words_in(&mut self, found: Source<'_>, values: &[Box<[u64]>]) -> Value {
        let words = values.first().map_or(0, |first| first.len() as u32);
        // A value of no words has no order to search by, but is never in a set of more than one.
        if words == 0 || (values.len() <= FEW && words <= FEW_WORDS) {
            let no = self.builder.ins().iconst(types::I8, 0);
            return values.iter().fold(no, |any, value| {
                let equal = self.words_equal(words, found, Source::Constant(value));
                self.builder.ins().bor(any, equal)
            });
        }
        let table = self.constants.words(values.iter().flatten().copied());
        let (found, table) = (self.words_address(found), self.constant(table));
        let (words, count) = (self.word(i64::from(words)), self.word(values.len() as i64));
        self.call(Helper::WordsIn, &[found, words, table, count])
    }

    /// Compares two values of so many words in order, the first weighing most: from the last word to the first, each
    /// decides unless it is equal.
    pub(super) fn words_in_order(
        &mut self,
        comparison: Comparison,
        words: u32,
        left: Source<'_>,
        right: Source<'_>,
    ) -> Value {
        let (decides, equal) = match comparison {
            Comparison::Lt => (IntCC::UnsignedLessThan, 0),
            Comparison::Le => (IntCC::UnsignedLessThan, 1),
            Comparison::Gt => (IntCC::UnsignedGreaterThan, 0),
            // The facts show that it is no comparison by equality.
            Comparison::Ge | Comparison::Eq => (IntCC::UnsignedGreaterThan, 1),
        };
        let mut holds = self.builder.ins().iconst(types::I8, equal);
        for index in (0..words).rev() {
            let (left, right) = (self.nth(left, index), self.nth(right, index));
            let here = self.builder.ins().icmp(decides, left, right);
            let same = self.builder.ins().icmp(IntCC::Equal, left, right);
            let behind = self.builder.ins().band(same, holds);
            holds = self.builder.ins().bor(here, behind);
        }
        holds
    }

    /// Whether each lane of one `Tcb` is at least that of another: with the top bit set in each lane of the first,
    /// the second can be subtracted without borrowing between lanes, and the bit stays where the lane is at least as
    /// great.
    pub(super) fn tcb_at_least(&mut self, left: Source<'_>, right: Source<'_>) -> Value {
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
