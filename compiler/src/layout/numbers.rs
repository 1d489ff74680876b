//! The table in which a value finds its number.
//!
//! Every call looks some values up, so a look-up is kept short: texts of up to sixteen bytes lie in the table itself, as two words, and are found by one multiplication, one
//! place in memory and a comparison of words. Of longer texts the table has both ends, and they are compared in full only where these agree.
//!
//! Whoever writes policies chooses the texts of the table, and whoever calls those that are looked up. Neither can make a look-up long: a text lies
//! within [`REACH`] entries of where its hash points, and one that finds no room there stands in a search tree beside the table.

use foldhash::SharedSeed;
use foldhash::fast::FoldHasher;
use std::collections::BTreeMap;
use std::hash::Hasher;

/// How many entries a look-up reads at most. In a table that is at most half full, most find their text in the first, and hardly any needs more.
const REACH: usize = 32;

/// The longest text that its two ends have all of, in bytes.
const MOST_IN_ENDS: usize = 2 * size_of::<u64>();

/// Distinct texts, numbered from 1 in the order in which they were given.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    texts: Vec<Box<[u8]>>,
    /// Empty, or twice as many as the texts or more: a power of two, and behind them the reach of the last.
    entries: Vec<Entry>,
    /// The texts that found no room within reach.
    crowded: BTreeMap<Box<[u8]>, u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    ends: [u64; 2],
    length: u32,
    /// 0 where there is none.
    number: u32,
}

/// What the table compares of a text: all of it, up to [`MOST_IN_ENDS`].
struct Key {
    ends: [u64; 2],
    /// In bytes.
    length: u32,
}

impl Key {
    #[inline(always)]
    fn of(text: &[u8]) -> Self {
        let ends = if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk()) {
            [u64::from_le_bytes(*first), u64::from_le_bytes(*last)]
        } else if let (Some(first), Some(last)) = (text.first_chunk::<4>(), text.last_chunk()) {
            [u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()]
        } else if let (Some(first), Some(last)) = (text.first(), text.last()) {
            [u64::from(*first) | u64::from(text[text.len() / 2]) << 8, u64::from(*last)]
        } else {
            [0, 0]
        };
        Key { ends, length: text.len().try_into().unwrap_or(u32::MAX) }
    }

    /// The hash of the text that it was made of.
    #[inline(always)]
    fn hash(&self, text: &[u8]) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.length.into(), SharedSeed::global_fixed());
        if text.len() <= MOST_IN_ENDS {
            let [first, last] = self.ends;
            hasher.write_u128(u128::from(first) | u128::from(last) << u64::BITS);
        } else {
            hasher.write(text);
        }
        hasher.finish()
    }
}

impl Numbers {
    /// The number of a text; 0 for any that was not given.
    #[inline(always)]
    pub(super) fn get(&self, text: &[u8]) -> u32 {
        let key = Key::of(text);
        let Some(near) = self.entries.get(self.home(&key, text)..).and_then(|entries| entries.first_chunk::<REACH>())
        else {
            return 0;
        };
        for &Entry { ends, length, number } in near {
            if number == 0 {
                return 0;
            }
            let alike = ends == key.ends && length == key.length;
            if alike && (text.len() <= MOST_IN_ENDS || *self.texts[number as usize - 1] == *text) {
                return number;
            }
        }
        self.crowded.get(text).copied().unwrap_or(0)
    }

    /// The number of a text, which it is given if it has none yet.
    pub(super) fn give(&mut self, text: &[u8]) -> u32 {
        match self.get(text) {
            0 => {
                self.texts.push(text.into());
                if self.entries.len() < 2 * self.texts.len() + REACH {
                    self.grow();
                } else {
                    self.enter(self.texts.len() as u32);
                }
                self.texts.len() as u32
            }
            number => number,
        }
    }

    /// Makes room for at least twice as many texts as there are.
    fn grow(&mut self) {
        self.entries = vec![Entry::default(); (2 * self.texts.len()).next_power_of_two() + REACH];
        self.crowded.clear();
        for number in 1..=self.texts.len() as u32 {
            self.enter(number);
        }
    }

    /// Enters the text of a number into the table.
    fn enter(&mut self, number: u32) {
        let text = &self.texts[number as usize - 1];
        let key = Key::of(text);
        let home = self.home(&key, text);
        match self.entries[home..][..REACH].iter_mut().find(|entry| entry.number == 0) {
            Some(entry) => *entry = Entry { ends: key.ends, length: key.length, number },
            None => drop(self.crowded.insert(text.clone(), number)),
        }
    }

    /// The first entry in which a text may be.
    #[inline(always)]
    fn home(&self, key: &Key, text: &[u8]) -> usize {
        let homes = self.entries.len().saturating_sub(REACH);
        key.hash(text) as usize & homes.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// Texts that are alike in length, beginning and end, and such as an entry takes for one another unless it looks at everything.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            prop::collection::vec(0..2u8, 0..20),
            (0..40usize, 0..3u8).prop_map(|(length, byte)| vec![byte; length]),
            "(https://|)[ab]{0,3}(.example|)".prop_map(String::into_bytes),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_number_is_found_as_in_any_other_map(
            given in prop::collection::vec(text(), 0..200),
            others in prop::collection::vec(text(), 0..200),
        ) {
            let (mut numbers, mut expected) = (Numbers::default(), HashMap::new());
            for text in &given {
                let next = expected.len() as u32 + 1;
                prop_assert_eq!(numbers.give(text), *expected.entry(text).or_insert(next));
            }
            for text in given.iter().chain(&others) {
                prop_assert_eq!(numbers.get(text), expected.get(text).copied().unwrap_or(0), "{:?}", text);
            }
        }
    }

    /// Eight bytes that are the length make the hash 0, whatever follows.
    #[test]
    fn texts_of_one_hash_are_all_found_and_do_not_fill_the_table() {
        let text = |n: u32| [&12u64.to_le_bytes()[..], &n.to_le_bytes()].concat();
        let of_others = |n: u32| format!("another text, the {n}th");
        let mut numbers = Numbers::default();
        for n in 0..1000 {
            assert_eq!(Key::of(&text(n)).hash(&text(n)), 0, "the hostile texts no longer collide");
            assert_eq!(numbers.give(&text(n)), 2 * n + 1);
            assert_eq!(numbers.give(of_others(n).as_bytes()), 2 * n + 2);
        }
        for n in 0..1000 {
            assert_eq!(numbers.get(&text(n)), 2 * n + 1);
            assert_eq!(numbers.get(of_others(n).as_bytes()), 2 * n + 2);
        }
        assert_eq!(numbers.get(&text(1000)), 0);
        assert!(numbers.crowded.len() > 900 && numbers.entries.len() <= 4096 + REACH);
    }

    #[test]
    fn ordinary_texts_lie_within_reach() {
        let mut numbers = Numbers::default();
        // As many as make the table half full.
        for n in 0..16_384u32 {
            numbers.give(format!("https://tools.example.com/{n}/use").as_bytes());
            numbers.give(format!("tool_{n}").as_bytes());
        }
        assert_eq!(numbers.entries.len(), 65_536 + REACH);
        assert!(numbers.crowded.len() < 100, "{} of 32,768", numbers.crowded.len());
    }
}
