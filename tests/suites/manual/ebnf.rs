//! The grammar as the manual writes it, read back: the notation is explained in `docs/language/grammar.md`.

use std::collections::{BTreeMap, BTreeSet};

/// What may stand on the right of a `=`.
#[derive(Clone, Debug)]
pub(super) enum Form {
    /// A token: its text, or for tokens of many spellings its name in capitals.
    Token(String),
    /// Another rule.
    Rule(String),
    /// One after the other.
    All(Vec<Form>),
    /// Any one of them.
    One(Vec<Form>),
    /// It or nothing.
    Maybe(Box<Form>),
    /// Any number of it.
    Any(Box<Form>),
}

/// Rules by name. The first one written is `file`.
pub(super) type Grammar = BTreeMap<String, Form>;

/// The grammar in a page's `ebnf` blocks. Every rule that is used is there, and every one there is used.
pub(super) fn read(blocks: &[String]) -> Grammar {
    let mut grammar = Grammar::new();
    for block in blocks {
        let mut reader = Reader { pieces: pieces(block), at: 0 };
        while let Some(name) = reader.next() {
            reader.expect("=");
            let form = reader.choice();
            reader.expect(";");
            assert!(grammar.insert(name.clone(), form).is_none(), "`{name}` has two rules");
        }
    }
    let mut used = BTreeSet::from(["file".to_owned()]);
    for form in grammar.values() {
        form.visit(&mut |form| {
            if let Form::Rule(name) = form {
                used.insert(name.clone());
            }
        });
    }
    assert_eq!(used, grammar.keys().cloned().collect(), "rules that are used, and rules that are there");
    grammar
}

impl Form {
    /// Calls `see` with this form and everything in it.
    pub(super) fn visit(&self, see: &mut impl FnMut(&Form)) {
        see(self);
        match self {
            Form::Token(_) | Form::Rule(_) => {}
            Form::All(parts) | Form::One(parts) => parts.iter().for_each(|part| part.visit(see)),
            Form::Maybe(inner) | Form::Any(inner) => inner.visit(see),
        }
    }
}

/// Names, quoted tokens and marks.
fn pieces(block: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = block.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => rest[1..].find('"').expect("a quoted token ends") + 2,
            first if first.is_ascii_alphabetic() => {
                rest.find(|c: char| !c.is_ascii_alphabetic() && c != '_').unwrap_or(rest.len())
            }
            _ => 1,
        };
        pieces.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    pieces
}

struct Reader {
    pieces: Vec<String>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> &str {
        self.pieces.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        self.at += 1;
        self.pieces.get(self.at - 1).cloned()
    }

    fn expect(&mut self, mark: &str) {
        let found = self.next();
        assert_eq!(found.as_deref(), Some(mark), "after {:?}", &self.pieces[self.at.saturating_sub(8)..self.at - 1]);
    }

    fn choice(&mut self) -> Form {
        let mut choices = vec![self.sequence()];
        while self.peek() == "|" {
            self.at += 1;
            choices.push(self.sequence());
        }
        if choices.len() == 1 { choices.remove(0) } else { Form::One(choices) }
    }

    fn sequence(&mut self) -> Form {
        let mut parts = Vec::new();
        while !["|", ";", ")", "]", "}", ""].contains(&self.peek()) {
            parts.push(self.part());
        }
        Form::All(parts)
    }

    fn part(&mut self) -> Form {
        let piece = self.next().expect("a rule ends with `;`");
        match piece.as_str() {
            "(" => self.closed(")"),
            "[" => Form::Maybe(Box::new(self.closed("]"))),
            "{" => Form::Any(Box::new(self.closed("}"))),
            "list" | "comma" if self.peek() == "(" => {
                self.at += 1;
                let element = self.closed(")");
                let comma = Form::Token(",".to_owned());
                let more = Form::Any(Box::new(Form::All(vec![comma.clone(), element.clone()])));
                match piece.as_str() {
                    "list" => Form::All(vec![element, more]),
                    _ => Form::Maybe(Box::new(Form::All(vec![element, more, Form::Maybe(Box::new(comma))]))),
                }
            }
            text if text.starts_with('"') => Form::Token(text.trim_matches('"').to_owned()),
            name if name.chars().all(|c| c.is_ascii_uppercase()) => Form::Token(name.to_owned()),
            name => Form::Rule(name.to_owned()),
        }
    }

    fn closed(&mut self, close: &str) -> Form {
        let form = self.choice();
        self.expect(close);
        form
    }
}
