//! Verification of a quote: from received bytes to claims that Intel's hardware signed.

use dcap_qvl::policy::QuoteClaims;
use dcap_qvl::quote::{AuthData, Quote, Report};
use jiff::Timestamp;

use super::collateral::Collateral;
use super::library;
use super::refusal::{LibraryRefusal, QuoteRefusal};
use super::root::IntelRoot;
use super::sgx::Sgx;
use super::tdx::Tdx;
use crate::claim::EvidenceKind;
use crate::refusal::{Refusal, within};
use crate::verified::{Expected, Verified};

/// The most that is read of a quote. Genuine ones have about 5 KB, padded to 8000 bytes by some.
const MAX_QUOTE_BYTES: usize = 64 * 1024;

/// The quote header's `tee_type`, at byte 4 (Intel "TDX DCAP Quoting Library API", quote header).
const TEE_TYPE: std::ops::Range<usize> = 4..8;
const TEE_TYPE_SGX: [u8; 4] = [0x00, 0, 0, 0];
const TEE_TYPE_TDX: [u8; 4] = [0x81, 0, 0, 0];

/// The outer certification data of a version 4 or 5 quote: 6, a QE report with certification data of its own.
const QE_REPORT_CERTIFICATION_DATA: u16 = 6;

/// Verifies TDX and SGX quotes up to the root that it trusts.
#[derive(Debug, Clone)]
pub struct Verifier {
    root: IntelRoot,
}

/// A quote and what is needed to verify it.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The quote. Zero bytes after its end are taken as padding; anything else there is refused.
    pub quote: &'a [u8],
    /// Intel's collateral for the platform.
    pub collateral: &'a Collateral,
    /// The report data to insist on, or that the policy judges it.
    pub report_data: Expected<'a>,
}

impl Verifier {
    /// A verifier that trusts `root`.
    #[must_use]
    pub fn new(root: IntelRoot) -> Self {
        Self { root }
    }

    /// Verifies a TDX quote (version 4 or 5) at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_tdx(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Tdx>, Refusal> {
        let (claims, expires_at) = self.verify(evidence, EvidenceKind::Tdx, now)?;
        self.verified(Tdx::read(&claims)?, now, expires_at)
    }

    /// Verifies an SGX quote (version 3) at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_sgx(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Sgx>, Refusal> {
        let (claims, expires_at) = self.verify(evidence, EvidenceKind::Sgx, now)?;
        self.verified(Sgx::read(&claims)?, now, expires_at)
    }

    fn verified<T>(&self, content: T, now: Timestamp, expires_at: Timestamp) -> Result<Verified<T>, Refusal> {
        let root = self.root.trust_root().clone();
        Ok(Verified::new(content, now, expires_at, root))
    }

    fn verify(
        &self,
        evidence: &Evidence<'_>,
        kind: EvidenceKind,
        now: Timestamp,
    ) -> Result<(QuoteClaims, Timestamp), Refusal> {
        let quote = evidence.quote;
        within("quote", quote, MAX_QUOTE_BYTES)?;

        // 1. The quote is of the kind that the caller means.
        check_kind(quote, kind)?;

        // 2. Everything that dcap-qvl checks. A time before 1970 is before everything that Intel issued, as 1970 is.
        let now_secs = u64::try_from(now.as_second()).unwrap_or(0);
        let claims = library::verify(quote, evidence.collateral, &self.root, now_secs).map_err(QuoteRefusal::from)?;

        // 3. The parts of the quote that no signature covers have one form only.
        check_unsigned_parts(quote)?;

        // 4. All collateral had been issued, revocation lists too, and none has expired, to the fraction of a second.
        let expires_at = check_window(&claims, now)?;

        // 5. The quote answers the caller's challenge, where there is one.
        check_report_data(&claims.report, evidence.report_data)?;
        Ok((claims, expires_at))
    }
}

fn check_kind(quote: &[u8], expected: EvidenceKind) -> Result<(), QuoteRefusal> {
    let found = match quote.get(TEE_TYPE) {
        Some(tee) if tee == TEE_TYPE_SGX => EvidenceKind::Sgx,
        Some(tee) if tee == TEE_TYPE_TDX => EvidenceKind::Tdx,
        // Too short, or of no kind at all: the library says so.
        Some(_) | None => return Ok(()),
    };
    if found != expected {
        return Err(QuoteRefusal::Kind { found: found.name(), expected: expected.name() });
    }
    Ok(())
}

/// The length field before the signature data tells where the quote ends. Clouds pad their quotes with zeros; other bytes there would be
/// carried along under a valid signature that does not cover them.
fn check_unsigned_parts(quote: &[u8]) -> Result<(), QuoteRefusal> {
    let malformed = |reason: &str| QuoteRefusal::from(LibraryRefusal::of_quote(reason.to_owned()));
    let parsed = Quote::parse(quote).map_err(|error| malformed(&format!("{error:#}")))?;
    match &parsed.auth_data {
        AuthData::V3(_) => {}
        AuthData::V4(data) if data.certification_data.cert_type == QE_REPORT_CERTIFICATION_DATA => {}
        AuthData::V4(_) => return Err(malformed("the outer certification data is not of type 6")),
    }
    let signed = parsed.signed_length();
    let length = quote
        .get(signed..)
        .and_then(|rest| rest.first_chunk())
        .map(|length| u32::from_le_bytes(*length))
        .ok_or_else(|| malformed("it ends before the length of its signature"))?;
    let end = usize::try_from(length)
        .ok()
        .and_then(|length| signed.checked_add(4)?.checked_add(length))
        .filter(|end| *end <= quote.len())
        .ok_or_else(|| malformed("it ends before its signature"))?;
    match quote[end..].iter().position(|byte| *byte != 0) {
        Some(position) => Err(QuoteRefusal::TrailingBytes { offset: end + position }),
        None => Ok(()),
    }
}

/// The instant at which the first part of the collateral expires, once it is clear that `now` is within the window.
fn check_window(claims: &QuoteClaims, now: Timestamp) -> Result<Timestamp, QuoteRefusal> {
    let issued = timestamp(claims.latest_issue_date)?;
    let expires = timestamp(claims.earliest_expiration_date)?;
    if now < issued {
        return Err(LibraryRefusal::not_yet_valid(format!(
            "a part of it was issued at {issued}, later than the verification time {now}"
        ))
        .into());
    }
    if now > expires {
        return Err(LibraryRefusal::expired(format!(
            "a part of it was valid until {expires}, earlier than the verification time {now}"
        ))
        .into());
    }
    Ok(expires)
}

/// Seconds after 1970 as an instant.
pub(super) fn timestamp(seconds: u64) -> Result<Timestamp, QuoteRefusal> {
    i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).ok_or_else(|| {
        QuoteRefusal::CollateralMalformed {
            reason: format!("the time of {seconds} seconds after 1970 is out of range"),
        }
    })
}

fn check_report_data(report: &Report, expected: Expected<'_>) -> Result<(), QuoteRefusal> {
    let found = match report {
        Report::SgxEnclave(report) => &report.report_data,
        Report::TD10(report) => &report.report_data,
        Report::TD15(report) => &report.base.report_data,
        Report::TD15Ex(report) => &report.base.base.report_data,
    };
    match expected {
        Expected::Exactly(expected) if expected != found => {
            Err(QuoteRefusal::ReportData { found: hex::encode(found), expected: hex::encode(expected) })
        }
        Expected::Exactly(_) | Expected::LeftToPolicy => Ok(()),
    }
}
