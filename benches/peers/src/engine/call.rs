//! A call as texts that belong to somebody else: of a request, or read from JSON as fast as serde reads it.

use crate::workload::{Field, FieldValue, Request};
use serde::Deserialize;

/// A call whose texts are borrowed: the stream's JSON has no escapes. Fields that the workload has not are empty.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Call<'a> {
    pub(super) tool: &'a str,
    pub(super) action: &'a str,
    pub(super) tenant: &'a str,
    pub(super) resource: &'a str,
    pub(super) amount: i64,
    pub(super) approved: bool,
}

impl<'a> Call<'a> {
    /// That of a request.
    pub(super) fn of(request: &'a Request) -> Self {
        Call {
            tool: &request.tool,
            action: &request.action,
            tenant: &request.tenant,
            resource: &request.resource,
            amount: request.amount,
            approved: request.approved,
        }
    }

    /// Reads JSON.
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
