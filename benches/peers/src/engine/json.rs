//! A call as JSON text, read as fast as serde reads it.

use crate::workload::{Field, FieldValue};
use serde::Deserialize;

/// A call whose texts are borrowed from the JSON, which in the stream has no escapes. Fields that the workload has not are empty.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct JsonCall<'a> {
    pub(super) tool: &'a str,
    pub(super) action: &'a str,
    pub(super) tenant: &'a str,
    pub(super) resource: &'a str,
    pub(super) amount: i64,
    pub(super) approved: bool,
}

impl<'a> JsonCall<'a> {
    /// Reads it.
    pub(super) fn read(json: &'a str) -> Self {
        serde_json::from_str(json).expect("the stream is valid JSON")
    }

    /// What it says in a field.
    pub(super) fn get(&self, field: Field) -> FieldValue<'a> {
        match field {
            Field::Tool => FieldValue::Text(self.tool),
            Field::Action => FieldValue::Text(self.action),
            Field::Tenant => FieldValue::Text(self.tenant),
            Field::Resource => FieldValue::Text(self.resource),
            Field::Amount => FieldValue::Number(self.amount),
            Field::Approved => FieldValue::Flag(self.approved),
        }
    }
}
