//! The firmware's digest and state in the certificate of an attestation key.
//!
//! The boot ROM derives the attestation key from the first firmware that it loads and certifies it together with that firmware's digest,
//! and on some chips with the state that it is in (TCG "DICE Attestation Architecture" 1.1, section 6.1). NVIDIA's chips state it in one of two
//! forms, each under an object identifier of its own.

use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use x509_cert::der::{self, Decode, ErrorKind, Reader, SliceReader, Tag, TagNumber, Tagged};

use super::refusal::DeviceRefusal;
use crate::cert::Certificate;
use crate::claim::Claim;
use crate::refusal::Refusal;

/// `CompositeDeviceID`, of GH100 and LS10: `SEQUENCE { version, deviceID SubjectPublicKeyInfo, fwid FWID }`.
const COMPOSITE_DEVICE_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.5.4.1");
/// `DiceTcbInfo`, of Blackwell's chips (section 6.1.1 for its fields).
const TCB_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.5.4.1.1");
/// SHA-384 (RFC 5758 section 2).
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");

/// The tag numbers of `DiceTcbInfo`'s fields that are read.
const FWIDS: TagNumber = TagNumber(6);
const FLAGS: TagNumber = TagNumber(7);
/// `flagsMask`, by the ASN.1 module of version 1.2 (appendix A), which NVIDIA's SDK follows. The text of 1.2, section 6.1.1, leaves the field out
/// and gives its number to `integrityRegisters`; a certificate that has those there is refused, not read as another.
const FLAGS_MASK: TagNumber = TagNumber(10);
/// The flags of `OperationalFlags` (1.1, section 6.1.1.1) that are read, in the first byte of its bits: each by its number, counted from the highest bit.
const NOT_CONFIGURED: u8 = 0x80;
const NOT_SECURE: u8 = 0x80 >> 1;
const RECOVERY: u8 = 0x80 >> 2;
const DEBUG: u8 = 0x80 >> 3;

/// What the boot ROM certified of the firmware that holds the attestation key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Firmware {
    /// SHA-384 of the first firmware.
    pub(super) fwid: [u8; 48],
    /// The state that it is in.
    pub(super) flags: FirmwareFlags,
}

/// The state of the first firmware, as far as the certificate of the attestation key states it: Hopper's and LS10's states nothing, and a
/// mask may leave flags out (TCG "DICE Attestation Architecture" 1.1, section 6.1.1.1, `OperationalFlags`; 1.2, appendix A, `flagsMask`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FirmwareFlags {
    /// The firmware is not set up for operation. The chain of a genuine GB100 that NVIDIA publishes says so.
    pub not_configured: Option<bool>,
    /// It was not checked, or what protects it is off.
    pub not_secure: Option<bool>,
    /// It recovers from an error.
    pub recovery: Option<bool>,
    /// It may be debugged.
    pub debug: Option<bool>,
}

impl FirmwareFlags {
    /// The flags in the first byte of a certificate's `flags`, of those that its `mask` says are stated; without a mask, all are.
    fn stated(flags: u8, mask: Option<u8>) -> Self {
        let flag = |bit: u8| mask.is_none_or(|mask| mask & bit != 0).then_some(flags & bit != 0);
        Self {
            not_configured: flag(NOT_CONFIGURED),
            not_secure: flag(NOT_SECURE),
            recovery: flag(RECOVERY),
            debug: flag(DEBUG),
        }
    }

    /// As claims.
    pub(super) fn claims(self) -> [(&'static str, Claim); 4] {
        let flag = |flag| Claim::optional(flag, Claim::Bool);
        [
            ("fwid_not_configured", flag(self.not_configured)),
            ("fwid_not_secure", flag(self.not_secure)),
            ("fwid_recovery", flag(self.recovery)),
            ("fwid_debug", flag(self.debug)),
        ]
    }
}

impl Firmware {
    /// Reads the one statement of an attestation key's `certificate`.
    pub(super) fn certified_by(certificate: &Certificate) -> Result<Self, Refusal> {
        let composite = certificate.extension(COMPOSITE_DEVICE_ID)?;
        let tcb_info = certificate.extension(TCB_INFO)?;
        let read = match (composite, tcb_info) {
            (Some(content), None) => composite_device_id(content),
            (None, Some(content)) => dice_tcb_info(content),
            (None, None) => return Err(wrong("it is missing").into()),
            (Some(_), Some(_)) => return Err(wrong("it is there in two forms").into()),
        };
        read.map_err(|error| wrong(&format!("it cannot be read: {error}")).into())
    }
}

fn composite_device_id(content: &[u8]) -> der::Result<Firmware> {
    let mut reader = SliceReader::new(content)?;
    let fwid = reader.sequence(|fields| -> der::Result<_> {
        let _version = AnyRef::decode(fields)?;
        let _device_key = AnyRef::decode(fields)?;
        digest(fields)
    })?;
    reader.finish()?;
    Ok(Firmware { fwid, flags: FirmwareFlags::default() })
}

/// Of several digests the first is the one that the chip's reports repeat.
fn dice_tcb_info(content: &[u8]) -> der::Result<Firmware> {
    let (mut fwid, mut flags, mut mask) = (None, None, None);
    let mut reader = SliceReader::new(content)?;
    reader.sequence(|fields| -> der::Result<_> {
        while !fields.is_finished() {
            let field = AnyRef::decode(fields)?;
            match field.tag() {
                Tag::ContextSpecific { constructed: true, number: FWIDS } if fwid.is_none() => {
                    fwid = Some(digest(&mut SliceReader::new(field.value())?)?);
                }
                Tag::ContextSpecific { constructed: false, number: FLAGS } if flags.is_none() => {
                    flags = Some(first_bits(&field)?);
                }
                Tag::ContextSpecific { constructed: false, number: FLAGS_MASK } if mask.is_none() => {
                    mask = Some(first_bits(&field)?);
                }
                Tag::ContextSpecific { number: FWIDS | FLAGS | FLAGS_MASK, .. } => {
                    return Err(field.tag().value_error().into());
                }
                _ => {}
            }
        }
        Ok(())
    })?;
    reader.finish()?;
    let fwid = fwid.ok_or(Tag::ContextSpecific { constructed: true, number: FWIDS }.value_error())?;
    let flags = flags.map(|flags| FirmwareFlags::stated(flags, mask)).unwrap_or_default();
    Ok(Firmware { fwid, flags })
}

/// The first eight bits of a `BIT STRING`, behind the number of bits that its last byte leaves unused. Flags of which none is set have no byte: DER
/// leaves zeros at the end of named bits out (X.690 section 11.2.2).
fn first_bits(field: &AnyRef<'_>) -> der::Result<u8> {
    match field.value() {
        [_unused_bits, bits, ..] => Ok(*bits),
        [0] => Ok(0),
        [] | [_] => Err(field.tag().length_error().into()),
    }
}

/// `FWID ::= SEQUENCE { hashAlg OBJECT IDENTIFIER, digest OCTET STRING }`.
fn digest<'a>(reader: &mut impl Reader<'a>) -> der::Result<[u8; 48]> {
    reader.sequence(|fields| -> der::Result<_> {
        let algorithm = ObjectIdentifier::decode(fields)?;
        let digest = <&OctetStringRef>::decode(fields)?;
        if algorithm != SHA384 {
            return Err(ErrorKind::OidUnknown { oid: algorithm }.into());
        }
        digest.as_bytes().try_into().map_err(|_| Tag::OctetString.length_error().into())
    })
}

fn wrong(reason: &str) -> DeviceRefusal {
    DeviceRefusal::TcbInfo { reason: reason.into() }
}
