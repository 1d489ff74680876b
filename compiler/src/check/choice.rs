//! `if` and `match`: the one of several that its condition chooses.
//!
//! Neither is left in a condition. A choice between conditions is written out by `and` and `or`; a comparison of chosen values becomes a choice between comparisons
//! ([`Checker::settled`]). Only what is granted keeps its choices, to be made when the grant is read.

use super::env::{Binding, Env};
use super::{Checker, predicate};
use crate::checked::{Condition, Place, Step, Term, TermKind};
use crate::types::{StructId, Type};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{Arm, Expr};

/// Makes a condition of values, none of which is chosen; it is told whether there was a choice.
type BuildCondition<'b, Checker> = dyn FnMut(&mut Checker, Vec<Term>, bool) -> Option<Condition> + 'b;

/// Values of which one was chosen: what chooses it, and the values with each alternative in its place.
struct Choice {
    condition: Box<Condition>,
    then: Vec<Term>,
    otherwise: Vec<Term>,
}

enum Split {
    Chosen(Choice),
    /// None of them is chosen.
    Plain(Vec<Term>),
}

impl Checker<'_> {
    /// `if c then a else b`, of conditions.
    pub(super) fn chosen_condition(
        &mut self,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
        env: &mut Env,
    ) -> Option<Condition> {
        let span = condition.span;
        let condition = self.condition(condition, env);
        let then = self.assuming(condition.as_ref(), true, env, |checker, env| checker.condition(then, env));
        let otherwise = self.assuming(condition.as_ref(), false, env, |checker, env| checker.condition(otherwise, env));
        self.either(condition?, then?, otherwise?, span)
    }

    /// `if c then a else b`, of values that `branch` reads.
    pub(super) fn chosen_term(
        &mut self,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
        env: &mut Env,
        branch: impl Fn(&mut Self, &Expr, &mut Env) -> Option<Term>,
    ) -> Option<Term> {
        let condition = self.condition(condition, env);
        let first = self.assuming(condition.as_ref(), true, env, |checker, env| branch(checker, then, env));
        let second = self.assuming(condition.as_ref(), false, env, |checker, env| branch(checker, otherwise, env));
        let (condition, first, second) = (condition?, first?, second?);
        if first.ty != second.ty {
            return self.mismatch(otherwise, &first.ty, &second.ty);
        }
        Some(choice(condition, first, second))
    }

    /// `match p { Snp s => …, Tdx t => … }`, of conditions.
    pub(super) fn matched_condition(
        &mut self,
        evidence: &Expr,
        arms: &[Arm],
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        let (place, mut bodies) = self.arms(evidence, arms, span, env, Self::condition)?;
        if bodies.len() == 1 {
            return bodies.pop().map(|(_, only)| only);
        }
        let arm = |(kind, body)| Condition::And(vec![Condition::Is(place.clone(), kind), body]);
        Some(Condition::Or(bodies.into_iter().map(arm).collect()))
    }

    /// `match p { Snp s => …, Tdx t => … }`, of values that `body` reads.
    pub(super) fn matched_term(
        &mut self,
        evidence: &Expr,
        arms: &[Arm],
        span: Span,
        env: &mut Env,
        body: impl Fn(&mut Self, &Expr, &mut Env) -> Option<Term>,
    ) -> Option<Term> {
        let (place, bodies) = self.arms(evidence, arms, span, env, body)?;
        if let Some((_, other)) = bodies.iter().find(|(_, term)| term.ty != bodies[0].1.ty) {
            let (first, other) = (self.show(&bodies[0].1.ty), self.show(&other.ty));
            let message = format!("the arms differ in type: one is `{first}`, another `{other}`");
            return self.error(codes::TYPE_MISMATCH, span, message);
        }
        let last_first = bodies.into_iter().rev();
        last_first
            .map(|(kind, term)| (Condition::Is(place.clone(), kind), term))
            .reduce(|(rest_is, rest), (is, term)| (rest_is, choice(is, term, rest)))
            .map(|(_, term)| term)
    }

    /// Each arm of a `match` with the kind of evidence that it is for: exactly those that the evidence can be here.
    fn arms<T>(
        &mut self,
        evidence: &Expr,
        arms: &[Arm],
        span: Span,
        env: &mut Env,
        body: impl Fn(&mut Self, &Expr, &mut Env) -> Option<T>,
    ) -> Option<(Place, Vec<(StructId, T)>)> {
        let (place, ty) = self.present_place(evidence, env)?;
        let Type::Union(all) = &ty else {
            let shown = self.show(&ty);
            let message = format!("`match` tells kinds of evidence apart; this is of type `{shown}`");
            return self.error(codes::TYPE_MISMATCH, evidence.span, message);
        };
        let possible = env.kinds(&place, all);
        let mut bodies: Vec<(StructId, T)> = Vec::new();
        let mut seen: Vec<StructId> = Vec::new();
        let mut sound = true;
        for arm in arms {
            let Some(kind) = self.struct_named(env.file, &arm.ty) else {
                sound = false;
                continue;
            };
            if seen.contains(&kind) {
                let message = format!("there are two arms for `{}`", arm.ty.value);
                self.report(Diagnostic::error(codes::DUPLICATE_NAME, arm.ty.span, message));
                sound = false;
                continue;
            }
            seen.push(kind);
            if !possible.contains(&kind) {
                let known: Vec<&str> = possible.iter().map(|kind| self.schema.structure(*kind).name.as_str()).collect();
                let message = format!("this is never `{}` here: it is {}", arm.ty.value, super::listed(known));
                self.report(Diagnostic::error(codes::IMPOSSIBLE, arm.ty.span, message).help("remove this arm"));
                sound = false;
                continue;
            }
            if self.fresh_name(&arm.variable, "the variable", env).is_none() {
                sound = false;
                continue;
            }
            let mut narrowed = place.clone();
            narrowed.steps.push(Step::Alternative(kind));
            let is = Condition::Is(place.clone(), kind);
            env.bindings.push((arm.variable.value.clone(), Binding::Place(narrowed, Type::Struct(kind))));
            let found = self.assuming(Some(&is), true, env, |checker, env| body(checker, &arm.body, env));
            env.bindings.pop();
            match found {
                Some(found) => bodies.push((kind, found)),
                None => sound = false,
            }
        }
        let missing: Vec<&str> = (possible.iter().filter(|kind| !seen.contains(kind)))
            .map(|kind| self.schema.structure(*kind).name.as_str())
            .collect();
        if !missing.is_empty() && arms.iter().all(|arm| self.names.get(env.file, &arm.ty.value).is_some()) {
            let message = format!("this `match` does not say what holds of {}", super::listed(&missing));
            let help = format!("add an arm: `{} … => …`", missing[0]);
            self.report(Diagnostic::error(codes::NOT_EXHAUSTIVE, span, message).help(help));
            sound = false;
        }
        sound.then_some((place, bodies))
    }

    /// Reads something with what follows from a condition being true, or false.
    pub(super) fn assuming<T>(
        &mut self,
        condition: Option<&Condition>,
        holds: bool,
        env: &mut Env,
        read: impl FnOnce(&mut Self, &mut Env) -> T,
    ) -> T {
        let mark = env.mark();
        if let Some(condition) = condition {
            env.learn(condition, holds);
        }
        let found = read(self, env);
        env.forget(mark);
        found
    }

    /// Refuses a name for something new that already means something here.
    pub(super) fn fresh_name(&mut self, name: &atbac_grammar::syntax::Name, what: &str, env: &Env) -> Option<()> {
        self.no_reference(&name.value, what, name.span, env)?;
        if self.root(&name.value, env).is_none() && env.binding(&name.value).is_none() {
            return Some(());
        }
        let message = format!("`{}` already has a meaning here", name.value);
        self.report(
            Diagnostic::error(codes::AMBIGUOUS_NAME, name.span, message).help(format!("give {what} another name")),
        );
        None
    }

    /// The condition that `build` makes of values, of which some are chosen: a choice between the conditions that it makes of each.
    pub(super) fn settled(
        &mut self,
        terms: Vec<Term>,
        span: Span,
        build: &mut BuildCondition<'_, Self>,
    ) -> Option<Condition> {
        self.bounded_choices(&terms, span)?;
        self.settle(terms, false, span, build)
    }

    fn settle(
        &mut self,
        terms: Vec<Term>,
        chosen: bool,
        span: Span,
        build: &mut BuildCondition<'_, Self>,
    ) -> Option<Condition> {
        let Choice { condition, then, otherwise } = match self.split_choice(terms, span)? {
            Split::Chosen(choice) => choice,
            Split::Plain(terms) => {
                let built = build(self, terms, chosen)?;
                if chosen {
                    self.spend(predicate::size(&built), span)?;
                }
                return Some(built);
            }
        };
        let then = self.settle(then, true, span, build)?;
        let otherwise = self.settle(otherwise, true, span, build)?;
        self.either(*condition, then, otherwise, span)
    }

    /// The value that `build` makes of values, of which some are chosen: a choice between those that it makes of each.
    pub(super) fn computed(
        &mut self,
        terms: Vec<Term>,
        span: Span,
        build: &mut dyn FnMut(&mut Self, Vec<Term>) -> Option<Term>,
    ) -> Option<Term> {
        self.bounded_choices(&terms, span)?;
        self.compute(terms, span, build)
    }

    fn compute(
        &mut self,
        terms: Vec<Term>,
        span: Span,
        build: &mut dyn FnMut(&mut Self, Vec<Term>) -> Option<Term>,
    ) -> Option<Term> {
        let Choice { condition, then, otherwise } = match self.split_choice(terms, span)? {
            Split::Chosen(choice) => choice,
            Split::Plain(terms) => return build(self, terms),
        };
        let (then, otherwise) = (self.compute(then, span, build)?, self.compute(otherwise, span, build)?);
        Some(choice(*condition, then, otherwise))
    }

    /// Takes the first choice among these values apart. The values beside it are needed twice.
    fn split_choice(&mut self, mut terms: Vec<Term>, span: Span) -> Option<Split> {
        let Some(at) = terms.iter().position(is_choice) else { return Some(Split::Plain(terms)) };
        let chosen = terms.remove(at);
        let TermKind::If(condition, first, second) = chosen.kind else { return None };
        self.spend(terms.iter().map(predicate::term_size).sum(), span)?;
        let (mut then, mut otherwise) = (terms.clone(), terms);
        then.insert(at, *first);
        otherwise.insert(at, *second);
        Some(Split::Chosen(Choice { condition, then, otherwise }))
    }

    /// A chosen condition, which holds twice what chooses it.
    fn either(&mut self, condition: Condition, then: Condition, otherwise: Condition, span: Span) -> Option<Condition> {
        self.spend(predicate::size(&condition), span)?;
        let not = Condition::Not(Box::new(condition.clone()));
        Some(Condition::Or(vec![Condition::And(vec![condition, then]), Condition::And(vec![not, otherwise])]))
    }

    /// Refuses choices that multiply beyond what a rule may hold.
    fn bounded_choices(&mut self, terms: &[Term], span: Span) -> Option<()> {
        let all = terms.iter().map(alternatives).fold(1usize, usize::saturating_mul);
        let most = self.limits.rule_conditions;
        if all <= most {
            return Some(());
        }
        let message = format!("the choices made here multiply to {all} conditions; at most {most} are allowed");
        self.error(codes::RULE_TOO_LARGE, span, message)
    }
}

/// A chosen value.
pub(super) fn choice(condition: Condition, then: Term, otherwise: Term) -> Term {
    let ty = then.ty.clone();
    Term { kind: TermKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)), ty }
}

/// How many values a term is chosen from.
fn alternatives(term: &Term) -> usize {
    match &term.kind {
        TermKind::If(_, then, otherwise) => alternatives(then).saturating_add(alternatives(otherwise)),
        TermKind::Constant(_)
        | TermKind::Place(_)
        | TermKind::Reference(_)
        | TermKind::Arithmetic(..)
        | TermKind::Slice(..)
        | TermKind::Hash(..)
        | TermKind::Set(_) => 1,
    }
}

/// Whether a value is chosen. A choice stands outermost in its term.
pub(super) fn is_choice(term: &Term) -> bool {
    match &term.kind {
        TermKind::If(..) => true,
        TermKind::Constant(_)
        | TermKind::Place(_)
        | TermKind::Reference(_)
        | TermKind::Arithmetic(..)
        | TermKind::Slice(..)
        | TermKind::Hash(..)
        | TermKind::Set(_) => false,
    }
}
