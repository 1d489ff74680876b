//! Revocation lists: which of Intel's certificates no longer count.

use std::collections::BTreeSet;

use jiff::Timestamp;
use x509_cert::crl::TbsCertList;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, UintRef};
use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::name::Name;
use x509_cert::spki::AlgorithmIdentifierRef;

use super::certificate::{Certificate, Place};
use super::fault::QuoteFault;
use super::refusal::{QuoteRefusal, refused};
use super::signed::Signed;
use super::window::Window;
use crate::cert::too_many_values;
use crate::instant::instant;

/// The CRL number (RFC 5280 section 5.2.3) and the authority key identifier (section 5.2.1) do not change what a list means.
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");

/// A list that its issuer signed, that is complete, and that was current when it was verified.
#[derive(Debug)]
pub(super) struct RevocationList {
    revoked: BTreeSet<Vec<u8>>,
    /// Its number, which grows from list to list.
    pub(super) number: u32,
    /// From when to when it is current.
    pub(super) window: Window,
}

impl RevocationList {
    /// Reads `der` as the list of `issuer` and checks it at `now` (RFC 5280 section 6.3.3).
    pub(super) fn verify(der: &[u8], issuer: &Certificate, now: Timestamp) -> Result<Self, QuoteRefusal> {
        let whose = format!("the revocation list of the {}", issuer.place());
        let malformed =
            |reason: &dyn std::fmt::Display| refused(QuoteFault::CollateralMalformed, format!("{whose}: {reason}"));
        let signed = Signed::read(der).map_err(|error| malformed(&error))?;
        let (algorithm, name) = beginning(signed.tbs).map_err(|error| malformed(&error))?;
        signed
            .check_algorithm(algorithm)
            .map_err(|how| refused(QuoteFault::CrlSignatureAlgorithm, format!("{whose} is signed {how}")))?;
        if &name != issuer.subject() {
            let fault = match issuer.place() {
                Place::Root => QuoteFault::UntrustedRoot,
                Place::PckCa | Place::Pck | Place::TcbSigner => QuoteFault::RevocationUnknown,
            };
            let detail = format!("{whose} is by `{name}`; expected `{}`", issuer.subject());
            return Err(refused(fault, detail));
        }
        signed.check_signature(issuer.key()).map_err(|_| refused(QuoteFault::CrlSignature, &whose))?;

        // Read as a whole, a list takes many times its size, so one that its issuer did not sign is not.
        let list = TbsCertList::from_der(signed.tbs).map_err(|error| malformed(&error))?;
        check_complete(&list).map_err(|extension| {
            malformed(&format_args!("its extension {extension} is critical and unknown, so it may not be complete"))
        })?;

        let next_update = list.next_update.ok_or_else(|| malformed(&"it does not say when the next is due"))?;
        let window = Window::of(
            instant(list.this_update.to_unix_duration().as_secs()),
            instant(next_update.to_unix_duration().as_secs()),
        );
        window.check_collateral(&whose, now)?;
        let number = number(&list).map_err(|error| malformed(&error))?.ok_or_else(|| malformed(&"it has no number"))?;
        let entries = list.revoked_certificates.into_iter().flatten();
        let revoked = entries.map(|entry| entry.serial_number.as_bytes().to_vec()).collect();
        Ok(Self { revoked, number, window })
    }

    /// Checks that the list does not name `certificate`, which the list's issuer issued.
    pub(super) fn check_not_revoked(&self, certificate: &Certificate) -> Result<(), QuoteRefusal> {
        if self.revoked.contains(certificate.serial()) {
            let serial = hex::encode(certificate.serial());
            let detail = format!("the {}, with the serial number {serial}", certificate.place());
            return Err(refused(QuoteFault::CertificateRevoked, detail));
        }
        Ok(())
    }
}

/// The algorithm and the issuer with which the signed part of a list begins, after its version (RFC 5280 section 5.1.2).
fn beginning(tbs: &[u8]) -> der::Result<(AlgorithmIdentifierRef<'_>, Name)> {
    let mut list = SliceReader::new(AnyRef::from_der(tbs)?.value())?;
    u8::decode(&mut list)?;
    let (algorithm, name) = (AlgorithmIdentifierRef::decode(&mut list)?, list.tlv_bytes()?);
    if too_many_values(name) {
        return Err(der::ErrorKind::Overlength.into());
    }
    Ok((algorithm, Name::from_der(name)?))
}

/// Gives the extension, if there is one, by which a list covers only a part (delta, one scope, entries of other issuers): each is critical
/// (RFC 5280 sections 5.2.4, 5.2.5 and 5.3.3).
fn check_complete(list: &TbsCertList) -> Result<(), ObjectIdentifier> {
    let of_list = list.crl_extensions.iter().flatten();
    let of_entries =
        list.revoked_certificates.iter().flatten().flat_map(|entry| entry.crl_entry_extensions.iter().flatten());
    let unknown = of_list.chain(of_entries).find(|extension| {
        extension.critical && extension.extn_id != CRL_NUMBER && extension.extn_id != AUTHORITY_KEY_IDENTIFIER
    });
    unknown.map_or(Ok(()), |extension| Err(extension.extn_id))
}

/// The list's number, where it has one that is less than 2³²; Intel's are small.
fn number(list: &TbsCertList) -> der::Result<Option<u32>> {
    let mut numbers = list.crl_extensions.iter().flatten().filter(|extension| extension.extn_id == CRL_NUMBER);
    let Some(extension) = numbers.next() else {
        return Ok(None);
    };
    let number = UintRef::from_der(extension.extn_value.as_bytes())?;
    let digits = number.as_bytes();
    if digits.len() > size_of::<u32>() || numbers.next().is_some() {
        return Err(der::ErrorKind::Overlength.into());
    }
    Ok(Some(digits.iter().fold(0, |number, digit| number << 8 | u32::from(*digit))))
}
