//! The keys that a caller trusts an issuer to sign with.

use jiff::Timestamp;

use super::algorithm::Algorithm;
use super::json::{FromJson, Json, Members, Object};
use super::jwk::Material;
use super::jws::Jws;
use super::refusal::{KeyRefusal, TokenRefusal};
use crate::crypto::{AwsLc, Crypto};
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};

/// The most that is read of a key set. Azure Attestation's are the largest, with certificates of some 10 KiB each.
const MAX_KEY_SET_BYTES: usize = 256 * 1024;

/// The most keys in a set: a token that names no key is tried with each. Issuers publish two to ten.
const MAX_KEYS: usize = 32;

/// Public keys, each pinned to one algorithm, that tokens of one issuer must be signed by.
///
/// Pinned means: taken from the issuer beforehand by the caller, over a channel that the caller trusts. Nothing in a token adds a key.
#[derive(Debug, Clone)]
pub struct TrustedKeys {
    keys: Vec<Key>,
    until: Option<Timestamp>,
}

/// One key and the algorithm that it is pinned to.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    id: Option<String>,
    algorithm: Algorithm,
    encoded: Vec<u8>,
    thumbprint: [u8; 32],
}

impl TrustedKeys {
    /// The keys of a JWK Set, or the one of a JWK (RFC 7517 sections 4 and 5).
    ///
    /// An RSA key serves six algorithms, so its JWK must say `alg`; where it does not, `rsa_algorithm` is what the caller says in its place,
    /// and without either the set is refused. Every other key has one algorithm.
    ///
    /// # Errors
    /// [`Refusal::Keys`] if anything in the set is no public key to check signatures with, of a kind and size that is known here, or if two
    /// keys have one name. A set is taken or refused as a whole.
    pub fn from_jwks(jwks: &[u8], rsa_algorithm: Option<Algorithm>) -> Result<Self, Refusal> {
        Self::select(jwks, rsa_algorithm, |jwk| match jwk.get("use") {
            // RFC 7517 section 4.2.
            None => Ok(true),
            Some(Json::Text(usage)) if usage == "sig" => Ok(true),
            Some(other) => Err(KeyRefusal::Use { found: described(other) }),
        })
    }

    /// The keys for JWT-SVIDs in a SPIFFE bundle (SPIFFE, "JWT-SVID", section 6.2); those for other documents are passed over.
    ///
    /// # Errors
    /// As [`from_jwks`](Self::from_jwks), for the keys that count.
    pub fn from_spiffe_bundle(bundle: &[u8], rsa_algorithm: Option<Algorithm>) -> Result<Self, Refusal> {
        let keys = Self::select(bundle, rsa_algorithm, |jwk| {
            Ok(matches!(jwk.get("use"), Some(Json::Text(usage)) if usage == "jwt-svid"))
        })?;
        // Section 6.1: every such key is named.
        if keys.keys.iter().any(|key| key.id.is_none()) {
            return Err(KeyRefusal::Malformed { reason: Excerpt::of("a key for JWT-SVIDs has no `kid`") }.into());
        }
        Ok(keys)
    }

    /// The same keys, no longer trusted from `end` on: when the caller must have fetched the set anew.
    #[must_use]
    pub fn until(self, end: Timestamp) -> Self {
        Self { until: Some(end), ..self }
    }

    fn select(
        jwks: &[u8],
        rsa_algorithm: Option<Algorithm>,
        counts: impl Fn(&Object) -> Result<bool, KeyRefusal>,
    ) -> Result<Self, Refusal> {
        within("key set", jwks, MAX_KEY_SET_BYTES)?;
        let set = Json::object(jwks).map_err(|reason| KeyRefusal::Malformed { reason })?;
        let single = [Json::Object(set.clone())];
        let entries: &[Json] = match set.get("keys") {
            Some(keys) => <&[Json]>::read(keys)
                .ok_or_else(|| KeyRefusal::Malformed { reason: Excerpt::of("`keys` is no list") })?,
            None => &single,
        };
        if entries.len() > MAX_KEYS {
            return Err(KeyRefusal::TooMany { found: entries.len(), limit: MAX_KEYS }.into());
        }
        let mut keys: Vec<Key> = Vec::new();
        for entry in entries {
            let jwk = <&Object>::read(entry)
                .ok_or_else(|| KeyRefusal::Malformed { reason: Excerpt::of("a key is no object") })?;
            if !counts(jwk)? {
                continue;
            }
            let key = Key::read(jwk, rsa_algorithm)?;
            if let Some(id) = key.id.as_ref().filter(|id| keys.iter().any(|other| other.id.as_ref() == Some(id))) {
                return Err(KeyRefusal::Duplicate { id: Excerpt::of(id) }.into());
            }
            keys.push(key);
        }
        if keys.is_empty() {
            return Err(KeyRefusal::Empty.into());
        }
        Ok(Self { keys, until: None })
    }

    /// What the keys are pinned to.
    pub(crate) fn algorithms(&self) -> impl Iterator<Item = Algorithm> {
        self.keys.iter().map(|key| key.algorithm)
    }

    /// When the set ends.
    pub(crate) fn end(&self) -> Option<Timestamp> {
        self.until
    }

    /// The key that signed `token`, which may be none other than one of these, by none but its own algorithm.
    pub(crate) fn verify(&self, token: &Jws<'_>, now: Timestamp) -> Result<&Key, TokenRefusal> {
        if let Some(until) = self.until.filter(|until| now >= *until) {
            return Err(TokenRefusal::KeysExpired { until, now });
        }
        let named: Vec<&Key> = self.keys.iter().filter(|key| key.answers_to(token.header.key_id.as_deref())).collect();
        if named.is_empty() {
            let id = token.header.key_id.as_deref().unwrap_or_default();
            return Err(TokenRefusal::KeyUnknown { id: Excerpt::of(id) });
        }
        let pinned: Vec<&Key> =
            named.iter().copied().filter(|key| key.algorithm.name() == token.header.algorithm).collect();
        if pinned.is_empty() {
            return Err(TokenRefusal::Algorithm {
                found: Excerpt::of(&token.header.algorithm),
                pinned: named.iter().map(|key| key.algorithm).collect(),
            });
        }
        let signed =
            |key: &&Key| AwsLc::verify(key.algorithm.scheme(), &key.encoded, token.signed, &token.signature).is_ok();
        pinned.into_iter().find(signed).ok_or(TokenRefusal::Signature)
    }
}

impl Key {
    fn read(jwk: &Object, rsa_algorithm: Option<Algorithm>) -> Result<Self, KeyRefusal> {
        let material = Material::read(jwk)?;
        let members = Members::of(jwk);
        let text = |name: &str| -> Result<Option<&str>, KeyRefusal> {
            members.find(name).map_err(|wrong| KeyRefusal::Malformed { reason: Excerpt::of(wrong) })
        };
        let id = text("kid")?.map(str::to_owned);
        // RFC 7517 section 4.3.
        if let Some(operations) = jwk.get("key_ops") {
            let verifies =
                <&[Json]>::read(operations).is_some_and(|all| all.contains(&Json::Text("verify".to_owned())));
            if !verifies {
                return Err(KeyRefusal::Use { found: described(operations) });
            }
        }
        let algorithm = match (text("alg")?, material.sole_algorithm()) {
            (Some(name), sole) => Algorithm::named(name)
                .filter(|named| sole.map_or(named.is_rsa(), |sole| sole == *named))
                .ok_or_else(|| KeyRefusal::Algorithm { found: Excerpt::of(name) })?,
            (None, Some(sole)) => sole,
            (None, None) => rsa_algorithm.filter(|chosen| chosen.is_rsa()).ok_or(KeyRefusal::AlgorithmNotStated)?,
        };
        Ok(Self { id, algorithm, encoded: material.encode(algorithm)?, thumbprint: material.thumbprint() })
    }

    /// Whether a token that names the key `id`, or none, may be signed by this one. A key without a name answers to any: it was pinned
    /// all the same.
    fn answers_to(&self, id: Option<&str>) -> bool {
        match (&self.id, id) {
            (Some(own), Some(id)) => own == id,
            (None, _) | (_, None) => true,
        }
    }

    /// The key's name, where it has one.
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// RFC 7638, SHA-256.
    pub(crate) fn thumbprint(&self) -> [u8; 32] {
        self.thumbprint
    }
}

fn described(value: &Json) -> Excerpt {
    match value {
        Json::Text(text) => Excerpt::of(text),
        other => Excerpt::of(other.kind()),
    }
}
