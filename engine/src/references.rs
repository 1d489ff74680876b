//! Reference values: what a policy names and a deployment fills in.
//!
//! A [`ReferenceTable`] holds the values of one moment for both executions: as values for the interpreter, and laid
//! out for compiled code. It never changes; new values are a new table.

use crate::jit::{Compiled, CompiledReferences, ReferenceSet};
use atbac_compiler::ir::Element;
use atbac_compiler::layout::{size, write};
use atbac_compiler::types::{Schema, StructId, Type};
use atbac_compiler::value::Value;
use std::collections::HashSet;
use std::hash::Hash;
use std::sync::Arc;

/// The value of each of a schema's references, or that it is not loaded.
pub struct ReferenceTable {
    schema: Arc<Schema>,
    values: Vec<Option<Value>>,
    compiled: CompiledReferences,
}

/// Why values cannot be those of a schema's references.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// There are more or fewer values than references.
    #[error(
        "{found} reference values were given where the policy has {expected}: give one for each, or say that it is not loaded"
    )]
    WrongNumber {
        /// How many references the schema has.
        expected: usize,
        /// How many values were given.
        found: usize,
    },
    /// A value is not of its reference's type.
    #[error(
        "the reference value `{package}.{name}` is not of its type, `{expected}`: correct the value, or the type in the policy"
    )]
    WrongType {
        /// The package of the reference.
        package: String,
        /// The name of the reference.
        name: String,
        /// The type as its author would write it.
        expected: String,
    },
}

impl ReferenceError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            ReferenceError::WrongNumber { .. } => "atbac::references::wrong_number",
            ReferenceError::WrongType { .. } => "atbac::references::wrong_type",
        }
    }
}

impl ReferenceTable {
    /// A table of these values, one for each reference of the schema in its order: `None` for one that is not loaded.
    ///
    /// # Errors
    /// [`ReferenceError`] if they are not as many as the references, or one is not of its type.
    pub fn new(schema: &Arc<Schema>, values: Vec<Option<Value>>) -> Result<Self, ReferenceError> {
        if values.len() != schema.references.len() {
            return Err(ReferenceError::WrongNumber { expected: schema.references.len(), found: values.len() });
        }
        let mut compiled = Vec::with_capacity(values.len());
        for (reference, value) in schema.references.iter().zip(&values) {
            if value.as_ref().is_some_and(|value| !fits(schema, &reference.ty, value)) {
                return Err(ReferenceError::WrongType {
                    package: reference.package.clone(),
                    name: reference.name.clone(),
                    expected: schema.show(&reference.ty).to_string(),
                });
            }
            compiled.push(value.as_ref().and_then(|value| compile(schema, &reference.ty, value)));
        }
        let compiled = CompiledReferences::new(compiled);
        Ok(ReferenceTable { schema: Arc::clone(schema), values, compiled })
    }

    /// A table in which nothing is loaded.
    pub fn none(schema: &Arc<Schema>) -> Self {
        ReferenceTable {
            schema: Arc::clone(schema),
            values: vec![None; schema.references.len()],
            compiled: CompiledReferences::new(schema.references.iter().map(|_| None).collect()),
        }
    }

    /// The schema it was made for; a program accepts only references of its own schema, compared by identity.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The values, in the order of the schema's references.
    pub fn values(&self) -> &[Option<Value>] {
        &self.values
    }

    pub(crate) fn compiled(&self) -> &CompiledReferences {
        &self.compiled
    }
}

/// Whether a value is of a type.
fn fits(schema: &Schema, ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Bool, Value::Bool(_))
        | (Type::Int, Value::Int(_))
        | (Type::String, Value::String(_))
        | (Type::Bytes, Value::Bytes(_))
        | (Type::Duration, Value::Duration(_))
        | (Type::Instant, Value::Instant(_))
        | (Type::Tcb, Value::Tcb(_))
        | (Type::Version, Value::Version(_))
        | (Type::IpAddr, Value::IpAddr(_))
        | (Type::Cidr, Value::Cidr(..))
        | (Type::Oid, Value::Oid(_))
        | (Type::Optional(_), Value::Absent) => true,
        (Type::FixedBytes(length) | Type::Digest(length), Value::Bytes(bytes)) => bytes.len() == *length as usize,
        (Type::Set(element), Value::Set(values)) => {
            // Ascending and without repeats, as the interpreter searches it.
            values.is_sorted_by(|a, b| a < b) && values.iter().all(|value| fits(schema, element, value))
        }
        (Type::List(element, most), Value::List(values)) => {
            values.len() <= *most as usize && values.iter().all(|value| fits(schema, element, value))
        }
        (Type::Optional(inner), value) => fits(schema, inner, value),
        (Type::Enum(id), Value::Case(of, case)) => id == of && (*case as usize) < schema.enumeration(*id).cases.len(),
        (Type::Struct(id), Value::Struct(of, values)) => id == of && fits_struct(schema, *id, values),
        (Type::Union(ids), Value::Struct(of, values)) => ids.contains(of) && fits_struct(schema, *of, values),
        _ => false,
    }
}

fn fits_struct(schema: &Schema, id: StructId, values: &[Value]) -> bool {
    let fields = &schema.structure(id).fields;
    fields.len() == values.len() && fields.iter().zip(values).all(|(field, value)| fits(schema, &field.ty, value))
}

/// What compiled code reads of a value of this type; `None` for a type that it does not read.
fn compile(schema: &Schema, ty: &Type, value: &Value) -> Option<Compiled> {
    match (ty, value) {
        (Type::String, Value::String(text)) => Some(Compiled::Text(Arc::from(&**text))),
        (Type::Set(element), Value::Set(values)) => {
            Some(Compiled::Set(Arc::new(compile_set(schema, element, values)?)))
        }
        (ty, value) => {
            element(ty)?;
            Some(Compiled::Words(words(schema, ty, value).into()))
        }
    }
}

fn compile_set(schema: &Schema, ty: &Type, values: &[Value]) -> Option<ReferenceSet> {
    let all_words = || values.iter().map(|value| words(schema, ty, value));
    Some(match element(ty)? {
        Element::Integer => ReferenceSet::Integers(hashed(all_words().map(|words| words[0] as i64))),
        Element::Bytes(length) => ReferenceSet::Bytes(length, hashed(all_words())),
        Element::Tcb => ReferenceSet::Tcb(hashed(all_words())),
        Element::Text => ReferenceSet::Text(hashed(values.iter().filter_map(|value| match value {
            Value::String(text) => Some(Box::from(text.as_bytes())),
            _ => None,
        }))),
    })
}

fn hashed<T: Eq + Hash>(values: impl Iterator<Item = T>) -> HashSet<T, foldhash::fast::RandomState> {
    values.collect()
}

/// The form of a type as an element of a set, or by itself; `None` for a type that compiled code does not read so.
fn element(ty: &Type) -> Option<Element> {
    match ty {
        Type::Bool | Type::Int | Type::Duration | Type::Instant | Type::Enum(_) => Some(Element::Integer),
        Type::FixedBytes(length) | Type::Digest(length) => Some(Element::Bytes(length.div_ceil(8))),
        Type::String => Some(Element::Text),
        Type::Tcb => Some(Element::Tcb),
        Type::Bytes
        | Type::Version
        | Type::IpAddr
        | Type::Cidr
        | Type::Oid
        | Type::Set(_)
        | Type::List(..)
        | Type::Optional(_)
        | Type::Struct(_)
        | Type::Union(_) => None,
    }
}

/// The words of a value as in a frame, of a type without text.
fn words(schema: &Schema, ty: &Type, value: &Value) -> Box<[u64]> {
    let mut words = vec![0; size(schema, ty).unwrap_or(0) as usize];
    let written = write(schema, ty, value, &mut words, &mut Vec::new());
    debug_assert!(written.is_ok(), "only text can fill the heap");
    words.into()
}
