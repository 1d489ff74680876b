//! One function while it is being made.

use super::abi::{Context, Form, FrameParts, ReferenceEntry};
use super::answer::Answer;
use super::constants::Constants;
use super::facts::{Nature, ProgramFacts};
use super::plan::Plan;
use crate::ir::{List, Program, Scope, Slot};
use crate::truth::Truth;
use crate::types::ReferenceId;
use core::mem::{offset_of, size_of};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;

/// For accesses that are in bounds and aligned: whatever [`abi`](super::abi) promises of the context, at slots that
/// [`facts`](super::facts) checked.
pub(super) const TRUSTED: MemFlagsData = MemFlagsData::trusted();

/// For accesses of text, which are in bounds but not aligned.
pub(super) const TEXT: MemFlagsData = MemFlagsData::new().with_notrap();

/// Bytes of a word.
pub(super) const WORD: i32 = 8;

/// The program, and what is known of it while one stage's functions are made.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a> {
    pub(super) program: &'a Program,
    pub(super) facts: &'a ProgramFacts,
    pub(super) plan: &'a Plan,
}

/// A function while it is being made: the current place in its code, and what it can reach from there.
pub(super) struct Body<'a> {
    pub(super) builder: FunctionBuilder<'a>,
    pub(super) program: &'a Program,
    pub(super) facts: &'a ProgramFacts,
    pub(super) plan: &'a Plan,
    pub(super) constants: &'a mut Constants,
    /// The function's argument, a pointer to the [`Context`].
    pub(super) context: Value,
    /// The current element, while a list is walked.
    pub(super) element: Option<CurrentElement>,
}

/// The element at which the walk of a list stands.
#[derive(Clone, Copy)]
pub(super) struct CurrentElement {
    /// Its first word.
    pub(super) address: Value,
    /// The frame that the list lies in, whose heap has the element's text.
    pub(super) frame: Scope,
}

impl<'a> Body<'a> {
    /// Begins a function with its entry block.
    pub(super) fn new(mut builder: FunctionBuilder<'a>, unit: Unit<'a>, constants: &'a mut Constants) -> Self {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let context = builder.block_params(entry)[0];
        let Unit { program, facts, plan } = unit;
        Body { builder, program, facts, plan, constants, context, element: None }
    }

    /// Ends the function.
    pub(super) fn finish(mut self) -> FunctionBuilder<'a> {
        self.builder.ins().return_(&[]);
        self.builder.seal_all_blocks();
        self.builder
    }

    /// The calling convention of the function and of the helpers.
    pub(super) fn call_conv(&self) -> CallConv {
        self.builder.func.signature.call_conv
    }

    /// A field of the context, of 64 bits.
    pub(super) fn field(&mut self, offset: usize) -> Value {
        self.builder.ins().load(types::I64, TRUSTED, self.context, offset as i32)
    }

    /// A constant word.
    pub(super) fn word(&mut self, word: i64) -> Value {
        self.builder.ins().iconst(types::I64, word)
    }

    /// The address of something in the program's constants.
    pub(super) fn constant(&mut self, offset: usize) -> Value {
        let constants = self.field(offset_of!(Context, constants));
        self.builder.ins().iadd_imm_u(constants, offset as i64)
    }

    /// The memory in which a slot lies: its address is this plus the slot's word.
    pub(super) fn base(&mut self, frame: Scope) -> Value {
        match frame {
            Scope::Session => self.field(offset_of!(Context, session) + offset_of!(FrameParts, words)),
            Scope::Call => self.field(offset_of!(Context, call) + offset_of!(FrameParts, words)),
            Scope::Element => self.current_element().address,
        }
    }

    /// The heap that holds the text of a frame, and its length in bytes.
    pub(super) fn heap(&mut self, frame: Scope) -> (Value, Value) {
        let parts = match frame {
            Scope::Session => offset_of!(Context, session),
            Scope::Call => offset_of!(Context, call),
            Scope::Element => {
                let list = self.current_element().frame;
                return self.heap(list);
            }
        };
        (self.field(parts + offset_of!(FrameParts, heap)), self.field(parts + offset_of!(FrameParts, heap_length)))
    }

    fn current_element(&self) -> CurrentElement {
        self.element.expect("the facts show that elements are read only while their list is walked")
    }

    /// The word in a slot.
    pub(super) fn load_slot(&mut self, slot: Slot) -> Value {
        let base = self.base(slot.frame);
        self.builder.ins().load(types::I64, TRUSTED, base, slot.word as i32 * WORD)
    }

    /// The address of a slot.
    pub(super) fn slot_address(&mut self, slot: Slot) -> Value {
        let base = self.base(slot.frame);
        self.builder.ins().iadd_imm_u(base, i64::from(slot.word) * i64::from(WORD))
    }

    /// The length of a list, at most its greatest.
    pub(super) fn list_length(&mut self, list: &List) -> Value {
        let length = self.load_slot(list.slot);
        let most = self.word(i64::from(list.most));
        self.builder.ins().umin(length, most)
    }

    /// The data of a reference value that is known to be loaded.
    pub(super) fn reference_data(&mut self, reference: ReferenceId) -> Value {
        self.reference_field(reference, offset_of!(ReferenceEntry, data))
    }

    /// The length of a reference text that is known to be loaded.
    pub(super) fn reference_length(&mut self, reference: ReferenceId) -> Value {
        self.reference_field(reference, offset_of!(ReferenceEntry, length))
    }

    fn reference_field(&mut self, reference: ReferenceId, field: usize) -> Value {
        let references = self.field(offset_of!(Context, references));
        let offset = reference.index() * size_of::<ReferenceEntry>() + field;
        self.builder.ins().load(types::I64, TRUSTED, references, offset as i32)
    }

    /// An answer that needs these reference values in these forms: indeterminate forever if one is not loaded.
    ///
    /// `timed` says whether `answer` gives an answer with an end.
    pub(super) fn with_references(
        &mut self,
        needed: &[(ReferenceId, Form)],
        timed: bool,
        answer: impl FnOnce(&mut Self) -> Answer,
    ) -> Answer {
        if needed.is_empty() {
            return answer(self);
        }
        let meeting = self.meeting(Nature { partial: true, timed });
        let missing = self.builder.create_block();
        for &(reference, form) in needed {
            let found = self.reference_field(reference, offset_of!(ReferenceEntry, form));
            let loaded = self.builder.ins().icmp_imm_s(IntCC::Equal, found, form.code() as i64);
            let next = self.builder.create_block();
            self.builder.ins().brif(loaded, next, &[], missing, &[]);
            self.builder.switch_to_block(next);
        }
        let answer = answer(self);
        self.meet(meeting, answer);
        self.builder.switch_to_block(missing);
        let answer = self.known(Truth::Indeterminate);
        self.meet(meeting, answer);
        self.met(meeting)
    }
}
