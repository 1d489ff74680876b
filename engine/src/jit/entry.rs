//! Calling compiled code safely.
//!
//! Nothing here trusts its arguments: frames must be of the program's own layouts, references of its own schema,
//! session values its own, and all room large enough. These are mistakes of the embedding program and not of any
//! input, so they panic.

use super::host::HELPERS;
use super::module::{Code, JitError};
use crate::references::ReferenceTable;
use atbac_compiler::codegen::Emitted;
use atbac_compiler::codegen::abi::{Context, ElementKey, FrameParts};
use atbac_compiler::fired::Fired;
use atbac_compiler::ir::Program;
use atbac_compiler::layout::{Frame, Layout};
use atbac_compiler::limits::Limits;
use atbac_compiler::time::FOREVER;
use atbac_compiler::truth::{Timed, Truth};
use atbac_compiler::types::Schema;
use atbac_grammar::syntax::Effect;
use core::ptr;
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
    /// How many reference values the code looks at.
    references: usize,
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
#[derive(Default)]
pub struct Scratch {
    /// The program. What follows has the room that it needs from [`Scratch::new`] on.
    owner: Option<Arc<Owner>>,
    tests: Box<[Timed]>,
    elements: Box<[Timed]>,
    keys: Box<[KeyRoom]>,
    fired: Box<[Fired]>,
}

/// Room for an [`ElementKey`]. It is kept as numbers, as a scratch may move to another thread: no key is read but those
/// that the same call into the code has written.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct KeyRoom([u64; size_of::<ElementKey>() / size_of::<u64>()]);

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
    pub fn compile_within(program: Arc<Program>, schema: Arc<Schema>, code_bytes: usize) -> Result<Self, JitError> {
        let (code, emitted) = Code::new(&program, code_bytes)?;
        let Emitted { tests, elements, keys, references, .. } = emitted;
        let rules = program.rule_count();
        let owner = Owner { program, schema, code, tests, elements, keys, references, rules };
        Ok(CompiledProgram { owner: Arc::new(owner) })
    }

    /// The program.
    pub fn program(&self) -> &Arc<Program> {
        &self.owner.program
    }

    /// Evaluates what is fixed for a session, at the clock `now` in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Panics
    /// If the frame is not of the program's session layout, the references are not of its schema, or the scratch was
    /// not made for it.
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
        self.refresh(session, references, now, scratch, &mut values);
        values
    }

    /// Evaluates the session values again, in place: at another time, or with other references.
    ///
    /// # Panics
    /// As [`CompiledProgram::session`], and if the values are of another program.
    pub fn refresh(
        &self,
        session: &Frame,
        references: &ReferenceTable,
        now: i64,
        scratch: &mut Scratch,
        values: &mut SessionValues,
    ) {
        self.check_values(values);
        let call = FrameParts { words: ptr::null(), heap: ptr::null(), heap_length: 0 };
        let mut context = self.context(session, call, references, now, scratch, values.values.as_mut_ptr());
        // SAFETY: `context` and `check_values` checked everything that the contract with compiled code asks, and the
        // borrows of this function's arguments keep it so; the call frame is not read by functions of the session.
        unsafe { self.owner.code.session(&mut context) };
        values.changes_at = context.changes_at;
    }

    /// Decides a call, at the clock `now` in milliseconds since 1970-01-01T00:00:00Z. The outcome stays in the scratch.
    ///
    /// The session values are taken as they are: whoever calls must refresh them when their time is over.
    ///
    /// # Panics
    /// If a frame is not of the program's own layout, the references are not of its schema, the values are not its
    /// own, or the scratch was not made for it.
    #[inline]
    pub fn decide<'a>(
        &self,
        session: &Frame,
        call: &Frame,
        references: &ReferenceTable,
        values: &SessionValues,
        now: i64,
        scratch: &'a mut Scratch,
    ) -> Outcome<'a> {
        self.check_values(values);
        let call = frame_parts(call, &self.owner.program.call).expect("the call frame is of another layout");
        // The functions of a decision only read the session values.
        let session_values = values.values.as_ptr().cast_mut();
        let mut context = self.context(session, call, references, now, scratch, session_values);
        // SAFETY: `frame_parts`, `context` and `check_values` checked everything that the contract with compiled code
        // asks, and the borrows of this function's arguments keep it so.
        unsafe { self.owner.code.decide(&mut context) };
        let Context { fired_count, permit_until, forbid_until, .. } = context;
        let fired = &mut scratch.fired[..fired_count as usize];
        // Rules of one shape are found together, whatever stands between them.
        if fired.len() > 1 {
            sort(fired);
        }
        Outcome { fired, permit_until, forbid_until }
    }

    /// The context of a call into the code, with everything checked but the call frame and the session values.
    #[inline(always)]
    fn context(
        &self,
        session: &Frame,
        call: FrameParts,
        references: &ReferenceTable,
        now: i64,
        scratch: &mut Scratch,
        session_values: *mut Timed,
    ) -> Context {
        let owner = &*self.owner;
        let session = frame_parts(session, &owner.program.session).expect("the session frame is of another layout");
        assert!(Arc::ptr_eq(references.schema(), &owner.schema), "the references are of another schema");
        let references = references.compiled().entries();
        assert!(references.len() >= owner.references, "the program has references that its schema does not have");
        assert!(scratch.is_of(&self.owner), "the scratch was made for another program");
        Context {
            now,
            session,
            call,
            references: references.as_ptr(),
            constants: owner.code.constants(),
            helpers: &HELPERS,
            session_values,
            tests: scratch.tests.as_mut_ptr(),
            elements: scratch.elements.as_mut_ptr(),
            keys: scratch.keys.as_mut_ptr().cast(),
            fired: scratch.fired.as_mut_ptr(),
            fired_count: 0,
            permit_until: FOREVER,
            forbid_until: FOREVER,
            changes_at: FOREVER,
        }
    }

    #[inline]
    fn check_values(&self, values: &SessionValues) {
        assert!(Arc::ptr_eq(&values.owner, &self.owner), "the session values are of another program");
    }
}

/// A frame's memory, if the frame is of this layout.
#[inline(always)]
fn frame_parts(frame: &Frame, layout: &Arc<Layout>) -> Option<FrameParts> {
    let fits = Arc::ptr_eq(frame.layout(), layout) && frame.words().len() >= layout.words as usize;
    fits.then(|| FrameParts {
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

impl SessionValues {
    /// The values, in the order of [`Program::session_values`].
    pub fn as_slice(&self) -> &[Timed] {
        &self.values
    }

    /// The first instant, in milliseconds, from which on they must be found again.
    pub fn changes_at(&self) -> i64 {
        self.changes_at
    }
}

impl Scratch {
    /// Memory for decisions of a program.
    pub fn new(program: &CompiledProgram) -> Self {
        let owner = &program.owner;
        Scratch {
            owner: Some(Arc::clone(owner)),
            tests: vec![Timed::fixed(false); owner.tests].into(),
            elements: vec![Timed::fixed(false); owner.elements].into(),
            keys: vec![KeyRoom::default(); owner.keys].into(),
            fired: vec![Fired::default(); owner.rules].into(),
        }
    }

    #[inline]
    fn is_of(&self, owner: &Arc<Owner>) -> bool {
        self.owner.as_ref().is_some_and(|own| Arc::ptr_eq(own, owner))
    }
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
