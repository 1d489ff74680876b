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

use super::given::FieldSet;
use super::{Filling, missing, repeated};
use crate::bundle::Bundle;
use crate::fields;
use crate::input::{self, InputError};
use crate::prepared::Prepared;
use atbac_compiler::layout::{Selected, Selection};
use atbac_compiler::types::RequestField;
use atbac_compiler::value::{Tcb, Value};
use atbac_grammar::syntax::{Provenance, Stage};
use jiff::{SignedDuration, Timestamp};
use std::borrow::Cow;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

// Named by the code that is derived.
pub use atbac_compiler::layout::Slot;
pub use atbac_compiler::types::{Schema, Type};

/// Whether values of some type of the program are given to fields of a type of the policy.
pub type Fits = fn(&Schema, &Type) -> bool;

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
        let mut set = FieldSet::none_of(declared.fields.len());
        let position = |form: FieldForm| {
            let found = declared.fields.iter().enumerate();
            let mut found = found.filter(|(_, field)| field.stage == Stage::Call && field.name == form.name);
            let Some((at, field)) = found.next() else {
                return Err(fields::unknown(declared, Stage::Call, form.name));
            };
            if field.provenance != form.provenance {
                return Err(fields::of_another_provenance(field, form.provenance));
            }
            if !(form.fits)(schema, &field.ty) {
                let message = format!(
                    "the policy takes `{}` here, which this field of the program is not",
                    schema.show(&field.ty)
                );
                return Err(InputError::new(input::TYPE, form.name, message));
            }
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
        given.begin_source();
        let own = Arc::ptr_eq(&self.prepared, prepared);
        let Some(slots) = frame.selected(&self.selection).filter(|_| own) else { return Err(of_another_bundle()) };
        given.give_all(&self.set).map_err(|at| repeated(prepared, at))?;
        let mut places = Places { prepared, positions: &self.positions, slots };
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
}

impl Places<'_, '_> {
    /// Gives the next field.
    ///
    /// # Errors
    /// [`InputError`] when the value does not fit, or there is no next field.
    #[inline(always)]
    pub fn give<T: CallValue + ?Sized>(&mut self, value: &T) -> Result<(), InputError> {
        let Some(slot) = self.slots.next_slot() else { return Err(too_many()) };
        value.put(slot).map_err(|error| self.in_last(error))
    }

    /// A form counts as given what its struct has, so that a struct that keeps a field back is refused.
    #[inline(always)]
    fn all_given(&self) -> Result<(), InputError> {
        if self.slots.left() == 0 { Ok(()) } else { Err(self.kept_back()) }
    }

    #[cold]
    fn kept_back(&self) -> InputError {
        missing(self.prepared, self.positions[self.positions.len() - self.slots.left()])
    }

    /// An error of the field that was given last.
    #[cold]
    fn in_last(&self, error: InputError) -> InputError {
        let at = self.positions[self.positions.len() - self.slots.left() - 1];
        let RequestField { name, ty, sensitive, .. } = &self.prepared.request().fields[at];
        input::in_field(error, &self.prepared.schema, name, ty, *sensitive)
    }
}

#[cold]
fn too_many() -> InputError {
    InputError::new(input::UNKNOWN, "", "more values than fields")
}

#[cold]
fn of_another_bundle() -> InputError {
    InputError::new(input::TYPE, "", "this form was made for another bundle or request type")
}

/// A value of the embedding program that can be a value of a call.
pub trait CallValue {
    /// Whether it is given to fields of this type.
    fn fits(schema: &Schema, ty: &Type) -> bool;

    /// Writes it to its place.
    ///
    /// # Errors
    /// [`InputError`] when it does not fit there.
    fn put(&self, slot: Slot<'_>) -> Result<(), InputError>;
}

/// Writes with a setter of the slot.
macro_rules! given_by {
    ($($ty:ty, $value:ident => $fits:pat, $slot:ident => $put:expr;)+) => {
        $(impl CallValue for $ty {
            fn fits(_: &Schema, ty: &Type) -> bool {
                matches!(ty, $fits)
            }

            #[inline(always)]
            fn put(&self, $slot: Slot<'_>) -> Result<(), InputError> {
                let ($value, schema, ty) = (self, $slot.schema(), $slot.ty());
                $put.map_err(|misfit| input::misfit_error(schema, ty, misfit))
            }
        })+
    };
}

given_by! {
    bool, value => Type::Bool, slot => slot.bool(*value);
    i64, value => Type::Int, slot => slot.int(*value);
    i32, value => Type::Int, slot => slot.int((*value).into());
    i16, value => Type::Int, slot => slot.int((*value).into());
    u32, value => Type::Int, slot => slot.int((*value).into());
    u16, value => Type::Int, slot => slot.int((*value).into());
    Timestamp, value => Type::Instant, slot => slot.instant(value.as_millisecond());
    SignedDuration, value => Type::Duration, slot => slot.duration(value.as_millis().try_into().unwrap_or(i64::MAX));
    IpAddr, value => Type::IpAddr, slot => slot.value(&Value::address(*value));
    Ipv4Addr, value => Type::IpAddr, slot => slot.value(&Value::address((*value).into()));
    Ipv6Addr, value => Type::IpAddr, slot => slot.value(&Value::address((*value).into()));
    Tcb, value => Type::Tcb, slot => slot.value(&Value::Tcb(*value));
}

impl CallValue for u64 {
    fn fits(schema: &Schema, ty: &Type) -> bool {
        i64::fits(schema, ty)
    }

    fn put(&self, slot: Slot<'_>) -> Result<(), InputError> {
        match i64::try_from(*self) {
            Ok(value) => value.put(slot),
            Err(_) => Err(InputError::new(input::RANGE, "", format!("`{self}` is more than {}", i64::MAX))),
        }
    }
}

impl CallValue for str {
    fn fits(_: &Schema, ty: &Type) -> bool {
        match ty {
            Type::String
            | Type::Bytes
            | Type::FixedBytes(_)
            | Type::Digest(_)
            | Type::Duration
            | Type::Instant
            | Type::Version
            | Type::IpAddr
            | Type::Cidr
            | Type::Oid
            | Type::Enum(_) => true,
            Type::Bool
            | Type::Int
            | Type::Tcb
            | Type::Set(_)
            | Type::List(..)
            | Type::Optional(_)
            | Type::Struct(_)
            | Type::Union(_) => false,
        }
    }

    #[inline(always)]
    fn put(&self, slot: Slot<'_>) -> Result<(), InputError> {
        input::put_text(slot, self)
    }
}

impl CallValue for [u8] {
    fn fits(_: &Schema, ty: &Type) -> bool {
        matches!(ty, Type::Bytes | Type::FixedBytes(_) | Type::Digest(_))
    }

    fn put(&self, slot: Slot<'_>) -> Result<(), InputError> {
        let (schema, ty) = (slot.schema(), slot.ty());
        if self.len() > input::MAX_TEXT_BYTES {
            let message = format!("at most {} bytes are accepted", input::MAX_TEXT_BYTES);
            return Err(InputError::new(input::TOO_LARGE, "", message));
        }
        slot.bytes(self).map_err(|misfit| input::misfit_error(schema, ty, misfit))
    }
}

impl<const N: usize> CallValue for [u8; N] {
    fn fits(_: &Schema, ty: &Type) -> bool {
        match ty {
            Type::Bytes => true,
            Type::FixedBytes(length) | Type::Digest(length) => *length as usize == N,
            _ => false,
        }
    }

    fn put(&self, slot: Slot<'_>) -> Result<(), InputError> {
        self.as_slice().put(slot)
    }
}

impl<T: CallValue> CallValue for [T] {
    fn fits(schema: &Schema, ty: &Type) -> bool {
        match ty {
            Type::List(element, _) | Type::Set(element) => T::fits(schema, element),
            _ => false,
        }
    }

    fn put(&self, slot: Slot<'_>) -> Result<(), InputError> {
        let (schema, ty) = (slot.schema(), slot.ty());
        let misfit = |misfit| input::misfit_error(schema, ty, misfit);
        if let Type::List(_, most) = ty
            && self.len() > *most as usize
        {
            let message = format!("{} elements in a list of at most {most}", self.len());
            return Err(InputError::new(input::RANGE, "", message));
        }
        let mut elements = slot.elements().map_err(misfit)?;
        for (at, element) in self.iter().enumerate() {
            let slot = elements.next_slot().map_err(misfit)?;
            element.put(slot).map_err(|error| error.inside(&format!("[{at}]")))?;
        }
        elements.finish().map_err(misfit)
    }
}

impl<T: CallValue> CallValue for Option<T> {
    fn fits(schema: &Schema, ty: &Type) -> bool {
        matches!(ty, Type::Optional(inner) if T::fits(schema, inner))
    }

    fn put(&self, slot: Slot<'_>) -> Result<(), InputError> {
        let (schema, ty) = (slot.schema(), slot.ty());
        match self {
            None => Ok(()),
            Some(value) => value.put(slot.present().map_err(|misfit| input::misfit_error(schema, ty, misfit))?),
        }
    }
}

/// Given as what it holds.
macro_rules! given_as_held {
    ($([$($generics:tt)*] $ty:ty => $held:ty;)+) => {
        $(impl<$($generics)*> CallValue for $ty {
            fn fits(schema: &Schema, ty: &Type) -> bool {
                <$held>::fits(schema, ty)
            }

            #[inline(always)]
            fn put(&self, slot: Slot<'_>) -> Result<(), InputError> {
                <$held>::put(self, slot)
            }
        })+
    };
}

given_as_held! {
    [T: CallValue + ?Sized] &T => T;
    [T: CallValue + ?Sized] Box<T> => T;
    [T: CallValue] Vec<T> => [T];
    [] Vec<u8> => [u8];
    [] String => str;
    [] Cow<'_, str> => str;
}

/// A struct whose fields are those of a record. Derive it: `#[derive(Record)]`.
pub trait TypedRecord {
    /// The name of each field, and whether it fits a type, in the order in which [`TypedRecord::put`] gives them.
    fn fields() -> Vec<(&'static str, Fits)>;

    /// Gives each field.
    ///
    /// # Errors
    /// [`InputError`] for the first that does not fit.
    fn put(&self, record: &mut RecordPlaces<'_, '_>) -> Result<(), InputError>;
}

/// The places of a record's fields.
pub struct RecordPlaces<'a, 'f> {
    slot: &'a mut Slot<'f>,
}

impl RecordPlaces<'_, '_> {
    /// Gives the field of this name.
    ///
    /// # Errors
    /// [`InputError`] when the value does not fit.
    pub fn give<T: CallValue + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), InputError> {
        let (schema, ty) = (self.slot.schema(), self.slot.ty());
        let fields = match ty {
            Type::Struct(id) => schema.structure(*id).fields.as_slice(),
            _ => &[],
        };
        let at = fields.iter().position(|field| field.name == name);
        let at = at.ok_or_else(|| InputError::new(input::UNKNOWN, name, "the record has no such field"))?;
        let slot = self.slot.field(at).map_err(|misfit| input::misfit_error(schema, ty, misfit))?;
        let field = &fields[at];
        value.put(slot).map_err(|error| input::in_field(error, schema, name, &field.ty, field.sensitive))
    }
}

/// Whether a derived record fits a type: the same fields, of types that fit, but for optional ones that the program does not have. Called by `#[derive(Record)]`.
pub fn record_fits<R: TypedRecord>(schema: &Schema, ty: &Type) -> bool {
    let Type::Struct(id) = ty else { return false };
    let declared = schema.structure(*id);
    let may_be_given = declared.evidence.as_ref().is_none_or(|known| input::is_of_the_deployment(&known.verifier));
    let own = R::fields();
    let is_known = |(name, fits): &(&str, Fits)| {
        declared.fields.iter().any(|field| field.name == *name && fits(schema, &field.ty))
    };
    let is_given = |name: &str| own.iter().any(|(own, _)| *own == name);
    let complete = declared.fields.iter().all(|field| matches!(field.ty, Type::Optional(_)) || is_given(&field.name));
    may_be_given && complete && own.iter().all(is_known)
}

/// Writes a derived record to its place. Called by `#[derive(Record)]`.
///
/// # Errors
/// [`InputError`] for the first field that does not fit.
pub fn put_record<R: TypedRecord>(record: &R, mut slot: Slot<'_>) -> Result<(), InputError> {
    record.put(&mut RecordPlaces { slot: &mut slot })
}
