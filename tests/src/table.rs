//! Decision cases as JSON: a policy, and for each question the whole decision that must come out.
//!
//! ```json
//! {
//!   "policy": "kinds.atbac",
//!   "request": "Call",
//!   "opened_at": "2026-01-01T00:00:00Z",
//!   "at": "2026-01-01T00:00:00Z",
//!   "session": { "tier": 1 },
//!   "call": { "tool": "read" },
//!   "references": { "known_tools": ["read"] },
//!   "cases": [
//!     { "name": "a known tool", "expect": { "effect": "permit", "rules": ["known"], "valid_until": null }, "why": "…" },
//!     { "name": "nothing loaded", "references": { "known_tools": null }, "expect": { … } },
//!     { "name": "a tool that is no text", "call": { "tool": 1 }, "refused": "atbac::input::type" }
//!   ]
//! }
//! ```
//!
//! A case overrides what the table says above it, field by field; a reference that is null is not loaded. `{ "like": "approval", … }` stands for the object
//! `approval` under `samples`, with these fields instead. `expect` is the decision in the form that the engine
//! gives, without `details`; empty lists may be left out, `valid_until` may not. Why reference values do not count, `references`, is compared where a case
//! says it. `refused` is the code of the error instead of a decision. `why` says how the
//! expected values were worked out where the name of the case does not: by hand, never from what came out.

use crate::files::{bundle, read};
use crate::reorder::reordered;
use crate::twins::{Twins, set_all};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use std::path::Path;

/// Decides every case of a table, in the policy's order of writing and in another, and gives what did not come out as expected.
pub fn failures(path: &Path) -> Vec<String> {
    let table: Json = serde_json::from_slice(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let files = bundle(&path.with_file_name(table["policy"].as_str().unwrap()));
    let (other, _) = reordered(&files);
    let orders = [("as written", Twins::open(&files)), ("in another order", Twins::open(&other))];
    let cases = table["cases"].as_array().unwrap();
    assert!(!cases.is_empty(), "{} has no cases", path.display());
    let mut failures = Vec::new();
    for (order, twins) in &orders {
        for case in cases {
            let (expected, mut found) = (expected(case), decide(twins, &table, case));
            if expected.get("references").is_none() {
                found.as_object_mut().unwrap().remove("references");
            }
            if expected != found {
                let name = case["name"].as_str().unwrap();
                failures.push(format!("{name} ({order})\n  expected {expected}\n  found    {found}"));
            }
        }
    }
    failures
}

fn decide(twins: &Twins, table: &Json, case: &Json) -> Json {
    let time = |key: &str| -> Timestamp { setting(table, case, key).as_str().unwrap().parse().unwrap() };
    let fields = |key: &str| merged(table, case, key);
    let mut references = fields("references");
    references.retain(|_, value| !value.is_null());
    twins.swap_references(&Json::Object(references));
    let refused = |code: &str| serde_json::json!({ "refused": code });
    let request = setting(table, case, "request").as_str().unwrap();
    let mut session = match twins.open_session(request, time("opened_at"), |known| set_all(known, &fields("session"))) {
        Ok(session) => session,
        Err(error) => return refused(error.code()),
    };
    match session.call(|known| set_all(known, &fields("call"))) {
        Ok(call) => normal(session.decide(&call, time("at"))),
        Err(error) => refused(error.code()),
    }
}

/// What a case says, or else its table.
pub fn setting<'a>(table: &'a Json, case: &'a Json, key: &str) -> &'a Json {
    case.get(key).unwrap_or(&table[key])
}

/// The fields of an object that a table gives, with those that a case gives instead.
pub fn merged(table: &Json, case: &Json, key: &str) -> Map<String, Json> {
    let fields = |json: &Json| json[key].as_object().cloned().unwrap_or_default();
    let mut all = fields(table);
    all.extend(fields(case));
    all.values_mut().for_each(|value| fill(value, &table["samples"]));
    all
}

/// Puts the fields of the sample that an object is `like` where it has none of its own.
fn fill(json: &mut Json, samples: &Json) {
    match json {
        Json::Array(elements) => elements.iter_mut().for_each(|element| fill(element, samples)),
        Json::Object(fields) => {
            if let Some(name) = fields.remove("like") {
                let sample =
                    samples[name.as_str().unwrap()].as_object().unwrap_or_else(|| panic!("there is no sample {name}"));
                for (field, value) in sample {
                    fields.entry(field).or_insert_with(|| value.clone());
                }
            }
            fields.values_mut().for_each(|value| fill(value, samples));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn expected(case: &Json) -> Json {
    if let Some(code) = case.get("refused") {
        return serde_json::json!({ "refused": code });
    }
    let expected = &case["expect"];
    assert!(expected.get("valid_until").is_some(), "{}: `expect` says no `valid_until`", case["name"]);
    normal(expected.clone())
}

/// A decision without what its order of writing decides, and without what is empty.
fn normal(mut decision: Json) -> Json {
    let fields = decision.as_object_mut().unwrap();
    fields.remove("details");
    fields.remove("packages");
    for key in ["rules", "reasons", "inputs", "references", "disagreements"] {
        if let Some(Json::Array(values)) = fields.get_mut(key) {
            values.sort_by_key(Json::to_string);
        }
    }
    if let Some(Json::Object(grant)) = fields.get_mut("grant") {
        for set in grant.values_mut() {
            if let Json::Array(values) = set {
                values.sort_by_key(Json::to_string);
            }
        }
    }
    fields.retain(|_, value| value.as_array().is_none_or(|values| !values.is_empty()));
    decision
}
