//! The instants that documents name.

use jiff::Timestamp;

/// `seconds` after 1970, or the last instant that can be written where that is later: a certificate without a well-defined end says
/// 9999-12-31T23:59:59Z (RFC 5280 section 4.1.2.5), some hours past it.
pub(crate) fn instant(seconds: u64) -> Timestamp {
    i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok()).unwrap_or(Timestamp::MAX)
}
