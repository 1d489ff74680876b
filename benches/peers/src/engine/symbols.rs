//! Numbers for texts.

use std::collections::HashMap;

/// Gives numbers in order of first sight; 0 stands for every text that no policy has.
#[derive(Default)]
pub(super) struct Symbols(HashMap<String, u32>);

impl Symbols {
    /// The number of a text, a new one if it has none.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        let next = self.0.len() as u32 + 1;
        *self.0.entry(text.to_owned()).or_insert(next)
    }

    /// The number of a text.
    pub(super) fn get(&self, text: &str) -> u32 {
        self.0.get(text).copied().unwrap_or(0)
    }
}
