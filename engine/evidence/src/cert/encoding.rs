//! From a file's bytes to DER: certificates and lists come as DER or as PEM.

use std::borrow::Cow;

use super::pem;
use super::refusal::{CertificateRefusal, Document};
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};

/// The most that is read of a file of certificates. A genuine one has under 2 KiB, AMD's chain files under 5 KiB.
const MAX_CERTIFICATES_BYTES: usize = 64 * 1024;

/// The most that is read of a revocation list. AMD's have about 1 KiB; an entry takes some 40 bytes.
const MAX_CRL_BYTES: usize = 1024 * 1024;

/// What PEM blocks say they hold (RFC 7468 sections 5.1 and 6).
const CERTIFICATE_LABEL: &str = "CERTIFICATE";
const CRL_LABEL: &str = "X509 CRL";

/// The certificates in a file that is either one DER document or PEM blocks, at least one, with any text around them.
///
/// # Errors
/// [`Refusal`] if the file is larger than 64 KiB, is neither, or is PEM that cannot be read. DER is not looked into here.
pub fn certificates(file: &[u8]) -> Result<Vec<Cow<'_, [u8]>>, Refusal> {
    within("certificate file", file, MAX_CERTIFICATES_BYTES)?;
    decode(CERTIFICATE_LABEL, file).map_err(|reason| CertificateRefusal::File { reason }.into())
}

/// Refuses a `file` larger than any `document`.
pub(crate) fn check_size(document: Document, file: &[u8]) -> Result<(), Refusal> {
    let (what, limit) =
        if document.is_list() { ("revocation list", MAX_CRL_BYTES) } else { ("certificate", MAX_CERTIFICATES_BYTES) };
    within(what, file, limit)
}

/// The DER bytes of the one `document` in `file`.
pub(crate) fn one(document: Document, file: &[u8]) -> Result<Cow<'_, [u8]>, Refusal> {
    check_size(document, file)?;
    let label = if document.is_list() { CRL_LABEL } else { CERTIFICATE_LABEL };
    sole(label, file).map_err(|reason| CertificateRefusal::Malformed { document, reason }.into())
}

/// The DER bytes of the one certificate in `file`, or what is wrong with it as the caller's own refusal.
pub(crate) fn one_certificate<E: Into<Refusal>>(
    file: &[u8],
    malformed: impl FnOnce(Excerpt) -> E,
) -> Result<Cow<'_, [u8]>, Refusal> {
    within("certificate", file, MAX_CERTIFICATES_BYTES)?;
    sole(CERTIFICATE_LABEL, file).map_err(|reason| malformed(reason).into())
}

fn sole<'a>(label: &str, file: &'a [u8]) -> Result<Cow<'a, [u8]>, Excerpt> {
    let mut documents = decode(label, file)?;
    match (documents.pop(), documents.len()) {
        (Some(der), 0) => Ok(der),
        (_, others) => Err(Excerpt::of(format_args!("there are {} PEM blocks", others + 1))),
    }
}

fn decode<'a>(label: &str, file: &'a [u8]) -> Result<Vec<Cow<'a, [u8]>>, Excerpt> {
    if is_der(file) {
        return Ok(vec![Cow::Borrowed(file)]);
    }
    let blocks = pem::blocks(label, file)?;
    if blocks.is_empty() {
        return Err(Excerpt::of("it is neither DER nor PEM"));
    }
    Ok(blocks.into_iter().map(Cow::Owned).collect())
}

/// Whether a file begins as a DER `SEQUENCE` of 128 bytes or more, as every certificate and list does. Its length takes more than one
/// byte, and the first of those is no character of ASCII, so no text begins so (X.690 section 8.1.3.5).
fn is_der(file: &[u8]) -> bool {
    matches!(file, [0x30, length, ..] if length & 0x80 != 0)
}
