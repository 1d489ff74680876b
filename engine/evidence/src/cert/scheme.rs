//! The signature schemes of the vendors whose certificates are checked here.

use x509_cert::der::asn1::ObjectIdentifier;

use super::refusal::Document;

/// How a vendor signs certificates and revocation lists. Each signs all of them in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VendorScheme {
    /// AMD: RSASSA-PSS with SHA-384 and keys of 4096 bits (AMD 57230 section 2).
    RsaPssSha384,
    /// NVIDIA: ECDSA with SHA-384 and keys on P-384.
    EcdsaP384Sha384,
}

impl VendorScheme {
    /// The scheme that `document`'s vendor signs it with.
    pub(crate) fn of(document: Document) -> Self {
        match document {
            Document::Ark | Document::Ask | Document::Vek | Document::Crl => VendorScheme::RsaPssSha384,
            Document::NvidiaRoot
            | Document::NvidiaIdentity
            | Document::NvidiaProvisioner
            | Document::NvidiaDevice
            | Document::NvidiaAttestationKey
            | Document::NvidiaCrl => VendorScheme::EcdsaP384Sha384,
        }
    }

    /// The object identifier in signed documents: RSASSA-PSS (RFC 4055 section 3.1), ecdsa-with-SHA384 (RFC 5758 section 3.2).
    pub(crate) fn oid(self) -> ObjectIdentifier {
        const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
        const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
        match self {
            VendorScheme::RsaPssSha384 => RSASSA_PSS,
            VendorScheme::EcdsaP384Sha384 => ECDSA_WITH_SHA384,
        }
    }

    /// The scheme with its object identifier, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            VendorScheme::RsaPssSha384 => "RSASSA-PSS (1.2.840.113549.1.1.10), as AMD signs",
            VendorScheme::EcdsaP384Sha384 => "ECDSA with SHA-384 (1.2.840.10045.4.3.3), as NVIDIA signs",
        }
    }
}
