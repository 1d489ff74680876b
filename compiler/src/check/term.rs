//! Values inside conditions: literals, places of the request, references, enum cases.

use super::Checker;
use super::env::Env;
use super::names::Definition;
use crate::checked::{Place, Root, Step, Term, TermKind};
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
                    && !matches!(self.names.get(env.file, name), Some(Definition::Reference(_)))
            }
            ExprKind::Bytes(..) => true,
            _ => false,
        }
    }

    /// The value of an expression whose type is known to be `ty`, or must be found to be.
    pub(super) fn term_of(&mut self, expression: &Expr, ty: &Type, env: &mut Env) -> Option<Term> {
        if let (ExprKind::Name(name), Type::Enum(id)) = (&expression.value, ty)
            && let Some(case) = self.case(*id, name)
        {
            self.unambiguous(name, "case", *id, expression.span, env)?;
            return Some(Term { kind: TermKind::Constant(Value::Case(*id, case)), ty: ty.clone() });
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
            return Some(Term { kind: TermKind::Constant(value), ty: ty.clone() });
        }
        let term = self.term(expression, env)?;
        if !same_shape(&term.ty, ty) {
            return self.mismatch(expression, ty, &term.ty);
        }
        Some(term)
    }

    /// Refuses a bare case or group of an enum that is also the name of a value here: which of them is meant would be a guess.
    pub(super) fn unambiguous(&mut self, name: &str, what: &str, id: EnumId, span: Span, env: &Env) -> Option<()> {
        let is_reference = matches!(self.names.get(env.file, name), Some(Definition::Reference(_)));
        if self.root(name, env).is_none() && !is_reference {
            return Some(());
        }
        let declared = &self.schema.enumeration(id).name;
        let message = format!("`{name}` is both a {what} of `{declared}` and the name of something else here");
        let help = format!("write the {what} as `{declared}.{name}`, or give the other another name");
        self.report(Diagnostic::error(codes::AMBIGUOUS_NAME, span, message).help(help));
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
                    None => {
                        let mut known =
                            self.visible(env.file, |definition| matches!(definition, Definition::Reference(_)));
                        known.extend(self.values_in_scope(env));
                        self.unknown(span, "value called", name, known)
                    }
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
            ExprKind::Binary(op, ..) => match op.value {
                atbac_grammar::syntax::BinaryOp::Add
                | atbac_grammar::syntax::BinaryOp::Sub
                | atbac_grammar::syntax::BinaryOp::Mul => self.not_compiled(span, "arithmetic"),
                _ => self.not_compiled(span, "comparing the truth of two conditions"),
            },
            ExprKind::Not(_) | ExprKind::IsType(..) | ExprKind::IsPresent(_) | ExprKind::Quantifier { .. } => {
                self.not_compiled(span, "comparing the truth of two conditions")
            }
            ExprKind::Negate(_) => self.not_compiled(span, "arithmetic"),
            ExprKind::If(..) => self.not_compiled(span, "`if … then … else`"),
            ExprKind::Match(..) => self.not_compiled(span, "`match`"),
            ExprKind::Slice(..) => self.not_compiled(span, "a slice of bytes"),
            ExprKind::Version(_) => self.not_compiled(span, "comparing versions"),
            ExprKind::IpAddr(_) | ExprKind::Cidr(..) => self.not_compiled(span, "comparing IP addresses and networks"),
            ExprKind::Oid(_) => self.not_compiled(span, "comparing object identifiers"),
            ExprKind::Call(path, _) => match path.value.as_slice() {
                [name] if name.value == "age" => self.error(
                    codes::TYPE_MISMATCH,
                    span,
                    "an age is compared directly with a duration: `age(p) <= 5m`",
                ),
                [name] if name.value == "verified_at" => self.verified_at(expression, env),
                [name] if matches!(name.value.as_str(), "sha256" | "sha384" | "sha512") => {
                    self.not_compiled(span, &format!("`{}`", name.value))
                }
                _ => self.error(
                    codes::TYPE_MISMATCH,
                    span,
                    "a predicate is a condition: it cannot be compared with a value",
                ),
            },
            ExprKind::Count { .. } => self.error(
                codes::TYPE_MISMATCH,
                span,
                "a count is compared directly with a number: `count(x in xs where …) >= 2`",
            ),
            ExprKind::Set(_) => self.error(codes::TYPE_MISMATCH, span, "a set stands only on the right of `in`"),
            ExprKind::List(_) => self.not_compiled(span, "a list inside a condition"),
            ExprKind::Record { .. } => self.not_compiled(span, "a record inside a condition"),
        }
    }

    /// `verified_at(e)`
    fn verified_at(&mut self, expression: &Expr, env: &mut Env) -> Option<Term> {
        let ExprKind::Call(_, arguments) = &expression.value else { return None };
        let [argument] = arguments.as_slice() else {
            return self.error(codes::TYPE_MISMATCH, expression.span, "`verified_at` takes one piece of evidence");
        };
        let (mut place, ty) = self.settled_place(argument, env)?;
        let id = self.evidence_kind(&ty, argument.span)?;
        let name = Name::new("verified_at".to_owned(), argument.span);
        place.steps.push(Step::Field(id, self.field_index(id, &name)?));
        Some(Term { kind: TermKind::Place(place), ty: Type::Instant })
    }

    /// The schema of a value that must be one kind of evidence.
    pub(super) fn evidence_kind(&mut self, ty: &Type, span: Span) -> Option<StructId> {
        match ty {
            Type::Struct(id) if self.schema.structure(*id).evidence.is_some() => Some(*id),
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

    /// The names that stand for values here, apart from references.
    fn values_in_scope(&self, env: &Env) -> Vec<String> {
        let fields = env
            .request
            .map(|id| self.schema.request(id).fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>());
        let parameters = env.parameters.iter().map(|(name, _)| name.clone());
        fields
            .into_iter()
            .flatten()
            .chain(parameters)
            .chain(env.variable.iter().map(|(name, _)| name.clone()))
            .collect()
    }

    /// What a bare name stands for, if it is a value: innermost first.
    pub(super) fn root(&self, name: &str, env: &Env) -> Option<(Root, Type)> {
        if let Some((variable, ty)) = &env.variable
            && variable == name
        {
            return Some((Root::Variable(0), ty.clone()));
        }
        if let Some(at) = env.parameters.iter().position(|(parameter, _)| parameter == name) {
            return Some((Root::Parameter(at as u32), env.parameters[at].1.clone()));
        }
        let request = self.schema.request(env.request?);
        let at = request.fields.iter().position(|field| field.name == name)?;
        Some((Root::Field(at), request.fields[at].ty.clone()))
    }

    fn place_term(&mut self, expression: &Expr, env: &mut Env) -> Option<Term> {
        let (place, ty) = self.settled_place(expression, env)?;
        if let Type::Optional(_) = ty {
            return self.not_present(expression.span);
        }
        Some(Term { kind: TermKind::Place(place), ty })
    }

    fn not_present<T>(&mut self, span: Span) -> Option<T> {
        self.report(
            Diagnostic::error(codes::NOT_PRESENT, span, "this value may be absent")
                .help("test that it `is present` first: the test holds for what follows `and`, and for later lines"),
        );
        None
    }

    /// A place, with what is known of its kind or presence used.
    pub(super) fn settled_place(&mut self, expression: &Expr, env: &mut Env) -> Option<(Place, Type)> {
        let (mut place, ty) = self.place(expression, env)?;
        match ty {
            Type::Union(kinds) => match env.kinds(&place, &kinds).as_slice() {
                [kind] => {
                    place.steps.push(Step::Alternative(*kind));
                    Some((place, Type::Struct(*kind)))
                }
                _ => Some((place, Type::Union(kinds))),
            },
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
                Some((Root::Field(at), _))
                    if env
                        .request
                        .is_some_and(|id| self.refused.contains(&self.schema.request(id).fields[at].span)) =>
                {
                    None
                }
                Some((root, ty)) => {
                    self.no_reference(name, "a field, parameter or variable", expression.span, env)?;
                    Some((Place { root, steps: Vec::new() }, ty))
                }
                None => {
                    // Not a value: say what it is instead.
                    match self.names.get(env.file, name) {
                        Some(definition) => self.wrong_kind(
                            &Name::new(name.clone(), expression.span),
                            definition,
                            "a value of the request",
                        ),
                        None => {
                            let known = self.values_in_scope(env);
                            self.unknown(expression.span, "value called", name, known)
                        }
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

    /// The type of a place, which the checker made.
    pub(super) fn type_at(&self, place: &Place, env: &Env) -> Option<Type> {
        let mut ty = match place.root {
            Root::Field(at) => self.schema.request(env.request?).fields.get(at)?.ty.clone(),
            Root::Variable(_) => env.variable.as_ref()?.1.clone(),
            Root::Parameter(at) => env.parameters.get(at as usize)?.1.clone(),
        };
        for step in &place.steps {
            ty = match (step, ty) {
                (Step::Field(id, index), _) => self.schema.structure(*id).fields[*index].ty.clone(),
                (Step::Alternative(id), _) => Type::Struct(*id),
                (Step::Present, Type::Optional(inner)) => *inner,
                (Step::Present, other) => other,
            };
        }
        Some(ty)
    }
}

/// Whether values of two types can be compared: the same type, or bytes of the same length.
pub(super) fn same_shape(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::FixedBytes(a) | Type::Digest(a), Type::FixedBytes(b) | Type::Digest(b)) => a == b,
        _ => a == b,
    }
}

/// A path as its author wrote it, for messages.
pub(super) fn source(expression: &Expr) -> String {
    match &expression.value {
        ExprKind::Name(name) => name.clone(),
        ExprKind::Field(base, field) => format!("{}.{}", source(base), field.value),
        _ => "…".to_owned(),
    }
}
