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
//! | `IpAddr` | `"10.0.0.1"`, `"2001:db8::1"` |
//! | `Cidr` | `"10.0.0.0/8"`, `"fc00::/7"`; no bits set beyond the prefix |
//! | `Oid` | `"1.2.840.113549"` |
//! | `Set<T>`, `[T; N]` | an array |
//! | record | an object |
//! | `T?` | the value; null or left out when absent |
//!
//! An IPv6 address that stands for one of IPv4 (`::ffff:10.0.0.1`; RFC 4291, section 2.5.5.2) is that IPv4 address, and so with networks: one address has one value,
//! however it is written.
//!
//! Nothing is guessed: an unknown field, a number that does not fit, a value of another type is an error that names the place. Evidence that a verifier of
//! the engine makes is not read from JSON, unless whoever calls says that it was verified elsewhere.

mod text;
mod value;

pub(crate) use text::instant;
pub(crate) use value::{Evidence, is_of_the_deployment, misfit_error, missing, put_text, value};

use atbac_compiler::types::{Schema, Type};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// The most bytes of JSON read at once: 16 MiB.
pub const MAX_INPUT_BYTES: usize = 16 * 1024 * 1024;

/// The most bytes of one text: 1 MiB.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// A value that does not fit the schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{}", Place(&.0.path), .0.message)]
// One word: what fits is given back by every field of every call, and is what must be cheap.
pub struct InputError(Box<Fault>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    code: &'static str,
    /// The way to the value, such as `approvals[1].issued_at`; empty for the whole.
    path: String,
    message: String,
}

impl InputError {
    pub(crate) fn new(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Self {
        InputError(Box::new(Fault { code, path: path.into(), message: message.into() }))
    }

    /// The stable code: `atbac::input::…`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The way to the value, such as `approvals[1].issued_at`; empty for the whole.
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The same error, found inside the field `outer`.
    pub(crate) fn inside(mut self, outer: &str) -> Self {
        let path = &mut self.0.path;
        let dot = if path.is_empty() || path.starts_with('[') { "" } else { "." };
        *path = format!("{outer}{dot}{path}");
        self
    }
}

/// The same error of a value that a field does not take, with what the field may show of it.
pub(crate) fn in_field(error: InputError, schema: &Schema, name: &str, ty: &Type, sensitive: bool) -> InputError {
    if sensitive {
        let message = format!("expected {}; what was found is `@sensitive`, and not shown", value::form(schema, ty));
        return InputError::new(error.code(), name, message);
    }
    error.inside(name)
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
pub(crate) const REPEATED: &str = "atbac::input::repeated";
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
pub(crate) fn shortened(text: &str) -> String {
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
