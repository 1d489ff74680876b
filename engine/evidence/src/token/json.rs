//! JSON in which every name stands once: what signed tokens, key sets and Azure's runtime data are made of.
//!
//! The value tree of a general library keeps the last of two members of one name, others the first. A token that says a thing twice would
//! then mean one thing to its issuer's check and another to ours, so it is refused (RFC 8725 section 2.4, RFC 7519 section 4).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::base64url;
use super::refusal::TokenRefusal;
use crate::excerpt::Excerpt;

/// The names and values of one object.
pub(crate) type Object = BTreeMap<String, Json>;

/// One JSON value. Numbers that are not whole, or do not fit 64 bits, are kept as such: no claim that is read is one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    OtherNumber,
    Text(String),
    List(Vec<Json>),
    Object(Object),
}

impl Json {
    /// The one value that `text` is. The library reads at most 128 levels.
    pub(crate) fn any(text: &[u8]) -> Result<Json, Excerpt> {
        serde_json::from_slice(text).map_err(Excerpt::of)
    }

    /// The one value that `text` of a stranger's is. A value may take a hundred times its text once it is read, 640 bytes for an object of one
    /// member, so there are no more of them than genuine headers, bundles and runtime data have.
    pub(crate) fn of_stranger(text: &[u8]) -> Result<Json, Excerpt> {
        const MAX_VALUES: usize = 64;
        // Every value but the first stands behind one of these. Those inside of texts count as well, which is of no matter.
        let values = text.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
        if values > MAX_VALUES {
            return Err(Excerpt::of(format_args!("it has {values} values, more than the {MAX_VALUES} that are read")));
        }
        Json::any(text)
    }

    /// The one object that `text` is.
    pub(crate) fn object(text: &[u8]) -> Result<Object, Excerpt> {
        Json::any(text)?.into_object()
    }

    /// The members, where this is an object.
    pub(crate) fn into_object(self) -> Result<Object, Excerpt> {
        match self {
            Json::Object(members) => Ok(members),
            other => Err(Excerpt::of(format_args!("it is {}, not an object", other.kind()))),
        }
    }

    /// What kind of value this is, for messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "true or false",
            Json::Int(_) => "a whole number",
            Json::OtherNumber => "a number that is not whole or too large",
            Json::Text(_) => "a text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyJson)
    }
}

struct AnyJson;

impl<'de> Visitor<'de> for AnyJson {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(i64::try_from(value).map_or(Json::OtherNumber, Json::Int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Json, E> {
        Ok(Json::OtherNumber)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Json::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Object::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value()?;
            if members.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!("the name `{name}` stands twice in one object")));
            }
        }
        Ok(Json::Object(members))
    }
}

/// The members of one object among a token's claims, read by name and type.
#[derive(Debug, Clone)]
pub(crate) struct Members<'a> {
    /// What messages put before a member's name: nothing, or `submods.cpu0.`.
    path: String,
    object: &'a Object,
}

impl<'a> Members<'a> {
    pub(crate) fn of(object: &'a Object) -> Self {
        Self { path: String::new(), object }
    }

    /// The member `name`, which must be there.
    pub(crate) fn get<T: FromJson<'a>>(&self, name: &str) -> Result<T, TokenRefusal> {
        self.find(name)?.ok_or_else(|| self.wrong(name, "nothing", T::expected()))
    }

    /// The member `name`; null says the same as nothing.
    pub(crate) fn find<T: FromJson<'a>>(&self, name: &str) -> Result<Option<T>, TokenRefusal> {
        match self.object.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(value) => T::read(value).map(Some).ok_or_else(|| self.wrong(name, value.kind(), T::expected())),
        }
    }

    /// The object called `name`, which must be there.
    pub(crate) fn inner(&self, name: &str) -> Result<Members<'a>, TokenRefusal> {
        let object = self.get(name)?;
        Ok(Members { path: format!("{}{name}.", self.path), object })
    }

    /// The object called `name`.
    pub(crate) fn find_inner(&self, name: &str) -> Result<Option<Members<'a>>, TokenRefusal> {
        Ok(self.find(name)?.map(|object| Members { path: format!("{}{name}.", self.path), object }))
    }

    /// Whether there is a member `name` that is not null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|value| *value != Json::Null)
    }

    /// The names that there are.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.object.keys().map(String::as_str)
    }

    /// The refusal of the member `name` for being `found`.
    pub(crate) fn wrong(&self, name: &str, found: impl fmt::Display, expected: impl Into<String>) -> TokenRefusal {
        TokenRefusal::Claim {
            name: Excerpt::of(format_args!("{}{name}", self.path)),
            found: Excerpt::of(found),
            expected: expected.into(),
        }
    }
}

/// A type that a claim's value can be read as.
pub(crate) trait FromJson<'a>: Sized {
    /// What messages call it.
    fn expected() -> String;

    /// The value, where `json` is one.
    fn read(json: &'a Json) -> Option<Self>;
}

impl<'a> FromJson<'a> for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        if let Json::Bool(value) = json { Some(*value) } else { None }
    }
}

impl<'a> FromJson<'a> for i64 {
    fn expected() -> String {
        "a whole number".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        if let Json::Int(value) = json { Some(*value) } else { None }
    }
}

impl<'a> FromJson<'a> for &'a str {
    fn expected() -> String {
        "a text".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        if let Json::Text(text) = json { Some(text) } else { None }
    }
}

impl<'a> FromJson<'a> for String {
    fn expected() -> String {
        <&str>::expected()
    }

    fn read(json: &'a Json) -> Option<Self> {
        <&str>::read(json).map(str::to_owned)
    }
}

impl<'a> FromJson<'a> for &'a Object {
    fn expected() -> String {
        "an object".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        if let Json::Object(object) = json { Some(object) } else { None }
    }
}

impl<'a> FromJson<'a> for &'a [Json] {
    fn expected() -> String {
        "a list".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        if let Json::List(values) = json { Some(values) } else { None }
    }
}

/// A list of texts, as a set.
impl<'a> FromJson<'a> for BTreeSet<String> {
    fn expected() -> String {
        "a list of texts".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        <&[Json]>::read(json)?.iter().map(String::read).collect()
    }
}

/// A text, or a list of texts, as `aud` is (RFC 7519 section 4.1.3).
pub(crate) struct OneOrMore(pub(crate) BTreeSet<String>);

impl<'a> FromJson<'a> for OneOrMore {
    fn expected() -> String {
        "a text or a list of texts".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        match json {
            Json::Text(text) => Some(Self([text.clone()].into())),
            list => BTreeSet::read(list).map(Self),
        }
    }
}

/// A NumericDate (RFC 7519 section 2), of whole seconds: no issuer that is verified here writes fractions, and RFC 9711 section 4.3.1
/// forbids them.
impl<'a> FromJson<'a> for Timestamp {
    fn expected() -> String {
        "a time: a whole number of seconds after 1970".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        i64::read(json).filter(|seconds| *seconds >= 0).and_then(|seconds| Timestamp::from_second(seconds).ok())
    }
}

/// Exactly `N` bytes in hexadecimal, of either case.
pub(crate) struct Hex<const N: usize>(pub(crate) [u8; N]);

impl<'a, const N: usize> FromJson<'a> for Hex<N> {
    fn expected() -> String {
        format!("{N} bytes in hexadecimal")
    }

    fn read(json: &'a Json) -> Option<Self> {
        let mut bytes = [0; N];
        hex::decode_to_slice(<&str>::read(json)?, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

/// Bytes in base64url without padding.
pub(crate) struct Base64Url(pub(crate) Vec<u8>);

impl<'a> FromJson<'a> for Base64Url {
    fn expected() -> String {
        "bytes in base64url without padding".to_owned()
    }

    fn read(json: &'a Json) -> Option<Self> {
        base64url::decode(<&str>::read(json)?.as_bytes()).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_at_every_depth() {
        for twice in
            [r#"{"a":1,"a":1}"#, r#"{"a":{"b":1,"b":2}}"#, r#"{"a":[[{"b":1,"b":2}]]}"#, r#"{"a":1,"\u0061":2}"#]
        {
            let refused = Json::object(twice.as_bytes()).unwrap_err().to_string();
            assert!(refused.contains("stands twice"), "{twice}: {refused}");
        }
        assert!(Json::object(br#"{"a":{"b":1},"b":{"b":1}}"#).is_ok());
    }

    #[test]
    fn nothing_but_one_object_is_read() {
        for text in ["", "null", "[]", "1", "\"a\"", "{} {}", "{}x", "\u{feff}{}", "{\"a\":1,}", "{'a':1}", "{a:1}"] {
            assert!(Json::object(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Json::object(b"{\"a\":\"\xff\"}").is_err());
        assert!(Json::object(br#"{"a":"\ud800"}"#).is_err());
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
        assert!(Json::object(deep.as_bytes()).is_err());
    }

    #[test]
    fn numbers_are_whole_or_no_numbers() {
        let read =
            |number: &str| Json::object(format!("{{\"n\":{number}}}").as_bytes()).map(|mut object| object.remove("n"));
        assert_eq!(read("9223372036854775807").unwrap(), Some(Json::Int(i64::MAX)));
        for other in ["9223372036854775808", "1.0", "1e3", "1e300", "-0.5"] {
            assert_eq!(read(other).unwrap(), Some(Json::OtherNumber), "{other}");
        }
        for none in ["NaN", "Infinity", "1e400", "01", "+1", ".5", "0x1"] {
            assert!(read(none).is_err(), "{none}");
        }
    }
}
