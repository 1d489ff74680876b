//! Text as a value of a claim, in the form that the claim has in JSON.

use jiff::Timestamp;

use super::error::ShapeError;

/// What stands for a claim that the evidence does not have.
pub(super) const ABSENT: &str = "absent";

/// The error for a value that a claim cannot have.
pub(super) fn wrong(claim: &str, found: &str, expected: impl Into<String>) -> ShapeError {
    ShapeError::Value { claim: claim.into(), found: found.into(), expected: expected.into() }
}

/// `true` or `false`.
pub(super) fn flag(claim: &str, text: &str) -> Result<bool, ShapeError> {
    text.parse().map_err(|_| wrong(claim, text, "`true` or `false`"))
}

/// A whole number from `least` to `most`.
pub(super) fn integer(claim: &str, text: &str, least: u64, most: u64) -> Result<u64, ShapeError> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| wrong(claim, text, format!("a whole number from {least} to {most}")))
}

/// Exactly `N` bytes in hexadecimal.
pub(super) fn bytes<const N: usize>(claim: &str, text: &str) -> Result<[u8; N], ShapeError> {
    let mut bytes = [0; N];
    write(claim, text, &mut bytes)?;
    Ok(bytes)
}

/// As many bytes in hexadecimal as `into` has.
pub(super) fn write(claim: &str, text: &str, into: &mut [u8]) -> Result<(), ShapeError> {
    hex::decode_to_slice(text, into)
        .map_err(|_| wrong(claim, text, format!("{} bytes in hexadecimal, {} digits", into.len(), 2 * into.len())))
}

/// An instant of whole seconds: certificates and lists have no fractions.
pub(super) fn time(claim: &str, text: &str) -> Result<Timestamp, ShapeError> {
    let time: Option<Timestamp> = text.parse().ok();
    // UTCTime has two digits for the year (RFC 5280 section 4.1.2.5.1).
    let fits = |time: &Timestamp| {
        time.subsec_nanosecond() == 0 && ("1950-01-01T00:00:00Z".."2050-01-01T00:00:00Z").contains(&&*time.to_string())
    };
    time.filter(fits).ok_or_else(|| wrong(claim, text, "an instant of RFC 3339 from 1950 to 2049, in whole seconds"))
}

/// A version of three numbers, each of a byte: `1.55.29`.
pub(super) fn version(claim: &str, text: &str) -> Result<[u8; 3], ShapeError> {
    let parts: Result<Vec<u8>, _> = text.split('.').map(str::parse).collect();
    let parts = parts.ok().and_then(|parts| parts.try_into().ok());
    parts.ok_or_else(|| wrong(claim, text, "a version of three numbers up to 255, such as `1.55.29`"))
}

/// One of some names, by its position.
pub(super) fn case(claim: &str, text: &str, cases: &[&str]) -> Result<usize, ShapeError> {
    let names = || cases.iter().map(|case| format!("`{case}`")).collect::<Vec<_>>().join(", ");
    cases.iter().position(|case| *case == text).ok_or_else(|| wrong(claim, text, names()))
}
