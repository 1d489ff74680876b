//! Calls: the fields that come with one question.
//!
//! Three ways lead to one, from the most convenient to the fastest:
//!
//! - [`Session::call`](crate::Session::call) takes [`Fields`], each given by itself;
//! - a [`CallBuffer`] is filled again for each call, from JSON text, in one pass over it and without a tree in between,
//! - or from structs of the embedding program ([`typed`]), which are compared with the policy's types once. Both can give parts of the same call.

mod given;
mod json;
#[cfg(test)]
mod tests;
pub mod typed;

use crate::fields::{self, Fields};
use crate::input::{Evidence, InputError, MISSING, REPEATED};
use crate::inputs::Inputs;
use crate::prepared::Prepared;
use atbac_compiler::layout::{self, Slot};
use atbac_grammar::syntax::{Provenance, Stage};
use given::Given;
use json::Sources;
use std::mem;
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
    given: Given,
}

/// A call that is being filled. Every field is given once.
pub struct Filling<'c> {
    prepared: &'c Arc<Prepared>,
    frame: layout::Filling<'c>,
    given: &'c mut Given,
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
        CallBuffer { call, given: Given::none(&prepared.must_be_given) }
    }

    /// Makes the next call of what `put` gives.
    ///
    /// Allocates nothing once its memory is large enough, unless some grant computes with the call's fields, the call holds evidence, or the interpreter decides.
    ///
    /// # Errors
    /// Those of `put`; and [`InputError`] when a field is missing that must be there. The call before is gone then.
    #[inline]
    pub fn fill(&mut self, put: impl FnOnce(&mut Filling<'_>) -> Result<(), InputError>) -> Result<&Call, InputError> {
        let CallBuffer { call: Call { prepared, inputs }, given } = self;
        let prepared = &*prepared;
        given.begin_call();
        inputs.refill(prepared, |frame| {
            let frame = frame.filling(&prepared.schema, prepared.request());
            let mut filling = Filling { prepared, frame, given };
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
    #[inline(always)]
    pub fn fields<C: TypedCall>(&mut self, form: &CallForm<C>, call: &C) -> Result<(), InputError> {
        self.source(|filling| form.put(filling, call))
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

    /// What `give` gives is taken back unless all of it went well, also where it panics.
    #[inline(always)]
    fn source<E>(&mut self, give: impl FnOnce(&mut Self) -> Result<(), E>) -> Result<(), E> {
        self.given.begin_source();
        let source = Source(self);
        give(source.0)?;
        mem::forget(source);
        Ok(())
    }

    /// The place for a call field, by its position in the request.
    #[inline(always)]
    fn slot(&mut self, at: usize) -> Result<Slot<'_>, InputError> {
        let Filling { prepared, frame, given } = self;
        if !given.give(at) {
            return Err(repeated(prepared, at));
        }
        frame.field(at).ok_or_else(|| unknown(prepared, at))
    }

    #[inline(always)]
    fn complete(&self) -> Result<(), InputError> {
        if self.given.is_complete() { Ok(()) } else { Err(self.missing()) }
    }

    /// What is said of the first field that is missing.
    #[cold]
    fn missing(&self) -> InputError {
        missing(self.prepared, self.given.first_missing().unwrap_or(0))
    }
}

/// A source that is giving its fields, which are taken back when this is dropped.
struct Source<'a, 'c>(&'a mut Filling<'c>);

impl Drop for Source<'_, '_> {
    #[cold]
    fn drop(&mut self) {
        let Filling { frame, given, .. } = &mut *self.0;
        given.take_back(|at| frame.clear(at));
    }
}

#[cold]
fn missing(prepared: &Prepared, at: usize) -> InputError {
    InputError::new(MISSING, &prepared.request().fields[at].name, fields::missing(Stage::Call))
}

#[cold]
fn repeated(prepared: &Prepared, at: usize) -> InputError {
    let name = &prepared.request().fields[at].name;
    InputError::new(REPEATED, name, "given twice: each field of a call is given once")
}

#[cold]
fn unknown(prepared: &Prepared, at: usize) -> InputError {
    let declared = prepared.request();
    fields::unknown(declared, Stage::Call, &declared.fields[at].name)
}
