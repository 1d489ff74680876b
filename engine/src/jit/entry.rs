//! Calling compiled code safely.
//!
//! Nothing here trusts its arguments: frames must be of the program's own layouts, references of its own schema,
//! session values its own, and all room large enough. These are mistakes of the embedding program and not of any
//! input, so they panic.

use super::host::HELPERS;
use super::module::{Code, JitError};
use crate::references::ReferenceTable;
use atbac_compiler::codegen::Emitted;
use atbac_compiler::codegen::abi::{COMPUTED_WORDS, Context, ElementKey, FrameParts};
use atbac_compiler::fired::Fired;
use atbac_compiler::ir::Program;
use atbac_compiler::layout::{Frame, Layout};
use atbac_compiler::limits::Limits;
use atbac_compiler::time::FOREVER;
use atbac_compiler::truth::{Timed, Truth};
use atbac_compiler::types::Schema;
use atbac_grammar::syntax::Effect;
use core::cell::UnsafeCell;
use core::{ptr, slice};
use std::sync::Arc;

/// A program as machine code. Clones share the code, which is freed with the last of them.
#[derive(Clone)]
pub struct CompiledProgram {
    owner: Arc<Owner>,
}

/// What all handles to one compiled program share.
struct Owner {
    program: Arc<Program>,
    schema: Arc<Schema>,
    code: Code,
    /// How many answers of shared tests and of lists' elements the code writes, and how many keys of these.
    tests: usize,
    elements: usize,
    keys: usize,
    /// How many rules the code notes at most.
    rules: usize,
}

/// What a program found when its session opened, and until when.
#[derive(Clone)]
pub struct SessionValues {
    owner: Arc<Owner>,
    values: Box<[Timed]>,
    /// The first instant, in milliseconds, at which the answer to any test could change that they were found from.
    ///
    /// Until then, whoever asks again finds just the same. That is less than what the values say themselves: of two conditions that are false, one
    /// may change and leave the truth of both together as it is, and until when that truth then holds would be another.
    changes_at: i64,
}

/// The memory that decisions of one program work in, so that they allocate nothing. One is enough for a thread. The default is of no program.
pub struct Scratch {
    /// The program; none for a scratch that nothing can be decided in.
    owner: Option<Arc<Owner>>,
    /// What every call into the code is given alike, filled in once: the constants, the helpers and the rooms. The rest is of the last call.
    context: Context,
    /// What the context's pointers to rooms point to.
    _rooms: Rooms,
}

/// The memory that compiled code writes, of the sizes that its program needs.
///
/// It is written through the context's pointers only. Each room is behind an [`Arc`] because an `Arc`, unlike a `Box`, may be moved while others point
/// to what it holds.
struct Rooms {
    tests: Arc<[UnsafeCell<Timed>]>,
    elements: Arc<[UnsafeCell<Timed>]>,
    keys: Arc<[UnsafeCell<ElementKey>]>,
    fired: Arc<[UnsafeCell<Fired>]>,
}

/// What a decision found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome<'a> {
    fired: &'a [Fired],
    permit_until: i64,
    forbid_until: i64,
}

impl CompiledProgram {
    /// Compiles a program for the processor at hand; `schema` is the one it was made from.
    ///
    /// # Errors
    /// [`JitError`] if no code can be made of the program or for this processor, or the host forbids executable memory.
    pub fn compile(program: Arc<Program>, schema: Arc<Schema>) -> Result<Self, JitError> {
        Self::compile_within(program, schema, Limits::default().code_bytes)
    }

    /// The same, to at most so many bytes.
    ///
    /// # Errors
    /// As [`CompiledProgram::compile`], and if there is more code.
    ///
    /// # Panics
    /// If the program reads references that the schema does not have.
    pub fn compile_within(program: Arc<Program>, schema: Arc<Schema>, code_bytes: usize) -> Result<Self, JitError> {
        let (code, emitted) = Code::new(&program, code_bytes)?;
        let Emitted { tests, elements, keys, references, .. } = emitted;
        assert!(references <= schema.references.len(), "the program has references that its schema does not have");
        let rules = program.rule_count();
        let owner = Owner { program, schema, code, tests, elements, keys, rules };
        Ok(CompiledProgram { owner: Arc::new(owner) })
    }

    /// The program.
    pub fn program(&self) -> &Arc<Program> {
        &self.owner.program
    }

    /// Evaluates what is fixed for a session, at the clock `now` in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Panics
    /// As [`SessionValues::refresh`].
    pub fn session(
        &self,
        session: &Frame,
        references: &ReferenceTable,
        now: i64,
        scratch: &mut Scratch,
    ) -> SessionValues {
        let unknown = Timed { truth: Truth::Indeterminate, until: i64::MIN };
        let values = vec![unknown; self.owner.program.session_values.len()].into();
        let mut values = SessionValues { owner: Arc::clone(&self.owner), values, changes_at: i64::MIN };
        values.refresh(session, references, now, scratch);
        values
    }
}

impl SessionValues {
    /// Evaluates the values again, in place: for another session of the program, at another time, or with other references.
    ///
    /// # Panics
    /// If the frame is not of the program's session layout, the references are not of its schema, or the scratch was
    /// not made for it.
    pub fn refresh(&mut self, session: &Frame, references: &ReferenceTable, now: i64, scratch: &mut Scratch) {
        let values = self.values.as_mut_ptr();
        let context = scratch.context(&self.owner, session, references, now, values);
        context.call = FrameParts { words: ptr::null(), heap: ptr::null(), heap_length: 0 };
        context.changes_at = FOREVER;
        // SAFETY: `Scratch::context` checked everything that the contract with compiled code asks, and the borrows of
        // this function's arguments keep it so; the values are as many as the program's, as `CompiledProgram::session`
        // made them; the call frame is not read by functions of the session.
        unsafe { self.owner.code.session(context) };
        self.changes_at = context.changes_at;
    }

    /// Decides a call, at the clock `now` in milliseconds since 1970-01-01T00:00:00Z. The outcome stays in the scratch.
    ///
    /// The values are taken as they are: whoever calls must refresh them when their time is over.
    ///
    /// # Panics
    /// If a frame is not of the program's own layout, the references are not of its schema, or the scratch was not made
    /// for it.
    #[inline(always)]
    pub fn decide<'a>(
        &self,
        session: &Frame,
        call: &Frame,
        references: &ReferenceTable,
        now: i64,
        scratch: &'a mut Scratch,
    ) -> Outcome<'a> {
        let call = frame_parts(call, &self.owner.program.call).expect("the call frame is of another layout");
        // The functions of a decision only read the session values.
        let values = self.values.as_ptr().cast_mut();
        let context = scratch.context(&self.owner, session, references, now, values);
        context.call = call;
        context.fired_count = 0;
        context.permit_until = FOREVER;
        context.forbid_until = FOREVER;
        // SAFETY: `frame_parts` and `Scratch::context` checked everything that the contract with compiled code asks, and
        // the borrows of this function's arguments keep it so; the values are as many as the program's, as
        // `CompiledProgram::session` made them.
        unsafe { self.owner.code.decide(context) };
        let Context { fired, fired_count, permit_until, forbid_until, .. } = *context;
        let fired_count = fired_count as usize;
        assert!(fired_count <= self.owner.rules, "more rules fired than there are");
        // SAFETY: The room has as many rules as the program, which was just seen to be enough, all of them initialised.
        // Nothing but a later call into the code writes it, which needs the scratch that is borrowed for `'a`.
        let fired = unsafe { slice::from_raw_parts_mut(fired, fired_count) };
        // Rules of one shape are found together, whatever stands between them.
        if fired.len() > 1 {
            sort(fired);
        }
        Outcome { fired, permit_until, forbid_until }
    }

    /// The values, in the order of [`Program::session_values`].
    pub fn as_slice(&self) -> &[Timed] {
        &self.values
    }

    /// The first instant, in milliseconds, from which on they must be found again.
    pub fn changes_at(&self) -> i64 {
        self.changes_at
    }
}

/// A frame's memory, if the frame is of this layout. A frame always has the words of its layout.
#[inline(always)]
fn frame_parts(frame: &Frame, layout: &Arc<Layout>) -> Option<FrameParts> {
    Arc::ptr_eq(frame.layout(), layout).then(|| FrameParts {
        words: frame.words().as_ptr(),
        heap: frame.heap().as_ptr(),
        heap_length: frame.heap().len() as u64,
    })
}

/// Puts rules in the order of their numbers. They mostly are.
#[inline(never)]
fn sort(fired: &mut [Fired]) {
    if !fired.is_sorted() {
        fired.sort_unstable();
    }
}

impl Scratch {
    /// Memory for decisions of a program.
    pub fn new(program: &CompiledProgram) -> Self {
        let owner = &program.owner;
        let rooms = Rooms {
            tests: room(Timed::fixed(false), owner.tests),
            elements: room(Timed::fixed(false), owner.elements),
            keys: room(NO_KEY, owner.keys),
            fired: room(Fired::default(), owner.rules),
        };
        let context = Context { constants: owner.code.constants(), ..rooms.context() };
        Scratch { owner: Some(Arc::clone(owner)), context, _rooms: rooms }
    }

    /// The context of a call into the code of `owner`, with everything checked and filled in but the call frame and what the code counts up.
    /// `session_values` must point to as many as the program has.
    #[inline(always)]
    fn context(
        &mut self,
        owner: &Arc<Owner>,
        session: &Frame,
        references: &ReferenceTable,
        now: i64,
        session_values: *mut Timed,
    ) -> &mut Context {
        let is_own = self.owner.as_ref().is_some_and(|own| Arc::ptr_eq(own, owner));
        assert!(is_own, "the scratch was made for another program");
        assert!(Arc::ptr_eq(references.schema(), &owner.schema), "the references are of another schema");
        let session = frame_parts(session, &owner.program.session).expect("the session frame is of another layout");
        let context = &mut self.context;
        context.now = now;
        context.session = session;
        // As many as the schema has: none that the program reads is missing, as `CompiledProgram::compile_within` saw.
        context.references = references.compiled().entries().as_ptr();
        context.session_values = session_values;
        context
    }
}

impl Default for Scratch {
    fn default() -> Self {
        let rooms =
            Rooms { tests: Arc::default(), elements: Arc::default(), keys: Arc::default(), fired: Arc::default() };
        Scratch { owner: None, context: rooms.context(), _rooms: rooms }
    }
}

// SAFETY: The owner may be sent and shared, as the next lines have the compiler say. The context points into the rooms, which lie where they are whatever
// thread the scratch is on, and which nobody else has, but for rooms without a place in them; to the constants, which `owner` keeps and any thread may read;
// and to the helpers, which are static. What is left there of the last call is written anew before the next and is never read meanwhile.
unsafe impl Send for Scratch where Arc<Owner>: Send {}
// SAFETY: As above, and nothing can be done with a shared scratch.
unsafe impl Sync for Scratch where Arc<Owner>: Sync {}

impl Rooms {
    /// A context that has these rooms and nothing else.
    fn context(&self) -> Context {
        let nothing = FrameParts { words: ptr::null(), heap: ptr::null(), heap_length: 0 };
        Context {
            now: 0,
            session: nothing,
            call: nothing,
            references: ptr::null(),
            constants: ptr::null(),
            helpers: &HELPERS,
            session_values: ptr::null_mut(),
            tests: UnsafeCell::raw_get(self.tests.as_ptr()),
            elements: UnsafeCell::raw_get(self.elements.as_ptr()),
            keys: UnsafeCell::raw_get(self.keys.as_ptr()),
            fired: UnsafeCell::raw_get(self.fired.as_ptr()),
            fired_count: 0,
            permit_until: FOREVER,
            forbid_until: FOREVER,
            changes_at: FOREVER,
        }
    }
}

/// What is no key yet: no key is read but those that the same call into the code has written.
const NO_KEY: ElementKey = ElementKey { address: ptr::null(), length: 0, computed: [0; COMPUTED_WORDS as usize] };

/// Room for so many of these.
fn room<T: Copy>(value: T, count: usize) -> Arc<[UnsafeCell<T>]> {
    std::iter::repeat_n(value, count).map(UnsafeCell::new).collect()
}

impl<'a> Outcome<'a> {
    /// The rules whose condition is not false, in ascending order.
    #[inline]
    pub fn fired(&self) -> &'a [Fired] {
        self.fired
    }

    /// The first instant at which the condition of a rule with this effect could change if nothing but time passes,
    /// in milliseconds; [`FOREVER`] if none will.
    #[inline]
    pub fn until(&self, effect: Effect) -> i64 {
        match effect {
            Effect::Permit => self.permit_until,
            Effect::Forbid => self.forbid_until,
        }
    }
}
