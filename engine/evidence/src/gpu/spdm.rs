//! The two SPDM messages of a report, and their layout. Nothing here is verified.
//!
//! A report is the request `GET_MEASUREMENTS` and the response `MEASUREMENTS`, one behind the other, as DSP0274 1.1.0 section 10.11 lays them out.
//! The signature ends the response and covers everything before it (section 10.11.2). All numbers are little-endian.

use super::refusal::{DeviceRefusal, SpdmField};

/// The version of both messages, 1.1 (section 10.2, `SPDMVersion`).
const VERSION: u8 = 0x11;
/// The codes of the two messages (section 8.5, `RequestResponseCode`).
const GET_MEASUREMENTS: u8 = 0xE0;
const MEASUREMENTS: u8 = 0x60;
/// The request's attributes: a signature is asked for.
const SIGNATURE_REQUESTED: u8 = 1;
/// The request's operation: all measurements.
const ALL_MEASUREMENTS: u8 = 0xFF;
/// The slot of the certificate chain that the manufacturer provisioned. NVIDIA's devices use no other.
const SLOT: u8 = 0;
/// The measurement specification of a block: the DMTF's (section 10.11.1).
const DMTF: u8 = 1;
/// The first value type that is none: types are 0 to 4, and bit 7 stands for a raw bit stream in place of a digest (section 10.11.1.1).
const FIRST_RESERVED_VALUE_TYPE: u8 = 5;
/// The bytes of a digest: NVIDIA's devices measure with SHA-384.
const DIGEST_BYTES: usize = 48;
/// The bytes of a value's type and size.
const VALUE_HEADER_BYTES: usize = 3;
/// The most blocks that any published device reports.
const MAX_BLOCKS: u8 = 64;
/// The most bytes of opaque data (section 10.11, `OpaqueLength`).
const MAX_OPAQUE_BYTES: usize = 1024;
/// The bytes of an ECDSA signature with curve P-384: r and s, big-endian (section 10.4, `BaseAsymSel`).
const SIGNATURE_BYTES: usize = 96;

/// A report whose two messages are well-formed.
#[derive(Debug)]
pub(super) struct Report<'a> {
    /// The nonce of the request.
    pub(super) nonce: [u8; 32],
    /// The measurements, in the order of their indices, from 1 on without gaps.
    pub(super) measurements: Vec<[u8; DIGEST_BYTES]>,
    /// The opaque data.
    pub(super) opaque: &'a [u8],
    /// Everything that is signed, as received.
    pub(super) signed: &'a [u8],
    /// The signature, r ‖ s.
    pub(super) signature: [u8; SIGNATURE_BYTES],
}

impl<'a> Report<'a> {
    /// Reads `bytes`, all of them.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, DeviceRefusal> {
        let mut reader = Reader { bytes, offset: 0 };
        let nonce = read_request(&mut reader)?;
        let measurements = read_measurements(&mut reader)?;
        // The response's nonce only keeps signatures of equal content apart.
        let _response_nonce: [u8; 32] = reader.array(SpdmField::Nonce)?;
        let opaque_length = reader.number::<2>(SpdmField::OpaqueLength)?;
        let opaque_offset = reader.offset - 2;
        if opaque_length > MAX_OPAQUE_BYTES {
            return Err(wrong(SpdmField::OpaqueLength, opaque_offset, opaque_length, "at most 1024"));
        }
        let opaque = reader.slice(SpdmField::OpaqueData, opaque_length)?;
        let signed = &bytes[..reader.offset];
        let signature = reader.array(SpdmField::Signature)?;
        if reader.offset != bytes.len() {
            return Err(DeviceRefusal::TrailingBytes { end: reader.offset, found: bytes.len() });
        }
        Ok(Self { nonce, measurements, opaque, signed, signature })
    }
}

/// The request, whose nonce is what it tells (section 10.11, "GET_MEASUREMENTS request message").
fn read_request(reader: &mut Reader<'_>) -> Result<[u8; 32], DeviceRefusal> {
    reader.exactly(SpdmField::Version, VERSION, "17 (SPDM 1.1)")?;
    reader.exactly(SpdmField::Code, GET_MEASUREMENTS, "224 (`GET_MEASUREMENTS`)")?;
    reader.exactly(SpdmField::Attributes, SIGNATURE_REQUESTED, "1 (a signature)")?;
    reader.exactly(SpdmField::Operation, ALL_MEASUREMENTS, "255 (all measurements)")?;
    let nonce = reader.array(SpdmField::Nonce)?;
    reader.exactly(SpdmField::Slot, SLOT, "0")?;
    Ok(nonce)
}

/// The response up to the end of its measurement record (section 10.11, "Successful MEASUREMENTS response message").
fn read_measurements(reader: &mut Reader<'_>) -> Result<Vec<[u8; DIGEST_BYTES]>, DeviceRefusal> {
    reader.exactly(SpdmField::Version, VERSION, "17 (SPDM 1.1)")?;
    reader.exactly(SpdmField::Code, MEASUREMENTS, "96 (`MEASUREMENTS`)")?;
    reader.exactly(SpdmField::Reserved, 0, "0")?;
    reader.exactly(SpdmField::Slot, SLOT, "0")?;

    let blocks_offset = reader.offset;
    let [blocks] = reader.array(SpdmField::Blocks)?;
    if blocks == 0 || blocks > MAX_BLOCKS {
        return Err(wrong(SpdmField::Blocks, blocks_offset, blocks.into(), "1 to 64"));
    }
    let length_offset = reader.offset;
    let length = reader.number::<3>(SpdmField::RecordLength)?;
    let record_start = reader.offset;

    let mut measurements = Vec::with_capacity(blocks.into());
    for index in 1..=blocks {
        measurements.push(read_block(reader, index)?);
    }
    if reader.offset - record_start != length {
        return Err(wrong(SpdmField::RecordLength, length_offset, length, "the length of the blocks"));
    }
    Ok(measurements)
}

/// The block that is to have `index` (section 10.11.1, "Measurement block", and 10.11.1.1 for the DMTF's measurements).
fn read_block(reader: &mut Reader<'_>, index: u8) -> Result<[u8; DIGEST_BYTES], DeviceRefusal> {
    reader.exactly(SpdmField::Index, index, "the next number, from 1 on")?;
    reader.exactly(SpdmField::Specification, DMTF, "1 (the DMTF's)")?;
    let size_offset = reader.offset;
    let size = reader.number::<2>(SpdmField::MeasurementSize)?;
    if size != VALUE_HEADER_BYTES + DIGEST_BYTES {
        return Err(wrong(SpdmField::MeasurementSize, size_offset, size, "51"));
    }
    let type_offset = reader.offset;
    let [value_type] = reader.array(SpdmField::ValueType)?;
    if value_type >= FIRST_RESERVED_VALUE_TYPE {
        return Err(wrong(SpdmField::ValueType, type_offset, value_type.into(), "0 to 4 (a digest)"));
    }
    let value_offset = reader.offset;
    let value_size = reader.number::<2>(SpdmField::ValueSize)?;
    if value_size != DIGEST_BYTES {
        return Err(wrong(SpdmField::ValueSize, value_offset, value_size, "48 (SHA-384)"));
    }
    reader.array(SpdmField::Value)
}

fn wrong(field: SpdmField, offset: usize, found: usize, expected: &'static str) -> DeviceRefusal {
    DeviceRefusal::Field { field, offset, found, expected }
}

/// Reads from the front, and says where the bytes end too early.
struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn slice(&mut self, field: SpdmField, length: usize) -> Result<&'a [u8], DeviceRefusal> {
        let slice = self.bytes.get(self.offset..self.offset + length);
        let slice = slice.ok_or(DeviceRefusal::Truncated { field, offset: self.offset, found: self.bytes.len() })?;
        self.offset += length;
        Ok(slice)
    }

    fn array<const N: usize>(&mut self, field: SpdmField) -> Result<[u8; N], DeviceRefusal> {
        let slice = self.slice(field, N)?;
        Ok(std::array::from_fn(|index| slice[index]))
    }

    /// A number of `N` bytes, at most 3.
    fn number<const N: usize>(&mut self, field: SpdmField) -> Result<usize, DeviceRefusal> {
        let bytes: [u8; N] = self.array(field)?;
        Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    fn exactly(&mut self, field: SpdmField, value: u8, expected: &'static str) -> Result<(), DeviceRefusal> {
        let offset = self.offset;
        let [found] = self.array(field)?;
        if found != value {
            return Err(wrong(field, offset, found.into(), expected));
        }
        Ok(())
    }
}
