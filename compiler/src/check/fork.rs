//! Rules on all cores: each core has a [`Checker`] of its own, and what rules only read is shared.

use super::Checker;
use atbac_grammar::parallel;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// How many declarations are worth a thread.
const ITEMS_FOR_A_THREAD: usize = 250;

/// What is complete before any rule is checked. It is shared from then on: whoever changed it would change a copy.
#[derive(Default)]
pub(super) struct Settled<T>(Arc<T>);

impl<T> Settled<T> {
    pub(super) fn into_shared(self) -> Arc<T> {
        self.0
    }
}

impl<T> Clone for Settled<T> {
    fn clone(&self) -> Self {
        Settled(Arc::clone(&self.0))
    }
}

impl<T> Deref for Settled<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Settled<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

impl<'a> Checker<'a> {
    /// Checks every rule and invariant.
    pub(super) fn check_rules(&mut self) {
        let files = self.files;
        let items: Vec<(usize, usize)> =
            files.iter().enumerate().flat_map(|(file, tree)| (0..tree.items.len()).map(move |at| (file, at))).collect();
        let parts = parallel::parts(items.len(), ITEMS_FOR_A_THREAD);
        if parts.len() == 1 {
            return self.check_rules_of(&items);
        }
        let forks = parallel::map(&parts, |part| {
            let mut fork = self.fork();
            fork.check_rules_of(&items[part.clone()]);
            fork
        });
        for (fork, part) in forks.into_iter().zip(parts) {
            let conditions = self.conditions.saturating_add(fork.conditions);
            if fork.diagnostics.is_empty() && conditions <= self.limits.bundle_conditions {
                self.conditions = conditions;
                self.rules.extend(fork.rules);
                self.invariants.extend(fork.invariants);
                self.words.extend(fork.words);
            } else {
                // What is found depends on what was found before, and on how much of the limit is left.
                self.check_rules_of(&items[part]);
            }
        }
    }

    /// A checker that knows what this one knows, and has found and made nothing.
    fn fork(&self) -> Self {
        Checker {
            files: self.files,
            unread: self.unread,
            names: self.names.clone(),
            schema: self.schema.clone(),
            predicates: self.predicates.clone(),
            applications: self.applications.clone(),
            evidence_structs: self.evidence_structs.clone(),
            refused_fields: self.refused_fields.clone(),
            refused: self.refused.clone(),
            refused_names: self.refused_names.clone(),
            limits: self.limits,
            ..Checker::default()
        }
    }
}
