//! Why a certificate or a revocation list was refused.

use std::fmt;

use jiff::Timestamp;

use crate::excerpt::Excerpt;
use crate::verified::RootIdentity;

/// A signed document of a vendor's public-key infrastructure, by its place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// The root: AMD Root Key.
    Ark,
    /// The intermediate: AMD SEV Signing Key (ASK), or AMD SEV VLEK Signing Key (ASVK).
    Ask,
    /// The certificate of the key that signs reports: VCEK (a chip's) or VLEK (a provider's).
    Vek,
    /// The certificate revocation list that the ARK signs.
    Crl,
    /// NVIDIA's root.
    NvidiaRoot,
    /// NVIDIA's authority of a line of chips, which the root certifies.
    NvidiaIdentity,
    /// NVIDIA's authority that certifies devices when they are made.
    NvidiaProvisioner,
    /// The certificate of a device's own key, which only its boot ROM can use.
    NvidiaDevice,
    /// The certificate of the key that signs a device's reports, which the boot ROM derives for the firmware that it loads.
    NvidiaAttestationKey,
    /// A certificate revocation list of NVIDIA's.
    NvidiaCrl,
}

impl Document {
    /// Whether this is a revocation list; all others are certificates.
    pub(crate) fn is_list(self) -> bool {
        match self {
            Document::Crl | Document::NvidiaCrl => true,
            Document::Ark | Document::Ask | Document::Vek => false,
            Document::NvidiaRoot
            | Document::NvidiaIdentity
            | Document::NvidiaProvisioner
            | Document::NvidiaDevice
            | Document::NvidiaAttestationKey => false,
        }
    }

    /// A revocation list that the holder of this certificate signs.
    pub(crate) fn list(self) -> Self {
        match self {
            Document::Ark | Document::Ask | Document::Vek | Document::Crl => Document::Crl,
            Document::NvidiaRoot
            | Document::NvidiaIdentity
            | Document::NvidiaProvisioner
            | Document::NvidiaDevice
            | Document::NvidiaAttestationKey
            | Document::NvidiaCrl => Document::NvidiaCrl,
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Document::Ark => "ARK certificate",
            Document::Ask => "ASK (or ASVK) certificate",
            Document::Vek => "VCEK (or VLEK) certificate",
            Document::Crl => "revocation list",
            Document::NvidiaRoot => "NVIDIA root certificate",
            Document::NvidiaIdentity => "NVIDIA identity authority certificate",
            Document::NvidiaProvisioner => "NVIDIA provisioner certificate",
            Document::NvidiaDevice => "device certificate",
            Document::NvidiaAttestationKey => "attestation key certificate",
            Document::NvidiaCrl => "NVIDIA revocation list",
        })
    }
}

/// Why a certificate, its chain or a revocation list was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateRefusal {
    /// The bytes are not the document.
    #[error("the {document} cannot be read: {reason}; expected one X.509 document in DER or PEM")]
    Malformed {
        /// Which document.
        document: Document,
        /// What is wrong with the encoding.
        reason: Excerpt,
    },
    /// A file of certificates is PEM that cannot be read.
    #[error("the file of certificates cannot be read: {reason}; expected X.509 certificates in DER or PEM")]
    File {
        /// What is wrong with the encoding.
        reason: Excerpt,
    },
    /// The document says it is signed with another scheme than its vendor uses.
    #[error("the {document} is signed with algorithm `{found}`; expected {expected}")]
    SignatureAlgorithm {
        /// Which document.
        document: Document,
        /// The object identifier found.
        found: String,
        /// The vendor's algorithm, with its object identifier.
        expected: &'static str,
    },
    /// The document's key cannot be of its kind.
    #[error("the key in the {document} is {found}; expected {expected}")]
    Key {
        /// Which document.
        document: Document,
        /// What the key is.
        found: String,
        /// What a key in this place is.
        expected: &'static str,
    },
    /// The issuer's key did not sign these bytes.
    #[error(
        "the signature on the {document} does not verify under the key of the {issuer}: it was altered, or belongs to another chain"
    )]
    Signature {
        /// Which document.
        document: Document,
        /// Whose key was to have signed it.
        issuer: Document,
    },
    /// The document is not valid yet.
    #[error("the {document} is valid from {not_before}, later than the verification time {now}")]
    NotYetValid {
        /// Which document.
        document: Document,
        /// The start of its validity (for a revocation list, when it was issued).
        not_before: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// The document is not valid any more.
    #[error("the {document} was valid until {not_after}; the verification time is {now}: fetch a current one")]
    Expired {
        /// Which document.
        document: Document,
        /// The end of its validity (for a revocation list, when the next was due).
        not_after: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// A name in the document is not what its place in the chain asks for.
    #[error("the {field} of the {document} is `{found}`; expected `{expected}`")]
    Name {
        /// Which document.
        document: Document,
        /// `issuer` or `subject`.
        field: &'static str,
        /// The name found.
        found: Excerpt,
        /// The name expected.
        expected: Excerpt,
    },
    /// The document may not be used in its place: basic constraints, key usage, or an extension that is critical and unknown.
    #[error("the {document} may not be used in its place: {reason}")]
    Constraints {
        /// Which document.
        document: Document,
        /// Which constraint stands against it.
        reason: String,
    },
    /// One of AMD's own certificate extensions is missing or wrong.
    #[error("the extension `{name}` ({oid}) of the VCEK (or VLEK) certificate is wrong: {reason}")]
    Extension {
        /// AMD's name for it.
        name: &'static str,
        /// Its object identifier.
        oid: String,
        /// What was found and what was expected.
        reason: String,
    },
    /// The product in the VEK certificate is none that this crate knows.
    #[error("the VCEK (or VLEK) certificate is for product `{found}`; known are Milan, Genoa and Turin")]
    ProductUnknown {
        /// The product name found.
        found: Excerpt,
    },
    /// The chain does not end at a trusted root.
    #[error("the chain ends at the root {found}, which is not trusted; trusted is {}", listed(trusted))]
    UntrustedRoot {
        /// The root it ends at.
        found: RootIdentity,
        /// The roots that are trusted.
        trusted: Vec<RootIdentity>,
    },
    /// The built-in chain was to be used under a root that is not AMD's.
    #[error(
        "the built-in chain ends at AMD's root, but trusted is {}: give the ASK (or ASVK) and ARK certificates of that root as the chain",
        listed(trusted)
    )]
    BuiltInChain {
        /// The roots that are trusted.
        trusted: Vec<RootIdentity>,
    },
    /// A VLEK needs its issuer, which is not built in.
    #[error(
        "the report key is a VLEK, whose issuer (`SEV-VLEK-{product}`) is not built in: give the ASVK and ARK certificates as its chain"
    )]
    AsvkRequired {
        /// The product of the VLEK.
        product: &'static str,
    },
    /// A certificate of the chain has been revoked.
    #[error("the {document} has been revoked: serial number {serial} is on the revocation list{}", no_ones(*document, serial))]
    Revoked {
        /// Which document.
        document: Document,
        /// Its serial number, in hexadecimal.
        serial: String,
    },
    /// The revocation list does not say when the next is due, so it can never be known to be current.
    #[error("the revocation list has no next update, so nothing says when it is out of date: fetch the issuer's own")]
    CrlWithoutNextUpdate,
}

impl CertificateRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use CertificateRefusal as R;
        match self {
            R::Malformed { document, .. } => by_kind(*document, "certificate_malformed", "crl_malformed"),
            R::File { .. } => "certificate_malformed",
            R::SignatureAlgorithm { document, .. } => {
                by_kind(*document, "certificate_signature_algorithm", "crl_signature_algorithm")
            }
            R::Key { .. } => "certificate_key",
            R::Signature { document, .. } => by_kind(*document, "certificate_signature", "crl_signature"),
            R::NotYetValid { document, .. } => by_kind(*document, "certificate_not_yet_valid", "crl_not_yet_valid"),
            R::Expired { document, .. } => by_kind(*document, "certificate_expired", "crl_expired"),
            R::Name { document, .. } => by_kind(*document, "certificate_name", "crl_issuer"),
            R::Constraints { document, .. } => by_kind(*document, "certificate_constraints", "crl_unsupported"),
            R::Extension { .. } => "certificate_extension",
            R::ProductUnknown { .. } => "product_unknown",
            R::UntrustedRoot { .. } | R::BuiltInChain { .. } => "untrusted_root",
            R::AsvkRequired { .. } => "asvk_required",
            R::Revoked { .. } => "certificate_revoked",
            R::CrlWithoutNextUpdate => "crl_without_next_update",
        }
    }
}

fn by_kind(document: Document, of_certificate: &'static str, of_list: &'static str) -> &'static str {
    if document.is_list() { of_list } else { of_certificate }
}

fn listed(roots: &[RootIdentity]) -> String {
    let roots: Vec<String> = roots.iter().map(RootIdentity::to_string).collect();
    roots.join(" or ")
}

/// AMD gives every VCEK the serial number 0 (AMD 57230, table of VCEK certificate contents), so an entry 0 names no one chip.
fn no_ones(document: Document, serial: &str) -> &'static str {
    if document == Document::Vek && serial.bytes().all(|digit| digit == b'0') {
        ". Every VCEK has the number 0, so this list refuses all chips: fetch AMD's"
    } else {
        ""
    }
}
