//! Verification of a report: from received bytes to claims that a device of NVIDIA's signed.
//!
//! [`Verifier`] reads the report, verifies the chain of its key ([`Endorsement::of`]) and checks the report against that key
//! ([`Endorsement::verify_gpu`], [`Endorsement::verify_switch`]; the numbered steps are below them). Everything is checked on the bytes as
//! received.

use jiff::Timestamp;

use super::content::{Gpu, Switch};
use super::endorsement::{Endorsement, Revocation};
use super::model::{Architecture, DeviceKind};
use super::opaque::Opaque;
use super::refusal::DeviceRefusal;
use super::roots::NvidiaRoots;
use super::spdm::Report;
use crate::crypto::{AwsLc, Crypto};
use crate::excerpt::Excerpt;
use crate::refusal::{Refusal, within};
use crate::verified::{Expected, Verified};

/// The most that is read of a report. A genuine one has about 4 KiB.
const MAX_REPORT_BYTES: usize = 64 * 1024;

/// Verifies reports of NVIDIA's devices up to the root that it trusts.
///
/// A GPU and a switch are different kinds of evidence, each with a method of its own, so that neither passes for the other.
#[derive(Debug, Clone)]
pub struct Verifier {
    roots: NvidiaRoots,
}

/// A report and what is needed to verify it.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The request, the 37 bytes of `GET_MEASUREMENTS`, and behind it the response `MEASUREMENTS`, as NVIDIA's driver gives both in one.
    pub report: &'a [u8],
    /// The five certificates of the device in PEM, the attestation key's first and the root last, as NVIDIA's driver gives them.
    pub chain: &'a [u8],
    /// The revocation lists to check the chain against, or that there are none.
    pub revocation: Revocation<'a>,
    /// The nonce of the request to insist on, or that the policy judges it.
    pub nonce: Expected<'a, 32>,
}

impl Verifier {
    /// A verifier that trusts `roots`.
    #[must_use]
    pub fn new(roots: NvidiaRoots) -> Self {
        Self { roots }
    }

    /// Verifies a GPU's report at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_gpu(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Gpu>, Refusal> {
        self.endorse(evidence.chain, evidence.revocation, now)?.verify_gpu(evidence.report, evidence.nonce, now)
    }

    /// Verifies a switch's report at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_switch(&self, evidence: &Evidence<'_>, now: Timestamp) -> Result<Verified<Switch>, Refusal> {
        self.endorse(evidence.chain, evidence.revocation, now)?.verify_switch(evidence.report, evidence.nonce, now)
    }

    /// Verifies the chain of an attestation key alone, to check reports against it later.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn endorse(&self, chain: &[u8], revocation: Revocation<'_>, now: Timestamp) -> Result<Endorsement, Refusal> {
        Endorsement::of(chain, revocation, &self.roots, now)
    }
}

impl Endorsement {
    /// Verifies a GPU's `report` that this key is to have signed, at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_gpu(&self, report: &[u8], nonce: Expected<'_, 32>, now: Timestamp) -> Result<Verified<Gpu>, Refusal> {
        let architecture = self.gpu()?;
        let (report, opaque) = self.check(report, nonce, now)?;
        let content = Gpu::read(&report, &opaque, architecture, self)?;
        Ok(Verified::new(content, now, self.expires_at, self.trust_root.clone()))
    }

    /// Verifies a switch's `report` that this key is to have signed, at the instant `now`.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_switch(
        &self,
        report: &[u8],
        nonce: Expected<'_, 32>,
        now: Timestamp,
    ) -> Result<Verified<Switch>, Refusal> {
        self.switch()?;
        let (report, opaque) = self.check(report, nonce, now)?;
        let content = Switch::read(&report, &opaque, self)?;
        Ok(Verified::new(content, now, self.expires_at, self.trust_root.clone()))
    }

    /// The checks that every kind of device has in common.
    fn check<'a>(
        &self,
        bytes: &'a [u8],
        nonce: Expected<'_, 32>,
        now: Timestamp,
    ) -> Result<(Report<'a>, Opaque<'a>), Refusal> {
        // 1. The endorsement holds now.
        if now < self.not_before || now >= self.expires_at {
            return Err(DeviceRefusal::EndorsementOutOfDate {
                not_before: self.not_before,
                not_after: self.expires_at,
                now,
            }
            .into());
        }

        // 2. The messages are well-formed, and their last bytes are the key's signature over all others.
        within("report", bytes, MAX_REPORT_BYTES)?;
        let report = Report::read(bytes)?;
        AwsLc::ecdsa_p384_sha384(&self.key, report.signed, &report.signature).map_err(|_| DeviceRefusal::Signature)?;

        // 3. The firmware that made the report is the one that the key was certified for. Older firmware does not repeat the digest; the certificate
        // has it always.
        let opaque = Opaque::read(report.opaque)?;
        check_fwid(opaque.fwid()?, &self.firmware.fwid)?;

        // 4. The report answers the caller's challenge, where there is one.
        check_nonce(&report.nonce, nonce)?;
        Ok((report, opaque))
    }

    fn gpu(&self) -> Result<Architecture, DeviceRefusal> {
        match self.model.kind {
            DeviceKind::Gpu(architecture) => Ok(architecture),
            DeviceKind::SwitchLs10 => Err(self.other_kind("a GPU")),
        }
    }

    fn switch(&self) -> Result<(), DeviceRefusal> {
        match self.model.kind {
            DeviceKind::SwitchLs10 => Ok(()),
            DeviceKind::Gpu(_) => Err(self.other_kind("a switch")),
        }
    }

    fn other_kind(&self, expected: &'static str) -> DeviceRefusal {
        DeviceRefusal::DeviceKind { found: self.model.kind.name(), name: Excerpt::of(&self.model.name), expected }
    }
}

fn check_fwid(reported: Option<[u8; 48]>, certified: &[u8; 48]) -> Result<(), DeviceRefusal> {
    match reported {
        Some(reported) if reported != *certified => {
            Err(DeviceRefusal::FwidMismatch { report: hex::encode(reported), certificate: hex::encode(certified) })
        }
        Some(_) | None => Ok(()),
    }
}

fn check_nonce(found: &[u8; 32], expected: Expected<'_, 32>) -> Result<(), DeviceRefusal> {
    match expected {
        Expected::Exactly(expected) if expected != found => {
            Err(DeviceRefusal::Nonce { found: hex::encode(found), expected: hex::encode(expected) })
        }
        Expected::Exactly(_) | Expected::LeftToPolicy => Ok(()),
    }
}
