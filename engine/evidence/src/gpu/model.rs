//! Which device a chain of certificates is of, as the names in it say.
//!
//! NVIDIA publishes no rules for these names. They are the same in every published chain: the device's own is that of its chip, stepping,
//! security processor and `BROM`; the attestation key's begins with the chip, and so does the provisioner's behind `NVIDIA `.

use super::refusal::DeviceRefusal;
use crate::cert::Certificate;
use crate::excerpt::Excerpt;

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// It computes.
    Gpu(Architecture),
    /// An NVSwitch of the third generation (LS10): it connects GPUs.
    SwitchLs10,
}

/// A generation of GPUs with confidential computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Architecture {
    /// H100, H200 and their kin: GH100.
    Hopper,
    /// B100, B200, RTX PRO 6000 and their kin: GB100 to GB299.
    Blackwell,
}

impl Architecture {
    /// NVIDIA's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Architecture::Hopper => "Hopper",
            Architecture::Blackwell => "Blackwell",
        }
    }
}

impl DeviceKind {
    /// The kind, for messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            DeviceKind::Gpu(_) => "a GPU",
            DeviceKind::SwitchLs10 => "a switch",
        }
    }

    /// The kind of device that has the chip with this name.
    fn of_chip(chip: &str) -> Option<Self> {
        if chip == "GH100" {
            return Some(DeviceKind::Gpu(Architecture::Hopper));
        }
        if chip == "LS_10" {
            return Some(DeviceKind::SwitchLs10);
        }
        match chip.strip_prefix("GB")?.as_bytes() {
            [b'1' | b'2', b'0'..=b'9', b'0'..=b'9'] => Some(DeviceKind::Gpu(Architecture::Blackwell)),
            _ => None,
        }
    }
}

/// A device by its certificates.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) kind: DeviceKind,
    /// The device's name in its certificate, such as `GH100 A01 GSP BROM`.
    pub(super) name: String,
}

impl Model {
    /// The model that all three certificates name.
    pub(super) fn named_by(
        attestation_key: &Certificate,
        device: &Certificate,
        provisioner: &Certificate,
    ) -> Result<Self, DeviceRefusal> {
        let name = device.common_name();
        let unknown = || DeviceRefusal::ModelUnknown { found: Excerpt::of(&name) };
        let (chip, _) = name.strip_suffix(" BROM").and_then(|rest| rest.split_once(' ')).ok_or_else(unknown)?;
        let kind = DeviceKind::of_chip(chip).ok_or_else(unknown)?;
        for (certificate, start) in
            [(attestation_key, format!("{chip} ")), (provisioner, format!("NVIDIA {chip} Provisioner "))]
        {
            let found = certificate.common_name();
            if !found.starts_with(&start) {
                return Err(DeviceRefusal::ModelMismatch {
                    document: certificate.document(),
                    found: Excerpt::of(found),
                    device: Excerpt::of(&name),
                });
            }
        }
        Ok(Self { kind, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chips() {
        const HOPPER: Option<DeviceKind> = Some(DeviceKind::Gpu(Architecture::Hopper));
        const BLACKWELL: Option<DeviceKind> = Some(DeviceKind::Gpu(Architecture::Blackwell));
        for (chip, kind) in [
            ("GH100", HOPPER),
            ("GB100", BLACKWELL),
            ("GB102", BLACKWELL),
            ("GB202", BLACKWELL),
            ("LS_10", Some(DeviceKind::SwitchLs10)),
            ("GH1000", None),
            ("gh100", None),
            ("GB10", None),
            ("GB1000", None),
            ("GB302", None),
            ("GR100", None),
            ("LS_20", None),
            ("", None),
        ] {
            assert_eq!(DeviceKind::of_chip(chip), kind, "{chip}");
        }
    }
}
