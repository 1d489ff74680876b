//! Verification of a report: from received bytes to claims that AMD's hardware signed.
//!
//! [`Verifier::verify`] reads the report, verifies the chain of its key ([`Endorsement::of`]) and checks the report against
//! that key ([`Endorsement::verify`], where the numbered steps are). Everything is checked on the bytes as received; no
//! structure is ever encoded again and compared.

use jiff::Timestamp;

use super::abi;
use super::content::Snp;
use super::endorsement::{Chain, Endorsement};
use super::refusal::ReportRefusal;
use super::report::Report;
use super::roots::AmdRoots;
use super::vek::Holder;
use crate::cert::Revocation;
use crate::crypto::{AwsLc, Crypto};
use crate::refusal::Refusal;
use crate::verified::{Expected, Verified};

/// Verifies SNP attestation reports up to the roots that it trusts.
#[derive(Debug, Clone)]
pub struct Verifier {
    roots: AmdRoots,
}

/// An attestation report and what is needed to verify it.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The report: 1184 bytes.
    pub report: &'a [u8],
    /// The certificate of the key that signed it (VCEK or VLEK), DER or PEM.
    pub vek: &'a [u8],
    /// The certificates above it.
    pub chain: Chain<'a>,
    /// The revocation list to check them against, or that there is none.
    pub revocation: Revocation<'a>,
    /// The report data to insist on, or that the policy judges it.
    pub report_data: Expected<'a>,
}

impl Verifier {
    /// A verifier that trusts `roots`.
    #[must_use]
    pub fn new(roots: AmdRoots) -> Self {
        Self { roots }
    }

    /// Verifies `evidence` at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Snp>, Refusal> {
        let report = Report::read(evidence.report)?;
        report.signer()?;
        let endorsement = self.endorse(evidence.vek, evidence.chain, evidence.revocation, now)?;
        endorsement.verify_read(report, evidence.report_data, now)
    }

    /// Verifies the chain of a report key alone, to check reports against it later.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn endorse(
        &self,
        vek: &[u8],
        chain: Chain<'_>,
        revocation: Revocation<'_>,
        now: Timestamp,
    ) -> Result<Endorsement, Refusal> {
        Endorsement::of(vek, chain, revocation, &self.roots, now)
    }
}

impl Endorsement {
    /// Verifies the 1184 bytes of a `report` that this key is to have signed, at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify(&self, report: &[u8], report_data: Expected<'_>, now: Timestamp) -> Result<Verified<Snp>, Refusal> {
        self.verify_read(Report::read(report)?, report_data, now)
    }

    fn verify_read(
        &self,
        report: Report<'_>,
        report_data: Expected<'_>,
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
        check_unsigned_bytes(report)?;
        AwsLc::ecdsa_p384_sha384(&self.vek.key, report.signed_bytes(), &report.signature())
            .map_err(|_| ReportRefusal::Signature)?;

        // 3. What is signed is well-formed.
        check_reserved(report)?;

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

        // 5. The report answers the caller's challenge, where there is one.
        check_report_data(report, report_data)?;

        let content = Snp::read(report, signer, self)?;
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

/// R and S fill 48 of their 72 bytes each, and nothing follows them. These bytes are not signed and must be zero.
///
/// A report still has two encodings that verify: with a signature (r, s), (r, n - s) verifies as well, and anyone can make one of the
/// other. Firmware gives either, so none can be refused; what must tell reports apart (a cache, a list against replay) goes by their signed
/// bytes or their claims, never by the bytes of the whole.
fn check_unsigned_bytes(report: Report<'_>) -> Result<(), ReportRefusal> {
    for range in abi::UNSIGNED_RESERVED {
        check_zero(report, "SIGNATURE", range)?;
    }
    Ok(())
}

/// The reserved bits and bytes among the signed ones.
fn check_reserved(report: Report<'_>) -> Result<(), ReportRefusal> {
    let policy = report.policy();
    if policy >> abi::policy::RESERVED_MUST_BE_ONE & 1 == 0 {
        return Err(ReportRefusal::PolicyBit17);
    }
    for (field, reserved, offset) in [
        ("POLICY", policy >> abi::policy::FIRST_RESERVED, abi::POLICY),
        ("PLATFORM_INFO", report.platform_info() >> abi::platform_info::FIRST_RESERVED, abi::PLATFORM_INFO),
        ("KEY_INFO", u64::from(report.key_info() >> abi::key_info::FIRST_RESERVED), abi::KEY_INFO),
    ] {
        if reserved != 0 {
            return Err(ReportRefusal::ReservedNotZero { field, offset });
        }
    }
    for range in abi::reserved(report.version()) {
        check_zero(report, "reserved bytes", range)?;
    }
    Ok(())
}

fn check_zero(report: Report<'_>, field: &'static str, range: std::ops::Range<usize>) -> Result<(), ReportRefusal> {
    match report.first_nonzero(range) {
        Some(offset) => Err(ReportRefusal::ReservedNotZero { field, offset }),
        None => Ok(()),
    }
}

fn check_report_data(report: Report<'_>, expected: Expected<'_>) -> Result<(), ReportRefusal> {
    let found: [u8; 64] = report.array(abi::REPORT_DATA);
    match expected {
        Expected::Exactly(expected) if *expected != found => {
            Err(ReportRefusal::ReportData { found: hex::encode(found), expected: hex::encode(expected) })
        }
        Expected::Exactly(_) | Expected::LeftToPolicy => Ok(()),
    }
}
