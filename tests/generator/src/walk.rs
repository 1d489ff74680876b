//! The parts of expressions.

use atbac_grammar::syntax::{Expr, ExprKind};

/// The expressions that an expression consists of.
pub fn parts(expression: &Expr) -> Vec<&Expr> {
    match &expression.value {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::String(_)
        | ExprKind::Duration(_)
        | ExprKind::Instant(_)
        | ExprKind::Bytes(..)
        | ExprKind::IpAddr(_)
        | ExprKind::Cidr(..)
        | ExprKind::Oid(_)
        | ExprKind::Version(_)
        | ExprKind::Tcb(_)
        | ExprKind::Name(_) => Vec::new(),
        ExprKind::Field(inner, _)
        | ExprKind::Slice(inner, ..)
        | ExprKind::Not(inner)
        | ExprKind::Negate(inner)
        | ExprKind::IsType(inner, _)
        | ExprKind::IsPresent(inner) => vec![inner],
        ExprKind::Set(elements) | ExprKind::List(elements) | ExprKind::Call(_, elements) => elements.iter().collect(),
        ExprKind::Record { fields, rest, .. } => fields.iter().map(|init| &init.value).chain(rest.as_deref()).collect(),
        ExprKind::Binary(_, left, right) => vec![left, right],
        ExprKind::Quantifier { list, condition, .. } => vec![list, condition],
        ExprKind::Count { distinct, list, condition, .. } => {
            distinct.as_deref().into_iter().chain([&**list]).chain(condition.as_deref()).collect()
        }
        ExprKind::Match(matched, arms) => [&**matched].into_iter().chain(arms.iter().map(|arm| &arm.body)).collect(),
        ExprKind::If(condition, then, otherwise) => vec![condition, then, otherwise],
    }
}

/// The same, to change them.
pub fn parts_mut(expression: &mut Expr) -> Vec<&mut Expr> {
    match &mut expression.value {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::String(_)
        | ExprKind::Duration(_)
        | ExprKind::Instant(_)
        | ExprKind::Bytes(..)
        | ExprKind::IpAddr(_)
        | ExprKind::Cidr(..)
        | ExprKind::Oid(_)
        | ExprKind::Version(_)
        | ExprKind::Tcb(_)
        | ExprKind::Name(_) => Vec::new(),
        ExprKind::Field(inner, _)
        | ExprKind::Slice(inner, ..)
        | ExprKind::Not(inner)
        | ExprKind::Negate(inner)
        | ExprKind::IsType(inner, _)
        | ExprKind::IsPresent(inner) => vec![inner],
        ExprKind::Set(elements) | ExprKind::List(elements) | ExprKind::Call(_, elements) => {
            elements.iter_mut().collect()
        }
        ExprKind::Record { fields, rest, .. } => {
            fields.iter_mut().map(|init| &mut init.value).chain(rest.as_deref_mut()).collect()
        }
        ExprKind::Binary(_, left, right) => vec![left, right],
        ExprKind::Quantifier { list, condition, .. } => vec![list, condition],
        ExprKind::Count { distinct, list, condition, .. } => {
            distinct.as_deref_mut().into_iter().chain([&mut **list]).chain(condition.as_deref_mut()).collect()
        }
        ExprKind::Match(matched, arms) => {
            [&mut **matched].into_iter().chain(arms.iter_mut().map(|arm| &mut arm.body)).collect()
        }
        ExprKind::If(condition, then, otherwise) => vec![condition, then, otherwise],
    }
}

/// Whether some part of an expression, or it itself, is so.
pub fn any_part(expression: &Expr, is_so: &impl Fn(&ExprKind) -> bool) -> bool {
    is_so(&expression.value) || parts(expression).into_iter().any(|part| any_part(part, is_so))
}
