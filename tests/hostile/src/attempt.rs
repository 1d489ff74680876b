//! What comes of a hostile input, tried as an embedder would.

use crate::input::Input;
use atbac_compiler::types::{Field, Schema, Type};
use atbac_engine::input::parse_json;
use atbac_engine::{Bundle, BundleError, Execution, Fields, InputError, Limits, Session, SourceFile};
use atbac_grammar::syntax::Stage;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// What came of an input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It was refused, with these codes.
    Refused(BTreeSet<String>),
    /// It was answered: `permit`, or the kind of the denial.
    Decided(String),
    /// It compiles and asks nothing.
    Opened,
}

/// The clock of all attempts.
fn now() -> Timestamp {
    Timestamp::from_second(1_767_225_600).unwrap_or_default()
}

fn refused(code: impl Into<String>) -> Outcome {
    Outcome::Refused(BTreeSet::from([code.into()]))
}

/// Compiles a policy within the limits for strangers, and where it compiles, asks it one call of large values for its first request.
pub fn policy(files: Vec<SourceFile>) -> Outcome {
    let bundle = match Bundle::open_within(files, Execution::Jit, Limits::for_strangers()) {
        Ok(bundle) => bundle,
        Err(BundleError::Refused(found)) => {
            return Outcome::Refused(found.diagnostics.iter().map(|found| found.code.as_str().to_owned()).collect());
        }
        Err(BundleError::Jit(error)) => return refused(error.code()),
    };
    let Some(request) = bundle.requests().first() else { return Outcome::Opened };
    let schema = bundle.schema();
    let of_stage = |stage: Stage| {
        let fields = request.fields.iter().filter(|field| field.stage == stage);
        fields.map(|field| (field.name.clone(), large(schema, &field.ty, 0))).collect()
    };
    decide(&bundle, &format!("{}.{}", request.package, request.name), &of_stage(Stage::Session), &of_stage(Stage::Call))
}

/// Reads reference values, opens a session and asks a call.
pub fn input(bundle: &Bundle, input: &Input) -> Outcome {
    let table = match bundle.read_references(input.references.as_bytes()) {
        Ok(table) => table,
        Err(error) => return refused(error.code()),
    };
    if let Err(error) = bundle.swap_references(table) {
        return refused(error.code());
    }
    match (object(&input.session), object(&input.call)) {
        (Ok(session), Ok(mut call)) => {
            for set in ["tags", "nets", "ns", "rows", "people"] {
                call.entry(set).or_insert_with(|| json!([]));
            }
            decide(bundle, "Call", &session, &call)
        }
        (Err(error), _) | (_, Err(error)) => refused(error.code()),
    }
}

/// An object of fields; anything else is one field that no request has.
fn object(text: &str) -> Result<Map<String, Json>, InputError> {
    Ok(match parse_json(text.as_bytes())? {
        Json::Object(object) => object,
        other => Map::from_iter([("anything else".to_owned(), other)]),
    })
}

fn decide(bundle: &Bundle, request: &str, session: &Map<String, Json>, call: &Map<String, Json>) -> Outcome {
    let set_all = |fields: Fields, values: &Map<String, Json>| {
        values.iter().try_fold(fields, |fields, (name, value)| fields.dangerous_any_provenance(name, value))
    };
    let fields = match bundle.session_fields(request).and_then(|fields| set_all(fields, session)) {
        Ok(fields) => fields,
        Err(error) => return refused(error.code()),
    };
    let session: Session = match bundle.open_session(fields, now()) {
        Ok(session) => session,
        Err(error) => return refused(error.code()),
    };
    match set_all(session.call_fields(), call).and_then(|fields| session.call(fields)) {
        Ok(call) => {
            let mut memory = session.memory();
            let decision = session.decide(&call, now(), &mut memory);
            let shown = atbac_engine::json::decision(bundle.schema(), &decision, None);
            Outcome::Decided(shown.get("kind").unwrap_or(&shown["effect"]).as_str().unwrap_or_default().to_owned())
        }
        Err(error) => refused(error.code()),
    }
}

/// A value of a type, of a size that makes its reader work.
fn large(schema: &Schema, ty: &Type, depth: usize) -> Json {
    let few = if depth == 0 { 256 } else { 4 };
    match ty {
        Type::Bool => json!(true),
        Type::Int => json!(7),
        Type::String => json!("a".repeat(if depth == 0 { 16 * 1024 } else { 16 })),
        Type::Bytes => json!("a0".repeat(1024)),
        Type::FixedBytes(length) | Type::Digest(length) => json!("a0".repeat(*length as usize)),
        Type::Duration => json!("5m"),
        Type::Instant => json!("2026-01-01T00:00:00Z"),
        Type::Tcb => json!({ "snp": 8 }),
        Type::Version => json!("1.2.3"),
        Type::IpAddr => json!("10.0.0.1"),
        Type::Cidr => json!("10.0.0.0/8"),
        Type::Oid => json!("1.2.3"),
        Type::Enum(id) => json!(schema.enums[id.index()].cases[0].name),
        Type::Set(inner) => json!([large(schema, inner, depth + 1)]),
        Type::List(inner, most) => json!(vec![large(schema, inner, depth + 1); few.min(*most as usize)]),
        Type::Optional(inner) => {
            if depth < 8 {
                large(schema, inner, depth + 1)
            } else {
                Json::Null
            }
        }
        Type::Struct(id) => record(schema, &schema.structs[id.index()].fields, depth),
        Type::Union(ids) => large(schema, &Type::Struct(ids[0]), depth),
    }
}

/// A record, empty where it stands so deep that it would be without end: that is then an error like another.
fn record(schema: &Schema, fields: &[Field], depth: usize) -> Json {
    let fields = fields.iter().take(if depth < 16 { usize::MAX } else { 0 });
    Json::Object(fields.map(|field| (field.name.clone(), large(schema, &field.ty, depth + 1))).collect())
}
