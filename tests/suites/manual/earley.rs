//! Whether a text is a sentence of a grammar (Earley, "An Efficient Context-Free Parsing Algorithm", 1970; empty rules as Aycock and Horspool, 2002).

use super::ebnf::{Form, Grammar};
use std::collections::{BTreeMap, HashSet};

/// A grammar whose rules are plain sequences.
pub(super) struct Recogniser {
    /// The sequences of each rule; the first rule is `file`.
    rules: Vec<Vec<Vec<Symbol>>>,
    /// Which rules may be nothing at all.
    empty: Vec<bool>,
}

#[derive(Clone)]
enum Symbol {
    Token(String),
    Rule(usize),
}

/// A rule's sequence, how much of it was seen, and since which token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Item {
    rule: usize,
    sequence: usize,
    seen: usize,
    since: usize,
}

impl Recogniser {
    pub(super) fn new(grammar: &Grammar) -> Self {
        let mut names: BTreeMap<&str, usize> = BTreeMap::from([("file", 0)]);
        for name in grammar.keys() {
            let next = names.len();
            names.entry(name).or_insert(next);
        }
        let mut recogniser = Recogniser { rules: vec![Vec::new(); names.len()], empty: Vec::new() };
        for (name, form) in grammar {
            let sequences = recogniser.sequences(form, &names);
            recogniser.rules[names[name.as_str()]] = sequences;
        }
        recogniser.find_empty();
        recogniser
    }

    fn sequences(&mut self, form: &Form, names: &BTreeMap<&str, usize>) -> Vec<Vec<Symbol>> {
        match form {
            Form::One(choices) => choices.iter().flat_map(|choice| self.sequences(choice, names)).collect(),
            Form::All(parts) => vec![parts.iter().map(|part| self.symbol(part, names)).collect()],
            single => vec![vec![self.symbol(single, names)]],
        }
    }

    /// The symbol that stands for a form: a rule made for it, where it is more than one token or rule.
    fn symbol(&mut self, form: &Form, names: &BTreeMap<&str, usize>) -> Symbol {
        match form {
            Form::Token(token) => return Symbol::Token(token.clone()),
            Form::Rule(name) => return Symbol::Rule(names[name.as_str()]),
            Form::All(_) | Form::One(_) | Form::Maybe(_) | Form::Any(_) => {}
        }
        let made = self.rules.len();
        self.rules.push(Vec::new());
        let mut sequences = match form {
            Form::Maybe(inner) | Form::Any(inner) => self.sequences(inner, names),
            other => self.sequences(other, names),
        };
        if let Form::Any(_) = form {
            sequences.iter_mut().for_each(|sequence| sequence.insert(0, Symbol::Rule(made)));
        }
        if let Form::Any(_) | Form::Maybe(_) = form {
            sequences.push(Vec::new());
        }
        self.rules[made] = sequences;
        Symbol::Rule(made)
    }

    fn find_empty(&mut self) {
        self.empty = vec![false; self.rules.len()];
        let vanishes = |empty: &[bool], sequence: &[Symbol]| {
            sequence.iter().all(|symbol| matches!(symbol, Symbol::Rule(rule) if empty[*rule]))
        };
        loop {
            let found = (0..self.rules.len()).find(|&rule| {
                !self.empty[rule] && self.rules[rule].iter().any(|sequence| vanishes(&self.empty, sequence))
            });
            match found {
                Some(rule) => self.empty[rule] = true,
                None => return,
            }
        }
    }

    /// Whether the tokens are a `file`.
    ///
    /// # Errors
    /// The position of the first token that cannot follow those before it; their number, if more should follow.
    pub(super) fn accept(&self, tokens: &[String]) -> Result<(), usize> {
        let mut columns: Vec<Vec<Item>> = vec![Vec::new(); tokens.len() + 1];
        self.predict(0, 0, &mut columns[0]);
        for at in 0..=tokens.len() {
            let mut known: HashSet<Item> = columns[at].iter().copied().collect();
            let mut next = 0;
            while let Some(&item) = columns[at].get(next) {
                next += 1;
                let mut found = Vec::new();
                match self.rules[item.rule][item.sequence].get(item.seen) {
                    Some(Symbol::Rule(rule)) => {
                        self.predict(*rule, at, &mut found);
                        if self.empty[*rule] {
                            found.push(Item { seen: item.seen + 1, ..item });
                        }
                    }
                    Some(Symbol::Token(token)) => {
                        if tokens.get(at) == Some(token) {
                            columns[at + 1].push(Item { seen: item.seen + 1, ..item });
                        }
                    }
                    None => {
                        let waits = |waiting: &&Item| {
                            let symbol = self.rules[waiting.rule][waiting.sequence].get(waiting.seen);
                            matches!(symbol, Some(Symbol::Rule(rule)) if *rule == item.rule)
                        };
                        let waiting = columns[item.since].iter().filter(waits);
                        found.extend(waiting.map(|waiting| Item { seen: waiting.seen + 1, ..*waiting }));
                    }
                }
                columns[at].extend(found.into_iter().filter(|item| known.insert(*item)));
            }
            if columns.get(at + 1).is_some_and(Vec::is_empty) {
                return Err(at);
            }
        }
        let whole = |item: &Item| item.rule == 0 && item.since == 0 && item.seen == self.rules[0][item.sequence].len();
        if columns[tokens.len()].iter().any(whole) { Ok(()) } else { Err(tokens.len()) }
    }

    fn predict(&self, rule: usize, at: usize, items: &mut Vec<Item>) {
        items.extend((0..self.rules[rule].len()).map(|sequence| Item { rule, sequence, seen: 0, since: at }));
    }
}
