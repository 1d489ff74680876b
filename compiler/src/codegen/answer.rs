//! Answers: truths over time, as values of the code that is being made.
//!
//! A truth is two bits: whether it is certainly true, and whether it is possibly true. *And* and *or* work on each
//! bit alone, *not* swaps and inverts them, and an indeterminate truth is one that is possible but not certain. A
//! truth that cannot be indeterminate uses one value for both bits; an answer that time does not change has no value
//! for *until*.

use super::body::{Body, TRUSTED};
use super::facts::Nature;
use crate::time::FOREVER;
use crate::truth::{Timed, Truth};
use core::mem::offset_of;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};

/// A truth and until when it holds.
#[derive(Clone, Copy)]
pub(super) struct Answer {
    /// 1 if certainly true, else 0; of 8 bits.
    pub(super) certain: Value,
    /// 1 if true or indeterminate, else 0; of 8 bits.
    pub(super) possible: Value,
    /// Until when it holds, of 64 bits; `None` for forever.
    pub(super) until: Option<Value>,
}

impl Answer {
    /// True (1) or false (0) forever.
    pub(super) fn plain(truth: Value) -> Self {
        Answer { certain: truth, possible: truth, until: None }
    }

    /// True (1) or false (0) for a time.
    pub(super) fn until(truth: Value, until: Value) -> Self {
        Answer { until: Some(until), ..Answer::plain(truth) }
    }

    /// Whether it may be indeterminate.
    pub(super) fn partial(self) -> bool {
        self.certain != self.possible
    }
}

/// A block in which several ways of finding an answer meet.
#[derive(Clone, Copy)]
pub(super) struct Meeting {
    block: Block,
    nature: Nature,
}

impl Body<'_> {
    /// An answer known now: true, false, or indeterminate, forever.
    pub(super) fn known(&mut self, truth: Truth) -> Answer {
        let yes = self.builder.ins().iconst(types::I8, 1);
        let no = self.builder.ins().iconst(types::I8, 0);
        match truth {
            Truth::False => Answer::plain(no),
            Truth::True => Answer::plain(yes),
            Truth::Indeterminate => Answer { certain: no, possible: yes, until: None },
        }
    }

    /// The opposite.
    pub(super) fn not(&mut self, answer: Answer) -> Answer {
        let certain = self.builder.ins().bxor_imm_u(answer.possible, 1);
        if !answer.partial() {
            return Answer { certain, possible: certain, until: answer.until };
        }
        let possible = self.builder.ins().bxor_imm_u(answer.certain, 1);
        Answer { certain, possible, until: answer.until }
    }

    /// A place where answers of this nature, or plainer ones, meet.
    pub(super) fn meeting(&mut self, nature: Nature) -> Meeting {
        let block = self.builder.create_block();
        self.builder.append_block_param(block, types::I8);
        if nature.partial {
            self.builder.append_block_param(block, types::I8);
        }
        if nature.timed {
            self.builder.append_block_param(block, types::I64);
        }
        Meeting { block, nature }
    }

    /// Ends the current block: takes the answer to the meeting.
    pub(super) fn meet(&mut self, meeting: Meeting, answer: Answer) {
        let mut arguments = vec![BlockArg::Value(answer.certain)];
        if meeting.nature.partial {
            arguments.push(BlockArg::Value(answer.possible));
        }
        if meeting.nature.timed {
            let until = self.until(answer);
            arguments.push(BlockArg::Value(until));
        }
        self.builder.ins().jump(meeting.block, &arguments);
    }

    /// Goes on where answers met, with the one that came.
    pub(super) fn met(&mut self, meeting: Meeting) -> Answer {
        self.builder.switch_to_block(meeting.block);
        let mut values = self.builder.block_params(meeting.block).iter().copied();
        let mut next = || values.next().expect("a meeting's block has a parameter for each part of its nature");
        let certain = next();
        let possible = if meeting.nature.partial { next() } else { certain };
        let until = meeting.nature.timed.then(next);
        Answer { certain, possible, until }
    }

    /// Until when an answer holds, as a value.
    pub(super) fn until(&mut self, answer: Answer) -> Value {
        answer.until.unwrap_or_else(|| self.builder.ins().iconst(types::I64, FOREVER))
    }

    /// Writes an answer as a [`Timed`].
    pub(super) fn store(&mut self, answer: Answer, address: Value, offset: i32) {
        let truth = if answer.partial() {
            // False 0, true 1, indeterminate 2, as `Truth` numbers them.
            let twice = self.builder.ins().iadd(answer.possible, answer.possible);
            self.builder.ins().isub(twice, answer.certain)
        } else {
            answer.certain
        };
        let until = self.until(answer);
        self.builder.ins().store(TRUSTED, truth, address, offset + offset_of!(Timed, truth) as i32);
        self.builder.ins().store(TRUSTED, until, address, offset + offset_of!(Timed, until) as i32);
    }

    /// Reads an answer that was written with this nature.
    pub(super) fn load(&mut self, nature: Nature, address: Value, offset: i32) -> Answer {
        let at = offset + offset_of!(Timed, truth) as i32;
        let truth = self.builder.ins().load(types::I8, TRUSTED, address, at);
        let until = nature.timed.then(|| {
            let at = offset + offset_of!(Timed, until) as i32;
            self.builder.ins().load(types::I64, TRUSTED, address, at)
        });
        Answer { until, ..self.truth(nature.partial, truth) }
    }

    /// The answer that a [`Truth`] as a number stands for, forever.
    pub(super) fn truth(&mut self, partial: bool, truth: Value) -> Answer {
        if !partial {
            return Answer::plain(truth);
        }
        let certain = self.builder.ins().icmp_imm_u(IntCC::Equal, truth, Truth::True as i64);
        let possible = self.builder.ins().icmp_imm_u(IntCC::NotEqual, truth, Truth::False as i64);
        Answer { certain, possible, until: None }
    }
}
