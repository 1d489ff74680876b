//! Proof that two session fields are one and the same thing: `bound to`.
//!
//! | bound field | to | proof |
//! |---|---|---|
//! | an agent's session (`agent-session`) | evidence with `report_data` (`sev-snp`, `tdx`, `sgx`) | the session's `key_digest` is the evidence's report data, all 64 bytes |
//!
//! Any other pair has no proof that this engine knows, and so is never bound.

use atbac_compiler::types::{Request, Schema};
use atbac_compiler::value::Value;

/// A binding that the policy demands and that is not proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindingError {
    /// The key that the session was issued for is not the one the evidence speaks of.
    #[error(
        "`{bound}` is not bound to `{anchor}`: its `key_digest` is not the report data of the evidence; attest with the digest of the session's key as report data"
    )]
    KeyMismatch {
        /// The field that is bound.
        bound: String,
        /// The field it is bound to.
        anchor: String,
    },
    /// There is no known proof for two things of these kinds.
    #[error(
        "`{bound}` cannot be proven to be bound to `{anchor}`: no proof is known between `{bound_kind}` and `{anchor_kind}`"
    )]
    NoProof {
        /// The field that is bound.
        bound: String,
        /// What it is.
        bound_kind: String,
        /// The field it is bound to.
        anchor: String,
        /// What that is.
        anchor_kind: String,
    },
}

impl BindingError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            BindingError::KeyMismatch { .. } => "atbac::session::key_mismatch",
            BindingError::NoProof { .. } => "atbac::session::no_proof_of_binding",
        }
    }

    /// The field whose binding is not proven.
    pub fn bound(&self) -> &str {
        match self {
            BindingError::KeyMismatch { bound, .. } | BindingError::NoProof { bound, .. } => bound,
        }
    }
}

/// Proves every binding that a request declares, or says which is not proven.
pub(crate) fn prove(schema: &Schema, request: &Request, values: &[Option<Value>]) -> Result<(), BindingError> {
    for (at, field) in request.fields.iter().enumerate() {
        let Some(anchor) = field.bound_to else { continue };
        let (bound, anchor_name) = (field.name.clone(), request.fields[anchor].name.clone());
        let (one, other) = (values[at].as_ref(), values[anchor].as_ref());
        let kinds = (verifier(schema, one), verifier(schema, other));
        let (Some("agent-session"), Some("sev-snp" | "tdx" | "sgx")) = kinds else {
            let kind = |kind: Option<&str>| kind.unwrap_or("a value without evidence").to_owned();
            return Err(BindingError::NoProof {
                bound,
                bound_kind: kind(kinds.0),
                anchor: anchor_name,
                anchor_kind: kind(kinds.1),
            });
        };
        match (claim(schema, one, "key_digest"), claim(schema, other, "report_data")) {
            (Some(Value::Bytes(digest)), Some(Value::Bytes(data))) if digest.len() == 64 && digest == data => {}
            _ => return Err(BindingError::KeyMismatch { bound, anchor: anchor_name }),
        }
    }
    Ok(())
}

/// The verifier of the evidence that a value is.
fn verifier<'a>(schema: &'a Schema, value: Option<&Value>) -> Option<&'a str> {
    match value {
        Some(Value::Struct(id, _)) => {
            schema.structure(*id).evidence.as_ref().map(|evidence| evidence.verifier.as_str())
        }
        _ => None,
    }
}

fn claim<'a>(schema: &Schema, value: Option<&'a Value>, name: &str) -> Option<&'a Value> {
    match value {
        Some(Value::Struct(id, values)) => {
            let at = schema.structure(*id).fields.iter().position(|field| field.name == name)?;
            values.get(at)
        }
        _ => None,
    }
}
