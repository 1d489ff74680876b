//! How claims lie in the bytes of a report or quote.

use super::error::ShapeError;
use super::value;

/// A claim with its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// The claim's name.
    pub(super) name: &'static str,
    offset: usize,
    encoding: Encoding,
}

/// How a claim is written at its place. All numbers are little-endian.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    /// A number of so many bytes, at most 8.
    Int(usize),
    /// So many bytes.
    Bytes(usize),
    /// One bit, counted from the lowest of the first byte.
    Flag(u32),
    /// Build, minor and major, a byte each.
    Version,
}

pub(super) const fn int(name: &'static str, offset: usize, bytes: usize) -> Field {
    Field { name, offset, encoding: Encoding::Int(bytes) }
}

pub(super) const fn bytes(name: &'static str, offset: usize, length: usize) -> Field {
    Field { name, offset, encoding: Encoding::Bytes(length) }
}

pub(super) const fn flag(name: &'static str, offset: usize, bit: u32) -> Field {
    Field { name, offset, encoding: Encoding::Flag(bit) }
}

pub(super) const fn version(name: &'static str, offset: usize) -> Field {
    Field { name, offset, encoding: Encoding::Version }
}

impl Field {
    /// Writes what `text` says into the bytes in which this field lies.
    pub(super) fn write(&self, report: &mut [u8], text: &str) -> Result<(), ShapeError> {
        let at = self.offset;
        match self.encoding {
            Encoding::Int(length) => {
                let most = u64::MAX >> (64 - 8 * length);
                let number = value::integer(self.name, text, 0, most)?;
                report[at..at + length].copy_from_slice(&number.to_le_bytes()[..length]);
            }
            Encoding::Bytes(length) => value::write(self.name, text, &mut report[at..at + length])?,
            Encoding::Flag(bit) => {
                let mask = 1 << (bit % 8);
                let byte = &mut report[at + bit as usize / 8];
                *byte = if value::flag(self.name, text)? { *byte | mask } else { *byte & !mask };
            }
            Encoding::Version => {
                let [major, minor, build] = value::version(self.name, text)?;
                report[at..at + 3].copy_from_slice(&[build, minor, major]);
            }
        }
        Ok(())
    }
}
