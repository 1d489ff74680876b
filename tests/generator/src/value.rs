//! Values beside the one that is asked about: literals, other values, references, and what is computed or chosen.

use crate::Author;
use crate::build::{binary, call, choose, duration, int, node, variable};
use crate::model::Ty;
use crate::scope::{Known, Range, Scope};
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind};

/// How the key of a computed value begins that a `let` gave a name to: the same may be written out again, and is then the same value.
pub(crate) const COMPUTED: &str = "=";

/// A number with what it is known to be between.
#[derive(Clone)]
pub(crate) struct Number {
    pub(crate) expr: Expr,
    pub(crate) ty: Ty,
    range: Range,
}

impl Author<'_, '_> {
    /// A value that can be compared with a known one, and is another.
    pub(crate) fn beside(&mut self, scope: &Scope, known: &Known) -> Expr {
        let ty = &known.ty;
        match self.tape.below(9) {
            0..=2 => self.literal_or_parameter(scope, ty),
            // A name for a reference is that reference.
            3 if !known.key.starts_with(COMPUTED) => self.reference(scope, ty).unwrap_or_else(|| self.literal(ty)),
            4 | 5 => match self.one_of_those(scope, |other| other.key != known.key && other.ty.compares_with(ty)) {
                Some(at) => scope.values[at].expr.clone(),
                None => self.literal(ty),
            },
            6 => self.computed(scope, known).unwrap_or_else(|| self.literal(ty)),
            7 => self.chosen(scope, known),
            _ => self.matched_value(scope, known).unwrap_or_else(|| self.literal(ty)),
        }
    }

    /// A literal, or a parameter of the template around.
    pub(crate) fn literal_or_parameter(&mut self, scope: &Scope, ty: &Ty) -> Expr {
        let fitting: Vec<&Expr> =
            scope.parameters.iter().filter(|(known, ..)| known == ty).map(|(_, parameter, _)| parameter).collect();
        if !fitting.is_empty() && !self.tape.one_in(4) {
            return (*self.tape.one_of(&fitting)).clone();
        }
        self.literal(ty)
    }

    /// `if c then a else b`: both written out, or one or both in scope and of the very type.
    fn chosen(&mut self, scope: &Scope, known: &Known) -> Expr {
        let condition = self.question_about_any(scope, 0);
        let others = scope.which(|other| other.key != known.key && other.ty == known.ty);
        let mut arm = || {
            if others.is_empty() || self.tape.one_in(2) {
                return self.literal(&known.ty);
            }
            scope.values[*self.tape.one_of(&others)].expr.clone()
        };
        let (then, otherwise) = (arm(), arm());
        choose(condition, then, otherwise)
    }

    /// `match e { A a => a.x, B b => … }`: each arm a claim of the type, or something written out.
    fn matched_value(&mut self, scope: &Scope, known: &Known) -> Option<Expr> {
        let at = self.one_of_those(scope, |other| matches!(other.ty, Ty::Union(_)))?;
        let ty = known.ty.clone();
        let matched = scope.values[at].key.clone();
        let key = known.key.clone();
        Some(self.arms(scope, at, |author, inner, _| {
            let inside = format!("{matched}.");
            let of_arm = |other: &Known| other.ty == ty && other.key != key && other.key.starts_with(&inside);
            match author.one_of_those(inner, of_arm) {
                Some(at) if author.tape.one_in(2) => inner.values[at].expr.clone(),
                _ => author.literal(&ty),
            }
        }))
    }

    /// Something that is computed: arithmetic, a part of bytes, a digest.
    fn computed(&mut self, scope: &Scope, known: &Known) -> Option<Expr> {
        match &known.ty {
            Ty::Int | Ty::Duration | Ty::Instant if !known.key.starts_with(COMPUTED) => {
                let number = self.number(scope, &known.ty, 2);
                (number.expr != known.expr).then_some(number.expr)
            }
            Ty::Digest(length @ (32 | 48 | 64)) | Ty::FixedBytes(length @ (32 | 48 | 64)) if self.tape.one_in(2) => {
                self.hashed(scope, *length)
            }
            Ty::FixedBytes(length) | Ty::Digest(length) => {
                let at = self.one_of_those(scope, |other| other.ty.length().is_some_and(|whole| whole > *length))?;
                let whole = scope.values[at].ty.length()?;
                let from = self.tape.below((whole - length) as usize + 1) as i64;
                let part = Box::new(scope.values[at].expr.clone());
                Some(node(ExprKind::Slice(part, Box::new([node(from), node(from + i64::from(*length))]))))
            }
            _ => None,
        }
    }

    /// The digest of a text or bytes in scope.
    pub(crate) fn hashed(&mut self, scope: &Scope, length: u32) -> Option<Expr> {
        let at = self.one_of_those(scope, |other| other.ty == Ty::String || other.ty.is_bytes())?;
        let function = match length {
            32 => "sha256",
            48 => "sha384",
            _ => "sha512",
        };
        Some(call(function, vec![scope.values[at].expr.clone()]))
    }

    /// A number of a type that certainly fits 64 bits.
    pub(crate) fn number(&mut self, scope: &Scope, ty: &Ty, depth: u32) -> Number {
        if depth == 0 {
            return self.plain_number(scope, ty);
        }
        let depth = depth - 1;
        let choice = self.tape.below(6);
        let (left, op, right) = match (ty, choice) {
            (_, 0) => return self.plain_number(scope, ty),
            (Ty::Instant, 1) => (Ty::Instant, BinaryOp::Sub, Ty::Duration),
            (Ty::Instant, 2) => (Ty::Duration, BinaryOp::Add, Ty::Instant),
            (Ty::Instant, _) => (Ty::Instant, BinaryOp::Add, Ty::Duration),
            (Ty::Duration, 1) => (Ty::Instant, BinaryOp::Sub, Ty::Instant),
            (Ty::Duration, 2) => (Ty::Duration, BinaryOp::Mul, Ty::Int),
            (Ty::Duration, 3) => (Ty::Int, BinaryOp::Mul, Ty::Duration),
            (_, 4) => {
                let inner = self.number(scope, ty, depth);
                let range = (-inner.range.1, -inner.range.0);
                // A literal with its sign would be another literal.
                return if fits(range) && !is_literal(&inner.expr) {
                    Number { expr: node(ExprKind::Negate(Box::new(inner.expr))), range, ..inner }
                } else {
                    inner
                };
            }
            (other, 1) => (other.clone(), BinaryOp::Mul, other.clone()),
            (other, 2) => (other.clone(), BinaryOp::Sub, other.clone()),
            (other, _) => (other.clone(), BinaryOp::Add, other.clone()),
        };
        let (left, right) = (self.number(scope, &left, depth), self.number(scope, &right, depth));
        let range = match op {
            BinaryOp::Add => (left.range.0 + right.range.0, left.range.1 + right.range.1),
            BinaryOp::Sub => (left.range.0 - right.range.1, left.range.1 - right.range.0),
            _ => product(left.range, right.range),
        };
        if fits(range) {
            Number { expr: binary(op, left.expr, right.expr), ty: ty.clone(), range }
        } else if left.ty == *ty {
            left
        } else {
            self.literal_number(ty)
        }
    }

    /// A value with a known range, or a literal.
    fn plain_number(&mut self, scope: &Scope, ty: &Ty) -> Number {
        match self.one_of_those(scope, |known| known.ty == *ty && known.range.is_some()) {
            Some(at) if !self.tape.one_in(4) => {
                let known = &scope.values[at];
                Number { expr: known.expr.clone(), ty: ty.clone(), range: known.range.unwrap_or_default() }
            }
            _ => self.literal_number(ty),
        }
    }

    fn literal_number(&mut self, ty: &Ty) -> Number {
        let (expr, value) = match ty {
            Ty::Duration => {
                let value = [1000, 60_000, 300_000][self.tape.below(3)];
                (duration(value), value)
            }
            Ty::Instant => {
                let value = crate::literal::BASE + [0, 60_000, -60_000][self.tape.below(3)];
                (crate::build::instant(value), value)
            }
            _ => {
                let value = [1, 2, 3, 10, -1, 0][self.tape.below(6)];
                (int(value), value)
            }
        };
        Number { expr, ty: ty.clone(), range: (value.into(), value.into()) }
    }

    /// Names something for later lines, and the expression that it stands for.
    pub(crate) fn fresh(&mut self, letter: &str) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    /// A new variable of lists.
    pub(crate) fn fresh_variable(&mut self) -> (String, Expr) {
        let name = self.fresh("x");
        (name.clone(), variable(name))
    }
}

/// Whether nothing but literals stands in an expression: two sides of which both are so would always compare the same.
pub(crate) fn is_literal(expr: &Expr) -> bool {
    match &expr.value {
        ExprKind::Int(_) | ExprKind::Duration(_) | ExprKind::Instant(_) => true,
        ExprKind::Negate(inner) => is_literal(inner),
        ExprKind::Binary(_, left, right) => is_literal(left) && is_literal(right),
        _ => false,
    }
}

fn fits((least, most): Range) -> bool {
    least >= i128::from(i64::MIN) && most <= i128::from(i64::MAX)
}

fn product(left: Range, right: Range) -> Range {
    let products = [left.0 * right.0, left.0 * right.1, left.1 * right.0, left.1 * right.1];
    products.into_iter().fold((products[0], products[0]), |(least, most), each| (least.min(each), most.max(each)))
}
