//! Sets as helpers search them.

use atbac_compiler::ir::Element;
use atbac_compiler::layout::{ADDRESS_WORDS, NETWORK_WORDS, SetTable, in_network};
use atbac_compiler::reference::Windows;
use atbac_compiler::time::FOREVER;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// A reference set, by the bytes of its elements. The hasher is seeded at random for each set, so that no one who
/// chooses what is looked up can aim at one place of it.
pub(super) struct ReferenceSet {
    element: Option<Element>,
    members: HashMap<Box<[u8]>, Windows, RandomState>,
}

impl ReferenceSet {
    /// A set of elements of this form, `None` for one that compiled code does not read; each with the time in which it
    /// counts.
    pub(super) fn new<'a>(element: Option<Element>, members: impl IntoIterator<Item = (Vec<u8>, &'a Windows)>) -> Self {
        let members = members.into_iter().map(|(bytes, windows)| (bytes.into(), windows.clone()));
        ReferenceSet { element, members: members.collect() }
    }

    /// The form of its elements.
    pub(super) fn element(&self) -> Option<Element> {
        self.element
    }

    /// The times in which its elements count.
    pub(super) fn windows(&self) -> impl Iterator<Item = &Windows> {
        self.members.values()
    }

    /// Whether an address lies in a network that counts now, and until when that stays so; for a set of networks.
    pub(super) fn has_network_of(&self, address: &[u64; ADDRESS_WORDS as usize], now: i64) -> (bool, i64) {
        let around = self.members.iter().filter(|(bytes, _)| in_network(address, &network(bytes)));
        around
            .map(|(_, windows)| windows.at(now))
            .fold((false, FOREVER), |(any, until), (counts, change)| (any || counts, until.min(change)))
    }
}

/// The words of a network, given its bytes in memory.
fn network(bytes: &[u8]) -> [u64; NETWORK_WORDS as usize] {
    let mut words = [0; NETWORK_WORDS as usize];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    words
}

/// A set as a helper is given it.
pub(super) enum Set<'a> {
    /// Of a field, or known when compiled.
    Table(SetTable<'a>),
    /// A reference set.
    Reference(&'a ReferenceSet),
}

impl Set<'_> {
    /// Whether an element counts now, and until when that stays so.
    pub(super) fn at(&self, element: &[u8], now: i64) -> (bool, i64) {
        match self {
            Set::Table(table) => (table.contains(element), FOREVER),
            Set::Reference(set) => set.members.get(element).map_or((false, FOREVER), |windows| windows.at(now)),
        }
    }

    /// Whether every element that counts now counts in another set too, and until when that stays so at least: no
    /// element begins or ceases to count in either before.
    pub(super) fn is_in(&self, outer: &Set<'_>, now: i64) -> (bool, i64) {
        let (mut all, mut until) = (true, FOREVER);
        let mut see = |element: &[u8], (counts, change): (bool, i64)| {
            let (has, outer_change) = outer.at(element, now);
            all &= has || !counts;
            until = until.min(change).min(outer_change);
        };
        match self {
            Set::Table(table) => table.iter().for_each(|element| see(element, (true, FOREVER))),
            Set::Reference(set) => set.members.iter().for_each(|(element, windows)| see(element, windows.at(now))),
        }
        (all, until)
    }
}
