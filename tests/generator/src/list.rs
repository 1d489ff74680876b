//! What is asked of lists: of some element, of every one, of how many.

use crate::Author;
use crate::build::{binary, int, node, not, quantified};
use crate::model::Ty;
use crate::scope::{Known, Scope};
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind, Quantifier};

/// The language allows lists four deep; membership in a list is one more of them.
const DEEPEST: usize = 3;

impl Author<'_, '_> {
    /// A condition on the elements of some list in scope.
    pub(crate) fn walked(&mut self, scope: &Scope, depth: u32) -> Option<Expr> {
        let at = self.one_of_those(scope, |known| matches!(known.ty, Ty::List(..)))?;
        Some(self.about_list(scope, &scope.values[at].clone(), depth))
    }

    pub(crate) fn about_list(&mut self, scope: &Scope, known: &Known, depth: u32) -> Expr {
        let Ty::List(element, most) = &known.ty else { return known.expr.clone() };
        let deepest = if scope.in_predicate { 1 } else { DEEPEST };
        if scope.timeless || scope.depth >= deepest {
            return node(ExprKind::Bool(self.tape.one_in(2)));
        }
        let list = known.expr.clone();
        match self.tape.below(8) {
            0 | 1 => {
                let quantifier = *self.tape.one_of(&[Quantifier::Any, Quantifier::All]);
                let (name, condition) = self.of_element(scope, element, depth);
                quantified(quantifier, &name, list, condition)
            }
            2 if element.is_comparable() => {
                let value = self.literal_or_parameter(scope, element);
                binary(BinaryOp::Contains, list, value)
            }
            3 if element.is_comparable() => {
                let whole = Ty::Set(element.clone());
                let outer = self.reference(scope, &whole).filter(|_| self.tape.one_in(2));
                let outer = outer.unwrap_or_else(|| self.literal(&whole));
                binary(BinaryOp::SubsetOf, list, outer)
            }
            4 if most <= &4 => {
                let (count, _) = self.count(scope, known, depth);
                let lists = scope.which(|other| matches!(other.ty, Ty::List(_, most) if most <= 4));
                let other = scope.values[*self.tape.one_of(&lists)].clone();
                let (other, _) = self.count(scope, &other, 0);
                binary(self.comparison(), count, other)
            }
            5 if !scope.counts.is_empty() => {
                let (count, most) = self.tape.one_of(&scope.counts).clone();
                self.compared_count(scope, count, most)
            }
            _ => {
                let (count, most) = self.count(scope, known, depth);
                self.compared_count(scope, count, most)
            }
        }
    }

    /// A condition on an element, with the name that stands for it.
    fn of_element(&mut self, scope: &Scope, element: &Ty, depth: u32) -> (String, Expr) {
        let (name, variable) = self.fresh_variable();
        let mut inner = scope.clone();
        inner.depth += 1;
        inner.add(&self.world, variable, element.clone(), name.clone());
        let own = Scope { values: Vec::new(), ..inner.clone() };
        let mut own = own;
        own.add_named(&self.world, &name, element.clone());
        // Mostly about the element itself.
        let condition =
            if self.tape.one_in(3) { self.condition(&inner, depth.min(2)) } else { self.condition(&own, depth.min(2)) };
        (name, condition)
    }

    /// `count(x in xs where P)`, with the greatest that it can be.
    pub(crate) fn count(&mut self, scope: &Scope, known: &Known, depth: u32) -> (Expr, u32) {
        let Ty::List(element, most) = &known.ty else { return (known.expr.clone(), 0) };
        let list = Box::new(known.expr.clone());
        let (name, condition) = self.of_element(scope, element, depth);
        let condition = if self.tape.one_in(5) { None } else { Some(Box::new(condition)) };
        let mut own = Scope::default();
        own.add_named(&self.world, &name, (**element).clone());
        let distinct = match self.one_of_those(&own, |known| known.ty.is_comparable()) {
            Some(at) if self.tape.one_in(3) => {
                let value = own.values[at].clone();
                Some(Box::new(match value.ty.length() {
                    Some(length) if length > 2 && self.tape.one_in(3) => {
                        node(ExprKind::Slice(Box::new(value.expr), Box::new([node(0), node(2)])))
                    }
                    _ => value.expr,
                }))
            }
            _ => None,
        };
        let variable = Box::new(crate::build::name(name));
        (node(ExprKind::Count { distinct, variable, list, condition }), *most)
    }

    /// A count compared with a number that it can be, and can fail to be.
    fn compared_count(&mut self, scope: &Scope, count: Expr, most: u32) -> Expr {
        let op = self.comparison();
        let most = most as usize;
        let bound = match op {
            BinaryOp::Ge | BinaryOp::Lt => 1 + self.tape.below(most),
            BinaryOp::Gt | BinaryOp::Le => self.tape.below(most),
            _ => self.tape.below(most + 1),
        };
        let bound = match self.tape.below(6) {
            4 => self.reference(scope, &Ty::Int).unwrap_or_else(|| int(bound as i64)),
            5 => match self.one_of_those(scope, |known| known.ty == Ty::Int) {
                Some(at) => scope.values[at].expr.clone(),
                None => int(bound as i64),
            },
            _ => int(bound as i64),
        };
        let compared = binary(op, count, bound);
        if self.tape.one_in(6) { not(compared) } else { compared }
    }

    fn comparison(&mut self) -> BinaryOp {
        *self.tape.one_of(&[BinaryOp::Ge, BinaryOp::Le, BinaryOp::Eq, BinaryOp::Ne, BinaryOp::Gt, BinaryOp::Lt])
    }
}
