//! What rules have in common, kept once: rules of a family differ in a few of their conditions, and their packages and sentences are the same.

use crate::checked::Condition;
use foldhash::HashSet;
use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;

/// Everything that is kept so far.
#[derive(Default)]
pub(super) struct Shared {
    conditions: HashSet<Arc<Condition>>,
    texts: HashSet<Arc<str>>,
}

impl Shared {
    pub(super) fn condition(&mut self, condition: Condition) -> Arc<Condition> {
        one_of(&mut self.conditions, condition)
    }

    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        one_of(&mut self.texts, text)
    }
}

/// The equal of a value that is kept, which may be the value itself.
fn one_of<T, V>(kept: &mut HashSet<Arc<T>>, value: V) -> Arc<T>
where
    T: Eq + Hash + ?Sized,
    V: Borrow<T> + Into<Arc<T>>,
{
    if let Some(known) = kept.get(value.borrow()) {
        return Arc::clone(known);
    }
    let new: Arc<T> = value.into();
    kept.insert(Arc::clone(&new));
    new
}
