//! Time as the language sees it: milliseconds, exact, saturating where it must not wrap.

/// The instant that never comes: what has it as its end does not end by itself.
pub const FOREVER: i64 = i64::MAX;

/// The time that has passed at `now` since `since`, in milliseconds.
///
/// What lies in the future has no age yet; it counts as infinitely old, so that a forged or skewed date is never fresh.
pub fn age(since: i64, now: i64) -> i64 {
    if now < since { i64::MAX } else { now.saturating_sub(since) }
}
