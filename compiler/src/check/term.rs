//! Values inside conditions: literals, places of the request, references, enum cases.

use super::Checker;
use super::choice::choice;
use super::compute::{hash_named, operation};
use super::env::{Binding, Env};
use super::names::Definition;
use crate::checked::{Condition, Place, Root, Step, Term, TermKind};
use crate::types::{EnumId, StructId, Type};
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{BytesForm, Expr, ExprKind, Name};

impl Checker<'_> {
    /// Whether an expression means something only beside another whose type is known: a bare enum case, or bytes whose type could be several.
    pub(super) fn needs_context(&self, expression: &Expr, env: &Env) -> bool {
        match &expression.value {
            ExprKind::Name(name) => {
                self.root(name, env).is_none()
                    && env.binding(name).is_none()
                    && !matches!(self.names.get(env.file, name), Some(Definition::Reference(_)))
            }
            ExprKind::Bytes(..) => true,
            ExprKind::If(_, then, otherwise) => self.needs_context(then, env) && self.needs_context(otherwise, env),
            ExprKind::Match(_, arms) => arms.iter().all(|arm| self.needs_context(&arm.body, env)),
            _ => false,
        }
    }

    /// The same, or some arm of an `if` or `match` does: `if c then orange else Colour.red`. Beside a value of a known type, all arms are of that type.
    pub(super) fn has_arm_that_needs_context(&self, expression: &Expr, env: &Env) -> bool {
        match &expression.value {
            ExprKind::If(_, then, otherwise) => {
                self.has_arm_that_needs_context(then, env) || self.has_arm_that_needs_context(otherwise, env)
            }
            ExprKind::Match(_, arms) => arms.iter().any(|arm| self.has_arm_that_needs_context(&arm.body, env)),
            _ => self.needs_context(expression, env),
        }
    }

    /// The value of an expression that is put where a value of this type is wanted.
    pub(super) fn term_of(&mut self, expression: &Expr, ty: &Type, env: &mut Env) -> Option<Term> {
        self.term_fitting(expression, ty, stands_for, env)
    }

    /// The value of an expression whose type must fit this one.
    pub(super) fn term_fitting(&mut self, expression: &Expr, ty: &Type, fits: Fits, env: &mut Env) -> Option<Term> {
        match &expression.value {
            ExprKind::Name(name) => {
                if let Type::Enum(id) = ty
                    && let Some(case) = self.case(*id, name)
                {
                    self.unambiguous(name, "case", *id, expression.span, env)?;
                    return Some(Term::constant(Value::Case(*id, case), ty.clone()));
                }
            }
            ExprKind::If(condition, then, otherwise) => {
                return self.chosen_term(condition, then, otherwise, env, |checker, branch, env| {
                    checker.term_fitting(branch, ty, fits, env)
                });
            }
            ExprKind::Match(evidence, arms) => {
                return self.matched_term(evidence, arms, expression.span, env, |checker, arm, env| {
                    checker.term_fitting(arm, ty, fits, env)
                });
            }
            _ => {}
        }
        if self.needs_context(expression, env) {
            if let ExprKind::Name(name) = &expression.value
                && (!matches!(ty, Type::Enum(_)) || self.names.get(env.file, name).is_some())
            {
                // No case, and no value either: the name itself is the mistake.
                self.term(expression, env)?;
                return None;
            }
            let value = self.constant(env.file, expression, ty, None)?;
            return Some(Term::constant(value, ty.clone()));
        }
        let term = self.term(expression, env)?;
        if !fits(&term.ty, ty) {
            return self.mismatch(expression, ty, &term.ty);
        }
        Some(term)
    }

    /// Refuses a bare case or group of an enum that is also the name of a value here: which of them is meant would be a guess.
    pub(super) fn unambiguous(&mut self, name: &str, what: &str, id: EnumId, span: Span, env: &Env) -> Option<()> {
        let is_reference = matches!(self.names.get(env.file, name), Some(Definition::Reference(_)));
        if self.root(name, env).is_none() && env.binding(name).is_none() && !is_reference {
            return Some(());
        }
        let declared = &self.schema.enumeration(id).name;
        let message = format!("`{name}` is both a {what} of `{declared}` and the name of something else here");
        let help = format!("write the {what} as `{declared}.{name}`, or give the other another name");
        let mend = format!("{declared}.{name}");
        self.report(Diagnostic::error(codes::AMBIGUOUS_NAME, span, message).help(help).replace_by(mend));
        None
    }

    /// Refuses a name that means something here and is a reference too: a caller's word could otherwise stand where the deployment's was meant.
    pub(super) fn no_reference(&mut self, name: &str, what: &str, span: Span, env: &Env) -> Option<()> {
        match self.names.get(env.file, name) {
            Some(Definition::Reference(id)) => {
                let declared = self.schema.reference(id).span;
                self.report(
                    Diagnostic::error(codes::AMBIGUOUS_NAME, span, format!("`{name}` is both a reference and {what}"))
                        .and(declared, "the reference is declared here")
                        .help("give one of them another name"),
                );
                None
            }
            _ => Some(()),
        }
    }

    /// The value of an expression that has a type of its own.
    pub(super) fn term(&mut self, expression: &Expr, env: &mut Env) -> Option<Term> {
        let span = expression.span;
        let constant = |value, ty| Some(Term { kind: TermKind::Constant(value), ty });
        match &expression.value {
            ExprKind::Bool(value) => constant(Value::Bool(*value), Type::Bool),
            ExprKind::Int(value) => constant(Value::Int(*value), Type::Int),
            ExprKind::Negate(inner) if matches!(inner.value, ExprKind::Int(_)) => {
                constant(self.constant(env.file, expression, &Type::Int, None)?, Type::Int)
            }
            ExprKind::String(text) => constant(Value::string(text.as_str()), Type::String),
            ExprKind::Duration(value) => constant(Value::Duration(*value), Type::Duration),
            ExprKind::Instant(value) => constant(Value::Instant(*value), Type::Instant),
            ExprKind::Bytes(form, bytes) => {
                let length = bytes.len() as u32;
                let ty = if *form == BytesForm::Hex { Type::FixedBytes(length) } else { Type::Digest(length) };
                constant(Value::Bytes(bytes.as_slice().into()), ty)
            }
            ExprKind::Tcb(components) => {
                let tcb = self.tcb(components)?;
                constant(Value::Tcb(tcb), Type::Tcb)
            }
            ExprKind::Name(name) => {
                if self.root(name, env).is_some() {
                    return self.place_term(expression, env);
                }
                match env.binding(name) {
                    Some(Binding::Term(term)) => return self.put_term_inside(term, env, span),
                    Some(Binding::Condition(_)) => {
                        let message = format!("`{name}` is a condition: it has no value");
                        return self.error(codes::TYPE_MISMATCH, span, message);
                    }
                    Some(Binding::Count(_)) => {
                        return self.error(
                            codes::TYPE_MISMATCH,
                            span,
                            "a count stands alone on one side of a comparison",
                        );
                    }
                    Some(Binding::Refused) => return None,
                    Some(Binding::Place(..)) | None => {}
                }
                match self.names.get(env.file, name) {
                    Some(Definition::Reference(id)) if self.refused.contains(&self.schema.reference(id).span) => None,
                    Some(Definition::Reference(id)) => {
                        let ty = self.schema.reference(id).ty.clone();
                        if matches!(ty, Type::Set(_)) {
                            let message = format!("`{name}` is a set, not one value");
                            self.report(
                                Diagnostic::error(codes::TYPE_MISMATCH, span, message)
                                    .help(format!("ask for membership: `… in {name}`")),
                            );
                            return None;
                        }
                        Some(Term { kind: TermKind::Reference(id), ty })
                    }
                    Some(other) => self.wrong_kind(&Name::new(name.clone(), span), other, "a value"),
                    None => self.unknown_value(name, span, env),
                }
            }
            ExprKind::Field(base, field) => {
                if let ExprKind::Name(name) = &base.value
                    && self.root(name, env).is_none()
                    && let Some(Definition::Enum(id)) = self.names.get(env.file, name)
                {
                    let Some(case) = self.case(id, &field.value) else {
                        if self.group(id, &field.value).is_some() {
                            let message = format!("`{name}.{}` is a group of cases, not one case", field.value);
                            let help = format!("ask for membership: `… in {name}.{}`", field.value);
                            self.report(Diagnostic::error(codes::TYPE_MISMATCH, span, message).help(help));
                            return None;
                        }
                        let known: Vec<String> =
                            self.schema.enumeration(id).cases.iter().map(|case| case.name.clone()).collect();
                        return self.unknown(field.span, &format!("case of `{name}` called"), &field.value, known);
                    };
                    return constant(Value::Case(id, case), Type::Enum(id));
                }
                self.place_term(expression, env)
            }
            ExprKind::Version(numbers) => constant(Value::Version(*numbers), Type::Version),
            ExprKind::IpAddr(address) => constant(Value::address(*address), Type::IpAddr),
            ExprKind::Cidr(network, length) => constant(Value::network(*network, *length), Type::Cidr),
            ExprKind::Oid(arcs) => constant(Value::Oid(arcs.as_slice().into()), Type::Oid),
            ExprKind::Binary(op, left, right) => match operation(op.value) {
                Some(operation) => self.arithmetic(operation, left, right, span, env),
                None => self.condition_as_value(span),
            },
            ExprKind::Negate(inner) => self.negation(inner, span, env),
            ExprKind::Not(_) | ExprKind::IsType(..) | ExprKind::IsPresent(_) | ExprKind::Quantifier { .. } => {
                self.condition_as_value(span)
            }
            ExprKind::If(condition, then, otherwise) => self.chosen_term(condition, then, otherwise, env, Self::term),
            ExprKind::Match(evidence, arms) => self.matched_term(evidence, arms, span, env, Self::term),
            ExprKind::Slice(inner, bounds) => self.slice(inner, &bounds[0], &bounds[1], env),
            ExprKind::Call(path, arguments) => match path.value.as_slice() {
                [name] if name.value == "age" => self.error(
                    codes::TYPE_MISMATCH,
                    span,
                    "an age is compared directly with a duration: `age(p) <= 5m`",
                ),
                [name] if name.value == "verified_at" => self.verified_at(expression, env),
                [name] => match hash_named(&name.value) {
                    Some(hash) => self.hash(hash, name, arguments, span, env),
                    None => self.condition_as_value(span),
                },
                _ => self.condition_as_value(span),
            },
            ExprKind::Count { .. } => {
                let message = "a count stands alone on one side of a comparison";
                self.report(
                    Diagnostic::error(codes::TYPE_MISMATCH, span, message)
                        .help("write `count(x in xs where …) >= 2`, with any number on the other side"),
                );
                None
            }
            ExprKind::Set(_) => {
                let message = "a set stands only beside `in`, `contains`, `subset_of`, `==` and `!=`";
                self.error(codes::TYPE_MISMATCH, span, message)
            }
            ExprKind::List(_) => {
                self.report(
                    Diagnostic::error(codes::TYPE_MISMATCH, span, "a list is written out only in tests")
                        .help("for membership write a set: `x in { a, b }`"),
                );
                None
            }
            ExprKind::Record { .. } => {
                self.report(
                    Diagnostic::error(codes::TYPE_MISMATCH, span, "a record is written out only in tests")
                        .help("compare its fields one by one"),
                );
                None
            }
        }
    }

    fn condition_as_value<T>(&mut self, span: Span) -> Option<T> {
        self.error(codes::TYPE_MISMATCH, span, "this is a condition: it has no value that could be computed with")
    }

    /// What a set-valued expression stands for: a field, a reference set, what was given a name, or one of these that is chosen.
    pub(super) fn set_or_value(&mut self, expression: &Expr, env: &mut Env) -> Option<Term> {
        match &expression.value {
            ExprKind::If(condition, then, otherwise) => {
                return self.chosen_term(condition, then, otherwise, env, Self::set_or_value);
            }
            ExprKind::Match(evidence, arms) => {
                return self.matched_term(evidence, arms, expression.span, env, Self::set_or_value);
            }
            _ => {}
        }
        if let ExprKind::Name(name) = &expression.value
            && self.root(name, env).is_none()
            && env.binding(name).is_none()
            && let Some(Definition::Reference(id)) = self.names.get(env.file, name)
        {
            let reference = self.schema.reference(id);
            if self.refused.contains(&reference.span) {
                return None;
            }
            return Some(Term { kind: TermKind::Reference(id), ty: reference.ty.clone() });
        }
        self.term(expression, env)
    }

    /// `verified_at(e)`
    fn verified_at(&mut self, expression: &Expr, env: &mut Env) -> Option<Term> {
        let ExprKind::Call(_, arguments) = &expression.value else { return None };
        let [argument] = arguments.as_slice() else {
            return self.error(codes::TYPE_MISMATCH, expression.span, "`verified_at` takes one piece of evidence");
        };
        let (place, ty) = self.settled_place(argument, env)?;
        let Type::Union(kinds) = &ty else { return self.verified_field(place, &ty, argument.span) };
        // Each alternative has a field of its own.
        let mut rest: Option<Term> = None;
        for kind in env.kinds(&place, kinds).into_iter().rev() {
            let mut alternative = place.clone();
            alternative.steps.push(Step::Alternative(kind));
            let term = self.verified_field(alternative, &Type::Struct(kind), argument.span)?;
            rest = Some(match rest {
                None => term,
                Some(rest) => choice(Condition::Is(place.clone(), kind), term, rest),
            });
        }
        rest
    }

    fn verified_field(&mut self, mut place: Place, ty: &Type, span: Span) -> Option<Term> {
        let id = self.evidence_kind(ty, span)?;
        let name = Name::new("verified_at".into(), span);
        place.steps.push(Step::Field(id, self.field_index(id, &name)?));
        Some(Term { kind: TermKind::Place(place), ty: Type::Instant })
    }

    /// The schema of a value that must be one kind of evidence.
    pub(super) fn evidence_kind(&mut self, ty: &Type, span: Span) -> Option<StructId> {
        match ty {
            Type::Struct(id) if self.schema.structure(*id).evidence.is_some() => Some(*id),
            // Its declaration was refused where it stands.
            Type::Struct(id) if self.evidence_structs[id.index()] => None,
            Type::Union(_) => {
                let message =
                    format!("this may be `{}`: which one is not known here", self.show(ty).replace(" | ", "` or `"));
                self.report(
                    Diagnostic::error(codes::NOT_NARROWED, span, message)
                        .help("test its kind by `is`, in the `where` or an earlier line"),
                );
                None
            }
            _ => {
                let shown = self.show(ty);
                self.error(codes::TYPE_MISMATCH, span, format!("expected evidence, found `{shown}`"))
            }
        }
    }

    /// Reports a name that stands for nothing here.
    fn unknown_value<T>(&mut self, name: &str, span: Span, env: &Env) -> Option<T> {
        if env.later.iter().any(|later| later == name) {
            let message = format!("`{name}` has no value yet: its `let` stands further down");
            self.report(
                Diagnostic::error(codes::UNKNOWN_NAME, span, message).help("move the `let` up, before this line"),
            );
            return None;
        }
        let mut known = self.visible(env.file, |definition| matches!(definition, Definition::Reference(_)));
        known.extend(self.values_in_scope(env));
        self.unknown(span, "value called", name, known)
    }

    /// The names that stand for values here, apart from references.
    fn values_in_scope(&self, env: &Env) -> Vec<String> {
        let fields = env
            .request
            .map(|id| self.schema.request(id).fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>());
        let parameters = env.parameters.iter().map(|(name, _)| name.to_string());
        fields
            .into_iter()
            .flatten()
            .chain(parameters)
            .chain(env.variables.iter().map(|(name, _)| name.to_string()))
            .chain(env.bindings.iter().map(|(name, _)| name.to_string()))
            .collect()
    }

    /// The place that a bare name stands for, if it is one: innermost first.
    pub(super) fn root(&self, name: &str, env: &Env) -> Option<(Place, Type)> {
        let whole = |root: Root, ty: &Type| Some((Place { root, steps: Vec::new() }, ty.clone()));
        if let Some(at) = env.variables.iter().position(|(variable, _)| variable == name) {
            return whole(Root::Variable(at as u32), &env.variables[at].1);
        }
        if let Some(Binding::Place(place, ty)) = env.binding(name) {
            return Some((place.clone(), ty.clone()));
        }
        if let Some(at) = env.parameters.iter().position(|(parameter, _)| parameter == name) {
            return whole(Root::Parameter(at as u32), &env.parameters[at].1);
        }
        let request = self.schema.request(env.request?);
        let at = request.fields.iter().position(|field| field.name == name)?;
        whole(Root::Field(at), &request.fields[at].ty)
    }

    fn place_term(&mut self, expression: &Expr, env: &mut Env) -> Option<Term> {
        let (place, ty) = self.settled_place(expression, env)?;
        if let Type::Optional(_) = ty {
            return self.not_present(expression.span);
        }
        Some(Term { kind: TermKind::Place(place), ty })
    }

    pub(super) fn not_present<T>(&mut self, span: Span) -> Option<T> {
        self.report(
            Diagnostic::error(codes::NOT_PRESENT, span, "this value may be absent")
                .help("test that it `is present` first: the test holds for what follows `and`, and for later lines"),
        );
        None
    }

    /// A place, with what is known of its kind or presence used.
    pub(super) fn settled_place(&mut self, expression: &Expr, env: &mut Env) -> Option<(Place, Type)> {
        let (mut place, ty) = self.present_place(expression, env)?;
        match ty {
            Type::Union(kinds) => match env.kinds(&place, &kinds).as_slice() {
                [kind] => {
                    place.steps.push(Step::Alternative(*kind));
                    Some((place, Type::Struct(*kind)))
                }
                _ => Some((place, Type::Union(kinds))),
            },
            ty => Some((place, ty)),
        }
    }

    /// A place, with what is known of its presence used, but not of its kind.
    pub(super) fn present_place(&mut self, expression: &Expr, env: &mut Env) -> Option<(Place, Type)> {
        let (mut place, ty) = self.place(expression, env)?;
        match ty {
            Type::Optional(inner) if env.is_present(&place) => {
                place.steps.push(Step::Present);
                Some((place, *inner))
            }
            ty => Some((place, ty)),
        }
    }

    /// A place as written, without using what is known of its own kind or presence.
    pub(super) fn place(&mut self, expression: &Expr, env: &mut Env) -> Option<(Place, Type)> {
        match &expression.value {
            ExprKind::Name(name) => match self.root(name, env) {
                Some((Place { root: Root::Field(at), .. }, _))
                    if env
                        .request
                        .is_some_and(|id| self.refused.contains(&self.schema.request(id).fields[at].span)) =>
                {
                    None
                }
                Some(place) => {
                    self.no_reference(name, "a field, parameter or variable", expression.span, env)?;
                    Some(place)
                }
                None if matches!(env.binding(name), Some(Binding::Refused)) => None,
                None => {
                    // Not a value: say what it is instead.
                    match self.names.get(env.file, name) {
                        Some(definition) => self.wrong_kind(
                            &Name::new(name.clone(), expression.span),
                            definition,
                            "a value of the request",
                        ),
                        None => self.unknown_value(name, expression.span, env),
                    }
                }
            },
            ExprKind::Field(base, field) => {
                let (mut place, ty) = self.settled_place(base, env)?;
                let id = match &ty {
                    Type::Struct(id) => *id,
                    Type::Union(kinds) => {
                        let kinds: Vec<String> = env
                            .kinds(&place, kinds)
                            .iter()
                            .map(|kind| self.schema.structure(*kind).name.clone())
                            .collect();
                        let message = format!("this may be {}: which one is not known here", super::listed(&kinds));
                        let test = kinds.first().map(String::as_str).unwrap_or_default();
                        let help = format!(
                            "test `{} is {test}` before reading `{}`, in the `where` or an earlier line",
                            source(base),
                            field.value
                        );
                        self.report(Diagnostic::error(codes::NOT_NARROWED, base.span, message).help(help));
                        return None;
                    }
                    Type::Optional(_) => return self.not_present(base.span),
                    other => {
                        let shown = self.show(other);
                        return self.error(
                            codes::UNKNOWN_NAME,
                            field.span,
                            format!("a value of type `{shown}` has no field `{}`", field.value),
                        );
                    }
                };
                let index = self.field_index(id, field)?;
                place.steps.push(Step::Field(id, index));
                Some((place, self.schema.structure(id).fields[index].ty.clone()))
            }
            _ => self.error(codes::TYPE_MISMATCH, expression.span, "expected a field of the request"),
        }
    }
}

/// Whether a value of one type, the first, fits where another is wanted.
pub(super) type Fits = fn(&Type, &Type) -> bool;

/// Whether a value of the first type can be put where one of the second is wanted: bytes of one length are bytes of any, but not the other way round, since
/// parts are taken of the former that may not be there.
pub(super) fn stands_for(found: &Type, wanted: &Type) -> bool {
    same_shape(found, wanted) && (*found != Type::Bytes || *wanted == Type::Bytes)
}

/// Whether values of two types can be compared: the same type, bytes of the same length, or bytes of which one side may have any length.
pub(super) fn same_shape(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::FixedBytes(a) | Type::Digest(a), Type::FixedBytes(b) | Type::Digest(b)) => a == b,
        (Type::Bytes, Type::FixedBytes(_) | Type::Digest(_)) | (Type::FixedBytes(_) | Type::Digest(_), Type::Bytes) => {
            true
        }
        _ => a == b,
    }
}

/// A path as its author wrote it, for messages.
pub(super) fn source(expression: &Expr) -> String {
    match &expression.value {
        ExprKind::Name(name) => name.to_string(),
        ExprKind::Field(base, field) => format!("{}.{}", source(base), field.value),
        _ => "…".to_owned(),
    }
}
