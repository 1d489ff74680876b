//! Why a report of a device of NVIDIA's was refused.

use jiff::Timestamp;

use crate::cert::Document;
use crate::excerpt::Excerpt;

/// Why a report of a device of NVIDIA's was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceRefusal {
    /// The report ends too early.
    #[error(
        "the report has {found} bytes and ends inside `{}`, which begins at byte {offset}: it is cut short, or not the request and response in one",
        field.name()
    )]
    Truncated {
        /// The field that is cut.
        field: SpdmField,
        /// Its offset in the report.
        offset: usize,
        /// The length of the report, in bytes.
        found: usize,
    },
    /// Something follows the signature.
    #[error("the report has {found} bytes, but its signature ends at byte {end}: take it out of its container first")]
    TrailingBytes {
        /// Where the report ends.
        end: usize,
        /// The length of the input, in bytes.
        found: usize,
    },
    /// A field of the SPDM messages has a value that it cannot have.
    #[error("the report has {found} in `{}`, at byte {offset}; expected {expected}", field.name())]
    Field {
        /// The field.
        field: SpdmField,
        /// Its offset in the report.
        offset: usize,
        /// The value found.
        found: usize,
        /// What a report has there.
        expected: &'static str,
    },
    /// The signature does not verify.
    #[error(
        "the signature on the report does not verify under the key of the attestation key certificate: the report was altered, or the certificates are another device's"
    )]
    Signature,
    /// The nonce is not what the caller insists on.
    #[error(
        "the nonce of the report's request is `{found}`; expected `{expected}`: the report answers another challenge"
    )]
    Nonce {
        /// The nonce found, in hexadecimal.
        found: String,
        /// The nonce expected, in hexadecimal.
        expected: String,
    },
    /// The opaque data is not a list of fields.
    #[error("the report's opaque data cannot be read at its byte {offset}: {reason}")]
    Opaque {
        /// The offset in the opaque data.
        offset: usize,
        /// What is wrong.
        reason: &'static str,
    },
    /// A field of the opaque data is missing or has a value that it cannot have.
    #[error("the report's opaque field {number} (`{name}`) is wrong: {reason}")]
    OpaqueField {
        /// NVIDIA's number for it.
        number: u16,
        /// NVIDIA's name for it.
        name: &'static str,
        /// What was found and what was expected.
        reason: String,
    },
    /// The chain does not have the five certificates of a device.
    #[error(
        "the chain has {found} certificates; expected 5: attestation key, device, provisioner, identity authority and root, in this order"
    )]
    ChainLength {
        /// How many there are.
        found: usize,
    },
    /// The device is none that this crate knows.
    #[error(
        "the certificate is of the device `{found}`; known are GH100 (Hopper), GB100 to GB299 (Blackwell) and LS_10 (switch), as `CHIP STEPPING … BROM`"
    )]
    ModelUnknown {
        /// The name found.
        found: Excerpt,
    },
    /// Two certificates of the chain name different chips.
    #[error("the {document} has the name `{found}`, which is not of the chip of the device `{device}`")]
    ModelMismatch {
        /// Which certificate.
        document: Document,
        /// Its name.
        found: Excerpt,
        /// The device's name.
        device: Excerpt,
    },
    /// The report is of another kind of device.
    #[error("the report is of {found} (`{name}`); expected {expected}")]
    DeviceKind {
        /// What it is of.
        found: &'static str,
        /// The device's name.
        name: Excerpt,
        /// What was asked for.
        expected: &'static str,
    },
    /// The attestation key's certificate does not say which firmware holds the key.
    #[error(
        "the firmware's digest in the attestation key certificate (extension 2.23.133.5.4.1 or 2.23.133.5.4.1.1) is wrong: {reason}"
    )]
    TcbInfo {
        /// What was found and what was expected.
        reason: String,
    },
    /// The report and the certificate name different firmware.
    #[error(
        "the report states the firmware digest `{report}`, but the attestation key is certified for `{certificate}`"
    )]
    FwidMismatch {
        /// The digest in the report, in hexadecimal.
        report: String,
        /// The digest in the certificate, in hexadecimal.
        certificate: String,
    },
    /// An endorsement was used outside the time for which it was verified.
    #[error(
        "the endorsement was verified for {not_before} to {not_after}; the verification time is {now}: verify its chain again"
    )]
    EndorsementOutOfDate {
        /// The latest start among the validities of the chain and the revocation lists.
        not_before: Timestamp,
        /// The earliest end among them, which is not part of it any more.
        not_after: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
}

impl DeviceRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        use DeviceRefusal as R;
        match self {
            R::Truncated { .. } => "spdm_truncated",
            R::TrailingBytes { .. } => "spdm_trailing_bytes",
            R::Field { field, .. } => field.code(),
            R::Signature => "report_signature",
            R::Nonce { .. } => "nonce_mismatch",
            R::Opaque { .. } => "opaque_malformed",
            R::OpaqueField { .. } => "opaque_field",
            R::ChainLength { .. } => "chain_length",
            R::ModelUnknown { .. } => "device_model_unknown",
            R::ModelMismatch { .. } => "device_model_mismatch",
            R::DeviceKind { .. } => "device_kind",
            R::TcbInfo { .. } => "tcb_info",
            R::FwidMismatch { .. } => "fwid_mismatch",
            R::EndorsementOutOfDate { .. } => "endorsement_out_of_date",
        }
    }
}

/// A field of the SPDM messages, by its name in DSP0274 1.1.0, sections 10.11 and 10.11.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpdmField {
    /// The protocol's version.
    Version,
    /// Which message it is.
    Code,
    /// What the request asks for beside measurements.
    Attributes,
    /// Which measurements the request asks for.
    Operation,
    /// 32 bytes that one side chose.
    Nonce,
    /// The slot of the certificate chain.
    Slot,
    /// A reserved byte.
    Reserved,
    /// How many blocks there are.
    Blocks,
    /// The length of all blocks.
    RecordLength,
    /// A block's number.
    Index,
    /// By whose specification a block is made.
    Specification,
    /// The length of a block's measurement.
    MeasurementSize,
    /// What was measured.
    ValueType,
    /// The length of a measurement's value.
    ValueSize,
    /// A measurement's value.
    Value,
    /// The length of the opaque data.
    OpaqueLength,
    /// The opaque data.
    OpaqueData,
    /// The signature.
    Signature,
}

impl SpdmField {
    /// The field's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SpdmField::Version => "SPDMVersion",
            SpdmField::Code => "RequestResponseCode",
            SpdmField::Attributes => "Param1 (request attributes)",
            SpdmField::Operation => "Param2 (measurement operation)",
            SpdmField::Nonce => "Nonce",
            SpdmField::Slot => "SlotID",
            SpdmField::Reserved => "Param1 (reserved)",
            SpdmField::Blocks => "NumberOfBlocks",
            SpdmField::RecordLength => "MeasurementRecordLength",
            SpdmField::Index => "Index",
            SpdmField::Specification => "MeasurementSpecification",
            SpdmField::MeasurementSize => "MeasurementSize",
            SpdmField::ValueType => "DMTFSpecMeasurementValueType",
            SpdmField::ValueSize => "DMTFSpecMeasurementValueSize",
            SpdmField::Value => "DMTFSpecMeasurementValue",
            SpdmField::OpaqueLength => "OpaqueLength",
            SpdmField::OpaqueData => "OpaqueData",
            SpdmField::Signature => "Signature",
        }
    }

    /// The code of a refusal for its value.
    const fn code(self) -> &'static str {
        match self {
            SpdmField::Version => "spdm_version",
            SpdmField::Code => "spdm_code",
            SpdmField::Attributes | SpdmField::Operation => "spdm_request",
            SpdmField::Slot => "spdm_slot",
            SpdmField::Reserved => "spdm_reserved",
            SpdmField::Blocks | SpdmField::RecordLength => "spdm_record",
            SpdmField::Index
            | SpdmField::Specification
            | SpdmField::MeasurementSize
            | SpdmField::ValueType
            | SpdmField::ValueSize
            | SpdmField::Value => "spdm_measurement",
            SpdmField::OpaqueLength | SpdmField::OpaqueData => "spdm_opaque",
            SpdmField::Nonce | SpdmField::Signature => "spdm_truncated",
        }
    }
}
