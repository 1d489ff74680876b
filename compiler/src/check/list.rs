//! What holds of the elements of lists: `any`, `all`, `count`.

use super::compare::{mirrored, ordering, symbol};
use super::declare::is_comparable;
use super::env::{Binding, Env};
use super::membership::some_element;
use super::{Checker, MAX_WALKED, choice, predicate};
use crate::checked::{Condition, Count, Place, Term, TermKind};
use crate::ir::{Comparison, MAX_COUNT_DEPTH};
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind, Name, Quantifier};

/// A list that is walked, and what is asked of its elements.
#[derive(Clone, Debug)]
pub(super) struct Walk {
    list: Place,
    pub(super) most: u32,
    variable: u32,
    condition: Condition,
    distinct: Option<Term>,
}

impl Walk {
    /// How much it holds, as [`super::predicate::size`] counts.
    pub(super) fn size(&self) -> usize {
        predicate::size(&self.condition) + self.distinct.as_ref().map_or(0, predicate::term_size)
    }

    /// What must hold of an element.
    pub(super) fn condition(&self) -> &Condition {
        &self.condition
    }

    fn counted(&self, comparison: Comparison, bound: Term) -> Condition {
        let Walk { list, most, variable, condition, distinct } = self;
        Condition::Count(Box::new(Count {
            list: list.clone(),
            most: *most,
            variable: *variable,
            condition: condition.clone(),
            distinct: distinct.clone(),
            comparison,
            bound,
        }))
    }
}

impl Checker<'_> {
    /// `any x in xs: P`, `all x in xs: P`
    pub(super) fn quantifier(
        &mut self,
        quantifier: Quantifier,
        variable: &Name,
        list: &Expr,
        condition: &Expr,
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        let Walk { list, most, variable, condition, .. } =
            self.walk(variable, list, Some(condition), None, span, env)?;
        Some(match quantifier {
            Quantifier::Any => some_element(list, most, variable, condition),
            // No element for which it does not hold.
            Quantifier::All => {
                let other = some_element(list, most, variable, Condition::Not(Box::new(condition)));
                Condition::Not(Box::new(other))
            }
        })
    }

    /// `count(…) op bound`
    pub(super) fn count_comparison(
        &mut self,
        op: BinaryOp,
        count: &Expr,
        bound: &Expr,
        env: &mut Env,
    ) -> Option<Condition> {
        let walk = self.count(count, env);
        if self.is_count(bound, env) {
            let other = self.count(bound, env);
            return self.compared_counts(op, &walk?, &other?, count.span.to(bound.span));
        }
        let bound_term = self.term(bound, env);
        let (walk, bound_term) = (walk?, bound_term?);
        if bound_term.ty != Type::Int {
            return self.mismatch(bound, &Type::Int, &bound_term.ty);
        }
        let (comparison, negated) = comparison_of(op)?;
        self.settled(vec![bound_term], bound.span, &mut |checker, mut terms, chosen| {
            let bound_term = terms.pop()?;
            if let TermKind::Constant(Value::Int(number)) = bound_term.kind
                && !chosen
                && !env.in_template
            {
                // Between none and all there must be a count for which it holds, and one for which it does not.
                let answers: Vec<bool> =
                    (0..=i64::from(walk.most)).map(|count| comparison.holds(count, number)).collect();
                if answers.iter().all(|answer| *answer == answers[0]) {
                    let always = if answers[0] != negated { "always" } else { "never" };
                    let message =
                        format!("a count of a list of at most {} is {always} `{} {number}`", walk.most, symbol(op));
                    return checker.error(codes::IMPOSSIBLE, count.span.to(bound.span), message);
                }
            }
            if chosen {
                // A walk is copied for each alternative.
                checker.spend(walk.size(), bound.span)?;
            }
            let counted = walk.counted(comparison, bound_term);
            Some(if negated { Condition::Not(Box::new(counted)) } else { counted })
        })
    }

    /// Two counts: for some number, one is that, and the other compares so with it.
    fn compared_counts(&mut self, op: BinaryOp, left: &Walk, right: &Walk, span: Span) -> Option<Condition> {
        let (op, fewer, more) = if left.most <= right.most { (mirrored(op), left, right) } else { (op, right, left) };
        let size = predicate::size(&more.condition).saturating_add(predicate::size(&fewer.condition));
        self.spend(size.saturating_mul(fewer.most as usize + 1), span)?;
        let (comparison, negated) = comparison_of(op)?;
        let number = |count: u32| Term::constant(Value::Int(count.into()), Type::Int);
        let case = |count: u32| {
            let is = fewer.counted(Comparison::Eq, number(count));
            Condition::And(vec![is, more.counted(comparison, number(count))])
        };
        let some = Condition::Or((0..=fewer.most).map(case).collect());
        Some(if negated { Condition::Not(Box::new(some)) } else { some })
    }

    /// Whether an expression is a count, or a name for one.
    pub(super) fn is_count(&self, expression: &Expr, env: &Env) -> bool {
        match &expression.value {
            ExprKind::Count { .. } => true,
            ExprKind::Name(name) => matches!(env.binding(name), Some(Binding::Count(_))),
            _ => false,
        }
    }

    /// The list that a count walks, and what it asks of the elements.
    pub(super) fn count(&mut self, count: &Expr, env: &mut Env) -> Option<Walk> {
        if let ExprKind::Name(name) = &count.value
            && let Some(Binding::Count(walk)) = env.binding(name)
        {
            return self.walk_inside(walk, env, count.span);
        }
        let ExprKind::Count { distinct, variable, list, condition } = &count.value else { return None };
        self.walk(variable, list, condition.as_deref(), distinct.as_deref(), count.span, env)
    }

    /// A walk that a `let` named, for where it is used.
    fn walk_inside(&mut self, walk: &Walk, env: &Env, span: Span) -> Option<Walk> {
        self.spend(walk.size(), span)?;
        let whole = walk.counted(Comparison::Eq, Term::constant(Value::Int(0), Type::Int));
        self.room_inside(&whole, env, span)?;
        let Condition::Count(count) = predicate::inside(whole, env) else { return None };
        let Count { list, most, variable, condition, distinct, .. } = *count;
        Some(Walk { list, most, variable, condition, distinct })
    }

    /// The list that a count or quantifier walks, and what it asks of the elements.
    fn walk(
        &mut self,
        variable: &Name,
        list: &Expr,
        condition: Option<&Expr>,
        distinct: Option<&Expr>,
        span: Span,
        env: &mut Env,
    ) -> Option<Walk> {
        let (place, ty) = self.settled_list(list, env)?;
        let (element, most) = match ty {
            Type::List(element, most) => (*element, most),
            Type::Set(element) => {
                let shown = self.show(&element);
                self.report(
                    Diagnostic::error(codes::TYPE_MISMATCH, list.span, "a set cannot be walked: it has no bound").help(
                        format!("declare the field as a list, such as `[{shown}; 16]`, or ask `in`, `subset_of`"),
                    ),
                );
                return None;
            }
            other => {
                let shown = self.show(&other);
                return self.error(codes::TYPE_MISMATCH, list.span, format!("expected a list, found `{shown}`"));
            }
        };
        self.fresh_name(variable, "the variable", env)?;
        let number = self.next_variable(env, most, span)?;
        let (mark, walked) = (env.mark(), env.walked);
        env.walked = walked.saturating_mul(most.into());
        env.variables.push((variable.value.clone(), element));
        let condition = match condition {
            Some(condition) => self.condition(condition, env),
            None => Some(Condition::Constant(true)),
        };
        if let Some(condition) = &condition {
            // Only elements for which it holds are told apart.
            env.learn(condition, true);
        }
        let distinct = match distinct {
            Some(distinct) => self.distinct(distinct, env).map(Some),
            None => Some(None),
        };
        env.variables.pop();
        env.walked = walked;
        env.forget(mark);
        Some(Walk { list: place, most, variable: number, condition: condition?, distinct: distinct? })
    }

    fn settled_list(&mut self, list: &Expr, env: &mut Env) -> Option<(Place, Type)> {
        let (place, ty) = self.settled_place(list, env)?;
        if matches!(ty, Type::Optional(_)) {
            return self.not_present(list.span);
        }
        Some((place, ty))
    }

    /// The value by which elements count once.
    fn distinct(&mut self, expression: &Expr, env: &mut Env) -> Option<Term> {
        let term = self.term(expression, env)?;
        if !is_comparable(&term.ty) {
            let shown = self.show(&term.ty);
            let message = format!("values of type `{shown}` cannot be told apart");
            return self.error(codes::NO_OPERATOR, expression.span, message);
        }
        if reads_reference(&term) || choice::is_choice(&term) {
            return self.told_apart_otherwise(expression.span);
        }
        Some(term)
    }

    fn told_apart_otherwise<T>(&mut self, span: Span) -> Option<T> {
        let message = "elements are told apart by a value that they have";
        self.report(
            Diagnostic::error(codes::TYPE_MISMATCH, span, message)
                .help("name a field of the element: `count(distinct a.manager for a in approvals where …)`"),
        );
        None
    }

    /// Looks again at what tells elements apart, where an argument may have come to stand in it.
    pub(super) fn check_distinct(&mut self, condition: &Condition, span: Span) -> Option<()> {
        if let Condition::Count(count) = condition
            && count.distinct.as_ref().is_some_and(reads_reference)
        {
            return self.told_apart_otherwise(span);
        }
        condition.parts().iter().try_for_each(|part| self.check_distinct(part, span))
    }

    /// The number of the next variable, unless counts stand too deep in one another or walk too much together.
    pub(super) fn next_variable(&mut self, env: &Env, most: u32, span: Span) -> Option<u32> {
        let depth = env.variables.len();
        if depth >= usize::from(MAX_COUNT_DEPTH) {
            let message = format!("counts and quantifiers stand inside one another more than {MAX_COUNT_DEPTH} deep");
            return self.error(codes::RULE_TOO_LARGE, span, message);
        }
        self.bounded_walk(env.walked.saturating_mul(most.into()), span)?;
        Some(depth as u32)
    }

    /// Refuses counts inside one another that walk too much together.
    pub(super) fn bounded_walk(&mut self, walked: u64, span: Span) -> Option<()> {
        if walked <= MAX_WALKED {
            return Some(());
        }
        let message = format!("these counts walk {walked} elements together; at most {MAX_WALKED} are allowed");
        self.report(Diagnostic::error(codes::RULE_TOO_LARGE, span, message).help("shorten the lists in their types"));
        None
    }
}

fn reads_reference(term: &Term) -> bool {
    let mut reads = false;
    term.each_reference(&mut |_| reads = true);
    reads
}

/// How a comparison of counts is asked, and whether for its opposite.
fn comparison_of(op: BinaryOp) -> Option<(Comparison, bool)> {
    match op {
        BinaryOp::Ne => Some((Comparison::Eq, true)),
        BinaryOp::Eq => Some((Comparison::Eq, false)),
        other => Some((ordering(other)?, false)),
    }
}
