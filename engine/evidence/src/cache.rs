//! Kept verdicts on certificates, lists and collateral: what is the same for many pieces of evidence is verified once.
//!
//! A verdict is kept under the [`Fingerprint`] of everything it rests on, never of evidence, whose unsigned bytes anyone may change. It is given out only inside its
//! window of validity, so a kept verdict never says more than a new one would.
//!
//! Reading takes no lock and a full cache makes room by itself: the places for a fingerprint are few and fixed, and what was not asked for since its neighbours were is
//! replaced first. Losing an entry costs time and nothing else.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arc_swap::ArcSwapOption;
use jiff::Timestamp;

use crate::crypto::{AwsLc, Crypto};

/// Names what a verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// SHA-256 over `parts`, each behind its length, so that no two lists of parts have the same bytes.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| size_of::<u64>() + part.len()).sum());
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        Self(AwsLc::sha256(&bytes))
    }
}

/// A bounded number of verdicts of type `V`.
pub(crate) struct Cache<V> {
    sets: Box<[[ArcSwapOption<Entry<V>>; WAYS]]>,
}

/// How many places a fingerprint may be kept in.
const WAYS: usize = 8;

struct Entry<V> {
    fingerprint: Fingerprint,
    window: Range<Timestamp>,
    /// Asked for since its neighbours were last passed over.
    asked_for: AtomicBool,
    verdict: Arc<V>,
}

impl<V> Cache<V> {
    /// A cache for at least `capacity` verdicts; it takes one word a place from the start.
    pub(crate) fn new(capacity: NonZeroUsize) -> Self {
        let sets = (0..capacity.get().div_ceil(WAYS)).map(|_| std::array::from_fn(|_| ArcSwapOption::empty()));
        Self { sets: sets.collect() }
    }

    /// The verdict kept under `fingerprint`, if it holds at `now`.
    pub(crate) fn get(&self, fingerprint: Fingerprint, now: Timestamp) -> Option<Arc<V>> {
        self.places(fingerprint).iter().find_map(|place| {
            let entry = place.load();
            let entry =
                entry.as_ref().filter(|entry| entry.fingerprint == fingerprint && entry.window.contains(&now))?;
            // Written once, not at every look: threads that read the same entry do not take its memory from each other.
            if !entry.asked_for.load(Ordering::Relaxed) {
                entry.asked_for.store(true, Ordering::Relaxed);
            }
            Some(Arc::clone(&entry.verdict))
        })
    }

    /// Keeps a verdict that holds inside `window`, at the time `now`.
    pub(crate) fn keep(&self, fingerprint: Fingerprint, window: Range<Timestamp>, verdict: Arc<V>, now: Timestamp) {
        let entry = Entry { fingerprint, window, asked_for: AtomicBool::new(false), verdict };
        self.place_for(fingerprint, now).store(Some(Arc::new(entry)));
    }

    /// Where to keep `fingerprint`: where it is already, else where nothing that holds is, else where nobody asked.
    fn place_for(&self, fingerprint: Fingerprint, now: Timestamp) -> &ArcSwapOption<Entry<V>> {
        let places = self.places(fingerprint);
        let find = |replaceable: &dyn Fn(Option<&Entry<V>>) -> bool| {
            places.iter().find(|place| replaceable(place.load().as_deref()))
        };
        find(&|entry| entry.is_some_and(|entry| entry.fingerprint == fingerprint))
            .or_else(|| find(&|entry| entry.is_none_or(|entry| !entry.window.contains(&now))))
            .or_else(|| find(&|entry| entry.is_none_or(|entry| !entry.asked_for.load(Ordering::Relaxed))))
            .unwrap_or_else(|| {
                for place in places {
                    if let Some(entry) = &*place.load() {
                        entry.asked_for.store(false, Ordering::Relaxed);
                    }
                }
                &places[usize::from(fingerprint.0[31]) % WAYS]
            })
    }

    fn places(&self, fingerprint: Fingerprint) -> &[ArcSwapOption<Entry<V>>; WAYS] {
        let [a, b, c, d, ..] = fingerprint.0;
        &self.sets[u32::from_le_bytes([a, b, c, d]) as usize % self.sets.len()]
    }
}

impl<V> fmt::Debug for Cache<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cache").field("places", &(self.sets.len() * WAYS)).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn fingerprint(number: u32) -> Fingerprint {
        Fingerprint::of(&[&number.to_le_bytes()])
    }

    fn keep(cache: &Cache<u32>, number: u32, window: Range<i64>, now: i64) {
        cache.keep(fingerprint(number), at(window.start)..at(window.end), Arc::new(number), at(now));
    }

    fn get(cache: &Cache<u32>, number: u32, now: i64) -> Option<u32> {
        cache.get(fingerprint(number), at(now)).map(|verdict| *verdict)
    }

    fn cache(capacity: usize) -> Cache<u32> {
        Cache::new(NonZeroUsize::new(capacity).unwrap())
    }

    #[test]
    fn parts_are_told_apart() {
        let all = [
            Fingerprint::of(&[b"ab", b"c"]),
            Fingerprint::of(&[b"a", b"bc"]),
            Fingerprint::of(&[b"abc"]),
            Fingerprint::of(&[b"abc", b""]),
            Fingerprint::of(&[b"", b"abc"]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all[index + 1..].iter().all(|other| one != other), "{index}");
        }
    }

    #[test]
    fn a_verdict_is_given_only_inside_its_window() {
        let cache = cache(8);
        keep(&cache, 1, 10..20, 15);
        for (now, given) in [(9, None), (10, Some(1)), (19, Some(1)), (20, None)] {
            assert_eq!(get(&cache, 1, now), given, "{now}");
        }
        assert_eq!(get(&cache, 2, 15), None);
    }

    #[test]
    fn a_new_verdict_takes_the_place_of_the_old_one() {
        let cache = cache(8);
        keep(&cache, 1, 10..20, 15);
        keep(&cache, 1, 10..30, 15);
        assert_eq!(get(&cache, 1, 25), Some(1));
        let kept = cache.sets.iter().flatten().filter(|place| place.load().is_some()).count();
        assert_eq!(kept, 1);
    }

    #[test]
    fn what_ran_out_makes_room_before_what_nobody_asked_for() {
        let cache = cache(WAYS);
        for number in 0..WAYS as u32 {
            keep(&cache, number, 0..if number == 5 { 50 } else { 100 }, 0);
        }
        keep(&cache, 100, 0..100, 60);
        assert_eq!(get(&cache, 100, 60), Some(100));
        for number in (0..WAYS as u32).filter(|number| *number != 5) {
            assert_eq!(get(&cache, number, 60), Some(number));
        }
    }

    #[test]
    fn what_was_asked_for_stays_longer() {
        let cache = cache(WAYS);
        for number in 0..WAYS as u32 {
            keep(&cache, number, 0..100, 0);
        }
        for number in (0..WAYS as u32).filter(|number| *number != 3) {
            get(&cache, number, 1);
        }
        keep(&cache, 100, 0..100, 1);
        assert_eq!(get(&cache, 3, 1), None, "nobody asked for it");
        // Now everything was asked for: something makes room all the same, and the newest is there.
        assert_eq!(get(&cache, 100, 1), Some(100));
        keep(&cache, 101, 0..100, 1);
        assert_eq!(get(&cache, 101, 1), Some(101));
    }

    #[test]
    fn any_number_of_verdicts_take_the_same_room() {
        let cache = cache(64);
        for number in 0..10_000 {
            keep(&cache, number, 0..100, 0);
            assert_eq!(get(&cache, number, 0), Some(number));
        }
        assert_eq!(cache.sets.len() * WAYS, 64);
    }

    #[test]
    fn threads_read_and_write_at_once() {
        let cache = cache(64);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let cache = &cache;
                scope.spawn(move || {
                    for number in (0..2_000).map(|number| number % 100 + thread) {
                        keep(cache, number, 0..100, 0);
                        // Another thread may have taken the place, but never is a verdict another's.
                        assert!(get(cache, number, 0).is_none_or(|verdict| verdict == number));
                    }
                });
            }
        });
    }
}
