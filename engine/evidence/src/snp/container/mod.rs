//! What SNP reports come in: taking the report, and the certificates beside it, out of the forms that people really have.
//!
//! | form | how it is told from the others |
//! |---|---|
//! | an extended report: report and certificate table (`certificate_table`) | binary, at least 1184 bytes and one entry of a table |
//! | `MSG_REPORT_RSP`, as the guest's device gives it | binary, begins with status 0 and the size of a report |
//! | an Azure HCL blob: report and runtime data (`hcl`) | binary, begins with `HCLA` |
//! | any of these in hexadecimal or base64 (`text`) | text of that alphabet; what is all hexadecimal digits is hexadecimal |
//! | JSON of confidential containers or of Azure's vTPM tools (`json`) | text, begins with `{` |
//! | the 1184 bytes of a report | anything else: what is none has another length |
//!
//! [`unwrap`] decides by content alone, so nothing has two readings. **It verifies nothing**: what comes out is
//! [`Contents`] for [`Evidence`](super::Evidence), and the runtime data of a blob proves nothing before
//! [`RuntimeData::verify`](super::azure::RuntimeData::verify) has seen the verified report.

mod certificate_table;
mod hcl;
mod json;
mod json_report;
mod refusal;
mod text;

pub use refusal::ContainerRefusal;

use super::abi::REPORT_BYTES;
use super::azure::{Quote, RuntimeData};
use super::endorsement::Chain;
use crate::refusal::{Refusal, within};

/// The most that is read of a container: 64 KiB. The largest genuine ones, JSON with a line for every byte, have about 36 KiB.
const MAX_CONTAINER_BYTES: usize = 64 * 1024;

/// How deep containers may stand in each other: JSON in base64 in JSON.
const MAX_NESTING: usize = 3;

/// What was in a container. Nothing of it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contents {
    /// Where a report is to be. Its length is for the verifier to check.
    pub report: Vec<u8>,
    /// The certificates beside it.
    pub certificates: Certificates,
    /// The runtime data of an Azure blob, which the report commits to.
    pub runtime: Option<RuntimeData>,
    /// The quote of an Azure vTPM, whose key the runtime data names.
    pub quote: Option<Quote>,
}

/// The certificates in a container, each DER or PEM as it was there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Certificates {
    /// The VCEK or VLEK.
    pub vek: Option<Vec<u8>>,
    /// The ASK or ASVK.
    pub ask: Option<Vec<u8>>,
    /// The ARK.
    pub ark: Option<Vec<u8>>,
    /// A revocation list. Whoever made the container chose it, so a list of one's own is better.
    pub crl: Option<Vec<u8>>,
}

impl Contents {
    fn of_report(report: &[u8]) -> Self {
        Self { report: report.to_vec(), certificates: Certificates::default(), runtime: None, quote: None }
    }

    /// The certificate of the report key.
    ///
    /// # Errors
    /// [`ContainerRefusal::NoVek`] if there was none: it must come from elsewhere.
    pub fn vek(&self) -> Result<&[u8], Refusal> {
        Ok(self.certificates.vek.as_deref().ok_or(ContainerRefusal::NoVek)?)
    }

    /// The chain: the certificates that were there, or the built-in ones unless both were.
    #[must_use]
    pub fn chain(&self) -> Chain<'_> {
        match (&self.certificates.ask, &self.certificates.ark) {
            (Some(ask), Some(ark)) => Chain::Given { ask, ark },
            (Some(_) | None, _) => Chain::BuiltIn,
        }
    }
}

/// Takes a report out of `container`, whatever its form.
///
/// # Errors
/// [`Refusal`] if it is larger than 64 KiB, is malformed, or holds evidence of another kind.
pub fn unwrap(container: &[u8]) -> Result<Contents, Refusal> {
    within("container of a report", container, MAX_CONTAINER_BYTES)?;
    Ok(open(container, MAX_NESTING)?)
}

/// Opens a container in which at most `nesting` others may stand.
fn open(container: &[u8], nesting: usize) -> Result<Contents, ContainerRefusal> {
    if text::is_text(container) {
        let nesting = nesting.checked_sub(1).ok_or(ContainerRefusal::TooDeep)?;
        let text = container.trim_ascii();
        return if text.starts_with(b"{") { json::open(text, nesting) } else { open(&text::decode(text)?, nesting) };
    }
    if container.starts_with(hcl::MAGIC) {
        return hcl::open(container);
    }
    if let Some(response) = container.strip_prefix(&RESPONSE_HEADER) {
        return open_response(response);
    }
    match container.split_at_checked(REPORT_BYTES) {
        Some((report, table)) if table.len() >= certificate_table::ENTRY_BYTES => {
            Ok(Contents { certificates: certificate_table::read(table)?, ..Contents::of_report(report) })
        }
        // Anything else is a report or none, which its length tells the verifier.
        Some(_) | None => Ok(Contents::of_report(container)),
    }
}

/// `MSG_REPORT_RSP` (AMD 56860, table `MSG_REPORT_RSP`): `STATUS` 0, `REPORT_SIZE` 1184, then reserved bytes up to the report at 0x20.
const RESPONSE_HEADER: [u8; 8] = [0, 0, 0, 0, 0xA0, 0x04, 0, 0];
const RESPONSE_REPORT: usize = 0x20;

/// The report in what follows the header of a response. The device's buffer is larger than its content; the rest is zero.
fn open_response(response: &[u8]) -> Result<Contents, ContainerRefusal> {
    const FORM: &str = "MSG_REPORT_RSP";
    let malformed = |reason| ContainerRefusal::malformed(FORM, reason);
    let (reserved, rest) = response
        .split_at_checked(RESPONSE_REPORT - RESPONSE_HEADER.len())
        .ok_or_else(|| malformed("it ends in its header"))?;
    let (report, rest) = rest.split_at_checked(REPORT_BYTES).ok_or_else(|| malformed("it ends in its report"))?;
    if reserved.iter().chain(rest).any(|byte| *byte != 0) {
        return Err(malformed("bytes other than zero stand before or after its report"));
    }
    Ok(Contents::of_report(report))
}
