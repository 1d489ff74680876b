//! Tests: each kind of question, as code. Byte strings and text are in [`bytes`](super::bytes) and
//! [`text`](super::text), lists in [`count`](super::count).

use super::abi::{Context, Form};
use super::answer::Answer;
use super::body::{Body, TRUSTED};
use super::formula::place;
use super::helper::Helper;
use crate::ir::{Comparison, Constant, Element, Operand, Slot, TestId, TestKind};
use crate::layout::TCB_WORDS;
use crate::time::FOREVER;
use crate::types::ReferenceId;
use core::mem::offset_of;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};

/// The largest set that is compared one by one; beyond it, a search is shorter code and soon faster.
pub(super) const FEW: usize = 4;

impl Body<'_> {
    /// The answer to a test: looked up if it is shared, else found here.
    pub(super) fn test(&mut self, id: TestId) -> Answer {
        match self.plan.place(id) {
            Some(index) => {
                let tests = self.field(offset_of!(Context, tests));
                self.load(self.facts.test(id).nature, tests, place(index))
            }
            None => self.answer(id),
        }
    }

    /// Answers a shared test into its place.
    pub(super) fn shared_test(&mut self, index: u32, id: TestId) {
        let answer = self.answer(id);
        let tests = self.field(offset_of!(Context, tests));
        self.store(answer, tests, place(index));
    }

    fn answer(&mut self, id: TestId) -> Answer {
        let program = self.program;
        match &program.tests[id.0 as usize].kind {
            TestKind::Integer(comparison, left, right) => {
                let needed = references([(left, Form::Words(1)), (right, Form::Words(1))]);
                self.with_references(&needed, false, |body| {
                    let (left, right) = (body.integer(left), body.integer(right));
                    Answer::plain(body.builder.ins().icmp(condition(*comparison), left, right))
                })
            }
            TestKind::IntegerIn(slot, values) => Answer::plain(self.integer_in(*slot, values)),
            TestKind::Bytes(words, left, right) => {
                let needed = references([(left, Form::Words(*words)), (right, Form::Words(*words))]);
                self.with_references(&needed, false, |body| {
                    let (left, right) = (body.bytes(left), body.bytes(right));
                    Answer::plain(body.bytes_equal(*words, left, right))
                })
            }
            TestKind::BytesIn(slot, values) => Answer::plain(self.bytes_in(*slot, values)),
            TestKind::Text(left, right) => {
                let needed = references([(left, Form::Text), (right, Form::Text)]);
                self.with_references(&needed, false, |body| Answer::plain(body.text_equal(left, right)))
            }
            TestKind::TextIn(slot, values) => Answer::plain(self.text_in(*slot, values)),
            TestKind::TcbAtLeast(left, right) => {
                let needed = references([(left, Form::Words(TCB_WORDS)), (right, Form::Words(TCB_WORDS))]);
                self.with_references(&needed, false, |body| {
                    let (left, right) = (body.bytes(left), body.bytes(right));
                    Answer::plain(body.tcb_at_least(left, right))
                })
            }
            TestKind::InReference(operand, element, set) => self.in_reference(operand, *element, *set),
            TestKind::Age(comparison, since, bound) => {
                let needed = references([(bound, Form::Words(1))]);
                self.with_references(&needed, true, |body| {
                    let (since, bound) = (body.load_slot(*since), body.integer(bound));
                    body.age(*comparison, since, bound)
                })
            }
            TestKind::Count { list, condition, comparison, bound } => self.count(list, condition, *comparison, *bound),
        }
    }

    /// The word of an operand whose reference value is known to be loaded.
    fn integer(&mut self, operand: &Operand<i64>) -> Value {
        match operand {
            Operand::Constant(value) => self.word(*value),
            Operand::Slot(slot) => self.load_slot(*slot),
            Operand::Reference(reference) => {
                let data = self.reference_data(*reference);
                self.builder.ins().load(types::I64, TRUSTED, data, 0)
            }
        }
    }

    fn integer_in(&mut self, slot: Slot, values: &[i64]) -> Value {
        let word = self.load_slot(slot);
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
        // The shift is by the low six bits of the word; a word beyond 63 is ruled out beside it.
        let bit = self.builder.ins().ushr(mask, word);
        let bit = self.builder.ins().ireduce(types::I8, bit);
        let small = self.builder.ins().icmp_imm_u(IntCC::UnsignedLessThan, word, 64);
        self.builder.ins().band(small, bit)
    }

    fn in_reference(&mut self, operand: &Operand<Constant>, element: Element, set: ReferenceId) -> Answer {
        let words = match element {
            Element::Integer => Form::Words(1),
            Element::Bytes(words) => Form::Words(words),
            Element::Text => Form::Text,
            Element::Tcb => Form::Words(TCB_WORDS),
        };
        let mut needed = references([(operand, words)]);
        needed.push((set, Form::Set(element)));
        self.with_references(&needed, false, |body| {
            let (address, length) = body.element(operand, element);
            let set = body.reference_data(set);
            Answer::plain(body.call(Helper::InReference, &[set, address, length]))
        })
    }

    /// Where a value lies that may be an element of a set, and its length as [`Helper::InReference`] takes it.
    fn element(&mut self, operand: &Operand<Constant>, element: Element) -> (Value, Value) {
        let words = match element {
            Element::Text => {
                let text = match operand {
                    Operand::Constant(constant) => Operand::Constant(constant_text(constant)),
                    Operand::Slot(slot) => Operand::Slot(*slot),
                    Operand::Reference(reference) => Operand::Reference(*reference),
                };
                let text = self.text(&text);
                return (text.address, text.length);
            }
            Element::Integer => 1,
            Element::Bytes(words) => words,
            Element::Tcb => TCB_WORDS,
        };
        let address = match operand {
            Operand::Constant(constant) => {
                let place = self.constants.words(constant_words(constant));
                self.constant(place)
            }
            Operand::Slot(slot) => self.slot_address(*slot),
            Operand::Reference(reference) => self.reference_data(*reference),
        };
        (address, self.word(i64::from(words)))
    }

    /// [`truth::age_test`](crate::truth::age_test).
    fn age(&mut self, comparison: Comparison, since: Value, bound: Value) -> Answer {
        let now = self.field(offset_of!(Context, now));
        let never = self.word(FOREVER);

        let (elapsed, overflow) = self.builder.ins().ssub_overflow(now, since);
        let future = self.builder.ins().icmp(IntCC::SignedLessThan, now, since);
        let endless = self.builder.ins().bor(overflow, future);
        let age = self.builder.ins().select(endless, never, elapsed);
        let holds = self.builder.ins().icmp(condition(comparison), age, bound);

        let (sum, overflow) = self.builder.ins().sadd_overflow(since, bound);
        let negative = self.builder.ins().icmp_imm_s(IntCC::SignedLessThan, since, 0);
        let least = self.word(i64::MIN);
        let limit = self.builder.ins().select(negative, least, never);
        let mut flip = self.builder.ins().select(overflow, limit, sum);
        if matches!(comparison, Comparison::Le | Comparison::Gt) {
            // What wraps is not ahead, and so means never, as the greatest instant does.
            flip = self.builder.ins().iadd_imm_s(flip, 1);
        }
        let since = self.if_ahead(since, now, never);
        let flip = self.if_ahead(flip, now, never);
        Answer::until(holds, self.builder.ins().smin(since, flip))
    }

    /// An instant if it lies ahead, else never.
    fn if_ahead(&mut self, instant: Value, now: Value, never: Value) -> Value {
        let ahead = self.builder.ins().icmp(IntCC::SignedGreaterThan, instant, now);
        self.builder.ins().select(ahead, instant, never)
    }
}

/// The machine's word for a comparison.
pub(super) fn condition(comparison: Comparison) -> IntCC {
    match comparison {
        Comparison::Eq => IntCC::Equal,
        Comparison::Lt => IntCC::SignedLessThan,
        Comparison::Le => IntCC::SignedLessThanOrEqual,
        Comparison::Gt => IntCC::SignedGreaterThan,
        Comparison::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}

/// The reference values among operands, with the form each must have.
fn references<C, const N: usize>(operands: [(&Operand<C>, Form); N]) -> Vec<(ReferenceId, Form)> {
    let mut references = Vec::new();
    for (operand, form) in operands {
        if let Operand::Reference(reference) = operand {
            references.push((*reference, form));
        }
    }
    references
}

fn constant_words(constant: &Constant) -> Vec<u64> {
    match constant {
        Constant::Integer(value) => vec![*value as u64],
        Constant::Words(words) => words.to_vec(),
        Constant::Text(_) => Vec::new(),
    }
}

fn constant_text(constant: &Constant) -> Box<str> {
    match constant {
        Constant::Text(text) => text.clone(),
        Constant::Integer(_) | Constant::Words(_) => Box::default(),
    }
}
