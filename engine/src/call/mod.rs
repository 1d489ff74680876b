//! Calls: the fields that come with one question.
//!
//! Three ways lead to one, from the most convenient to the fastest:
//!
//! - [`Session::call`](crate::Session::call) takes [`Fields`], each given by itself;
//! - a [`CallBuffer`] is filled again for each call, from JSON text, in one pass over it and without a tree in between,
//! - or from structs of the embedding program ([`typed`]), which are compared with the policy's types once. Both can give parts of the same call.

mod json;
#[cfg(test)]
mod tests;
pub mod typed;

use crate::fields::{self, Fields};
use crate::input::{Evidence, InputError, MISSING, REPEATED};
use crate::inputs::Inputs;
use crate::prepared::Prepared;
use atbac_compiler::layout::{self, Slot};
use atbac_compiler::types::{Request, RequestId, Schema};
use atbac_grammar::syntax::{Provenance, Stage};
use json::Sources;
use std::sync::Arc;
use typed::{CallForm, TypedCall};

/// A call. It belongs to its session's request type, not to the session.
pub struct Call {
    prepared: Arc<Prepared>,
    inputs: Inputs,
}

/// The memory of calls, one after the other. Make one per thread and request type, and use it again.
pub struct CallBuffer {
    call: Call,
    /// For each field of the request, which source gave it to this call, counted from 1; 0 for none.
    given: Vec<u32>,
}

/// A call that is being filled. Every field is given once.
pub struct Filling<'c> {
    schema: &'c Arc<Schema>,
    declared: &'c Request,
    request: RequestId,
    frame: layout::Filling<'c>,
    given: &'c mut [u32],
    /// The source that is being read.
    source: u32,
}

impl Call {
    pub(crate) fn new(fields: Fields, prepared: &Arc<Prepared>) -> Result<Self, InputError> {
        Ok(Call { inputs: Inputs::new(fields, prepared)?, prepared: Arc::clone(prepared) })
    }

    pub(crate) fn prepared(&self) -> &Arc<Prepared> {
        &self.prepared
    }

    pub(crate) fn inputs(&self) -> &Inputs {
        &self.inputs
    }
}

impl CallBuffer {
    pub(crate) fn new(prepared: &Arc<Prepared>) -> Self {
        let call = Call { prepared: Arc::clone(prepared), inputs: Inputs::of_empty_call(prepared) };
        CallBuffer { call, given: vec![0; prepared.request().fields.len()] }
    }

    /// Makes the next call of what `put` gives.
    ///
    /// Allocates nothing once its memory is large enough, unless some grant computes with the call's fields, the call holds evidence, or the interpreter decides.
    ///
    /// # Errors
    /// Those of `put`; and [`InputError`] when a field is missing that must be there. The call before is gone then.
    pub fn fill(&mut self, put: impl FnOnce(&mut Filling<'_>) -> Result<(), InputError>) -> Result<&Call, InputError> {
        let CallBuffer { call: Call { prepared, inputs }, given } = self;
        given.fill(0);
        inputs.refill(prepared, |frame| {
            let (schema, declared) = (&prepared.schema, prepared.request());
            let frame = frame.filling(schema, declared);
            let mut filling = Filling { schema, declared, request: prepared.id(), frame, given, source: 0 };
            put(&mut filling)?;
            filling.complete()
        })?;
        Ok(&self.call)
    }
}

impl Filling<'_> {
    /// Gives the fields that a struct has, in the form that [`Bundle::call_form`](crate::Bundle::call_form) compared with this request.
    ///
    /// # Errors
    /// [`InputError`] for a value that does not fit, a field that was given already, or a form of another request.
    pub fn fields<C: TypedCall>(&mut self, form: &CallForm<C>, call: &C) -> Result<(), InputError> {
        self.source += 1;
        let put = form.put(self, call);
        if put.is_err() {
            self.take_back();
        }
        put
    }

    /// Gives `asserted` fields: what the caller says, as a JSON object. A field that the policy declares otherwise is refused.
    ///
    /// # Errors
    /// [`InputError`] for text that is no JSON object, and for what does not fit the request.
    pub fn asserted(&mut self, json: &[u8]) -> Result<(), InputError> {
        json::put(self, Sources { provenance: Some(Provenance::Asserted), evidence: Evidence::OfTheDeployment }, json)
    }

    /// Gives `local` fields: what the embedding service itself knows, as a JSON object.
    ///
    /// # Errors
    /// As [`Filling::asserted`].
    pub fn local(&mut self, json: &[u8]) -> Result<(), InputError> {
        json::put(self, Sources { provenance: Some(Provenance::Local), evidence: Evidence::OfTheDeployment }, json)
    }

    /// Gives `authenticated` fields: statements whose signatures the caller of this function has verified, as a JSON object. See
    /// [`Fields::authenticated`].
    ///
    /// # Errors
    /// As [`Filling::asserted`].
    pub fn authenticated(&mut self, json: &[u8]) -> Result<(), InputError> {
        let provenance = Some(Provenance::Authenticated);
        json::put(self, Sources { provenance, evidence: Evidence::OfTheDeployment }, json)
    }

    /// Gives fields of any provenance but `attested`, on the word of whoever calls this. See [`Fields::dangerous_any_provenance`]: never with JSON that comes from
    /// an agent.
    ///
    /// # Errors
    /// As [`Filling::asserted`].
    pub fn dangerous_any_provenance(&mut self, json: &[u8]) -> Result<(), InputError> {
        json::put(self, Sources { provenance: None, evidence: Evidence::DangerousAny }, json)
    }

    /// The place for a call field, by its position in the request.
    fn slot(&mut self, at: usize) -> Result<Slot<'_>, InputError> {
        let name = &self.declared.fields[at].name;
        if self.given[at] != 0 {
            return Err(InputError::new(REPEATED, name, "given twice: each field of a call is given once"));
        }
        self.given[at] = self.source;
        self.frame.field(at).ok_or_else(|| fields::unknown(self.declared, Stage::Call, name))
    }

    /// Takes back what the present source gave.
    fn take_back(&mut self) {
        for at in 0..self.given.len() {
            if self.given[at] == self.source {
                self.given[at] = 0;
                self.frame.clear(at);
            }
        }
    }

    fn complete(&self) -> Result<(), InputError> {
        for (field, given) in self.declared.fields.iter().zip(self.given.iter()) {
            if field.stage == Stage::Call && *given == 0 && !fields::may_be_left_out(self.schema, &field.ty) {
                return Err(InputError::new(MISSING, &field.name, fields::missing(Stage::Call)));
            }
        }
        Ok(())
    }
}
