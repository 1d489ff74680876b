//! Structs of the embedding program as records of the policy.

use super::value::{CallValue, Fits, Slot, Written, unfit};
use super::went_on;
use crate::call::given::FieldSet;
use crate::input::{self, InputError};
use atbac_compiler::layout;
use atbac_compiler::types::{Schema, Struct, Type};
use std::marker::PhantomData;

/// A struct whose fields are those of a record. Derive it: `#[derive(Record)]`.
pub trait TypedRecord {
    /// The name of each field, and whether it fits a type. A record that is given says nothing else, and leaves out only what is optional.
    fn fields() -> Vec<(&'static str, Fits)>;

    /// Gives each field, in any order.
    ///
    /// # Errors
    /// [`InputError`] for the first that does not fit.
    fn put(&self, record: &mut RecordPlaces<'_, '_>) -> Result<(), InputError>;
}

/// The places of a record's fields.
pub struct RecordPlaces<'a, 'f> {
    slot: &'a mut layout::Slot<'f>,
    declared: &'f Struct,
    given: FieldSet,
    /// Whether a field was begun. It stays so where giving it fails.
    is_open: bool,
}

impl RecordPlaces<'_, '_> {
    /// Gives the field of this name. After an error nothing can be given: hand the error on.
    ///
    /// # Errors
    /// [`InputError`] when the value does not fit, the record has no such field or was given it already, or giving one before failed.
    pub fn give<T: CallValue + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), InputError> {
        if self.is_open {
            return Err(went_on(""));
        }
        self.is_open = true;
        let (schema, ty) = (self.slot.schema(), self.slot.ty());
        let at = self.declared.fields.iter().position(|field| field.name == name).ok_or_else(|| unknown(name))?;
        if !self.given.insert(at) {
            return Err(repeated(name));
        }
        let slot = self.slot.field(at).map_err(|misfit| input::misfit_error(schema, ty, misfit))?;
        let field = &self.declared.fields[at];
        value.put(Slot(slot)).map_err(|error| input::in_field(error, schema, name, &field.ty, field.sensitive))?;
        self.is_open = false;
        Ok(())
    }

    /// All that must be given is, whatever [`TypedRecord::fields`] says.
    fn complete(&self) -> Result<(), InputError> {
        if self.is_open {
            return Err(went_on(""));
        }
        is_complete(self.slot.schema(), self.declared, &self.given)
    }
}

/// Whether a derived record fits a type: the same fields, each once, of types that fit, but for optional ones that the program does not have. Called by
/// `#[derive(Record)]`.
///
/// # Errors
/// [`InputError`] for the first field that does not fit, or for another type.
pub fn record_fits<R: TypedRecord>(schema: &Schema, ty: &Type) -> Result<(), InputError> {
    let Type::Struct(id) = ty else { return Err(unfit(schema, ty)) };
    let declared = schema.structure(*id);
    let mut own = FieldSet::default();
    for (name, fits) in R::fields() {
        let found = declared.fields.iter().enumerate().find(|(_, field)| field.name == name);
        let (at, field) = found.ok_or_else(|| unknown(name))?;
        if !own.insert(at) {
            return Err(repeated(name));
        }
        fits(schema, &field.ty).map_err(|unfit| unfit.inside(name))?;
    }
    is_complete(schema, declared, &own)
}

/// Writes a derived record to its place. Called by `#[derive(Record)]`.
///
/// # Errors
/// [`InputError`] for the first field that does not fit, or is missing.
pub fn put_record<'f, R: TypedRecord>(record: &R, Slot(mut slot): Slot<'f>) -> Result<Written<'f>, InputError> {
    let (schema, ty) = (slot.schema(), slot.ty());
    let Type::Struct(id) = ty else { return Err(unfit(schema, ty)) };
    let declared = schema.structure(*id);
    let mut places = RecordPlaces { slot: &mut slot, declared, given: FieldSet::default(), is_open: false };
    record.put(&mut places)?;
    places.complete()?;
    Ok(Written(PhantomData))
}

/// Whether these fields are all that a record must have.
fn is_complete(schema: &Schema, declared: &Struct, given: &FieldSet) -> Result<(), InputError> {
    let is_missing = |at: usize, ty: &Type| !matches!(ty, Type::Optional(_)) && !given.contains(at);
    match declared.fields.iter().enumerate().find(|(at, field)| is_missing(*at, &field.ty)) {
        None => Ok(()),
        Some((_, field)) => Err(input::missing(schema, field)),
    }
}

fn unknown(name: &str) -> InputError {
    InputError::new(input::UNKNOWN, name, "the record has no such field")
}

fn repeated(name: &str) -> InputError {
    InputError::new(input::REPEATED, name, "given twice: each field of a record is given once")
}
