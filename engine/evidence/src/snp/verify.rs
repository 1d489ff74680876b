//! Verification of a report: from received bytes to claims that AMD's hardware signed.
//!
//! [`Verifier::verify`] reads the report, verifies the chain of its key ([`Endorsement::of`]) and checks the report against
//! that key ([`Endorsement::verify`], where the numbered steps are). Everything is checked on the bytes as received; no
//! structure is ever encoded again and compared.

use std::num::NonZeroUsize;
use std::sync::Arc;

use jiff::Timestamp;

use super::abi;
use super::consistency;
use super::content::Snp;
use super::endorsement::{Chain, Endorsement};
use super::expectations::Expectations;
use super::refusal::ReportRefusal;
use super::report::Report;
use super::roots::AmdRoots;
use super::vek::Holder;
use crate::cache::{Cache, Fingerprint};
use crate::cert::{Document, Revocation, check_size};
use crate::crypto::{AwsLc, Crypto};
use crate::refusal::Refusal;
use crate::verified::Verified;

/// Verifies SNP attestation reports up to the roots that it trusts.
///
/// Shared by any number of threads; clones share what they keep.
#[derive(Debug, Clone)]
pub struct Verifier {
    roots: AmdRoots,
    kept: Option<Arc<Kept>>,
}

/// The endorsements that a verifier keeps.
#[derive(Debug)]
struct Kept {
    /// The fingerprint of the roots under which they were verified.
    roots: Vec<u8>,
    endorsements: Cache<Endorsement>,
}

/// An attestation report and what is needed to verify it.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The report: 1184 bytes. What it comes in is taken off before: [`container`](super::container).
    pub report: &'a [u8],
    /// The certificate of the key that signed it (VCEK or VLEK), DER or PEM.
    pub vek: &'a [u8],
    /// The certificates above it.
    pub chain: Chain<'a>,
    /// The revocation list to check them against, or that there is none.
    pub revocation: Revocation<'a>,
    /// What to insist on, and what the policy judges.
    pub expected: Expectations<'a>,
}

impl Verifier {
    /// A verifier that trusts `roots` and verifies the whole chain every time.
    #[must_use]
    pub fn new(roots: AmdRoots) -> Self {
        Self { roots, kept: None }
    }

    /// A verifier that trusts `roots` and keeps the endorsements of the last `capacity` report keys or more, each from the first report under it
    /// that verifies until it runs out.
    ///
    /// An endorsement is found again by SHA-256 over everything it was verified from: the certificates, the revocation list and the roots.
    /// A report under a key that is kept costs one signature.
    #[must_use]
    pub fn caching(roots: AmdRoots, capacity: NonZeroUsize) -> Self {
        let kept = Kept { roots: roots.fingerprint(), endorsements: Cache::new(capacity) };
        Self { roots, kept: Some(Arc::new(kept)) }
    }

    /// Verifies `evidence` at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Snp>, Refusal> {
        let report = Report::read(evidence.report)?;
        report.signer()?;
        let endorsement = self.find(evidence.vek, evidence.chain, evidence.revocation, now)?;
        let verified = endorsement.verdict.verify_read(report, &evidence.expected, now)?;
        // Only now: certificates are public, and who has no report of the chip does not get to fill the cache with spellings of them.
        endorsement.keep(now);
        Ok(verified)
    }

    /// Verifies the chain of a report key alone, to check reports against it later. A caching verifier keeps it without having seen any.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn endorse(
        &self,
        vek: &[u8],
        chain: Chain<'_>,
        revocation: Revocation<'_>,
        now: Timestamp,
    ) -> Result<Arc<Endorsement>, Refusal> {
        let endorsement = self.find(vek, chain, revocation, now)?;
        endorsement.keep(now);
        Ok(endorsement.verdict)
    }

    /// The endorsement that is kept, or a new one and where it may be.
    fn find(
        &self,
        vek: &[u8],
        chain: Chain<'_>,
        revocation: Revocation<'_>,
        now: Timestamp,
    ) -> Result<Found<'_>, Refusal> {
        let verify = || Endorsement::of(vek, chain, revocation, &self.roots, now).map(Arc::new);
        let Some(kept) = &self.kept else {
            return Ok(Found { verdict: verify()?, to_keep: None });
        };
        let fingerprint = kept.fingerprint(vek, chain, revocation)?;
        match kept.endorsements.get(fingerprint, now) {
            Some(verdict) => Ok(Found { verdict, to_keep: None }),
            None => Ok(Found { verdict: verify()?, to_keep: Some((&kept.endorsements, fingerprint)) }),
        }
    }
}

/// An endorsement, and where to keep it if it is new.
struct Found<'a> {
    verdict: Arc<Endorsement>,
    to_keep: Option<(&'a Cache<Endorsement>, Fingerprint)>,
}

impl Found<'_> {
    fn keep(&self, now: Timestamp) {
        if let Some((cache, fingerprint)) = self.to_keep {
            let window = self.verdict.not_before..self.verdict.expires_at;
            cache.keep(fingerprint, window, Arc::clone(&self.verdict), now);
        }
    }
}

impl Kept {
    /// Names everything that an endorsement rests on. What is too large to be read is refused before it is hashed.
    fn fingerprint(&self, vek: &[u8], chain: Chain<'_>, revocation: Revocation<'_>) -> Result<Fingerprint, Refusal> {
        check_size(Document::Vek, vek)?;
        let (chain_kind, ask, ark): (&[u8], &[u8], &[u8]) = match chain {
            Chain::BuiltIn => (b"built in", b"", b""),
            Chain::Given { ask, ark } => (b"given", ask, ark),
        };
        check_size(Document::Ask, ask)?;
        check_size(Document::Ark, ark)?;
        let (revocation_kind, crl): (&[u8], &[u8]) = match revocation {
            Revocation::NotChecked => (b"not checked", b""),
            Revocation::Crl(crl) => (b"checked", crl),
        };
        check_size(Document::Crl, crl)?;
        Ok(Fingerprint::of(&[vek, chain_kind, ask, ark, revocation_kind, crl, &self.roots]))
    }
}

impl Endorsement {
    /// Verifies the 1184 bytes of a `report` that this key is to have signed, at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(&self, report: &[u8], expected: &Expectations<'_>, now: Timestamp) -> Result<Verified<Snp>, Refusal> {
        self.verify_read(Report::read(report)?, expected, now)
    }

    fn verify_read(
        &self,
        report: Report<'_>,
        expected: &Expectations<'_>,
        now: Timestamp,
    ) -> Result<Verified<Snp>, Refusal> {
        // 1. The endorsement holds now.
        if now < self.not_before || now >= self.expires_at {
            return Err(ReportRefusal::EndorsementOutOfDate {
                not_before: self.not_before,
                not_after: self.expires_at,
                now,
            }
            .into());
        }

        // 2. The report says that a key signed it, and that key did.
        let signer = report.signer()?;
        consistency::check_unsigned_bytes(report)?;
        AwsLc::ecdsa_p384_sha384(&self.vek.key, report.signed_bytes(), &report.signature())
            .map_err(|_| ReportRefusal::Signature)?;

        // 3. What is signed is well-formed.
        consistency::check_reserved(report)?;

        // 4. The report and the certificate speak of the same kind of key, product, TCB version and chip.
        if signer != self.vek.kind.signer {
            return Err(ReportRefusal::SignerMismatch {
                report: signer.name(),
                certificate: self.vek.kind.signer.name(),
            }
            .into());
        }
        self.check_product(report)?;
        self.check_tcb(report)?;
        self.check_chip(report)?;

        // 5. The report does not contradict itself.
        let content = Snp::read(report, signer, self)?;
        consistency::check_content(&content)?;

        // 6. The report is what the caller insists on.
        expected.check(report)?;

        Ok(Verified::new(content, now, self.expires_at, self.trust_root.clone()))
    }

    /// Version 2 has no CPUID: its product is the certificate's, which the chain vouches for.
    fn check_product(&self, report: Report<'_>) -> Result<(), ReportRefusal> {
        match report.product()? {
            Some(product) if product != self.vek.kind.product => Err(ReportRefusal::ProductMismatch {
                report: product.name(),
                certificate: self.vek.kind.product.name(),
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// The key is derived from the reported TCB (AMD 57230, "VCEK"), so the two are the same or one of them lies.
    fn check_tcb(&self, report: Report<'_>) -> Result<(), ReportRefusal> {
        let reported = report.tcb(abi::REPORTED_TCB, self.vek.kind.product.tcb_layout())?;
        if reported != self.vek.tcb {
            return Err(ReportRefusal::TcbMismatch { reported, certificate: self.vek.tcb });
        }
        Ok(())
    }

    /// A VCEK is one chip's. Turin's ids have 8 bytes and the field is filled up with zeros. A VLEK is no chip's.
    fn check_chip(&self, report: Report<'_>) -> Result<(), ReportRefusal> {
        let hardware_id = match &self.vek.holder {
            Holder::Chip(id) => id,
            Holder::Provider(_) => return Ok(()),
        };
        let chip_id: [u8; 64] = report.array(abi::CHIP_ID);
        if chip_id == [0; 64] {
            return Err(ReportRefusal::ChipIdMasked);
        }
        let rest_is_zero = |rest: &[u8]| rest.iter().all(|byte| *byte == 0);
        if !chip_id.strip_prefix(hardware_id.as_slice()).is_some_and(rest_is_zero) {
            return Err(ReportRefusal::ChipIdMismatch {
                report: hex::encode(chip_id),
                certificate: hex::encode(hardware_id),
            });
        }
        Ok(())
    }
}
