//! Conditions: how they are joined, and what each lets the next one rely on.

use crate::Author;
use crate::build::{all_of, any_of, binary, call, choose, int, is, node, not, present, variable};
use crate::model::Ty;
use crate::scope::Scope;
use atbac_grammar::syntax::{Arm, BinaryOp, Expr, ExprKind};

/// Bounds within which arithmetic certainly fits.
const SMALL: [i64; 4] = [1_000_000, 1000, 10, 100];

impl Author<'_, '_> {
    /// Any condition, so many levels deep at the most.
    pub(crate) fn condition(&mut self, scope: &Scope, depth: u32) -> Expr {
        if depth == 0 {
            return self.question_about_any(scope, 0);
        }
        let depth = depth - 1;
        match self.tape.below(16) {
            0..=4 => self.question_about_any(scope, depth),
            5 | 6 => {
                let mut scope = scope.clone();
                let mut operands: Vec<Expr> = self.narrowed(&mut scope).into_iter().collect();
                for _ in 0..=1 + self.tape.below(2) {
                    operands.push(self.condition(&scope, depth));
                    scope.learnt_from(&operands[operands.len() - 1]);
                }
                all_of(operands)
            }
            7 | 8 => {
                let mut inner = scope.clone();
                let narrowed = self.narrowed(&mut inner);
                let mut operands: Vec<Expr> = narrowed.into_iter().map(not).collect();
                for _ in 0..=1 + self.tape.below(2) {
                    operands.push(self.condition(&inner, depth));
                    inner.learnt_from(&operands[operands.len() - 1]);
                }
                any_of(operands)
            }
            9 => not(self.condition(scope, depth)),
            10 => {
                let mut inner = scope.clone();
                let left = self.narrowed(&mut inner).unwrap_or_else(|| self.condition(scope, 0));
                inner.learnt_from(&left);
                binary(BinaryOp::Implies, left, self.condition(&inner, depth))
            }
            11 => self.chosen_condition(scope, depth),
            12 => {
                let op = *self.tape.one_of(&[BinaryOp::Eq, BinaryOp::Ne]);
                let left = if self.tape.one_in(3) { self.kind_of_any(scope) } else { None };
                let left = left.unwrap_or_else(|| not(self.condition(scope, 0)));
                binary(op, left, self.condition(scope, depth.min(1)))
            }
            13 => self.matched(scope, depth).unwrap_or_else(|| self.question_about_any(scope, depth)),
            14 => self.called(scope).unwrap_or_else(|| self.question_about_any(scope, depth)),
            _ => self.walked(scope, depth).unwrap_or_else(|| self.question_about_any(scope, depth)),
        }
    }

    /// `if c then a else b`
    fn chosen_condition(&mut self, scope: &Scope, depth: u32) -> Expr {
        let mut then = scope.clone();
        let narrowed = self.narrowed(&mut then);
        // What is known of the other kinds of a union is not followed up.
        let mut otherwise = scope.clone();
        otherwise.values.retain(|known| !matches!(known.ty, Ty::Union(_)));
        let condition = narrowed.unwrap_or_else(|| self.condition(scope, 0));
        then.learnt_from(&condition);
        let then = self.condition(&then, depth);
        choose(condition, then, self.condition(&otherwise, depth))
    }

    /// A condition after which more is known: something is present, of a kind, or within bounds. The scope then knows it.
    pub(crate) fn narrowed(&mut self, scope: &mut Scope) -> Option<Expr> {
        let at = self.one_of_those(scope, |known| match known.ty {
            Ty::Optional(_) | Ty::Union(_) => true,
            Ty::Int => known.range.is_none(),
            _ => false,
        })?;
        let known = scope.values[at].clone();
        match &known.ty {
            Ty::Optional(inner) => {
                scope.remove(&known.key);
                scope.add(&self.world, known.expr.clone(), (**inner).clone(), known.key);
                Some(present(known.expr))
            }
            Ty::Union(kinds) => {
                let kind = *self.tape.one_of(kinds);
                scope.remove(&known.key);
                scope.add(&self.world, known.expr.clone(), Ty::Struct(kind), known.key);
                Some(is(known.expr, &self.world.structs[kind].name))
            }
            _ => Some(self.bounded(scope, at)),
        }
    }

    /// A condition that bounds an integer.
    fn bounded(&mut self, scope: &mut Scope, at: usize) -> Expr {
        let known = scope.values[at].clone();
        let most = *self.tape.one_of(&SMALL);
        let (least, condition) = match self.tape.below(4) {
            0 => (0, self.between(&known.expr, BinaryOp::Ge, 0, BinaryOp::Le, most)),
            1 => (-most, self.between(&known.expr, BinaryOp::Gt, -most - 1, BinaryOp::Lt, most + 1)),
            2 => {
                let values = node(ExprKind::Set(vec![int(most), int(1), int(0)]));
                (0, binary(BinaryOp::In, known.expr.clone(), values))
            }
            _ => {
                // The other side of what is asked for.
                let outside = any_of(vec![
                    binary(BinaryOp::Gt, known.expr.clone(), int(most)),
                    binary(BinaryOp::Gt, int(0), known.expr.clone()),
                ]);
                (0, not(outside))
            }
        };
        scope.values[at].range = Some((least.into(), most.into()));
        condition
    }

    fn between(&mut self, value: &Expr, low: BinaryOp, least: i64, high: BinaryOp, most: i64) -> Expr {
        let low = binary(low, value.clone(), int(least));
        all_of(vec![low, binary(high, value.clone(), int(most))])
    }

    /// `e is Snp` where nothing follows from it.
    fn kind_of_any(&mut self, scope: &Scope) -> Option<Expr> {
        let at = self.one_of_those(scope, |known| matches!(known.ty, Ty::Union(_)))?;
        let Ty::Union(kinds) = &scope.values[at].ty else { return None };
        let kind = *self.tape.one_of(kinds);
        Some(is(scope.values[at].expr.clone(), &self.world.structs[kind].name))
    }

    /// `match e { Snp s => …, Tdx t => … }` of conditions.
    fn matched(&mut self, scope: &Scope, depth: u32) -> Option<Expr> {
        let at = self.one_of_those(scope, |known| matches!(known.ty, Ty::Union(_)))?;
        Some(self.arms(scope, at, |author, scope, _| author.condition(scope, depth)))
    }

    /// The arms of a `match` over a union in scope, each of which sees its kind of it.
    pub(crate) fn arms(
        &mut self,
        scope: &Scope,
        at: usize,
        mut body: impl FnMut(&mut Self, &Scope, &str) -> Expr,
    ) -> Expr {
        let matched = scope.values[at].clone();
        let Ty::Union(kinds) = &matched.ty else { return matched.expr };
        let mut arm = |author: &mut Self, kind: usize| {
            let variable_name = author.fresh("m");
            let mut inner = scope.clone();
            inner.remove(&matched.key);
            inner.add(&author.world, variable(&variable_name), Ty::Struct(kind), matched.key.clone());
            let body = body(author, &inner, &variable_name);
            let ty = crate::build::name(&author.world.structs[kind].name);
            Arm { ty, variable: crate::build::name(variable_name), body }
        };
        let arms = kinds.clone().into_iter().map(|kind| arm(self, kind)).collect();
        node(ExprKind::Match(Box::new(matched.expr.clone()), arms))
    }

    /// A call of a predicate whose parameters can all be given.
    fn called(&mut self, scope: &Scope) -> Option<Expr> {
        if scope.timeless
            || self.world.predicates.is_empty()
            || scope.depth > 0 && scope.in_predicate
            || scope.depth > 2
        {
            return None;
        }
        let predicate = self.tape.one_of(&self.world.predicates).clone();
        let mut arguments = Vec::new();
        for ty in &predicate.parameters {
            arguments.push(self.argument(scope, ty)?);
        }
        Some(call(&predicate.name, arguments))
    }

    fn argument(&mut self, scope: &Scope, ty: &Ty) -> Option<Expr> {
        // Bytes of a fixed length stand for bytes of any.
        let given = self.one_of_those(scope, |known| known.ty == *ty || *ty == Ty::Bytes && known.ty.is_bytes());
        let can_be_written = ty.is_comparable() || matches!(ty, Ty::Set(_));
        match given {
            Some(at) if !can_be_written || !self.tape.one_in(4) => Some(scope.values[at].expr.clone()),
            _ if matches!(ty, Ty::Set(_)) && self.tape.one_in(2) => {
                Some(self.reference(scope, ty).unwrap_or_else(|| self.literal(ty)))
            }
            _ if can_be_written => Some(self.literal(ty)),
            _ => None,
        }
    }

    /// One of the values in scope for which this holds, by position.
    pub(crate) fn one_of_those(
        &mut self,
        scope: &Scope,
        holds: impl FnMut(&crate::scope::Known) -> bool,
    ) -> Option<usize> {
        let found = scope.which(holds);
        if found.is_empty() { None } else { Some(*self.tape.one_of(&found)) }
    }

    /// The name of a reference value of this type.
    pub(crate) fn reference(&mut self, scope: &Scope, ty: &Ty) -> Option<Expr> {
        if scope.timeless {
            return None;
        }
        let fitting: Vec<&String> =
            self.world.references.iter().filter(|(_, known)| known == ty).map(|(name, _)| name).collect();
        if fitting.is_empty() { None } else { Some(variable((*self.tape.one_of(&fitting)).clone())) }
    }
}
