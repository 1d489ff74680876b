//! How long things take, on this machine, now.

use std::time::{Duration, Instant};

/// How many times a verification is measured.
pub(crate) const VERIFICATIONS: usize = 5;

/// How many batches of decisions are measured, and how many decisions a batch has: a clock is read between batches only, for reading it takes
/// about as long as a decision.
const BATCHES: usize = 11;
const BATCH: u32 = 100;

/// How many decisions are measured in all.
pub(crate) const DECISIONS: usize = BATCHES * BATCH as usize;

/// The median time of a verification.
pub(crate) fn verification(mut verify: impl FnMut()) -> Duration {
    median((0..VERIFICATIONS).map(|_| {
        let start = Instant::now();
        verify();
        start.elapsed()
    }))
}

/// The median, over batches, of the mean time of a decision.
pub(crate) fn decision(mut decide: impl FnMut()) -> Duration {
    median((0..BATCHES).map(|_| {
        let start = Instant::now();
        for _ in 0..BATCH {
            decide();
        }
        start.elapsed() / BATCH
    }))
}

/// The middle one of an odd number of times.
fn median(times: impl Iterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
