//! A value of a type, as JSON states it.

use super::{
    InputError, MAX_TEXT_BYTES, MISSING, PROVENANCE, RANGE, TOO_LARGE, TYPE, UNKNOWN, in_field, listed, shortened, text,
};
use atbac_compiler::layout::{Misfit, Slot};
use atbac_compiler::types::{Field, Schema, StructId, Type};
use atbac_compiler::value::{TCB_NAMES, Tcb, Value};
use atbac_compiler::verifier::{Signer, Verifier};
use serde_json::{Map, Value as Json};

/// Which evidence may be read from JSON, on the word of whoever gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// Statements of the deployment's own services, which the engine has no verifier for.
    OfTheDeployment,
    /// All of it, also what a verifier of the engine makes.
    DangerousAny,
}

/// The value of type `ty` that JSON states.
///
/// # Errors
/// [`InputError`] for what does not fit.
pub(crate) fn value(schema: &Schema, ty: &Type, json: &Json, evidence: Evidence) -> Result<Value, InputError> {
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
        Type::Duration => text::duration(text()?).map(Value::Duration),
        Type::Instant => text::instant(text()?).map(Value::Instant),
        Type::Version => text::version(text()?).map(Value::Version),
        Type::IpAddr => text::address(text()?),
        Type::Cidr => text::network(text()?),
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
                        format!("`{}` is no case of `{}`: expected {cases}", shortened(name), declared.name),
                    ))
                }
            }
        }
        Type::Tcb => tcb(json.as_object().ok_or_else(wrong)?),
        Type::Set(element) => elements(schema, element, json.as_array().ok_or_else(wrong)?, evidence).map(Value::set),
        Type::List(element, most) => {
            let array = json.as_array().ok_or_else(wrong)?;
            if array.len() > *most as usize {
                return Err(InputError::new(
                    RANGE,
                    "",
                    format!("{} elements in a list of at most {most}", array.len()),
                ));
            }
            elements(schema, element, array, evidence).map(Value::List)
        }
        Type::Optional(inner) => match json {
            Json::Null => Ok(Value::Absent),
            json => value(schema, inner, json, evidence),
        },
        Type::Struct(id) => structure(schema, *id, json.as_object().ok_or_else(wrong)?, evidence),
        Type::Union(_) => Err(only_verified("evidence of several kinds")),
    }
}

/// Writes what a text states, for every type that JSON writes as text, to its place in a frame.
///
/// # Errors
/// [`InputError`] for what does not fit.
#[inline(always)]
pub(crate) fn put_text(slot: Slot<'_>, text: &str) -> Result<(), InputError> {
    let (schema, ty) = (slot.schema(), slot.ty());
    match ty {
        Type::String if text.len() <= MAX_TEXT_BYTES => {
            slot.text(text).map_err(|misfit| misfit_error(schema, ty, misfit))
        }
        Type::Enum(_) => slot.case(text).map_err(|misfit| refused_text(schema, ty, text, misfit)),
        _ => put_read_text(slot, text),
    }
}

/// The same of types whose texts are read before they are written.
#[inline(never)]
fn put_read_text(slot: Slot<'_>, text: &str) -> Result<(), InputError> {
    let (schema, ty) = (slot.schema(), slot.ty());
    let mut digest = [0; 64];
    let put = match ty {
        // As long as any digest: decoded without memory of its own.
        Type::FixedBytes(length) | Type::Digest(length)
            if let Some(bytes) = digest.get_mut(..*length as usize)
                && hex::decode_to_slice(text, bytes).is_ok() =>
        {
            slot.bytes(bytes)
        }
        _ => slot.value(&value(schema, ty, &text.into(), Evidence::OfTheDeployment)?),
    };
    put.map_err(|misfit| misfit_error(schema, ty, misfit))
}

/// What is said of a text that its place did not take.
#[cold]
fn refused_text(schema: &Schema, ty: &Type, text: &str, misfit: Misfit) -> InputError {
    match value(schema, ty, &text.into(), Evidence::OfTheDeployment) {
        Err(error) => error,
        Ok(_) => misfit_error(schema, ty, misfit),
    }
}

/// What is said of a value that does not fit its place.
#[cold]
pub(crate) fn misfit_error(schema: &Schema, ty: &Type, misfit: Misfit) -> InputError {
    match misfit {
        Misfit::Type => InputError::new(TYPE, "", format!("the policy takes {} here", form(schema, ty))),
        Misfit::Range => InputError::new(RANGE, "", format!("beyond what the policy takes: `{}`", schema.show(ty))),
        Misfit::HeapFull => InputError::new(TOO_LARGE, "", "the text of these fields is more than 4 GiB"),
    }
}

/// What is said of a field of a record that must be given and is not.
pub(crate) fn missing(schema: &Schema, field: &Field) -> InputError {
    InputError::new(MISSING, &field.name, format!("missing: expected {}", form(schema, &field.ty)))
}

fn elements(schema: &Schema, ty: &Type, array: &[Json], evidence: Evidence) -> Result<Vec<Value>, InputError> {
    array
        .iter()
        .enumerate()
        .map(|(at, json)| value(schema, ty, json, evidence).map_err(|error| error.inside(&format!("[{at}]"))))
        .collect()
}

fn structure(
    schema: &Schema,
    id: StructId,
    object: &Map<String, Json>,
    evidence: Evidence,
) -> Result<Value, InputError> {
    let declared = schema.structure(id);
    if let Some(kind) = &declared.evidence
        && evidence == Evidence::OfTheDeployment
        && !is_of_the_deployment(&kind.verifier)
    {
        return Err(only_verified(&kind.title));
    }
    if let Some(unknown) = object.keys().find(|key| declared.fields.iter().all(|field| field.name != **key)) {
        let fields = listed(declared.fields.iter().map(|field| field.name.as_str()));
        let message = format!("`{}` has no such field: expected {fields}", declared.name);
        return Err(InputError::new(UNKNOWN, shortened(unknown), message));
    }
    let mut values = Vec::with_capacity(declared.fields.len());
    for field in &declared.fields {
        let given = match (object.get(&field.name), &field.ty) {
            (Some(json), ty) => value(schema, ty, json, evidence)
                .map_err(|error| in_field(error, schema, &field.name, ty, field.sensitive))?,
            (None, Type::Optional(_)) => Value::Absent,
            (None, _) => return Err(missing(schema, field)),
        };
        values.push(given);
    }
    Ok(Value::Struct(id, values))
}

/// Whether whoever embeds the engine makes evidence of this verifier. A name that is not known is none: nothing unverified gets in by a spelling.
pub(crate) fn is_of_the_deployment(verifier: &str) -> bool {
    match Verifier::named(verifier).map(|verifier| verifier.signer) {
        Some(Signer::Deployment) => true,
        Some(Signer::Hardware | Signer::Issuer) | None => false,
    }
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
        let version =
            version.ok_or_else(|| InputError::new(RANGE, shortened(name), "the version of a component is 0 to 255"))?;
        components.push((name.as_str(), version));
    }
    Tcb::new(components).map(Value::Tcb).map_err(|name| {
        let known = listed(TCB_NAMES);
        InputError::new(UNKNOWN, shortened(name), format!("no such component of a `Tcb`: expected {known}"))
    })
}

/// How a value of a type is written in JSON, for messages.
pub(super) fn form(schema: &Schema, ty: &Type) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use atbac_compiler::time::{DURATION_RANGE, INSTANT_RANGE};
    use serde_json::json;
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    fn read(ty: &Type, json: &Json) -> Result<Value, InputError> {
        value(&Schema::default(), ty, json, Evidence::OfTheDeployment)
    }

    fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
        Ipv4Addr::new(a, b, c, d).into()
    }

    fn v6(first: u16, last: u16) -> IpAddr {
        Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, last).into()
    }

    #[test]
    fn values_in_text_have_one_form_each() {
        let cases = [
            (Type::Bytes, "00aAfF", Value::Bytes([0, 0xaa, 0xff].into())),
            (Type::Bytes, "", Value::Bytes([].into())),
            (Type::FixedBytes(2), "0102", Value::Bytes([1, 2].into())),
            (Type::Version, "0.52.18446744073709551615", Value::Version([0, 52, u64::MAX])),
            (Type::IpAddr, "10.0.0.1", Value::IpAddr(v4(10, 0, 0, 1))),
            (Type::IpAddr, "FC00:0:0::1", Value::IpAddr(v6(0xfc00, 1))),
            (Type::IpAddr, "::ffff:10.0.0.1", Value::IpAddr(v4(10, 0, 0, 1))),
            (Type::IpAddr, "::ffff:a00:1", Value::IpAddr(v4(10, 0, 0, 1))),
            // IPv4-compatible addresses (RFC 4291, section 2.5.5.1) are deprecated, and addresses of IPv6.
            (Type::IpAddr, "::10.0.0.1", Value::IpAddr(Ipv6Addr::from_bits(0x0a00_0001).into())),
            (Type::Cidr, "10.0.0.0/8", Value::Cidr(v4(10, 0, 0, 0), 8)),
            (Type::Cidr, "0.0.0.0/0", Value::Cidr(v4(0, 0, 0, 0), 0)),
            (Type::Cidr, "10.0.0.1/32", Value::Cidr(v4(10, 0, 0, 1), 32)),
            (Type::Cidr, "fc00::/7", Value::Cidr(v6(0xfc00, 0), 7)),
            (Type::Cidr, "fc00::1/128", Value::Cidr(v6(0xfc00, 1), 128)),
            (Type::Cidr, "::/0", Value::Cidr(v6(0, 0), 0)),
            (Type::Cidr, "::ffff:10.0.0.0/104", Value::Cidr(v4(10, 0, 0, 0), 8)),
            (Type::Cidr, "::ffff:0:0/96", Value::Cidr(v4(0, 0, 0, 0), 0)),
            (Type::Oid, "1.2.840.113549", Value::Oid([1, 2, 840, 113_549].into())),
            (Type::Oid, "2.999", Value::Oid([2, 999].into())),
            (Type::Oid, "0.39", Value::Oid([0, 39].into())),
        ];
        for (ty, text, expected) in cases {
            assert_eq!(read(&ty, &json!(text)).unwrap_or_else(|error| panic!("{text}: {error}")), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_value_of_the_type_is_refused() {
        let refused = |ty: Type, texts: &[&str], code: &str| {
            for text in texts {
                let error = read(&ty, &json!(text)).expect_err(text);
                assert_eq!(error.code(), code, "{text}: {error}");
            }
            assert_eq!(read(&ty, &json!(1)).expect_err("a number").code(), TYPE);
        };
        refused(Type::Bytes, &["0", "0x00", "00 00", "gg"], TYPE);
        refused(Type::FixedBytes(2), &["00", "000000"], RANGE);
        refused(
            Type::Version,
            &["1.2", "1.2.3.4", "1.2.03", "1.2.3-rc1", "+1.2.3", "1.2.18446744073709551616", ""],
            TYPE,
        );
        refused(Type::IpAddr, &["10.0.0", "10.0.0.256", "010.0.0.1", "::g", "10.0.0.1/32", "fe80::1%eth0", ""], TYPE);
        refused(
            Type::Cidr,
            &["10.0.0.0", "10.0.0.0/33", "fc00::/129", "10.0.0.0/08", "10.0.0.0/+8", "/8", "10.0.0.0/"],
            TYPE,
        );
        refused(Type::Cidr, &["10.0.0.1/8", "::1/0", "::ffff:10.0.0.0/95", "fc00::1/127"], RANGE);
        refused(Type::Oid, &["1", "3.1", "1.40", "0.40.1", "1.02", "1..2", "1.2.", "1.2.x", ""], TYPE);
        refused(Type::Instant, &["2026-11-21", "yesterday", "2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z"], TYPE);
        // Forms of ISO 8601 that RFC 3339 does not have.
        refused(Type::Instant, &["20261121T000000Z", "2026-11-21T00Z", "-009999-01-02T01:59:59Z"], TYPE);
        refused(Type::Duration, &["5", "5 m", "-5m", "1000001d"], TYPE);
    }

    /// The compiler takes these ranges for granted when it shows that arithmetic fits.
    #[test]
    fn times_stay_within_the_ranges_that_the_compiler_knows() {
        let longest = read(&Type::Duration, &json!("1000000d")).unwrap();
        assert_eq!(longest, Value::Duration(DURATION_RANGE.1));
        for text in ["0000-01-01T00:00:00Z", "9999-12-30T22:00:00.999Z"] {
            let Value::Instant(instant) = read(&Type::Instant, &json!(text)).unwrap() else { panic!("{text}") };
            assert!((INSTANT_RANGE.0..=INSTANT_RANGE.1).contains(&instant), "{text}");
        }
    }
}
