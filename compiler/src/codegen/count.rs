//! Counting the elements of a list.

use super::abi::{Context, comparison_code};
use super::answer::Answer;
use super::body::{Body, CurrentElement, TRUSTED, WORD};
use super::facts::Nature;
use super::helper::Helper;
use super::test::condition as comparison_condition;
use crate::ir::{Comparison, Formula, List};
use crate::truth::Timed;
use core::mem::{offset_of, size_of};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, StackSlotData, StackSlotKind, Value, types};

/// The alignment of a word, as a power of two.
const WORD_ALIGNMENT: u8 = WORD.ilog2() as u8;

impl Body<'_> {
    /// Compares the number of elements for which a condition is true with a bound.
    pub(super) fn count(&mut self, list: &List, condition: &Formula, comparison: Comparison, bound: i64) -> Answer {
        let nature = self.facts.formula(condition).nature;
        if nature == Nature::default() {
            let count = self.count_plain(list, condition);
            let condition = comparison_condition(comparison);
            return Answer::plain(self.builder.ins().icmp_imm_s(condition, count, bound));
        }
        let length = self.list_length(list);
        self.answer_elements(list, length, condition);
        self.compare_elements(length, comparison, bound, nature)
    }

    /// Counts the elements for which a plain condition is true.
    fn count_plain(&mut self, list: &List, condition: &Formula) -> Value {
        let length = self.list_length(list);
        let zero = self.word(0);
        self.walk(list, length, zero, |body, count| {
            let holds = body.formula(condition).certain;
            let holds = body.builder.ins().uextend(types::I64, holds);
            body.builder.ins().iadd(count, holds)
        })
    }

    /// Writes the answer of each element to the context's `elements`.
    fn answer_elements(&mut self, list: &List, length: Value, condition: &Formula) {
        let elements = self.field(offset_of!(Context, elements));
        self.walk(list, length, elements, |body, place| {
            let answer = body.formula(condition);
            body.store(answer, place, 0);
            body.builder.ins().iadd_imm_u(place, size_of::<Timed>() as i64)
        });
    }

    /// Lets [`truth::count`](crate::truth::count) compare the answers that were written.
    fn compare_elements(&mut self, length: Value, comparison: Comparison, bound: i64, nature: Nature) -> Answer {
        let elements = self.field(offset_of!(Context, elements));
        let until = StackSlotData::new(StackSlotKind::ExplicitSlot, WORD as u32, WORD_ALIGNMENT);
        let until = self.builder.create_sized_stack_slot(until);
        let address = self.builder.ins().stack_addr(types::I64, until, 0);
        let (comparison, bound) = (self.word(comparison_code(comparison) as i64), self.word(bound));
        let truth = self.call(Helper::Count, &[elements, length, comparison, bound, address]);
        let until = nature.timed.then(|| self.builder.ins().load(types::I64, TRUSTED, address, 0));
        Answer { until, ..self.truth(nature.partial, truth) }
    }

    /// Goes through the first `length` elements with a value that each step turns into the next; returns the last.
    ///
    /// A step is given the value, of 64 bits, and finds the element as the [current](Body::element) one.
    fn walk(
        &mut self,
        list: &List,
        length: Value,
        first: Value,
        step: impl FnOnce(&mut Self, Value) -> Value,
    ) -> Value {
        let (head, walk, done) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        let index = self.builder.append_block_param(head, types::I64);
        let value = self.builder.append_block_param(head, types::I64);
        let list_address = self.slot_address(list.slot);
        let zero = self.word(0);
        self.builder.ins().jump(head, &[BlockArg::Value(zero), BlockArg::Value(first)]);

        self.builder.switch_to_block(head);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, index, length);
        self.builder.ins().brif(more, walk, &[], done, &[]);

        self.builder.switch_to_block(walk);
        let offset = self.builder.ins().imul_imm_u(index, i64::from(list.stride) * i64::from(WORD));
        let address = self.builder.ins().iadd(list_address, offset);
        // The length comes first.
        let address = self.builder.ins().iadd_imm_u(address, i64::from(WORD));
        let outer = self.element.replace(CurrentElement { address, frame: list.slot.frame });
        let next_value = step(self, value);
        self.element = outer;
        let next_index = self.builder.ins().iadd_imm_u(index, 1);
        self.builder.ins().jump(head, &[BlockArg::Value(next_index), BlockArg::Value(next_value)]);

        self.builder.switch_to_block(done);
        value
    }
}
