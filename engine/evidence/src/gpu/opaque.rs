//! The opaque data of a report: fields of NVIDIA's, each a number, a length and a value. Nothing here is verified.
//!
//! Numbers and encodings are those that `nv-local-gpu-verifier` 2.7.3 reads (`verifier/attestation/spdm_msrt_resp_msg.py`); field and length
//! have 2 bytes each, little-endian. Fields that are not named here are signed like the others, and passed over.

use super::content::FeatureMode;
use super::refusal::DeviceRefusal;
use crate::excerpt::Excerpt;

/// A field by its number, with NVIDIA's name for it.
#[derive(Debug, Clone, Copy)]
struct Field {
    number: u16,
    name: &'static str,
}

const fn field(number: u16, name: &'static str) -> Field {
    Field { number, name }
}

const DRIVER_VERSION: Field = field(3, "DRIVER_VERSION");
const VBIOS_VERSION: Field = field(6, "VBIOS_VERSION");
const BOARD_ID: Field = field(14, "BOARD_ID");
const CHIP_SKU: Field = field(15, "CHIP_SKU");
const PROJECT: Field = field(17, "PROJECT");
const PROJECT_SKU: Field = field(18, "PROJECT_SKU");
const FWID: Field = field(20, "FWID");
const PROTECTED_PCIE_STATUS: Field = field(21, "PROTECTED_PCIE_STATUS");
/// A GPU states those of the switches around it, a switch its own.
const SWITCH_PDI: Field = field(22, "SWITCH_PDI");
const FEATURE_FLAG: Field = field(36, "FEATURE_FLAG");

/// The two values of a status byte.
const ENABLED: u8 = 0xAA;
const DISABLED: u8 = 0x55;

/// The bytes of a switch's per-device identifier.
const PDI_BYTES: usize = 8;

/// The fields of a report, each number at most once.
#[derive(Debug)]
pub(super) struct Opaque<'a> {
    fields: Vec<(u16, &'a [u8])>,
}

impl<'a> Opaque<'a> {
    /// Splits `data` into its fields, all of it.
    pub(super) fn read(data: &'a [u8]) -> Result<Self, DeviceRefusal> {
        let mut fields: Vec<(u16, &[u8])> = Vec::new();
        let mut rest = data;
        while !rest.is_empty() {
            let offset = data.len() - rest.len();
            let &[n0, n1, l0, l1, ref values @ ..] = rest else {
                return Err(malformed(offset, "it ends inside a field's header"));
            };
            let (number, length) = (u16::from_le_bytes([n0, n1]), usize::from(u16::from_le_bytes([l0, l1])));
            let Some((value, after)) = values.split_at_checked(length) else {
                return Err(malformed(offset, "a field's length goes past its end"));
            };
            if fields.iter().any(|(other, _)| *other == number) {
                return Err(malformed(offset, "a field is there twice"));
            }
            fields.push((number, value));
            rest = after;
        }
        Ok(Self { fields })
    }

    /// The driver's version: two or three decimal numbers. Two are read as if a zero followed.
    pub(super) fn driver_version(&self) -> Result<[u32; 3], DeviceRefusal> {
        let text = self.text(DRIVER_VERSION)?.ok_or_else(|| missing(DRIVER_VERSION))?;
        let parts: Option<Vec<u32>> = text.split('.').map(decimal).collect();
        match parts.as_deref() {
            Some([major, minor]) => Ok([*major, *minor, 0]),
            Some([major, minor, patch]) => Ok([*major, *minor, *patch]),
            Some(_) | None => {
                Err(wrong(DRIVER_VERSION, format_args!("it is `{}`; expected two or three numbers", Excerpt::of(text))))
            }
        }
    }

    /// A GPU's VBIOS version, as NVIDIA writes it: the upper four bytes of five, from the most significant down, then the lowest. They lie in a
    /// little-endian number of eight bytes, with the lower half above the upper.
    pub(super) fn gpu_vbios_version(&self) -> Result<String, DeviceRefusal> {
        let value = self.get(VBIOS_VERSION).ok_or_else(|| missing(VBIOS_VERSION))?;
        let &[d, c, b, a, e, 0, 0, 0] = value else {
            return Err(wrong(
                VBIOS_VERSION,
                format_args!("it is `{}`; expected 5 bytes and 3 zeros", hex::encode(value)),
            ));
        };
        Ok(format!("{a:02X}.{b:02X}.{c:02X}.{d:02X}.{e:02X}"))
    }

    /// A switch's firmware version, which is text.
    pub(super) fn switch_vbios_version(&self) -> Result<String, DeviceRefusal> {
        let text = self.text(VBIOS_VERSION)?.ok_or_else(|| missing(VBIOS_VERSION))?;
        Ok(text.to_owned())
    }

    /// The board's number.
    pub(super) fn board_id(&self) -> Result<Option<u32>, DeviceRefusal> {
        Ok(self.array(BOARD_ID)?.map(u32::from_le_bytes))
    }

    /// The variant of the chip.
    pub(super) fn chip_sku(&self) -> Result<Option<String>, DeviceRefusal> {
        self.owned_text(CHIP_SKU)
    }

    /// The board's project.
    pub(super) fn project(&self) -> Result<Option<String>, DeviceRefusal> {
        self.owned_text(PROJECT)
    }

    /// The variant of the board.
    pub(super) fn project_sku(&self) -> Result<Option<String>, DeviceRefusal> {
        self.owned_text(PROJECT_SKU)
    }

    /// The digest of the first firmware, SHA-384.
    pub(super) fn fwid(&self) -> Result<Option<[u8; 48]>, DeviceRefusal> {
        self.array(FWID)
    }

    /// Whether protected PCIe is on.
    pub(super) fn protected_pcie(&self) -> Result<Option<bool>, DeviceRefusal> {
        match self.array(PROTECTED_PCIE_STATUS)? {
            None => Ok(None),
            Some([ENABLED]) => Ok(Some(true)),
            Some([DISABLED]) => Ok(Some(false)),
            Some([found]) => {
                Err(wrong(PROTECTED_PCIE_STATUS, format_args!("it is {found:#04x}; expected 0xaa (on) or 0x55 (off)")))
            }
        }
    }

    /// How the GPU is shared out: a number of any length.
    pub(super) fn feature_mode(&self) -> Result<Option<FeatureMode>, DeviceRefusal> {
        let Some(value) = self.get(FEATURE_FLAG) else {
            return Ok(None);
        };
        match value {
            [0, rest @ ..] if is_zero(rest) => Ok(Some(FeatureMode::SinglePassthrough)),
            [1, rest @ ..] if is_zero(rest) => Ok(Some(FeatureMode::MultiplePassthrough)),
            [2, rest @ ..] if is_zero(rest) => Ok(Some(FeatureMode::ProtectedPcie)),
            _ => Err(wrong(FEATURE_FLAG, format_args!("it is `{}`; expected 0, 1 or 2", hex::encode(value)))),
        }
    }

    /// The identifiers of the switches around a GPU, as the switches state their own. A GPU has the bytes of each the other way round,
    /// and each as often as it has links to it; zeros fill up the list. Nothing where the driver has no list, which is not an empty one.
    pub(super) fn switches(&self) -> Result<Option<Vec<[u8; PDI_BYTES]>>, DeviceRefusal> {
        let Some(value) = self.get(SWITCH_PDI) else {
            return Ok(None);
        };
        let (pdis, rest) = value.as_chunks::<PDI_BYTES>();
        if !rest.is_empty() {
            return Err(wrong(SWITCH_PDI, format_args!("it has {} bytes; expected a multiple of 8", value.len())));
        }
        let mut switches: Vec<[u8; PDI_BYTES]> = pdis.iter().copied().filter(|pdi| !is_zero(pdi)).collect();
        switches.iter_mut().for_each(|pdi| pdi.reverse());
        switches.sort_unstable();
        switches.dedup();
        Ok(Some(switches))
    }

    /// A switch's own identifier.
    pub(super) fn switch_pdi(&self) -> Result<[u8; PDI_BYTES], DeviceRefusal> {
        self.array(SWITCH_PDI)?.ok_or_else(|| missing(SWITCH_PDI))
    }

    fn get(&self, field: Field) -> Option<&'a [u8]> {
        self.fields.iter().find(|(number, _)| *number == field.number).map(|(_, value)| *value)
    }

    fn array<const N: usize>(&self, field: Field) -> Result<Option<[u8; N]>, DeviceRefusal> {
        self.get(field)
            .map(|value| {
                let length = value.len();
                value.try_into().map_err(|_| wrong(field, format_args!("it has {length} bytes; expected {N}")))
            })
            .transpose()
    }

    /// Printable ASCII, with zeros behind it.
    fn text(&self, field: Field) -> Result<Option<&'a str>, DeviceRefusal> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        let end = value.iter().position(|byte| *byte == 0).unwrap_or(value.len());
        let (text, padding) = value.split_at(end);
        match std::str::from_utf8(text) {
            Ok(text) if text.bytes().all(|byte| byte.is_ascii_graphic()) && is_zero(padding) => Ok(Some(text)),
            Ok(_) | Err(_) => {
                Err(wrong(field, format_args!("it is `{}`; expected text with zeros behind it", hex::encode(value))))
            }
        }
    }

    fn owned_text(&self, field: Field) -> Result<Option<String>, DeviceRefusal> {
        Ok(self.text(field)?.map(str::to_owned))
    }
}

/// Digits only: Rust's own parser would take a sign.
fn decimal(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

fn malformed(offset: usize, reason: &'static str) -> DeviceRefusal {
    DeviceRefusal::Opaque { offset, reason }
}

fn missing(field: Field) -> DeviceRefusal {
    wrong(field, "it is missing")
}

fn wrong(field: Field, reason: impl std::fmt::Display) -> DeviceRefusal {
    DeviceRefusal::OpaqueField { number: field.number, name: field.name, reason: reason.to_string() }
}
