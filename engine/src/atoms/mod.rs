//! The atoms of a rule's line: the parts of its condition, as written, that `and`, `or`, `not` and `implies` join.
//!
//! The checked condition has no places of its own, so it is walked beside the expression that it was made from. Where the two part ways (a
//! `match`, an `any`, a call of a predicate), the expression is one atom.

mod written;

pub(crate) use written::Written;

use atbac_compiler::checked::Condition;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind};

/// An atom: where it is written, and the way to its condition in that of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Atom {
    pub(crate) span: Span,
    /// The number of the part to take at each step.
    path: Vec<usize>,
}

impl Atom {
    /// Its condition, within that of its line.
    pub(crate) fn condition<'c>(&self, line: &'c Condition) -> &'c Condition {
        self.path.iter().fold(line, |condition, &part| condition.parts().get(part).unwrap_or(condition))
    }
}

/// The atoms of an expression and the condition that it states, in order of writing. What is written as `true` or `false` is none: it has one outcome.
fn atoms(written: &Expr, condition: &Condition, path: Vec<usize>) -> Vec<Atom> {
    let mut found = Vec::new();
    let mut rest = vec![(written, condition, path)];
    while let Some((written, condition, path)) = rest.pop() {
        let before = rest.len();
        if !join(written, condition, &path, &mut rest) && !matches!(condition, Condition::Constant(_)) {
            found.push(Atom { span: written.span, path });
        }
        rest[before..].reverse();
    }
    found
}

/// Takes a joined condition apart, in order of writing; `false` for an atom.
fn join<'a>(
    written: &'a Expr,
    condition: &'a Condition,
    path: &[usize],
    parts: &mut Vec<(&'a Expr, &'a Condition, Vec<usize>)>,
) -> bool {
    let below = |steps: &[usize]| [path, steps].concat();
    match (&written.value, condition) {
        (ExprKind::Not(inner), Condition::Not(negated)) => parts.push((inner, negated, below(&[0]))),
        (ExprKind::Binary(op, left, right), Condition::Or(sides)) if op.value == BinaryOp::Implies => {
            let [Condition::Not(premise), conclusion] = sides.as_slice() else { return false };
            parts.push((left, premise, below(&[0, 0])));
            parts.push((right, conclusion, below(&[1])));
        }
        (ExprKind::Binary(op, ..), Condition::And(joined)) if op.value == BinaryOp::And => {
            return chain(written, joined, path, parts);
        }
        (ExprKind::Binary(op, ..), Condition::Or(joined)) if op.value == BinaryOp::Or => {
            return chain(written, joined, path, parts);
        }
        _ => return false,
    }
    true
}

/// `a and b and c`, which leans to the left as written and is one row as a condition.
fn chain<'a>(
    written: &'a Expr,
    joined: &'a [Condition],
    path: &[usize],
    parts: &mut Vec<(&'a Expr, &'a Condition, Vec<usize>)>,
) -> bool {
    let mut operands = Vec::new();
    let mut rest = written;
    let operator = |expression: &Expr| match &expression.value {
        ExprKind::Binary(op, ..) => Some(op.value),
        _ => None,
    };
    let joins = operator(written);
    while let ExprKind::Binary(_, left, right) = &rest.value
        && operator(rest) == joins
    {
        operands.push(&**right);
        rest = left;
    }
    operands.push(rest);
    operands.reverse();
    if operands.len() != joined.len() {
        return false;
    }
    parts.extend(
        operands
            .into_iter()
            .zip(joined)
            .enumerate()
            .map(|(at, (operand, condition))| (operand, condition, [path, &[at]].concat())),
    );
    true
}
