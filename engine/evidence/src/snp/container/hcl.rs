//! Azure's HCL blob: what a confidential VM reads from its vTPM at index 0x01400001.
//!
//! Microsoft, "Guest attestation for confidential VMs" (Azure documentation), tables of the attestation report: a header of 32 bytes, the
//! hardware report in 1184, then the runtime data behind a header of 20. All integers are little-endian.

use super::super::azure::{HashType, RuntimeData};
use super::refusal::ContainerRefusal;
use super::{Contents, REPORT_BYTES};

const FORM: &str = "Azure HCL blob";

/// `signature`, the first field.
pub(super) const MAGIC: &[u8] = b"HCLA";

/// Offsets in the blob. `report_size` counts everything up to the end of the runtime data.
const REPORT_SIZE: usize = 0x08;
const REPORT: usize = 0x20;
const RUNTIME: usize = REPORT + REPORT_BYTES;

/// Offsets in the runtime header. `data_size` counts the header with what follows it.
const DATA_SIZE: usize = RUNTIME;
const REPORT_TYPE: usize = RUNTIME + 0x08;
const HASH_TYPE: usize = RUNTIME + 0x0C;
const RUNTIME_SIZE: usize = RUNTIME + 0x10;
const RUNTIME_DATA: usize = RUNTIME + 0x14;

/// Values of `report_type`.
const SNP: u32 = 2;
const TDX: u32 = 4;

/// Values of `report_data_hash_type`.
const SHA256: u32 = 1;
const SHA384: u32 = 2;
const SHA512: u32 = 3;

/// Takes report and runtime data out of a `blob`. Nothing in its headers is signed; they say where things lie, and zeros follow the whole.
pub(super) fn open(blob: &[u8]) -> Result<Contents, ContainerRefusal> {
    let malformed = |reason: &str| ContainerRefusal::malformed(FORM, reason);
    if blob.len() < RUNTIME_DATA {
        return Err(malformed("it ends in its headers"));
    }
    match u32_at(blob, REPORT_TYPE) {
        SNP => {}
        TDX => return Err(ContainerRefusal::Kind { found: crate::excerpt::Excerpt::of("TDX") }),
        _ => return Err(malformed("its report type is not 2 (SEV-SNP)")),
    }
    let hash = match u32_at(blob, HASH_TYPE) {
        SHA256 => HashType::Sha256,
        SHA384 => HashType::Sha384,
        SHA512 => HashType::Sha512,
        _ => return Err(malformed("its hash type is not 1 (SHA-256), 2 (SHA-384) or 3 (SHA-512)")),
    };
    let size = |offset| usize::try_from(u32_at(blob, offset)).ok();
    let rest = &blob[RUNTIME_DATA..];
    let (data, padding) = size(RUNTIME_SIZE)
        .and_then(|size| rest.split_at_checked(size))
        .ok_or_else(|| malformed("its runtime data ends outside of it"))?;
    if size(DATA_SIZE) != Some(RUNTIME_DATA - RUNTIME + data.len())
        || size(REPORT_SIZE) != Some(RUNTIME_DATA + data.len())
    {
        return Err(malformed("its sizes contradict each other"));
    }
    if padding.iter().any(|byte| *byte != 0) {
        return Err(malformed("bytes other than zero follow its runtime data"));
    }
    let runtime = RuntimeData { hash, bytes: data.to_vec() };
    Ok(Contents { runtime: Some(runtime), ..Contents::of_report(&blob[REPORT..RUNTIME]) })
}

/// The number at `offset`, one of those above, in a blob that has all headers.
fn u32_at(blob: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes(std::array::from_fn(|index| blob[offset + index]))
}
