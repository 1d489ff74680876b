//! Calls: from fields and from JSON text, each field by the method of its provenance.

use crate::workload::{Field, FieldValue, Request};
use atbac_engine::{Call, Fields, InputError, Session};
use serde_json::Value as Json;

/// A call of texts and numbers that the engine has not seen before.
pub(super) fn of_fields(session: &Session, fields: &[Field], request: &Request) -> Call {
    let json = |field: &Field| match field.of(request) {
        FieldValue::Text(text) => Json::from(text),
        FieldValue::Number(number) => Json::from(number),
        FieldValue::Flag(flag) => Json::from(flag),
    };
    call(session, fields.iter().map(|field| (field.name(), json(field))))
}

/// A call of JSON text.
pub(super) fn of_json(session: &Session, text: &str) -> Call {
    let Ok(Json::Object(object)) = serde_json::from_str(text) else {
        unreachable!("the stream is of JSON objects");
    };
    call(session, object)
}

fn call<N: AsRef<str>>(session: &Session, values: impl IntoIterator<Item = (N, Json)>) -> Call {
    let set = |fields: Fields, (name, value): (N, Json)| -> Result<Fields, InputError> {
        match name.as_ref() {
            name @ ("tool" | "action" | "amount") => fields.asserted(name, &value),
            name => fields.local(name, &value),
        }
    };
    let fields = values.into_iter().try_fold(session.call_fields(), set).expect("the stream fits the policies");
    session.call(fields).expect("every field is there")
}
