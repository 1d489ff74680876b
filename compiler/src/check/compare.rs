//! Comparisons: `==`, `!=`, and the orders that types have.

use super::compute::integer;
use super::constant::length_help;
use super::declare::is_comparable;
use super::env::Env;
use super::term::{same_shape, source};
use super::{Checker, predicate};
use crate::checked::{Condition, Place, Step, Term, TermKind};
use crate::ir::Comparison;
use crate::types::Type;
use crate::value::{TCB_AMD_NAMES, TCB_NAMES, Value};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind};

impl Checker<'_> {
    /// `left op right`
    pub(super) fn comparison(
        &mut self,
        op: BinaryOp,
        left: &Expr,
        right: &Expr,
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        if let Some(evidence) = age_argument(left) {
            return self.age_comparison(op, evidence, right, span, env);
        }
        if let Some(evidence) = age_argument(right) {
            return self.age_comparison(mirrored(op), evidence, left, span, env);
        }
        if self.is_count(left, env) {
            return self.count_comparison(op, left, right, env);
        }
        if self.is_count(right, env) {
            return self.count_comparison(mirrored(op), right, left, env);
        }
        let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        if equality && (self.states_condition(left, env) || self.states_condition(right, env)) {
            return self.condition_equality(op, left, right, env);
        }
        if equality && self.is_set(left, env) | self.is_set(right, env) {
            return self.set_equality(op, left, right, env);
        }
        let (left_term, right_term) = self.pair(left, right, env)?;
        if equality && matches!(left_term.ty, Type::Set(_)) {
            return self.equal_sets(op, left_term, right_term, span);
        }
        self.settled(vec![left_term, right_term], span, &mut |checker, terms, chosen| {
            let [left_term, right_term] = <[Term; 2]>::try_from(terms).ok()?;
            checker.compared(op, (left_term, left.span), (right_term, right.span), span, chosen, env)
        })
    }

    /// A comparison of two values, neither of which is chosen. Where a choice or a template led here, an answer that is always the same was asked for.
    fn compared(
        &mut self,
        op: BinaryOp,
        (left, left_span): (Term, Span),
        (right, right_span): (Term, Span),
        span: Span,
        chosen: bool,
        env: &Env,
    ) -> Option<Condition> {
        let settled = chosen || env.in_template;
        if let (TermKind::Constant(left), TermKind::Constant(right)) = (&left.kind, &right.kind) {
            match constant_answer(op, left, right) {
                Some(answer) if settled => return Some(Condition::Constant(answer)),
                Some(_) => {
                    let message = "both sides are written out: this always gives the same answer";
                    return self.error(codes::IMPOSSIBLE, span, message);
                }
                // The types have no such operator: said below.
                None => {}
            }
        }
        if left == right && !settled {
            return self.error(
                codes::IMPOSSIBLE,
                span,
                "both sides are the same value: this always gives the same answer",
            );
        }
        let ty = left.ty.clone();
        let equality = |left, right| Condition::Compare(Comparison::Eq, left, right);
        match (op, &ty) {
            (BinaryOp::Eq, ty) if is_comparable(ty) => Some(equality(left, right)),
            (BinaryOp::Ne, ty) if is_comparable(ty) => Some(Condition::Not(Box::new(equality(left, right)))),
            (BinaryOp::Ge, Type::Tcb) => self.at_least(left, right, right_span),
            (BinaryOp::Le, Type::Tcb) => self.at_least(right, left, left_span),
            (BinaryOp::Lt | BinaryOp::Gt, Type::Tcb) => {
                let symbol = symbol(op);
                self.report(
                    Diagnostic::error(codes::TCB_ORDER, span, format!("two `Tcb`s cannot be compared by `{symbol}`")).help(
                        "a `Tcb` is a vector: of two, each may be newer in some component, so `not (a >= b)` does not mean `a < b`; ask with `>=` or `<=`",
                    ),
                );
                None
            }
            (
                BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge,
                Type::Int | Type::Duration | Type::Instant | Type::Version,
            ) => Some(Condition::Compare(ordering(op)?, left, right)),
            _ => {
                let message = format!("`{}` has no `{}`", self.show(&ty), symbol(op));
                let finding = Diagnostic::error(codes::NO_OPERATOR, span, message);
                let help = match (&ty, op) {
                    (Type::Struct(_) | Type::Union(_), _) => Some("compare its fields one by one"),
                    (Type::List(..), _) => Some("ask of its elements: `any x in xs: …`, `all x in xs: …`"),
                    (Type::Cidr, _) => Some("for a network inside another ask `a subset_of b`"),
                    (Type::String, _) => {
                        Some("texts are equal or not, or hold one another: `starts_with`, `matches`, …")
                    }
                    _ => None,
                };
                self.report(Diagnostic { help: help.map(str::to_owned), ..finding });
                None
            }
        }
    }

    /// `(a > 1) == b`: both hold, or neither.
    fn condition_equality(&mut self, op: BinaryOp, left: &Expr, right: &Expr, env: &mut Env) -> Option<Condition> {
        let span = left.span.to(right.span);
        let (left, right) = (self.condition(left, env), self.condition(right, env));
        let (left, right) = (left?, right?);
        self.spend(predicate::size(&left) + predicate::size(&right), span)?;
        let not = |condition: &Condition| Condition::Not(Box::new(condition.clone()));
        let neither = Condition::And(vec![not(&left), not(&right)]);
        let same = Condition::Or(vec![Condition::And(vec![left, right]), neither]);
        Some(if op == BinaryOp::Ne { Condition::Not(Box::new(same)) } else { same })
    }

    /// `newer >= older`. A written-out `Tcb` on the newer side must name every component: a missing one is below all versions.
    fn at_least(&mut self, newer: Term, older: Term, older_span: Span) -> Option<Condition> {
        if let TermKind::Constant(Value::Tcb(tcb)) = &newer.kind {
            let named: Vec<&str> = tcb.components().map(|(name, _)| name).collect();
            let (amd, intel) = TCB_NAMES.split_at(TCB_AMD_NAMES);
            // Of AMD's, `fmc` exists on Turin only.
            let wanted = if named.iter().any(|name| intel.contains(name)) { intel } else { &amd[1..] };
            let missing: Vec<&str> = wanted.iter().copied().filter(|name| !named.contains(name)).collect();
            if !missing.is_empty() {
                self.report(
                    Diagnostic::error(
                        codes::IMPOSSIBLE,
                        older_span,
                        "this can never be at most a `Tcb` that lacks components",
                    )
                    .help(format!(
                        "name {} in the literal too: a missing component ranks below every version",
                        super::listed(missing).replace(" or ", " and ")
                    )),
                );
                return None;
            }
        }
        Some(Condition::AtLeast(newer, older))
    }

    /// The two sides of a comparison, each typed with the help of the other where it needs it.
    fn pair(&mut self, left: &Expr, right: &Expr, env: &mut Env) -> Option<(Term, Term)> {
        match (self.has_arm_that_needs_context(left, env), self.has_arm_that_needs_context(right, env)) {
            (true, false) => {
                let right_term = self.term(right, env)?;
                let left = self.beside(left, right, &right_term, env)?;
                Some((left, right_term))
            }
            (false, true) => {
                let left_expr = left;
                let left = self.term(left, env)?;
                let right = self.beside(right, left_expr, &left, env)?;
                Some((left, right))
            }
            (true, true) => {
                // Neither has a type: report what is wrong with the first.
                let left = self.term(left, env)?;
                let right = self.term_fitting(right, &left.ty, same_shape, env)?;
                Some((left, right))
            }
            (false, false) => {
                let left_term = self.term(left, env);
                self.no_case_of(left_term.as_ref(), right, env)?;
                let right_term = self.term(right, env);
                self.no_case_of(right_term.as_ref(), left, env)?;
                let (left_term, right_term) = (left_term?, right_term?);
                if !same_shape(&left_term.ty, &right_term.ty) {
                    return self.mismatch(right, &left_term.ty, &right_term.ty);
                }
                Some((left_term, right_term))
            }
        }
    }

    /// Refuses a name that stands for a value but could also be meant as a case of the enum that it is compared with. Beside a case that is written out it can only
    /// be the value.
    fn no_case_of(&mut self, other: Option<&Term>, expression: &Expr, env: &Env) -> Option<()> {
        match (other, &expression.value) {
            (
                Some(Term { ty: Type::Enum(id), kind: TermKind::Place(_) | TermKind::Reference(_) }),
                ExprKind::Name(name),
            ) if self.case(*id, name).is_some() => self.unambiguous(name, "case", *id, expression.span, env),
            _ => Some(()),
        }
    }

    /// A value beside one whose type is known. Of bytes of the wrong length, the finding says what they are compared with.
    pub(super) fn beside(&mut self, expression: &Expr, other: &Expr, other_term: &Term, env: &mut Env) -> Option<Term> {
        let (ExprKind::Bytes(_, bytes), Type::FixedBytes(length) | Type::Digest(length), TermKind::Place(place)) =
            (&expression.value, &other_term.ty, &other_term.kind)
        else {
            return self.term_fitting(expression, &other_term.ty, same_shape, env);
        };
        if bytes.len() == *length as usize {
            return self.term_fitting(expression, &other_term.ty, same_shape, env);
        }
        let message =
            format!("a {}-byte literal can never equal `{}`, which is {length} bytes", bytes.len(), source(other));
        let summary = match place.steps.last() {
            Some(Step::Field(id, at)) => self.schema.structure(*id).fields[*at].docs.lines().next().unwrap_or_default(),
            _ => "",
        };
        let label = format!("{}: {summary}", self.schema.show(&other_term.ty));
        let finding = Diagnostic::error(codes::DIGEST_LENGTH, expression.span, message)
            .labelled(format!("{} bytes", bytes.len()))
            .and(other.span, label.trim_end_matches([':', ' ']))
            .help(length_help(*length));
        self.report(finding);
        None
    }

    /// `age(evidence) op bound`
    fn age_comparison(
        &mut self,
        op: BinaryOp,
        evidence: &Expr,
        bound: &Expr,
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        let Some(comparison) = ordering(op) else {
            self.report(
                Diagnostic::error(codes::NO_OPERATOR, span, format!("an age cannot be compared by `{}`", symbol(op)))
                    .help("time passes in milliseconds: ask for at most or at least an age, such as `age(p) <= 5m`"),
            );
            return None;
        };
        let place = self.settled_place(evidence, env);
        let bound = self.term_of(bound, &Type::Duration, env);
        let ((place, ty), bound) = (place?, bound?);
        let dated = |checker: &mut Self, mut place: Place, kind: &Type, bound: &Term| {
            let id = checker.evidence_kind(kind, evidence.span)?;
            let age_from = checker.schema.structure(id).evidence.as_ref()?.age_from;
            place.steps.push(Step::Field(id, age_from));
            Some(Condition::Age(comparison, place, bound.clone()))
        };
        self.settled(vec![bound], span, &mut |checker, mut terms, _| {
            let bound = terms.pop()?;
            let Type::Union(kinds) = &ty else { return dated(checker, place.clone(), &ty, &bound) };
            // Each alternative is dated by a field of its own.
            let mut alternatives = Vec::new();
            for kind in env.kinds(&place, kinds) {
                let mut alternative = place.clone();
                alternative.steps.push(Step::Alternative(kind));
                let age = dated(checker, alternative, &Type::Struct(kind), &bound)?;
                alternatives.push(Condition::And(vec![Condition::Is(place.clone(), kind), age]));
            }
            Some(Condition::Or(alternatives))
        })
    }
}

/// What a comparison of two written-out values always answers; `None` where their type has no such operator.
fn constant_answer(op: BinaryOp, left: &Value, right: &Value) -> Option<bool> {
    let order = match (integer(left), integer(right), left, right) {
        (Some(left), Some(right), ..) => Some(left.cmp(&right)),
        (_, _, Value::Version(left), Value::Version(right)) => Some(left.cmp(right)),
        _ => None,
    };
    match (op, left, right) {
        (BinaryOp::Eq, ..) => Some(left == right),
        (BinaryOp::Ne, ..) => Some(left != right),
        (BinaryOp::Ge, Value::Tcb(left), Value::Tcb(right)) => Some(left.at_least(right)),
        (BinaryOp::Le, Value::Tcb(left), Value::Tcb(right)) => Some(right.at_least(left)),
        (BinaryOp::Lt, ..) => Some(order?.is_lt()),
        (BinaryOp::Le, ..) => Some(order?.is_le()),
        (BinaryOp::Gt, ..) => Some(order?.is_gt()),
        (BinaryOp::Ge, ..) => Some(order?.is_ge()),
        _ => None,
    }
}

/// The evidence of `age(evidence)`.
fn age_argument(expression: &Expr) -> Option<&Expr> {
    match &expression.value {
        ExprKind::Call(path, arguments) => match (path.value.as_slice(), arguments.as_slice()) {
            ([name], [evidence]) if name.value == "age" => Some(evidence),
            _ => None,
        },
        _ => None,
    }
}

/// The operator with its sides exchanged.
pub(super) fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        other => other,
    }
}

pub(super) fn ordering(op: BinaryOp) -> Option<Comparison> {
    match op {
        BinaryOp::Lt => Some(Comparison::Lt),
        BinaryOp::Le => Some(Comparison::Le),
        BinaryOp::Gt => Some(Comparison::Gt),
        BinaryOp::Ge => Some(Comparison::Ge),
        _ => None,
    }
}

pub(super) fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        _ => "this operator",
    }
}
