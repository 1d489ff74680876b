//! Reference values: whether those that a test reads count at the clock, and until when that stays so.

use super::abi::{Context, Form, ReferenceEntry};
use super::answer::Answer;
use super::body::{Body, TRUSTED};
use super::facts::Nature;
use super::helper::Helper;
use crate::ir::{Element, Integer, Key, Set, Text, Words};
use crate::truth::Truth;
use crate::types::ReferenceId;
use core::mem::{offset_of, size_of};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};

/// The reference values that a test reads, with the form each must have.
#[derive(Default)]
pub(super) struct Needed(Vec<(ReferenceId, Form)>);

impl Needed {
    /// And those of an integer.
    pub(super) fn integer(self, integer: &Integer) -> Self {
        match integer {
            Integer::Constant(_) | Integer::Slot(_) | Integer::Row(_) => self,
            Integer::Reference(reference) => self.reference(*reference, Form::Words(1)),
            Integer::Computed(_, left, right) => self.integer(left).integer(right),
        }
    }

    /// And those of a value of so many words.
    pub(super) fn words(self, count: u32, words: &Words) -> Self {
        match words {
            Words::Constant(_) | Words::Slot(_) | Words::Row(_) => self,
            Words::Reference(reference) => self.reference(*reference, Form::Words(count)),
        }
    }

    /// And those of a byte string.
    pub(super) fn text(self, text: &Text) -> Self {
        match text {
            Text::Constant(_) | Text::Slot(_) | Text::Row(_) => self,
            Text::Reference(reference) => self.reference(*reference, Form::Text),
            Text::Part { of, words, .. } => self.words(*words, of),
            Text::Hash(_, of) | Text::Slice { of, .. } => self.text(of),
        }
    }

    /// And those of what may be in a set.
    pub(super) fn key(self, key: &Key) -> Self {
        match key {
            Key::Integer(integer) => self.integer(integer),
            Key::Words(count, words) => self.words(*count, words),
            Key::Text(text) => self.text(text),
        }
    }

    /// And a set of such elements.
    pub(super) fn set(self, set: &Set, element: Element) -> Self {
        match set {
            Set::Constant(_) | Set::Slot(_) => self,
            Set::Reference(reference) => self.reference(*reference, Form::Set(element)),
        }
    }

    /// And this one.
    pub(super) fn reference(mut self, reference: ReferenceId, form: Form) -> Self {
        if !self.0.contains(&(reference, form)) {
            self.0.push((reference, form));
        }
        self
    }

    /// Whether there is one whose time may begin or end.
    fn dated(&self) -> bool {
        self.0.iter().any(|(_, form)| !matches!(form, Form::Set(_)))
    }
}

impl Body<'_> {
    /// The data of a reference value that is known to be loaded.
    pub(super) fn reference_data(&mut self, reference: ReferenceId) -> Value {
        self.reference_field(reference, offset_of!(ReferenceEntry, data))
    }

    /// The length of a reference text that is known to be loaded.
    pub(super) fn reference_length(&mut self, reference: ReferenceId) -> Value {
        self.reference_field(reference, offset_of!(ReferenceEntry, length))
    }

    fn reference_field(&mut self, reference: ReferenceId, field: usize) -> Value {
        let entry = self.reference_entry(reference);
        self.builder.ins().load(types::I64, TRUSTED, entry, field as i32)
    }

    fn reference_entry(&mut self, reference: ReferenceId) -> Value {
        let references = self.field(offset_of!(Context, references));
        self.builder.ins().iadd_imm_u(references, (reference.index() * size_of::<ReferenceEntry>()) as i64)
    }

    /// An answer that needs these reference values: indeterminate if one of them cannot be used now. It holds no longer
    /// than until one of them begins or ceases to count, whichever it is.
    ///
    /// `timed` says whether `answer` gives an answer with an end.
    pub(super) fn with_references(
        &mut self,
        needed: &Needed,
        timed: bool,
        answer: impl FnOnce(&mut Self) -> Answer,
    ) -> Answer {
        if needed.0.is_empty() {
            return answer(self);
        }
        let meeting = self.meeting(Nature { partial: true, timed: timed || needed.dated() });
        let mut usable = self.builder.ins().iconst(types::I8, 1);
        let mut until = None;
        for &(reference, form) in &needed.0 {
            let found = self.reference_field(reference, offset_of!(ReferenceEntry, form));
            let mut here = self.builder.ins().icmp_imm_s(IntCC::Equal, found, form.code() as i64);
            if !matches!(form, Form::Set(_)) {
                let (counts, change) = self.window(reference);
                here = self.builder.ins().band(here, counts);
                until = Some(self.earliest(until, change));
            }
            usable = self.builder.ins().band(usable, here);
        }
        let (ask, missing) = (self.builder.create_block(), self.builder.create_block());
        self.builder.ins().brif(usable, ask, &[], missing, &[]);
        self.builder.switch_to_block(ask);
        let found = answer(self);
        let earliest = match (found.until, until) {
            (Some(end), until) => Some(self.earliest(until, end)),
            (None, until) => until,
        };
        self.meet(meeting, Answer { until: earliest, ..found });
        self.builder.switch_to_block(missing);
        let unknown = self.known(Truth::Indeterminate);
        self.meet(meeting, Answer { until, ..unknown });
        self.met(meeting)
    }

    /// Whether a reference value can be used: true, or else indeterminate.
    pub(super) fn loaded(&mut self, reference: ReferenceId) -> Answer {
        let (usable, until) = self.window(reference);
        let yes = self.builder.ins().iconst(types::I8, 1);
        Answer { certain: usable, possible: yes, until: Some(until) }
    }

    /// Whether a reference value counts now, and until when that stays so.
    fn window(&mut self, reference: ReferenceId) -> (Value, Value) {
        let (first, others) = (self.builder.create_block(), self.builder.create_block());
        let known = self.builder.create_block();
        let counts = self.builder.append_block_param(known, types::I8);
        let change = self.builder.append_block_param(known, types::I64);
        self.builder.set_cold_block(others);

        let now = self.field(offset_of!(Context, now));
        let until = self.reference_field(reference, offset_of!(ReferenceEntry, until));
        let not_over = self.builder.ins().icmp(IntCC::SignedLessThan, now, until);
        self.builder.ins().brif(not_over, first, &[], others, &[]);

        self.builder.switch_to_block(first);
        let from = self.reference_field(reference, offset_of!(ReferenceEntry, from));
        let begun = self.builder.ins().icmp(IntCC::SignedLessThanOrEqual, from, now);
        let next = self.builder.ins().select(begun, until, from);
        self.builder.ins().jump(known, &[BlockArg::Value(begun), BlockArg::Value(next)]);

        self.builder.switch_to_block(others);
        let entry = self.reference_entry(reference);
        let (counted, next) = self.call_timed(Helper::Window, &[entry]);
        self.builder.ins().jump(known, &[BlockArg::Value(counted), BlockArg::Value(next)]);

        self.builder.switch_to_block(known);
        (counts, change)
    }

    fn earliest(&mut self, first: Option<Value>, second: Value) -> Value {
        first.map_or(second, |first| self.builder.ins().smin(first, second))
    }
}
