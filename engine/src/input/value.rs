//! A value of a type, as JSON states it.

use super::{InputError, MAX_TEXT_BYTES, MISSING, PROVENANCE, RANGE, TOO_LARGE, TYPE, UNKNOWN, listed, text};
use atbac_compiler::types::{Schema, StructId, Type};
use atbac_compiler::value::{TCB_NAMES, Tcb, Value};
use serde_json::{Map, Value as Json};

/// The value of type `ty` that JSON states.
///
/// # Errors
/// [`InputError`] for what does not fit.
pub fn value(schema: &Schema, ty: &Type, json: &Json) -> Result<Value, InputError> {
    let wrong = || InputError::new(TYPE, "", format!("expected {}, found {}", form(schema, ty), found(json)));
    let text = || json.as_str().ok_or_else(wrong);
    match ty {
        Type::Bool => json.as_bool().map(Value::Bool).ok_or_else(wrong),
        Type::Int => integer(json).ok_or_else(wrong)?.map(Value::Int),
        Type::String => {
            let text = text()?;
            if text.len() > MAX_TEXT_BYTES {
                let message = format!("{} bytes of text; at most {MAX_TEXT_BYTES} are accepted", text.len());
                return Err(InputError::new(TOO_LARGE, "", message));
            }
            Ok(Value::string(text))
        }
        Type::Bytes => text::bytes(text()?).map(Value::Bytes),
        Type::FixedBytes(length) | Type::Digest(length) => {
            let bytes = text::bytes(text()?)?;
            if bytes.len() != *length as usize {
                let message = format!("expected {length} bytes in hex, found {}", bytes.len());
                return Err(InputError::new(RANGE, "", message));
            }
            Ok(Value::Bytes(bytes))
        }
        Type::Duration => atbac_grammar::parse_duration(text()?)
            .map(Value::Duration)
            .map_err(|fault| InputError::new(TYPE, "", fault)),
        Type::Instant => text::instant(text()?).map(Value::Instant),
        Type::Version => text::version(text()?).map(Value::Version),
        Type::IpAddr => text::address(text()?).map(Value::IpAddr),
        Type::Cidr => text::network(text()?).map(|(first, bits)| Value::Cidr(first, bits)),
        Type::Oid => text::oid(text()?).map(Value::Oid),
        Type::Enum(id) => {
            let declared = schema.enumeration(*id);
            let name = text()?;
            match declared.cases.iter().position(|case| case.name == name) {
                Some(case) => Ok(Value::Case(*id, case as u32)),
                None => {
                    let cases = listed(declared.cases.iter().map(|case| case.name.as_str()));
                    Err(InputError::new(
                        TYPE,
                        "",
                        format!("`{name}` is no case of `{}`: expected {cases}", declared.name),
                    ))
                }
            }
        }
        Type::Tcb => tcb(json.as_object().ok_or_else(wrong)?),
        Type::Set(element) => Ok(Value::set(elements(schema, element, json.as_array().ok_or_else(wrong)?)?)),
        Type::List(element, most) => {
            let array = json.as_array().ok_or_else(wrong)?;
            if array.len() > *most as usize {
                return Err(InputError::new(
                    RANGE,
                    "",
                    format!("{} elements in a list of at most {most}", array.len()),
                ));
            }
            elements(schema, element, array).map(Value::List)
        }
        Type::Optional(inner) => match json {
            Json::Null => Ok(Value::Absent),
            json => value(schema, inner, json),
        },
        Type::Struct(id) => structure(schema, *id, json.as_object().ok_or_else(wrong)?),
        Type::Union(_) => Err(only_verified("evidence of several kinds")),
    }
}

fn elements(schema: &Schema, ty: &Type, array: &[Json]) -> Result<Vec<Value>, InputError> {
    array
        .iter()
        .enumerate()
        .map(|(at, json)| value(schema, ty, json).map_err(|error| error.inside(&format!("[{at}]"))))
        .collect()
}

fn structure(schema: &Schema, id: StructId, object: &Map<String, Json>) -> Result<Value, InputError> {
    let declared = schema.structure(id);
    if let Some(evidence) = &declared.evidence
        && crate::claims::is_hardware(&evidence.verifier)
    {
        return Err(only_verified(&evidence.title));
    }
    if let Some(unknown) = object.keys().find(|key| declared.fields.iter().all(|field| field.name != **key)) {
        let fields = listed(declared.fields.iter().map(|field| field.name.as_str()));
        let message = format!("`{}` has no such field: expected {fields}", declared.name);
        return Err(InputError::new(UNKNOWN, unknown, message));
    }
    let mut values = Vec::with_capacity(declared.fields.len());
    for field in &declared.fields {
        let given = match (object.get(&field.name), &field.ty) {
            (Some(json), ty) => value(schema, ty, json).map_err(|error| error.inside(&field.name))?,
            (None, Type::Optional(_)) => Value::Absent,
            (None, ty) => {
                return Err(InputError::new(MISSING, &field.name, format!("missing: expected {}", form(schema, ty))));
            }
        };
        values.push(given);
    }
    Ok(Value::Struct(id, values))
}

fn only_verified(what: &str) -> InputError {
    InputError::new(PROVENANCE, "", format!("{what} is made by its verifier only, never read from JSON"))
}

/// An integer; `None` for another type, an error for a number that does not fit.
fn integer(json: &Json) -> Option<Result<i64, InputError>> {
    let number = json.as_number()?;
    Some(number.as_i64().ok_or_else(|| {
        let message = format!("`{number}` is not a whole number from {} to {}", i64::MIN, i64::MAX);
        InputError::new(RANGE, "", message)
    }))
}

fn tcb(object: &Map<String, Json>) -> Result<Value, InputError> {
    let mut components = Vec::new();
    for (name, json) in object {
        let version = json.as_u64().and_then(|version| u8::try_from(version).ok());
        let version = version.ok_or_else(|| InputError::new(RANGE, name, "the version of a component is 0 to 255"))?;
        components.push((name.as_str(), version));
    }
    Tcb::new(components).map(Value::Tcb).map_err(|name| {
        let known = listed(TCB_NAMES);
        InputError::new(UNKNOWN, name, format!("no such component of a `Tcb`: expected {known}"))
    })
}

/// How a value of a type is written in JSON, for messages.
fn form(schema: &Schema, ty: &Type) -> String {
    match ty {
        Type::Bool => "`true` or `false`".to_owned(),
        Type::Int => "a whole number".to_owned(),
        Type::String => "a string".to_owned(),
        Type::Bytes => "bytes in hex".to_owned(),
        Type::FixedBytes(length) | Type::Digest(length) => format!("{length} bytes in hex"),
        Type::Duration => "a duration, such as `\"5m\"`".to_owned(),
        Type::Instant => "an instant, such as `\"2026-11-21T00:00:00Z\"`".to_owned(),
        Type::Version => "a version, such as `\"1.52.4\"`".to_owned(),
        Type::IpAddr => "an IP address, such as `\"10.0.0.1\"`".to_owned(),
        Type::Cidr => "a network, such as `\"10.0.0.0/8\"`".to_owned(),
        Type::Oid => "an object identifier, such as `\"1.2.840.113549\"`".to_owned(),
        Type::Tcb => "an object of component versions".to_owned(),
        Type::Set(_) | Type::List(..) => "an array".to_owned(),
        Type::Optional(inner) => form(schema, inner),
        Type::Enum(id) => format!("a case of `{}`", schema.enumeration(*id).name),
        Type::Struct(id) => format!("an object, a `{}`", schema.structure(*id).name),
        Type::Union(_) => format!("a `{}`", schema.show(ty)),
    }
}

fn found(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
