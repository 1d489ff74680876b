//! What an expression asks, as a statement.

use super::query::{Reader, Scope};
use super::vocabulary::{Constant, Part, Path, Term, Vocabulary};
use crate::claims::Comparison;
use crate::condition::Condition;
use crate::finding::Place;
use regorus::unstable::{AssignOp, BoolOp, Expr, ExprRef};

impl<V: Vocabulary> Reader<'_, V> {
    /// Whether an expression, as a statement, succeeds.
    pub(crate) fn condition(&mut self, expr: &ExprRef, scope: &Scope) -> Condition {
        let place = self.module.place(expr.span());
        match &**expr {
            Expr::BoolExpr { op, lhs, rhs, .. } => {
                let comparison = match op {
                    BoolOp::Lt => Comparison::Less,
                    BoolOp::Le => Comparison::AtMost,
                    BoolOp::Eq => Comparison::Equal,
                    BoolOp::Ge => Comparison::AtLeast,
                    BoolOp::Gt => Comparison::Greater,
                    BoolOp::Ne => Comparison::Unequal,
                };
                self.compared(lhs, comparison, rhs, scope, &place)
            }
            Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } => {
                self.compared(lhs, Comparison::Equal, rhs, scope, &place)
            }
            Expr::Membership { key: None, value, collection, .. } => {
                let (value, collection) = (self.term(value, scope), self.term(collection, scope));
                self.member(&value, &collection, &place)
            }
            Expr::Call { fcn, params, .. } => {
                let name = fcn.span().text();
                match Part::named(name) {
                    Some(part) if self.module.rules(name).is_none() => self.part(part, params, scope, &place),
                    Some(_) | None => self.unknown(&place, "this function is not known here"),
                }
            }
            Expr::Var { span, .. } if !scope.contains_key(span.text()) && self.module.rules(span.text()).is_some() => {
                self.holds(span.text(), &place)
            }
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } | Expr::Bool { .. } => {
                let term = self.term(expr, scope);
                self.truthy(&term, &place)
            }
            _ => self.unknown(&place, "this form is not known here"),
        }
    }

    /// Whether a term has a value.
    pub(super) fn defined(&mut self, term: &Term, place: &Place) -> Condition {
        match term {
            Term::Constant(_) | Term::Array(_) | Term::Set(_) => Condition::Constant(true),
            Term::Path(path) | Term::Split(path) | Term::Count(path) => {
                self.vocabulary.defined(path, place, self.findings)
            }
            Term::Reference(_) => self.unknown(place, "whether a reference value exists is asked"),
            Term::Unknown => Condition::Unknown,
        }
    }

    /// Whether a term, as a statement, succeeds: it has a value, and that is not `false`.
    pub(super) fn truthy(&mut self, term: &Term, place: &Place) -> Condition {
        match term {
            Term::Constant(constant) => Condition::Constant(*constant != Constant::Bool(false)),
            Term::Path(path) => self.vocabulary.truthy(path, place, self.findings),
            Term::Array(_) | Term::Set(_) | Term::Split(_) | Term::Count(_) => self.defined(term, place),
            Term::Reference(_) => self.unknown(place, "a reference value is no condition"),
            Term::Unknown => Condition::Unknown,
        }
    }

    fn compared(
        &mut self,
        left: &ExprRef,
        comparison: Comparison,
        right: &ExprRef,
        scope: &Scope,
        place: &Place,
    ) -> Condition {
        match (self.term(left, scope), self.term(right, scope)) {
            (Term::Unknown, _) | (_, Term::Unknown) => Condition::Unknown,
            (Term::Constant(left), Term::Constant(right)) => match decided(&left, comparison, &right) {
                Some(value) => Condition::Constant(value),
                None => self.unknown(place, "two constants are compared that have no order"),
            },
            (Term::Path(path), Term::Constant(with)) => {
                self.vocabulary.compare(&path, comparison, &with, place, self.findings)
            }
            (Term::Constant(with), Term::Path(path)) => {
                self.vocabulary.compare(&path, comparison.turned(), &with, place, self.findings)
            }
            (Term::Path(path), Term::Reference(name)) => {
                self.compares(&name);
                self.vocabulary.compare_reference(&path, comparison, &name, place, self.findings)
            }
            (Term::Reference(name), Term::Path(path)) => {
                self.compares(&name);
                self.vocabulary.compare_reference(&path, comparison.turned(), &name, place, self.findings)
            }
            (Term::Path(path) | Term::Split(path), Term::Array(parts))
            | (Term::Array(parts), Term::Path(path) | Term::Split(path)) => {
                self.segments(&path, comparison, &parts, place)
            }
            (Term::Count(path), Term::Constant(Constant::Int(number))) => {
                self.vocabulary.count(&path, comparison, number, place, self.findings)
            }
            (Term::Constant(Constant::Int(number)), Term::Count(path)) => {
                self.vocabulary.count(&path, comparison.turned(), number, place, self.findings)
            }
            _ => self.unknown(place, "what is compared here is not known"),
        }
    }

    /// A list compared with one that is written out: as long, and equal in each place.
    fn segments(&mut self, path: &Path, comparison: Comparison, parts: &[Constant], place: &Place) -> Condition {
        if comparison != Comparison::Equal {
            return self.unknown(place, "two lists are compared otherwise than by `==`");
        }
        let length = i64::try_from(parts.len()).unwrap_or(i64::MAX);
        let mut all = vec![self.vocabulary.count(path, Comparison::Equal, length, place, self.findings)];
        for (at, part) in (0..).zip(parts) {
            let element = Path { element: Some(at), ..path.clone() };
            all.push(self.vocabulary.compare(&element, Comparison::Equal, part, place, self.findings));
        }
        Condition::All(all)
    }

    fn member(&mut self, value: &Term, collection: &Term, place: &Place) -> Condition {
        match (value, collection) {
            (Term::Unknown, _) | (_, Term::Unknown) => Condition::Unknown,
            (Term::Path(path), Term::Array(constants) | Term::Set(constants)) => {
                let equal = |constant| self.vocabulary.compare(path, Comparison::Equal, constant, place, self.findings);
                Condition::Any(constants.iter().map(equal).collect())
            }
            (Term::Path(path), Term::Reference(name)) => {
                self.compares(name);
                self.vocabulary.in_reference(path, name, place, self.findings)
            }
            (Term::Constant(constant), Term::Array(constants) | Term::Set(constants)) => {
                Condition::Constant(constants.contains(constant))
            }
            _ => self.unknown(place, "what is looked up here, or where, is not known"),
        }
    }

    fn part(&mut self, part: Part, params: &[ExprRef], scope: &Scope, place: &Place) -> Condition {
        let [whole, text] = params else { return self.unknown(place, "a function of two texts has other arguments") };
        match (self.term(whole, scope), self.term(text, scope)) {
            (Term::Unknown, _) | (_, Term::Unknown) => Condition::Unknown,
            (Term::Path(path), Term::Constant(Constant::Text(text))) => {
                self.vocabulary.part(&path, part, &text, place, self.findings)
            }
            _ => self.unknown(place, "this function is known of a claim and a text only"),
        }
    }
}

/// The answer to a comparison of two constants. Rego orders values of any type; only numbers and equality are decided here.
fn decided(left: &Constant, comparison: Comparison, right: &Constant) -> Option<bool> {
    match (comparison, left, right) {
        (Comparison::Equal, left, right) => Some(left == right),
        (Comparison::Unequal, left, right) => Some(left != right),
        (comparison, Constant::Int(left), Constant::Int(right)) => Some(comparison.decides(left.cmp(right))),
        _ => None,
    }
}
