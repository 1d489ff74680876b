//! Sentences of a grammar at random: the same ones in every run.

use super::ebnf::{Form, Grammar};
use std::collections::{BTreeMap, BTreeSet};

/// Spellings of the tokens that have many. None is a word of the language.
const SPELLINGS: &[(&str, &[&str])] = &[
    ("IDENTIFIER", &["a", "Ledger", "_x9", "hex", "present"]),
    ("INTEGER", &["0", "12", "250_000"]),
    ("DURATION", &["5m", "1h30m", "250ms"]),
    ("INSTANT", &["2026-12-31", "2026-11-21T01:00:00.250+01:00"]),
    ("ADDRESS", &["10.0.0.1", "10.0.0.0/8"]),
    ("QUOTED", &["hex\"a1b2\"", "oid\"1.2.3\"", "version\"1.52.4\"", "cidr\"fc00::/7\""]),
    ("TEXT", &["\"text\"", "\"\\\"\\u{e9}\""]),
    ("DOC", &["/// What it is.\n"]),
];

/// From how many bytes on a sentence comes to its end by the shortest way: the parser has limits.
const LONG: usize = 1_000;

/// Derives sentences.
pub(super) struct Deriver<'a> {
    grammar: &'a Grammar,
    /// How many rules deep the shortest derivation of each rule goes.
    depths: BTreeMap<&'a str, usize>,
    /// The tokens of all sentences so far.
    pub(super) used: BTreeSet<String>,
    state: u64,
}

impl<'a> Deriver<'a> {
    pub(super) fn new(grammar: &'a Grammar) -> Self {
        let mut deriver = Deriver { grammar, depths: BTreeMap::new(), used: BTreeSet::new(), state: 1 };
        while deriver.depths.len() < grammar.len() {
            let known = deriver.depths.len();
            let found: Vec<(&str, usize)> = grammar
                .iter()
                .filter(|(name, _)| !deriver.depths.contains_key(name.as_str()))
                .filter_map(|(name, form)| Some((name.as_str(), deriver.depth(form)? + 1)))
                .collect();
            deriver.depths.extend(found);
            assert!(deriver.depths.len() > known, "some rules never come to an end");
        }
        deriver
    }

    fn depth(&self, form: &Form) -> Option<usize> {
        match form {
            Form::Token(_) | Form::Maybe(_) | Form::Any(_) => Some(0),
            Form::Rule(name) => self.depths.get(name.as_str()).copied(),
            Form::All(parts) => parts.iter().try_fold(0, |deepest, part| Some(deepest.max(self.depth(part)?))),
            Form::One(choices) => choices.iter().filter_map(|choice| self.depth(choice)).min(),
        }
    }

    /// A sentence of a rule, its tokens apart. Beyond `depth` rules, the shortest derivations are taken.
    pub(super) fn sentence(&mut self, rule: &str, depth: usize) -> String {
        let mut text = String::new();
        self.derive(&self.grammar[rule], depth, &mut text);
        text
    }

    fn derive(&mut self, form: &'a Form, depth: usize, text: &mut String) {
        let depth = if text.len() < LONG { depth } else { 0 };
        match form {
            Form::Token(token) => {
                let spellings = SPELLINGS.iter().find(|(name, _)| name == token).map(|(_, spellings)| *spellings);
                text.push_str(match spellings {
                    Some(spellings) => spellings[self.below(spellings.len())],
                    None => token,
                });
                text.push(' ');
                self.used.insert(token.clone());
            }
            Form::Rule(name) => self.derive(&self.grammar[name], depth.saturating_sub(1), text),
            Form::All(parts) => parts.iter().for_each(|part| self.derive(part, depth, text)),
            Form::One(choices) => {
                let open: Vec<&Form> =
                    choices.iter().filter(|choice| self.depth(choice).is_some_and(|needed| needed < depth)).collect();
                let choice = match open.len() {
                    0 => choices.iter().min_by_key(|choice| self.depth(choice)).expect("a choice has choices"),
                    count => open[self.below(count)],
                };
                self.derive(choice, depth, text);
            }
            Form::Maybe(inner) => self.repeat(inner, 1, depth, text),
            Form::Any(inner) => self.repeat(inner, 2, depth, text),
        }
    }

    fn repeat(&mut self, inner: &'a Form, most: usize, depth: usize, text: &mut String) {
        let fits = self.depth(inner).is_some_and(|needed| needed < depth);
        for _ in 0..if fits { self.below(most + 1) } else { 0 } {
            self.derive(inner, depth, text);
        }
    }

    /// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
    fn below(&mut self, limit: usize) -> usize {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }
}
