//! The outer form of a certificate and of a revocation list: what is signed, how, and the signature.

use x509_cert::der::asn1::BitStringRef;
use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::spki::AlgorithmIdentifierRef;

use super::refusal::{CertificateRefusal, Document};
use super::scheme::VendorScheme;
use crate::crypto::{AwsLc, Crypto, Scheme};
use crate::excerpt::Excerpt;

/// The length in bytes of the modulus of an RSA key of 4096 bits, and of its signatures (AMD 57230 section 2: ARK, ASK and ASVK are
/// RSA-4096).
pub(crate) const RSA_4096_BYTES: usize = 512;

/// A `SEQUENCE { tbs, signatureAlgorithm, signature }` (RFC 5280 sections 4.1 and 5.1).
///
/// The signed part is kept as the bytes received: a signature is checked over those and never over a re-encoding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    /// The signed part, with its tag and length.
    pub(crate) tbs: &'a [u8],
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

impl<'a> Signed<'a> {
    /// Splits `der`, which must be one such sequence and nothing after it.
    pub(crate) fn read(document: Document, der: &'a [u8]) -> Result<Self, CertificateRefusal> {
        let read = || -> der::Result<Self> {
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
        };
        read().map_err(|error| malformed(document, &error))
    }

    /// Checks that the algorithm named outside is the vendor's and the one named inside the signed part (RFC 5280 section 4.1.1.2).
    ///
    /// Its parameters need no look: a signature is only ever checked with SHA-384 and, for RSASSA-PSS, a salt of 48 bytes, so one made
    /// with others does not verify.
    pub(crate) fn check_algorithm(
        &self,
        document: Document,
        inside: AlgorithmIdentifierRef<'_>,
    ) -> Result<(), CertificateRefusal> {
        let scheme = VendorScheme::of(document);
        let found = if self.algorithm.oid != scheme.oid() {
            self.algorithm.oid.to_string()
        } else if self.algorithm != inside {
            format!("{} (with another inside the signed part)", self.algorithm.oid)
        } else {
            return Ok(());
        };
        Err(CertificateRefusal::SignatureAlgorithm { document, found, expected: scheme.name() })
    }

    /// Checks the signature with the key of `issuer`: a PKCS #1 `RSAPublicKey` of 4096 bits, or an uncompressed point on P-384.
    pub(crate) fn check_signature(
        &self,
        document: Document,
        issuer: Document,
        key: &[u8],
    ) -> Result<(), CertificateRefusal> {
        let bad = CertificateRefusal::Signature { document, issuer };
        let signature = self.signature.as_bytes().ok_or_else(|| bad.clone())?;
        let verdict = match VendorScheme::of(document) {
            VendorScheme::RsaPssSha384 if signature.len() != RSA_4096_BYTES => return Err(bad),
            VendorScheme::RsaPssSha384 => AwsLc::rsa_pss_sha384(key, self.tbs, signature),
            VendorScheme::EcdsaP384Sha384 => AwsLc::verify(Scheme::EcdsaP384Sha384Der, key, self.tbs, signature),
        };
        verdict.map_err(|_| bad)
    }
}

/// What a DER decoder's error means to the person who has the file.
pub(crate) fn malformed(document: Document, error: &der::Error) -> CertificateRefusal {
    CertificateRefusal::Malformed { document, reason: Excerpt::of(error) }
}
