//! Verified evidence as a value of its schema: where the two sides of the engine meet.

#[cfg(test)]
mod tests;

use atbac_compiler::types::{Schema, StructId, Type};
use atbac_compiler::value::{Tcb, Value};
use atbac_evidence::{Claim, Claims, Verified};

/// A claim that does not fit the schema that the standard library declares for it: the library and the verifiers of one release always fit,
/// so this means that a bundle declares a schema of its own for a verifier it does not control.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schema `{schema}` does not fit its verifier: {field}: expected {expected}")]
pub struct SchemaMismatch {
    /// The schema's name.
    pub schema: String,
    /// The field.
    pub field: String,
    /// What the verifier produces.
    pub expected: String,
}

/// The value, of the evidence schema `id`, that verified evidence states.
///
/// # Errors
/// [`SchemaMismatch`] when a field of the schema is not among the claims, or of another type.
pub fn value<T: Claims>(schema: &Schema, id: StructId, evidence: &Verified<T>) -> Result<Value, SchemaMismatch> {
    value_of_claims(schema, id, &evidence.claims())
}

/// The same from the claims of verified, or of simulated, evidence.
pub(crate) fn value_of_claims(schema: &Schema, id: StructId, claims: &Claim) -> Result<Value, SchemaMismatch> {
    record(schema, id, claims).map_err(|(field, expected)| SchemaMismatch {
        schema: schema.structure(id).name.clone(),
        field,
        expected,
    })
}

fn record(schema: &Schema, id: StructId, claims: &Claim) -> Result<Value, (String, String)> {
    let mut values = Vec::new();
    for field in &schema.structure(id).fields {
        let claim = claims.get(&field.name).ok_or_else(|| (field.name.clone(), "no such claim".to_owned()))?;
        let value = claim_value(schema, &field.ty, claim)
            .map_err(|(inner, expected)| (inside(&field.name, &inner), expected))?;
        values.push(value);
    }
    Ok(Value::Struct(id, values))
}

fn claim_value(schema: &Schema, ty: &Type, claim: &Claim) -> Result<Value, (String, String)> {
    let value = match (ty, claim) {
        (Type::Optional(_), Claim::Absent) => Value::Absent,
        (Type::Optional(inner), claim) => claim_value(schema, inner, claim)?,
        (Type::Bool, Claim::Bool(value)) => Value::Bool(*value),
        (Type::Int, Claim::Int(value)) => Value::Int(*value),
        (Type::String, Claim::Text(text)) => Value::string(text.as_str()),
        (Type::Bytes, Claim::Bytes(bytes)) => Value::Bytes(bytes.as_slice().into()),
        (Type::FixedBytes(length) | Type::Digest(length), Claim::Bytes(bytes)) if bytes.len() == *length as usize => {
            Value::Bytes(bytes.as_slice().into())
        }
        (Type::Instant, Claim::Time(time)) => Value::Instant(time.as_millisecond()),
        (Type::Version, Claim::Version { major, minor, patch }) => {
            Value::Version([u64::from(*major), u64::from(*minor), u64::from(*patch)])
        }
        (Type::Tcb, Claim::Tcb(components)) => match Tcb::new(components.iter().copied()) {
            Ok(tcb) => Value::Tcb(tcb),
            Err(name) => return Err((String::new(), format!("a `Tcb` with a component `{name}`"))),
        },
        (Type::Enum(id), Claim::Case(name)) => {
            let case = schema.enumeration(*id).cases.iter().position(|case| case.name == *name);
            match case {
                Some(case) => Value::Case(*id, case as u32),
                None => return Err((String::new(), format!("a case `{name}`"))),
            }
        }
        (Type::Set(element), Claim::TextSet(texts)) if **element == Type::String => {
            Value::set(texts.iter().map(|text| Value::string(text.as_str())).collect())
        }
        (Type::List(element, most), Claim::List(claims)) if claims.len() <= *most as usize => {
            let values = claims.iter().enumerate().map(|(place, claim)| {
                claim_value(schema, element, claim)
                    .map_err(|(inner, expected)| (inside(&format!("[{place}]"), &inner), expected))
            });
            Value::List(values.collect::<Result<_, _>>()?)
        }
        (Type::Struct(id), claim @ Claim::Record(_)) => record(schema, *id, claim)?,
        (_, claim) => return Err((String::new(), claim_type(claim))),
    };
    Ok(value)
}

/// Where something is: at a place, or further inside of it.
fn inside(place: &str, inner: &str) -> String {
    let separator = if inner.is_empty() || inner.starts_with('[') { "" } else { "." };
    format!("{place}{separator}{inner}")
}

/// What the schema should have said for a claim.
fn claim_type(claim: &Claim) -> String {
    match claim {
        Claim::Absent => "an optional type".to_owned(),
        Claim::Bool(_) => "`Bool`".to_owned(),
        Claim::Int(_) => "`Int`".to_owned(),
        Claim::Text(_) => "`String`".to_owned(),
        Claim::Case(name) => format!("an enum with the case `{name}`"),
        Claim::Bytes(bytes) => format!("`Bytes<{0}>` or `Digest<{0}>`", bytes.len()),
        Claim::Time(_) => "`Instant`".to_owned(),
        Claim::Version { .. } => "`Version`".to_owned(),
        Claim::Tcb(_) => "`Tcb`".to_owned(),
        Claim::TextSet(_) => "`Set<String>`".to_owned(),
        Claim::List(claims) => format!("a list of at least {}", claims.len()),
        Claim::Record(_) => "a record".to_owned(),
        _ => "a type this engine does not know".to_owned(),
    }
}
