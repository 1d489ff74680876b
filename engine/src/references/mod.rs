//! Reference values: what a policy names and a deployment fills in.
//!
//! A [`ReferenceTable`] holds the values of one issue for both executions: as values for the interpreter, and laid out for compiled code, each with the time in
//! which it counts. It never changes; new values are a new table. [`mod@file`] reads one from JSON. What such a file says of values that do not count is kept as
//! `entry`, from which `fault` tells why they do not.

mod entry;
mod fault;
pub mod file;
mod fits;

pub use entry::Fault;
pub use fault::ReferenceFault;
pub(crate) use file::read;

use crate::jit::CompiledReferences;
use atbac_compiler::reference::Reference;
use atbac_compiler::types::Schema;
use entry::Entry;
use fits::fits;
use jiff::Timestamp;
use std::sync::Arc;

/// The value of each of a schema's references, or that it is not loaded.
pub struct ReferenceTable {
    schema: Arc<Schema>,
    values: Vec<Option<Reference>>,
    compiled: CompiledReferences,
    /// Of each reference what its file says value by value, ascending by value; nothing for values without dates.
    entries: Vec<Box<[Entry]>>,
    issue: Issue,
}

/// What a file of reference values says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Issue {
    environment: Option<String>,
    issued_at: Option<Timestamp>,
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
    /// [`ReferenceError`] if they are not as many as the references, or one is not of its type: of a set, ascending and each value once.
    pub fn new(schema: &Arc<Schema>, values: Vec<Option<Reference>>) -> Result<Self, ReferenceError> {
        if values.len() != schema.references.len() {
            return Err(ReferenceError::WrongNumber { expected: schema.references.len(), found: values.len() });
        }
        for (declared, value) in schema.references.iter().zip(&values) {
            if value.as_ref().is_some_and(|value| !fits(schema, &declared.ty, value)) {
                return Err(ReferenceError::WrongType {
                    package: declared.package.clone(),
                    name: declared.name.clone(),
                    expected: schema.show(&declared.ty).to_string(),
                });
            }
        }
        let entries = values.iter().map(|_| Box::default()).collect();
        Ok(Self::of(schema, values, entries, Issue::default()))
    }

    /// A table in which nothing is loaded.
    pub fn none(schema: &Arc<Schema>) -> Self {
        let entries = schema.references.iter().map(|_| Box::default()).collect();
        Self::of(schema, vec![None; schema.references.len()], entries, Issue::default())
    }

    /// A table of values that are as many as the references and of their types.
    fn of(schema: &Arc<Schema>, values: Vec<Option<Reference>>, entries: Vec<Box<[Entry]>>, issue: Issue) -> Self {
        let compiled = CompiledReferences::new(schema, &values);
        ReferenceTable { schema: Arc::clone(schema), values, compiled, entries, issue }
    }

    /// The schema it was made for; a program accepts only references of its own schema, compared by identity.
    pub fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// The values, in the order of the schema's references.
    pub fn values(&self) -> &[Option<Reference>] {
        &self.values
    }

    /// The environment that the file says it is for. Whoever puts the values in force compares it with where they run: the engine cannot know.
    pub fn environment(&self) -> Option<&str> {
        self.issue.environment.as_deref()
    }

    /// When the file says it was issued. Whoever puts the values in force sees to it that a newer issue is never replaced by an older one.
    pub fn issued_at(&self) -> Option<Timestamp> {
        self.issue.issued_at
    }

    pub(crate) fn compiled(&self) -> &CompiledReferences {
        &self.compiled
    }
}
