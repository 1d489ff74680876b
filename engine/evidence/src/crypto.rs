//! The cryptographic operations that verification needs, and the one implementation in use.
//!
//! Everything above works on [`Crypto`]; a build on another library replaces [`AwsLc`] and nothing else.

use std::sync::Arc;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};

/// A signature that does not verify, or a key that is none. Libraries tell no more, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadSignature;

/// The signature schemes of the two vendors' public-key infrastructures.
pub(crate) trait Crypto {
    /// RSASSA-PSS with SHA-384, MGF1-SHA-384 and a salt of 48 bytes (AMD's certificates and revocation lists).
    /// `key` is a PKCS #1 `RSAPublicKey`.
    fn rsa_pss_sha384(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

    /// ECDSA over P-384 with SHA-384 (SNP reports). The signature is r ‖ s, big-endian.
    fn ecdsa_p384_sha384(key: &P384Key, message: &[u8], signature: &[u8; 96]) -> Result<(), BadSignature>;

    /// ECDSA over P-256 with SHA-256 (everything of Intel's). `key` is an uncompressed SEC 1 point, the signature DER.
    fn ecdsa_p256_sha256(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

    /// RSASSA-PKCS1-v1_5 with SHA-256 (quotes of a vTPM), the key of 2048 to 8192 bits.
    fn rsa_pkcs1_sha256(key: &RsaKey, message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

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

/// An RSA public key, its numbers big-endian.
#[derive(Debug, Clone)]
pub(crate) struct RsaKey {
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
}

/// [`Crypto`] by AWS-LC.
pub(crate) struct AwsLc;

impl Crypto for AwsLc {
    fn rsa_pss_sha384(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify(&RSA_PSS_2048_8192_SHA384, key, message, signature)
    }

    fn ecdsa_p384_sha384(key: &P384Key, message: &[u8], signature: &[u8; 96]) -> Result<(), BadSignature> {
        key.0.verify_sig(message, signature).map_err(|_| BadSignature)
    }

    fn ecdsa_p256_sha256(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify(&ECDSA_P256_SHA256_ASN1, key, message, signature)
    }

    fn rsa_pkcs1_sha256(key: &RsaKey, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        RsaPublicKeyComponents { n: &key.modulus, e: &key.exponent }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            .map_err(|_| BadSignature)
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
