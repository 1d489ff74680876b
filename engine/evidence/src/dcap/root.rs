//! The root at which trust in quotes begins.

use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::referenced::OwnedToRef;
use x509_cert::der::{self, Decode, Reader, SliceReader};

use super::collateral::Collateral;
use super::refusal::QuoteRefusal;
use crate::cert::one_certificate;
use crate::crypto::{AwsLc, Crypto};
use crate::development;
use crate::excerpt::Excerpt;
use crate::refusal::Refusal;
use crate::verified::{RootIdentity, TrustRoot};

/// Intel's SGX Root CA, which signs for TDX as well.
const BUILT_IN: &[u8] = include_bytes!("../../roots/intel/sgx-root-ca.der");

/// The development root of quotes.
const DEVELOPMENT: &[u8] = include_bytes!("../../roots/development/sgx-root-ca.der");

/// id-ecPublicKey and secp256r1 (RFC 5480 sections 2.1.1 and 2.1.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// The root certificate that a verifier of quotes trusts.
#[derive(Debug, Clone)]
pub struct IntelRoot {
    der: Vec<u8>,
    trust_root: TrustRoot,
}

impl IntelRoot {
    /// Intel's SGX Root CA.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            der: BUILT_IN.to_vec(),
            trust_root: TrustRoot::BuiltIn(RootIdentity {
                common_name: "Intel SGX Root CA".into(),
                sha256: AwsLc::sha256(BUILT_IN),
            }),
        }
    }

    /// Only the given root, one certificate in DER or PEM, in place of Intel's.
    ///
    /// # Errors
    /// [`Refusal`] if it is not one certificate of a root: issued by itself, with an ECDSA key on P-256; or if it is a development root.
    pub fn given(root: &[u8]) -> Result<Self, Refusal> {
        let root = Self::read(root)?;
        development::refuse(root.trust_root.identity())?;
        Ok(root)
    }

    /// The development root, for the verifier that gives nothing but [`Simulated`](crate::Simulated).
    pub(super) fn development() -> Self {
        Self::read(DEVELOPMENT).expect("the certificates in this crate are well-formed")
    }

    /// What to say of evidence that was refused under this root: where its `collateral` ends at a development root, that says it all.
    pub(super) fn refusal(&self, refusal: Refusal, collateral: &Collateral) -> Refusal {
        match collateral.root() {
            Some(found)
                if development::is_development(&found) && !development::is_development(self.trust_root.identity()) =>
            {
                Refusal::DevelopmentRoot { found }
            }
            Some(_) | None => refusal,
        }
    }

    fn read(root: &[u8]) -> Result<Self, Refusal> {
        let malformed = |reason| QuoteRefusal::RootMalformed { reason };
        let der = one_certificate(root, malformed)?;
        let certificate = Certificate::from_der(&der).map_err(|error| malformed(Excerpt::of(error)))?;
        check_is_root(&der, &certificate).map_err(|reason| malformed(Excerpt::of(reason)))?;
        let trust_root = TrustRoot::Given(identity(&der, &certificate));
        Ok(Self { der: der.into_owned(), trust_root })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) fn trust_root(&self) -> &TrustRoot {
        &self.trust_root
    }
}

/// What names a certificate as a root.
pub(super) fn identity(der: &[u8], certificate: &Certificate) -> RootIdentity {
    let name = certificate.tbs_certificate().subject().common_name().ok().flatten();
    let common_name = name.map_or_else(String::new, |name| name.value().into_owned());
    RootIdentity { common_name, sha256: AwsLc::sha256(der) }
}

/// Checks that a certificate is a root's, or says what it is not.
///
/// The library looks a root up on its own revocation list and takes for granted that the root is its own issuer, by the bytes of the
/// names: it panics where that is not so.
fn check_is_root(der: &[u8], certificate: &Certificate) -> Result<(), &'static str> {
    if certificate.tbs_certificate().version() != Version::V3 {
        return Err("it is not an X.509 version 3 certificate");
    }
    match names(der) {
        Ok([issuer, subject]) if issuer == subject => {}
        Ok(_) => return Err("it is issued by another, so it is no root"),
        Err(_) => return Err("its names cannot be read"),
    }
    let algorithm = certificate.tbs_certificate().subject_public_key_info().algorithm.owned_to_ref();
    if algorithm.oid != EC_PUBLIC_KEY || algorithm.parameters_oid() != Ok(SECP256R1) {
        return Err("its key is not an ECDSA key on P-256, as all of Intel's are");
    }
    Ok(())
}

/// The names of issuer and subject of a version 3 certificate, as the bytes that it has (RFC 5280 section 4.1: after version, serial number
/// and algorithm; between the two stands the validity).
fn names(certificate: &[u8]) -> der::Result<[&[u8]; 2]> {
    SliceReader::new(certificate)?.sequence(|certificate| -> der::Result<_> {
        let names = certificate.sequence(|tbs| -> der::Result<_> {
            for _version_serial_algorithm in 0..3 {
                tbs.tlv_bytes()?;
            }
            let issuer = tbs.tlv_bytes()?;
            tbs.tlv_bytes()?;
            let subject = tbs.tlv_bytes()?;
            while !tbs.is_finished() {
                tbs.tlv_bytes()?;
            }
            Ok([issuer, subject])
        })?;
        for _algorithm_signature in 0..2 {
            certificate.tlv_bytes()?;
        }
        Ok(names)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_root_is_one_that_could_be_given() {
        let given = IntelRoot::given(BUILT_IN).unwrap();
        assert_eq!(given.trust_root().identity(), IntelRoot::built_in().trust_root().identity());
    }
}
