//! The bytes of a quote, split where the format says. Nothing here is verified.
//!
//! The format of version 3 is Intel "SGX ECDSA Quote Library API", appendix A.4; those of version 4 and 5 are Intel "TDX DCAP Quoting
//! Library API", appendix A.3 and A.4. All integers are little-endian. A quote is a header, in version 5 a descriptor of its body, a body,
//! the length of what follows, and signature data; every length must be filled exactly by what it is the length of.

use super::fault::QuoteFault;
use super::header::QuoteHeader;
use super::refusal::{QuoteRefusal, refused};
use crate::claim::EvidenceKind;

/// The size of an SGX report (Intel SDM, volume 3D, `REPORT` without its MAC key id; appendix A.4, "Enclave Report Body").
pub(super) const ENCLAVE_REPORT_BYTES: usize = 384;

/// The sizes of the forms of TD report.
pub(super) const TD10_BYTES: usize = 584;
pub(super) const TD15_BYTES: usize = 648;
pub(super) const TD15_EX_BYTES: usize = 885;

/// The outer certification data of a version 4 or 5 quote: 6, a QE report with certification data of its own.
const QE_REPORT_CERTIFICATION_DATA: u16 = 6;

/// A quote of a known version, kind and type of attestation key, from Intel's quoting enclave by its own account.
#[derive(Debug, Clone)]
pub(super) struct Quote<'a> {
    pub(super) header: QuoteHeader,
    pub(super) body: Body<'a>,
    /// What the attestation key signed: header, descriptor and body.
    pub(super) signed: &'a [u8],
    /// The attestation key's signature, r ‖ s, big-endian.
    pub(super) signature: &'a [u8; 64],
    /// The attestation key, x ‖ y, big-endian.
    pub(super) attestation_key: &'a [u8; 64],
    /// Who vouches for the attestation key.
    pub(super) quoting_enclave: QuotingEnclave<'a>,
}

/// What a quoting enclave puts into its quotes about itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct QuotingEnclave<'a> {
    /// Its report, which has the hash of the attestation key.
    pub(super) report: &'a [u8; ENCLAVE_REPORT_BYTES],
    /// The platform's signature on the report, r ‖ s, big-endian.
    pub(super) signature: &'a [u8; 64],
    /// Its own data, hashed with the attestation key.
    pub(super) auth_data: &'a [u8],
    /// What tells of the platform's certificate.
    pub(super) certification: Certification<'a>,
}

/// The body of a quote: the report that it is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body<'a> {
    Sgx(&'a [u8; ENCLAVE_REPORT_BYTES]),
    Td(TdReport<'a>),
}

/// A TD report. Each form is the one before it and more.
#[derive(Debug, Clone, Copy)]
pub(super) enum TdReport<'a> {
    /// TDX 1.0 (appendix A.3.2, `sgx_report2_body_t`).
    Td10(&'a [u8; TD10_BYTES]),
    /// TDX 1.5 (appendix A.4, `sgx_report2_body_v1_5_t`).
    Td15(&'a [u8; TD15_BYTES]),
    /// TDX 1.5, extended (`sgx_report2_body_v1_5_ex_t`).
    Td15Ex(&'a [u8; TD15_EX_BYTES]),
}

/// Certification data (Intel "SGX ECDSA Quote Library API", appendix A.4, "QE Certification Data").
#[derive(Debug, Clone, Copy)]
pub(super) struct Certification<'a> {
    /// 1 to 3: ids to fetch the platform's certificate by. 4: the certificate. 5: its chain, in PEM.
    pub(super) kind: u16,
    pub(super) data: &'a [u8],
}

impl<'a> Quote<'a> {
    /// Splits `bytes`, which must be a quote of `kind` and, after it, nothing but zeros: clouds pad their quotes.
    pub(super) fn read(bytes: &'a [u8], kind: EvidenceKind) -> Result<Self, QuoteRefusal> {
        let mut rest = Cursor(bytes);
        let header = QuoteHeader::read(rest.take()?, kind)?;
        let body = match header.version {
            3 => Body::Sgx(rest.take()?),
            4 => Body::Td(TdReport::Td10(rest.take()?)),
            _ => Body::Td(TdReport::described(&mut rest)?),
        };
        let signed = &bytes[..bytes.len() - rest.0.len()];

        let length = rest.length()?;
        let mut data = Cursor(rest.slice(length)?);
        if let Some(position) = rest.0.iter().position(|byte| *byte != 0) {
            return Err(QuoteRefusal::TrailingBytes { offset: bytes.len() - rest.0.len() + position });
        }
        let (signature, attestation_key) = (data.take()?, data.take()?);
        if header.version != 3 {
            let outer = Certification::read(&mut data)?;
            data.finish("the signature data")?;
            if outer.kind != QE_REPORT_CERTIFICATION_DATA {
                return Err(malformed(format_args!("the outer certification data is of type {}, not 6", outer.kind)));
            }
            data = Cursor(outer.data);
        }
        let quoting_enclave = QuotingEnclave::read(data)?;
        Ok(Self { header, body, signed, signature, attestation_key, quoting_enclave })
    }
}

impl<'a> TdReport<'a> {
    /// Reads the body of a version 5 quote behind its descriptor: type and size (appendix A.4, "Quote Body Descriptor").
    fn described(rest: &mut Cursor<'a>) -> Result<Self, QuoteRefusal> {
        let (kind, size) = (u16::from_le_bytes(*rest.take()?), rest.length()?);
        let mut content = Cursor(rest.slice(size)?);
        let report = match kind {
            2 => TdReport::Td10(content.take()?),
            3 => TdReport::Td15(content.take()?),
            4 => TdReport::Td15Ex(content.take()?),
            other => return Err(malformed(format_args!("its body is of type {other}; TD reports are 2, 3 and 4"))),
        };
        content.finish("the body")?;
        Ok(report)
    }

    /// The part that every form has.
    pub(super) fn base(self) -> &'a [u8] {
        match self {
            TdReport::Td10(report) => report,
            TdReport::Td15(report) => report,
            TdReport::Td15Ex(report) => report,
        }
    }

    /// The TDX 1.5 report that this is or begins with.
    pub(super) fn td15(self) -> Option<&'a [u8; TD15_BYTES]> {
        match self {
            TdReport::Td10(_) => None,
            TdReport::Td15(report) => Some(report),
            TdReport::Td15Ex(report) => report.first_chunk(),
        }
    }

    /// The extended TDX 1.5 report that this is.
    pub(super) fn td15_ex(self) -> Option<&'a [u8; TD15_EX_BYTES]> {
        match self {
            TdReport::Td10(_) | TdReport::Td15(_) => None,
            TdReport::Td15Ex(report) => Some(report),
        }
    }
}

impl<'a> QuotingEnclave<'a> {
    fn read(mut data: Cursor<'a>) -> Result<Self, QuoteRefusal> {
        let (report, signature) = (data.take()?, data.take()?);
        let length = usize::from(u16::from_le_bytes(*data.take()?));
        let auth_data = data.slice(length)?;
        let certification = Certification::read(&mut data)?;
        data.finish("the quoting enclave's data")?;
        Ok(Self { report, signature, auth_data, certification })
    }
}

impl<'a> Certification<'a> {
    fn read(data: &mut Cursor<'a>) -> Result<Self, QuoteRefusal> {
        let kind = u16::from_le_bytes(*data.take()?);
        let length = data.length()?;
        Ok(Self { kind, data: data.slice(length)? })
    }
}

/// What is left to read.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], QuoteRefusal> {
        let (taken, rest) = self.0.split_first_chunk().ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// A length of four bytes.
    fn length(&mut self) -> Result<usize, QuoteRefusal> {
        usize::try_from(u32::from_le_bytes(*self.take()?)).map_err(|_| cut_short())
    }

    fn slice(&mut self, length: usize) -> Result<&'a [u8], QuoteRefusal> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Checks that nothing is left: no signature covers it, so it would be carried along unseen.
    fn finish(self, what: &str) -> Result<(), QuoteRefusal> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(malformed(format_args!("{what} has {left} bytes after its content"))),
        }
    }
}

fn cut_short() -> QuoteRefusal {
    malformed("it ends, or a length in it does, before what must be there")
}

fn malformed(detail: impl std::fmt::Display) -> QuoteRefusal {
    refused(QuoteFault::Malformed, detail)
}
