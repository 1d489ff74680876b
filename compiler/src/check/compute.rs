//! Values that are computed: exact arithmetic, parts of byte strings, digests.
//!
//! Arithmetic never fails at run time: the least and the greatest that each side can be are known (from its type, and from what earlier conditions say of it), and an
//! expression whose result might not fit 64 bits is refused.

use super::env::Env;
use super::{Checker, term};
use crate::checked::{Arithmetic, Hash, Root, Term, TermKind};
use crate::time::{DURATION_RANGE, INSTANT_RANGE};
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::{Node, Span};
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind, Name};

/// The operation that an operator stands for, if it computes.
pub(super) fn operation(op: BinaryOp) -> Option<Arithmetic> {
    match op {
        BinaryOp::Add => Some(Arithmetic::Add),
        BinaryOp::Sub => Some(Arithmetic::Sub),
        BinaryOp::Mul => Some(Arithmetic::Mul),
        BinaryOp::And
        | BinaryOp::Or
        | BinaryOp::Implies
        | BinaryOp::Eq
        | BinaryOp::Ne
        | BinaryOp::Lt
        | BinaryOp::Le
        | BinaryOp::Gt
        | BinaryOp::Ge
        | BinaryOp::In
        | BinaryOp::Matches
        | BinaryOp::StartsWith
        | BinaryOp::EndsWith
        | BinaryOp::Contains
        | BinaryOp::SubsetOf => None,
    }
}

/// The hash function with this name.
pub(super) fn hash_named(name: &str) -> Option<Hash> {
    match name {
        "sha256" => Some(Hash::Sha256),
        "sha384" => Some(Hash::Sha384),
        "sha512" => Some(Hash::Sha512),
        _ => None,
    }
}

impl Checker<'_> {
    /// `a + b`, `a - b`, `a * b`
    pub(super) fn arithmetic(
        &mut self,
        operation: Arithmetic,
        left: &Expr,
        right: &Expr,
        span: Span,
        env: &mut Env,
    ) -> Option<Term> {
        let (left_term, right_term) = (self.term(left, env), self.term(right, env));
        self.combination(operation, (left_term?, left), (right_term?, right), span, env)
    }

    /// The result of an operation on two values, each with how it is written.
    fn combination(
        &mut self,
        operation: Arithmetic,
        (left_term, left): (Term, &Expr),
        (right_term, right): (Term, &Expr),
        span: Span,
        env: &Env,
    ) -> Option<Term> {
        let Some(ty) = result(operation, &left_term.ty, &right_term.ty) else {
            let (left, right) = (self.show(&left_term.ty), self.show(&right_term.ty));
            let message = format!("`{left}` {} `{right}` has no meaning", symbol(operation));
            self.report(Diagnostic::error(codes::NO_OPERATOR, span, message).help(
                "numbers, and durations among each other; an instant and a duration; an instant less another; a duration times a number",
            ));
            return None;
        };
        self.computed(vec![left_term, right_term], span, &mut |checker, terms| {
            let [left_term, right_term] = <[Term; 2]>::try_from(terms).ok()?;
            checker.fitting(operation, (left_term, left), (right_term, right), &ty, span, env)
        })
    }

    /// The result of an operation, if it is certain to fit.
    fn fitting(
        &mut self,
        operation: Arithmetic,
        (left, left_written): (Term, &Expr),
        (right, right_written): (Term, &Expr),
        ty: &Type,
        span: Span,
        env: &Env,
    ) -> Option<Term> {
        let (least, most) = combined(operation, range(&left, env), range(&right, env));
        if least < i128::from(i64::MIN) || most > i128::from(i64::MAX) {
            let sides = [(&left, left_written), (&right, right_written)];
            let is_unbounded = |term: &Term| range(term, env) == of_type(&term.ty);
            let unbounded =
                sides.iter().find(|(term, _)| matches!(term.kind, TermKind::Place(_)) && is_unbounded(term));
            let finding =
                Diagnostic::error(codes::RANGE, span, "the result may not fit in 64 bits").labelled("computed here");
            self.report(match unbounded {
                Some((term, written)) => {
                    let name = term::source(written);
                    let (least, most) = bounds_for_example(&term.ty);
                    finding.help(format!("bound it first, in the `where`, an earlier line or before `and`: `{name} >= {least} and {name} <= {most}`"))
                }
                None if sides.iter().any(|(term, _)| matches!(term.kind, TermKind::Reference(_))) => {
                    finding.help("a reference value may be any number: compare with it as it is")
                }
                None => finding.help("bound what it is computed from more tightly first"),
            });
            return None;
        }
        if let (TermKind::Constant(left), TermKind::Constant(right)) = (&left.kind, &right.kind)
            && let (Some(left), Some(right)) = (integer(left), integer(right))
        {
            return Some(Term::constant(value(operation.apply(left, right), ty), ty.clone()));
        }
        Some(Term { kind: TermKind::Arithmetic(operation, Box::new(left), Box::new(right)), ty: ty.clone() })
    }

    /// `-a`
    pub(super) fn negation(&mut self, inner: &Expr, span: Span, env: &mut Env) -> Option<Term> {
        let term = self.term(inner, env)?;
        let zero = match &term.ty {
            Type::Duration => Term::constant(Value::Duration(0), Type::Duration),
            Type::Int => Term::constant(Value::Int(0), Type::Int),
            other => {
                let shown = self.show(other);
                return self.error(
                    codes::NO_OPERATOR,
                    span,
                    format!("only numbers and durations have a negative, not `{shown}`"),
                );
            }
        };
        self.combination(Arithmetic::Sub, (zero, inner), (term, inner), span, env)
    }

    /// `e[0..32]`
    pub(super) fn slice(&mut self, inner: &Expr, from: &Node<i64>, to: &Node<i64>, env: &mut Env) -> Option<Term> {
        let term = self.term(inner, env)?;
        let length = match &term.ty {
            Type::FixedBytes(length) | Type::Digest(length) => *length,
            Type::Bytes => {
                self.report(
                    Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        inner.span,
                        "these bytes may be of any length: a part of them may not be there",
                    )
                    .help(
                        "parts are taken of `Bytes<N>` and `Digest<N>`; of any bytes ask `starts_with` or `ends_with`",
                    ),
                );
                return None;
            }
            other => {
                let shown = self.show(other);
                return self.error(
                    codes::TYPE_MISMATCH,
                    inner.span,
                    format!("parts are taken of bytes, not of `{shown}`"),
                );
            }
        };
        let span = from.span.to(to.span);
        let (Ok(begin), Ok(end)) = (u32::try_from(from.value), u32::try_from(to.value)) else {
            let message = format!("these bytes end at {length}");
            return self.error(codes::IMPOSSIBLE, span, message);
        };
        if begin >= end {
            let message = format!("from {begin} up to {end} there is no byte");
            self.report(
                Diagnostic::error(codes::IMPOSSIBLE, span, message)
                    .help("the second index is the first byte that is left out: `[0..32]` is 32 bytes"),
            );
            return None;
        }
        if end > length {
            let message = format!("these bytes end at {length}: there is no byte {}", end - 1);
            return self.error(codes::IMPOSSIBLE, span, message);
        }
        self.computed(vec![term], span, &mut |_, mut terms| {
            let term = terms.pop()?;
            let ty = Type::FixedBytes(end - begin);
            match &term.kind {
                TermKind::Constant(Value::Bytes(bytes)) => {
                    let part = bytes.get(begin as usize..end as usize)?;
                    Some(Term::constant(Value::Bytes(part.into()), ty))
                }
                _ => Some(Term { kind: TermKind::Slice(Box::new(term), begin, end), ty }),
            }
        })
    }

    /// `sha256(e)`
    pub(super) fn hash(
        &mut self,
        hash: Hash,
        name: &Name,
        arguments: &[Expr],
        span: Span,
        env: &mut Env,
    ) -> Option<Term> {
        let [argument] = arguments else {
            let message = format!("`{}` takes one text or byte string", name.value);
            return self.error(codes::TYPE_MISMATCH, span, message);
        };
        let term = match &argument.value {
            // Bytes that are written out, whose type could be several.
            ExprKind::Bytes(_, bytes) => Term::constant(Value::Bytes(bytes.as_slice().into()), Type::Bytes),
            _ => self.term(argument, env)?,
        };
        let ty = Type::Digest(match hash {
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
            Hash::Sha512 => 64,
        });
        if !matches!(term.ty, Type::String | Type::Bytes | Type::FixedBytes(_) | Type::Digest(_)) {
            let shown = self.show(&term.ty);
            let message = format!("`{}` takes a text or bytes, not `{shown}`", name.value);
            return self.error(codes::TYPE_MISMATCH, argument.span, message);
        }
        self.computed(vec![term], span, &mut |_, mut terms| {
            Some(Term { kind: TermKind::Hash(hash, Box::new(terms.pop()?)), ty: ty.clone() })
        })
    }
}

/// The type of a result, if the operation has a meaning.
fn result(operation: Arithmetic, left: &Type, right: &Type) -> Option<Type> {
    match (operation, left, right) {
        (_, Type::Int, Type::Int) => Some(Type::Int),
        (Arithmetic::Add | Arithmetic::Sub, Type::Instant, Type::Duration)
        | (Arithmetic::Add, Type::Duration, Type::Instant) => Some(Type::Instant),
        (Arithmetic::Add | Arithmetic::Sub, Type::Duration, Type::Duration)
        | (Arithmetic::Sub, Type::Instant, Type::Instant)
        | (Arithmetic::Mul, Type::Duration, Type::Int)
        | (Arithmetic::Mul, Type::Int, Type::Duration) => Some(Type::Duration),
        _ => None,
    }
}

/// The least and the greatest that a value can be.
pub(super) fn range(term: &Term, env: &Env) -> (i128, i128) {
    let (least, most) = of_type(&term.ty);
    match &term.kind {
        TermKind::Constant(constant) => match integer(constant) {
            Some(integer) => (integer.into(), integer.into()),
            None => (least, most),
        },
        TermKind::Place(place) => {
            // What is passed to a predicate may be computed, and so beyond the range of what comes from outside.
            let is_parameter = matches!(place.root, Root::Parameter(_)) && place.steps.is_empty();
            let (least, most) = if is_parameter { of_type(&Type::Int) } else { (least, most) };
            let (known_least, known_most) = env.range(place);
            (least.max(known_least.into()), most.min(known_most.into()))
        }
        TermKind::Arithmetic(operation, left, right) => combined(*operation, range(left, env), range(right, env)),
        // Choices are taken apart before anything is computed from them: nothing is known of one here.
        TermKind::If(..) | TermKind::Reference(_) | TermKind::Slice(..) | TermKind::Hash(..) | TermKind::Set(_) => {
            (least, most)
        }
    }
}

fn of_type(ty: &Type) -> (i128, i128) {
    let (least, most) = match ty {
        Type::Duration => DURATION_RANGE,
        Type::Instant => INSTANT_RANGE,
        _ => (i64::MIN, i64::MAX),
    };
    (least.into(), most.into())
}

/// Bounds as somebody may write them for a value of a type that is computed with.
fn bounds_for_example(ty: &Type) -> (&'static str, &'static str) {
    match ty {
        Type::Duration => ("0s", "30d"),
        Type::Instant => ("2000-01-01", "2099-12-31"),
        _ => ("0", "1_000_000"),
    }
}

/// The range of a result. Each side fits 64 bits, so nothing here exceeds 128.
fn combined(operation: Arithmetic, left: (i128, i128), right: (i128, i128)) -> (i128, i128) {
    match operation {
        Arithmetic::Add => (left.0 + right.0, left.1 + right.1),
        Arithmetic::Sub => (left.0 - right.1, left.1 - right.0),
        Arithmetic::Mul => {
            let products = [left.0 * right.0, left.0 * right.1, left.1 * right.0, left.1 * right.1];
            let [first, rest @ ..] = products;
            rest.into_iter().fold((first, first), |(least, most), product| (least.min(product), most.max(product)))
        }
    }
}

/// The integer that a number, duration or instant is.
pub(super) fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Int(integer) | Value::Duration(integer) | Value::Instant(integer) => Some(*integer),
        _ => None,
    }
}

fn value(integer: i64, ty: &Type) -> Value {
    match ty {
        Type::Duration => Value::Duration(integer),
        Type::Instant => Value::Instant(integer),
        _ => Value::Int(integer),
    }
}

fn symbol(operation: Arithmetic) -> &'static str {
    match operation {
        Arithmetic::Add => "+",
        Arithmetic::Sub => "-",
        Arithmetic::Mul => "*",
    }
}
