//! Predicates: checked once as they stand, then copied into each rule that calls them with the arguments in place of the parameters.
//!
//! Copying keeps every later phase free of calls. Its cost is bounded: a condition that would grow beyond [`Limits::rule_conditions`](crate::limits::Limits) is refused before it is made.

use super::choice::choice;
use super::env::Env;
use super::names::Definition;
use super::template::Application;
use super::term::stands_for;
use super::{Checker, MAX_CONDITION_DEPTH, MAX_FIELDS};
use crate::checked::{Condition, Place, Root, Term, TermKind};
use crate::ir::MAX_COUNT_DEPTH;
use crate::limits::Limits;
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, Expr, ExprKind, ItemKind, Path, Word, dotted};
use std::sync::Arc;

/// A predicate, and how far it has been checked.
#[derive(Clone)]
pub(super) struct Predicate<'a> {
    file: usize,
    declared: &'a syntax::Predicate,
    /// The application of the template that declares it.
    application: Option<Arc<Application>>,
    state: State,
}

#[derive(Clone)]
enum State {
    /// Not yet looked at.
    Waiting,
    /// Waits for those it calls: meeting it again is recursion.
    Open,
    /// Checked; nothing where its declaration was refused.
    Done(Option<Checked>),
}

#[derive(Clone)]
struct Checked {
    parameters: Vec<(Word, Type)>,
    body: Arc<Condition>,
}

impl<'a> Checker<'a> {
    /// Takes up the predicates that files declare, in the order in which names were given to them.
    pub(super) fn collect_predicates(&mut self) {
        let files = self.files;
        for (file, tree) in files.iter().enumerate() {
            for item in &tree.items {
                if let ItemKind::Predicate(declared) = &item.kind {
                    self.add_predicate(file, declared, None);
                }
            }
        }
    }

    /// Takes up a predicate; gives its position.
    pub(super) fn add_predicate(
        &mut self,
        file: usize,
        declared: &'a syntax::Predicate,
        application: Option<Arc<Application>>,
    ) -> usize {
        self.predicates.push(Predicate { file, declared, application, state: State::Waiting });
        self.predicates.len() - 1
    }

    /// Checks every predicate, whether it is called or not; each after those it calls.
    pub(super) fn check_predicates(&mut self) {
        // The way down is a list and not the stack: a chain of predicates may be as long as a file.
        let mut waiting: Vec<(usize, Vec<usize>)> = Vec::new();
        for at in 0..self.predicates.len() {
            self.enter(at, &mut waiting);
            while let Some((current, callees)) = waiting.last_mut() {
                if let Some(callee) = callees.pop() {
                    self.enter(callee, &mut waiting);
                } else {
                    let current = *current;
                    waiting.pop();
                    let Predicate { file, declared, ref application, .. } = self.predicates[current];
                    self.application = application.clone();
                    let checked = self.check_predicate(file, declared);
                    if checked.is_none() {
                        self.left_out("predicate", declared.name.span);
                    }
                    self.predicates[current].state = State::Done(checked);
                    self.application = None;
                }
            }
        }
    }

    /// Begins with a predicate, unless it is checked; one that is met while it waits is in a circle.
    fn enter(&mut self, at: usize, waiting: &mut Vec<(usize, Vec<usize>)>) {
        let Predicate { file, declared, ref application, ref state } = self.predicates[at];
        match state {
            State::Done(_) => {}
            State::Waiting => {
                self.application = application.clone();
                self.predicates[at].state = State::Open;
                waiting.push((at, self.callees(file, &declared.body)));
                self.application = None;
            }
            State::Open => {
                let message = format!("predicate `{}` calls itself", declared.name.value);
                self.report(
                    Diagnostic::error(codes::RECURSIVE_PREDICATE, declared.name.span, message)
                        .help("a condition always ends: write it without the circle"),
                );
            }
        }
    }

    /// The predicates that an expression calls.
    fn callees(&self, file: usize, expression: &Expr) -> Vec<usize> {
        let mut callees = Vec::new();
        let mut rest = vec![expression];
        while let Some(expression) = rest.pop() {
            if let ExprKind::Call(path, _) = &expression.value
                && let Some(Definition::Predicate(at)) = self.called(file, path)
            {
                callees.push(at);
            }
            rest.extend(parts(expression));
        }
        callees
    }

    /// What the name of a call stands for.
    fn called(&self, file: usize, path: &Path) -> Option<Definition> {
        match path.value.as_slice() {
            [name] => {
                // Within a template, a predicate of the template is meant before one of the package.
                let applied = self.applied_name(&name.value);
                let of_template =
                    self.application.as_ref().and_then(|_| self.names.in_package(&self.package_here(file), &applied));
                of_template.or_else(|| self.names.get(file, &name.value))
            }
            [package, name] => self.names.get_qualified(file, &package.value, &name.value),
            _ => None,
        }
    }

    fn check_predicate(&mut self, file: usize, declared: &'a syntax::Predicate) -> Option<Checked> {
        let mut parameters: Vec<(Word, Type)> = Vec::new();
        if declared.parameters.len() > MAX_FIELDS {
            let found = declared.parameters.len();
            let message = format!("{found} parameters; at most {MAX_FIELDS} are allowed");
            return self.error(codes::INVALID_TYPE, declared.name.span, message);
        }
        let mut sound = true;
        for parameter in &declared.parameters {
            if parameters.iter().any(|(name, _)| *name == parameter.name.value) {
                let message = format!("parameter `{}` is declared twice", parameter.name.value);
                self.report(Diagnostic::error(codes::DUPLICATE_NAME, parameter.name.span, message));
                sound = false;
            }
            sound &= self
                .no_reference(
                    &parameter.name.value,
                    "a parameter",
                    parameter.name.span,
                    &Env::of_predicate(file, Vec::new()),
                )
                .is_some();
            match self.resolve_type(file, &parameter.ty) {
                Some(ty) => parameters.push((parameter.name.value.clone(), ty)),
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        let mut env = Env::of_predicate(file, parameters.clone());
        self.in_application(&mut env);
        let body = self.condition(&declared.body, &mut env)?;
        self.check_depth(&body, declared.name.span)?;
        Some(Checked { parameters, body: Arc::new(body) })
    }

    /// `hardened(principal)`
    pub(super) fn call(&mut self, path: &Path, arguments: &[Expr], env: &mut Env) -> Option<Condition> {
        let name = path.value.last()?;
        let at = match self.called(env.file, path) {
            Some(Definition::Predicate(at)) => at,
            Some(other) => return self.wrong_kind(name, other, "a predicate"),
            None => {
                if let [package, _] = path.value.as_slice()
                    && self.names.is_ambiguous_qualifier(env.file, &package.value)
                {
                    let message = format!("two packages that this file uses end in `{}`", package.value);
                    self.report(
                        Diagnostic::error(codes::AMBIGUOUS_NAME, path.span, message)
                            .help(format!("bring `{}` in by a `use` and call it by that name", name.value)),
                    );
                    return None;
                }
                let predicate = |definition| matches!(definition, Definition::Predicate(_));
                let known = match path.value.as_slice() {
                    [package, _] => self.names.visible_qualified(env.file, &package.value, predicate),
                    _ => self.visible(env.file, predicate),
                };
                return self.unknown(path.span, "predicate", &dotted(path), known);
            }
        };
        // One whose declaration was refused, or that is in a circle, was reported where it stands.
        let State::Done(Some(checked)) = &self.predicates[at].state else { return None };
        let Checked { parameters, body } = checked.clone();
        if parameters.len() != arguments.len() {
            let message = format!("`{}` takes {} argument(s), not {}", name.value, parameters.len(), arguments.len());
            let names: Vec<String> =
                parameters.iter().map(|(parameter, ty)| format!("{parameter}: {}", self.show(ty))).collect();
            let finding = Diagnostic::error(codes::TYPE_MISMATCH, path.span, message);
            self.report(if names.is_empty() {
                finding.help("call it without arguments")
            } else {
                finding.help(format!("it takes {}", super::listed(names).replace(" or ", " and ")))
            });
            return None;
        }
        let declared = self.predicates[at].declared.name.span;
        if self.refused.contains(&declared) {
            return None;
        }
        let terms: Vec<Option<Term>> =
            arguments.iter().zip(&parameters).map(|(argument, (_, ty))| self.argument(argument, ty, env)).collect();
        let terms = terms.into_iter().collect::<Option<Vec<_>>>()?;
        self.room_inside(&body, env, path.span)?;
        self.settled(terms, path.span, &mut |checker, terms, _| {
            let sizes: Vec<usize> = terms.iter().map(term_size).collect();
            if checker.spend(size_with(&body, &sizes), path.span).is_none() {
                checker.refused.insert(declared);
                return None;
            }
            let mut body = inside(Condition::clone(&body), env);
            substitute(&mut body, &terms);
            checker.check_distinct(&body, path.span)?;
            Some(body)
        })
    }

    /// Refuses a condition that was read where no list is walked, for where some are, if they are too many together.
    pub(super) fn room_inside(&mut self, condition: &Condition, env: &Env, span: Span) -> Option<()> {
        let depth = env.variables.len();
        if depth == 0 {
            return Some(());
        }
        let (deepest, walked) = counts(condition);
        if depth + deepest > usize::from(MAX_COUNT_DEPTH) {
            let message = format!("counts and quantifiers stand inside one another more than {MAX_COUNT_DEPTH} deep");
            return self.error(codes::RULE_TOO_LARGE, span, message);
        }
        self.bounded_walk(env.walked.saturating_mul(walked), span)
    }

    /// A copy of a condition that has a name, for where the name is used.
    pub(super) fn put_inside(&mut self, condition: &Condition, env: &Env, span: Span) -> Option<Condition> {
        self.spend(size(condition), span)?;
        self.room_inside(condition, env, span)?;
        Some(inside(condition.clone(), env))
    }

    /// The same of a value, which a condition may choose.
    pub(super) fn put_term_inside(&mut self, term: &Term, env: &Env, span: Span) -> Option<Term> {
        match &term.kind {
            TermKind::If(condition, then, otherwise) => {
                let condition = self.put_inside(condition, env, span)?;
                let then = self.put_term_inside(then, env, span)?;
                let otherwise = self.put_term_inside(otherwise, env, span)?;
                Some(choice(condition, then, otherwise))
            }
            TermKind::Constant(_)
            | TermKind::Place(_)
            | TermKind::Reference(_)
            | TermKind::Arithmetic(..)
            | TermKind::Slice(..)
            | TermKind::Hash(..)
            | TermKind::Set(_) => {
                self.spend(term_size(term), span)?;
                Some(term.clone())
            }
        }
    }

    /// An argument: a place of the parameter's type, or any value of it.
    fn argument(&mut self, argument: &Expr, ty: &Type, env: &mut Env) -> Option<Term> {
        if matches!(ty, Type::Struct(_) | Type::Union(_) | Type::Optional(_) | Type::List(..)) {
            // Records, evidence, lists and optionals are passed by place: the body takes further steps from there, which nothing written out has.
            // What is known of it is used as far as the parameter asks for it.
            let mut found = self.place(argument, env)?;
            if found.1 != *ty {
                found = self.present_place(argument, env)?;
            }
            if found.1 != *ty {
                found = self.settled_place(argument, env)?;
            }
            let (place, found) = found;
            if found != *ty {
                return self.mismatch(argument, ty, &found);
            }
            return Some(Term { kind: TermKind::Place(place), ty: ty.clone() });
        }
        if let Type::Set(element) = ty {
            return self.set_operand(argument, element, stands_for, env);
        }
        self.term_of(argument, ty, env)
    }

    /// Refuses conditions nested so deep that working through them could exhaust the stack.
    pub(super) fn check_depth(&mut self, condition: &Condition, span: Span) -> Option<()> {
        self.bounded_depth(depth(condition), span)
    }

    /// The same of values.
    pub(super) fn check_term_depth(&mut self, term: &Term, span: Span) -> Option<()> {
        self.bounded_depth(term_depth(term), span)
    }

    fn bounded_depth(&mut self, found: usize, span: Span) -> Option<()> {
        if found <= MAX_CONDITION_DEPTH {
            return Some(());
        }
        let message = format!(
            "conditions are nested {found} deep once predicates are put in; at most {MAX_CONDITION_DEPTH} are allowed"
        );
        self.error(codes::RULE_TOO_LARGE, span, message)
    }

    /// Counts conditions against the bundle's limit, and one rule's.
    pub(super) fn spend(&mut self, size: usize, span: Span) -> Option<()> {
        let Limits { rule_conditions, bundle_conditions, .. } = self.limits;
        if self.conditions > bundle_conditions {
            // Said where the limit was reached.
            return None;
        }
        self.conditions = self.conditions.saturating_add(size);
        let (whole, found, limit) = if size > rule_conditions {
            ("this", size, rule_conditions)
        } else if self.conditions > bundle_conditions {
            ("up to here, this bundle", self.conditions, bundle_conditions)
        } else {
            return Some(());
        };
        let message = format!("{whole} has {found} conditions once predicates are put in; at most {limit} are allowed");
        self.error(codes::RULE_TOO_LARGE, span, message)
    }
}

/// The expressions that an expression consists of.
fn parts(expression: &Expr) -> Vec<&Expr> {
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
        ExprKind::Match(scrutinee, arms) => {
            [&**scrutinee].into_iter().chain(arms.iter().map(|arm| &arm.body)).collect()
        }
        ExprKind::If(condition, then, otherwise) => vec![condition, then, otherwise],
    }
}

/// How deep a condition is nested, with the values in it.
fn depth(condition: &Condition) -> usize {
    let terms = condition.terms().map(term_depth).max().unwrap_or(0);
    1 + condition.parts().iter().map(depth).max().unwrap_or(0).max(terms)
}

fn term_depth(term: &Term) -> usize {
    let chosen = if let TermKind::If(condition, ..) = &term.kind { depth(condition) } else { 0 };
    1 + term.parts().map(term_depth).max().unwrap_or(0).max(chosen)
}

/// How many conditions a condition consists of. The values in it count too, since each call of a predicate copies them.
pub(super) fn size(condition: &Condition) -> usize {
    size_with(condition, &[])
}

/// The same of a value.
pub(super) fn term_size(term: &Term) -> usize {
    term_size_with(term, &[])
}

/// How many conditions a condition consists of once arguments of these sizes stand in place of its parameters.
fn size_with(condition: &Condition, arguments: &[usize]) -> usize {
    let written = match condition {
        Condition::In(_, values) => values.iter().map(value_size).sum::<usize>(),
        _ => 0,
    };
    let terms = condition.terms().map(|term| term_size_with(term, arguments));
    let parts = condition.parts().iter().map(|part| size_with(part, arguments));
    terms.chain(parts).fold(1 + written, usize::saturating_add)
}

fn term_size_with(term: &Term, arguments: &[usize]) -> usize {
    let own = match &term.kind {
        TermKind::Constant(value) => value_size(value),
        TermKind::Place(Place { root: Root::Parameter(at), .. }) => {
            arguments.get(*at as usize).copied().unwrap_or_default()
        }
        TermKind::Place(_) | TermKind::Reference(_) => 0,
        TermKind::If(condition, ..) => size_with(condition, arguments),
        TermKind::Arithmetic(..) | TermKind::Slice(..) | TermKind::Hash(..) | TermKind::Set(_) => 1,
    };
    term.parts().map(|part| term_size_with(part, arguments)).fold(own, usize::saturating_add)
}

/// What copying a value costs, in units of about a condition's memory.
fn value_size(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / 64,
        Value::Bytes(bytes) => 1 + bytes.len() / 64,
        Value::Set(values) => 1 + values.iter().map(value_size).sum::<usize>(),
        _ => 1,
    }
}

/// How deep counts stand in one another, and how many elements they walk together at the most.
fn counts(condition: &Condition) -> (usize, u64) {
    let inner = condition.parts().iter().map(counts);
    let (depth, walked) = inner.fold((0, 1), |(depth, walked), part| (depth.max(part.0), walked.max(part.1)));
    match condition {
        Condition::Count(count) => (depth + 1, walked.saturating_mul(count.most.into())),
        _ => (depth, walked),
    }
}

/// A condition that was read where no list is walked, for a place where some are: its own variables get greater numbers than those around it.
pub(super) fn inside(mut condition: Condition, env: &Env) -> Condition {
    if !env.variables.is_empty() {
        renumber(&mut condition, env.variables.len() as u32);
    }
    condition
}

/// Makes room for so many variables around a condition: its own get greater numbers.
fn renumber(condition: &mut Condition, by: u32) {
    if let Condition::Count(count) = condition {
        count.variable += by;
    }
    change_places(condition, &mut |place| {
        if let Root::Variable(variable) = &mut place.root {
            *variable += by;
        }
    });
    for part in condition.parts_mut() {
        renumber(part, by);
    }
}

/// Puts arguments in place of parameters.
fn substitute(condition: &mut Condition, arguments: &[Term]) {
    for term in condition.terms_mut() {
        substitute_term(term, arguments);
    }
    if let Some(place) = condition.place_mut() {
        substitute_place(place, arguments);
    }
    for part in condition.parts_mut() {
        substitute(part, arguments);
    }
}

fn substitute_term(term: &mut Term, arguments: &[Term]) {
    if let TermKind::Place(place) = &mut term.kind {
        match place.root {
            // A parameter used whole may stand for a value that is no place.
            Root::Parameter(at) if place.steps.is_empty() => *term = arguments[at as usize].clone(),
            Root::Parameter(_) => substitute_place(place, arguments),
            Root::Field(_) | Root::Variable(_) => {}
        }
        return;
    }
    for part in term.parts_mut() {
        substitute_term(part, arguments);
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

/// Changes every place that a condition itself reads, apart from those of its parts.
fn change_places(condition: &mut Condition, change: &mut dyn FnMut(&mut Place)) {
    for term in condition.terms_mut() {
        change_term_places(term, change);
    }
    if let Some(place) = condition.place_mut() {
        change(place);
    }
}

fn change_term_places(term: &mut Term, change: &mut dyn FnMut(&mut Place)) {
    if let TermKind::Place(place) = &mut term.kind {
        change(place);
    }
    for part in term.parts_mut() {
        change_term_places(part, change);
    }
}
