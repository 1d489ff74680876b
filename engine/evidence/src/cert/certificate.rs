//! One X.509 certificate of a vendor's, read and ready to be checked.

use jiff::Timestamp;
use x509_cert::TbsCertificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::{ObjectIdentifier, UintRef};
use x509_cert::der::referenced::OwnedToRef;
use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::Name;

use super::encoding;
use super::refusal::{CertificateRefusal, Document};
use super::scheme::VendorScheme;
use super::signed::{RSA_4096_BYTES, Signed, malformed};
use super::values;
use crate::crypto::{AwsLc, Crypto, P384Key};
use crate::excerpt::Excerpt;
use crate::instant::instant;
use crate::refusal::Refusal;
use crate::verified::RootIdentity;

/// rsaEncryption (RFC 8017 appendix A.1).
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// id-ecPublicKey and secp384r1 (RFC 5480 sections 2.1.1 and 2.1.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// basicConstraints and keyUsage (RFC 5280 sections 4.2.1.9 and 4.2.1.3).
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

/// What is expected of a key on P-384.
const P384: &str = "an ECDSA key on P-384";

/// A certificate in its place in its vendor's chain. Reading one proves nothing yet.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    document: Document,
    der: Vec<u8>,
    tbs: TbsCertificate,
}

impl Certificate {
    /// Reads the one certificate in `file`, DER or PEM, that stands at `document` in the chain.
    ///
    /// The parser takes AMD's serial number 0, which RFC 5280 section 4.1.2.2 tells certificate users to handle gracefully.
    pub(crate) fn read(document: Document, file: &[u8]) -> Result<Self, Refusal> {
        let der = encoding::one(document, file)?.into_owned();
        if values::too_many(&der) {
            let reason = Excerpt::of("it has more values in it than any genuine one");
            return Err(CertificateRefusal::Malformed { document, reason }.into());
        }
        let signed = Signed::read(document, &der)?;
        let tbs = TbsCertificate::from_der(signed.tbs).map_err(|error| malformed(document, &error))?;
        signed.check_algorithm(document, tbs.signature().owned_to_ref())?;
        if tbs.version() != Version::V3 {
            return Err(CertificateRefusal::Malformed {
                document,
                reason: Excerpt::of("it is not an X.509 version 3 certificate"),
            }
            .into());
        }
        Ok(Self { document, der, tbs })
    }

    /// Checks that `issuer` is named as this certificate's issuer and that its key signed it.
    pub(crate) fn check_issued_by(&self, issuer: &Certificate) -> Result<(), CertificateRefusal> {
        if self.tbs.issuer() != issuer.tbs.subject() {
            return Err(CertificateRefusal::Name {
                document: self.document,
                field: "issuer",
                found: Excerpt::of(self.tbs.issuer()),
                expected: Excerpt::of(issuer.tbs.subject()),
            });
        }
        Signed::read(self.document, &self.der)?.check_signature(self.document, issuer.document, issuer.issuing_key()?)
    }

    /// Checks that `now` lies within the validity. RFC 5280 section 4.1.2.5 counts the instant of `notAfter` in; here it is out, as is
    /// the end of everything that evidence rests on, so that evidence ends at the instant that the document names.
    pub(crate) fn check_valid_at(&self, now: Timestamp) -> Result<(), CertificateRefusal> {
        let document = self.document;
        let (not_before, not_after) = (self.not_before(), self.not_after());
        if now < not_before {
            return Err(CertificateRefusal::NotYetValid { document, not_before, now });
        }
        if now >= not_after {
            return Err(CertificateRefusal::Expired { document, not_after, now });
        }
        Ok(())
    }

    /// Checks the subject's common name.
    pub(crate) fn check_common_name(&self, expected: &str) -> Result<(), CertificateRefusal> {
        let found = self.common_name();
        if found != expected {
            return Err(CertificateRefusal::Name {
                document: self.document,
                field: "subject",
                found: Excerpt::of(found),
                expected: Excerpt::of(expected),
            });
        }
        Ok(())
    }

    /// Checks that this certificate may issue others with `issued_below` more certificate authorities beneath it
    /// (RFC 5280 sections 4.2.1.3 and 4.2.1.9).
    pub(crate) fn check_is_authority(&self, issued_below: u8) -> Result<(), CertificateRefusal> {
        let constraints: BasicConstraints = self.require(BASIC_CONSTRAINTS, "basic constraints")?;
        if !constraints.ca {
            return Err(self.forbidden("its basic constraints do not make it an authority"));
        }
        if constraints.path_len_constraint.is_some_and(|len| len < issued_below) {
            return Err(self.forbidden("its path length does not allow the authority beneath it"));
        }
        let usage: KeyUsage = self.require(KEY_USAGE, "key usage")?;
        if !usage.key_cert_sign() {
            return Err(self.forbidden("its key usage does not include signing certificates"));
        }
        Ok(())
    }

    /// Checks that this certificate may sign revocation lists (RFC 5280 section 4.2.1.3).
    pub(crate) fn check_signs_crls(&self) -> Result<(), CertificateRefusal> {
        let usage: KeyUsage = self.require(KEY_USAGE, "key usage")?;
        if !usage.crl_sign() {
            return Err(self.forbidden("its key usage does not include signing revocation lists"));
        }
        Ok(())
    }

    /// Checks that this certificate's key may sign what is not a certificate or a list (RFC 5280 section 4.2.1.3).
    pub(crate) fn check_signs_data(&self) -> Result<(), CertificateRefusal> {
        let usage: KeyUsage = self.require(KEY_USAGE, "key usage")?;
        if !usage.digital_signature() {
            return Err(self.forbidden("its key usage does not include digital signatures"));
        }
        Ok(())
    }

    /// Checks that this certificate makes no authority of its holder.
    pub(crate) fn check_is_end_entity(&self) -> Result<(), CertificateRefusal> {
        let constraints: Option<BasicConstraints> = self.find(BASIC_CONSTRAINTS)?;
        if constraints.is_some_and(|constraints| constraints.ca) {
            return Err(self.forbidden("it is an authority, not the key of a chip or provider"));
        }
        Ok(())
    }

    /// Checks that every extension marked critical is one that the checks above understand (RFC 5280 section 4.2).
    pub(crate) fn check_critical_extensions(&self) -> Result<(), CertificateRefusal> {
        let unknown = |extension: &&Extension| {
            extension.critical && extension.extn_id != BASIC_CONSTRAINTS && extension.extn_id != KEY_USAGE
        };
        match self.extensions().iter().find(unknown) {
            Some(extension) => {
                Err(self.forbidden(&format!("its extension {} is critical and unknown", extension.extn_id)))
            }
            None => Ok(()),
        }
    }

    /// The content of the extension `oid`: absent, or there once.
    pub(crate) fn extension(&self, oid: ObjectIdentifier) -> Result<Option<&[u8]>, CertificateRefusal> {
        let mut found = self.extensions().iter().filter(|extension| extension.extn_id == oid);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(extension), None) => Ok(Some(extension.extn_value.as_bytes())),
            (Some(_), Some(_)) => Err(CertificateRefusal::Malformed {
                document: self.document,
                reason: Excerpt::of(format_args!("its extension {oid} is there more than once")),
            }),
        }
    }

    /// The key with which this certificate's vendor signs others.
    pub(crate) fn issuing_key(&self) -> Result<&[u8], CertificateRefusal> {
        match VendorScheme::of(self.document) {
            VendorScheme::RsaPssSha384 => self.rsa_key(),
            VendorScheme::EcdsaP384Sha384 => self.p384_key(),
        }
    }

    /// The key as a PKCS #1 `RSAPublicKey`, of 4096 bits.
    pub(crate) fn rsa_key(&self) -> Result<&[u8], CertificateRefusal> {
        const EXPECTED: &str = "an RSA key of 4096 bits";
        let key = self.key(RSA_ENCRYPTION, EXPECTED)?;
        let found = match rsa_modulus(key) {
            Ok(modulus) if modulus.len() == RSA_4096_BYTES && modulus[0] & 0x80 != 0 => return Ok(key),
            Ok(modulus) => format!("an RSA key of about {} bits", modulus.len() * 8),
            Err(_) => "an RSA key that cannot be read".to_owned(),
        };
        Err(CertificateRefusal::Key { document: self.document, found, expected: EXPECTED })
    }

    /// The key as an uncompressed SEC 1 point on P-384.
    pub(crate) fn p384_key(&self) -> Result<&[u8], CertificateRefusal> {
        if self.spki().algorithm.owned_to_ref().parameters_oid() != Ok(SECP384R1) {
            return Err(self.other_key(P384));
        }
        self.key(EC_PUBLIC_KEY, P384)
    }

    /// The same, checked to be such a point and ready to verify with.
    pub(crate) fn parsed_p384_key(&self) -> Result<P384Key, CertificateRefusal> {
        P384Key::parse(self.p384_key()?).map_err(|_| CertificateRefusal::Key {
            document: self.document,
            found: "no uncompressed point on the curve".to_owned(),
            expected: P384,
        })
    }

    fn key(&self, algorithm: ObjectIdentifier, expected: &'static str) -> Result<&[u8], CertificateRefusal> {
        if self.spki().algorithm.oid != algorithm {
            return Err(self.other_key(expected));
        }
        self.spki().subject_public_key.as_bytes().ok_or_else(|| self.other_key(expected))
    }

    /// Whether `other` is the same root: the same name and the same key, which is what a trust anchor is (RFC 5280 section 6.1.1 (d)).
    /// AMD may issue the root certificate anew with the same key; that is the same root.
    pub(crate) fn is_same_root(&self, other: &Certificate) -> bool {
        self.tbs.subject() == other.tbs.subject() && self.spki() == other.spki()
    }

    /// The start of the validity.
    pub(crate) fn not_before(&self) -> Timestamp {
        instant(self.tbs.validity().not_before.to_unix_duration().as_secs())
    }

    /// The end of the validity.
    pub(crate) fn not_after(&self) -> Timestamp {
        instant(self.tbs.validity().not_after.to_unix_duration().as_secs())
    }

    /// The subject's common name, or nothing where it has none that is text.
    pub(crate) fn common_name(&self) -> String {
        common_name(self.tbs.subject())
    }

    /// The issuer's common name.
    pub(crate) fn issuer_common_name(&self) -> String {
        common_name(self.tbs.issuer())
    }

    /// The subject's whole name.
    pub(crate) fn subject(&self) -> &Name {
        self.tbs.subject()
    }

    /// The serial number, big-endian.
    pub(crate) fn serial(&self) -> &[u8] {
        self.tbs.serial_number().as_bytes()
    }

    /// Which document this certificate was read as.
    pub(crate) fn document(&self) -> Document {
        self.document
    }

    /// What names this certificate as a root.
    pub(crate) fn root_identity(&self) -> RootIdentity {
        RootIdentity { common_name: self.common_name(), sha256: AwsLc::sha256(&self.der) }
    }

    fn spki(&self) -> &x509_cert::SubjectPublicKeyInfo {
        self.tbs.subject_public_key_info()
    }

    fn extensions(&self) -> &[Extension] {
        self.tbs.extensions().map_or(&[], Vec::as_slice)
    }

    fn find<'a, T: Decode<'a, Error = der::Error>>(
        &'a self,
        oid: ObjectIdentifier,
    ) -> Result<Option<T>, CertificateRefusal> {
        self.extension(oid)?.map(T::from_der).transpose().map_err(|error| malformed(self.document, &error))
    }

    fn require<'a, T: Decode<'a, Error = der::Error>>(
        &'a self,
        oid: ObjectIdentifier,
        name: &str,
    ) -> Result<T, CertificateRefusal> {
        self.find(oid)?.ok_or_else(|| self.forbidden(&format!("it has no {name}")))
    }

    fn forbidden(&self, reason: &str) -> CertificateRefusal {
        CertificateRefusal::Constraints { document: self.document, reason: reason.into() }
    }

    fn other_key(&self, expected: &'static str) -> CertificateRefusal {
        let algorithm = self.spki().algorithm.owned_to_ref();
        let found = match algorithm.parameters_oid() {
            Ok(parameters) => format!("of algorithm {} ({parameters})", algorithm.oid),
            Err(_) => format!("of algorithm {}", algorithm.oid),
        };
        CertificateRefusal::Key { document: self.document, found, expected }
    }
}

fn common_name(name: &Name) -> String {
    name.common_name().ok().flatten().map_or_else(String::new, |name| name.value().into_owned())
}

/// The modulus, big-endian without zeros before it, of an `RSAPublicKey` (RFC 8017 appendix A.1.1).
fn rsa_modulus(key: &[u8]) -> der::Result<&[u8]> {
    let mut reader = SliceReader::new(key)?;
    let modulus = reader.sequence(|key| -> der::Result<_> {
        let modulus = UintRef::decode(key)?;
        UintRef::decode(key)?;
        Ok(modulus)
    })?;
    reader.finish()?;
    Ok(modulus.as_bytes())
}
