//! Calls from structs of the embedding program.
//!
//! ```text
//! #[derive(Call)]
//! struct ToolCall<'a> {
//!     #[atbac(asserted)]
//!     tool: &'a str,
//!     #[atbac(local)]
//!     approved: bool,
//! }
//!
//! let form = bundle.call_form::<ToolCall>("Call")?;     // once: names, types and provenances are compared with the policy's
//! let mut buffer = session.call_buffer();               // once per thread
//! let call = buffer.fill(|call| call.fields(&form, &ToolCall { tool, approved }))?;
//! let decision = session.decide(call, now, &mut memory);
//! ```
//!
//! | a field of the program | is given to a field of the policy |
//! |---|---|
//! | `bool` | `Bool` |
//! | `i64`, `u64`, and integers that are smaller | `Int` |
//! | `&str`, `String` | `String`; a case of an enum, by name; and any other type that JSON writes as text ([`crate::input`]), in that form |
//! | `&[u8]`, `Vec<u8>`, `[u8; N]` | `Bytes`, `Bytes<N>`, `Digest<N>` |
//! | [`Timestamp`] | `Instant` |
//! | [`SignedDuration`] | `Duration` |
//! | [`IpAddr`] | `IpAddr` |
//! | [`Tcb`] | `Tcb` |
//! | `&[T]`, `Vec<T>` | `[T; N]`, `Set<T>` |
//! | `Option<T>` | `T?` |
//! | a struct with `#[derive(Record)]` | a record, or evidence that services of the deployment make |
//!
//! Any other type of the program is given as one of these: see [`CallValue`]. No field is empty and counts as given, also where the traits are written by hand: a value is
//! given only by writing it, and whatever failed fails the call, by an error that was dropped too.
//!
//! [`Timestamp`]: jiff::Timestamp
//! [`SignedDuration`]: jiff::SignedDuration
//! [`IpAddr`]: std::net::IpAddr
//! [`Tcb`]: atbac_compiler::value::Tcb

mod record;
mod value;

pub use record::{RecordPlaces, TypedRecord, put_record, record_fits};
pub use value::{CallValue, Fits, Slot, Written};
// Named by the code that is derived.
pub use atbac_compiler::types::{Schema, Type};

use super::given::FieldSet;
use super::{Filling, missing, repeated};
use crate::bundle::Bundle;
use crate::fields;
use crate::input::{self, InputError};
use crate::prepared::Prepared;
use atbac_compiler::layout::{Selected, Selection};
use atbac_compiler::types::RequestField;
use atbac_grammar::syntax::{Provenance, Stage};
use std::marker::PhantomData;
use std::sync::Arc;

/// A struct whose fields are fields of a call. Derive it: `#[derive(Call)]`, with the provenance of each field as `#[atbac(asserted)]`, `#[atbac(local)]` or
/// `#[atbac(authenticated)]`. Evidence is not given so: it enters by [`Fields`](crate::Fields), verified.
pub trait TypedCall {
    /// The fields, in the order in which [`TypedCall::put`] gives them.
    fn fields() -> Vec<FieldForm>;

    /// Gives each field.
    ///
    /// # Errors
    /// [`InputError`] for the first that does not fit.
    fn put(&self, places: &mut Places<'_, '_>) -> Result<(), InputError>;
}

/// A field of a [`TypedCall`], before it is compared with a policy.
pub struct FieldForm {
    name: &'static str,
    provenance: Provenance,
    fits: Fits,
}

impl FieldForm {
    /// What the caller says.
    pub fn asserted<T: CallValue + ?Sized>(name: &'static str) -> Self {
        FieldForm { name, provenance: Provenance::Asserted, fits: T::fits }
    }

    /// What the embedding service itself knows.
    pub fn local<T: CallValue + ?Sized>(name: &'static str) -> Self {
        FieldForm { name, provenance: Provenance::Local, fits: T::fits }
    }

    /// A statement whose signature the embedding program has verified; see [`Fields::authenticated`](crate::Fields::authenticated).
    pub fn authenticated<T: CallValue + ?Sized>(name: &'static str) -> Self {
        FieldForm { name, provenance: Provenance::Authenticated, fits: T::fits }
    }
}

/// A [`TypedCall`] compared with a request of a bundle: each field is there, of a type that fits, and of the provenance that the policy declares.
pub struct CallForm<C> {
    prepared: Arc<Prepared>,
    /// For each field of the struct, its position in the request.
    positions: Vec<usize>,
    /// The same fields, as a set.
    set: FieldSet,
    /// Their places in the frame of a call.
    selection: Selection,
    /// A form of structs that borrow is one for any that they borrow from.
    of: PhantomData<fn() -> C>,
}

impl Bundle {
    /// Compares a struct of the embedding program with the call fields of a request type. The struct need not have all of them: others may come from JSON. A name that
    /// two packages declare is written `package.Name`.
    ///
    /// # Errors
    /// [`InputError`] when no package declares the request, and for the first field that the request does not have, or of another type or provenance, or
    /// that the struct has twice.
    pub fn call_form<C: TypedCall>(&self, request: &str) -> Result<CallForm<C>, InputError> {
        let request = self.request(request)?;
        let (schema, declared) = (self.schema(), self.schema().request(request));
        let prepared = self.prepared(request);
        let mut set = FieldSet::default();
        let position = |form: FieldForm| {
            let found = declared.fields.iter().enumerate();
            let mut found = found.filter(|(_, field)| field.stage == Stage::Call && field.name == form.name);
            let Some((at, field)) = found.next() else {
                return Err(fields::unknown(declared, Stage::Call, form.name));
            };
            if field.provenance != form.provenance {
                return Err(fields::of_another_provenance(field, form.provenance));
            }
            (form.fits)(schema, &field.ty).map_err(|unfit| unfit.inside(form.name))?;
            // Whatever the value says of itself.
            if schema.holds_evidence_that(&field.ty, &|kind| !input::is_of_the_deployment(&kind.verifier)) {
                let message =
                    "this field takes evidence that a verifier of the engine makes, never a struct of the program";
                return Err(InputError::new(input::PROVENANCE, form.name, message));
            }
            if set.insert(at) { Ok(at) } else { Err(repeated(prepared, at)) }
        };
        let positions: Vec<usize> = C::fields().into_iter().map(position).collect::<Result<_, _>>()?;
        let selection = Selection::new(&prepared.call, declared, &positions);
        // All of them are fields of the call, so that each has its place.
        let selection = selection.ok_or_else(of_another_bundle)?;
        Ok(CallForm { prepared: Arc::clone(prepared), positions, set, selection, of: PhantomData })
    }
}

impl<C: TypedCall> CallForm<C> {
    #[inline(always)]
    pub(super) fn put(&self, filling: &mut Filling<'_>, call: &C) -> Result<(), InputError> {
        let Filling { prepared, frame, given } = filling;
        let own = Arc::ptr_eq(&self.prepared, prepared);
        let Some(slots) = frame.selected(&self.selection).filter(|_| own) else { return Err(of_another_bundle()) };
        given.give_all(&self.set).map_err(|at| repeated(prepared, at))?;
        let mut places = Places { prepared, positions: &self.positions, slots, given: 0, is_open: false };
        call.put(&mut places)?;
        places.all_given()
    }
}

/// The places of a call's fields, one after the other.
pub struct Places<'a, 'c> {
    prepared: &'a Prepared,
    /// Of each field in the request.
    positions: &'a [usize],
    slots: Selected<'c>,
    /// How many were given.
    given: usize,
    /// Whether the next was begun. It stays so where giving it fails.
    is_open: bool,
}

impl Places<'_, '_> {
    /// Gives the next field. After an error nothing can be given: hand the error on.
    ///
    /// # Errors
    /// [`InputError`] when the value does not fit, there is no next field, or giving one before failed.
    #[inline(always)]
    pub fn give<T: CallValue + ?Sized>(&mut self, value: &T) -> Result<(), InputError> {
        let Places { prepared, positions, slots, given, is_open } = self;
        if *is_open {
            return Err(in_vain(prepared, positions.get(*given)));
        }
        *is_open = true;
        let Some(slot) = slots.slot(*given) else { return Err(too_many()) };
        if let Err(error) = value.put(Slot(slot)) {
            return Err(in_field(prepared, positions[*given], error));
        }
        *is_open = false;
        *given += 1;
        Ok(())
    }

    /// A form counts as given what its struct has, so that a struct that keeps a field back is refused.
    #[inline(always)]
    fn all_given(&self) -> Result<(), InputError> {
        let Places { prepared, positions, given, is_open, .. } = self;
        match positions.get(*given) {
            next if *is_open => Err(in_vain(prepared, next)),
            Some(next) => Err(missing(prepared, *next)),
            None => Ok(()),
        }
    }
}

// What is rare takes no reference to the places, so that they need not lie in memory.

/// An error of a value for the field at a position of the request.
#[cold]
fn in_field(prepared: &Prepared, at: usize, error: InputError) -> InputError {
    let RequestField { name, ty, sensitive, .. } = &prepared.request().fields[at];
    input::in_field(error, &prepared.schema, name, ty, *sensitive)
}

/// What is said of the field that was begun, if there is one, at a position of the request.
#[cold]
fn in_vain(prepared: &Prepared, at: Option<&usize>) -> InputError {
    match at {
        Some(at) => went_on(&prepared.request().fields[*at].name),
        None => too_many(),
    }
}

/// What is said where giving a field failed and the program dropped the error.
#[cold]
fn went_on(name: &str) -> InputError {
    InputError::new(input::MISSING, name, "giving this failed, and the program went on: hand on the error of `give`")
}

#[cold]
fn too_many() -> InputError {
    InputError::new(input::UNKNOWN, "", "more values than fields")
}

#[cold]
fn of_another_bundle() -> InputError {
    InputError::new(input::TYPE, "", "this form was made for another bundle or request type")
}
