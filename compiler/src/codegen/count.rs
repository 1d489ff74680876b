//! Counting the elements of a list.
//!
//! Where the condition is plain, a walk counts. Where an element's answer may be indeterminate or end, or elements count
//! once by a value, a walk writes the answers down, each depth of nesting to room of its own, and a helper compares.

use super::abi::{Context, ElementKey, comparison_code};
use super::answer::Answer;
use super::body::{Body, CurrentElement, Room, TRUSTED, WORD};
use super::facts::Nature;
use super::helper::Helper;
use super::integer::signed;
use super::reference::Needed;
use crate::ir::{Count, Key, List, Scope};
use crate::truth::Timed;
use core::mem::{offset_of, size_of};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};

impl Body<'_> {
    /// Compares the number of elements for which a condition is true with a bound.
    pub(super) fn count(&mut self, count: &Count) -> Answer {
        let nature = self.facts.formula(&count.condition).nature;
        self.with_references(&Needed::default().integer(&count.bound), nature.timed, |body| match &count.distinct {
            None if nature == Nature::default() => body.count_plain(count),
            distinct => body.count_answers(count, distinct.as_ref(), nature),
        })
    }

    fn count_plain(&mut self, count: &Count) -> Answer {
        let length = self.list_length(&count.list);
        let zero = self.word(0);
        let counted = self.walk(count, length, [zero], |body, [counted]| {
            let holds = body.formula(&count.condition).certain;
            let holds = body.builder.ins().uextend(types::I64, holds);
            [body.builder.ins().iadd(counted, holds)]
        });
        let bound = self.integer(&count.bound);
        Answer::plain(self.builder.ins().icmp(signed(count.comparison), counted[0], bound))
    }

    /// Writes the answer of each element, and its key, then lets a helper compare.
    fn count_answers(&mut self, count: &Count, distinct: Option<&Key>, nature: Nature) -> Answer {
        let length = self.list_length(&count.list);
        let room = self.facts.element_room(count.depth);
        let answers = self.field(offset_of!(Context, elements));
        let answers = self.builder.ins().iadd_imm_u(answers, (room.answers * size_of::<Timed>()) as i64);
        let keys = self.field(offset_of!(Context, keys));
        let keys = self.builder.ins().iadd_imm_u(keys, (room.keys * size_of::<ElementKey>()) as i64);
        self.walk(count, length, [answers, keys], |body, [answer_place, key_place]| {
            let answer = body.formula(&count.condition);
            body.store(answer, answer_place, 0);
            if let Some(key) = distinct {
                body.store_key(key, key_place);
            }
            [
                body.builder.ins().iadd_imm_u(answer_place, size_of::<Timed>() as i64),
                body.builder.ins().iadd_imm_u(key_place, size_of::<ElementKey>() as i64),
            ]
        });
        let comparison = self.word(comparison_code(count.comparison) as i64);
        let bound = self.integer(&count.bound);
        let until = self.room(Room::Until);
        let truth = match distinct {
            None => self.call(Helper::Count, &[answers, length, comparison, bound, until]),
            Some(_) => self.call(Helper::CountDistinct, &[answers, keys, length, comparison, bound, until]),
        };
        let until = nature.timed.then(|| self.builder.ins().load(types::I64, TRUSTED, until, 0));
        Answer { until, ..self.truth(nature.partial, truth) }
    }

    /// Writes the bytes by which an element counts once, as an [`ElementKey`].
    fn store_key(&mut self, key: &Key, place: Value) {
        let computed = self.builder.ins().iadd_imm_u(place, offset_of!(ElementKey, computed) as i64);
        let (address, length) = self.key(key, Room::At(computed));
        self.builder.ins().store(TRUSTED, address, place, offset_of!(ElementKey, address) as i32);
        self.builder.ins().store(TRUSTED, length, place, offset_of!(ElementKey, length) as i32);
    }

    /// The length of a list, at most its greatest.
    fn list_length(&mut self, list: &List) -> Value {
        let length = self.load_slot(list.slot);
        let most = self.word(i64::from(list.most));
        self.builder.ins().umin(length, most)
    }

    /// Goes through the first `length` elements with values that each step turns into the next; returns the last.
    ///
    /// A step is given the values, of 64 bits, and finds the element as the [current](Body::elements) one of its depth.
    fn walk<const N: usize>(
        &mut self,
        count: &Count,
        length: Value,
        first: [Value; N],
        step: impl FnOnce(&mut Self, [Value; N]) -> [Value; N],
    ) -> [Value; N] {
        let (head, walk, done) =
            (self.builder.create_block(), self.builder.create_block(), self.builder.create_block());
        let index = self.builder.append_block_param(head, types::I64);
        let values = first.map(|_| self.builder.append_block_param(head, types::I64));
        let list = &count.list;
        let list_address = self.slot_address(list.slot);
        let zero = self.word(0);
        self.go_on(head, zero, first);

        self.builder.switch_to_block(head);
        let more = self.builder.ins().icmp(IntCC::UnsignedLessThan, index, length);
        self.builder.ins().brif(more, walk, &[], done, &[]);

        self.builder.switch_to_block(walk);
        let offset = self.builder.ins().imul_imm_u(index, i64::from(list.stride) * i64::from(WORD));
        let address = self.builder.ins().iadd(list_address, offset);
        // The length comes first.
        let address = self.builder.ins().iadd_imm_u(address, i64::from(WORD));
        let frame = match list.slot.frame {
            Scope::Element(depth) => self.current_element(depth).frame,
            frame => frame,
        };
        let depth = usize::from(count.depth);
        let outer = self.elements[depth].replace(CurrentElement { address, frame });
        let next_values = step(self, values);
        self.elements[depth] = outer;
        let next_index = self.builder.ins().iadd_imm_u(index, 1);
        self.go_on(head, next_index, next_values);

        self.builder.switch_to_block(done);
        values
    }

    fn go_on<const N: usize>(&mut self, head: Block, index: Value, values: [Value; N]) {
        let arguments: Vec<_> = [index].into_iter().chain(values).map(BlockArg::Value).collect();
        self.builder.ins().jump(head, &arguments);
    }
}
