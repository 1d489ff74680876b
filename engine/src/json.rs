//! Decisions and values as JSON, in the forms that [`crate::input`] reads.

use crate::decision::{Decision, Granted, Verdict};
use crate::explanation::Explanation;
use atbac_compiler::types::Schema;
use atbac_compiler::value::Value;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// A decision with its explanation, as an object:
///
/// | key | value |
/// |---|---|
/// | `effect` | `"permit"` or `"deny"` |
/// | `kind` | of a denial: `"forbid"`, `"no_permit"`, `"expired"`, `"indeterminate"` |
/// | `rules` | the names of the rules that determined it |
/// | `grant` | of a permit: an object by field |
/// | `valid_until` | an instant, or null when time alone does not change the decision |
/// | `reasons` | the sentences for the caller |
/// | `details` | for each line that stood in the way: `rule`, `sentence`, `file`, `line`, `column` |
/// | `inputs` | the names of inputs that are expired or were never loaded |
/// | `disagreements` | the fields for which permits gave different values though they must agree; left out when there are none |
pub fn decision(schema: &Schema, decision: &Decision<'_>, explanation: Option<&Explanation>) -> Json {
    let mut object = Map::new();
    match decision.verdict() {
        Verdict::Permit => {
            object.insert("effect".into(), "permit".into());
        }
        Verdict::Deny(denial) => {
            object.insert("effect".into(), "deny".into());
            object.insert("kind".into(), denial.word().into());
        }
    }
    object.insert("rules".into(), decision.rules().map(|rule| rule.name).collect());
    if let Some(grant) = decision.grant() {
        let fields = grant.fields().filter_map(|name| {
            let granted = match grant.get(name)? {
                Granted::Value(one) => value(schema, one),
                Granted::Set(set) => set.iter().map(|element| value(schema, element)).collect(),
            };
            Some((name.to_owned(), granted))
        });
        object.insert("grant".into(), Json::Object(fields.collect()));
    }
    object
        .insert("valid_until".into(), decision.valid_until().map_or(Json::Null, |instant| instant.to_string().into()));
    if let Some(explanation) = explanation {
        let mut sentences: Vec<&str> = Vec::new();
        for reason in &explanation.reasons {
            if let Some(sentence) = reason.sentence.as_deref()
                && !sentences.contains(&sentence)
            {
                sentences.push(sentence);
            }
        }
        object.insert("reasons".into(), sentences.into());
        let details = explanation.reasons.iter().map(|reason| {
            let at = &reason.location;
            json!({ "rule": reason.rule, "sentence": reason.sentence, "file": at.file, "line": at.line, "column": at.column })
        });
        object.insert("details".into(), details.collect());
        object.insert("inputs".into(), explanation.inputs.clone().into());
    }
    let disagreements: Vec<&str> = decision.disagreements().collect();
    if !disagreements.is_empty() {
        object.insert("disagreements".into(), disagreements.into());
    }
    Json::Object(object)
}

/// A value.
pub fn value(schema: &Schema, value_: &Value) -> Json {
    let many = |values: &[Value]| values.iter().map(|element| value(schema, element)).collect();
    match value_ {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::String(text) => (&**text).into(),
        Value::Bytes(bytes) => hex::encode(bytes).into(),
        Value::Duration(milliseconds) => atbac_grammar::print_duration(*milliseconds).into(),
        Value::Instant(milliseconds) => match Timestamp::from_millisecond(*milliseconds) {
            Ok(instant) => instant.to_string().into(),
            Err(_) => Json::Null,
        },
        Value::Tcb(tcb) => {
            Json::Object(tcb.components().map(|(name, version)| (name.to_owned(), version.into())).collect())
        }
        Value::Version([major, minor, patch]) => format!("{major}.{minor}.{patch}").into(),
        Value::IpAddr(address) => address.to_string().into(),
        Value::Cidr(network, length) => format!("{network}/{length}").into(),
        Value::Oid(arcs) => arcs.iter().map(u64::to_string).collect::<Vec<_>>().join(".").into(),
        Value::Set(values) | Value::List(values) => many(values),
        Value::Case(id, case) => {
            schema.enumeration(*id).cases.get(*case as usize).map_or(Json::Null, |case| case.name.clone().into())
        }
        Value::Struct(id, values) => {
            let fields = schema.structure(*id).fields.iter().zip(values);
            Json::Object(fields.map(|(field, inner)| (field.name.clone(), value(schema, inner))).collect())
        }
        Value::Absent => Json::Null,
    }
}
