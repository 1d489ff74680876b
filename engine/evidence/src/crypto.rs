//! The cryptographic operations that verification needs, and the one implementation in use.
//!
//! Everything above works on [`Crypto`]; a build on another library replaces [`AwsLc`] and nothing else.

use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED,
    ECDSA_P521_SHA512_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};

/// A signature that does not verify, or a key that is none. Libraries tell no more, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadSignature;

/// The signature schemes of tokens, of identity certificates and of vTPMs, each with the encoding of its keys and signatures.
///
/// RSA keys are PKCS #1 `RSAPublicKey` of 2048 to 8192 bits, ECDSA keys uncompressed SEC 1 points, Ed25519 keys the 32 bytes of RFC 8032.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    RsaPkcs1Sha256,
    RsaPkcs1Sha384,
    RsaPkcs1Sha512,
    /// With MGF1 of the same hash and a salt of its length.
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    /// With signatures r ‖ s, as tokens have them.
    EcdsaP256Sha256Fixed,
    EcdsaP384Sha384Fixed,
    EcdsaP521Sha512Fixed,
    /// With signatures in DER, as certificates have them.
    EcdsaP256Sha256Der,
    EcdsaP384Sha384Der,
    Ed25519,
}

/// The operations behind every check of a signature or digest.
pub(crate) trait Crypto {
    /// Checks a signature of any of the [`Scheme`]s.
    fn verify(scheme: Scheme, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

    /// Whether `key` is one of `scheme`: of a length it takes and, for elliptic curves, a point on the curve.
    fn is_key(scheme: Scheme, key: &[u8]) -> bool;

    /// RSASSA-PSS with SHA-384, MGF1-SHA-384 and a salt of 48 bytes (AMD's certificates and revocation lists).
    /// `key` is a PKCS #1 `RSAPublicKey`.
    fn rsa_pss_sha384(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

    /// ECDSA over P-384 with SHA-384 (SNP reports, reports of NVIDIA's devices). The signature is r ‖ s, big-endian.
    fn ecdsa_p384_sha384(key: &P384Key, message: &[u8], signature: &[u8; 96]) -> Result<(), BadSignature>;

    /// ECDSA over P-256 with SHA-256 (everything of Intel's). `key` is an uncompressed SEC 1 point, the signature DER.
    fn ecdsa_p256_sha256(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

    /// The same (quotes, TCB Info) with the signature r ‖ s, big-endian.
    fn ecdsa_p256_sha256_fixed(key: &[u8; 65], message: &[u8], signature: &[u8; 64]) -> Result<(), BadSignature>;

    /// SHA-256.
    fn sha256(data: &[u8]) -> [u8; 32];

    /// SHA-384.
    fn sha384(data: &[u8]) -> [u8; 48];

    /// SHA-512.
    fn sha512(data: &[u8]) -> [u8; 64];
}

/// A public key on P-384, read once to verify many signatures.
#[derive(Debug, Clone)]
pub(crate) struct P384Key(Arc<ParsedPublicKey>);

impl P384Key {
    /// Reads `point`, an uncompressed SEC 1 point, and checks that it is on the curve.
    pub(crate) fn parse(point: &[u8]) -> Result<Self, BadSignature> {
        const UNCOMPRESSED: u8 = 0x04;
        if point.first() != Some(&UNCOMPRESSED) {
            return Err(BadSignature);
        }
        ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).map(|key| Self(Arc::new(key))).map_err(|_| BadSignature)
    }
}

/// [`Crypto`] by AWS-LC.
pub(crate) struct AwsLc;

impl Crypto for AwsLc {
    fn verify(scheme: Scheme, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify(algorithm(scheme), key, message, signature)
    }

    fn is_key(scheme: Scheme, key: &[u8]) -> bool {
        ParsedPublicKey::new(algorithm(scheme), key).is_ok()
    }

    fn rsa_pss_sha384(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify(&RSA_PSS_2048_8192_SHA384, key, message, signature)
    }

    fn ecdsa_p384_sha384(key: &P384Key, message: &[u8], signature: &[u8; 96]) -> Result<(), BadSignature> {
        key.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }

    fn ecdsa_p256_sha256(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify(&ECDSA_P256_SHA256_ASN1, key, message, signature)
    }

    fn ecdsa_p256_sha256_fixed(key: &[u8; 65], message: &[u8], signature: &[u8; 64]) -> Result<(), BadSignature> {
        verify(&ECDSA_P256_SHA256_FIXED, key, message, signature)
    }

    fn sha256(data: &[u8]) -> [u8; 32] {
        hash(&digest::SHA256, data)
    }

    fn sha384(data: &[u8]) -> [u8; 48] {
        hash(&digest::SHA384, data)
    }

    fn sha512(data: &[u8]) -> [u8; 64] {
        hash(&digest::SHA512, data)
    }
}

fn algorithm(scheme: Scheme) -> &'static dyn VerificationAlgorithm {
    match scheme {
        Scheme::RsaPkcs1Sha256 => &RSA_PKCS1_2048_8192_SHA256,
        Scheme::RsaPkcs1Sha384 => &RSA_PKCS1_2048_8192_SHA384,
        Scheme::RsaPkcs1Sha512 => &RSA_PKCS1_2048_8192_SHA512,
        Scheme::RsaPssSha256 => &RSA_PSS_2048_8192_SHA256,
        Scheme::RsaPssSha384 => &RSA_PSS_2048_8192_SHA384,
        Scheme::RsaPssSha512 => &RSA_PSS_2048_8192_SHA512,
        Scheme::EcdsaP256Sha256Fixed => &ECDSA_P256_SHA256_FIXED,
        Scheme::EcdsaP384Sha384Fixed => &ECDSA_P384_SHA384_FIXED,
        Scheme::EcdsaP521Sha512Fixed => &ECDSA_P521_SHA512_FIXED,
        Scheme::EcdsaP256Sha256Der => &ECDSA_P256_SHA256_ASN1,
        Scheme::EcdsaP384Sha384Der => &ECDSA_P384_SHA384_ASN1,
        Scheme::Ed25519 => &ED25519,
    }
}

fn verify(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).map_err(|_| BadSignature)
}

fn hash<const N: usize>(algorithm: &'static digest::Algorithm, data: &[u8]) -> [u8; N] {
    let mut output = [0; N];
    output.copy_from_slice(digest::digest(algorithm, data).as_ref());
    output
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The base point of P-384 (FIPS 186-4, D.1.2.4).
    const X: &str = "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7";
    const Y: &str = "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f";

    #[test]
    fn keys_on_p384_are_uncompressed_points_on_the_curve() {
        let parse = |point: String| P384Key::parse(&hex::decode(point).unwrap()).is_ok();
        assert!(parse(format!("04{X}{Y}")));
        assert!(!parse(format!("03{X}")), "compressed");
        assert!(!parse(format!("04{X}{X}")), "not on the curve");
        assert!(!parse(format!("04{X}{Y}00")), "too long");
        assert!(!parse(format!("04{X}")), "too short");
        assert!(!parse("00".to_owned()), "infinity");
        // SubjectPublicKeyInfo, which certificates have around the point and the library would take as well.
        assert!(!parse(format!("3076301006072a8648ce3d020106052b8104002203620004{X}{Y}")), "wrapped");
    }
}
