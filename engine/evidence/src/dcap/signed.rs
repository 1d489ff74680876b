//! The outer form of Intel's certificates and revocation lists: what is signed, how, and the signature.

use x509_cert::der::asn1::{BitStringRef, ObjectIdentifier};
use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::spki::AlgorithmIdentifierRef;

use crate::crypto::{AwsLc, BadSignature, Crypto};

/// ecdsa-with-SHA256 (RFC 5758 section 3.2), with which everything of Intel's is signed.
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// A `SEQUENCE { tbs, signatureAlgorithm, signature }` (RFC 5280 sections 4.1 and 5.1), with the signed part as the bytes received.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    /// The signed part, with its tag and length.
    pub(super) tbs: &'a [u8],
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

impl<'a> Signed<'a> {
    /// Splits `der`, which must be one such sequence and nothing after it.
    pub(super) fn read(der: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(der)?;
        let signed = reader.sequence(|inner| -> der::Result<Self> {
            Ok(Self {
                tbs: inner.tlv_bytes()?,
                algorithm: AlgorithmIdentifierRef::decode(inner)?,
                signature: BitStringRef::decode(inner)?,
            })
        })?;
        reader.finish()?;
        Ok(signed)
    }

    /// Checks that the algorithm named outside is Intel's and the one named inside the signed part (RFC 5280 section 4.1.1.2), or says
    /// what it is.
    pub(super) fn check_algorithm(&self, inside: AlgorithmIdentifierRef<'_>) -> Result<(), String> {
        if self.algorithm.oid != ECDSA_WITH_SHA256 {
            return Err(format!("with algorithm {}", self.algorithm.oid));
        }
        if self.algorithm != inside {
            return Err(format!("with {}, but another algorithm stands inside", self.algorithm.oid));
        }
        Ok(())
    }

    /// Checks the signature with an uncompressed SEC 1 point on P-256.
    pub(super) fn check_signature(&self, key: &[u8]) -> Result<(), BadSignature> {
        let signature = self.signature.as_bytes().ok_or(BadSignature)?;
        AwsLc::ecdsa_p256_sha256(key, self.tbs, signature)
    }
}
