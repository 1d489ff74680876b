//! Checks of a report by itself: reserved bits and bytes, and fields that cannot be as they are together.

use std::cmp::Ordering;
use std::ops::Range;

use super::abi;
use super::content::Snp;
use super::refusal::ReportRefusal;
use super::report::{Report, Signer};

/// R and S fill 48 of their 72 bytes each, and nothing follows them. These bytes are not signed and must be zero.
///
/// A report still has two encodings that verify: with a signature (r, s), (r, n - s) verifies as well, and anyone can make one of the
/// other. Firmware gives either, so none can be refused; what must tell reports apart (a cache, a list against replay) goes by their signed
/// bytes or their claims, never by the bytes of the whole.
pub(super) fn check_unsigned_bytes(report: Report<'_>) -> Result<(), ReportRefusal> {
    for range in abi::UNSIGNED_RESERVED {
        check_zero(report, "SIGNATURE", range)?;
    }
    Ok(())
}

/// The reserved bits and bytes among the signed ones.
pub(super) fn check_reserved(report: Report<'_>) -> Result<(), ReportRefusal> {
    let policy = report.policy();
    if policy >> abi::policy::RESERVED_MUST_BE_ONE & 1 == 0 {
        return Err(ReportRefusal::PolicyBit17);
    }
    for (field, reserved, offset) in [
        ("POLICY", policy >> abi::policy::FIRST_RESERVED, abi::POLICY),
        ("PLATFORM_INFO", report.platform_info() >> abi::platform_info::FIRST_RESERVED, abi::PLATFORM_INFO),
        ("KEY_INFO", u64::from(report.key_info() >> abi::key_info::FIRST_RESERVED), abi::KEY_INFO),
    ] {
        if reserved != 0 {
            return Err(ReportRefusal::ReservedNotZero { field, offset });
        }
    }
    for range in abi::reserved(report.version()) {
        check_zero(report, "reserved bytes", range)?;
    }
    Ok(())
}

fn check_zero(report: Report<'_>, field: &'static str, range: Range<usize>) -> Result<(), ReportRefusal> {
    match report.first_nonzero(range) {
        Some(offset) => Err(ReportRefusal::ReservedNotZero { field, offset }),
        None => Ok(()),
    }
}

/// What firmware cannot have signed: whoever did has its key, or the firmware is broken.
///
/// How the launch TCB stands to the others is no such thing: a guest that was migrated, or whose platform went back to the committed firmware,
/// was launched above what runs now. That, and provisional firmware (committed below current), are for the policy.
pub(super) fn check_content(content: &Snp) -> Result<(), ReportRefusal> {
    if content.vmpl > abi::LOWEST_VMPL && content.vmpl != abi::VMPL_OF_HOST {
        return Err(ReportRefusal::Vmpl { found: content.vmpl });
    }
    // With MASK_CHIP_KEY set, firmware writes zeros in the place of a VCEK's signature (AMD 56860, "Chip Key Masking" of SNP_CONFIG).
    if content.signer == Signer::Vcek && content.key_info.mask_chip_key {
        return Err(ReportRefusal::ChipKeyMasked);
    }
    // Firmware is loaded only at or above the committed version, and no more is reported than what runs (AMD 56860, SNP_COMMIT and SNP_CONFIG).
    let current = content.current_tcb;
    for (field, found) in [("COMMITTED_TCB", content.committed_tcb), ("REPORTED_TCB", content.reported_tcb)] {
        if !matches!(found.partial_cmp(&current), Some(Ordering::Less | Ordering::Equal)) {
            return Err(ReportRefusal::TcbOrder { field, found, current });
        }
    }
    if content.committed_version > content.current_version {
        return Err(ReportRefusal::VersionOrder {
            committed: content.committed_version,
            current: content.current_version,
        });
    }
    Ok(())
}
