//! Sessions and calls: what is fixed while an agent works, and what comes with each question.
//!
//! Opening a session proves its bindings and evaluates every condition that reads nothing of a call, together with the instant until which each is certain.
//! [`Session::decide`] uses those results while they hold. When their time is over or the reference values were swapped, it evaluates them again, in the caller's memory.

use crate::binding::{self, BindingError};
use crate::bundle::{Bundle, CachedReferences, Execution, InForce};
use crate::call::{Call, CallBuffer};
use crate::circumstances::Circumstances;
use crate::decision::{self, Decision, Until, conclude};
use crate::explanation::{Asked, Explanation, explain};
use crate::expression::{self, Evaluated};
use crate::fields::Fields;
use crate::input::{self, InputError};
use crate::inputs::Inputs;
use crate::jit::{Scratch, SessionValues};
use crate::prepared::Prepared;
use crate::story::{self, Story};
use atbac_compiler::interpret::{self, Findings, Question};
use atbac_compiler::pipeline::Refused;
use atbac_compiler::time::FOREVER;
use atbac_compiler::validity::Validity;
use atbac_grammar::syntax::{Effect, Stage};
use bumpalo::Bump;
use jiff::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A session: the fields that stay the same for all its calls, evaluated as far as they go.
pub struct Session {
    number: u64,
    bundle: Bundle,
    prepared: Arc<Prepared>,
    inputs: Inputs,
    /// What compiled code found at opening; none when the interpreter decides.
    found: Option<Found>,
}

/// The memory that decisions work in. Make one per thread and request type, and use it again.
pub struct Memory {
    prepared: Arc<Prepared>,
    /// The reference values of the last decision, from which its grant is read after others may have been put in force.
    references: CachedReferences,
    work: Work,
}

/// What one decision after the other is worked out in.
struct Work {
    scratch: Scratch,
    /// Session values found again because those of the session no longer hold: each session's at one place, by its number.
    renewed: Vec<Renewed>,
    findings: Findings,
    arena: Bump,
}

/// A session that cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// A field is missing or does not fit.
    #[error("{0}")]
    Input(InputError),
    /// A binding is not proven.
    #[error("{0}")]
    Binding(BindingError),
}

impl SessionError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            SessionError::Input(error) => error.code(),
            SessionError::Binding(error) => error.code(),
        }
    }
}

/// Session values, and the circumstances for which they hold.
#[derive(Clone)]
struct Found {
    values: SessionValues,
    /// The reference values: their generation.
    generation: u64,
    /// When they are certain and all evidence of the session counts.
    certain: Validity,
}

impl Found {
    #[inline]
    fn holds(&self, generation: u64, now: i64) -> bool {
        self.generation == generation && self.certain.holds(now)
    }
}

/// When values are certain that were found at `now`, in milliseconds, with evidence of this validity: an earlier clock may have other answers.
fn certain(values: &SessionValues, now: i64, evidence: Validity) -> Validity {
    Validity { from: now, until: values.changes_at() }.and(evidence)
}

/// Session values found again, and the number of the session whose they are.
struct Renewed {
    session: u64,
    found: Found,
}

/// For how many sessions a memory keeps values that it found again. When reference values change, all open sessions of a thread need them, one after the other.
const RENEWED_SESSIONS: usize = 64;

/// Numbers sessions, so that memory used by one is never mistaken for that of another.
static NEXT_SESSION: AtomicU64 = AtomicU64::new(0);

impl Session {
    pub(crate) fn open(bundle: Bundle, fields: Fields, now: Timestamp) -> Result<Self, SessionError> {
        let request = fields.request();
        if !Arc::ptr_eq(fields.schema(), bundle.schema()) || fields.stage() != Stage::Session {
            let message = "these are not the session fields of this bundle";
            return Err(SessionError::Input(InputError::new(input::TYPE, "", message)));
        }
        let prepared = bundle.prepared(request);
        let proofs = fields.proofs().clone();
        let inputs = Inputs::new(fields, prepared).map_err(SessionError::Input)?;
        binding::prove(bundle.schema(), bundle.schema().request(request), inputs.values(prepared), &proofs)
            .map_err(SessionError::Binding)?;
        let (execution, at) = (bundle.execution(), now.as_millisecond());
        let references = bundle.references();
        Ok(Session::with(&bundle, prepared, inputs, execution, &references, at))
    }

    /// A session over these values, whose bindings are taken for proven: a test states its question, it does not prove it.
    pub(crate) fn assume(
        fields: Fields,
        bundle: &Bundle,
        execution: Execution,
        references: &InForce,
        now: i64,
    ) -> Result<Self, InputError> {
        let prepared = bundle.prepared(fields.request());
        let inputs = Inputs::new(fields, prepared)?;
        Ok(Session::with(bundle, prepared, inputs, execution, references, now))
    }

    fn with(
        bundle: &Bundle,
        prepared: &Arc<Prepared>,
        inputs: Inputs,
        execution: Execution,
        references: &InForce,
        at: i64,
    ) -> Self {
        let number = NEXT_SESSION.fetch_add(1, Ordering::Relaxed);
        let compiled = match execution {
            Execution::Jit => prepared.compiled.as_ref(),
            Execution::Interpreter => None,
        };
        let found = compiled.map(|compiled| {
            let values = compiled.session(inputs.frame(), &references.table, at, &mut Scratch::new(compiled));
            Found { certain: certain(&values, at, inputs.validity()), values, generation: references.generation }
        });
        Session { number, bundle: bundle.clone(), prepared: Arc::clone(prepared), inputs, found }
    }

    /// The bundle it was opened with.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Memory for decisions of this session, for the thread that makes it.
    pub fn memory(&self) -> Memory {
        let prepared = &self.prepared;
        let scratch = prepared.compiled.as_ref().map(Scratch::new).unwrap_or_default();
        let findings = Findings {
            fired: Vec::with_capacity(prepared.rules.len()),
            permits_until: FOREVER,
            forbids_until: FOREVER,
        };
        let renewed = |found: &Found| Renewed { session: self.number, found: found.clone() };
        let renewed = self.found.iter().cycle().take(RENEWED_SESSIONS).map(renewed).collect();
        let work = Work { scratch, renewed, findings, arena: Bump::new() };
        let mut references = self.bundle.cached_references();
        // What a thread needs for looking at references is made at its first look: here, so that no decision allocates it.
        references.load();
        Memory { prepared: Arc::clone(prepared), references, work }
    }

    /// Whether the session was opened with simulated evidence, which anyone can sign: what it decides proves nothing.
    pub fn is_simulated(&self) -> bool {
        self.inputs.is_simulated()
    }

    /// Begins a call: gathers its fields.
    pub fn call_fields(&self) -> Fields {
        Fields::new(Arc::clone(&self.prepared.schema), self.prepared.id(), Stage::Call)
    }

    /// Makes a call of its fields.
    ///
    /// # Errors
    /// [`InputError`] when a field is missing, or the fields are those of another session's request.
    pub fn call(&self, fields: Fields) -> Result<Call, InputError> {
        let fits = Arc::ptr_eq(fields.schema(), &self.prepared.schema)
            && fields.request() == self.prepared.id()
            && fields.stage() == Stage::Call;
        if !fits {
            return Err(InputError::new(input::TYPE, "", "these are not the call fields of this session's request"));
        }
        Call::new(fields, &self.prepared)
    }

    /// A call to be filled again and again, without memory of its own for each.
    pub fn call_buffer(&self) -> CallBuffer {
        CallBuffer::new(&self.prepared)
    }

    /// Decides a call at the present time `now`, into the caller's memory. Allocates nothing, takes no lock and makes no system call.
    ///
    /// # Panics
    /// If the call or the memory was made for another bundle or request type: a mistake of the program, not of any input.
    // Where it is called, what the caller does not read of the decision need not be written.
    #[inline(always)]
    pub fn decide<'a>(&'a self, call: &'a Call, now: Timestamp, memory: &'a mut Memory) -> Decision<'a> {
        self.check_memory(memory);
        let Memory { references, work, .. } = memory;
        self.decide_in(references.load(), call, now.as_millisecond(), work)
    }

    /// Decides with these reference values.
    pub(crate) fn decide_with<'a>(
        &'a self,
        references: &'a InForce,
        call: &'a Call,
        now: i64,
        memory: &'a mut Memory,
    ) -> Decision<'a> {
        self.check_memory(memory);
        self.decide_in(references, call, now, &mut memory.work)
    }

    /// What nearly every decision needs, in line. All else is a function of its own.
    #[inline(always)]
    fn decide_in<'a>(&'a self, references: &'a InForce, call: &'a Call, now: i64, work: &'a mut Work) -> Decision<'a> {
        self.check_call(call);
        let circumstances = Circumstances { session: self, call, references, now };
        match &self.found {
            Some(found) if found.holds(references.generation, now) && call.inputs().validity().holds(now) => {
                self.run(&found.values, circumstances, &mut work.scratch)
            }
            Some(found) => self.run_renewed(found, circumstances, work),
            None => self.interpret(circumstances, work),
        }
    }

    /// Decides by machine code, with these session values.
    #[inline(always)]
    fn run<'a>(
        &self,
        values: &SessionValues,
        circumstances: Circumstances<'a>,
        scratch: &'a mut Scratch,
    ) -> Decision<'a> {
        let Circumstances { call, references, now, .. } = circumstances;
        let (session, inputs) = (self.inputs.frame(), call.inputs());
        let outcome = values.decide(session, inputs.frame(), &references.table, now, scratch);
        let until = Until {
            permits: outcome.until(Effect::Permit),
            forbids: outcome.until(Effect::Forbid),
            inputs: self.inputs.validity().until.min(inputs.validity().until),
        };
        conclude(circumstances, outcome.fired(), until)
    }

    /// Decides by machine code where the values found at opening do not hold: some evidence may be expired, and they are found again unless they were
    /// already.
    #[inline(never)]
    fn run_renewed<'a>(&self, found: &Found, circumstances: Circumstances<'a>, work: &'a mut Work) -> Decision<'a> {
        let Circumstances { references, now, .. } = circumstances;
        let validity = circumstances.validity();
        if !validity.holds(now) {
            return decision::invalid(circumstances, validity);
        }
        let Work { scratch, renewed, .. } = work;
        if renewed.is_empty() {
            renewed.push(Renewed { session: self.number, found: found.clone() });
        }
        let place = self.number as usize % renewed.len();
        let Renewed { session, found } = &mut renewed[place];
        if *session != self.number || !found.holds(references.generation, now) {
            // Until all is found again, the place is nobody's.
            found.certain = Validity { from: i64::MIN, until: i64::MIN };
            found.values.refresh(self.inputs.frame(), &references.table, now, scratch);
            found.certain = certain(&found.values, now, self.inputs.validity());
            found.generation = references.generation;
            *session = self.number;
        }
        self.run(&found.values, circumstances, scratch)
    }

    /// Decides by the reference interpreter.
    #[inline(never)]
    fn interpret<'a>(&self, circumstances: Circumstances<'a>, work: &'a mut Work) -> Decision<'a> {
        let validity = circumstances.validity();
        if !validity.holds(circumstances.now) {
            return decision::invalid(circumstances, validity);
        }
        let Work { findings, arena, .. } = work;
        arena.reset();
        interpret::evaluate(self.prepared.rules_of(self.bundle.policy()), &circumstances.question(), arena, findings);
        let until = Until { permits: findings.permits_until, forbids: findings.forbids_until, inputs: validity.until };
        conclude(circumstances, &findings.fired, until)
    }

    /// Explains why a call is not permitted at the time `now`, with the reference values in force. Slower than deciding, and allocates.
    ///
    /// # Panics
    /// As [`Session::decide`].
    pub fn explain(&self, call: &Call, now: Timestamp) -> Explanation {
        self.explain_with(&self.bundle.references(), call, now.as_millisecond())
    }

    /// Tells how a call is decided at the time `now`, rule by rule, with the reference values in force. Much slower than deciding, and allocates.
    ///
    /// # Panics
    /// As [`Session::decide`].
    pub fn tell(&self, call: &Call, now: Timestamp) -> Story<'_> {
        let references = self.bundle.references();
        let mut memory = self.memory();
        let decision = self.decide_with(&references, call, now.as_millisecond(), &mut memory);
        let question = self.whole_question(call, &references, now.as_millisecond());
        story::tell(&self.bundle, self.prepared.id(), &question, &decision)
    }

    /// What an expression comes to at the time `now`, with the values of this session and of a call, and the reference values in force.
    ///
    /// # Errors
    /// [`Refused`] where it is none, or states nothing about the session's request.
    ///
    /// # Panics
    /// If the call was made for another bundle or request type.
    pub fn evaluate(&self, call: Option<&Call>, expression: &str, now: Timestamp) -> Result<Evaluated, Refused> {
        let references = self.bundle.references();
        if let Some(call) = call {
            self.check_call(call);
        }
        let call = call.map_or(&[][..], |call| call.inputs().values(&self.prepared));
        let references = references.table.values();
        let question = Question { session: self.inputs.at_hand(), call, references, now: now.as_millisecond() };
        expression::evaluate(&self.bundle, self.prepared.id(), &question, expression)
    }

    /// Explains with these reference values.
    pub(crate) fn explain_with(&self, references: &InForce, call: &Call, now: i64) -> Explanation {
        let mut memory = self.memory();
        let decision = self.decide_with(references, call, now, &mut memory);
        let question = self.whole_question(call, references, now);
        let asked = Asked { bundle: &self.bundle, prepared: &self.prepared, table: &references.table, question };
        explain(asked, decision.verdict(), decision.rule_positions())
    }

    /// With every value of the call, also those that no decision reads as such.
    fn whole_question<'a>(&'a self, call: &'a Call, references: &'a InForce, now: i64) -> Question<'a> {
        let question = Circumstances { session: self, call, references, now }.question();
        Question { call: call.inputs().values(&self.prepared), ..question }
    }

    fn check_call(&self, call: &Call) {
        assert!(Arc::ptr_eq(call.prepared(), &self.prepared), "the call was made for another bundle or request type");
    }

    fn check_memory(&self, memory: &Memory) {
        assert!(
            Arc::ptr_eq(&memory.prepared, &self.prepared),
            "the memory was made for another bundle or request type"
        );
    }

    /// The values of its fields.
    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// What is kept of its request type.
    pub(crate) fn prepared(&self) -> &Arc<Prepared> {
        &self.prepared
    }
}
