//! The vTPM's quote over its registers.
//!
//! TCG, "TPM 2.0 Library, Part 2: Structures": `TPMS_ATTEST` (10.12.12), `TPMS_QUOTE_INFO` (10.12.4), `TPML_PCR_SELECTION` (10.9.7). All
//! integers are big-endian.

use std::collections::BTreeMap;

use super::refusal::AzureRefusal;
use super::runtime::{QUOTE_ALGORITHM, Runtime};
use crate::crypto::{AwsLc, Crypto};
use crate::refusal::{Refusal, within};
use crate::verified::Verified;

/// A quote as it came. It proves nothing before [`Verified`]`<`[`Runtime`]`>::verify_quote`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The signed structure, `TPMS_ATTEST`.
    pub message: Vec<u8>,
    /// The signature over it: RSASSA-PKCS1-v1_5 with SHA-256, the bare bytes.
    pub signature: Vec<u8>,
    /// The values of the quoted registers, from the lowest on.
    pub pcrs: Vec<[u8; 32]>,
}

/// The state that a vTPM quoted. Only reachable inside a [`Verified`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Vtpm {
    /// The registers of the SHA-256 bank, by their number.
    pub pcrs: BTreeMap<u8, [u8; 32]>,
    /// How often the vTPM was reset, which is how often the VM was started.
    pub reset_count: u32,
    /// How often it was suspended or restarted since.
    pub restart_count: u32,
}

/// The most bytes of a message. One over all registers has about 150.
const MAX_MESSAGE_BYTES: usize = 4096;

/// `TPM_GENERATED_VALUE`: what no key signs that the vTPM did not make itself (6.2).
const GENERATED: u32 = 0xFF54_4347;
/// `TPM_ST_ATTEST_QUOTE` (6.9).
const QUOTE: u16 = 0x8018;
/// `TPM_ALG_SHA256` (6.3).
const SHA256: u16 = 0x000B;

impl Verified<Runtime> {
    /// Proves that the vTPM whose key this runtime data names made `quote`, for `nonce`, over the registers given.
    ///
    /// # Errors
    /// [`Refusal`] naming the first check that failed.
    pub fn verify_quote(&self, quote: &Quote, nonce: &[u8]) -> Result<Verified<Vtpm>, Refusal> {
        if nonce.is_empty() {
            return Err(AzureRefusal::NoNonce.into());
        }
        within("vTPM quote", &quote.message, MAX_MESSAGE_BYTES)?;
        AwsLc::verify(QUOTE_ALGORITHM.scheme(), &self.attestation_key, &quote.message, &quote.signature)
            .map_err(|_| AzureRefusal::QuoteSignature)?;
        let attest = Attest::read(&quote.message)?;
        if attest.nonce != nonce {
            let (found, expected) = (hex::encode(attest.nonce), hex::encode(nonce));
            return Err(AzureRefusal::Nonce { found, expected }.into());
        }
        if attest.selected.len() != quote.pcrs.len() {
            return Err(malformed("it is over another number of registers than were given").into());
        }
        let digest = AwsLc::sha256(&quote.pcrs.concat());
        if digest != attest.pcr_digest {
            let (found, expected) = (hex::encode(digest), hex::encode(attest.pcr_digest));
            return Err(AzureRefusal::Registers { found, expected }.into());
        }
        let pcrs = attest.selected.into_iter().zip(quote.pcrs.iter().copied()).collect();
        let Attest { reset_count, restart_count, .. } = attest;
        Ok(self.with(Vtpm { pcrs, reset_count, restart_count }))
    }
}

/// What is of interest in a `TPMS_ATTEST` that is a quote.
struct Attest<'a> {
    nonce: &'a [u8],
    reset_count: u32,
    restart_count: u32,
    /// The numbers of the registers, ascending.
    selected: Vec<u8>,
    pcr_digest: [u8; 32],
}

impl<'a> Attest<'a> {
    fn read(message: &'a [u8]) -> Result<Self, AzureRefusal> {
        let mut reader = Reader(message);
        if reader.u32()? != GENERATED {
            return Err(malformed("it does not begin as what a TPM makes"));
        }
        if reader.u16()? != QUOTE {
            return Err(malformed("it attests something else than registers"));
        }
        let _qualified_signer = reader.sized()?;
        let nonce = reader.sized()?;
        let _clock: [u8; 8] = reader.array()?;
        let (reset_count, restart_count) = (reader.u32()?, reader.u32()?);
        let [_safe] = reader.array()?;
        let _firmware_version: [u8; 8] = reader.array()?;
        if reader.u32()? != 1 || reader.u16()? != SHA256 {
            return Err(malformed("it is not over one bank of SHA-256 registers"));
        }
        let [bitmap] = reader.array()?;
        let selected = registers(reader.take(bitmap.into())?);
        if selected.is_empty() {
            return Err(malformed("it is over no registers"));
        }
        let pcr_digest = reader.sized()?.try_into().map_err(|_| malformed("its digest has not 32 bytes"))?;
        if !reader.0.is_empty() {
            return Err(malformed("bytes follow its end"));
        }
        Ok(Self { nonce, reset_count, restart_count, selected, pcr_digest })
    }
}

/// The registers that a bitmap selects: bit 0 of the first byte is register 0 (`TPMS_PCR_SELECT`, 10.6.1).
fn registers(bitmap: &[u8]) -> Vec<u8> {
    let is_selected =
        |register: &u8| bitmap.get(usize::from(register / 8)).is_some_and(|byte| byte >> (register % 8) & 1 == 1);
    (0..=u8::MAX).filter(is_selected).collect()
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], AzureRefusal> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(|| malformed("it ends too soon"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], AzureRefusal> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(|| malformed("it ends too soon"))?;
        self.0 = rest;
        Ok(*taken)
    }

    fn u16(&mut self) -> Result<u16, AzureRefusal> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, AzureRefusal> {
        self.array().map(u32::from_be_bytes)
    }

    /// A `TPM2B`: a length of 16 bits and as many bytes.
    fn sized(&mut self) -> Result<&'a [u8], AzureRefusal> {
        let length = self.u16()?;
        self.take(length.into())
    }
}

fn malformed(reason: &'static str) -> AzureRefusal {
    AzureRefusal::Quote { reason }
}
