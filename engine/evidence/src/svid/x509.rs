//! X.509-SVID: a SPIFFE identity as a certificate.
//!
//! A certificate is no secret: that the peer is the workload shows only in a TLS handshake, where it proves to have the key. Verify here
//! what the handshake presented, and nothing that came over another channel.
//!
//! The path from the workload's certificate to the trust domain's is built and checked by rustls-webpki, which TLS in Rust
//! rests on: signatures, names, authority, path length, name constraints (those on URIs are refused, as it does not evaluate them), unknown
//! critical extensions, and a budget for all of it. It knows nothing of key usage and takes anchors as they are, so those checks, and SPIFFE's
//! own, are made here on the path that it found. Source: SPIFFE, "X509-SVID".

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
    alg_id,
};
use webpki::{EndEntityCert, KeyUsage, VerifiedPath, anchor_from_trusted_cert};

use super::certificate::{AUTHORITY, Certificate, LEAF};
use super::refusal::SvidRefusal;
use super::spiffe_id::{SpiffeId, TrustDomain};
use crate::cert::certificates;
use crate::claim::{Claim, Claims, EvidenceKind};
use crate::crypto::{AwsLc, Crypto, Scheme};
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};
use crate::verified::{RootIdentity, TrustRoot, Verified};

/// The most bytes of one certificate. Genuine ones have 1 to 2 KiB.
const MAX_CERTIFICATE_BYTES: usize = 16 * 1024;

/// The most certificates that are presented: a workload's and the authorities above it.
const MAX_CHAIN: usize = 8;

/// The most authorities of a trust domain: one or two, and the next while they change.
const MAX_AUTHORITIES: usize = 16;

/// The authorities of one trust domain, pinned beforehand.
#[derive(Debug, Clone)]
pub struct Bundle {
    trust_domain: TrustDomain,
    authorities: Vec<Authority>,
}

#[derive(Debug, Clone)]
struct Authority {
    der: Vec<u8>,
    anchor: TrustAnchor<'static>,
}

/// Verifies the certificates of one trust domain's workloads.
#[derive(Debug, Clone)]
pub struct Verifier {
    bundle: Bundle,
}

/// The certificates that a peer presented.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// In DER, the workload's first, then those between it and the trust domain's authority, as a TLS handshake has them.
    pub chain: &'a [&'a [u8]],
}

/// What a verified certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct X509Svid {
    /// The workload.
    pub spiffe_id: SpiffeId,
    /// SHA-256 of the public key, as a `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7).
    pub key_digest: [u8; 32],
    /// Its other names.
    pub dns_names: BTreeSet<String>,
    /// The certificate's serial number, big-endian.
    pub serial_number: Vec<u8>,
    /// The start of its validity.
    pub not_before: Timestamp,
}

impl Bundle {
    /// The authorities of `trust_domain` in `file`: one certificate in DER, or any number in PEM.
    ///
    /// # Errors
    /// [`Refusal`] if the file cannot be read, or a certificate in it is no authority's.
    pub fn new(trust_domain: TrustDomain, file: &[u8]) -> Result<Self, Refusal> {
        let certificates = certificates(file)?;
        if certificates.len() > MAX_AUTHORITIES {
            return Err(SvidRefusal::Certificates { found: certificates.len(), limit: MAX_AUTHORITIES }.into());
        }
        let authorities = certificates.into_iter().map(|der| Authority::read(der.into_owned()));
        Ok(Self { trust_domain, authorities: authorities.collect::<Result<_, _>>()? })
    }
}

impl Authority {
    fn read(der: Vec<u8>) -> Result<Self, SvidRefusal> {
        Certificate::read(AUTHORITY, &der)?.check_is_authority(0)?;
        let certificate = CertificateDer::from(der.as_slice());
        let anchor = anchor_from_trusted_cert(&certificate)
            .map_err(|error| SvidRefusal::Malformed { what: AUTHORITY, reason: Excerpt::of(error) })?
            .to_owned();
        Ok(Self { der, anchor })
    }
}

impl Verifier {
    /// Takes certificates for workloads of the bundle's trust domain, issued under its authorities.
    #[must_use]
    pub fn new(bundle: Bundle) -> Self {
        Self { bundle }
    }

    /// Verifies `evidence` at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<X509Svid>, Refusal> {
        // 1. What was presented is certificates, and not too many.
        let (leaf_der, between) = match evidence.chain {
            [leaf, between @ ..] if between.len() < MAX_CHAIN => (*leaf, between),
            chain => return Err(SvidRefusal::Certificates { found: chain.len(), limit: MAX_CHAIN }.into()),
        };
        for der in evidence.chain {
            within("certificate", der, MAX_CERTIFICATE_BYTES)?;
        }
        let leaf = Certificate::read(LEAF, leaf_der)?;

        // 2. A path leads from the workload's certificate to one of the trust domain's (X509-SVID section 5.1).
        leaf.check_valid_at(now)?;
        let leaf_der = CertificateDer::from(leaf_der);
        let end_entity =
            EndEntityCert::try_from(&leaf_der).map_err(|error| SvidRefusal::Chain { reason: Excerpt::of(error) })?;
        let between: Vec<CertificateDer<'_>> = between.iter().map(|der| CertificateDer::from(*der)).collect();
        let anchors: Vec<TrustAnchor<'_>> =
            self.bundle.authorities.iter().map(|authority| authority.anchor.clone()).collect();
        let path = self.find_path(&end_entity, &between, &anchors, now)?;

        // 3. Every certificate on the path may stand where it stands, and is valid (sections 4 and 5.2).
        leaf.check_is_leaf()?;
        let mut expires_at = leaf.not_after();
        let mut below = 0;
        for issuer in path.intermediate_certificates() {
            expires_at = expires_at.min(check_issuer(issuer.der().as_ref(), below, now)?);
            below += 1;
        }
        let root = self.root_of(&path)?;
        expires_at = expires_at.min(check_issuer(&root.der, below, now)?);

        // 4. It names one workload, of this trust domain.
        let spiffe_id = leaf.spiffe_id()?;
        spiffe_id.check_in(&self.bundle.trust_domain)?;

        let content = X509Svid {
            spiffe_id,
            key_digest: AwsLc::sha256(end_entity.subject_public_key_info().as_ref()),
            dns_names: leaf.dns_names()?.into_iter().collect(),
            serial_number: leaf.serial().to_vec(),
            not_before: leaf.not_before(),
        };
        let identity = RootIdentity {
            common_name: Certificate::read(AUTHORITY, &root.der)?.subject(),
            sha256: AwsLc::sha256(&root.der),
        };
        Ok(Verified::new(content, now, expires_at, TrustRoot::Given(identity)))
    }

    fn find_path<'p>(
        &self,
        leaf: &'p EndEntityCert<'p>,
        between: &'p [CertificateDer<'p>],
        anchors: &'p [TrustAnchor<'p>],
        now: Timestamp,
    ) -> Result<VerifiedPath<'p>, SvidRefusal> {
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        // Where a certificate limits the purposes of keys below it, identifying a peer must be among them.
        let purpose = KeyUsage::client_auth();
        leaf.verify_for_usage(&ALGORITHMS, anchors, between, time, purpose, None, None).map_err(|error| match error {
            webpki::Error::UnknownIssuer => SvidRefusal::Untrusted { expected: Excerpt::of(&self.bundle.trust_domain) },
            // Every other error refuses as well: the library's words say which it is.
            other => SvidRefusal::Chain { reason: Excerpt::of(other) },
        })
    }

    /// The authority that a path ends in.
    fn root_of(&self, path: &VerifiedPath<'_>) -> Result<&Authority, SvidRefusal> {
        let found = self.bundle.authorities.iter().find(|authority| authority.anchor == *path.anchor());
        found.ok_or_else(|| SvidRefusal::Untrusted { expected: Excerpt::of(&self.bundle.trust_domain) })
    }
}

/// Checks an authority's certificate on a path with `below` more of them beneath it, and says when it ends.
fn check_issuer(der: &[u8], below: usize, now: Timestamp) -> Result<Timestamp, SvidRefusal> {
    let issuer = Certificate::read(AUTHORITY, der)?;
    issuer.check_is_authority(below)?;
    issuer.check_valid_at(now)?;
    Ok(issuer.not_after())
}

/// A signature algorithm of certificates, on the cryptography of this crate.
#[derive(Debug)]
struct CertificateAlgorithm {
    scheme: Scheme,
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
}

impl SignatureVerificationAlgorithm for CertificateAlgorithm {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        AwsLc::verify(self.scheme, public_key, message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

const fn algorithm(scheme: Scheme, key: AlgorithmIdentifier, signature: AlgorithmIdentifier) -> CertificateAlgorithm {
    CertificateAlgorithm { scheme, key, signature }
}

/// The algorithms that authorities sign certificates with.
static ALGORITHMS: [&dyn SignatureVerificationAlgorithm; 6] = [
    &algorithm(Scheme::EcdsaP256Sha256Der, alg_id::ECDSA_P256, alg_id::ECDSA_SHA256),
    &algorithm(Scheme::EcdsaP384Sha384Der, alg_id::ECDSA_P384, alg_id::ECDSA_SHA384),
    &algorithm(Scheme::RsaPkcs1Sha256, alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA256),
    &algorithm(Scheme::RsaPkcs1Sha384, alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA384),
    &algorithm(Scheme::RsaPkcs1Sha512, alg_id::RSA_ENCRYPTION, alg_id::RSA_PKCS1_SHA512),
    &algorithm(Scheme::Ed25519, alg_id::ED25519, alg_id::ED25519),
];

impl Claims for X509Svid {
    const KIND: EvidenceKind = EvidenceKind::X509Svid;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        vec![
            ("spiffe_id", Claim::Text(self.spiffe_id.to_string())),
            ("trust_domain", Claim::Text(self.spiffe_id.trust_domain().to_string())),
            ("key_digest", Claim::bytes(&self.key_digest)),
            ("dns_names", Claim::TextSet(self.dns_names.clone())),
            ("serial_number", Claim::bytes(&self.serial_number)),
            ("not_before", Claim::Time(self.not_before)),
        ]
    }
}
