//! The conditions of a bundle as they are written: what stands in each line of a rule.

use super::{Atom, atoms};
use crate::bundle::Bundle;
use atbac_compiler::checked::Line;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{Expr, ItemKind, StatementKind};
use std::collections::HashMap;

/// The expressions of every rule's lines, as they are written.
pub(crate) struct Written {
    /// By where the line is written; with whether the line holds when the expression does not.
    expressions: HashMap<Span, (Expr, bool)>,
}

impl Written {
    /// The bundle keeps texts and no trees, so they are read again.
    pub(crate) fn of(bundle: &Bundle) -> Self {
        let mut written = Written { expressions: HashMap::new() };
        for (file, source) in bundle.sources().iter() {
            for item in atbac_grammar::parse(file, &source.text).file.items {
                written.read(item.kind);
            }
        }
        written
    }

    fn read(&mut self, item: ItemKind) {
        match item {
            ItemKind::Rule(rule) => {
                self.expressions.extend(rule.head.into_iter().map(|matched| (matched.span, (matched, false))));
                for line in rule.body {
                    let (expression, negated) = match line.kind {
                        StatementKind::Require { condition, .. } | StatementKind::When(condition) => (condition, false),
                        StatementKind::Unless(condition) => (condition, true),
                        StatementKind::Reason(_) | StatementKind::Let(..) | StatementKind::Grant(_) => continue,
                    };
                    self.expressions.insert(line.span, (expression, negated));
                }
            }
            ItemKind::Template(template) => template.items.into_iter().for_each(|item| self.read(item.kind)),
            ItemKind::Enum(_)
            | ItemKind::Record(_)
            | ItemKind::Evidence(_)
            | ItemKind::Request(_)
            | ItemKind::Grant(_)
            | ItemKind::Reference(_)
            | ItemKind::Predicate(_)
            | ItemKind::Floor(_)
            | ItemKind::Apply(_)
            | ItemKind::Test(_)
            | ItemKind::Invariant(_) => {}
        }
    }

    /// The atoms of a line; none of what is not written as a condition, such as an exception's end.
    pub(crate) fn atoms(&self, line: &Line) -> Vec<Atom> {
        let Some((expression, negated)) = self.expressions.get(&line.span) else { return Vec::new() };
        match (negated, line.condition.parts()) {
            (true, [inner]) => atoms(expression, inner, vec![0]),
            _ => atoms(expression, &line.condition, Vec::new()),
        }
    }
}
