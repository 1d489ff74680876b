//! The forms of the surface language in a source file.

use super::Coverage;
use super::forms::{declaration, effect, expression, operator, provenance, stage, statement, test_line};
use atbac_generator::walk::parts;
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{Expr, ExprKind, FieldInit, Item, ItemKind, Rule, StatementKind, Test, TestLineKind};

impl Coverage {
    /// Notes every form in a file.
    pub(super) fn file(&mut self, text: &str) {
        for item in &atbac_grammar::parse(FileId(0), text).file.items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        self.reached("declaration", declaration(&item.kind));
        match &item.kind {
            ItemKind::Request(declared) => {
                for field in &declared.fields {
                    self.reached("stage", stage(&field.stage.value));
                    self.reached("provenance", provenance(&field.provenance.value));
                }
            }
            ItemKind::Predicate(declared) => self.expression(&declared.body),
            ItemKind::Rule(rule) => self.rule(rule),
            ItemKind::Template(declared) => declared.items.iter().for_each(|item| self.item(item)),
            ItemKind::Apply(apply) => apply.arguments.iter().for_each(|argument| self.expression(argument)),
            ItemKind::Test(test) => self.test(test),
            ItemKind::Invariant(declared) => self.expression(&declared.body),
            ItemKind::Enum(_)
            | ItemKind::Record(_)
            | ItemKind::Evidence(_)
            | ItemKind::Grant(_)
            | ItemKind::Reference(_)
            | ItemKind::Floor(_) => {}
        }
    }

    fn rule(&mut self, rule: &Rule) {
        self.reached("rule", effect(&rule.effect.value));
        rule.head.iter().for_each(|condition| self.expression(condition));
        for line in &rule.body {
            self.reached("line", statement(&line.kind));
            match &line.kind {
                StatementKind::Require { condition: value, .. }
                | StatementKind::When(value)
                | StatementKind::Unless(value)
                | StatementKind::Let(_, value) => self.expression(value),
                StatementKind::Grant(fields) => self.fields(fields),
                StatementKind::Reason(_) => {}
            }
        }
    }

    fn test(&mut self, test: &Test) {
        for line in &test.lines {
            self.reached("line of a test", test_line(&line.kind));
            match &line.kind {
                TestLineKind::Given(value)
                | TestLineKind::With(_, value)
                | TestLineKind::At(value)
                | TestLineKind::ExpectValidUntil(value) => self.expression(value),
                TestLineKind::Case { fields, .. } | TestLineKind::ExpectGrant(fields) => self.fields(fields),
                TestLineKind::ExpectPermit(_) | TestLineKind::ExpectDeny { .. } => {}
            }
        }
    }

    fn fields(&mut self, fields: &[FieldInit]) {
        fields.iter().for_each(|field| self.expression(&field.value));
    }

    fn expression(&mut self, written: &Expr) {
        self.reached("expression", expression(&written.value));
        if let ExprKind::Binary(op, ..) = &written.value {
            self.reached("operator", operator(&op.value));
        }
        parts(written).into_iter().for_each(|part| self.expression(part));
    }
}
