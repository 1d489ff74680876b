//! Rules and invariants.

use super::env::Env;
use super::{Checker, MAX_RULE_CONDITIONS, listed, predicate};
use crate::checked::{Condition, Invariant, Line, LineKind, Rule, Term, TermKind};
use crate::ir::Comparison;
use crate::types::Type;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::span::{Node, Span};
use atbac_grammar::syntax::{self, Effect, ExprKind, ItemKind, StatementKind};

impl Checker<'_> {
    /// Checks every rule and invariant, and refuses declarations that have no code yet.
    pub(super) fn check_rules(&mut self) {
        self.each_item(|checker, file, item, _| match &item.kind {
            ItemKind::Rule(rule) => checker.check_rule(file, item, rule),
            ItemKind::Invariant(invariant) => checker.check_invariant(file, invariant),
            ItemKind::Template(template) => {
                checker.not_compiled::<()>(template.name.span, "a template");
            }
            // An application of a template that cannot be compiled adds nothing to what the template's own error says.
            ItemKind::Apply(_) => {}
            ItemKind::Floor(_) => {
                checker.not_compiled::<()>(item.span, "a floor");
            }
            ItemKind::Enum(_)
            | ItemKind::Record(_)
            | ItemKind::Evidence(_)
            | ItemKind::Request(_)
            | ItemKind::Grant(_)
            | ItemKind::Reference(_)
            | ItemKind::Predicate(_)
            | ItemKind::Test(_) => {}
        });
    }

    fn check_rule(&mut self, file: usize, item: &syntax::Item, declared: &syntax::Rule) {
        let owner = self.rule_attributes(item);
        let Some(request) = self.request_named(file, &declared.request) else { return };
        let mut env = Env::of_rule(file, request);
        let mut rule = Rule {
            effect: declared.effect.value,
            name: declared.name.value.clone(),
            package: self.names.package_of[file].clone(),
            request,
            lines: Vec::new(),
            reason: None,
            grant: Vec::new(),
            owner,
            span: declared.name.span,
        };
        let before = self.diagnostics.len();
        if declared.head.len() + declared.body.len() > MAX_RULE_CONDITIONS {
            let message = format!("this rule has more than {MAX_RULE_CONDITIONS} lines");
            self.error::<()>(codes::RULE_TOO_LARGE, declared.name.span, message);
            return;
        }
        for expression in &declared.head {
            if let Some(condition) = self.condition(expression, &mut env) {
                if !is_simple(&condition) {
                    self.report(
                        Diagnostic::error(codes::HEAD_NOT_SIMPLE, expression.span, "this is more than a simple match")
                            .help("after `where` stand matches that can be looked up: `==`, `in`, `is`, `is present`; put the rest between the braces, as `require` or `when`"),
                    );
                }
                self.add_line(&mut rule, &mut env, LineKind::Head, condition, expression.span);
            }
        }
        let mut grant = None;
        for statement in &declared.body {
            self.check_statement(statement, &mut rule, &mut env, &mut grant);
        }
        self.check_grant(declared, &mut rule, grant, &mut env);
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
        // A rule is kept only with every condition that was written: one that is missing would open a permit.
        let body = declared.body.iter().filter(|statement| statement.states_a_condition()).count();
        let complete = rule.lines.len() == declared.head.len() + body;
        let sound = self.diagnostics[before..].iter().all(|found| found.severity != Severity::Error);
        if complete && sound {
            self.rules.push(rule);
        }
    }

    /// `@owner("team")` and `@severity(high)`; gives the owner.
    fn rule_attributes(&mut self, item: &syntax::Item) -> Option<String> {
        let mut owner = None;
        for attribute in &item.attributes {
            match (attribute.name.value.as_str(), attribute.arguments.as_slice()) {
                ("owner", [(None, Node { value: ExprKind::String(team), .. })]) => owner = Some(team.clone()),
                ("owner", _) => {
                    self.error::<()>(
                        codes::INVALID_ATTRIBUTE,
                        attribute.span,
                        "`@owner` names a team: `@owner(\"payments-team\")`",
                    );
                }
                ("severity", [(None, Node { value: ExprKind::Name(level), .. })])
                    if SEVERITIES.contains(&level.as_str()) => {}
                ("severity", _) => {
                    let message = format!("`@severity` takes one of {}", listed(SEVERITIES));
                    self.error::<()>(codes::INVALID_ATTRIBUTE, attribute.span, message);
                }
                // Ignoring an expiry would leave the exception in force.
                ("exception", _) => {
                    self.not_compiled::<()>(attribute.span, "`@exception`");
                }
                (other, _) => {
                    self.unknown::<()>(attribute.name.span, "attribute", other, ["owner", "severity", "exception"]);
                }
            }
        }
        owner
    }

    fn add_line(&mut self, rule: &mut Rule, env: &mut Env, kind: LineKind, condition: Condition, span: Span) {
        env.learn(&condition, true);
        rule.lines.push(Line { kind, condition, span });
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
                if sentence.is_none() {
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
                    self.add_line(rule, env, LineKind::Require(sentence.value.clone()), condition, span);
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
                if rule.reason.replace(sentence.value.clone()).is_some() {
                    self.error::<()>(codes::MISPLACED_LINE, span, "a rule has one reason");
                }
            }
            StatementKind::Let(name, _) => {
                self.refused_names.insert(name.value.clone());
                self.not_compiled::<()>(name.span, "`let`");
            }
            StatementKind::Grant(fields) => {
                if grant.replace((fields, span)).is_some() {
                    self.error::<()>(codes::MISPLACED_LINE, span, "a rule has one grant");
                }
            }
        }
    }

    /// A permit gives every field that the request's grant declares; a forbid gives nothing.
    fn check_grant(
        &mut self,
        declared: &syntax::Rule,
        rule: &mut Rule,
        given: Option<(&[syntax::FieldInit], Span)>,
        env: &mut Env,
    ) {
        let grant = self.schema.request(rule.request).grant.clone();
        let (grant, (fields, span)) = match (rule.effect, grant, given) {
            (Effect::Forbid, _, Some((_, span))) => {
                self.error::<()>(codes::MISPLACED_LINE, span, "a forbid gives nothing");
                return;
            }
            (Effect::Forbid, _, None) | (Effect::Permit, None, None) => return,
            (Effect::Permit, None, Some((_, span))) => {
                let request = &declared.request.value;
                let message = format!("request `{request}` declares no grant");
                self.report(
                    Diagnostic::error(codes::INVALID_GRANT, span, message)
                        .help(format!("declare one: `grant … for {request} {{ … }}`")),
                );
                return;
            }
            (Effect::Permit, Some(grant), None) => {
                let message = format!("permit `{}` does not say what it gives", rule.name);
                let help = format!(
                    "add `grant {{ {} }}`",
                    grant.fields.iter().map(|field| format!("{}: …", field.name)).collect::<Vec<_>>().join(", ")
                );
                self.report(Diagnostic::error(codes::INVALID_GRANT, declared.name.span, message).help(help));
                return;
            }
            (Effect::Permit, Some(grant), Some(given)) => (grant, given),
        };
        let mut values: Vec<Option<Term>> = vec![None; grant.fields.len()];
        let mut sound = true;
        for init in fields {
            let [name] = init.path.value.as_slice() else {
                self.error::<()>(codes::INVALID_GRANT, init.path.span, "a grant's fields have no parts");
                sound = false;
                continue;
            };
            let Some(at) = grant.fields.iter().position(|field| field.name == name.value) else {
                let known = grant.fields.iter().map(|field| &field.name);
                self.unknown::<()>(name.span, &format!("field of `{}` called", grant.name), &name.value, known);
                sound = false;
                continue;
            };
            if values[at].is_some() {
                self.error::<()>(codes::DUPLICATE_NAME, name.span, format!("`{}` is given twice", name.value));
                sound = false;
            }
            if self.refused.contains(&grant.fields[at].span) {
                sound = false;
                continue;
            }
            match self.grant_value(&init.value, &grant.fields[at].ty, env) {
                Some(term) => values[at] = Some(term),
                None => sound = false,
            }
        }
        let missing: Vec<&str> = grant
            .fields
            .iter()
            .zip(&values)
            .filter(|(_, value)| value.is_none())
            .map(|(field, _)| field.name.as_str())
            .collect();
        if sound && !missing.is_empty() {
            let message = format!("this grant does not give {}", listed(missing).replace(" or ", " and "));
            self.report(Diagnostic::error(codes::INVALID_GRANT, span, message).and(grant.span, "declared here"));
        }
        rule.grant = values.into_iter().flatten().collect();
    }

    fn grant_value(&mut self, expression: &syntax::Expr, ty: &Type, env: &mut Env) -> Option<Term> {
        let term = match (&expression.value, ty) {
            (ExprKind::Set(_), Type::Set(_)) => {
                Term { kind: TermKind::Constant(self.constant(env.file, expression, ty, None)?), ty: ty.clone() }
            }
            _ => self.term_of(expression, ty, env)?,
        };
        match &term.kind {
            TermKind::Constant(_) | TermKind::Place(_) => Some(term),
            TermKind::Reference(_) => self.not_compiled(expression.span, "a reference value in a grant"),
        }
    }

    fn check_invariant(&mut self, file: usize, declared: &syntax::Invariant) {
        let Some(request) = self.request_named(file, &declared.request) else { return };
        let mut env = Env::of_invariant(file, request);
        let Some(condition) = self.condition(&declared.body, &mut env) else { return };
        self.report(
            Diagnostic::warning(
                codes::INVARIANT_NOT_PROVEN,
                declared.name.span,
                "this invariant is tested, not proven",
            )
            .labelled("must hold in every `test` of this request")
            .help("this version has no prover: each test also checks that its question keeps the invariant"),
        );
        self.invariants.push(Invariant {
            name: declared.name.value.clone(),
            request,
            condition,
            span: declared.name.span,
        });
    }
}

/// The levels of `@severity`.
const SEVERITIES: [&str; 4] = ["low", "medium", "high", "critical"];

/// Whether a match can stand after `where`: an equality, a membership, a kind of evidence, a presence, or a `Bool`; or the opposite of one.
fn is_simple(condition: &Condition) -> bool {
    match condition {
        Condition::Constant(_)
        | Condition::Holds(_)
        | Condition::Compare(Comparison::Eq, ..)
        | Condition::In(..)
        | Condition::InReference(..)
        | Condition::Is(..)
        | Condition::Present(_) => true,
        Condition::Not(inner) => is_simple(inner),
        Condition::Compare(Comparison::Lt | Comparison::Le | Comparison::Gt | Comparison::Ge, ..)
        | Condition::AtLeast(..)
        | Condition::Age(..)
        | Condition::Count { .. }
        | Condition::And(_)
        | Condition::Or(_)
        | Condition::Permitted => false,
    }
}
