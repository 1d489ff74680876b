//! From a file's bytes to DER: certificates and lists come as DER or as PEM.

use std::borrow::Cow;

use super::refusal::{CertificateRefusal, Document};
use crate::refusal::{Refusal, within};

/// The most that is read of a file of certificates. A genuine one has under 2 KiB, AMD's chain files under 5 KiB.
pub(crate) const MAX_CERTIFICATES_BYTES: usize = 64 * 1024;

/// The most that is read of a revocation list. AMD's have about 1 KiB; an entry takes some 40 bytes.
pub(crate) const MAX_CRL_BYTES: usize = 1024 * 1024;

/// The documents in a file that is either one DER document or any number of PEM blocks (RFC 7468).
///
/// # Errors
/// [`Refusal`] if the file is larger than 64 KiB or is PEM that cannot be read. DER is not looked into here.
pub fn certificates(file: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, Refusal> {
    within("certificate file", file, MAX_CERTIFICATES_BYTES)?;
    decode(Document::Ask, file).map_err(Refusal::from)
}

/// The DER bytes of the one `document` in `file`.
pub(crate) fn one(document: Document, file: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    match document {
        Document::Ark | Document::Ask | Document::Vek => {
            within("certificate", file, MAX_CERTIFICATES_BYTES)?;
        }
        Document::Crl => within("revocation list", file, MAX_CRL_BYTES)?,
    }
    let mut documents = decode(document, file)?;
    match (documents.pop(), documents.len()) {
        (Some(der), 0) => Ok(der),
        (_, others) => {
            Err(CertificateRefusal::Malformed { document, reason: format!("there are {} PEM blocks", others + 1) }
                .into())
        }
    }
}

fn decode(document: Document, file: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, CertificateRefusal> {
    if !file.trim_ascii_start().starts_with(b"-----BEGIN ") {
        return Ok(vec![Cow::Borrowed(file)]);
    }
    let blocks =
        pem::parse_many(file).map_err(|error| CertificateRefusal::Malformed { document, reason: error.to_string() })?;
    Ok(blocks.into_iter().map(|block| Cow::Owned(block.into_contents())).collect())
}
