//! The time within which things hold together.

use jiff::Timestamp;

use super::fault::QuoteFault;
use super::refusal::{QuoteRefusal, refused};

/// When a document, or several together, may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    /// When the first of them was issued.
    pub(super) earliest_issue: Timestamp,
    /// When the last of them was issued: from here on all of them hold.
    pub(super) not_before: Timestamp,
    /// When the first of them ends: there it is over.
    pub(super) expires_at: Timestamp,
}

impl Window {
    /// The window of one document.
    pub(super) fn of(issued: Timestamp, expires_at: Timestamp) -> Self {
        Self { earliest_issue: issued, not_before: issued, expires_at }
    }

    /// The window in which both hold.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            earliest_issue: self.earliest_issue.min(other.earliest_issue),
            not_before: self.not_before.max(other.not_before),
            expires_at: self.expires_at.min(other.expires_at),
        }
    }

    /// Checks that `now` lies within the window of `what`, a part of the collateral.
    pub(super) fn check_collateral(self, what: &str, now: Timestamp) -> Result<(), QuoteRefusal> {
        if now < self.not_before {
            let detail = format!("{what} was issued at {}; the verification time is {now}", self.not_before);
            return Err(refused(QuoteFault::CollateralNotYetValid, detail));
        }
        if now >= self.expires_at {
            let detail = format!("{what} was valid until {}; the verification time is {now}", self.expires_at);
            return Err(refused(QuoteFault::CollateralExpired, detail));
        }
        Ok(())
    }

    /// From when to when.
    pub(super) fn range(self) -> std::ops::Range<Timestamp> {
        self.not_before..self.expires_at
    }
}
