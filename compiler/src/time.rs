//! Time as the language sees it: milliseconds, exact, saturating where it must not wrap.

/// The instant that never comes: what has it as its end does not end by itself.
pub const FOREVER: i64 = i64::MAX;

/// The time that has passed at `now` since `since`, in milliseconds.
///
/// What lies in the future has no age yet; it counts as infinitely old, so that a forged or skewed date is never fresh.
pub fn age(since: i64, now: i64) -> i64 {
    if now < since { i64::MAX } else { now.saturating_sub(since) }
}

/// The least and the greatest `Duration`, in milliseconds: a million days either way, as literals and input are limited.
pub const DURATION_RANGE: (i64, i64) = (-1_000_000 * DAY, 1_000_000 * DAY);

/// The least and the greatest `Instant`, in milliseconds since 1970: from the year -9999 to the year 9999, as literals and input are limited.
pub const INSTANT_RANGE: (i64, i64) = (-377_705_116_800_000, 253_402_300_799_999);

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;
