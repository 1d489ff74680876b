//! The parts of a quote that no signature covers: they have one form only.

use dcap_qvl::quote::{AuthData, Quote};

use super::fault::QuoteFault;
use super::refusal::{LibraryRefusal, QuoteRefusal};

/// The outer certification data of a version 4 or 5 quote: 6, a QE report with certification data of its own.
const QE_REPORT_CERTIFICATION_DATA: u16 = 6;

/// The bytes of the type and the length before certification data, and of the length before the quoting enclave's own data
/// (Intel "TDX DCAP Quoting Library API", QE certification data and QE authentication data).
const CERTIFICATION_HEADER: usize = 2 + 4;
const QE_AUTH_HEADER: usize = 2;

/// Checks that every length in `bytes`, which were read as `quote`, is filled exactly by what it is the length of, and that only zeros
/// follow the whole.
///
/// Clouds pad their quotes with zeros. Other bytes there, or slack further in, would be carried along under a valid signature that does
/// not cover them.
pub(super) fn check(bytes: &[u8], quote: &Quote) -> Result<(), QuoteRefusal> {
    let malformed = |reason: &str| LibraryRefusal::new(QuoteFault::Malformed, reason);
    let inner = quote.auth_data.clone().into_v3();
    let certified = inner.qe_report.len()
        + inner.qe_report_signature.len()
        + QE_AUTH_HEADER
        + inner.qe_auth_data.data.len()
        + CERTIFICATION_HEADER
        + inner.certification_data.body.data.len();
    let outer = match &quote.auth_data {
        AuthData::V3(_) => 0,
        AuthData::V4(data) if data.certification_data.cert_type != QE_REPORT_CERTIFICATION_DATA => {
            return Err(malformed("the outer certification data is not of type 6").into());
        }
        AuthData::V4(data) if data.certification_data.body.data.len() != certified => {
            return Err(malformed("the outer certification data has bytes after its content").into());
        }
        AuthData::V4(_) => CERTIFICATION_HEADER,
    };
    let content = inner.ecdsa_signature.len() + inner.ecdsa_attestation_key.len() + outer + certified;

    let signed = quote.signed_length();
    let length = bytes
        .get(signed..)
        .and_then(|rest| rest.first_chunk())
        .map(|length| u32::from_le_bytes(*length))
        .ok_or_else(|| malformed("it ends before the length of its signature"))?;
    if usize::try_from(length) != Ok(content) {
        return Err(malformed("the signature has bytes after its content").into());
    }
    let end = signed + size_of_val(&length) + content;
    let rest = bytes.get(end..).ok_or_else(|| malformed("it ends before its signature"))?;
    match rest.iter().position(|byte| *byte != 0) {
        Some(position) => Err(QuoteRefusal::TrailingBytes { offset: end + position }),
        None => Ok(()),
    }
}
