//! Predicates: checked once as they stand, then copied into each rule that calls them with the arguments in place of the parameters.
//!
//! Copying keeps every later phase free of calls. Its cost is bounded: a condition that would grow beyond [`MAX_RULE_CONDITIONS`] is refused before it is made.

use super::env::Env;
use super::names::Definition;
use super::term::same_shape;
use super::{Checker, MAX_BUNDLE_CONDITIONS, MAX_RULE_CONDITIONS};
use crate::checked::{Condition, Place, Root, Term, TermKind};
use crate::types::Type;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, Expr, ItemKind, Path};

/// A predicate, and how far it has been checked.
pub(super) struct Predicate<'a> {
    file: usize,
    declared: &'a syntax::Predicate,
    state: State,
}

enum State {
    /// Not yet looked at.
    Waiting,
    /// Being checked: meeting it again is recursion.
    Open,
    /// Checked; nothing where its declaration was refused.
    Done(Option<Checked>),
}

#[derive(Clone)]
struct Checked {
    parameters: Vec<(String, Type)>,
    body: Condition,
    size: usize,
}

impl<'a> Checker<'a> {
    /// Checks every predicate, whether it is called or not.
    pub(super) fn check_predicates(&mut self) {
        let files = self.files;
        for (file, tree) in files.iter().enumerate() {
            for item in &tree.items {
                if let ItemKind::Predicate(declared) = &item.kind {
                    self.predicates.push(Predicate { file, declared, state: State::Waiting });
                }
            }
        }
        for at in 0..self.predicates.len() {
            self.predicate(at, 0);
        }
    }

    /// Checks a predicate if that is not done, and makes sure its result is there. `depth` counts predicates that wait for this one.
    fn predicate(&mut self, at: usize, depth: usize) -> Option<()> {
        let Predicate { file, declared, ref state } = self.predicates[at];
        match state {
            State::Done(done) => return done.as_ref().map(|_| ()),
            State::Open => {
                self.report(
                    Diagnostic::error(codes::RECURSIVE_PREDICATE, declared.name.span, format!("predicate `{}` calls itself", declared.name.value))
                        .help("a condition always ends: write it without the circle"),
                );
                return None;
            }
            State::Waiting => {}
        }
        if depth > MAX_CALL_DEPTH {
            let message = format!("predicates call one another more than {MAX_CALL_DEPTH} deep");
            return self.error(codes::RULE_TOO_LARGE, declared.name.span, message);
        }
        self.predicates[at].state = State::Open;
        let checked = self.check_predicate(file, declared, depth);
        let found = checked.as_ref().map(|_| ());
        self.predicates[at].state = State::Done(checked);
        found
    }

    fn check_predicate(&mut self, file: usize, declared: &'a syntax::Predicate, depth: usize) -> Option<Checked> {
        let mut parameters: Vec<(String, Type)> = Vec::new();
        let mut sound = true;
        for parameter in &declared.parameters {
            if parameters.iter().any(|(name, _)| *name == parameter.name.value) {
                let message = format!("parameter `{}` is declared twice", parameter.name.value);
                self.report(Diagnostic::error(codes::DUPLICATE_NAME, parameter.name.span, message));
                sound = false;
            }
            match self.resolve_type(file, &parameter.ty) {
                Some(ty) => parameters.push((parameter.name.value.clone(), ty)),
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        let mut env = Env::of_predicate(file, parameters.clone(), depth);
        let body = self.condition(&declared.body, &mut env)?;
        let size = size(&body);
        Some(Checked { parameters, body, size })
    }

    /// `hardened(principal)`
    pub(super) fn call(&mut self, path: &Path, arguments: &[Expr], env: &mut Env) -> Option<Condition> {
        let (definition, name) = match path.value.as_slice() {
            [name] => (self.names.get(env.file, &name.value), name),
            [package, name] => (self.names.get_qualified(env.file, &package.value, &name.value), name),
            _ => (None, path.value.last()?),
        };
        let at = match definition {
            Some(Definition::Predicate(at)) => at,
            Some(other) => return self.wrong_kind(name, other, "a predicate"),
            None => {
                let known = self.names.visible(env.file, |definition| matches!(definition, Definition::Predicate(_)));
                return self.unknown(path.span, "predicate", &super::dotted(path), known);
            }
        };
        // The signature is checked even where the body is refused or the call is part of a circle.
        self.predicate(at, env.call_depth + 1)?;
        let State::Done(Some(checked)) = &self.predicates[at].state else { return None };
        let Checked { parameters, size, .. } = checked;
        let (parameters, size) = (parameters.clone(), *size);
        if parameters.len() != arguments.len() {
            let message = format!("`{}` takes {} argument(s), not {}", name.value, parameters.len(), arguments.len());
            return self.error(codes::TYPE_MISMATCH, path.span, message);
        }
        self.spend(size, path.span)?;
        let terms: Vec<Option<Term>> = arguments.iter().zip(&parameters).map(|(argument, (_, ty))| self.argument(argument, ty, env)).collect();
        let terms = terms.into_iter().collect::<Option<Vec<_>>>()?;
        let State::Done(Some(checked)) = &self.predicates[at].state else { return None };
        if env.variable.is_some() && counts(&checked.body) {
            return self.not_compiled(path.span, "a count or quantifier inside another");
        }
        let mut body = checked.body.clone();
        substitute(&mut body, &terms);
        Some(body)
    }

    /// An argument: a place of the parameter's type, or any value of it.
    fn argument(&mut self, argument: &Expr, ty: &Type, env: &mut Env) -> Option<Term> {
        if !self.needs_context(argument, env) && matches!(ty, Type::Struct(_) | Type::Union(_) | Type::Optional(_) | Type::List(..)) {
            // Whole records, evidence, lists and optionals are passed by place.
            let raw = self.place(argument, env)?;
            let (place, found) = if raw.1 == *ty { raw } else { self.settled_place(argument, env)? };
            if found != *ty {
                return self.mismatch(argument, ty, &found);
            }
            return Some(Term { kind: TermKind::Place(place), ty: ty.clone() });
        }
        let term = self.term_of(argument, ty, env)?;
        debug_assert!(same_shape(&term.ty, ty));
        Some(term)
    }

    /// Counts conditions against the bundle's limit, and one rule's.
    pub(super) fn spend(&mut self, size: usize, span: Span) -> Option<()> {
        self.conditions = self.conditions.saturating_add(size);
        if size > MAX_RULE_CONDITIONS || self.conditions > MAX_BUNDLE_CONDITIONS {
            let limit = if size > MAX_RULE_CONDITIONS { MAX_RULE_CONDITIONS } else { MAX_BUNDLE_CONDITIONS };
            let whole = if size > MAX_RULE_CONDITIONS { "this" } else { "this bundle" };
            let message = format!("{whole} has more than {limit} conditions once predicates are put in");
            return self.error(codes::RULE_TOO_LARGE, span, message);
        }
        Some(())
    }
}

/// How deep predicates may call one another: checking one inside another takes stack.
const MAX_CALL_DEPTH: usize = 64;

/// How many conditions a condition consists of.
pub(super) fn size(condition: &Condition) -> usize {
    match condition {
        Condition::Not(inner) => 1 + size(inner),
        Condition::And(operands) | Condition::Or(operands) => 1 + operands.iter().map(size).sum::<usize>(),
        Condition::Count { condition, .. } => 1 + size(condition),
        Condition::Constant(_)
        | Condition::Holds(_)
        | Condition::Compare(..)
        | Condition::AtLeast(..)
        | Condition::In(..)
        | Condition::InReference(..)
        | Condition::Is(..)
        | Condition::Present(_)
        | Condition::Age(..)
        | Condition::Permitted => 1,
    }
}

/// Whether a condition counts anything.
fn counts(condition: &Condition) -> bool {
    match condition {
        Condition::Count { .. } => true,
        Condition::Not(inner) => counts(inner),
        Condition::And(operands) | Condition::Or(operands) => operands.iter().any(counts),
        _ => false,
    }
}

/// Puts arguments in place of parameters.
fn substitute(condition: &mut Condition, arguments: &[Term]) {
    match condition {
        Condition::Constant(_) | Condition::Permitted => {}
        Condition::Holds(term) => substitute_term(term, arguments),
        Condition::Compare(_, left, right) | Condition::AtLeast(left, right) => {
            substitute_term(left, arguments);
            substitute_term(right, arguments);
        }
        Condition::In(term, _) | Condition::InReference(term, _) => substitute_term(term, arguments),
        Condition::Is(place, _) | Condition::Present(place) => substitute_place(place, arguments),
        Condition::Age(_, place, bound) => {
            substitute_place(place, arguments);
            substitute_term(bound, arguments);
        }
        Condition::Count { list, condition, .. } => {
            substitute_place(list, arguments);
            substitute(condition, arguments);
        }
        Condition::Not(inner) => substitute(inner, arguments),
        Condition::And(operands) | Condition::Or(operands) => {
            for operand in operands {
                substitute(operand, arguments);
            }
        }
    }
}

fn substitute_term(term: &mut Term, arguments: &[Term]) {
    let TermKind::Place(place) = &mut term.kind else { return };
    match place.root {
        // A parameter used whole may stand for a value that is no place.
        Root::Parameter(at) if place.steps.is_empty() => *term = arguments[at as usize].clone(),
        Root::Parameter(_) => substitute_place(place, arguments),
        Root::Field(_) | Root::Variable(_) => {}
    }
}

/// A parameter with steps is a record or evidence, and those are passed by place.
fn substitute_place(place: &mut Place, arguments: &[Term]) {
    if let Root::Parameter(at) = place.root
        && let TermKind::Place(argument) = &arguments[at as usize].kind
    {
        let steps = argument.steps.iter().chain(&place.steps).copied().collect();
        *place = Place { root: argument.root, steps };
    }
}
