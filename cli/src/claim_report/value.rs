//! Values of claims as text.

use super::page::Row;
use atbac_engine::evidence::Claim;
use serde_json::{Value as Json, json};

/// A claim that is no record, in the form that `--json` has, but for lists and absent values, which are words here.
pub(super) fn text(claim: &Claim) -> String {
    plain(&json!(claim))
}

fn plain(value: &Json) -> String {
    match value {
        Json::Null => "absent".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(elements) if elements.is_empty() => "none".to_owned(),
        Json::Array(elements) => elements.iter().map(plain).collect::<Vec<_>>().join(", "),
        Json::Object(fields) => {
            fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        Json::Bool(_) | Json::Number(_) => value.to_string(),
    }
}

/// All claims without meanings, records as dotted names.
pub(super) fn rows(claims: &Claim) -> Vec<Row> {
    let mut rows = Vec::new();
    add("", claims, &mut rows);
    rows
}

fn add(name: &str, claim: &Claim, rows: &mut Vec<Row>) {
    if let Claim::Record(fields) = claim {
        let dot = if name.is_empty() { "" } else { "." };
        fields.iter().for_each(|(field, claim)| add(&format!("{name}{dot}{field}"), claim, rows));
        return;
    }
    rows.push(Row { name: name.to_owned(), value: Some(text(claim)), meaning: String::new() });
}
