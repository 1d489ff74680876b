//! JSON Schema (draft 7), as far as the schema of SARIF uses it. The libraries that know all of it would turn on features of `serde_json` for every crate that
//! is tested beside this one, and change how they print.

use serde_json::Value;

/// What of a document breaks a schema: each with its place. `root` is the whole schema, to which references point.
///
/// # Panics
/// At a keyword that this does not know, where it would matter: nothing passes unchecked.
pub(crate) fn violations(root: &Value, schema: &Value, document: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut wrong = |what: String| found.push(format!("{place}: {what}"));
    for (keyword, value) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "default" | "definitions" => {}
            "type" if !has_type(document, value.as_str().unwrap()) => wrong(format!("is no {value}")),
            "enum" if !value.as_array().unwrap().contains(document) => wrong(format!("is none of {value}")),
            "type" | "enum" => {}
            "required" => {
                for name in value.as_array().unwrap() {
                    if document.get(name.as_str().unwrap()).is_none() {
                        wrong(format!("lacks {name}"));
                    }
                }
            }
            "minimum" | "maximum" => {
                let (limit, number) = (value.as_f64().unwrap(), document.as_f64());
                let fits = |number: f64| if keyword == "minimum" { number >= limit } else { number <= limit };
                if !number.is_none_or(fits) {
                    wrong(format!("is beyond the {keyword} of {limit}"));
                }
            }
            "minItems" => {
                if document.as_array().is_some_and(|items| (items.len() as u64) < value.as_u64().unwrap()) {
                    wrong(format!("has fewer than {value} items"));
                }
            }
            "uniqueItems" => {
                let items = document.as_array().map_or(&[][..], Vec::as_slice);
                if value == true && items.iter().enumerate().any(|(at, item)| items[..at].contains(item)) {
                    wrong("has an item twice".to_owned());
                }
            }
            "format" => {
                let text = document.as_str().unwrap_or_default();
                let is_uri = text.is_ascii() && !text.contains([' ', '\\', '"', '<', '>', '^', '`', '{', '|', '}']);
                match value.as_str().unwrap() {
                    "uri" if !is_uri || !text.contains(':') => wrong("is no URI".to_owned()),
                    "uri-reference" if !is_uri => wrong("is no URI reference".to_owned()),
                    "uri" | "uri-reference" => {}
                    other => panic!("{place}: the format `{other}` is not known here"),
                }
            }
            "properties" | "additionalProperties" | "items" | "$ref" | "anyOf" | "oneOf" => {}
            other => panic!("{place}: the keyword `{other}` is not known here"),
        }
    }
    found.extend(parts(root, schema, document, place));
    found
}

/// What of the parts of a document breaks the schemas of the parts.
fn parts(root: &Value, schema: &Value, document: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(reference) = schema.get("$ref") {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        found.extend(violations(root, root.pointer(pointer).unwrap(), document, place));
    }
    for (keyword, exactly_one) in [("anyOf", false), ("oneOf", true)] {
        let Some(alternatives) = schema.get(keyword) else { continue };
        let fits = |one: &&Value| violations(root, one, document, place).is_empty();
        let fitting = alternatives.as_array().unwrap().iter().filter(fits).count();
        if fitting == 0 || exactly_one && fitting > 1 {
            found.push(format!("{place}: {fitting} alternatives of `{keyword}` fit"));
        }
    }
    for (at, item) in document.as_array().into_iter().flatten().enumerate() {
        if let Some(items) = schema.get("items") {
            found.extend(violations(root, items, item, &format!("{place}/{at}")));
        }
    }
    for (name, value) in document.as_object().into_iter().flatten() {
        let place = format!("{place}/{name}");
        match (schema.get("properties").and_then(|known| known.get(name)), schema.get("additionalProperties")) {
            (Some(property), _) => found.extend(violations(root, property, value, &place)),
            (None, Some(Value::Bool(false))) => found.push(format!("{place}: is not foreseen")),
            (None, Some(Value::Object(rest))) => {
                found.extend(violations(root, &Value::Object(rest.clone()), value, &place));
            }
            (None, _) => {}
        }
    }
    found
}

fn has_type(document: &Value, ty: &str) -> bool {
    match ty {
        "object" => document.is_object(),
        "array" => document.is_array(),
        "string" => document.is_string(),
        "boolean" => document.is_boolean(),
        "integer" => document.is_i64() || document.is_u64(),
        "number" => document.is_number(),
        other => panic!("the type `{other}` is not known here"),
    }
}
