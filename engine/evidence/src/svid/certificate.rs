//! What SPIFFE asks of one certificate, beyond what makes a chain of them sound.

use jiff::Timestamp;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{self, Decode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAltName};

use super::refusal::SvidRefusal;
use super::spiffe_id::SpiffeId;
use crate::cert::too_many_values;
use crate::excerpt::Excerpt;
use crate::instant::instant;

/// keyUsage, subjectAltName, basicConstraints and extKeyUsage (RFC 5280 sections 4.2.1.3, 4.2.1.6, 4.2.1.9 and 4.2.1.12).
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
const SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");
const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
/// id-kp-serverAuth and id-kp-clientAuth (RFC 5280 section 4.2.1.12).
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// What messages call the workload's certificate, and those that issue.
pub(super) const LEAF: &str = "certificate of the workload";
pub(super) const AUTHORITY: &str = "certificate of the authority";

/// One certificate in its place in a chain.
pub(super) struct Certificate {
    what: &'static str,
    inner: x509_cert::Certificate,
}

impl Certificate {
    pub(super) fn read(what: &'static str, der: &[u8]) -> Result<Self, SvidRefusal> {
        let malformed = |reason: &dyn std::fmt::Display| SvidRefusal::Malformed { what, reason: Excerpt::of(reason) };
        if too_many_values(der) {
            return Err(malformed(&"it has more values in it than any genuine one"));
        }
        let inner = x509_cert::Certificate::from_der(der).map_err(|error| malformed(&error))?;
        if inner.tbs_certificate().version() != Version::V3 {
            return Err(malformed(&"it is not an X.509 version 3 certificate"));
        }
        Ok(Self { what, inner })
    }

    /// Checks what makes a certificate a workload's (X509-SVID sections 4.1, 4.3, 4.4 and 5.2).
    pub(super) fn check_is_leaf(&self) -> Result<(), SvidRefusal> {
        if self.find::<BasicConstraints>(BASIC_CONSTRAINTS)?.is_some_and(|(constraints, _)| constraints.ca) {
            return Err(self.forbidden("it is an authority's"));
        }
        let usage = self.key_usage()?;
        if !usage.digital_signature() {
            return Err(self.forbidden("its key usage does not include digital signatures"));
        }
        if usage.key_cert_sign() || usage.crl_sign() {
            return Err(self.forbidden("its key usage includes signing certificates or revocation lists"));
        }
        if let Some((ExtendedKeyUsage(purposes), _)) = self.find(EXTENDED_KEY_USAGE)?
            && !(purposes.contains(&SERVER_AUTH) && purposes.contains(&CLIENT_AUTH))
        {
            return Err(self.forbidden("its extended key usage does not include both ends of TLS"));
        }
        Ok(())
    }

    /// Checks what makes a certificate an authority's, with `below` more authorities between it and the workload (X509-SVID sections 3.2,
    /// 4.1 and 4.3).
    pub(super) fn check_is_authority(&self, below: usize) -> Result<(), SvidRefusal> {
        let constraints = self.find::<BasicConstraints>(BASIC_CONSTRAINTS)?.map(|(constraints, _)| constraints);
        let Some(constraints) = constraints.filter(|constraints| constraints.ca) else {
            return Err(self.forbidden("its basic constraints do not make it an authority"));
        };
        if constraints.path_len_constraint.is_some_and(|longest| usize::from(longest) < below) {
            return Err(self.forbidden("its path length does not allow the authorities beneath it"));
        }
        if !self.key_usage()?.key_cert_sign() {
            return Err(self.forbidden("its key usage does not include signing certificates"));
        }
        for name in self.uris()? {
            if SpiffeId::parse(&name)?.has_path() {
                return Err(self.forbidden("it names a workload, and no workload is an authority"));
            }
        }
        Ok(())
    }

    /// Checks that `now` lies within the validity; its end is out, as is the end of everything that evidence rests on.
    pub(super) fn check_valid_at(&self, now: Timestamp) -> Result<(), SvidRefusal> {
        let (what, not_before, not_after) = (self.what, self.not_before(), self.not_after());
        if now < not_before {
            return Err(SvidRefusal::NotYetValid { what, not_before, now });
        }
        if now >= not_after {
            return Err(SvidRefusal::Expired { what, not_after, now });
        }
        Ok(())
    }

    /// The one SPIFFE ID of a workload (X509-SVID sections 2 and 5.2).
    pub(super) fn spiffe_id(&self) -> Result<SpiffeId, SvidRefusal> {
        let uris = self.uris()?;
        let [uri] = uris.as_slice() else {
            return Err(SvidRefusal::Names { found: uris.len() });
        };
        let id = SpiffeId::parse(uri)?;
        id.check_workload()?;
        Ok(id)
    }

    /// The DNS names beside it.
    pub(super) fn dns_names(&self) -> Result<Vec<String>, SvidRefusal> {
        self.names(|name| if let GeneralName::DnsName(name) = name { Some(name.to_string()) } else { None })
    }

    fn uris(&self) -> Result<Vec<String>, SvidRefusal> {
        self.names(
            |name| {
                if let GeneralName::UniformResourceIdentifier(uri) = name { Some(uri.to_string()) } else { None }
            },
        )
    }

    fn names(&self, select: impl Fn(&GeneralName) -> Option<String>) -> Result<Vec<String>, SvidRefusal> {
        let names = self.find::<SubjectAltName>(SUBJECT_ALT_NAME)?;
        Ok(names.iter().flat_map(|(SubjectAltName(names), _)| names).filter_map(select).collect())
    }

    pub(super) fn not_before(&self) -> Timestamp {
        instant(self.inner.tbs_certificate().validity().not_before.to_unix_duration().as_secs())
    }

    pub(super) fn not_after(&self) -> Timestamp {
        instant(self.inner.tbs_certificate().validity().not_after.to_unix_duration().as_secs())
    }

    /// The serial number, big-endian.
    pub(super) fn serial(&self) -> &[u8] {
        self.inner.tbs_certificate().serial_number().as_bytes()
    }

    /// The subject, for messages and logs.
    pub(super) fn subject(&self) -> String {
        self.inner.tbs_certificate().subject().to_string()
    }

    /// Section 4.3: key usage is there, and critical.
    fn key_usage(&self) -> Result<KeyUsage, SvidRefusal> {
        match self.find(KEY_USAGE)? {
            Some((usage, true)) => Ok(usage),
            Some((_, false)) => Err(self.forbidden("its key usage is not marked critical")),
            None => Err(self.forbidden("it has no key usage")),
        }
    }

    /// The extension `oid` and whether it is critical: absent, or there once.
    fn find<'a, T: Decode<'a, Error = der::Error>>(
        &'a self,
        oid: ObjectIdentifier,
    ) -> Result<Option<(T, bool)>, SvidRefusal> {
        let extensions = self.inner.tbs_certificate().extensions().map_or(&[][..], Vec::as_slice);
        let mut found = extensions.iter().filter(|extension| extension.extn_id == oid);
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(extension), None) => {
                let value = T::from_der(extension.extn_value.as_bytes())
                    .map_err(|error| SvidRefusal::Malformed { what: self.what, reason: Excerpt::of(error) })?;
                Ok(Some((value, extension.critical)))
            }
            (Some(_), Some(_)) => Err(SvidRefusal::Malformed {
                what: self.what,
                reason: Excerpt::of(format_args!("its extension {oid} is there more than once")),
            }),
        }
    }

    fn forbidden(&self, reason: &'static str) -> SvidRefusal {
        SvidRefusal::Constraints { what: self.what, reason }
    }
}
