//! What rules have in common, kept once: rules of a family differ in a few of their conditions, and their packages and sentences are the same.

use crate::checked::Condition;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

/// Everything that is kept so far.
#[derive(Default)]
pub(super) struct Shared {
    conditions: Kept<Condition>,
    texts: Kept<str>,
}

impl Shared {
    pub(super) fn condition(&mut self, condition: Condition) -> Arc<Condition> {
        self.conditions.one_of(condition)
    }

    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        self.texts.one_of(text)
    }
}

/// Values of one kind, each with its hash: going through a whole condition again whenever the table grows would take longer than all else here.
struct Kept<T: ?Sized> {
    values: HashTable<(u64, Arc<T>)>,
    hasher: RandomState,
}

impl<T: ?Sized> Default for Kept<T> {
    fn default() -> Self {
        Kept { values: HashTable::new(), hasher: RandomState::default() }
    }
}

impl<T: Eq + Hash + ?Sized> Kept<T> {
    /// The equal of a value that is kept, which may be the value itself.
    fn one_of(&mut self, value: impl Borrow<T> + Into<Arc<T>>) -> Arc<T> {
        let hash = self.hasher.hash_one(value.borrow());
        if let Some((_, known)) = self.values.find(hash, |(_, known)| **known == *value.borrow()) {
            return Arc::clone(known);
        }
        let new: Arc<T> = value.into();
        self.values.insert_unique(hash, (hash, Arc::clone(&new)), |(hash, _)| *hash);
        new
    }
}
