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

#[cfg(test)]
mod tests {
    use super::*;

    /// Examples published with the specifications: RFC 7515 appendices A.2, A.3 and A.4, RFC 8037 appendix A.4.
    const PUBLISHED: [(&str, &str); 4] = [
        (
            concat!(
                r#"{"kty":"RSA","alg":"RS256","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-"#,
                "Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSX",
                "ndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmou",
                r#"dF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#,
            ),
            concat!(
                "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0",
                "cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJd",
                "bF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn",
                "6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0i",
                "gcN_IoypGlUPQGe77Rw",
            ),
        ),
        (
            concat!(
                r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#,
                r#""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#,
            ),
            concat!(
                "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0",
                "cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
            ),
        ),
        (
            concat!(
                r#"{"kty":"EC","crv":"P-521","x":"AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxc"#,
                r#"WceqwQGk","y":"ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"}"#,
            ),
            concat!(
                "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34",
                "XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
            ),
        ),
        (
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            concat!(
                "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR",
                "4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            ),
        ),
    ];

    #[test]
    fn published_examples_verify_under_their_own_keys_alone() {
        let now = Timestamp::UNIX_EPOCH;
        for (at, (key, _)) in PUBLISHED.iter().enumerate() {
            let keys = TrustedKeys::from_jwks(key.as_bytes(), None).unwrap();
            for (other, (_, token)) in PUBLISHED.iter().enumerate() {
                let verified = keys.verify(&Jws::read(token.as_bytes()).unwrap(), now).map(|_| ());
                assert_eq!(verified.is_ok(), at == other, "the key of example {at} and the token of example {other}");
            }
        }
    }
}
