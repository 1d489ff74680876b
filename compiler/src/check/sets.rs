//! Sets as a whole: `subset_of`, and sets that are equal.

use super::declare::is_comparable;
use super::env::Env;
use super::membership::{Container, element_term, some_element};
use super::term::{Fits, same_shape, source};
use super::{Checker, predicate};
use crate::checked::{Condition, Term, TermKind};
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind};

impl Checker<'_> {
    /// `a subset_of b`
    pub(super) fn subset(&mut self, left: &Expr, right: &Expr, env: &mut Env) -> Option<Condition> {
        let span = left.span.to(right.span);
        if let ExprKind::Set(elements) = &left.value {
            if elements.is_empty() {
                return self.error(codes::IMPOSSIBLE, left.span, "an empty set is a part of every set");
            }
            return self.all_in(elements, right, span, env);
        }
        let inner = self.set_or_value(left, env)?;
        match inner.ty.clone() {
            Type::Cidr => {
                let outer = self.set_or_value(right, env)?;
                if outer.ty != Type::Cidr {
                    return self.mismatch(right, &Type::Cidr, &outer.ty);
                }
                self.inside(inner, outer, span)
            }
            Type::List(element, most) => {
                if !is_comparable(&element) {
                    let shown = self.show(&element);
                    let message = format!("a `{shown}` is no element of a set");
                    return self.error(codes::NO_OPERATOR, left.span, message);
                }
                let variable = self.next_variable(env, most, span)?;
                let outer = self.set_operand(right, &element, same_shape, env)?;
                self.settled(vec![inner, outer], span, &mut |_, terms, _| {
                    let [list, outer] = <[Term; 2]>::try_from(terms).ok()?;
                    let TermKind::Place(list) = list.kind else { return None };
                    let element = element_term(variable, &element);
                    let inside = match outer.kind {
                        TermKind::Constant(Value::Set(values)) => Condition::In(element, values),
                        _ => Condition::InSet(element, outer),
                    };
                    let outside = some_element(list, most, variable, Condition::Not(Box::new(inside)));
                    Some(Condition::Not(Box::new(outside)))
                })
            }
            Type::Set(element) => {
                let outer = self.set_operand(right, &element, same_shape, env)?;
                self.settled(vec![inner, outer], span, &mut |_, terms, _| {
                    let [inner, outer] = <[Term; 2]>::try_from(terms).ok()?;
                    Some(Condition::Subset(inner, outer))
                })
            }
            other => {
                let shown = self.show(&other);
                self.error(codes::NO_OPERATOR, left.span, format!("a `{shown}` is no set"))
            }
        }
    }

    /// `{ a, b } subset_of c`: each is in it.
    fn all_in(&mut self, elements: &[Expr], right: &Expr, span: Span, env: &mut Env) -> Option<Condition> {
        // Each side is read once. What has no type of its own gets it from the container, which may get it from an element that has one.
        let mut terms = Vec::with_capacity(elements.len());
        for element in elements {
            let waits = self.needs_context(element, env);
            terms.push(if waits { None } else { Some(self.element(element, env)?) });
        }
        let typed = elements.iter().zip(&terms).find_map(|(element, term)| Some((element, term.clone()?)));
        let (container, of_typed) = match typed {
            Some((element, term)) => (self.container(element, &term, right, env)?, Some(term.ty)),
            None => (Container::Value(self.set_or_value(right, env)?), None),
        };
        let copied = match &container {
            Container::Written(elements) => elements.iter().map(|(term, _)| predicate::term_size(term)).sum(),
            Container::Value(value) => predicate::term_size(value),
        };
        self.spend(elements.len().saturating_mul(copied), span)?;
        let mut each = Vec::with_capacity(elements.len());
        for (element, term) in elements.iter().zip(terms) {
            each.push(match (&container, &of_typed, term) {
                (Container::Written(_), Some(ty), Some(term)) if !same_shape(&term.ty, ty) => {
                    self.mismatch(element, ty, &term.ty)
                }
                (_, _, Some(term)) => self.in_container(term, element, &container, right, span, env),
                (Container::Written(_), Some(ty), None) => {
                    let term = self.term_of(element, ty, env);
                    term.and_then(|term| self.in_container(term, element, &container, right, span, env))
                }
                (Container::Value(value), _, None) => self.in_value_of(element, value.clone(), right, span, env),
                // Without an element that has a type nothing is read as written out.
                (Container::Written(_), None, None) => None,
            });
        }
        Some(Condition::And(each.into_iter().collect::<Option<Vec<_>>>()?))
    }

    /// `a == b` and `a != b` of sets, of which one may be written out.
    pub(super) fn set_equality(&mut self, op: BinaryOp, left: &Expr, right: &Expr, env: &mut Env) -> Option<Condition> {
        let span = left.span.to(right.span);
        let (written, other) = match (&left.value, &right.value) {
            (ExprKind::Set(_), ExprKind::Set(_)) => {
                let message = "both sides are written out: this always gives the same answer";
                return self.error(codes::IMPOSSIBLE, span, message);
            }
            (ExprKind::Set(_), _) => (left, right),
            _ => (right, left),
        };
        let other_term = self.set_or_value(other, env)?;
        let Type::Set(element) = other_term.ty.clone() else {
            return self.value_beside_set(&other_term, other, written, env);
        };
        if !matches!(written.value, ExprKind::Set(_)) {
            let term = self.set_or_value(written, env)?;
            return match &term.ty {
                Type::Set(found) if same_shape(found, &element) => self.equal_sets(op, other_term, term, span),
                Type::Set(_) => self.mismatch(written, &other_term.ty, &term.ty),
                _ => self.value_beside_set(&term, written, other, env),
            };
        }
        let term = self.set_operand(written, &element, same_shape, env)?;
        self.equal_sets(op, other_term, term, span)
    }

    /// Whether two sets are equal, or not: each is a part of the other.
    pub(super) fn equal_sets(&mut self, op: BinaryOp, left: Term, right: Term, span: Span) -> Option<Condition> {
        if left == right {
            let message = "both sides are the same value: this always gives the same answer";
            return self.error(codes::IMPOSSIBLE, span, message);
        }
        self.settled(vec![left, right], span, &mut |_, terms, _| {
            let [left, right] = <[Term; 2]>::try_from(terms).ok()?;
            let parts = [(left.clone(), right.clone()), (right, left)];
            // Nothing is a part of every set: to be equal to it is to be a part of it.
            let mut parts: Vec<Condition> = parts
                .into_iter()
                .filter(|(part, _)| part.kind != TermKind::Constant(Value::set(Vec::new())))
                .map(|(part, whole)| Condition::Subset(part, whole))
                .collect();
            let same = if parts.len() == 1 { parts.remove(0) } else { Condition::And(parts) };
            Some(if op == BinaryOp::Ne { Condition::Not(Box::new(same)) } else { same })
        })
    }

    /// Refuses one value that is compared with a set.
    fn value_beside_set(&mut self, term: &Term, value: &Expr, set: &Expr, env: &Env) -> Option<Condition> {
        if let (Type::Enum(id), ExprKind::Name(name)) = (&term.ty, &set.value)
            && self.case(*id, name).is_some()
        {
            self.unambiguous(name, "case", *id, set.span, env)?;
        }
        let (value, name) = (source(value), source(set));
        let message = match &set.value {
            ExprKind::Set(_) => "this is a set, not one value".to_owned(),
            _ => format!("`{name}` is a set, not one value"),
        };
        let name = if matches!(set.value, ExprKind::Set(_)) { "{ … }".to_owned() } else { name };
        self.report(
            Diagnostic::error(codes::TYPE_MISMATCH, set.span, message)
                .help(format!("ask for membership: `{value} in {name}`")),
        );
        None
    }

    /// A set with elements that fit this type: written out of constants, or a field, a reference value, a name for one, or chosen.
    pub(super) fn set_operand(&mut self, expression: &Expr, element: &Type, fits: Fits, env: &mut Env) -> Option<Term> {
        let ty = Type::Set(Box::new(element.clone()));
        if let ExprKind::Set(elements) = &expression.value {
            let mut values = Vec::with_capacity(elements.len());
            for each in elements {
                match self.term_of(each, element, env)?.kind {
                    TermKind::Constant(value) => values.push(value),
                    _ => {
                        self.report(
                            Diagnostic::error(
                                codes::TYPE_MISMATCH,
                                each.span,
                                "this set is of written-out values only",
                            )
                            .help("ask for a field's value by itself: `x == field or x in { … }`"),
                        );
                        return None;
                    }
                }
            }
            return Some(Term::constant(Value::set(values), ty));
        }
        let term = self.set_or_value(expression, env)?;
        match &term.ty {
            Type::Set(found) if fits(found, element) => Some(term),
            Type::List(..) => {
                self.report(
                    Diagnostic::error(codes::NO_OPERATOR, expression.span, "a list is no set")
                        .help("ask of its elements: `all x in xs: …`, or declare the field as a `Set`"),
                );
                None
            }
            found => {
                let found = found.clone();
                self.mismatch(expression, &ty, &found)
            }
        }
    }
}
