//! Times, as arguments and files state them.

use jiff::Timestamp;

/// The instant of an argument: RFC 3339, or `now`.
///
/// # Errors
/// What was expected, as a sentence.
pub(crate) fn argument(text: &str) -> Result<Timestamp, String> {
    if text == "now" { Ok(Timestamp::now()) } else { rfc3339(text).map_err(|error| format!("{error}, or `now`")) }
}

/// The instant that RFC 3339 text states.
///
/// # Errors
/// What was expected, as a sentence.
pub(crate) fn rfc3339(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "expected an instant of RFC 3339, such as `2026-06-30T12:00:00Z`".to_owned())
}
