//! What a permit gives: a value for each field of the request's grant.

use super::env::Env;
use super::term::stands_for;
use super::{Checker, listed};
use crate::checked::{Condition, Line, LineKind, Rule, Term, TermKind};
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, Effect, Expr, ExprKind};

impl Checker<'_> {
    /// A permit gives every field that the request's grant declares; a forbid gives nothing. `None` where what is given was refused.
    pub(super) fn check_grant(
        &mut self,
        declared: &syntax::Rule,
        rule: &mut Rule,
        given: Option<(&[syntax::FieldInit], Span)>,
        env: &mut Env,
    ) -> Option<()> {
        let grant = self.schema.request(rule.request).grant.clone();
        let (grant, (fields, span)) = match (rule.effect, grant, given) {
            (Effect::Forbid, _, Some((_, span))) => {
                return self.error(codes::MISPLACED_LINE, span, "a forbid gives nothing");
            }
            (Effect::Forbid, _, None) | (Effect::Permit, None, None) => return Some(()),
            (Effect::Permit, None, Some((_, span))) => {
                let request = &declared.request.value;
                let message = format!("request `{request}` declares no grant");
                self.report(
                    Diagnostic::error(codes::INVALID_GRANT, span, message)
                        .help(format!("declare one: `grant … for {request} {{ … }}`")),
                );
                return None;
            }
            (Effect::Permit, Some(grant), None) => {
                let message = format!("permit `{}` does not say what it gives", rule.name);
                let help = format!(
                    "add `grant {{ {} }}`",
                    grant.fields.iter().map(|field| format!("{}: …", field.name)).collect::<Vec<_>>().join(", ")
                );
                self.report(Diagnostic::error(codes::INVALID_GRANT, declared.name.span, message).help(help));
                return None;
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
        if !sound {
            return None;
        }
        rule.grant = values.into_iter().collect::<Option<Vec<_>>>()?;
        // What is granted of a reference value must be there to be granted.
        let mut granted = Vec::new();
        for term in &rule.grant {
            term.each_reference(&mut |id| granted.push(id));
        }
        granted.sort_unstable();
        granted.dedup();
        for id in granted {
            let condition = self.shared.condition(Condition::Loaded(id));
            rule.lines.push(Line { kind: LineKind::Implied, condition, span });
        }
        Some(())
    }

    fn grant_value(&mut self, expression: &Expr, ty: &Type, env: &mut Env) -> Option<Term> {
        let term = match (&expression.value, ty) {
            (ExprKind::If(condition, then, otherwise), _) => {
                self.chosen_term(condition, then, otherwise, env, |checker, branch, env| {
                    checker.grant_value(branch, ty, env)
                })?
            }
            (ExprKind::Match(evidence, arms), _) => {
                self.matched_term(evidence, arms, expression.span, env, |checker, arm, env| {
                    checker.grant_value(arm, ty, env)
                })?
            }
            (ExprKind::Set(elements), Type::Set(element)) => self.granted_set(elements, element, ty, env)?,
            (_, Type::Set(element)) => self.set_operand(expression, element, stands_for, env)?,
            _ => self.term_of(expression, ty, env)?,
        };
        self.grantable(&term, expression.span)?;
        Some(term)
    }

    fn granted_set(&mut self, elements: &[Expr], element: &Type, ty: &Type, env: &mut Env) -> Option<Term> {
        let terms: Vec<Option<Term>> = elements.iter().map(|each| self.grant_value(each, element, env)).collect();
        let terms = terms.into_iter().collect::<Option<Vec<_>>>()?;
        let constants = terms.iter().map(|term| match &term.kind {
            TermKind::Constant(value) => Some(value.clone()),
            _ => None,
        });
        Some(match constants.collect::<Option<Vec<_>>>() {
            Some(values) => Term::constant(Value::set(values), ty.clone()),
            None => Term { kind: TermKind::Set(terms), ty: ty.clone() },
        })
    }

    /// Refuses values that a decision could not give without memory of its own, or that time alone could change.
    fn grantable(&mut self, term: &Term, span: Span) -> Option<()> {
        match &term.kind {
            TermKind::Constant(_) | TermKind::Place(_) | TermKind::Reference(_) => Some(()),
            TermKind::Arithmetic(_, left, right) => {
                self.grantable(left, span)?;
                self.grantable(right, span)
            }
            TermKind::Set(elements) => elements.iter().try_for_each(|element| self.grantable(element, span)),
            TermKind::If(condition, then, otherwise) => {
                if may_change(condition) {
                    self.report(
                        Diagnostic::error(
                            codes::INVALID_GRANT,
                            span,
                            "what is granted would change with the clock or the reference values",
                        )
                        .help("write a permit for each case: the condition belongs in its `where` or `require`"),
                    );
                    return None;
                }
                if counts(condition) {
                    self.report(
                        Diagnostic::error(
                            codes::INVALID_GRANT,
                            span,
                            "what is granted is not chosen by a count, `any` or `all`",
                        )
                        .help("write a permit for each case: the condition belongs in its `where` or `require`"),
                    );
                    return None;
                }
                self.grantable(then, span)?;
                self.grantable(otherwise, span)
            }
            TermKind::Slice(..) | TermKind::Hash(..) => {
                self.report(
                    Diagnostic::error(codes::INVALID_GRANT, span, "a digest or a part of bytes cannot be granted")
                        .help("grant the field itself, and compute with it where the grant is used"),
                );
                None
            }
        }
    }
}

/// Whether the truth of a condition can change within a session's call: by the clock, or by other reference values.
fn may_change(condition: &Condition) -> bool {
    let mut reads_reference = false;
    condition.each_reference(&mut |_| reads_reference = true);
    reads_reference || reads_clock(condition)
}

/// Whether a condition walks a list, which takes memory that reading a grant does not have.
fn counts(condition: &Condition) -> bool {
    matches!(condition, Condition::Count(_)) || condition.parts().iter().any(counts)
}

fn reads_clock(condition: &Condition) -> bool {
    matches!(condition, Condition::Age(..) | Condition::Before(_)) || condition.parts().iter().any(reads_clock)
}
