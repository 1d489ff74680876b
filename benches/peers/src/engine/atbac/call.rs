//! Calls: kept ready, from the structs that an embedding program would have, and from JSON text.

use crate::workload::{Field, FieldValue, Kind, Request, Workload};
use atbac_engine::{Bundle, Call, CallBuffer, CallForm, Fields, InputError, Session};
use serde_json::Value as Json;

/// A call of W1.
#[derive(Call)]
pub(super) struct Payment<'a> {
    #[atbac(asserted)]
    action: &'a str,
    #[atbac(local)]
    resource: &'a str,
}

/// A call of W2.
#[derive(Call)]
pub(super) struct ToolUse<'a> {
    #[atbac(asserted)]
    tool: &'a str,
    #[atbac(asserted)]
    action: &'a str,
    #[atbac(local)]
    tenant: &'a str,
    #[atbac(local)]
    approved: bool,
}

/// A call of W3.
#[derive(Call)]
pub(super) struct Spending<'a> {
    #[atbac(asserted)]
    tool: &'a str,
    #[atbac(asserted)]
    amount: i64,
}

/// The form of the workload's calls.
pub(super) enum Form {
    W1(CallForm<Payment<'static>>),
    W2(CallForm<ToolUse<'static>>),
    W3(CallForm<Spending<'static>>),
}

impl Form {
    pub(super) fn new(bundle: &Bundle, workload: &Workload) -> Self {
        let fits = "the structs are made for the policies";
        match workload.kind {
            Kind::W1 => Form::W1(bundle.call_form("Call").expect(fits)),
            Kind::W2(_) => Form::W2(bundle.call_form("Call").expect(fits)),
            Kind::W3(_) => Form::W3(bundle.call_form("Call").expect(fits)),
        }
    }

    /// A call of texts and numbers that the engine has not seen before.
    pub(super) fn fill<'c>(&self, buffer: &'c mut CallBuffer, request: &Request) -> &'c Call {
        let Request { tool, action, tenant, resource, amount, approved, .. } = request;
        let (amount, approved) = (*amount, *approved);
        let call = buffer.fill(|call| match self {
            Form::W1(form) => call.fields(form, &Payment { action, resource }),
            Form::W2(form) => call.fields(form, &ToolUse { tool, action, tenant, approved }),
            Form::W3(form) => call.fields(form, &Spending { tool, amount }),
        });
        call.expect("the stream fits the policies")
    }
}

/// A call of JSON text, all of which this program vouches for.
pub(super) fn read<'c>(buffer: &'c mut CallBuffer, text: &str) -> &'c Call {
    buffer.fill(|call| call.dangerous_any_provenance(text.as_bytes())).expect("the stream fits the policies")
}

/// A call that is kept.
pub(super) fn kept(session: &Session, fields: &[Field], request: &Request) -> Call {
    let set = |to: Fields, field: &Field| -> Result<Fields, InputError> {
        let json = match field.of(request) {
            FieldValue::Text(text) => Json::from(text),
            FieldValue::Number(number) => Json::from(number),
            FieldValue::Flag(flag) => Json::from(flag),
        };
        match field {
            Field::Tool | Field::Action | Field::Amount => to.asserted(field.name(), &json),
            Field::Tenant | Field::Resource | Field::Approved => to.local(field.name(), &json),
        }
    };
    let filled = fields.iter().try_fold(session.call_fields(), set).expect("the stream fits the policies");
    session.call(filled).expect("every field is there")
}
