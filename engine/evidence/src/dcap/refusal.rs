//! Why a quote was refused.

use std::error::Error;
use std::fmt;

use super::fault::QuoteFault;
use super::root::IntelRoot;
use crate::excerpt::Excerpt;
use crate::verified::RootIdentity;

/// Why a quote or its collateral was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QuoteRefusal {
    /// The quote is of another kind than the caller means.
    #[error("the quote is of kind `{found}`; expected `{expected}`")]
    Kind {
        /// `sgx` or `tdx`.
        found: &'static str,
        /// `sgx` or `tdx`.
        expected: &'static str,
    },
    /// There are bytes after the end of the quote that are not padding.
    #[error(
        "the quote is followed by bytes that are no part of it, from byte {offset}: only zeros may follow, as padding"
    )]
    TrailingBytes {
        /// The offset of the first such byte.
        offset: usize,
    },
    /// The given root is not one certificate of a root.
    #[error(
        "the given root certificate cannot be used: {reason}; expected the X.509 certificate of a root with an ECDSA key on P-256, in DER or PEM"
    )]
    RootMalformed {
        /// What is wrong.
        reason: Excerpt,
    },
    /// The report data is not what the caller insists on.
    #[error(
        "the report data is `{found}`; expected `{expected}`: the quote answers another challenge, or is bound to another key"
    )]
    ReportData {
        /// The report data found, in hexadecimal.
        found: String,
        /// The report data expected, in hexadecimal.
        expected: String,
    },
    /// The event log is none that can be read.
    #[error("the event log cannot be read: {reason}")]
    EventLogMalformed {
        /// What is wrong.
        reason: Excerpt,
    },
    /// A register of the quote was not extended with the events of the log.
    #[error(
        "the event log replays RTMR{register} to `{replayed}`; the quote has `{quoted}`: the log was altered, or is not all that was measured"
    )]
    EventLogMismatch {
        /// The register, 0 to 3.
        register: usize,
        /// What the log replays to, in hexadecimal.
        replayed: String,
        /// What the quote has, in hexadecimal.
        quoted: String,
    },
    /// Another check failed.
    #[error(transparent)]
    Check(#[from] FailedCheck),
}

impl QuoteRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            QuoteRefusal::Kind { .. } => "quote_kind",
            QuoteRefusal::TrailingBytes { .. } => "quote_trailing_bytes",
            QuoteRefusal::RootMalformed { .. } => "trust_anchor_malformed",
            QuoteRefusal::ReportData { .. } => "report_data_mismatch",
            QuoteRefusal::EventLogMalformed { .. } => "event_log_malformed",
            QuoteRefusal::EventLogMismatch { .. } => "event_log_mismatch",
            QuoteRefusal::Check(check) => check.fault.code(),
        }
    }
}

/// A failed check, with what was found and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedCheck {
    fault: QuoteFault,
    detail: Excerpt,
    trusted: Option<Box<RootIdentity>>,
}

/// The refusal for `fault`; `detail` may have words of whoever sent the evidence.
pub(super) fn refused(fault: QuoteFault, detail: impl fmt::Display) -> QuoteRefusal {
    FailedCheck { fault, detail: Excerpt::of(detail), trusted: None }.into()
}

impl QuoteRefusal {
    /// Names the root that was trusted, where the refusal has to do with it.
    pub(super) fn under(mut self, root: &IntelRoot) -> Self {
        if let QuoteRefusal::Check(check) = &mut self
            && check.fault.concerns_root()
        {
            check.trusted = Some(Box::new(root.trust_root().identity().clone()));
        }
        self
    }
}

impl fmt::Display for FailedCheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.fault.message(), self.detail)?;
        self.trusted.iter().try_for_each(|root| write!(formatter, "; trusted is the root {root}"))
    }
}

impl Error for FailedCheck {}
