//! Certificates and revocation lists of any content.

use jiff::Timestamp;

use crate::der;
use crate::keys::Key;

/// When everything is valid, unless it is given another time.
pub const VALIDITY: (&str, &str) = ("2025-01-01T00:00:00Z", "2032-01-01T00:00:00Z");

/// An instant in RFC 3339.
///
/// # Panics
/// If `text` is none.
#[must_use]
pub fn date(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A certificate of version 3 with no extensions.
#[must_use]
pub fn certificate(serial: &[u8], issuer: &str, subject: &str, key: Key) -> Certificate {
    Certificate {
        serial: serial.to_vec(),
        issuer: issuer.into(),
        subject: subject.into(),
        not_before: date(VALIDITY.0),
        not_after: date(VALIDITY.1),
        endless: false,
        key,
        extensions: vec![],
        version: 2,
        inner_algorithm: None,
        outer_algorithm: None,
    }
}

/// A certificate to be (RFC 5280 section 4.1).
#[derive(Debug, Clone)]
pub struct Certificate {
    /// The serial number, big-endian.
    pub serial: Vec<u8>,
    /// The issuer's common name.
    pub issuer: String,
    /// The subject's common name.
    pub subject: String,
    /// The start of validity.
    pub not_before: Timestamp,
    /// The end of validity.
    pub not_after: Timestamp,
    /// Whether the validity has no end, whatever `not_after` is (RFC 5280 section 4.1.2.5).
    pub endless: bool,
    /// The subject's key.
    pub key: Key,
    /// The extensions.
    pub extensions: Vec<Extension>,
    /// The version number, where 2 is version 3.
    pub version: u8,
    /// The signature algorithm named inside, where it is not the signing key's.
    pub inner_algorithm: Option<Vec<u8>>,
    /// The signature algorithm named outside, where it is not the signing key's.
    pub outer_algorithm: Option<Vec<u8>>,
}

/// A certificate extension.
#[derive(Debug, Clone)]
pub struct Extension {
    /// The object identifier, dotted.
    pub oid: String,
    /// Whether it is critical.
    pub critical: bool,
    /// The content of its OCTET STRING.
    pub value: Vec<u8>,
}

impl Extension {
    /// An extension that is not critical.
    #[must_use]
    pub fn new(oid: &str, value: Vec<u8>) -> Self {
        Self { oid: oid.into(), critical: false, value }
    }

    /// An extension that is critical.
    #[must_use]
    pub fn critical(oid: &str, value: Vec<u8>) -> Self {
        Self { oid: oid.into(), critical: true, value }
    }

    /// Basic constraints of an authority, with its path length.
    #[must_use]
    pub fn authority(path_length: u8) -> Self {
        let content = [der::boolean(true), der::integer(&[path_length])];
        Self::critical("2.5.29.19", der::sequence(&content))
    }

    /// A key usage of the bits that `bits` has set from its highest: 5 is signing certificates, 6 is signing lists.
    #[must_use]
    pub fn key_usage(bits: u8) -> Self {
        let unused = u8::try_from(bits.trailing_zeros()).unwrap();
        Self::critical("2.5.29.15", der::tlv(0x03, &[unused, bits]))
    }

    fn encode(&self) -> Vec<u8> {
        let mut items = vec![der::oid(&self.oid)];
        if self.critical {
            items.push(der::boolean(true));
        }
        items.push(der::octets(&self.value));
        der::sequence(&items)
    }
}

impl Certificate {
    /// The extension `oid`, which must be there.
    ///
    /// # Panics
    /// If there is no such extension.
    pub fn extension(&mut self, oid: &str) -> &mut Extension {
        self.extensions.iter_mut().find(|extension| extension.oid == oid).unwrap()
    }

    /// Takes the extension `oid` away.
    pub fn remove_extension(&mut self, oid: &str) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    /// The certificate in DER, signed with `signer`.
    #[must_use]
    pub fn sign(&self, signer: &Key) -> Vec<u8> {
        let algorithm = signer.signature_algorithm();
        let not_after = if self.endless { der::no_end() } else { der::time(self.not_after) };
        let mut items = vec![];
        if self.version != 0 {
            items.push(der::explicit(0, &der::integer(&[self.version])));
        }
        items.extend([
            der::integer(&self.serial),
            self.inner_algorithm.as_ref().unwrap_or(&algorithm).clone(),
            name(&self.issuer),
            der::sequence(&[der::time(self.not_before), not_after]),
            name(&self.subject),
            self.key.spki(),
        ]);
        if !self.extensions.is_empty() {
            items.push(extensions(3, &self.extensions));
        }
        let outer = self.outer_algorithm.as_ref().unwrap_or(&algorithm).clone();
        signed(der::sequence(&items), outer, signer)
    }
}

/// A revocation list to be (RFC 5280 section 5.1).
#[derive(Debug, Clone)]
pub struct Crl {
    /// The issuer's common name.
    pub issuer: String,
    /// When it was issued.
    pub this_update: Timestamp,
    /// When the next is due.
    pub next_update: Option<Timestamp>,
    /// The serial numbers on it, big-endian.
    pub revoked: Vec<Vec<u8>>,
    /// The extensions of each entry (RFC 5280 section 5.3).
    pub entry_extensions: Vec<Extension>,
    /// Its extensions.
    pub extensions: Vec<Extension>,
}

impl Crl {
    /// The list in DER, signed with `signer`.
    #[must_use]
    pub fn sign(&self, signer: &Key) -> Vec<u8> {
        let algorithm = signer.signature_algorithm();
        let mut items = vec![der::integer(&[1]), algorithm.clone(), name(&self.issuer), der::time(self.this_update)];
        items.extend(self.next_update.map(der::time));
        if !self.revoked.is_empty() {
            let entry = |serial: &Vec<u8>| {
                let mut entry = vec![der::integer(serial), der::time(self.this_update)];
                if !self.entry_extensions.is_empty() {
                    entry.push(sequence(&self.entry_extensions));
                }
                der::sequence(&entry)
            };
            items.push(der::sequence(&self.revoked.iter().map(entry).collect::<Vec<_>>()));
        }
        if !self.extensions.is_empty() {
            items.push(extensions(0, &self.extensions));
        }
        signed(der::sequence(&items), algorithm, signer)
    }
}

fn signed(tbs: Vec<u8>, algorithm: Vec<u8>, signer: &Key) -> Vec<u8> {
    let signature = der::bits(&signer.sign(&tbs));
    der::sequence(&[tbs, algorithm, signature])
}

fn name(common_name: &str) -> Vec<u8> {
    let attribute = |oid, value| der::set(der::sequence(&[der::oid(oid), der::utf8(value)]));
    der::sequence(&[attribute("2.5.4.10", "atbac development"), attribute("2.5.4.3", common_name)])
}

fn extensions(tag: u8, extensions: &[Extension]) -> Vec<u8> {
    der::explicit(tag, &sequence(extensions))
}

fn sequence(extensions: &[Extension]) -> Vec<u8> {
    let encoded: Vec<_> = extensions.iter().map(Extension::encode).collect();
    der::sequence(&encoded)
}

/// Certificates in PEM, one block after the other.
#[must_use]
pub fn pem(certificates: &[&[u8]]) -> String {
    certificates.iter().map(|der| pem_block("CERTIFICATE", der)).collect()
}

/// One PEM block with any label.
#[must_use]
pub fn pem_block(label: &str, der: &[u8]) -> String {
    pem::encode(&pem::Pem::new(label, der))
}
