//! The public key that a session belongs to: what bindings by key are proven about.
//!
//! The engine computes every digest itself, from the key. That the peer holds the private key is a fact of the connection, which whoever embeds the engine
//! sees: a TLS handshake with a client certificate (RFC 8446, section 4.4.3), a DPoP proof (RFC 9449), a signed challenge.

use super::digest::{sha256, sha384, sha512};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode, Encode, Sequence};
use serde_json::Value as Json;
use spki::{AlgorithmIdentifier, SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};

/// The most bytes of an encoded key: an RSA modulus of 8192 bits takes little more than 1024.
const MAX_KEY_BYTES: usize = 2048;

/// A public key whose private key the peer has proven to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldKey {
    /// `SubjectPublicKeyInfo` in DER (RFC 5280, section 4.1.2.7).
    info: Vec<u8>,
    thumbprint: [u8; 32],
}

/// A key that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It is too large to be a key.
    #[error("{found} bytes are no public key: at most {MAX_KEY_BYTES} are read")]
    TooLarge {
        /// How many were given.
        found: usize,
    },
    /// It is not well formed.
    #[error("not a public key: {0}")]
    Malformed(String),
    /// It is of a kind that nothing here can name.
    #[error("{0} is not supported: expected RSA, P-256, P-384, P-521 or Ed25519")]
    Unsupported(String),
    /// It is a private or shared key, which nobody but its owner should have.
    #[error(
        "the key has the member `{0}`, which only a secret key has: give the public key alone, and replace this one"
    )]
    Secret(&'static str),
}

impl KeyError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            KeyError::TooLarge { .. } | KeyError::Malformed(_) => "atbac::session::key_malformed",
            KeyError::Unsupported(_) => "atbac::session::key_unsupported",
            KeyError::Secret(_) => "atbac::session::key_secret",
        }
    }
}

fn malformed(why: impl Into<String>) -> KeyError {
    KeyError::Malformed(why.into())
}

impl HeldKey {
    /// The key in a `SubjectPublicKeyInfo` (RFC 5280, section 4.1.2.7; DER), as a certificate has it.
    ///
    /// # Errors
    /// [`KeyError`] for what is no key of a supported kind, or not in its one DER encoding: points are uncompressed (RFC 5480, section 2.2).
    pub fn from_spki(info: &[u8]) -> Result<Self, KeyError> {
        if info.len() > MAX_KEY_BYTES {
            return Err(KeyError::TooLarge { found: info.len() });
        }
        let key = PublicKey::from_info(info)?;
        let read = HeldKey::new(&key)?;
        if read.info != info {
            return Err(malformed("not in the one encoding that DER gives it"));
        }
        Ok(read)
    }

    /// The key in a JSON Web Key (RFC 7517), as DPoP proofs and confidential containers have it. Members that are not the key itself, such as `kid`, are not read.
    ///
    /// # Errors
    /// [`KeyError`] for what is no public key of a supported kind.
    pub fn from_jwk(jwk: &Json) -> Result<Self, KeyError> {
        HeldKey::new(&PublicKey::from_jwk(jwk)?)
    }

    fn new(key: &PublicKey) -> Result<Self, KeyError> {
        let info = key.info().map_err(|error| malformed(error.to_string()))?;
        Ok(HeldKey { info, thumbprint: sha256(key.thumbprint_input().as_bytes()) })
    }

    /// SHA-256 of the key as a JSON Web Key: its thumbprint (RFC 7638), 32 bytes.
    pub fn thumbprint(&self) -> [u8; 32] {
        self.thumbprint
    }

    /// SHA-256 of the key's `SubjectPublicKeyInfo`, 32 bytes.
    pub fn info_digest(&self) -> [u8; 32] {
        sha256(&self.info)
    }

    /// The digests by which 64 bytes name this key, each with zeros after it: SHA-512, SHA-384 and SHA-256 (FIPS 180-4) of its `SubjectPublicKeyInfo`, and its
    /// thumbprint.
    pub fn digests(&self) -> [[u8; 64]; 4] {
        let padded = |digest: &[u8]| {
            let mut bytes = [0; 64];
            bytes[..digest.len()].copy_from_slice(digest);
            bytes
        };
        [
            padded(&sha512(&self.info)),
            padded(&sha384(&self.info)),
            padded(&self.info_digest()),
            padded(&self.thumbprint),
        ]
    }
}

/// A key by its numbers.
enum PublicKey {
    /// A point on a curve: coordinates in full length, big-endian.
    Point { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    /// Modulus and exponent, big-endian, with no zeros before them.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// RFC 8032.
    Ed25519 { x: Vec<u8> },
}

/// The curves of RFC 7518, section 6.2.1.1.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

/// `id-ecPublicKey` (RFC 5480, section 2.1.1).
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// `rsaEncryption` (RFC 8017, appendix A.1).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// `id-Ed25519` (RFC 8410, section 3).
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// Members that only secret keys have (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const SECRET: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl Curve {
    const ALL: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

    /// Its name (RFC 7518, section 6.2.1.1).
    fn name(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
            Curve::P521 => "P-521",
        }
    }

    /// Its object identifier (RFC 5480, section 2.1.1.1).
    fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Curve::P256 => "1.2.840.10045.3.1.7",
            Curve::P384 => "1.3.132.0.34",
            Curve::P521 => "1.3.132.0.35",
        })
    }

    /// The bytes of a coordinate (RFC 7518, section 6.2.1.2).
    fn coordinate_bytes(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }
}

/// `RSAPublicKey` (RFC 8017, appendix A.1.1).
#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

impl PublicKey {
    fn from_info(info: &[u8]) -> Result<Self, KeyError> {
        let info = SubjectPublicKeyInfoRef::from_der(info).map_err(|error| malformed(error.to_string()))?;
        let bytes = info.subject_public_key.as_bytes().ok_or_else(|| malformed("its bits are no whole bytes"))?;
        match info.algorithm.oid {
            EC => {
                let oid = info.algorithm.parameters_oid().map_err(|error| malformed(error.to_string()))?;
                let curve = Curve::ALL.into_iter().find(|curve| curve.oid() == oid);
                let curve = curve.ok_or_else(|| KeyError::Unsupported(format!("the curve {oid}")))?;
                // SEC 1, section 2.3.3: 4, then both coordinates.
                match bytes.split_first() {
                    Some((4, point)) if point.len() == 2 * curve.coordinate_bytes() => {
                        let (x, y) = point.split_at(curve.coordinate_bytes());
                        Ok(PublicKey::Point { curve, x: x.to_vec(), y: y.to_vec() })
                    }
                    _ => Err(malformed(format!("its point is no uncompressed point of {}", curve.name()))),
                }
            }
            RSA => {
                let key = RsaPublicKey::from_der(bytes).map_err(|error| malformed(error.to_string()))?;
                Ok(PublicKey::Rsa {
                    modulus: key.modulus.as_bytes().to_vec(),
                    exponent: key.exponent.as_bytes().to_vec(),
                })
            }
            ED25519 if bytes.len() == 32 => Ok(PublicKey::Ed25519 { x: bytes.to_vec() }),
            ED25519 => Err(malformed("an Ed25519 key has 32 bytes")),
            other => Err(KeyError::Unsupported(format!("the algorithm {other}"))),
        }
    }

    fn from_jwk(jwk: &Json) -> Result<Self, KeyError> {
        let members = jwk.as_object().ok_or_else(|| malformed("a JSON Web Key is an object"))?;
        if let Some(secret) = SECRET.into_iter().find(|name| members.contains_key(*name)) {
            return Err(KeyError::Secret(secret));
        }
        let text = |name: &str| {
            let value = members.get(name).and_then(Json::as_str);
            value.ok_or_else(|| malformed(format!("it has no text `{name}`")))
        };
        let bytes = |name: &str| {
            let text = text(name)?;
            if text.len() > MAX_KEY_BYTES {
                return Err(KeyError::TooLarge { found: text.len() });
            }
            URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed(format!("`{name}` is not base64url without padding")))
        };
        match text("kty")? {
            "EC" => {
                let name = text("crv")?;
                let curve = Curve::ALL.into_iter().find(|curve| curve.name() == name);
                let curve = curve.ok_or_else(|| KeyError::Unsupported("this curve".to_owned()))?;
                let (x, y) = (bytes("x")?, bytes("y")?);
                if x.len() != curve.coordinate_bytes() || y.len() != curve.coordinate_bytes() {
                    return Err(malformed(format!("a coordinate is not of the length that {name} has")));
                }
                Ok(PublicKey::Point { curve, x, y })
            }
            "RSA" => {
                let (modulus, exponent) = (bytes("n")?, bytes("e")?);
                if [&modulus, &exponent].into_iter().any(|number| number.first().is_none_or(|first| *first == 0)) {
                    return Err(malformed("a number is empty or begins with zero"));
                }
                Ok(PublicKey::Rsa { modulus, exponent })
            }
            "OKP" => match (text("crv")?, bytes("x")?) {
                ("Ed25519", x) if x.len() == 32 => Ok(PublicKey::Ed25519 { x }),
                ("Ed25519", _) => Err(malformed("an Ed25519 key has 32 bytes")),
                _ => Err(KeyError::Unsupported("this curve".to_owned())),
            },
            _ => Err(KeyError::Unsupported("this type of key".to_owned())),
        }
    }

    /// `SubjectPublicKeyInfo` in DER.
    fn info(&self) -> der::Result<Vec<u8>> {
        let encode = |oid, parameters: Option<AnyRef<'_>>, key: &[u8]| {
            let algorithm = AlgorithmIdentifier { oid, parameters };
            SubjectPublicKeyInfo { algorithm, subject_public_key: BitStringRef::from_bytes(key)? }.to_der()
        };
        match self {
            PublicKey::Point { curve, x, y } => {
                let oid = curve.oid();
                encode(EC, Some(AnyRef::from(&oid)), &[&[4], x.as_slice(), y].concat())
            }
            PublicKey::Rsa { modulus, exponent } => {
                let key = RsaPublicKey { modulus: UintRef::new(modulus)?, exponent: UintRef::new(exponent)? };
                encode(RSA, Some(AnyRef::NULL), &key.to_der()?)
            }
            PublicKey::Ed25519 { x } => encode(ED25519, None, x),
        }
    }

    /// The required members in the order of their names, without white space (RFC 7638, section 3; RFC 8037, section 2).
    fn thumbprint_input(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            PublicKey::Point { curve, x, y } => {
                format!(r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#, curve.name(), text(x), text(y))
            }
            PublicKey::Rsa { modulus, exponent } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(exponent), text(modulus))
            }
            PublicKey::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
        }
    }
}
