//! One bundle on both executions, asked together: whatever they are asked, they must give the same whole decision.

use atbac_engine::{
    Bundle, BundleError, Call, Decision, Execution, Fields, InputError, Memory, Session, SessionError, SourceFile, json,
};
use atbac_grammar::render::{Style, report};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};

/// A bundle on both executions.
pub struct Twins {
    /// Machine code.
    pub jit: Bundle,
    /// The reference interpreter.
    pub interpreter: Bundle,
}

/// A session open on both executions, each with its memory, which is used for every decision.
pub struct TwinSession {
    jit: (Session, Memory),
    interpreter: (Session, Memory),
}

/// A call for both.
pub struct TwinCall {
    jit: Call,
    interpreter: Call,
}

/// Opens a bundle that must compile.
pub fn open(files: &[SourceFile], execution: Execution) -> Bundle {
    Bundle::open(files.iter().cloned(), execution).unwrap_or_else(|error| match error {
        BundleError::Refused(refused) => {
            let drawn = refused.diagnostics.iter().map(|found| report(found, &refused.sources, Style::default()));
            panic!("{}", drawn.collect::<Vec<_>>().join("\n"))
        }
        BundleError::Jit(error) => panic!("{}: {error}", files[0].name),
    })
}

impl Twins {
    /// Opens a bundle that must compile on both executions.
    pub fn open(files: &[SourceFile]) -> Self {
        Twins { jit: open(files, Execution::Jit), interpreter: open(files, Execution::Interpreter) }
    }

    /// Puts reference values in force: an object of values by name.
    pub fn swap_references(&self, references: &Json) {
        let file = serde_json::json!({ "format": 1, "references": references }).to_string();
        for bundle in [&self.jit, &self.interpreter] {
            bundle.swap_references(bundle.read_references(file.as_bytes()).unwrap()).unwrap();
        }
    }

    /// Opens a session whose fields `gather` sets.
    ///
    /// # Errors
    /// What both executions refuse it for.
    pub fn open_session(
        &self,
        request: &str,
        at: Timestamp,
        gather: impl Fn(Fields) -> Result<Fields, InputError>,
    ) -> Result<TwinSession, SessionError> {
        let open = |bundle: &Bundle| {
            let fields = bundle.session_fields(request).and_then(&gather).map_err(SessionError::Input)?;
            let session = bundle.open_session(fields, at)?;
            let memory = session.memory();
            Ok((session, memory))
        };
        match (open(&self.jit), open(&self.interpreter)) {
            (Ok(jit), Ok(interpreter)) => Ok(TwinSession { jit, interpreter }),
            (Err(jit), Err(interpreter)) => {
                assert_eq!(jit, interpreter);
                Err(jit)
            }
            (jit, interpreter) => panic!("one execution opens it: {:?} against {:?}", jit.err(), interpreter.err()),
        }
    }
}

impl TwinSession {
    /// Makes a call whose fields `gather` sets.
    ///
    /// # Errors
    /// What both executions refuse it for.
    pub fn call(&self, gather: impl Fn(Fields) -> Result<Fields, InputError>) -> Result<TwinCall, InputError> {
        let call = |session: &Session| session.call(gather(session.call_fields())?);
        match (call(&self.jit.0), call(&self.interpreter.0)) {
            (Ok(jit), Ok(interpreter)) => Ok(TwinCall { jit, interpreter }),
            (Err(jit), Err(interpreter)) => {
                assert_eq!(jit, interpreter);
                Err(jit)
            }
            (jit, interpreter) => panic!("one execution takes it: {:?} against {:?}", jit.err(), interpreter.err()),
        }
    }

    /// Decides on both executions, which must agree on the whole decision, and gives it as JSON; of a denial, with its explanation.
    pub fn decide(&mut self, call: &TwinCall, at: Timestamp) -> Json {
        let (session, memory) = &mut self.jit;
        let jit = shown(session, &call.jit, at, memory);
        let (session, memory) = &mut self.interpreter;
        let interpreter = shown(session, &call.interpreter, at, memory);
        assert_eq!(jit, interpreter, "compiled code and interpreter disagree at {at}");
        interpreter
    }
}

fn shown(session: &Session, call: &Call, at: Timestamp, memory: &mut Memory) -> Json {
    let explanation = session.explain(call, at);
    let decision = session.decide(call, at, memory);
    let explanation = (!decision.is_permit()).then_some(&explanation);
    let mut shown = json::decision(session.bundle().schema(), &decision, explanation);
    shown["packages"] = packages(&decision);
    shown
}

/// The packages of the rules that determined a decision, which its JSON leaves out.
fn packages(decision: &Decision<'_>) -> Json {
    decision.rules().map(|rule| rule.package).collect()
}

/// Sets fields from an object, whatever provenance the policy declares for each. What is bound is so by the digest it states: the keys of recorded questions are gone.
///
/// # Errors
/// The first field that does not fit.
pub fn set_all(fields: Fields, values: &Map<String, Json>) -> Result<Fields, InputError> {
    values.iter().try_fold(fields, |fields, (name, value)| {
        let fields = fields.dangerous_any_provenance(name, value)?;
        let is_bound = fields.declared().fields.iter().any(|field| field.name == *name && field.bound_to.is_some());
        if is_bound { fields.dangerous_key_digest_at_its_word(name) } else { Ok(fields) }
    })
}
