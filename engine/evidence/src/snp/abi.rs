//! The layout of an SNP attestation report.
//!
//! AMD 56860, "SEV Secure Nested Paging Firmware ABI Specification", section 7.3, table `ATTESTATION_REPORT` (Table 23 of
//! revision 1.55 and later). Offsets are in bytes, all integers little-endian.

use std::ops::{Range, RangeInclusive};

/// The size of a report in bytes.
pub(crate) const REPORT_BYTES: usize = 0x4A0;

/// The report versions this crate reads. Version 3 added CPUID, version 5 the mitigation vectors.
pub(crate) const VERSIONS: RangeInclusive<u32> = 2..=5;
/// The first version with `CPUID_FAM_ID`, `CPUID_MOD_ID` and `CPUID_STEP`.
pub(crate) const FIRST_VERSION_WITH_CPUID: u32 = 3;
/// The first version with `LAUNCH_MIT_VECTOR` and `CURRENT_MIT_VECTOR`.
pub(crate) const FIRST_VERSION_WITH_MITIGATIONS: u32 = 5;

/// The bytes that the signature covers.
pub(crate) const SIGNED: Range<usize> = 0x000..0x2A0;

pub(crate) const VERSION: usize = 0x000;
pub(crate) const GUEST_SVN: usize = 0x004;
pub(crate) const POLICY: usize = 0x008;
pub(crate) const FAMILY_ID: usize = 0x010;
pub(crate) const IMAGE_ID: usize = 0x020;
pub(crate) const VMPL: usize = 0x030;
pub(crate) const SIGNATURE_ALGO: usize = 0x034;
pub(crate) const CURRENT_TCB: usize = 0x038;
pub(crate) const PLATFORM_INFO: usize = 0x040;
pub(crate) const KEY_INFO: usize = 0x048;
pub(crate) const REPORT_DATA: usize = 0x050;
pub(crate) const MEASUREMENT: usize = 0x090;
pub(crate) const HOST_DATA: usize = 0x0C0;
pub(crate) const ID_KEY_DIGEST: usize = 0x0E0;
pub(crate) const AUTHOR_KEY_DIGEST: usize = 0x110;
pub(crate) const REPORT_ID: usize = 0x140;
pub(crate) const REPORT_ID_MA: usize = 0x160;
pub(crate) const REPORTED_TCB: usize = 0x180;
pub(crate) const CPUID_FAM_ID: usize = 0x188;
pub(crate) const CPUID_MOD_ID: usize = 0x189;
pub(crate) const CPUID_STEP: usize = 0x18A;
pub(crate) const CHIP_ID: usize = 0x1A0;
pub(crate) const COMMITTED_TCB: usize = 0x1E0;
/// `CURRENT_BUILD`, `CURRENT_MINOR`, `CURRENT_MAJOR`, one byte each.
pub(crate) const CURRENT_VERSION: usize = 0x1E8;
/// `COMMITTED_BUILD`, `COMMITTED_MINOR`, `COMMITTED_MAJOR`, one byte each.
pub(crate) const COMMITTED_VERSION: usize = 0x1EC;
pub(crate) const LAUNCH_TCB: usize = 0x1F0;
pub(crate) const LAUNCH_MIT_VECTOR: usize = 0x1F8;
pub(crate) const CURRENT_MIT_VECTOR: usize = 0x200;

/// `SIGNATURE_ALGO` for ECDSA P-384 with SHA-384 (AMD 56860, chapter "Digital Signatures", table of algorithm encodings).
pub(crate) const ECDSA_P384_SHA384: u32 = 1;

/// `VMPL` of a report that the guest asked for is 0 to 3, of one that the host asked for all ones (section 7.3, `VMPL`).
pub(crate) const LOWEST_VMPL: u32 = 3;
pub(crate) const VMPL_OF_HOST: u32 = u32::MAX;

/// R and S of the signature (AMD 56860, "Format for an ECDSA P-384 with SHA-384 Signature"): fields of 72 bytes,
/// little-endian, of which a P-384 component fills 48.
pub(crate) const SIGNATURE_R: usize = 0x2A0;
pub(crate) const SIGNATURE_S: usize = 0x2E8;
/// The bytes of an R or S field that a P-384 component fills.
pub(crate) const COMPONENT_BYTES: usize = 48;
/// The bytes of an R or S field above the component, and of the signature after S. They are not signed and must be zero.
pub(crate) const UNSIGNED_RESERVED: [Range<usize>; 3] = [0x2D0..0x2E8, 0x318..0x330, 0x330..0x4A0];

/// Bits of `POLICY` (section 4.3, "Guest Policy").
pub(crate) mod policy {
    pub(crate) const SMT: u32 = 16;
    pub(crate) const RESERVED_MUST_BE_ONE: u32 = 17;
    pub(crate) const MIGRATE_MA: u32 = 18;
    pub(crate) const DEBUG: u32 = 19;
    pub(crate) const SINGLE_SOCKET: u32 = 20;
    pub(crate) const CXL_ALLOW: u32 = 21;
    pub(crate) const MEM_AES_256_XTS: u32 = 22;
    pub(crate) const RAPL_DIS: u32 = 23;
    pub(crate) const CIPHERTEXT_HIDING_DRAM: u32 = 24;
    pub(crate) const PAGE_SWAP_DISABLE: u32 = 25;
    /// Bits 63:26 are reserved and zero.
    pub(crate) const FIRST_RESERVED: u32 = 26;
}

/// Bits of `PLATFORM_INFO`.
pub(crate) mod platform_info {
    pub(crate) const SMT_EN: u32 = 0;
    pub(crate) const TSME_EN: u32 = 1;
    pub(crate) const ECC_EN: u32 = 2;
    pub(crate) const RAPL_DIS: u32 = 3;
    pub(crate) const CIPHERTEXT_HIDING_DRAM_EN: u32 = 4;
    pub(crate) const ALIAS_CHECK_COMPLETE: u32 = 5;
    pub(crate) const TIO_EN: u32 = 7;
    /// Bits 63:8 are reserved. So is bit 6, but Turin firmware sets it (seen in a genuine report of firmware 1.55.61),
    /// so that one bit is let through; it has no name, and the claim `raw` shows it.
    pub(crate) const FIRST_RESERVED: u32 = 8;
}

/// Bits of the 32-bit word with `AUTHOR_KEY_EN`, `MASK_CHIP_KEY` and `SIGNING_KEY`.
pub(crate) mod key_info {
    pub(crate) const AUTHOR_KEY_EN: u32 = 0;
    pub(crate) const MASK_CHIP_KEY: u32 = 1;
    /// `SIGNING_KEY` is bits 4:2.
    pub(crate) const SIGNING_KEY: u32 = 2;
    pub(crate) const SIGNING_KEY_MASK: u32 = 0b111;
    /// Bits 31:5 are reserved and zero.
    pub(crate) const FIRST_RESERVED: u32 = 5;

    pub(crate) const SIGNING_KEY_VCEK: u32 = 0;
    pub(crate) const SIGNING_KEY_VLEK: u32 = 1;
    pub(crate) const SIGNING_KEY_NONE: u32 = 7;
}

/// The reserved bytes among the signed ones, for a report of `version`. All must be zero.
pub(crate) fn reserved(version: u32) -> [Range<usize>; 5] {
    let before_chip_id = if version >= FIRST_VERSION_WITH_CPUID { CPUID_STEP + 1 } else { CPUID_FAM_ID };
    let after_launch_tcb =
        if version >= FIRST_VERSION_WITH_MITIGATIONS { CURRENT_MIT_VECTOR + 8 } else { LAUNCH_MIT_VECTOR };
    [
        KEY_INFO + 4..REPORT_DATA,
        before_chip_id..CHIP_ID,
        CURRENT_VERSION + 3..COMMITTED_VERSION,
        COMMITTED_VERSION + 3..LAUNCH_TCB,
        after_launch_tcb..SIGNED.end,
    ]
}
