//! Values from outside: JSON against the schema.
//!
//! | type | JSON |
//! |---|---|
//! | `Bool`, `Int`, `String` | as they are; numbers without a fraction |
//! | `Bytes`, `Bytes<N>`, `Digest<N>` | lowercase or uppercase hex, without separators |
//! | `Duration` | `"5m"`, as in the language |
//! | `Instant` | `"2026-11-21T00:00:00Z"`, RFC 3339 |
//! | enum | the name of the case |
//! | `Tcb` | `{"bootloader": 3, "snp": 8}` |
//! | `Version` | `"1.52.4"` |
//! | `Set<T>`, `[T; N]` | an array |
//! | record | an object |
//! | `T?` | the value; null or left out when absent |
//!
//! Nothing is guessed: an unknown field, a number that does not fit, a value of another type is an error that names the place. Evidence that hardware signs is
//! never read from JSON: only its verifier makes it.

use atbac_compiler::types::{Schema, StructId, Type};
use atbac_compiler::value::{Tcb, Value};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// The most bytes of JSON read at once: 16 MiB.
pub const MAX_INPUT_BYTES: usize = 16 * 1024 * 1024;

/// The most bytes of one text: 1 MiB.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// A value that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", Place(path))]
pub struct InputError {
    code: &'static str,
    /// The way to the value, such as `approvals[1].issued_at`; empty for the whole.
    path: String,
    message: String,
}

impl InputError {
    pub(crate) fn new(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        InputError { code, path: path.into(), message: message.into() }
    }

    /// The stable code: `atbac::input::…`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The way to the value, such as `approvals[1].issued_at`; empty for the whole.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The same error, found inside the field `outer`.
    pub(crate) fn inside(mut self, outer: &str) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        self.path = format!("{outer}{dot}{}", self.path);
        self
    }
}

struct Place<'a>(&'a str);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "`{}`: ", self.0) }
    }
}

pub(crate) const SYNTAX: &str = "atbac::input::syntax";
pub(crate) const TYPE: &str = "atbac::input::type";
pub(crate) const RANGE: &str = "atbac::input::range";
pub(crate) const MISSING: &str = "atbac::input::missing";
pub(crate) const UNKNOWN: &str = "atbac::input::unknown";
pub(crate) const PROVENANCE: &str = "atbac::input::provenance";
pub(crate) const TOO_LARGE: &str = "atbac::input::too_large";

/// Reads JSON text.
///
/// # Errors
/// [`InputError`] for text that is longer than [`MAX_INPUT_BYTES`], not JSON, or has an object with the same key twice.
pub fn parse_json(text: &[u8]) -> Result<Json, InputError> {
    if text.len() > MAX_INPUT_BYTES {
        let message = format!("{} bytes of JSON; at most {MAX_INPUT_BYTES} are read", text.len());
        return Err(InputError::new(TOO_LARGE, "", message));
    }
    let UniqueKeys(json) = serde_json::from_slice(text)
        .map_err(|error| InputError::new(SYNTAX, "", format!("not valid JSON: {error}")))?;
    Ok(json)
}

/// JSON in which no object has a key twice: which of the two counts would be the reader's guess.
struct UniqueKeys(Json);

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor).map(UniqueKeys)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(UniqueKeys(element)) = access.next_element()? {
            elements.push(element);
        }
        Ok(Json::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut object = Map::new();
        while let Some((key, UniqueKeys(value))) = access.next_entry::<String, _>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key `{}` stands twice in one object", shortened(&key))));
            }
            object.insert(key, value);
        }
        Ok(Json::Object(object))
    }
}

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
        Type::Bytes => bytes(text()?).map(Value::Bytes),
        Type::FixedBytes(length) | Type::Digest(length) => {
            let bytes = bytes(text()?)?;
            if bytes.len() != *length as usize {
                let message = format!("expected {length} bytes in hex, found {}", bytes.len());
                return Err(InputError::new(RANGE, "", message));
            }
            Ok(Value::Bytes(bytes))
        }
        Type::Duration => atbac_grammar::parse_duration(text()?)
            .map(Value::Duration)
            .map_err(|fault| InputError::new(TYPE, "", fault)),
        Type::Instant => instant(text()?).map(Value::Instant),
        Type::Version => version(text()?).map(Value::Version).ok_or_else(wrong),
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
        Type::IpAddr | Type::Cidr | Type::Oid => {
            let message = format!("values of type `{}` cannot be given yet", schema.show(ty));
            Err(InputError::new(TYPE, "", message))
        }
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

fn bytes(text: &str) -> Result<Box<[u8]>, InputError> {
    if text.len() > 2 * MAX_TEXT_BYTES {
        return Err(InputError::new(TOO_LARGE, "", format!("at most {MAX_TEXT_BYTES} bytes are accepted")));
    }
    let bytes = hex::decode(text)
        .map_err(|error| InputError::new(TYPE, "", format!("not bytes in hex: {error}").to_lowercase()))?;
    Ok(bytes.into())
}

/// Milliseconds since 1970 of an RFC 3339 instant.
pub(crate) fn instant(text: &str) -> Result<i64, InputError> {
    let timestamp: jiff::Timestamp = text.parse().map_err(|_| {
        InputError::new(TYPE, "", format!("`{}` is not an instant, such as `2026-11-21T00:00:00Z`", shortened(text)))
    })?;
    Ok(timestamp.as_millisecond())
}

fn version(text: &str) -> Option<[u64; 3]> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    let version = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(version)
}

fn tcb(object: &Map<String, Json>) -> Result<Value, InputError> {
    let mut components = Vec::new();
    for (name, json) in object {
        let version = json.as_u64().and_then(|version| u8::try_from(version).ok());
        let version = version.ok_or_else(|| InputError::new(RANGE, name, "the version of a component is 0 to 255"))?;
        components.push((name.as_str(), version));
    }
    Tcb::new(components).map(Value::Tcb).map_err(|name| {
        let known = listed(atbac_compiler::value::TCB_NAMES);
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
        Type::Tcb => "an object of component versions".to_owned(),
        Type::Set(_) | Type::List(..) => "an array".to_owned(),
        Type::Optional(inner) => form(schema, inner),
        Type::Enum(id) => format!("a case of `{}`", schema.enumeration(*id).name),
        Type::Struct(id) => format!("an object, a `{}`", schema.structure(*id).name),
        Type::Union(_) | Type::IpAddr | Type::Cidr | Type::Oid => format!("a `{}`", schema.show(ty)),
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

/// "`a`, `b` or `c`", at most ten of them.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [most @ .., last] if most.len() < 10 => format!("{} or {last}", most.join(", ")),
        many => format!("{} … ({} in all)", many[..10].join(", "), many.len()),
    }
}

/// The beginning of a text that came from outside, for a message.
fn shortened(text: &str) -> String {
    const MOST: usize = 60;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_stands_twice_is_refused_at_any_depth() {
        for text in [r#"{"a": 1, "a": 1}"#, r#"[{"b": {"snp": 8, "snp": 0}}]"#] {
            let error = parse_json(text.as_bytes()).unwrap_err();
            assert_eq!(error.code(), SYNTAX);
            assert!(error.to_string().contains("stands twice in one object"), "{error}");
        }
        assert_eq!(parse_json(br#"[{"a": 1}, {"a": 1}]"#).unwrap(), serde_json::json!([{ "a": 1 }, { "a": 1 }]));
    }
}
