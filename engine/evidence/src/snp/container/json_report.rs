//! A report as JSON fields: the form in which the package `sev` writes its `AttestationReport`, and confidential containers with it.

use serde::Deserialize;

use super::REPORT_BYTES;
use super::refusal::ContainerRefusal;
use crate::snp::abi;

/// The fields, under their names in JSON. Those that younger reports have may be absent or null.
#[derive(Deserialize)]
pub(super) struct FieldsOfReport {
    version: u32,
    guest_svn: u32,
    policy: u64,
    family_id: Vec<u8>,
    image_id: Vec<u8>,
    vmpl: u32,
    sig_algo: u32,
    current_tcb: Tcb,
    plat_info: u64,
    key_info: u32,
    report_data: Vec<u8>,
    measurement: Vec<u8>,
    host_data: Vec<u8>,
    id_key_digest: Vec<u8>,
    author_key_digest: Vec<u8>,
    report_id: Vec<u8>,
    report_id_ma: Vec<u8>,
    reported_tcb: Tcb,
    cpuid_fam_id: Option<u8>,
    cpuid_mod_id: Option<u8>,
    cpuid_step: Option<u8>,
    chip_id: Vec<u8>,
    committed_tcb: Tcb,
    current: Version,
    committed: Version,
    launch_tcb: Tcb,
    launch_mit_vector: Option<u64>,
    current_mit_vector: Option<u64>,
    signature: Signature,
}

/// `fmc` is there where the layout is Turin's.
#[derive(Deserialize)]
struct Tcb {
    fmc: Option<u8>,
    bootloader: u8,
    tee: u8,
    snp: u8,
    microcode: u8,
}

#[derive(Deserialize)]
struct Version {
    major: u8,
    minor: u8,
    build: u8,
}

#[derive(Deserialize)]
struct Signature {
    r: Vec<u8>,
    s: Vec<u8>,
}

/// The bytes of the R and S fields.
const COMPONENT_FIELD: usize = abi::SIGNATURE_S - abi::SIGNATURE_R;

impl FieldsOfReport {
    /// The report's bytes. What JSON does not carry is zero, as reserved bytes are; if it was not, the signature does not verify.
    pub(super) fn encode(&self) -> Result<[u8; REPORT_BYTES], ContainerRefusal> {
        let mut report = Bytes([0; REPORT_BYTES]);
        for (offset, number) in [
            (abi::VERSION, self.version),
            (abi::GUEST_SVN, self.guest_svn),
            (abi::VMPL, self.vmpl),
            (abi::SIGNATURE_ALGO, self.sig_algo),
            (abi::KEY_INFO, self.key_info),
        ] {
            report.put(offset, &number.to_le_bytes());
        }
        for (offset, number) in [
            (abi::POLICY, self.policy),
            (abi::PLATFORM_INFO, self.plat_info),
            (abi::LAUNCH_MIT_VECTOR, self.launch_mit_vector.unwrap_or(0)),
            (abi::CURRENT_MIT_VECTOR, self.current_mit_vector.unwrap_or(0)),
        ] {
            report.put(offset, &number.to_le_bytes());
        }
        for (offset, tcb) in [
            (abi::CURRENT_TCB, &self.current_tcb),
            (abi::REPORTED_TCB, &self.reported_tcb),
            (abi::COMMITTED_TCB, &self.committed_tcb),
            (abi::LAUNCH_TCB, &self.launch_tcb),
        ] {
            report.put(offset, &tcb.encode());
        }
        for (offset, version) in [(abi::CURRENT_VERSION, &self.current), (abi::COMMITTED_VERSION, &self.committed)] {
            report.put(offset, &[version.build, version.minor, version.major]);
        }
        let cpuid = [self.cpuid_fam_id, self.cpuid_mod_id, self.cpuid_step].map(|part| part.unwrap_or(0));
        report.put(abi::CPUID_FAM_ID, &cpuid);
        for (name, offset, length, bytes) in [
            ("family_id", abi::FAMILY_ID, 16, &self.family_id),
            ("image_id", abi::IMAGE_ID, 16, &self.image_id),
            ("report_data", abi::REPORT_DATA, 64, &self.report_data),
            ("measurement", abi::MEASUREMENT, 48, &self.measurement),
            ("host_data", abi::HOST_DATA, 32, &self.host_data),
            ("id_key_digest", abi::ID_KEY_DIGEST, 48, &self.id_key_digest),
            ("author_key_digest", abi::AUTHOR_KEY_DIGEST, 48, &self.author_key_digest),
            ("report_id", abi::REPORT_ID, 32, &self.report_id),
            ("report_id_ma", abi::REPORT_ID_MA, 32, &self.report_id_ma),
            ("chip_id", abi::CHIP_ID, 64, &self.chip_id),
            ("signature.r", abi::SIGNATURE_R, COMPONENT_FIELD, &self.signature.r),
            ("signature.s", abi::SIGNATURE_S, COMPONENT_FIELD, &self.signature.s),
        ] {
            if bytes.len() != length {
                let reason = format!("`attestation_report.{name}` has {} bytes; expected {length}", bytes.len());
                return Err(ContainerRefusal::malformed("JSON", reason));
            }
            report.put(offset, bytes);
        }
        Ok(report.0)
    }
}

impl Tcb {
    fn encode(&self) -> [u8; 8] {
        let &Self { fmc, bootloader, tee, snp, microcode } = self;
        match fmc {
            Some(fmc) => [fmc, bootloader, tee, snp, 0, 0, 0, microcode],
            None => [bootloader, tee, 0, 0, 0, 0, snp, microcode],
        }
    }
}

struct Bytes([u8; REPORT_BYTES]);

impl Bytes {
    /// Writes `bytes` at `offset`, one of a field that long.
    fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
    }
}
