//! Why an attestation report was refused.

use jiff::Timestamp;

use super::tcb::Tcb;

/// Why an attestation report was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReportRefusal {
    /// The input has another length than a report.
    #[error(
        "the report has {found} bytes; an SNP attestation report has exactly 1184: take it out of its container first"
    )]
    Length {
        /// The length found, in bytes.
        found: usize,
    },
    /// The report has a version that this crate does not know.
    #[error("the report has version {found}; known are 2 to 5")]
    Version {
        /// The version found.
        found: u32,
    },
    /// The report says it is signed with another algorithm.
    #[error("the report has signature algorithm {found}; expected 1 (ECDSA P-384 with SHA-384)")]
    SignatureAlgorithm {
        /// The algorithm found.
        found: u32,
    },
    /// The report says that no key signed it.
    #[error(
        "the report is not signed (its signing key is `none`): the host asked for an unsigned report or masks the chip's key"
    )]
    Unsigned,
    /// The report names a signing key that is reserved.
    #[error("the report has signing key {found}, which is reserved; expected 0 (VCEK) or 1 (VLEK)")]
    SigningKeyReserved {
        /// The encoding found.
        found: u32,
    },
    /// Something reserved is set.
    #[error("the report has reserved bits set in `{field}`, at byte {offset:#05x}; they must be zero")]
    ReservedNotZero {
        /// The field of the report.
        field: &'static str,
        /// The offset of the first such byte in the report.
        offset: usize,
    },
    /// Bit 17 of the guest policy is clear.
    #[error("the guest policy has bit 17 clear; it is reserved and must be one")]
    PolicyBit17,
    /// The privilege level is none that exists.
    #[error("the report has VMPL {found}; expected 0 to 3, or 4294967295 where the host asked for it")]
    Vmpl {
        /// The level found.
        found: u32,
    },
    /// The chip's key signed a report which says that the chip's key signs none.
    #[error(
        "the report is signed by a VCEK although MASK_CHIP_KEY is set, with which firmware leaves reports unsigned: it contradicts itself"
    )]
    ChipKeyMasked,
    /// A TCB version is higher than the one that runs.
    #[error(
        "the report's {field} is ({found}), which is not at or below its CURRENT_TCB, ({current}), in every component: it contradicts itself"
    )]
    TcbOrder {
        /// The field of the report.
        field: &'static str,
        /// The version in that field.
        found: Tcb,
        /// The version that runs.
        current: Tcb,
    },
    /// The firmware version that cannot be rolled back is higher than the one that runs.
    #[error("the report's committed firmware version is {}, higher than the current one, {}: it contradicts itself", version(*committed), version(*current))]
    VersionOrder {
        /// Major, minor and build of the committed version.
        committed: [u8; 3],
        /// Major, minor and build of the current version.
        current: [u8; 3],
    },
    /// The signature does not verify.
    #[error(
        "the signature on the report does not verify under the key of the VCEK (or VLEK) certificate: the report was altered, or the certificate is another chip's"
    )]
    Signature,
    /// The report and the certificate name different kinds of key.
    #[error("the report says it is signed by a {report}, but the certificate is of a {certificate}")]
    SignerMismatch {
        /// The kind in the report.
        report: &'static str,
        /// The kind of the certificate.
        certificate: &'static str,
    },
    /// CPUID names no product that this crate knows.
    #[error("the report is from CPUID family {family:#x}, model {model:#x}, which is no known product")]
    CpuidUnknown {
        /// The combined family.
        family: u8,
        /// The combined model.
        model: u8,
    },
    /// The report and the certificate name different products.
    #[error("the report is from a {report} processor, but the certificate is for {certificate}")]
    ProductMismatch {
        /// The product that CPUID in the report names.
        report: &'static str,
        /// The product of the certificate.
        certificate: &'static str,
    },
    /// The reported TCB is not the one the certificate was issued for.
    #[error(
        "the report's REPORTED_TCB is ({reported}), but the certificate was issued for ({certificate}): fetch the certificate of this TCB version"
    )]
    TcbMismatch {
        /// What the report says.
        reported: Tcb,
        /// What the certificate says.
        certificate: Tcb,
    },
    /// The chip id is masked, so nothing ties the report to the certificate's chip.
    #[error(
        "the report's CHIP_ID is zero, so it cannot be matched with the chip of the VCEK certificate: have the host's administrator clear MASK_CHIP_ID in its SNP configuration"
    )]
    ChipIdMasked,
    /// The chip id is another chip's.
    #[error("the report's CHIP_ID `{report}` is not the chip of the VCEK certificate, `{certificate}`")]
    ChipIdMismatch {
        /// The chip id of the report, in hexadecimal.
        report: String,
        /// The hardware id of the certificate, in hexadecimal.
        certificate: String,
    },
    /// The report data is not what the caller insists on.
    #[error(
        "the report data is `{found}`; expected `{expected}`: the report answers another challenge, or is bound to another key"
    )]
    ReportData {
        /// The report data found, in hexadecimal.
        found: String,
        /// The report data expected, in hexadecimal.
        expected: String,
    },
    /// The host data is not what the caller insists on.
    #[error(
        "the host data is `{found}`; expected `{expected}`: the host launched the guest with another configuration"
    )]
    HostData {
        /// The host data found, in hexadecimal.
        found: String,
        /// The host data expected, in hexadecimal.
        expected: String,
    },
    /// The key of the ID block is not the one that the caller insists on.
    #[error(
        "the digest of the ID key is `{found}`; expected `{expected}`: another owner signed the guest's ID block, or none did"
    )]
    IdKeyDigest {
        /// The digest found, in hexadecimal.
        found: String,
        /// The digest expected, in hexadecimal.
        expected: String,
    },
    /// The caller insists on an author key and the guest was launched without one.
    #[error(
        "the guest was launched without an author key (AUTHOR_KEY_EN is 0); expected the one with digest `{expected}`"
    )]
    NoAuthorKey {
        /// The digest expected, in hexadecimal.
        expected: String,
    },
    /// The key that certified the ID key is not the one that the caller insists on.
    #[error(
        "the digest of the author key is `{found}`; expected `{expected}`: another author certified the guest's ID key"
    )]
    AuthorKeyDigest {
        /// The digest found, in hexadecimal.
        found: String,
        /// The digest expected, in hexadecimal.
        expected: String,
    },
    /// An endorsement was used outside the time for which it was verified.
    #[error(
        "the endorsement was verified for {not_before} to {not_after}; the verification time is {now}: verify its chain again"
    )]
    EndorsementOutOfDate {
        /// The latest start among the validities of the chain and the revocation list.
        not_before: Timestamp,
        /// The earliest end among them, which is not part of it any more.
        not_after: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
}

impl ReportRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use ReportRefusal as R;
        match self {
            R::Length { .. } => "report_length",
            R::Version { .. } => "report_version",
            R::SignatureAlgorithm { .. } => "report_signature_algorithm",
            R::Unsigned => "report_unsigned",
            R::SigningKeyReserved { .. } => "signing_key_reserved",
            R::ReservedNotZero { .. } => "reserved_not_zero",
            R::PolicyBit17 => "policy_bit_17",
            R::Vmpl { .. } => "report_vmpl",
            R::ChipKeyMasked => "chip_key_masked",
            R::TcbOrder { .. } => "tcb_order",
            R::VersionOrder { .. } => "version_order",
            R::Signature => "report_signature",
            R::SignerMismatch { .. } => "signer_mismatch",
            R::CpuidUnknown { .. } => "cpuid_unknown",
            R::ProductMismatch { .. } => "product_mismatch",
            R::TcbMismatch { .. } => "tcb_mismatch",
            R::ChipIdMasked => "chip_id_masked",
            R::ChipIdMismatch { .. } => "chip_id_mismatch",
            R::ReportData { .. } => "report_data_mismatch",
            R::HostData { .. } => "host_data_mismatch",
            R::IdKeyDigest { .. } => "id_key_mismatch",
            R::NoAuthorKey { .. } | R::AuthorKeyDigest { .. } => "author_key_mismatch",
            R::EndorsementOutOfDate { .. } => "endorsement_out_of_date",
        }
    }
}

fn version([major, minor, build]: [u8; 3]) -> String {
    format!("{major}.{minor}.{build}")
}
