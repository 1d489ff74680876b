//! The log of the firmware and boot loader: TCG "PC Client Platform Firmware Profile", section 10.2, in the crypto-agile form.
//!
//! The first event names the hash algorithms; each one after it is a register, a type, a digest for each algorithm, and data. All integers
//! are little-endian.

use super::{Content, Entry, Event, REGISTERS};
use crate::crypto::{AwsLc, Crypto};

/// How the first event's data begins (section 10.4.5.1, `TCG_EfiSpecIDEvent`).
const SIGNATURE: &[u8; 16] = b"Spec ID Event03\0";

/// `EV_NO_ACTION`: an event that extends no register (section 10.4.1).
const NO_ACTION: u32 = 3;

/// `TPM_ALG_SHA384` (TCG Algorithm Registry).
const SHA384: u16 = 0x000C;

/// The number of hash algorithms in the registry is below this.
const MAX_ALGORITHMS: u32 = 16;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Entry>, String> {
    let mut log = Reader { bytes, at: 0 };
    let sizes = header(&mut log)?;
    let mut entries = vec![];
    while !log.is_over() {
        let begin = log.at;
        let (register, event_type) = (log.u32()?, log.u32()?);
        let digest = digests(&mut log, &sizes)?;
        let data = log.data()?;
        if event_type == NO_ACTION {
            continue;
        }
        // 0 is the measurement of the TD itself, 1 to 4 are RTMR0 to RTMR3 (UEFI 2.10, section 38.4.1).
        let register = register.checked_sub(1).and_then(|register| usize::try_from(register).ok());
        let register = register
            .filter(|register| *register < REGISTERS)
            .ok_or_else(|| format!("the event at byte {begin} is of no run-time register"))?;
        let content = if AwsLc::sha384(data) == digest {
            Content::Measured { name: String::new(), data: data.to_vec() }
        } else {
            Content::Described(data.to_vec())
        };
        entries.push(Entry { register, event: Event { event_type, digest, content } });
    }
    Ok(entries)
}

/// Reads the first event (section 10.2.1, with a SHA-1 digest of zeros) and gives the algorithms and the sizes of their digests.
fn header(log: &mut Reader<'_>) -> Result<Vec<(u16, usize)>, String> {
    const SHA1_BYTES: usize = 20;
    log.u32()?;
    if log.u32()? != NO_ACTION {
        return Err("it does not begin with an event of type `EV_NO_ACTION`".to_owned());
    }
    log.slice(SHA1_BYTES)?;
    let mut header = Reader { bytes: log.data()?, at: 0 };
    if header.slice(SIGNATURE.len())? != SIGNATURE {
        return Err("its first event is not the specification's identifier of version 3".to_owned());
    }
    // Platform class, version, revision, and the size of an integer.
    header.slice(4 + 4)?;
    let count = header.u32()?;
    if count > MAX_ALGORITHMS {
        return Err(format!("it names {count} hash algorithms"));
    }
    (0..count).map(|_| Ok((header.u16()?, usize::from(header.u16()?)))).collect()
}

/// Reads the digests of an event and gives the SHA-384 one.
fn digests(log: &mut Reader<'_>, sizes: &[(u16, usize)]) -> Result<[u8; 48], String> {
    let begin = log.at;
    let mut sha384 = None;
    for _ in 0..log.u32()? {
        let algorithm = log.u16()?;
        let (_, size) = sizes.iter().find(|(known, _)| *known == algorithm).ok_or_else(|| {
            format!(
                "the digest before byte {} is of algorithm {algorithm:#06x}, which its beginning does not name",
                log.at
            )
        })?;
        let digest = log.slice(*size)?;
        if algorithm == SHA384 && sha384.replace(digest).is_some() {
            return Err(format!("the event with digests at byte {begin} has two of SHA-384"));
        }
    }
    let digest = sha384.and_then(|digest| digest.try_into().ok());
    digest.ok_or_else(|| format!("the event with digests at byte {begin} has none of SHA-384"))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Whether only the unused rest of the area is left, all zeros or all ones.
    fn is_over(&self) -> bool {
        let rest = &self.bytes[self.at..];
        rest.iter().all(|byte| *byte == 0) || rest.iter().all(|byte| *byte == 0xFF)
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], String> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..length).ok_or_else(|| format!("it ends within what begins at byte {}", self.at))?;
        self.at += length;
        Ok(taken)
    }

    /// Data behind its length.
    fn data(&mut self) -> Result<&'a [u8], String> {
        let length = self.u32()?;
        self.slice(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u16(&mut self) -> Result<u16, String> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let taken = self.slice(N)?;
        Ok(std::array::from_fn(|i| taken[i]))
    }
}
