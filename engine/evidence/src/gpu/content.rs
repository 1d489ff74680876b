//! What a verified report says, as typed structures and as claims.

use super::dice::FirmwareFlags;
use super::endorsement::Endorsement;
use super::model::Architecture;
use super::opaque::Opaque;
use super::refusal::DeviceRefusal;
use super::spdm::Report;
use crate::claim::{Claim, Claims, EvidenceKind};

/// The signed content of a GPU's report and what its certificates add.
///
/// Only reachable inside a [`Verified`](crate::Verified). "Field" is the number of a field in the report's opaque data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gpu {
    /// The nonce of the request that the report answers.
    pub nonce: [u8; 32],
    /// The generation, by the chip's name in the certificates.
    pub architecture: Architecture,
    /// The device's name in its certificate, such as `GH100 A01 GSP BROM`.
    pub hwmodel: String,
    /// The serial number of the attestation key's certificate, in decimal digits.
    pub ueid: String,
    /// The driver's version (field 3).
    pub driver_version: [u32; 3],
    /// The VBIOS version as NVIDIA writes it, such as `96.00.9F.00.01` (field 6).
    pub vbios_version: String,
    /// SHA-384 of the first firmware, for which the attestation key was certified.
    pub fwid: [u8; 48],
    /// What the certificate says of this firmware's state.
    pub fwid_flags: FirmwareFlags,
    /// The measurements, each SHA-384, in the order of their indices.
    pub measurements: Vec<[u8; 48]>,
    /// The board's number (field 14).
    pub board_id: Option<u32>,
    /// The variant of the chip (field 15).
    pub chip_sku: Option<String>,
    /// The board's project (field 17).
    pub project: Option<String>,
    /// The variant of the board (field 18).
    pub project_sku: Option<String>,
    /// Whether protected PCIe is on (field 21).
    pub protected_pcie: Option<bool>,
    /// How the GPU is shared out (field 36).
    pub feature_mode: Option<FeatureMode>,
    /// The identifiers of the switches that the GPU is connected to, in order, where the driver lists them (field 22).
    pub switches: Option<Vec<[u8; 8]>>,
    /// Whether the authorities of the chain were checked against revocation lists.
    pub revocation_checked: bool,
}

/// The signed content of an NVSwitch's report and what its certificates add.
///
/// Only reachable inside a [`Verified`](crate::Verified).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Switch {
    /// The nonce of the request that the report answers.
    pub nonce: [u8; 32],
    /// The device's name in its certificate, such as `LS_10 A01 FSP BROM`.
    pub hwmodel: String,
    /// The serial number of the attestation key's certificate, in decimal digits.
    pub ueid: String,
    /// The identifier by which GPUs name this switch (field 22).
    pub pdi: [u8; 8],
    /// The version of the firmware in its flash memory (field 6).
    pub vbios_version: String,
    /// SHA-384 of the first firmware, for which the attestation key was certified.
    pub fwid: [u8; 48],
    /// What the certificate says of this firmware's state.
    pub fwid_flags: FirmwareFlags,
    /// The measurements, each SHA-384, in the order of their indices.
    pub measurements: Vec<[u8; 48]>,
    /// Whether the authorities of the chain were checked against revocation lists.
    pub revocation_checked: bool,
}

/// How a GPU is shared out in confidential computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FeatureMode {
    /// One GPU belongs to one machine.
    SinglePassthrough,
    /// Several GPUs belong to one machine.
    MultiplePassthrough,
    /// All GPUs and switches belong to one machine, and what passes between them is not encrypted.
    ProtectedPcie,
}

impl FeatureMode {
    /// NVIDIA's abbreviation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            FeatureMode::SinglePassthrough => "SPT",
            FeatureMode::MultiplePassthrough => "MPT",
            FeatureMode::ProtectedPcie => "PPCIE",
        }
    }
}

impl Gpu {
    /// Reads the content of a report that was verified under `endorsement`, of a GPU of that `architecture`.
    pub(super) fn read(
        report: &Report<'_>,
        opaque: &Opaque<'_>,
        architecture: Architecture,
        endorsement: &Endorsement,
    ) -> Result<Self, DeviceRefusal> {
        Ok(Self {
            nonce: report.nonce,
            architecture,
            hwmodel: endorsement.model.name.clone(),
            ueid: endorsement.ueid.clone(),
            driver_version: opaque.driver_version()?,
            vbios_version: opaque.gpu_vbios_version()?,
            fwid: endorsement.firmware.fwid,
            fwid_flags: endorsement.firmware.flags,
            measurements: report.measurements.clone(),
            board_id: opaque.board_id()?,
            chip_sku: opaque.chip_sku()?,
            project: opaque.project()?,
            project_sku: opaque.project_sku()?,
            protected_pcie: opaque.protected_pcie()?,
            feature_mode: opaque.feature_mode()?,
            switches: opaque.switches()?,
            revocation_checked: endorsement.revocation_checked,
        })
    }
}

impl Switch {
    /// Reads the content of a report that was verified under `endorsement`, of a switch.
    pub(super) fn read(
        report: &Report<'_>,
        opaque: &Opaque<'_>,
        endorsement: &Endorsement,
    ) -> Result<Self, DeviceRefusal> {
        Ok(Self {
            nonce: report.nonce,
            hwmodel: endorsement.model.name.clone(),
            ueid: endorsement.ueid.clone(),
            pdi: opaque.switch_pdi()?,
            vbios_version: opaque.switch_vbios_version()?,
            fwid: endorsement.firmware.fwid,
            fwid_flags: endorsement.firmware.flags,
            measurements: report.measurements.clone(),
            revocation_checked: endorsement.revocation_checked,
        })
    }
}

impl Claims for Gpu {
    const KIND: EvidenceKind = EvidenceKind::NvidiaGpu;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let [major, minor, patch] = self.driver_version;
        let text = |text: &Option<String>| Claim::optional(text.clone(), Claim::Text);
        let mut claims = vec![
            ("nonce", Claim::bytes(&self.nonce)),
            ("arch", Claim::Case(self.architecture.name())),
            ("hwmodel", Claim::Text(self.hwmodel.clone())),
            ("ueid", Claim::Text(self.ueid.clone())),
            ("driver_version", Claim::Version { major, minor, patch }),
            ("vbios_version", Claim::Text(self.vbios_version.clone())),
            ("fwid", Claim::bytes(&self.fwid)),
            ("measurements", measurements(&self.measurements)),
            ("board_id", Claim::optional(self.board_id, |id| Claim::Int(id.into()))),
            ("chip_sku", text(&self.chip_sku)),
            ("project", text(&self.project)),
            ("project_sku", text(&self.project_sku)),
            ("protected_pcie", Claim::optional(self.protected_pcie, Claim::Bool)),
            ("feature_mode", Claim::optional(self.feature_mode, |mode| Claim::Case(mode.name()))),
            ("switches", Claim::optional(self.switches.as_ref(), |all| Claim::TextSet(all.iter().map(pdi).collect()))),
            ("revocation_checked", Claim::Bool(self.revocation_checked)),
        ];
        claims.extend(self.fwid_flags.claims());
        claims
    }
}

impl Claims for Switch {
    const KIND: EvidenceKind = EvidenceKind::NvidiaSwitch;

    fn claims(&self) -> Vec<(&'static str, Claim)> {
        let mut claims = vec![
            ("nonce", Claim::bytes(&self.nonce)),
            ("hwmodel", Claim::Text(self.hwmodel.clone())),
            ("ueid", Claim::Text(self.ueid.clone())),
            ("pdi", Claim::Text(pdi(&self.pdi))),
            ("vbios_version", Claim::Text(self.vbios_version.clone())),
            ("fwid", Claim::bytes(&self.fwid)),
            ("measurements", measurements(&self.measurements)),
            ("revocation_checked", Claim::Bool(self.revocation_checked)),
        ];
        claims.extend(self.fwid_flags.claims());
        claims
    }
}

/// Each measurement with its index, and both in one value.
fn measurements(digests: &[[u8; 48]]) -> Claim {
    let measurement = |(index, digest): (u8, &[u8; 48])| {
        Claim::Record(vec![
            ("index", Claim::Int(index.into())),
            ("digest", Claim::bytes(digest)),
            ("indexed", Claim::Bytes([&[index], digest.as_slice()].concat())),
        ])
    };
    Claim::List((1..).zip(digests).map(measurement).collect())
}

/// A switch's identifier as NVIDIA writes it: 16 hexadecimal digits, upper case.
fn pdi(pdi: &[u8; 8]) -> String {
    hex::encode_upper(pdi)
}
