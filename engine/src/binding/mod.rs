//! Proof that the fields of a session belong together, and that its evidence was made for it: `bound to` and `@challenged`.
//!
//! | proof | needs | shows |
//! |---|---|---|
//! | by key | the key of the session, [`HeldKey`] | both fields name it: a processor's report data (`report_data` has the layouts), the `key_digest` of an agent's session, that of an X.509-SVID, the `key_thumbprint` of a JWT-SVID or of another verifier's result |
//! | by nonce | nothing | a GPU's report, or another verifier's result, answers the nonce in a processor's report data, or the one derived from its `runtime_data` |
//! | of a challenge | a nonce that was redeemed, [`Redeemed`](crate::nonce::Redeemed) | the evidence answers it |
//!
//! Which kinds have which proof is one table for compiler and engine, [`atbac_compiler::verifier`]: what cannot be proven does not compile. Each alternative of a union is
//! proven as what it is, each element of a list by itself. A field that is absent, or an empty list, has nothing to prove, and nothing can be bound to it.

mod digest;
mod error;
mod key;
mod report_data;
mod runtime_data;

pub use error::BindingError;
pub use key::{HeldKey, KeyError};
pub(crate) use report_data::ReportData;
pub use runtime_data::{RuntimeData, RuntimeDataError};

use atbac_compiler::types::{Request, Schema};
use atbac_compiler::value::Value;
use atbac_compiler::verifier::{Proof, TyingClaim, Verifier, proof};
use std::collections::BTreeMap;

/// What a session is opened with to prove its bindings: for a field, by its position.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proofs(pub(crate) BTreeMap<usize, FieldProofs>);

/// What is given for one field.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldProofs {
    pub(crate) key: Option<Key>,
    pub(crate) runtime_data: Option<RuntimeData>,
    /// The nonce that was redeemed for it.
    pub(crate) answered: Option<[u8; 32]>,
}

/// The key that a binding is about.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    Held(HeldKey),
    /// The digest that a claim states is taken for that of the key.
    DigestAtItsWord,
}

/// One piece of evidence of a session.
struct Piece<'a> {
    verifier: &'static Verifier,
    schema: &'a Schema,
    value: &'a Value,
    runtime_data: Option<&'a RuntimeData>,
}

/// Proves everything that a request demands, or says what is not proven.
pub(crate) fn prove(
    schema: &Schema,
    request: &Request,
    values: &[Option<Value>],
    proofs: &Proofs,
) -> Result<(), BindingError> {
    let given = |at: usize| proofs.0.get(&at);
    let pieces = |at: usize| -> Option<Vec<Piece<'_>>> {
        let runtime_data = given(at).and_then(|given| given.runtime_data.as_ref());
        held(values[at].as_ref()).map(|value| Piece::new(schema, value, runtime_data)).collect()
    };
    let nonces = known_nonces(schema, values, proofs);
    let key_digests = known_key_digests(schema, values, proofs);
    for (at, field) in request.fields.iter().enumerate() {
        let Some(anchor) = field.bound_to else { continue };
        let names = || (field.name.clone(), request.fields[anchor].name.clone());
        let no_proof = || {
            let (bound, anchor) = names();
            BindingError::NoProof { bound, anchor }
        };
        let (bound, anchors) = (pieces(at).ok_or_else(no_proof)?, pieces(anchor).ok_or_else(no_proof)?);
        if !bound.is_empty() && anchors.is_empty() {
            return Err(no_proof());
        }
        let key = given(at).and_then(|given| given.key.as_ref());
        for one in &bound {
            for other in &anchors {
                let (bound, anchor) = names();
                match proof(one.verifier, other.verifier).ok_or_else(no_proof)? {
                    Proof::Key => match key {
                        None => return Err(BindingError::KeyMissing { bound, anchor }),
                        Some(Key::Held(key)) if !one.names_key(key, &nonces) => {
                            return Err(BindingError::KeyMismatch { field: bound.clone(), bound });
                        }
                        Some(Key::Held(key)) if !other.names_key(key, &nonces) => {
                            return Err(BindingError::KeyMismatch { field: anchor, bound });
                        }
                        Some(Key::Held(_)) => {}
                        Some(Key::DigestAtItsWord) if !one.names_key_of(other, &nonces) => {
                            return Err(BindingError::KeyMismatch { field: anchor, bound });
                        }
                        Some(Key::DigestAtItsWord) => {}
                    },
                    Proof::Nonce if !one.answers_with(other, &key_digests) => {
                        return Err(BindingError::NonceMismatch { bound, anchor });
                    }
                    Proof::Nonce => {}
                }
            }
        }
    }
    for (at, field) in request.fields.iter().enumerate().filter(|(_, field)| field.challenged) {
        let name = || field.name.clone();
        let pieces = pieces(at).ok_or_else(|| BindingError::NotAnswered { field: name() })?;
        if pieces.is_empty() {
            continue;
        }
        let Some(answered) = given(at).and_then(|given| given.answered) else {
            return Err(BindingError::ChallengeMissing { field: name() });
        };
        if pieces.iter().any(|piece| piece.nonce() != Some(answered)) {
            return Err(BindingError::NotAnswered { field: name() });
        }
    }
    Ok(())
}

/// The pieces of evidence in a field's value.
fn held(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    let pieces = match value {
        None | Some(Value::Absent) => &[],
        Some(Value::List(elements)) => elements.as_slice(),
        Some(value) => std::slice::from_ref(value),
    };
    pieces.iter()
}

/// The nonces that may stand beside a key in report data: those that were redeemed, and those that other evidence of the session answers.
fn known_nonces(schema: &Schema, values: &[Option<Value>], proofs: &Proofs) -> Vec<[u8; 32]> {
    let redeemed = proofs.0.values().filter_map(|given| given.answered);
    let others = values
        .iter()
        .flat_map(|value| held(value.as_ref()))
        .filter_map(|value| Piece::new(schema, value, None))
        .filter(|piece| piece.verifier.nonce != Some(TyingClaim::ReportData));
    redeemed.chain(others.filter_map(|piece| piece.nonce())).collect()
}

/// The digests of 32 bytes of the keys that the session knows, as they stand beside a nonce in report data.
fn known_key_digests(schema: &Schema, values: &[Option<Value>], proofs: &Proofs) -> Vec<[u8; 32]> {
    let stated = |at: usize| {
        let pieces = held(values[at].as_ref()).filter_map(|value| Piece::new(schema, value, None));
        pieces.filter_map(|piece| piece.stated_digest()).filter_map(|digest| {
            let (first, rest) = digest.split_first_chunk::<32>()?;
            (rest == [0; 32]).then_some(*first)
        })
    };
    let of = |(at, given): (&usize, &FieldProofs)| match &given.key {
        Some(Key::Held(key)) => vec![key.info_digest(), key.thumbprint()],
        Some(Key::DigestAtItsWord) => stated(*at).collect(),
        None => Vec::new(),
    };
    proofs.0.iter().flat_map(of).collect()
}

impl<'a> Piece<'a> {
    /// Nothing for a value that is no evidence of a known verifier.
    fn new(schema: &'a Schema, value: &'a Value, runtime_data: Option<&'a RuntimeData>) -> Option<Self> {
        let Value::Struct(id, _) = value else { return None };
        let verifier = Verifier::named(&schema.structure(*id).evidence.as_ref()?.verifier)?;
        Some(Piece { verifier, schema, value, runtime_data })
    }

    /// The bytes of a claim.
    fn bytes<const N: usize>(&self, claim: TyingClaim) -> Option<&'a [u8; N]> {
        let Value::Struct(id, values) = self.value else { return None };
        let (name, _) = claim.declaration();
        let at = self.schema.structure(*id).fields.iter().position(|field| field.name == name)?;
        match values.get(at)? {
            Value::Bytes(bytes) => bytes[..].try_into().ok(),
            _ => None,
        }
    }

    fn report_data(&self) -> Option<ReportData<'a>> {
        Some(ReportData::new(self.bytes(TyingClaim::ReportData)?, self.runtime_data))
    }

    fn names_key(&self, key: &HeldKey, nonces: &[[u8; 32]]) -> bool {
        match self.verifier.key {
            Some(TyingClaim::ReportData) => self.report_data().is_some_and(|data| data.names_key(key, nonces)),
            Some(TyingClaim::KeyDigest) => {
                self.bytes(TyingClaim::KeyDigest).is_some_and(|digest| key.digests().contains(digest))
            }
            Some(TyingClaim::KeyInfoDigest) => self.bytes(TyingClaim::KeyInfoDigest) == Some(&key.info_digest()),
            Some(TyingClaim::KeyThumbprint) => self.bytes(TyingClaim::KeyThumbprint) == Some(&key.thumbprint()),
            Some(TyingClaim::Nonce | TyingClaim::OptionalNonce) | None => false,
        }
    }

    /// Whether both name the same key, which nobody has seen: its digest, as one of them states it.
    fn names_key_of(&self, other: &Piece<'_>, nonces: &[[u8; 32]]) -> bool {
        match (self.stated_digest(), other.stated_digest()) {
            (Some(one), Some(other)) => one == other && one != [0; 64],
            (Some(digest), None) => other.report_data().is_some_and(|data| data.names_digest(&digest, nonces)),
            (None, Some(digest)) => self.report_data().is_some_and(|data| data.names_digest(&digest, nonces)),
            (None, None) => false,
        }
    }

    /// The digest of a key that a claim states outside report data.
    fn stated_digest(&self) -> Option<[u8; 64]> {
        match self.verifier.key? {
            TyingClaim::KeyDigest => self.bytes(TyingClaim::KeyDigest).copied(),
            claim @ (TyingClaim::KeyInfoDigest | TyingClaim::KeyThumbprint) => {
                let mut padded = [0; 64];
                padded[..32].copy_from_slice(self.bytes::<32>(claim)?);
                Some(padded)
            }
            TyingClaim::ReportData | TyingClaim::Nonce | TyingClaim::OptionalNonce => None,
        }
    }

    /// The nonce that it answers.
    fn nonce(&self) -> Option<[u8; 32]> {
        match self.verifier.nonce? {
            TyingClaim::ReportData => self.report_data()?.nonce(),
            claim @ (TyingClaim::Nonce | TyingClaim::OptionalNonce) => self.bytes(claim).copied(),
            TyingClaim::KeyDigest | TyingClaim::KeyInfoDigest | TyingClaim::KeyThumbprint => None,
        }
    }

    /// Whether one of the two is a processor's evidence and the other answers the nonce that stands there for others, beside nothing or a key of one of these digests.
    fn answers_with(&self, other: &Piece<'_>, key_digests: &[[u8; 32]]) -> bool {
        let (processor, answer) = match (self.report_data(), other.report_data()) {
            (Some(data), None) => (data, other.nonce()),
            (None, Some(data)) => (data, self.nonce()),
            (Some(_), Some(_)) | (None, None) => return false,
        };
        answer.is_some_and(|answer| answer != [0; 32] && processor.device_nonce(key_digests) == Some(answer))
    }
}
