//! The cryptographic operations that verification needs, and the one implementation in use.
//!
//! Everything above works on [`Crypto`]; a build on another library replaces [`AwsLc`] and nothing else.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_FIXED, RSA_PSS_2048_8192_SHA384,
    UnparsedPublicKey, VerificationAlgorithm,
};

/// A signature that does not verify, or a key that is none. Libraries tell no more, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadSignature;

/// The signature schemes of the two vendors' public-key infrastructures.
pub(crate) trait Crypto {
    /// RSASSA-PSS with SHA-384, MGF1-SHA-384 and a salt of 48 bytes (AMD's certificates and revocation lists).
    /// `key` is a PKCS #1 `RSAPublicKey`.
    fn rsa_pss_sha384(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

    /// ECDSA over P-384 with SHA-384 (SNP reports, reports of NVIDIA's devices). `key` is an uncompressed SEC 1 point, the signature r ‖ s, big-endian.
    fn ecdsa_p384_sha384(key: &[u8], message: &[u8], signature: &[u8; 96]) -> Result<(), BadSignature>;

    /// The same (NVIDIA's certificates and revocation lists) with the signature in DER.
    fn ecdsa_p384_sha384_der(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

    /// ECDSA over P-256 with SHA-256 (everything of Intel's). `key` is an uncompressed SEC 1 point, the signature DER.
    fn ecdsa_p256_sha256(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature>;

    /// SHA-256.
    fn sha256(data: &[u8]) -> [u8; 32];

    /// SHA-384.
    fn sha384(data: &[u8]) -> [u8; 48];
}

/// [`Crypto`] by AWS-LC.
pub(crate) struct AwsLc;

impl Crypto for AwsLc {
    fn rsa_pss_sha384(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify(&RSA_PSS_2048_8192_SHA384, key, message, signature)
    }

    fn ecdsa_p384_sha384(key: &[u8], message: &[u8], signature: &[u8; 96]) -> Result<(), BadSignature> {
        verify(&ECDSA_P384_SHA384_FIXED, key, message, signature)
    }

    fn ecdsa_p384_sha384_der(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify(&ECDSA_P384_SHA384_ASN1, key, message, signature)
    }

    fn ecdsa_p256_sha256(key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        verify(&ECDSA_P256_SHA256_ASN1, key, message, signature)
    }

    fn sha256(data: &[u8]) -> [u8; 32] {
        hash(&digest::SHA256, data)
    }

    fn sha384(data: &[u8]) -> [u8; 48] {
        hash(&digest::SHA384, data)
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
