//! Verification of a quote: from received bytes to claims that Intel's hardware signed.

use std::num::NonZeroUsize;
use std::sync::Arc;

use jiff::Timestamp;

use super::collateral::Collateral;
use super::fault::QuoteFault;
use super::judgement::{Judgement, Judgements};
use super::layout::{array, enclave, td};
use super::pck::VerifiedPck;
use super::platform::Platform;
use super::quote::{Body, Quote, QuotingEnclave, TdReport};
use super::refusal::{QuoteRefusal, refused};
use super::root::IntelRoot;
use super::sgx::Sgx;
use super::tcb_status::TcbStatus;
use super::tdx::Tdx;
use super::verified_collateral::VerifiedCollateral;
use crate::cache::{Cache, Fingerprint};
use crate::claim::EvidenceKind;
use crate::crypto::{AwsLc, Crypto};
use crate::refusal::{Refusal, within};
use crate::verified::{Expected, Verified};

/// The most that is read of a quote. Genuine ones have about 5 KB, padded to 8000 bytes by some.
const MAX_QUOTE_BYTES: usize = 64 * 1024;

/// How many models' collateral and how many platforms' certificates are kept. There are some dozens of models.
const KEPT_COLLATERAL: NonZeroUsize = NonZeroUsize::new(64).unwrap();
const KEPT_PLATFORMS: NonZeroUsize = NonZeroUsize::new(1024).unwrap();

/// Verifies TDX and SGX quotes up to the root that it trusts.
///
/// Collateral and platforms' certificates are kept with the first quote whose signatures verify, for as long as they hold: a quote of a platform
/// that was seen before costs two signatures. Clones share what is kept, and threads read it without a lock.
#[derive(Debug, Clone)]
pub struct Verifier {
    root: IntelRoot,
    collateral: Arc<Cache<VerifiedCollateral>>,
    platforms: Arc<Cache<VerifiedPck>>,
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
        Self {
            root,
            collateral: Arc::new(Cache::new(KEPT_COLLATERAL)),
            platforms: Arc::new(Cache::new(KEPT_PLATFORMS)),
        }
    }

    /// Verifies a TDX quote (version 4 or 5) at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_tdx(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Tdx>, Refusal> {
        let quote = read(evidence, EvidenceKind::Tdx)?;
        let Body::Td(report) = quote.body else {
            return Err(refused(QuoteFault::Malformed, "its body is an SGX report").into());
        };
        let vouched = self.vouch(&quote, evidence.collateral, EvidenceKind::Tdx, now)?;
        let judgements = vouched.judge_tdx(&quote, report)?;
        let content = Tdx::read(&quote, report, vouched.platform(&judgements)?)?;
        check_report_data(&content.report_data, evidence.report_data)?;
        Ok(self.verified(content, now, &vouched))
    }

    /// Verifies an SGX quote (version 3) at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_sgx(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Sgx>, Refusal> {
        let quote = read(evidence, EvidenceKind::Sgx)?;
        let Body::Sgx(report) = quote.body else {
            return Err(refused(QuoteFault::Malformed, "its body is a TD report").into());
        };
        let vouched = self.vouch(&quote, evidence.collateral, EvidenceKind::Sgx, now)?;
        let judgements = vouched.judge_sgx(&quote)?;
        let content = Sgx::read(&quote, report, vouched.platform(&judgements)?);
        check_report_data(&content.report_data, evidence.report_data)?;
        Ok(self.verified(content, now, &vouched))
    }

    fn verified<T>(&self, content: T, now: Timestamp, vouched: &Vouched) -> Verified<T> {
        let expires_at = vouched.collateral.window.and(vouched.pck.window).expires_at;
        Verified::new(content, now, expires_at, self.root.trust_root().clone())
    }

    /// Checks that Intel vouches for the platform, the platform for the quoting enclave, and the quoting enclave for the quote.
    fn vouch(
        &self,
        quote: &Quote<'_>,
        collateral: &Collateral,
        kind: EvidenceKind,
        now: Timestamp,
    ) -> Result<Vouched, Refusal> {
        // 1. The collateral is Intel's, current, and for quotes of this kind.
        let of_collateral = Fingerprint::of(&[&collateral.digest, &self.root.trust_root().identity().sha256]);
        let kept_collateral = self.collateral.get(of_collateral, now);
        let verified = match &kept_collateral {
            Some(verified) => Arc::clone(verified),
            None => Arc::new(VerifiedCollateral::of(collateral, &self.root, now)?),
        };
        if verified.kind() != kind {
            let detail = format!("it is for {}, the quote is for {}", verified.kind().name(), kind.name());
            return Err(refused(QuoteFault::CollateralKind, detail).into());
        }

        // 2. The platform's certificate is Intel's, and the collateral is for this platform.
        let certification = quote.quoting_enclave.certification;
        let of_platform = Fingerprint::of(&[
            &collateral.digest,
            &self.root.trust_root().identity().sha256,
            &certification.kind.to_le_bytes(),
            certification.data,
        ]);
        let kept_platform = self.platforms.get(of_platform, now);
        let pck = match &kept_platform {
            Some(pck) => Arc::clone(pck),
            None => Arc::new(VerifiedPck::of(certification, collateral, &verified, now)?),
        };

        // 3. The platform's key signed the quoting enclave's report, which vouches for the attestation key, which signed the quote.
        check_signatures(quote, &pck)?;

        // Kept only now: collateral and chains are public, and who has no quote of the platform does not get to fill the caches with
        // spellings of them.
        if kept_collateral.is_none() {
            self.collateral.keep(of_collateral, verified.window.range(), Arc::clone(&verified), now);
        }
        if kept_platform.is_none() {
            let window = verified.window.and(pck.window).range();
            self.platforms.keep(of_platform, window, Arc::clone(&pck), now);
        }
        Ok(Vouched { collateral: verified, pck })
    }
}

/// What vouches for a quote whose signatures verify.
struct Vouched {
    collateral: Arc<VerifiedCollateral>,
    pck: Arc<VerifiedPck>,
}

impl Vouched {
    /// Intel's judgement of a TDX quote's platform.
    fn judge_tdx(&self, quote: &Quote<'_>, report: TdReport<'_>) -> Result<Judgements<'_>, QuoteRefusal> {
        let (tcb_info, platform) = (&self.collateral.tcb_info, &self.pck.extension.tcb);
        let base = report.base();
        let tee_tcb_svn = array(base, td::TEE_TCB_SVN);
        tcb_info.check_module(&tee_tcb_svn, &array(base, td::MR_SIGNER_SEAM), &array(base, td::SEAM_ATTRIBUTES))?;
        let launch = tcb_info.judge_tdx(platform, &tee_tcb_svn)?;
        let current = report.td15().map(|report| tcb_info.judge_tdx(platform, &array(report, td::TEE_TCB_SVN2)));
        self.with_quoting_enclave(quote, launch, current.transpose()?)
    }

    /// Intel's judgement of an SGX quote's platform.
    fn judge_sgx(&self, quote: &Quote<'_>) -> Result<Judgements<'_>, QuoteRefusal> {
        let platform = self.collateral.tcb_info.judge_sgx(&self.pck.extension.tcb)?;
        self.with_quoting_enclave(quote, platform, None)
    }

    fn with_quoting_enclave<'a>(
        &'a self,
        quote: &Quote<'_>,
        platform: Judgement<'a>,
        current: Option<Judgement<'a>>,
    ) -> Result<Judgements<'a>, QuoteRefusal> {
        let quoting_enclave = self.collateral.qe_identity.judge(quote.quoting_enclave.report)?;
        Ok(Judgements::of(platform, current, &quoting_enclave))
    }

    /// The platform, unless its TCB is revoked.
    fn platform(&self, judgements: &Judgements<'_>) -> Result<Platform, QuoteRefusal> {
        if judgements.together.status == TcbStatus::Revoked {
            return Err(refused(QuoteFault::TcbRevoked, "a part of it has the status `Revoked`"));
        }
        Ok(Platform::of(judgements, &self.collateral, &self.pck))
    }
}

/// Reads the quote of `evidence`, which is to be of `kind`.
fn read<'a>(evidence: &Evidence<'a>, kind: EvidenceKind) -> Result<Quote<'a>, Refusal> {
    within("quote", evidence.quote, MAX_QUOTE_BYTES)?;
    Ok(Quote::read(evidence.quote, kind)?)
}

/// Checks the two signatures of a quote and what holds them together (Intel "SGX ECDSA Quote Library API", appendix A.4, "ECDSA Signature
/// Data"): the report data of the quoting enclave is SHA-256 of the attestation key and its own data, and then zeros.
fn check_signatures(quote: &Quote<'_>, pck: &VerifiedPck) -> Result<(), QuoteRefusal> {
    let QuotingEnclave { report, signature, auth_data, .. } = quote.quoting_enclave;
    AwsLc::ecdsa_p256_sha256_fixed(&pck.key, report, signature)
        .map_err(|_| refused(QuoteFault::QeReportSignature, "its key is the one in the PCK certificate"))?;

    let vouched_for = AwsLc::sha256(&[quote.attestation_key, auth_data].concat());
    let (hash, zeros) = (array::<32>(report, enclave::REPORT_DATA), array::<32>(report, enclave::REPORT_DATA + 32));
    if hash != vouched_for {
        let (found, expected) = (hex::encode(hash), hex::encode(vouched_for));
        let detail = format!("its report data is `{found}`; expected `{expected}`");
        return Err(refused(QuoteFault::QeReportData, detail));
    }
    if zeros != [0; 32] {
        return Err(refused(QuoteFault::QeReportData, "its report data has more than the hash"));
    }

    let mut point = [4; 65];
    point[1..].copy_from_slice(quote.attestation_key);
    AwsLc::ecdsa_p256_sha256_fixed(&point, quote.signed, quote.signature)
        .map_err(|_| refused(QuoteFault::QuoteSignature, "its key is the attestation key in it"))
}

fn check_report_data(found: &[u8; 64], expected: Expected<'_>) -> Result<(), QuoteRefusal> {
    match expected {
        Expected::Exactly(expected) if expected != found => {
            Err(QuoteRefusal::ReportData { found: hex::encode(found), expected: hex::encode(expected) })
        }
        Expected::Exactly(_) | Expected::LeftToPolicy => Ok(()),
    }
}
