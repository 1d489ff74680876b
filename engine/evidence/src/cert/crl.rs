//! Certificate revocation lists: which of a vendor's certificates no longer count.

use jiff::Timestamp;
use x509_cert::crl::TbsCertList;
use x509_cert::der::Decode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::referenced::OwnedToRef;

use super::certificate::Certificate;
use super::encoding;
use super::refusal::{CertificateRefusal, Document};
use super::signed::{Signed, malformed};
use super::values;
use crate::excerpt::Excerpt;
use crate::instant::instant;
use crate::refusal::Refusal;

/// The CRL number (RFC 5280 section 5.2.3) and the authority key identifier (section 5.2.1) do not change what a list means.
const CRL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.20");
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");

/// Whether revocation is checked. There is no default: a caller without a list says so, and the claim
/// `revocation_checked` tells the policy.
#[derive(Debug, Clone, Copy)]
pub enum Revocation<'a> {
    /// Check against this list, DER or PEM, which the root (ARK) must have signed and which must be current.
    Crl(&'a [u8]),
    /// Do not check.
    NotChecked,
}

/// A list that its issuer signed and that is current.
#[derive(Debug)]
pub(crate) struct Crl {
    list: TbsCertList,
    this_update: Timestamp,
    next_update: Timestamp,
}

impl Crl {
    /// Reads the list in `file` and checks that `issuer` signed it and that it is current at `now` (RFC 5280 section 6.3.3).
    pub(crate) fn verify(file: &[u8], issuer: &Certificate, now: Timestamp) -> Result<Self, Refusal> {
        let document = issuer.document().list();
        let der = encoding::one(document, file)?;
        let signed = Signed::read(document, &der)?;

        // A list takes many times its size once it is read. A long one is read only when it is known to be the issuer's.
        let signature = issuer.issuing_key().and_then(|key| signed.check_signature(document, issuer.document(), key));
        if values::too_many(&der) {
            signature.clone()?;
        }
        let list = TbsCertList::from_der(signed.tbs).map_err(|error| malformed(document, &error))?;
        signed.check_algorithm(document, list.signature.owned_to_ref())?;

        if &list.issuer != issuer.subject() {
            return Err(CertificateRefusal::Name {
                document,
                field: "issuer",
                found: Excerpt::of(&list.issuer),
                expected: Excerpt::of(issuer.subject()),
            }
            .into());
        }
        issuer.check_signs_crls()?;
        signature?;
        check_complete(document, &list)?;

        let this_update = instant(list.this_update.to_unix_duration().as_secs());
        let next_update = list.next_update.ok_or(CertificateRefusal::CrlWithoutNextUpdate)?;
        let next_update = instant(next_update.to_unix_duration().as_secs());
        if now < this_update {
            return Err(CertificateRefusal::NotYetValid { document, not_before: this_update, now }.into());
        }
        if now >= next_update {
            return Err(CertificateRefusal::Expired { document, not_after: next_update, now }.into());
        }
        Ok(Self { list, this_update, next_update })
    }

    /// Checks that the list does not name `certificate`.
    ///
    /// AMD gives every VCEK the serial number 0, so its lists name an ASK to revoke what it issued. An entry 0 would
    /// refuse every VCEK: of the two ways to read such a list, the closed one.
    pub(crate) fn check_not_revoked(&self, certificate: &Certificate) -> Result<(), CertificateRefusal> {
        let revoked = self
            .list
            .revoked_certificates
            .iter()
            .flatten()
            .any(|entry| entry.serial_number.as_bytes() == certificate.serial());
        if revoked {
            return Err(CertificateRefusal::Revoked {
                document: certificate.document(),
                serial: hex::encode(certificate.serial()),
            });
        }
        Ok(())
    }

    /// When the list was issued.
    pub(crate) fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// When the next list is due.
    pub(crate) fn next_update(&self) -> Timestamp {
        self.next_update
    }
}

/// Refuses lists that cover only a part (delta, one scope, entries of other issuers): each says so in a critical
/// extension (RFC 5280 sections 5.2.4, 5.2.5 and 5.3.3).
fn check_complete(document: Document, list: &TbsCertList) -> Result<(), CertificateRefusal> {
    let of_list = list.crl_extensions.iter().flatten();
    let of_entries =
        list.revoked_certificates.iter().flatten().flat_map(|entry| entry.crl_entry_extensions.iter().flatten());
    let unknown = of_list.chain(of_entries).find(|extension| {
        extension.critical && extension.extn_id != CRL_NUMBER && extension.extn_id != AUTHORITY_KEY_IDENTIFIER
    });
    match unknown {
        Some(extension) => Err(CertificateRefusal::Constraints {
            document,
            reason: format!("its extension {} is critical and unknown", extension.extn_id),
        }),
        None => Ok(()),
    }
}
