//! Claims as JSON, the form in which they are printed, as names and texts.

use serde_json::Value as Json;

use super::value::ABSENT;

/// The claims of a JSON object, each with its dotted name and its value as text; arrays are joined by commas, null is `absent`.
#[must_use]
pub fn flatten(claims: &serde_json::Map<String, Json>) -> Vec<(String, String)> {
    let mut flat = Vec::new();
    for (name, value) in claims {
        add(name, value, &mut flat);
    }
    flat
}

fn add(name: &str, value: &Json, flat: &mut Vec<(String, String)>) {
    match value {
        Json::Object(fields) => fields.iter().for_each(|(field, value)| add(&format!("{name}.{field}"), value, flat)),
        _ => flat.push((name.to_owned(), text(value))),
    }
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => ABSENT.to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(elements) => elements.iter().map(text).collect::<Vec<_>>().join(","),
        Json::Bool(_) | Json::Number(_) | Json::Object(_) => value.to_string(),
    }
}
