//! Rules and invariants.

use super::env::{Binding, Env};
use super::{Checker, predicate};
use crate::checked::{Condition, Invariant, Line, LineKind, Rule};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, BinaryOp, Effect, ExprKind, ItemKind, StatementKind};
use std::borrow::Cow;
use std::sync::Arc;

impl<'a> Checker<'a> {
    /// Checks the rules and invariants among these declarations, each given by its file and its position there, and notes what all of them mention.
    pub(super) fn check_rules_of(&mut self, declarations: &[(usize, usize)]) {
        for &(file, at) in declarations {
            let Some(item) = self.whole(file, at) else {
                self.left_out("rule", self.files[file].items[at].span);
                continue;
            };
            self.words.add(file, &item);
            match &item.kind {
                ItemKind::Rule(rule) => self.check_rule(file, &item, rule),
                ItemKind::Invariant(invariant) => self.check_invariant(file, invariant),
                ItemKind::Apply(_) => self.each_applied(item.span, |checker, file, item| match &item.kind {
                    ItemKind::Rule(rule) => checker.check_rule(file, item, rule),
                    ItemKind::Invariant(invariant) => checker.check_invariant(file, invariant),
                    _ => {}
                }),
                ItemKind::Template(_)
                | ItemKind::Floor(_)
                | ItemKind::Enum(_)
                | ItemKind::Record(_)
                | ItemKind::Evidence(_)
                | ItemKind::Request(_)
                | ItemKind::Grant(_)
                | ItemKind::Reference(_)
                | ItemKind::Predicate(_)
                | ItemKind::Test(_) => {}
            }
        }
    }

    /// A declaration with all that belongs to it; `None` for a rule with errors in it.
    fn whole(&self, file: usize, at: usize) -> Option<Cow<'a, syntax::Item>> {
        let item = &self.files[file].items[at];
        match (&item.kind, self.unread.get(file)) {
            (ItemKind::Rule(_), Some(Some(rules))) => rules.read(at).map(Cow::Owned),
            _ => Some(Cow::Borrowed(item)),
        }
    }

    fn check_rule(&mut self, file: usize, item: &syntax::Item, declared: &syntax::Rule) {
        match self.rule(file, item, declared) {
            Some(rule) => self.rules.push(rule),
            None => self.left_out("rule", declared.name.span),
        }
    }

    fn rule(&mut self, file: usize, item: &syntax::Item, declared: &syntax::Rule) -> Option<Rule> {
        let attributes = self.rule_attributes(item);
        let request = self.request_named(file, &declared.request)?;
        let mut env = Env::of_rule(file, request);
        self.in_application(&mut env);
        let mut rule = Rule {
            effect: declared.effect.value,
            name: self.applied_name(&declared.name.value),
            package: self.package_here(file),
            request,
            lines: Vec::with_capacity(declared.head.len() + declared.body.len()),
            reason: None,
            grant: Vec::new(),
            owner: attributes.owner,
            severity: attributes.severity,
            exception: attributes.exception.map(Box::new),
            span: declared.name.span,
        };
        let before = self.diagnostics.len();
        let (lines, most) = (declared.head.len() + declared.body.len(), self.limits.rule_conditions);
        if lines > most {
            let message = format!("this rule has {lines} lines; at most {most} are allowed");
            return self.error(codes::RULE_TOO_LARGE, declared.name.span, message);
        }
        for expression in &declared.head {
            if let Some(condition) = self.condition(expression, &mut env) {
                if !is_simple(&condition) && !asks_membership(expression) {
                    self.report(
                        Diagnostic::error(codes::HEAD_NOT_SIMPLE, expression.span, "this is more than a simple match")
                            .help("after `where` stand matches of one question each: `==`, `<=`, `in`, `is`, `matches`, …; put the rest between the braces, as `require` or `when`"),
                    );
                }
                self.add_line(&mut rule, &mut env, LineKind::Head, condition, expression.span);
            }
        }
        if let Some(exception) = &rule.exception {
            let (condition, span) = (Condition::Before(exception.expires), exception.span);
            self.add_line(&mut rule, &mut env, LineKind::Implied, condition, span);
        }
        env.later = declared
            .body
            .iter()
            .filter_map(|statement| match &statement.kind {
                StatementKind::Let(name, _) => Some(name.value.clone()),
                _ => None,
            })
            .collect();
        let mut grant = None;
        for statement in &declared.body {
            self.check_statement(statement, &mut rule, &mut env, &mut grant);
        }
        let gives = self.check_grant(declared, &mut rule, grant, &mut env).is_some();
        for line in &rule.lines {
            self.check_depth(&line.condition, line.span);
        }
        let total: usize = rule.lines.iter().map(|line| predicate::size(&line.condition)).sum();
        self.spend(total, declared.name.span);
        if rule.effect == Effect::Forbid
            && rule.reason.is_none()
            && rule.lines.iter().all(|line| !matches!(line.kind, LineKind::Require(_)))
        {
            self.report(
                Diagnostic::error(
                    codes::REQUIRE_WITHOUT_SENTENCE,
                    declared.name.span,
                    format!("forbid `{}` gives no reason", rule.name),
                )
                .help("add `reason \"…\";` with the sentence that a refused caller should see"),
            );
        }
        // A rule is kept only with every condition that was written: one that is missing would open a permit, or close a forbid.
        let body = declared.body.iter().filter(|statement| statement.states_a_condition()).count();
        let written = rule.lines.iter().filter(|line| line.kind != LineKind::Implied).count();
        let complete = written == declared.head.len() + body;
        let sound = self.diagnostics[before..].iter().all(|found| found.severity != Severity::Error);
        rule.lines.shrink_to_fit();
        (complete && gives && sound).then_some(rule)
    }

    fn add_line(&mut self, rule: &mut Rule, env: &mut Env, kind: LineKind, condition: Condition, span: Span) {
        env.learn(&condition, true);
        rule.lines.push(Line { kind, condition: self.shared.condition(condition), span });
    }

    fn check_statement<'s>(
        &mut self,
        statement: &'s syntax::Statement,
        rule: &mut Rule,
        env: &mut Env,
        grant: &mut Option<(&'s [syntax::FieldInit], Span)>,
    ) {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Require { condition, sentence } => {
                if rule.effect == Effect::Forbid {
                    self.report(
                        Diagnostic::error(
                            codes::MISPLACED_LINE,
                            span,
                            "a forbid requires nothing: it applies when its conditions hold",
                        )
                        .help("say `when …;` or `unless …;`, and why in `reason \"…\";`"),
                    );
                }
                if sentence.is_none() && rule.effect == Effect::Permit {
                    self.report(
                        Diagnostic::error(
                            codes::REQUIRE_WITHOUT_SENTENCE,
                            span,
                            "this `require` does not say what a refused caller is told",
                        )
                        .help("add `else \"…\"` before the semicolon"),
                    );
                }
                let condition = self.condition(condition, env);
                if let (Some(condition), Some(sentence)) = (condition, sentence) {
                    let sentence = self.shared.text(&sentence.value);
                    self.add_line(rule, env, LineKind::Require(sentence), condition, span);
                }
            }
            StatementKind::When(condition) => {
                if let Some(condition) = self.condition(condition, env) {
                    self.add_line(rule, env, LineKind::When, condition, span);
                }
            }
            StatementKind::Unless(condition) => {
                if let Some(condition) = self.condition(condition, env) {
                    self.add_line(rule, env, LineKind::Unless, Condition::Not(Box::new(condition)), span);
                }
            }
            StatementKind::Reason(sentence) => {
                if rule.effect == Effect::Permit {
                    self.report(
                        Diagnostic::error(codes::MISPLACED_LINE, span, "a permit needs no reason")
                            .help("what a refused caller is told stands at each `require`"),
                    );
                }
                if rule.reason.replace(self.shared.text(&sentence.value)).is_some() {
                    self.error::<()>(codes::MISPLACED_LINE, span, "a rule has one reason");
                }
            }
            StatementKind::Let(name, value) => self.check_let(name, value, env),
            StatementKind::Grant(fields) => {
                if grant.replace((fields, span)).is_some() {
                    self.error::<()>(codes::MISPLACED_LINE, span, "a rule has one grant");
                }
            }
        }
    }

    /// `let x = …;`: a place, a value or a condition that gets a name for the lines below.
    fn check_let(&mut self, name: &syntax::Name, value: &syntax::Expr, env: &mut Env) {
        let fresh = self.fresh_name(name, "this", env);
        let found = if self.states_condition(value, env) {
            self.condition(value, env).map(|condition| (predicate::size(&condition), Binding::Condition(condition)))
        } else if self.is_count(value, env) {
            self.count(value, env).map(|walk| (walk.size(), Binding::Count(walk)))
        } else if self.is_place(value, env) {
            self.settled_place(value, env).map(|(place, ty)| (1, Binding::Place(place, ty)))
        } else {
            self.set_or_value(value, env).map(|term| (predicate::term_size(&term), Binding::Term(Arc::new(term))))
        };
        let binding = match (fresh, found) {
            (Some(()), Some((size, binding)))
                if self.spend(size, value.span).is_some() && self.shallow(&binding, value.span).is_some() =>
            {
                binding
            }
            _ => Binding::Refused,
        };
        env.later.retain(|later| *later != name.value);
        if fresh.is_some() {
            env.bindings.push((name.value.clone(), binding));
        }
    }

    /// Refuses names for what is nested too deep: names of names could go on.
    fn shallow(&mut self, binding: &Binding, span: Span) -> Option<()> {
        match binding {
            Binding::Condition(condition) => self.check_depth(condition, span),
            Binding::Count(walk) => self.check_depth(walk.condition(), span),
            Binding::Term(term) => self.check_term_depth(term, span),
            Binding::Place(..) | Binding::Refused => Some(()),
        }
    }

    fn check_invariant(&mut self, file: usize, declared: &syntax::Invariant) {
        match self.invariant(file, declared) {
            Some(invariant) => self.invariants.push(invariant),
            None => self.left_out("invariant", declared.name.span),
        }
    }

    fn invariant(&mut self, file: usize, declared: &syntax::Invariant) -> Option<Invariant> {
        let request = self.request_named(file, &declared.request)?;
        let mut env = Env::of_invariant(file, request);
        self.in_application(&mut env);
        let condition = self.condition(&declared.body, &mut env)?;
        self.check_depth(&condition, declared.name.span)?;
        self.spend(predicate::size(&condition), declared.name.span)?;
        self.report(
            Diagnostic::warning(
                codes::INVARIANT_NOT_PROVEN,
                declared.name.span,
                "this invariant is tested, not proven",
            )
            .labelled("must hold in every `test` of this request")
            .help("this version has no prover: each test also checks that its question keeps the invariant"),
        );
        Some(Invariant { name: self.applied_title(&declared.name.value), request, condition, span: declared.name.span })
    }
}

/// Whether a match is a membership, which may be one of several: `from in { 10.0.0.0/8, office }`.
fn asks_membership(expression: &syntax::Expr) -> bool {
    match &expression.value {
        ExprKind::Not(inner) => asks_membership(inner),
        ExprKind::Binary(op, ..) => matches!(op.value, BinaryOp::In | BinaryOp::Contains),
        _ => false,
    }
}

/// Whether a match can stand after `where`: one comparison, a membership, a form of text, a kind of evidence, a presence, or a `Bool`; or the opposite of one.
fn is_simple(condition: &Condition) -> bool {
    match condition {
        Condition::Constant(_)
        | Condition::Holds(_)
        | Condition::Compare(..)
        | Condition::AtLeast(..)
        | Condition::In(..)
        | Condition::InSet(..)
        | Condition::InNetwork(..)
        | Condition::InNetworks(..)
        | Condition::Holding(..)
        | Condition::Matches(..)
        | Condition::Is(..)
        | Condition::Present(_) => true,
        Condition::Not(inner) => is_simple(inner),
        Condition::Subset(..)
        | Condition::Age(..)
        | Condition::Before(_)
        | Condition::Loaded(_)
        | Condition::Count(_)
        | Condition::And(_)
        | Condition::Or(_)
        | Condition::Permitted => false,
    }
}
