//! Durations and instants, both in milliseconds.

use super::Fault;

/// The units of a duration, largest first, in milliseconds.
pub(crate) const UNITS: [(&str, i64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// The longest duration, in milliseconds: a million days. No sum or difference with an instant of the calendar comes near the ends of 64 bits.
pub(crate) const MAX_DURATION: i64 = 1_000_000 * 86_400_000;

/// `5m`, `1h30m`, in milliseconds. Units stand once each, the largest first.
pub(crate) fn duration(text: &str) -> Result<i64, Fault> {
    let too_long =
        || Fault::new(format!("`{text}` is longer than a duration can be, {} days", MAX_DURATION / UNITS[0].1));
    let mut units = UNITS.iter();
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let length = rest[digits..].find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len() - digits);
        let (number, unit) = (&rest[..digits], &rest[digits..digits + length]);
        let Some((_, factor)) = units.find(|(name, _)| *name == unit) else {
            let at = text.len() - rest.len();
            return Err(Fault::new(format!("`{unit}` stands out of order in the duration `{text}`"))
                .at(at..at + digits + length)
                .help("write each unit once, the largest first: `1d12h30m15s250ms`"));
        };
        let number: i64 = number.replace('_', "").parse().map_err(|_| too_long())?;
        total = number.checked_mul(*factor).and_then(|part| total.checked_add(part)).ok_or_else(too_long)?;
        if total > MAX_DURATION {
            return Err(too_long());
        }
        rest = &rest[digits + length..];
    }
    Ok(total)
}

/// `0000-01-01T00:00:00Z`: RFC 3339 has years from 0 to 9999.
const YEAR_ZERO: i64 = -62_167_219_200_000;

/// `2026-11-21T00:00:00Z`, `2026-11-21T02:00:00.250+02:00` or `2026-12-31`, which is its first instant in UTC; in milliseconds since
/// 1970-01-01T00:00:00Z (RFC 3339, section 5.6).
pub(crate) fn instant(text: &str) -> Result<i64, Fault> {
    let full = match text.split_once('T') {
        Some((_, time)) => check_time(text, time).map(|()| text.to_owned())?,
        None => format!("{text}T00:00:00Z"),
    };
    let instant = full.parse().ok().map(jiff::Timestamp::as_millisecond).filter(|instant| *instant >= YEAR_ZERO);
    instant.ok_or_else(|| Fault::new(format!("`{text}` is no date or time of the calendar")))
}

/// Checks the part after `T` for what RFC 3339 demands and the library does not, and for what milliseconds cannot hold.
fn check_time(text: &str, time: &str) -> Result<(), Fault> {
    let clock = time.strip_suffix('Z').or_else(|| time.split_once(['+', '-']).map(|(clock, _)| clock));
    let Some(clock) = clock else {
        let fault = Fault::new(format!("`{text}` does not say in which zone its clock stands"));
        return Err(fault.help("end it with `Z` for UTC, or with an offset such as `+02:00`"));
    };
    let (seconds, fraction) = clock.split_once('.').unwrap_or((clock, "000"));
    if seconds.len() != "00:00:00".len() || !(1..=3).contains(&fraction.len()) {
        let fault = Fault::new(format!("`{text}` is not an instant"));
        return Err(fault.help("write hours, minutes and seconds with two digits each, and at most three after a `.`: `2026-11-21T00:00:00.250Z`"));
    }
    if seconds.ends_with(":60") {
        let fault = Fault::new(format!("`{text}` is a leap second, which is not counted"));
        return Err(fault.help("write the second before or after it"));
    }
    Ok(())
}
