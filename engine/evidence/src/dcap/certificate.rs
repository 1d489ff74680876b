//! One certificate of Intel's infrastructure, and chains of them.
//!
//! There are two forms of chain, both fixed (Intel "PCK Certificate and Certificate Revocation List Profile Specification", revision 1.4,
//! sections 1.2 and 1.3): root → PCK CA → PCK, and root → TCB signing. A chain is checked link by link in the order in which it is given; no path is
//! ever searched.

use std::fmt;

use jiff::Timestamp;
use x509_cert::TbsCertificate;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::referenced::OwnedToRef;
use x509_cert::der::{self, Decode};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::Name;

use super::fault::QuoteFault;
use super::refusal::{QuoteRefusal, refused};
use super::root::IntelRoot;
use super::signed::Signed;
use super::window::Window;
use crate::cert::{certificates, too_many_values};
use crate::crypto::{AwsLc, Crypto};
use crate::instant::instant;
use crate::refusal::Refusal;
use crate::verified::RootIdentity;

/// id-ecPublicKey and secp256r1 (RFC 5480 sections 2.1.1 and 2.1.1.1).
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const SECP256R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
/// basicConstraints and keyUsage (RFC 5280 sections 4.2.1.9 and 4.2.1.3).
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");

/// The place of a certificate in Intel's infrastructure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Intel's SGX Root CA, or the root in its place.
    Root,
    /// The CA of platforms' certificates: Processor CA or Platform CA.
    PckCa,
    /// A platform's.
    Pck,
    /// The one that signs TCB Info and QE Identity.
    TcbSigner,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Place::Root => "root certificate",
            Place::PckCa => "PCK CA certificate",
            Place::Pck => "PCK certificate",
            Place::TcbSigner => "TCB signing certificate",
        })
    }
}

/// A certificate that was read. Reading one proves nothing yet.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    place: Place,
    der: Vec<u8>,
    tbs: TbsCertificate,
    /// Its key: an uncompressed SEC 1 point on P-256.
    key: [u8; 65],
}

impl Certificate {
    /// Reads the certificate at `place`: X.509 version 3 with a key on P-256, or says what it is.
    pub(super) fn read(place: Place, der: &[u8]) -> Result<Self, String> {
        let explain = |error: der::Error| format!("the {place} cannot be read: {error}");
        if too_many_values(der) {
            return Err(format!("the {place} has more values in it than any genuine one"));
        }
        let tbs = TbsCertificate::from_der(Signed::read(der).map_err(explain)?.tbs).map_err(explain)?;
        if tbs.version() != Version::V3 {
            return Err(format!("the {place} is not an X.509 version 3 certificate"));
        }
        let key = p256_point(&tbs)
            .ok_or_else(|| format!("the key in the {place} is not an ECDSA key on P-256, as all of Intel's are"))?;
        Ok(Self { place, der: der.to_vec(), tbs, key })
    }

    /// Checks that `issuer` is named as this certificate's issuer, and that its key signed it.
    fn check_issued_by(&self, issuer: &Certificate) -> Result<(), QuoteRefusal> {
        let Self { place, .. } = self;
        if self.tbs.issuer() != issuer.subject() {
            let fault = match issuer.place {
                Place::Root => QuoteFault::UntrustedRoot,
                Place::PckCa | Place::Pck | Place::TcbSigner => QuoteFault::CertificateChain,
            };
            let detail =
                format!("the {place} is issued by `{}`, and the next is `{}`", self.tbs.issuer(), issuer.subject());
            return Err(refused(fault, detail));
        }
        let signed = Signed::read(&self.der).map_err(|error| refused(QuoteFault::CertificateChain, error))?;
        signed.check_algorithm(self.tbs.signature().owned_to_ref()).map_err(|how| {
            refused(QuoteFault::CertificateSignatureAlgorithm, format!("the {place} is signed {how}"))
        })?;
        signed.check_signature(&issuer.key).map_err(|_| {
            refused(QuoteFault::CertificateSignature, format!("the {place}, with the key of the {}", issuer.place))
        })
    }

    /// Checks that this certificate may be used in its place: constraints, key usage, and no critical extension that is unknown
    /// (RFC 5280 sections 4.2, 4.2.1.3 and 4.2.1.9).
    fn check_constraints(&self) -> Result<(), QuoteRefusal> {
        let place = self.place;
        let forbidden = |reason: &str| refused(QuoteFault::CertificateChain, format!("the {place} {reason}"));
        if let Some(unknown) = self.extensions().iter().find(|extension| {
            extension.critical && extension.extn_id != BASIC_CONSTRAINTS && extension.extn_id != KEY_USAGE
        }) {
            return Err(forbidden(&format!("has the critical extension {}, which is unknown", unknown.extn_id)));
        }
        let constraints: Option<BasicConstraints> = self.find(BASIC_CONSTRAINTS)?;
        let is_authority = constraints.is_some_and(|constraints| constraints.ca);
        match place {
            // A trust anchor is a name and a key (RFC 5280 section 6.1.1 (d)).
            Place::Root => Ok(()),
            Place::PckCa if !is_authority => Err(forbidden("is not that of an authority")),
            Place::PckCa => match self.find::<KeyUsage>(KEY_USAGE)? {
                Some(usage) if usage.key_cert_sign() && usage.crl_sign() => Ok(()),
                Some(_) | None => Err(forbidden("may not sign both certificates and revocation lists")),
            },
            Place::Pck | Place::TcbSigner if is_authority => Err(forbidden("is that of an authority")),
            Place::Pck => self.check_signs_data("SGX PCK Certificate"),
            Place::TcbSigner => self.check_signs_data("SGX TCB Signing"),
        }
    }

    /// Checks that this certificate may sign data, and that it is one for its place: `called` is in its common name. Intel's have this name, and the
    /// usages for signatures of data and for non-repudiation (PCK certificate profile, revision 1.4, sections 1.3.4 and 1.3.5); Intel's library
    /// asks for the same part of the name.
    fn check_signs_data(&self, called: &str) -> Result<(), QuoteRefusal> {
        let forbidden = |reason: &str| refused(QuoteFault::CertificateChain, format!("the {} {reason}", self.place));
        match self.find::<KeyUsage>(KEY_USAGE)? {
            Some(usage) if usage.digital_signature() => {}
            Some(_) | None => return Err(forbidden("may not sign data")),
        }
        let found = self.common_name();
        if !found.contains(called) {
            return Err(forbidden(&format!("is that of `{found}`; expected `{called}` in the name")));
        }
        Ok(())
    }

    /// Checks that `now` lies within the validity. As everywhere here, the instant of `notAfter` is out.
    pub(super) fn check_valid_at(&self, now: Timestamp) -> Result<(), QuoteRefusal> {
        let (place, validity) = (self.place, self.validity());
        if now < validity.not_before {
            let detail = format!("the {place} is valid from {}; the verification time is {now}", validity.not_before);
            return Err(refused(QuoteFault::CertificateNotYetValid, detail));
        }
        if now >= validity.expires_at {
            let detail = format!("the {place} was valid until {}; the verification time is {now}", validity.expires_at);
            return Err(refused(QuoteFault::CertificateExpired, detail));
        }
        Ok(())
    }

    /// Whether `other` has the same name and the same key: as a root, it is the same one (RFC 5280 section 6.1.1 (d)).
    pub(super) fn has_identity_of(&self, other: &Certificate) -> bool {
        self.subject() == other.subject() && self.key == other.key
    }

    /// Whether `der` is this certificate.
    fn is_in(&self, der: &[u8]) -> bool {
        self.der == der
    }

    /// Whether this certificate says that it issued itself.
    pub(super) fn names_itself_as_issuer(&self) -> bool {
        self.tbs.issuer() == self.subject()
    }

    /// The content of the extension `oid`: absent, or there once.
    pub(super) fn extension(&self, oid: ObjectIdentifier) -> Result<Option<&[u8]>, QuoteRefusal> {
        let mut found = self.extensions().iter().filter(|extension| extension.extn_id == oid);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(extension), None) => Ok(Some(extension.extn_value.as_bytes())),
            (Some(_), Some(_)) => {
                let detail = format!("the {} has the extension {oid} more than once", self.place);
                Err(refused(QuoteFault::CertificateChain, detail))
            }
        }
    }

    /// The validity.
    pub(super) fn validity(&self) -> Window {
        let validity = self.tbs.validity();
        Window::of(
            instant(validity.not_before.to_unix_duration().as_secs()),
            instant(validity.not_after.to_unix_duration().as_secs()),
        )
    }

    /// The subject's name.
    pub(super) fn subject(&self) -> &Name {
        self.tbs.subject()
    }

    /// The serial number, big-endian.
    pub(super) fn serial(&self) -> &[u8] {
        self.tbs.serial_number().as_bytes()
    }

    /// The key, an uncompressed SEC 1 point on P-256.
    pub(super) fn key(&self) -> &[u8; 65] {
        &self.key
    }

    /// What names it as a root.
    pub(super) fn identity(&self) -> RootIdentity {
        RootIdentity { common_name: self.common_name(), sha256: AwsLc::sha256(&self.der) }
    }

    /// The common name of the subject; empty where it has none that can be read.
    fn common_name(&self) -> String {
        let name = self.subject().common_name().ok().flatten();
        name.map_or_else(String::new, |name| name.value().into_owned())
    }

    /// Where it stands.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    fn extensions(&self) -> &[Extension] {
        self.tbs.extensions().map_or(&[], Vec::as_slice)
    }

    fn find<'a, T: Decode<'a, Error = der::Error>>(&'a self, oid: ObjectIdentifier) -> Result<Option<T>, QuoteRefusal> {
        self.extension(oid)?
            .map(T::from_der)
            .transpose()
            .map_err(|error| refused(QuoteFault::CertificateChain, format!("in the {}: {error}", self.place)))
    }
}

/// The key of a certificate, where it is one on P-256 and not compressed (RFC 5480 section 2.2).
fn p256_point(tbs: &TbsCertificate) -> Option<[u8; 65]> {
    let key = tbs.subject_public_key_info();
    let algorithm = key.algorithm.owned_to_ref();
    if algorithm.oid != EC_PUBLIC_KEY || algorithm.parameters_oid() != Ok(SECP256R1) {
        return None;
    }
    key.subject_public_key.as_bytes()?.try_into().ok()
}

/// Reads a file of certificates that stand at `places`, the first issued by the second and so on; the root may follow as the last.
///
/// Checks everything but revocation: names and signatures up to `root`, constraints, and validity at `now`. The last of them may be the
/// `known` one, which the root issued and which was checked before: the same bytes are not read and checked anew.
pub(super) fn chain<const N: usize>(
    file: &[u8],
    places: [Place; N],
    root: &IntelRoot,
    known: Option<&Certificate>,
    malformed: QuoteFault,
    now: Timestamp,
) -> Result<[Certificate; N], Refusal> {
    let blocks = certificates(file).map_err(|refusal| match refusal {
        Refusal::TooLarge { .. } => refusal,
        unreadable => refused(malformed, unreadable).into(),
    })?;
    let read = |place, der: &[u8]| Certificate::read(place, der).map_err(|reason| refused(malformed, reason));
    let (files, last) = match blocks.split_at_checked(N) {
        Some((files, [])) => (files, None),
        Some((files, [last])) => (files, Some(last)),
        Some(_) | None => {
            let found = blocks.len();
            let detail = format!("the chain of the {} has {found} certificates; expected {N}, and the root", places[0]);
            return Err(refused(QuoteFault::CertificateChain, detail).into());
        }
    };
    if let Some(last) = last
        && !root.certificate().is_in(last)
        && !read(Place::Root, last)?.has_identity_of(root.certificate())
    {
        let detail = format!("the chain of the {} ends at another", places[0]);
        return Err(refused(QuoteFault::UntrustedRoot, detail).under(root).into());
    }
    let known = known.filter(|known| files.last().is_some_and(|last| known.is_in(last)));
    let mut links = vec![];
    for (place, der) in places.into_iter().zip(&files[..N - usize::from(known.is_some())]) {
        links.push(read(place, der)?);
    }
    links.extend(known.cloned());
    for (at, link) in links.iter().enumerate() {
        if known.is_none() || at + 1 < N {
            link.check_constraints()?;
            let issuer = links.get(at + 1).unwrap_or(root.certificate());
            link.check_issued_by(issuer).map_err(|refusal| refusal.under(root))?;
        }
        link.check_valid_at(now)?;
    }
    links.try_into().map_err(|_| refused(QuoteFault::CertificateChain, "it has another length").into())
}
