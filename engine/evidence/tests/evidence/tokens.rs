//! Tokens of any content, signed by keys made here: their forge.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
    ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

use crate::files::at;
use atbac_evidence::token::{Lifetime, TrustedKeys};

/// The time of verification, unless a test says otherwise.
pub(crate) fn now() -> Timestamp {
    at("2026-06-30T12:00:00Z")
}

/// [`now`] as a token says it.
pub(crate) fn now_seconds() -> i64 {
    now().as_second()
}

/// What forged tokens may live for: an hour.
pub(crate) fn hour() -> Lifetime {
    Lifetime::at_most(3600)
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key that signs tokens, under its JWA algorithm.
#[derive(Clone)]
pub(crate) struct TokenKey {
    pub(crate) id: Option<&'static str>,
    pub(crate) algorithm: &'static str,
    pair: Pair,
}

#[derive(Clone)]
enum Pair {
    Ec { pkcs8: Arc<[u8]>, curve: &'static str, algorithm: &'static EcdsaSigningAlgorithm },
    Rsa(Arc<RsaKeyPair>, &'static dyn RsaEncoding),
    Ed25519(Arc<Ed25519KeyPair>),
}

/// One RSA key for all: making one takes long.
static RSA: LazyLock<Arc<RsaKeyPair>> = LazyLock::new(|| Arc::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()));

impl TokenKey {
    /// A new key for `algorithm` called `id`; RSA keys are all the same one.
    pub(crate) fn new(algorithm: &'static str, id: Option<&'static str>) -> Self {
        let ec = |curve, algorithm| {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
            Pair::Ec { pkcs8: pkcs8.as_ref().into(), curve, algorithm }
        };
        let rsa = |encoding| Pair::Rsa(RSA.clone(), encoding);
        let pair = match algorithm {
            "ES256" => ec("P-256", &ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ec("P-384", &ECDSA_P384_SHA384_FIXED_SIGNING),
            "ES512" => ec("P-521", &ECDSA_P521_SHA512_FIXED_SIGNING),
            "RS256" => rsa(&RSA_PKCS1_SHA256),
            "RS384" => rsa(&RSA_PKCS1_SHA384),
            "RS512" => rsa(&RSA_PKCS1_SHA512),
            "PS256" => rsa(&RSA_PSS_SHA256),
            "PS384" => rsa(&RSA_PSS_SHA384),
            "PS512" => rsa(&RSA_PSS_SHA512),
            "EdDSA" => {
                let seed = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
                Pair::Ed25519(Arc::new(Ed25519KeyPair::from_pkcs8(seed.as_ref()).unwrap()))
            }
            other => panic!("no algorithm {other}"),
        };
        Self { id, algorithm, pair }
    }

    /// The public key as a JWK, with its algorithm.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Ec { curve, .. } => {
                let point = self.ec_pair().public_key().as_ref()[1..].to_vec();
                let (x, y) = point.split_at(point.len() / 2);
                json!({ "kty": "EC", "crv": curve, "x": base64url(x), "y": base64url(y) })
            }
            Pair::Rsa(pair, _) => {
                // An `RSAPublicKey` of 2048 bits with the exponent 65537: the numbers stand behind headers of known length.
                let key = pair.public_key().as_ref();
                assert_eq!((key.len(), &key[265..]), (270, &[2, 3, 1, 0, 1][..]));
                json!({ "kty": "RSA", "n": base64url(&key[9..265]), "e": "AQAB" })
            }
            Pair::Ed25519(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref()) })
            }
        };
        jwk["alg"] = json!(self.algorithm);
        if let Some(id) = self.id {
            jwk["kid"] = json!(id);
        }
        jwk
    }

    /// Trust in this key alone.
    pub(crate) fn trusted(&self) -> TrustedKeys {
        trusted(&[self.jwk()])
    }

    /// A token with the usual header.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let mut header = json!({ "alg": self.algorithm, "typ": "JWT" });
        if let Some(id) = self.id {
            header["kid"] = json!(id);
        }
        self.sign(&header.to_string(), &claims.to_string())
    }

    /// A token of any header and payload.
    pub(crate) fn sign(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
        let signature = self.signature(signed.as_bytes());
        format!("{signed}.{}", base64url(&signature))
    }

    /// The signature that tokens carry.
    pub(crate) fn signature(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec { .. } => self.ec_pair().sign(&random, message).unwrap().as_ref().to_vec(),
            Pair::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature).unwrap();
                signature
            }
            Pair::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }

    /// The signature of a P-256 key in DER, as certificates carry it.
    pub(crate) fn der_signature(&self, message: &[u8]) -> Vec<u8> {
        let Pair::Ec { pkcs8, .. } = &self.pair else {
            panic!("no elliptic curve");
        };
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8).unwrap();
        pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
    }

    fn ec_pair(&self) -> EcdsaKeyPair {
        let Pair::Ec { pkcs8, algorithm, .. } = &self.pair else {
            panic!("no elliptic curve");
        };
        EcdsaKeyPair::from_pkcs8(algorithm, pkcs8).unwrap()
    }
}

/// Trust in the keys `jwks`.
pub(crate) fn trusted(jwks: &[Value]) -> TrustedKeys {
    TrustedKeys::from_jwks(json!({ "keys": jwks }).to_string().as_bytes(), None).unwrap()
}

/// The member at a JSON pointer, whose parent must be there.
pub(crate) fn set(value: &mut Value, pointer: &str, new: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    value.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.replace("~1", "/"), new);
}

/// Takes the member at a JSON pointer away, which must be there.
pub(crate) fn remove(value: &mut Value, pointer: &str) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    assert!(value.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name).is_some(), "{pointer}");
}
