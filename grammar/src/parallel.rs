//! Large work on all cores. What comes out is the same however many there are: parts are contiguous, and their results come in their order.

use std::num::NonZero;
use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

/// Cuts `0..length` into one range for each core, none shorter than `least`; into one range where that is all there is.
pub fn parts(length: usize, least: usize) -> Vec<Range<usize>> {
    let most = length / least.max(1);
    // Asking how many cores there are takes longer than small work does.
    let count = if most < 2 { 1 } else { thread::available_parallelism().map_or(1, NonZero::get).min(most) };
    (0..count).map(|part| length * part / count..length * (part + 1) / count).collect()
}

/// Works on every part at the same time, each on a thread of its own but for the first; gives what comes of each, in their order. Where the system gives
/// no thread, this one does the work.
///
/// A part that panics makes the caller panic.
pub fn map<T: Sync, R: Send>(parts: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let Some((first, others)) = parts.split_first() else { return Vec::new() };
    let work = &work;
    thread::scope(|scope| {
        let spawn = |part| thread::Builder::new().spawn_scoped(scope, move || work(part)).map_err(|_| part);
        let others: Vec<_> = others.iter().map(spawn).collect();
        let mut results = vec![work(first)];
        results.extend(others.into_iter().map(|other| match other {
            Ok(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            Err(part) => work(part),
        }));
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_follow_one_another_and_leave_nothing_out() {
        for (length, least) in [(0, 1), (1, 1), (7, 2), (1_000, 100), (1_001, 10)] {
            let parts = parts(length, least);
            assert_eq!(parts.iter().flat_map(Clone::clone).collect::<Vec<_>>(), (0..length).collect::<Vec<_>>());
            assert!(parts.len() == 1 || parts.iter().all(|part| part.len() >= least), "{length} {least}");
        }
    }

    #[test]
    fn results_come_in_the_order_of_the_parts() {
        assert_eq!(map(&[1, 2, 3, 4, 5], |part| part * 10), [10, 20, 30, 40, 50]);
        assert!(map(&[], |part: &u64| part * 10).is_empty());
    }
}
