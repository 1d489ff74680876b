//! One function while it is being made.

use super::abi::{COMPUTED_WORDS, Context, FrameParts};
use super::constants::Constants;
use super::facts::ProgramFacts;
use super::plan::Plan;
use crate::ir::{MAX_COUNT_DEPTH, Program, Scope, Slot};
use core::mem::offset_of;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, StackSlot, StackSlotData, StackSlotKind, Value, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::FunctionBuilder;

/// For accesses that are in bounds and aligned: whatever [`abi`](super::abi) promises of the context, at slots that
/// [`facts`](super::facts) checked.
pub(super) const TRUSTED: MemFlagsData = MemFlagsData::trusted();

/// For accesses of text, which are in bounds but not aligned.
pub(super) const TEXT: MemFlagsData = MemFlagsData::new().with_notrap();

/// Bytes of a word.
pub(super) const WORD: i32 = 8;

/// The alignment of a word, as a power of two.
const WORD_ALIGNMENT: u8 = WORD.ilog2() as u8;

/// The program, and what is known of it while one stage's functions are made.
#[derive(Clone, Copy)]
pub(super) struct Unit<'a> {
    pub(super) program: &'a Program,
    pub(super) facts: &'a ProgramFacts,
    pub(super) plan: &'a Plan,
    /// Whether the functions note when any test could change: those of the session do, whose answers are kept.
    pub(super) notes_changes: bool,
}

/// A function while it is being made: the current place in its code, and what it can reach from there.
pub(super) struct Body<'a> {
    pub(super) builder: FunctionBuilder<'a>,
    pub(super) program: &'a Program,
    pub(super) facts: &'a ProgramFacts,
    pub(super) plan: &'a Plan,
    pub(super) notes_changes: bool,
    pub(super) constants: &'a mut Constants,
    /// The function's argument, a pointer to the [`Context`].
    pub(super) context: Value,
    /// The current element of each list that is being walked, by its depth.
    pub(super) elements: [Option<CurrentElement>; MAX_COUNT_DEPTH as usize],
    /// The address of the row that is asked about.
    pub(super) row: Option<Value>,
    /// The stack slots made so far, of each [`Room`] on the stack.
    rooms: [Option<StackSlot>; 3],
}

/// The element at which the walk of a list stands.
#[derive(Clone, Copy)]
pub(super) struct CurrentElement {
    /// Its first word.
    pub(super) address: Value,
    /// The frame that the outermost list lies in, whose heap has the element's text.
    pub(super) frame: Scope,
}

/// Where something is written to be read again. What lies on the stack is used before the next test begins: so every test
/// uses the same slots, and a function needs little stack however much it asks.
#[derive(Clone, Copy)]
pub(super) enum Room {
    /// On the stack: until when a helper's answer holds.
    Until,
    /// On the stack: what is computed of a test's first value, a number or a digest.
    First,
    /// The same of its second.
    Second,
    /// At this address.
    At(Value),
}

impl<'a> Body<'a> {
    /// Begins a function with its entry block.
    pub(super) fn new(mut builder: FunctionBuilder<'a>, unit: Unit<'a>, constants: &'a mut Constants) -> Self {
        let entry = builder.create_block();
        builder.append_block_params_for_function_params(entry);
        builder.switch_to_block(entry);
        let context = builder.block_params(entry)[0];
        let Unit { program, facts, plan, notes_changes } = unit;
        Body {
            builder,
            program,
            facts,
            plan,
            notes_changes,
            constants,
            context,
            elements: [None; _],
            row: None,
            rooms: [None; 3],
        }
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
            Scope::Element(depth) => self.current_element(depth).address,
        }
    }

    /// The heap that holds the text of a frame, and its length in bytes.
    pub(super) fn heap(&mut self, frame: Scope) -> (Value, Value) {
        let parts = match frame {
            Scope::Session => offset_of!(Context, session),
            Scope::Call => offset_of!(Context, call),
            Scope::Element(depth) => {
                let outermost = self.current_element(depth).frame;
                return self.heap(outermost);
            }
        };
        (self.field(parts + offset_of!(FrameParts, heap)), self.field(parts + offset_of!(FrameParts, heap_length)))
    }

    /// The current element of the list that is walked at this depth.
    pub(super) fn current_element(&self, depth: u8) -> CurrentElement {
        self.elements[usize::from(depth)]
            .expect("the facts show that elements are read only while their list is walked")
    }

    /// The address of a room.
    pub(super) fn room(&mut self, room: Room) -> Value {
        let (index, words) = match room {
            Room::Until => (0, 1),
            Room::First => (1, COMPUTED_WORDS),
            Room::Second => (2, COMPUTED_WORDS),
            Room::At(address) => return address,
        };
        let slot = match self.rooms[index] {
            Some(slot) => slot,
            None => {
                let data = StackSlotData::new(StackSlotKind::ExplicitSlot, words * WORD as u32, WORD_ALIGNMENT);
                *self.rooms[index].insert(self.builder.create_sized_stack_slot(data))
            }
        };
        self.builder.ins().stack_addr(types::I64, slot, 0)
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
}
