//! QE Identity: the quoting enclaves that Intel vouches for (PCS version 4, `GET /qe/identity`, and the same with `/tdx`).

use serde::Deserialize;

use super::fault::QuoteFault;
use super::json::{Date, Hex, Level};
use super::judgement::Judgement;
use super::layout::{array, enclave};
use super::quote::ENCLAVE_REPORT_BYTES;
use super::refusal::{QuoteRefusal, refused};
use super::sgx::SgxAttributes;
use super::tcb_status::TcbStatus;
use super::window::Window;
use crate::claim::EvidenceKind;

/// The statuses that Intel gives to a quoting enclave.
const STATUSES: [TcbStatus; 5] = [
    TcbStatus::UpToDate,
    TcbStatus::ConfigurationNeeded,
    TcbStatus::OutOfDate,
    TcbStatus::OutOfDateConfigurationNeeded,
    TcbStatus::Revoked,
];

/// QE Identity, typed.
#[derive(Debug)]
pub(super) struct QeIdentity {
    /// What its quoting enclave makes quotes of: TDX (`TD_QE`) or SGX (`QE`).
    pub(super) kind: EvidenceKind,
    /// The number of Intel's evaluation that it comes from.
    pub(super) evaluation: u32,
    /// From when to when it holds.
    pub(super) window: Window,
    content: Content,
}

/// What is read of the text that Intel signs, once its form is known.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    issue_date: Date,
    next_update: Date,
    tcb_evaluation_data_number: u32,
    miscselect: Hex<4>,
    miscselect_mask: Hex<4>,
    attributes: Hex<16>,
    attributes_mask: Hex<16>,
    mrsigner: Hex<32>,
    isvprodid: u16,
    /// In the order in which Intel gives them: the highest first.
    tcb_levels: Vec<Level<IsvSvn>>,
}

/// The security version of a quoting enclave.
#[derive(Debug, Deserialize)]
struct IsvSvn {
    isvsvn: u16,
}

impl QeIdentity {
    /// Reads a text that Intel signed.
    pub(super) fn read(text: &str) -> Result<Self, QuoteRefusal> {
        #[derive(Deserialize)]
        struct Form {
            id: String,
            version: u32,
        }
        let malformed = |reason: &dyn std::fmt::Display| {
            refused(QuoteFault::CollateralMalformed, format_args!("QE Identity: {reason}"))
        };
        let form: Form = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        let kind = match (form.id.as_str(), form.version) {
            ("QE", 2) => EvidenceKind::Sgx,
            ("TD_QE", 2 | 3) => EvidenceKind::Tdx,
            (id, version) => {
                let detail =
                    format!("QE Identity is `{id}` of version {version}; known are `QE` of 2, and `TD_QE` of 2 and 3");
                return Err(refused(QuoteFault::CollateralUnsupported, detail));
            }
        };
        let content: Content = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        if content.tcb_levels.is_empty() {
            return Err(malformed(&"it has no levels"));
        }
        for level in &content.tcb_levels {
            level.check_status(&STATUSES).map_err(|reason| malformed(&reason))?;
        }
        Ok(Self {
            kind,
            evaluation: content.tcb_evaluation_data_number,
            window: Window::of(content.issue_date.0, content.next_update.0),
            content,
        })
    }

    /// Intel's judgement of the quoting enclave that made `report`, which must be one that is described here, in production.
    pub(super) fn judge(&self, report: &[u8; ENCLAVE_REPORT_BYTES]) -> Result<Judgement<'_>, QuoteRefusal> {
        let expected = &self.content;
        let mismatch = |detail: String| Err(refused(QuoteFault::QeIdentity, detail));
        let signer: [u8; 32] = array(report, enclave::MR_SIGNER);
        if signer != expected.mrsigner.0 {
            return mismatch(format!("its signer is `{}`", hex::encode(signer)));
        }
        let product = u16::from_le_bytes(array(report, enclave::ISV_PROD_ID));
        if product != expected.isvprodid {
            return mismatch(format!("its product is {product}; expected {}", expected.isvprodid));
        }
        let misc_select: [u8; 4] = array(report, enclave::MISC_SELECT);
        if !matches_under(misc_select, expected.miscselect.0, expected.miscselect_mask.0) {
            return mismatch(format!("its `MISCSELECT` is `{}`", hex::encode(misc_select)));
        }
        let attributes: [u8; 16] = array(report, enclave::ATTRIBUTES);
        if !matches_under(attributes, expected.attributes.0, expected.attributes_mask.0) {
            return mismatch(format!("its attributes are `{}`", hex::encode(attributes)));
        }
        if SgxAttributes::read(attributes).debug {
            return mismatch("it can be debugged".to_owned());
        }
        let svn = u16::from_le_bytes(array(report, enclave::ISV_SVN));
        let level = expected.tcb_levels.iter().find(|level| svn >= level.tcb.isvsvn);
        let level = level.ok_or_else(|| refused(QuoteFault::QeTcb, format_args!("its security version is {svn}")))?;
        Ok(level.judgement())
    }
}

/// Whether `found` is `expected` in the bits that `mask` has.
fn matches_under<const N: usize>(found: [u8; N], expected: [u8; N], mask: [u8; N]) -> bool {
    (0..N).all(|i| (found[i] ^ expected[i]) & mask[i] == 0)
}
