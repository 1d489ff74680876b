//! Why a quote was refused.

use std::error::Error;
use std::fmt;

use super::fault::QuoteFault;
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
    /// The collateral is no JSON object with the expected fields.
    #[error("the collateral cannot be read: {reason}")]
    CollateralMalformed {
        /// What is wrong.
        reason: Excerpt,
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
    /// One of the checks of quote verification proper failed.
    #[error(transparent)]
    Verification(#[from] LibraryRefusal),
}

impl QuoteRefusal {
    /// The stable code of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            QuoteRefusal::Kind { .. } => "quote_kind",
            QuoteRefusal::TrailingBytes { .. } => "quote_trailing_bytes",
            QuoteRefusal::CollateralMalformed { .. } => "collateral_malformed",
            QuoteRefusal::RootMalformed { .. } => "trust_anchor_malformed",
            QuoteRefusal::ReportData { .. } => "report_data_mismatch",
            QuoteRefusal::Verification(refusal) => refusal.fault.code(),
        }
    }
}

/// A failed check of quote verification, with the account of it: the library's own words, or what this crate found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LibraryRefusal {
    fault: QuoteFault,
    detail: Excerpt,
    trusted: Option<Box<RootIdentity>>,
}

impl LibraryRefusal {
    /// A check of this crate's own.
    pub(super) fn new(fault: QuoteFault, detail: impl fmt::Display) -> Self {
        Self { fault, detail: Excerpt::of(detail), trusted: None }
    }

    /// What an error of the library means, given with its causes, the outermost context first.
    pub(super) fn of<'a>(chain: impl Iterator<Item = &'a (dyn Error + 'static)>) -> Self {
        let texts: Vec<String> = chain.map(|error| error.to_string()).collect();
        Self::new(QuoteFault::of(&texts), texts.join(": "))
    }

    /// Names the root that was trusted, where a refusal has to do with it.
    pub(super) fn under(mut self, root: &RootIdentity) -> Self {
        if self.fault.concerns_root() {
            self.trusted = Some(Box::new(root.clone()));
        }
        self
    }
}

impl fmt::Display for LibraryRefusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.fault.message(), self.detail)?;
        self.trusted.iter().try_for_each(|root| write!(formatter, "; trusted is the root {root}"))
    }
}

impl Error for LibraryRefusal {}
