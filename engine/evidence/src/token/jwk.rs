//! One public key as a JSON Web Key (RFC 7517), and its thumbprint (RFC 7638).

use x509_cert::Certificate;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::{self, Decode, Encode, Reader, SliceReader};

use super::algorithm::Algorithm;
use super::base64url;
use super::json::{Base64Url, FromJson, Json, Members, Object};
use super::refusal::KeyRefusal;
use crate::cert::too_many_values;
use crate::crypto::{AwsLc, Crypto};
use crate::excerpt::Excerpt;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The least bits of an RSA modulus (RFC 7518 section 3.3), and the most that the library for signatures takes.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// rsaEncryption (RFC 8017 appendix A.1).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The members that only a private or a shared key has (RFC 7518 sections 6.2.2, 6.3.2 and 6.4; RFC 8037 section 2).
const SECRET_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key, by its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Material {
    /// Modulus and exponent, big-endian without zeros before them.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// A point on a curve, its coordinates of full length.
    Point { curve: Curve, x: Vec<u8>, y: Vec<u8> },
    /// An Ed25519 key.
    Ed25519 { x: Vec<u8> },
}

/// The curves of RFC 7518 section 6.2.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    const fn name(self) -> &'static str {
        match self {
            Curve::P256 => "P-256",
            Curve::P384 => "P-384",
            Curve::P521 => "P-521",
        }
    }

    /// The bytes of a coordinate (RFC 7518 section 6.2.1.2).
    const fn coordinate_bytes(self) -> usize {
        match self {
            Curve::P256 => 32,
            Curve::P384 => 48,
            Curve::P521 => 66,
        }
    }

    /// The one algorithm of the curve's keys (RFC 7518 section 3.4).
    const fn algorithm(self) -> Algorithm {
        match self {
            Curve::P256 => Algorithm::Es256,
            Curve::P384 => Algorithm::Es384,
            Curve::P521 => Algorithm::Es512,
        }
    }
}

impl Material {
    /// The public key that a JWK is.
    pub(crate) fn read(jwk: &Object) -> Result<Self, KeyRefusal> {
        if let Some(secret) = SECRET_MEMBERS.into_iter().find(|name| jwk.contains_key(*name)) {
            return Err(KeyRefusal::Secret { member: secret });
        }
        let members = Members::of(jwk);
        let kind: &str = read(&members, "kty")?;
        match kind {
            "RSA" => read_rsa(jwk, &members),
            "EC" => {
                let name: &str = read(&members, "crv")?;
                let curve = [Curve::P256, Curve::P384, Curve::P521]
                    .into_iter()
                    .find(|curve| curve.name() == name)
                    .ok_or_else(|| unsupported(format_args!("curve `{name}`")))?;
                let (x, y) = (bytes(&members, "x")?, bytes(&members, "y")?);
                if x.len() != curve.coordinate_bytes() || y.len() != curve.coordinate_bytes() {
                    return Err(malformed(format_args!("a coordinate is not of the length that {name} has")));
                }
                Ok(Material::Point { curve, x, y })
            }
            "OKP" => match read(&members, "crv")? {
                "Ed25519" => Ok(Material::Ed25519 { x: bytes(&members, "x")? }),
                other => Err(unsupported(format_args!("curve `{other}`"))),
            },
            other => Err(unsupported(format_args!("type `{other}`"))),
        }
    }

    /// The algorithm that the form of the key alone decides: an RSA key serves six.
    pub(crate) fn sole_algorithm(&self) -> Option<Algorithm> {
        match self {
            Material::Rsa { .. } => None,
            Material::Point { curve, .. } => Some(curve.algorithm()),
            Material::Ed25519 { .. } => Some(Algorithm::EdDsa),
        }
    }

    /// The key in the encoding of the library for signatures, checked to be one.
    pub(crate) fn encode(&self, algorithm: Algorithm) -> Result<Vec<u8>, KeyRefusal> {
        let key = match self {
            Material::Rsa { modulus, exponent } => {
                rsa_public_key(modulus, exponent).map_err(|error| malformed(format_args!("{error}")))?
            }
            // SEC 1 section 2.3.3: 4, then both coordinates.
            Material::Point { x, y, .. } => [&[4], x.as_slice(), y].concat(),
            Material::Ed25519 { x } => x.clone(),
        };
        if !AwsLc::is_key(algorithm.scheme(), &key) {
            return Err(malformed(format_args!("its numbers are no public key")));
        }
        Ok(key)
    }

    /// Checks that the numbers are a public key, whatever it signs with.
    pub(crate) fn check(&self) -> Result<(), KeyRefusal> {
        self.encode(self.sole_algorithm().unwrap_or(Algorithm::Ps256)).map(drop)
    }

    /// SHA-256 over the required members in the order of their names (RFC 7638 section 3).
    pub(crate) fn thumbprint(&self) -> [u8; 32] {
        let text = match self {
            Material::Rsa { modulus, exponent } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url::encode(exponent), base64url::encode(modulus))
            }
            Material::Point { curve, x, y } => format!(
                r#"{{"crv":"{}","kty":"EC","x":"{}","y":"{}"}}"#,
                curve.name(),
                base64url::encode(x),
                base64url::encode(y)
            ),
            Material::Ed25519 { x } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url::encode(x))
            }
        };
        AwsLc::sha256(text.as_bytes())
    }
}

/// The thumbprint of a public key in JSON (RFC 7638), SHA-256: the same for every way to write the same JWK.
///
/// This is what binds a session's key to evidence: its 32 bytes stand in report data.
///
/// # Errors
/// [`KeyRefusal`] if `jwk` is no public key of a kind that tokens are signed with.
pub fn thumbprint(jwk: &[u8]) -> Result<[u8; 32], KeyRefusal> {
    if jwk.len() > MAX_JWK_BYTES {
        return Err(malformed(format_args!("it has {} bytes, more than {MAX_JWK_BYTES}", jwk.len())));
    }
    let read = Json::of_stranger(jwk).and_then(Json::into_object);
    let object = read.map_err(|reason| KeyRefusal::Malformed { reason })?;
    Ok(Material::read(&object)?.thumbprint())
}

/// The most that is read of a single key.
const MAX_JWK_BYTES: usize = 64 * 1024;

/// An RSA key by `n` and `e`; or, as Azure Attestation publishes its keys, by a certificate alone (RFC 7517 section 4.7). The certificate
/// is only the key's wrapping: the caller pinned it, so nothing else that it says is looked at.
fn read_rsa(jwk: &Object, members: &Members<'_>) -> Result<Material, KeyRefusal> {
    let (modulus, exponent) = if jwk.contains_key("n") {
        (bytes(members, "n")?, bytes(members, "e")?)
    } else if jwk.contains_key("x5c") {
        let chain: &[Json] = read(members, "x5c")?;
        let first = chain.first().and_then(<&str>::read).and_then(|text| STANDARD.decode(text).ok());
        let der = first.ok_or_else(|| malformed(format_args!("`x5c` begins with no certificate in base64")))?;
        rsa_key_of(&der)?
    } else {
        return Err(malformed(format_args!("it has neither `n` and `e` nor `x5c`")));
    };
    // RFC 7518 section 6.3.1.1: no zeros before. Keys with them would have a second thumbprint.
    if modulus.first().is_none_or(|byte| *byte == 0) || exponent.first().is_none_or(|byte| *byte == 0) {
        return Err(malformed(format_args!("`n` or `e` is zero or begins with zeros")));
    }
    let bits = modulus.len() * 8 - modulus.first().map_or(0, |byte| byte.leading_zeros() as usize);
    if !RSA_BITS.contains(&bits) {
        return Err(KeyRefusal::Size { bits });
    }
    Ok(Material::Rsa { modulus, exponent })
}

/// Modulus and exponent in a certificate's key.
fn rsa_key_of(der: &[u8]) -> Result<(Vec<u8>, Vec<u8>), KeyRefusal> {
    if too_many_values(der) {
        return Err(malformed(format_args!("its certificate has more values in it than any genuine one")));
    }
    let certificate =
        Certificate::from_der(der).map_err(|error| malformed(format_args!("its certificate: {error}")))?;
    let key = certificate.tbs_certificate().subject_public_key_info();
    if key.algorithm.oid != RSA_ENCRYPTION {
        return Err(unsupported(format_args!("algorithm {} in its certificate", key.algorithm.oid)));
    }
    let read = |bytes: &[u8]| -> der::Result<(Vec<u8>, Vec<u8>)> {
        let mut reader = SliceReader::new(bytes)?;
        let numbers = reader.sequence(|key| -> der::Result<_> {
            let modulus = UintRef::decode(key)?;
            let exponent = UintRef::decode(key)?;
            Ok((modulus.as_bytes().to_vec(), exponent.as_bytes().to_vec()))
        })?;
        reader.finish()?;
        Ok(numbers)
    };
    read(key.subject_public_key.raw_bytes()).map_err(|error| malformed(format_args!("its certificate: {error}")))
}

/// An `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn rsa_public_key(modulus: &[u8], exponent: &[u8]) -> der::Result<Vec<u8>> {
    let numbers = [UintRef::new(modulus)?.to_der()?, UintRef::new(exponent)?.to_der()?].concat();
    der::AnyRef::new(der::Tag::Sequence, &numbers)?.to_der()
}

fn bytes(members: &Members<'_>, name: &str) -> Result<Vec<u8>, KeyRefusal> {
    read::<Base64Url>(members, name).map(|Base64Url(bytes)| bytes)
}

fn read<'a, T: FromJson<'a>>(members: &Members<'a>, name: &str) -> Result<T, KeyRefusal> {
    members.get(name).map_err(|wrong| malformed(format_args!("{wrong}")))
}

fn malformed(reason: std::fmt::Arguments<'_>) -> KeyRefusal {
    KeyRefusal::Malformed { reason: Excerpt::of(reason) }
}

fn unsupported(what: std::fmt::Arguments<'_>) -> KeyRefusal {
    KeyRefusal::Unsupported { what: Excerpt::of(what) }
}
