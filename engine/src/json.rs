//! Decisions and values as JSON, in the forms that [`crate::input`] reads.

use crate::decision::{Decision, Verdict};
use crate::explanation::{Explanation, Reason};
use crate::grant::Granted;
use crate::references::{Fault, ReferenceFault};
use atbac_compiler::types::{Field, Schema};
use atbac_compiler::value::Value;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

/// A decision with its explanation, as an object:
///
/// | key | value |
/// |---|---|
/// | `effect` | `"permit"` or `"deny"` |
/// | `kind` | of a denial: `"forbid"`, `"no_permit"`, `"expired"`, `"indeterminate"` |
/// | `simulated` | true where it rests on simulated evidence, which anyone can sign; left out otherwise |
/// | `rules` | the names of the rules that determined it |
/// | `grant` | of a permit: an object by field |
/// | `valid_until` | an instant, or null when time alone does not change the decision |
/// | `reasons` | the sentences for the caller |
/// | `details` | for each line that stood in the way: `rule`, `sentence`, `file`, `line`, `column`; and `references`, where values it looks for in reference sets do not count |
/// | `inputs` | the names of inputs that are expired, and of reference values that cannot be used |
/// | `references` | for each reference value among the inputs, why it cannot be used; left out when there is none |
/// | `disagreements` | the fields for which permits gave different values though they must agree; left out when there are none |
///
/// In `references` are objects:
///
/// | key | value |
/// |---|---|
/// | `reference` | its name |
/// | `value` | the element of a set that this is about; left out for a reference that is no set |
/// | `fault` | `"not_loaded"`, `"candidate"`, `"not_yet"`, `"ended"`, `"revoked"` |
/// | `from`, `until` | of `not_yet`, the instant from which on it counts; of `ended`, the one until which it did |
/// | `origin` | where the value comes from, as its file says; left out where it does not |
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
    if decision.is_simulated() {
        object.insert("simulated".into(), true.into());
    }
    object.insert("rules".into(), decision.rules().map(|rule| rule.name).collect());
    if let Some(grant) = decision.grant() {
        let fields = grant.fields().filter_map(|name| {
            let granted = match grant.get(name)? {
                Granted::Value(one) => value(schema, &one),
                Granted::Set(set) => set.iter().map(|element| value(schema, &element)).collect(),
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
        object.insert("details".into(), explanation.reasons.iter().map(|reason| detail(schema, reason)).collect());
        object.insert("inputs".into(), explanation.inputs.clone().into());
        insert_references(&mut object, schema, &explanation.references);
    }
    let disagreements: Vec<&str> = decision.disagreements().collect();
    if !disagreements.is_empty() {
        object.insert("disagreements".into(), disagreements.into());
    }
    Json::Object(object)
}

/// A line that stood in the way.
fn detail(schema: &Schema, reason: &Reason) -> Json {
    let mut object = Map::new();
    object.insert("rule".into(), reason.rule.as_str().into());
    object.insert("sentence".into(), reason.sentence.as_deref().into());
    object.insert("file".into(), reason.location.file.as_str().into());
    object.insert("line".into(), reason.location.line.into());
    object.insert("column".into(), reason.location.column.into());
    insert_references(&mut object, schema, &reason.references);
    Json::Object(object)
}

fn insert_references(object: &mut Map<String, Json>, schema: &Schema, faults: &[ReferenceFault]) {
    if !faults.is_empty() {
        object.insert("references".into(), faults.iter().map(|fault| reference_fault(schema, fault)).collect());
    }
}

/// Why a reference value does not count.
fn reference_fault(schema: &Schema, fault: &ReferenceFault) -> Json {
    let mut object = json!({ "reference": fault.reference, "fault": fault.fault.word() });
    if let Some(element) = &fault.value {
        object["value"] = value(schema, element);
    }
    match fault.fault {
        Fault::NotYet(from) => object["from"] = from.to_string().into(),
        Fault::Ended(until) => object["until"] = until.to_string().into(),
        Fault::NotLoaded | Fault::Candidate | Fault::Revoked => {}
    }
    if let Some(origin) = &fault.origin {
        object["origin"] = origin.as_str().into();
    }
    object
}

/// What stands in the place of a value that is marked `@sensitive`.
pub const SENSITIVE: &str = "(sensitive)";

/// A value.
pub fn value(schema: &Schema, value: &Value) -> Json {
    written(schema, value, false)
}

/// A value for explanations: fields in it that are marked `@sensitive` are [`SENSITIVE`].
pub fn shown(schema: &Schema, value: &Value) -> Json {
    written(schema, value, true)
}

fn written(schema: &Schema, value: &Value, masked: bool) -> Json {
    let many = |values: &[Value]| values.iter().map(|element| written(schema, element, masked)).collect();
    match value {
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
            let inner = |(field, inner): (&Field, &Value)| match masked && field.sensitive {
                true => (field.name.clone(), SENSITIVE.into()),
                false => (field.name.clone(), written(schema, inner, masked)),
            };
            Json::Object(fields.map(inner).collect())
        }
        Value::Absent => Json::Null,
    }
}
