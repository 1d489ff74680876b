//! Conditions: what can be true, and how conditions are joined. What is asked of values is in `compare`, `membership`, `text` and `list`.

use super::Checker;
use super::env::{Binding, Env};
use crate::checked::{Condition, TermKind};
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind, Name};

impl Checker<'_> {
    /// The condition that an expression states.
    pub(super) fn condition(&mut self, expression: &Expr, env: &mut Env) -> Option<Condition> {
        let span = expression.span;
        match &expression.value {
            ExprKind::Bool(value) => Some(Condition::Constant(*value)),
            ExprKind::Not(inner) => Some(Condition::Not(Box::new(self.condition(inner, env)?))),
            ExprKind::Binary(op, left, right) => match op.value {
                BinaryOp::And | BinaryOp::Or => self.chain(op.value, expression, env),
                BinaryOp::Implies => {
                    let left = self.condition(left, env);
                    let right = self.assuming(left.as_ref(), true, env, |checker, env| checker.condition(right, env));
                    Some(Condition::Or(vec![Condition::Not(Box::new(left?)), right?]))
                }
                BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                    self.comparison(op.value, left, right, span, env)
                }
                BinaryOp::In => self.membership(left, right, span, env),
                BinaryOp::Matches => self.matches(left, right, env),
                BinaryOp::StartsWith | BinaryOp::EndsWith | BinaryOp::Contains => {
                    self.holding(op.value, left, right, span, env)
                }
                BinaryOp::SubsetOf => self.subset(left, right, env),
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                    self.error(codes::TYPE_MISMATCH, span, "expected a condition, found a number")
                }
            },
            ExprKind::IsType(place, kind) => self.is_type(place, kind, env),
            ExprKind::IsPresent(inner) => {
                let (place, ty) = self.place(inner, env)?;
                if !matches!(ty, Type::Optional(_)) {
                    let message = "this value is never absent";
                    return self.error(codes::IMPOSSIBLE, inner.span, message);
                }
                Some(Condition::Present(place))
            }
            ExprKind::Quantifier { quantifier, variable, list, condition } => {
                self.quantifier(*quantifier, variable, list, condition, span, env)
            }
            ExprKind::Call(path, arguments) if !is_builtin(path.value.as_slice()) => self.call(path, arguments, env),
            ExprKind::If(condition, then, otherwise) => self.chosen_condition(condition, then, otherwise, env),
            ExprKind::Match(evidence, arms) => self.matched_condition(evidence, arms, span, env),
            ExprKind::Name(name) if name == "permitted" && env.in_invariant => {
                if !env.variables.is_empty() {
                    return self.error(
                        codes::TYPE_MISMATCH,
                        span,
                        "`permitted` is about the whole call: ask it outside the count",
                    );
                }
                Some(Condition::Permitted)
            }
            ExprKind::Name(name) if matches!(env.binding(name), Some(Binding::Condition(_))) => {
                match env.binding(name) {
                    Some(Binding::Condition(condition)) => self.put_inside(condition, env, span),
                    _ => None,
                }
            }
            _ => {
                let term = self.term(expression, env)?;
                if term.ty != Type::Bool {
                    let shown = self.show(&term.ty);
                    return self.error(codes::TYPE_MISMATCH, span, format!("expected a condition, found `{shown}`"));
                }
                self.settled(vec![term], span, &mut |_, mut terms, _| {
                    let term = terms.pop()?;
                    Some(match term.kind {
                        TermKind::Constant(Value::Bool(value)) => Condition::Constant(value),
                        _ => Condition::Holds(term),
                    })
                })
            }
        }
    }

    /// Whether an expression states a condition, rather than having a value.
    pub(super) fn states_condition(&self, expression: &Expr, env: &Env) -> bool {
        match &expression.value {
            ExprKind::Not(_) | ExprKind::IsType(..) | ExprKind::IsPresent(_) | ExprKind::Quantifier { .. } => true,
            ExprKind::Binary(op, ..) => super::compute::operation(op.value).is_none(),
            ExprKind::Call(path, _) => !is_builtin(path.value.as_slice()),
            ExprKind::If(_, then, otherwise) => {
                self.states_condition(then, env) || self.states_condition(otherwise, env)
            }
            ExprKind::Match(_, arms) => arms.iter().any(|arm| self.states_condition(&arm.body, env)),
            ExprKind::Name(name) => {
                matches!(env.binding(name), Some(Binding::Condition(_))) || name == "permitted" && env.in_invariant
            }
            _ => false,
        }
    }

    /// `a and b and c`, or the same with `or`: the operands in a row, however deep the tree leans to the left.
    fn chain(&mut self, op: BinaryOp, expression: &Expr, env: &mut Env) -> Option<Condition> {
        let mut operands = Vec::new();
        let mut rest = expression;
        while let ExprKind::Binary(found, left, right) = &rest.value
            && found.value == op
        {
            operands.push(&**right);
            rest = left;
        }
        operands.push(rest);
        operands.reverse();
        let mark = env.mark();
        let mut conditions = Vec::with_capacity(operands.len());
        for operand in operands {
            let condition = self.condition(operand, env);
            if let Some(condition) = &condition {
                env.learn(condition, op == BinaryOp::And);
            }
            conditions.push(condition);
        }
        env.forget(mark);
        let conditions = conditions.into_iter().collect::<Option<Vec<_>>>()?;
        Some(if op == BinaryOp::And { Condition::And(conditions) } else { Condition::Or(conditions) })
    }

    fn is_type(&mut self, expression: &Expr, kind: &Name, env: &mut Env) -> Option<Condition> {
        let (place, ty) = self.present_place(expression, env)?;
        let id = self.struct_named(env.file, kind)?;
        match &ty {
            Type::Union(kinds) if kinds.contains(&id) => Some(Condition::Is(place, id)),
            Type::Union(kinds) => {
                let names: Vec<String> = kinds.iter().map(|kind| self.schema.structure(*kind).name.clone()).collect();
                let message = format!("this is never `{}`: it is {}", kind.value, super::listed(names));
                self.error(codes::IMPOSSIBLE, expression.span.to(kind.span), message)
            }
            Type::Struct(only) if *only == id => {
                self.error(codes::IMPOSSIBLE, expression.span.to(kind.span), format!("this is always `{}`", kind.value))
            }
            other => {
                let shown = self.show(other);
                self.error(
                    codes::TYPE_MISMATCH,
                    expression.span,
                    format!("`is` asks which kind of evidence something is; this is of type `{shown}`"),
                )
            }
        }
    }
}

/// The functions that are not predicates.
fn is_builtin(path: &[Name]) -> bool {
    matches!(path, [name] if matches!(name.value.as_str(), "age" | "verified_at" | "sha256" | "sha384" | "sha512"))
}
