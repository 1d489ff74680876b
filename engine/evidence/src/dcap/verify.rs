//! Verification of a quote: from received bytes to claims that Intel's hardware signed.

use dcap_qvl::intel::PckExtension;
use dcap_qvl::policy::QuoteClaims;
use dcap_qvl::quote::{EnclaveReport, Quote, Report};
use jiff::Timestamp;

use super::collateral::Collateral;
use super::fault::QuoteFault;
use super::refusal::{LibraryRefusal, QuoteRefusal};
use super::root::IntelRoot;
use super::sgx::Sgx;
use super::tdx::Tdx;
use super::{frame, library, pck};
use crate::claim::EvidenceKind;
use crate::instant::instant;
use crate::refusal::{Refusal, within};
use crate::verified::{Expected, Verified};

/// The most that is read of a quote. Genuine ones have about 5 KB, padded to 8000 bytes by some.
const MAX_QUOTE_BYTES: usize = 64 * 1024;

/// The quote header's `tee_type`, at byte 4 (Intel "TDX DCAP Quoting Library API", quote header).
const TEE_TYPE: std::ops::Range<usize> = 4..8;
const TEE_TYPE_SGX: [u8; 4] = [0x00, 0, 0, 0];
const TEE_TYPE_TDX: [u8; 4] = [0x81, 0, 0, 0];

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
        let verified = self.verify(evidence, EvidenceKind::Tdx, now)?;
        let content = Tdx::read(&verified.claims, &verified.pck)?;
        Ok(self.verified(content, now, verified.expires_at))
    }

    /// Verifies an SGX quote (version 3) at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_sgx(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Sgx>, Refusal> {
        let verified = self.verify(evidence, EvidenceKind::Sgx, now)?;
        let content = Sgx::read(&verified.claims, &verified.pck)?;
        Ok(self.verified(content, now, verified.expires_at))
    }

    fn verified<T>(&self, content: T, now: Timestamp, expires_at: Timestamp) -> Verified<T> {
        Verified::new(content, now, expires_at, self.root.trust_root().clone())
    }

    fn verify(&self, evidence: &Evidence<'_>, kind: EvidenceKind, now: Timestamp) -> Result<VerifiedQuote, Refusal> {
        self.check(evidence, kind, now).map_err(|refusal| self.root.refusal(refusal, evidence.collateral))
    }

    fn check(&self, evidence: &Evidence<'_>, kind: EvidenceKind, now: Timestamp) -> Result<VerifiedQuote, Refusal> {
        let Evidence { quote: bytes, collateral, report_data } = *evidence;
        within("quote", bytes, MAX_QUOTE_BYTES)?;

        // 1. The quote is of the kind that the caller means.
        check_kind(bytes, kind)?;

        // 2. Everything that dcap-qvl checks. A time before 1970 is before everything that Intel issued, as 1970 is.
        let now_secs = u64::try_from(now.as_second()).unwrap_or(0);
        let claims = library::verify(bytes, collateral, &self.root, now_secs).map_err(QuoteRefusal::from)?;

        // 3. The parts of the quote that no signature covers have one form only, and so has the quoting enclave's report data.
        let quote = Quote::parse(bytes)
            .map_err(|error| QuoteRefusal::from(LibraryRefusal::new(QuoteFault::Malformed, format!("{error:#}"))))?;
        frame::check(bytes, &quote)?;
        check_qe_report_data(&claims.qe.report)?;

        // 4. The platform's certificate is the quote's, and the collateral is for its provisioning enclave and of a known form.
        let pck = pck::extension(&quote, collateral).map_err(QuoteRefusal::from)?;
        collateral.check(kind, &pck.pce_id)?;

        // 5. All collateral had been issued, revocation lists too, and none has expired, to the fraction of a second.
        let expires_at = check_window(&claims, now)?;

        // 6. The quote answers the caller's challenge, where there is one.
        check_report_data(&claims.report, report_data)?;
        Ok(VerifiedQuote { claims, pck, expires_at })
    }
}

/// A quote that passed every check, before its content is read.
struct VerifiedQuote {
    claims: QuoteClaims,
    pck: PckExtension,
    expires_at: Timestamp,
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

/// The quoting enclave's report data is the hash of the attestation key and its own data, which the library checked, and then zeros
/// (Intel "SGX ECDSA Quote Library API", QE report).
fn check_qe_report_data(report: &EnclaveReport) -> Result<(), QuoteRefusal> {
    match report.report_data[32..].iter().position(|byte| *byte != 0) {
        Some(at) => {
            let detail = format!("byte {} of its report data is not zero", 32 + at);
            Err(LibraryRefusal::new(QuoteFault::QeReportData, detail).into())
        }
        None => Ok(()),
    }
}

/// The instant at which the first part of the collateral expires, once it is clear that `now` is within the window.
fn check_window(claims: &QuoteClaims, now: Timestamp) -> Result<Timestamp, QuoteRefusal> {
    let issued = instant(claims.latest_issue_date);
    let expires = instant(claims.earliest_expiration_date);
    if now < issued {
        let detail = format!("a part of it was issued at {issued}, later than the verification time {now}");
        return Err(LibraryRefusal::new(QuoteFault::CollateralNotYetValid, detail).into());
    }
    if now >= expires {
        let detail = format!("a part of it was valid until {expires}; the verification time is {now}");
        return Err(LibraryRefusal::new(QuoteFault::CollateralExpired, detail).into());
    }
    Ok(expires)
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
