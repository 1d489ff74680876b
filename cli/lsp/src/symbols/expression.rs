//! The second pass, in expressions: what each name in them stands for, and of what type it is.

use super::declare::symbol;
use super::probe::is_marker;
use super::scope::{Scope, path};
use super::{Kind, Occurrence, Place, Role, SymbolId, Symbols, Target, Ty, builtin};
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{self, BinaryOp, Expr, ExprKind, FieldInit, Name};

/// A value as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed {
    pub(super) ty: Option<Ty>,
    /// The kind of fact that it states: what the innermost labelled field says.
    fact: Option<String>,
}

impl Typed {
    fn of(ty: Option<Ty>) -> Self {
        Typed { ty, fact: None }
    }

    fn built_in(name: &str) -> Self {
        Typed::of(Some(Ty::BuiltIn(name.to_owned())))
    }
}

impl Symbols {
    /// Resolves an expression, of which `wanted` is known to be the type if anything is.
    pub(super) fn expression(&mut self, written: &Expr, wanted: Option<&Ty>, scope: &mut Scope) -> Typed {
        match &written.value {
            ExprKind::Name(name) => self.name(name, written.span, wanted, scope),
            ExprKind::Field(base, field) => self.field(base, field, scope),
            ExprKind::Bool(_) => Typed::built_in("Bool"),
            ExprKind::Int(_) => Typed::built_in("Int"),
            ExprKind::String(_) => Typed::built_in("String"),
            ExprKind::Duration(_) => Typed::built_in("Duration"),
            ExprKind::Instant(_) => Typed::built_in("Instant"),
            ExprKind::Bytes(..) => Typed::built_in("Bytes"),
            ExprKind::IpAddr(_) => Typed::built_in("IpAddr"),
            ExprKind::Cidr(..) => Typed::built_in("Cidr"),
            ExprKind::Oid(_) => Typed::built_in("Oid"),
            ExprKind::Version(_) => Typed::built_in("Version"),
            ExprKind::Tcb(_) => Typed::built_in("Tcb"),
            ExprKind::Slice(inner, bounds) => {
                let [from, to] = &**bounds;
                self.expression(inner, None, scope);
                Typed::built_in(&format!("Bytes<{}>", to.value.saturating_sub(from.value)))
            }
            ExprKind::Set(elements) | ExprKind::List(elements) => {
                let element = wanted.and_then(|ty| ty.present().element()).cloned();
                for one in elements {
                    self.expression(one, element.as_ref(), scope);
                }
                Typed::of(wanted.cloned())
            }
            ExprKind::Record { name, fields, rest } => self.record(name, fields, rest.as_deref(), scope),
            ExprKind::Not(inner) => {
                self.expression(inner, Some(&bool()), scope);
                Typed::built_in("Bool")
            }
            ExprKind::Negate(inner) => self.expression(inner, wanted, scope),
            ExprKind::Binary(op, left, right) => self.binary(op.value, left, right, wanted, scope),
            ExprKind::IsType(evidence, kind) => {
                let typed = self.expression(evidence, None, scope);
                self.kind(kind, typed.ty.as_ref(), scope);
                Typed::built_in("Bool")
            }
            ExprKind::IsPresent(inner) => {
                self.expression(inner, None, scope);
                Typed::built_in("Bool")
            }
            ExprKind::Call(callee, arguments) => self.call(callee, arguments, scope),
            ExprKind::Quantifier { variable, list, condition, .. } => {
                let mark = self.each(variable, list, scope);
                self.expression(condition, Some(&bool()), scope);
                scope.forget(mark);
                Typed::built_in("Bool")
            }
            ExprKind::Count { distinct, variable, list, condition } => {
                let mark = self.each(variable, list, scope);
                if let Some(distinct) = distinct {
                    self.expression(distinct, None, scope);
                }
                if let Some(condition) = condition {
                    self.expression(condition, Some(&bool()), scope);
                }
                scope.forget(mark);
                Typed::built_in("Int")
            }
            ExprKind::Match(evidence, arms) => {
                let typed = self.expression(evidence, None, scope);
                let mut result = Typed::default();
                for arm in arms {
                    let ty = self.kind(&arm.ty, typed.ty.as_ref(), scope);
                    let mark = scope.mark();
                    self.local(Kind::Variable, &arm.variable, arm.ty.span.to(arm.variable.span), ty, scope);
                    let body = self.expression(&arm.body, wanted, scope);
                    result = if result.ty.is_some() { result } else { body };
                    scope.forget(mark);
                }
                result
            }
            ExprKind::If(condition, then, otherwise) => {
                self.expression(condition, Some(&bool()), scope);
                let mark = scope.mark();
                scope.learn(self, condition, true);
                let typed = self.expression(then, wanted, scope);
                scope.forget(mark);
                scope.learn(self, condition, false);
                let other = self.expression(otherwise, wanted.or(typed.ty.as_ref()), scope);
                scope.forget(mark);
                if typed.ty.is_some() { typed } else { other }
            }
        }
    }

    fn name(&mut self, name: &str, span: Span, wanted: Option<&Ty>, scope: &Scope) -> Typed {
        self.probe_value(name, wanted, scope);
        if let Some(case) = self.case_wanted(name, wanted) {
            return self.used(span, case, Typed::of(self.get(case).ty.clone()));
        }
        if let Some(id) = self.root(name, scope) {
            let declared = self.get(id);
            let typed = Typed { ty: declared.ty.clone(), fact: declared.fact.clone() };
            let typed = narrowed(typed, name, scope);
            return self.used(span, id, typed);
        }
        if let Some(id) = self.named(scope.file, name) {
            return self.used(span, id, Typed::of(self.get(id).ty.clone()));
        }
        if let Some(known) = builtin::find(builtin::Sort::Value, name) {
            self.occur(span, Target::BuiltIn(known), Role::Use);
            return Typed::built_in("Bool");
        }
        Typed::default()
    }

    /// A case or group that a bare name stands for where an enum is wanted.
    fn case_wanted(&self, name: &str, wanted: Option<&Ty>) -> Option<SymbolId> {
        let wanted = wanted?.present();
        match wanted.element().unwrap_or(wanted) {
            Ty::Enum(id) => self.member(*id, name),
            _ => None,
        }
    }

    /// The parameter, variable or field of the request with a name.
    fn root(&self, name: &str, scope: &Scope) -> Option<SymbolId> {
        let local = scope.locals.iter().rev().copied().find(|local| self.get(*local).name == name);
        local.or_else(|| self.member(scope.request?, name))
    }

    /// Whether a bare name means something only beside a value of known type.
    fn needs_context(&self, expression: &Expr, scope: &Scope) -> bool {
        match &expression.value {
            ExprKind::Name(name) => {
                let is_reference = self.named(scope.file, name).is_some_and(|id| self.get(id).kind == Kind::Reference);
                self.root(name, scope).is_none() && !is_reference
            }
            ExprKind::Set(_) | ExprKind::List(_) => true,
            _ => false,
        }
    }

    fn used(&mut self, span: Span, id: SymbolId, typed: Typed) -> Typed {
        let Typed { ty, fact } = typed.clone();
        self.occurrences.push(Occurrence { span, target: Target::Symbol(id), role: Role::Use, ty, fact });
        typed
    }

    fn field(&mut self, base: &Expr, field: &Name, scope: &mut Scope) -> Typed {
        if let ExprKind::Name(word) = &base.value
            && self.root(word, scope).is_none()
        {
            if let Some(id) = self.named(scope.file, word) {
                return self.field_of_declared(id, base.span, field);
            }
            if let Some((package, name)) = self.qualified(scope.file, word) {
                let name = name.to_owned();
                self.occur(base.span, Target::Symbol(package), Role::Use);
                self.probe_here(&field.value, || Place::Qualified(name));
                return Typed::default();
            }
        }
        let typed = self.expression(base, None, scope);
        let Some(ty) = typed.ty else { return Typed::default() };
        let ty = ty.present().clone();
        self.probe_here(&field.value, || Place::Member(ty.clone()));
        let found = match &ty {
            Ty::Struct(id) => self.member(*id, &field.value),
            // Which of them it is has not been asked: any that has the field will do to say what it is.
            Ty::Union(kinds) => kinds.iter().find_map(|kind| self.member(*kind, &field.value)),
            _ => None,
        };
        let Some(id) = found else { return Typed::default() };
        let declared = self.get(id);
        let value = Typed { ty: declared.ty.clone(), fact: declared.fact.clone().or(typed.fact) };
        let base = path(base).unwrap_or_default();
        let value = narrowed(value, &format!("{base}.{}", field.value), scope);
        self.used(field.span, id, value)
    }

    /// `Action.read`, `Snp.sample`
    fn field_of_declared(&mut self, id: SymbolId, span: Span, field: &Name) -> Typed {
        let ty = self.get(id).ty.clone();
        self.used(span, id, Typed::of(ty.clone()));
        match self.get(id).kind {
            Kind::Enum => {
                self.probe_here(&field.value, || Place::Case(id));
                match self.member(id, &field.value) {
                    Some(case) => self.used(field.span, case, Typed::of(self.get(case).ty.clone())),
                    None => Typed::default(),
                }
            }
            Kind::Evidence | Kind::Record | Kind::Request => {
                self.probe_here(&field.value, || Place::Sample);
                if let Some(known) = builtin::find(builtin::Sort::Value, &field.value) {
                    self.occur(field.span, Target::BuiltIn(known), Role::Use);
                }
                Typed::of(ty)
            }
            _ => Typed::default(),
        }
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, wanted: Option<&Ty>, scope: &mut Scope) -> Typed {
        match op {
            BinaryOp::And | BinaryOp::Implies | BinaryOp::Or => {
                self.expression(left, Some(&bool()), scope);
                let mark = scope.mark();
                scope.learn(self, left, op != BinaryOp::Or);
                self.expression(right, Some(&bool()), scope);
                scope.forget(mark);
                Typed::built_in("Bool")
            }
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                let typed = self.expression(left, wanted, scope);
                self.expression(right, wanted, scope);
                typed
            }
            BinaryOp::In => {
                if self.needs_context(left, scope) {
                    let set = self.expression(right, None, scope).ty;
                    let element = set.as_ref().and_then(|ty| ty.present().element()).cloned();
                    self.expression(left, element.as_ref(), scope);
                } else {
                    let element = self.expression(left, None, scope).ty;
                    let set = element.map(|ty| Ty::Set(Box::new(ty.present().clone())));
                    self.expression(right, set.as_ref(), scope);
                }
                Typed::built_in("Bool")
            }
            BinaryOp::Contains => {
                let whole = self.expression(left, None, scope).ty;
                let part = whole.as_ref().map(|ty| ty.present().element().unwrap_or(ty)).cloned();
                self.expression(right, part.as_ref(), scope);
                Typed::built_in("Bool")
            }
            BinaryOp::Eq
            | BinaryOp::Ne
            | BinaryOp::Lt
            | BinaryOp::Le
            | BinaryOp::Gt
            | BinaryOp::Ge
            | BinaryOp::Matches
            | BinaryOp::StartsWith
            | BinaryOp::EndsWith
            | BinaryOp::SubsetOf => {
                let (first, second) = if self.needs_context(left, scope) { (right, left) } else { (left, right) };
                let ty = self.expression(first, None, scope).ty;
                self.expression(second, ty.as_ref(), scope);
                Typed::built_in("Bool")
            }
        }
    }

    /// The name of a kind of evidence, one of those of a type.
    fn kind(&mut self, name: &Name, of: Option<&Ty>, scope: &Scope) -> Option<Ty> {
        let kinds = match of.map(Ty::present) {
            Some(Ty::Union(kinds)) => kinds.clone(),
            Some(Ty::Struct(kind)) => vec![*kind],
            _ => Vec::new(),
        };
        self.probe_here(&name.value, || Place::Evidence(kinds));
        let id = self.named(scope.file, &name.value)?;
        self.used(name.span, id, Typed::default());
        Some(Ty::Struct(id))
    }

    fn call(&mut self, callee: &syntax::Path, arguments: &[Expr], scope: &mut Scope) -> Typed {
        let mut parameters: Vec<SymbolId> = Vec::new();
        let mut result = "Bool";
        match callee.value.as_slice() {
            [name] => {
                self.probe_value(&name.value, None, scope);
                if let Some(id) = self.predicate(&name.value, scope) {
                    parameters = self.get(id).members.clone();
                    self.used(name.span, id, Typed::default());
                } else if let Some((application, id)) = self.derived_name(&name.value, scope) {
                    parameters = self.get(id).members.clone();
                    self.occur(name.span, Target::Symbol(id), Role::Derived(application));
                } else if let Some(known) = builtin::find(builtin::Sort::Function, &name.value) {
                    result = known.result;
                    self.occur(name.span, Target::BuiltIn(known), Role::Use);
                }
            }
            [word, name] => {
                if let Some((package, of)) = self.qualified(scope.file, &word.value) {
                    let of = of.to_owned();
                    self.occur(word.span, Target::Symbol(package), Role::Use);
                    let found = self.exports(&of).find(|(known, _)| *known == name.value).map(|(_, id)| id);
                    self.probe_here(&name.value, || Place::Qualified(of));
                    if let Some(id) = found {
                        parameters = self.get(id).members.clone();
                        self.used(name.span, id, Typed::default());
                    }
                }
            }
            _ => {}
        }
        for (at, argument) in arguments.iter().enumerate() {
            let ty = parameters.get(at).and_then(|parameter| self.get(*parameter).ty.clone());
            self.expression(argument, ty.as_ref(), scope);
        }
        Typed::built_in(result)
    }

    /// The predicate with a name: within a template, one of the template is meant first.
    fn predicate(&self, name: &str, scope: &Scope) -> Option<SymbolId> {
        let is_predicate = |id: &SymbolId| self.get(*id).kind == Kind::Predicate;
        let of_template = scope.template.and_then(|template| self.member(template, name)).filter(is_predicate);
        of_template.or_else(|| self.named(scope.file, name)).filter(is_predicate)
    }

    /// What an application declares by a name: the application, and what stands in its template.
    pub(super) fn derived_name(&self, name: &str, scope: &Scope) -> Option<(SymbolId, SymbolId)> {
        let package = &self.views.get(&scope.file)?.package;
        self.derived.get(&(package.clone(), name.to_owned())).copied()
    }

    /// Names the element of a list; gives the mark before it.
    fn each(&mut self, variable: &Name, list: &Expr, scope: &mut Scope) -> (usize, usize) {
        let typed = self.expression(list, None, scope);
        let element = typed.ty.as_ref().and_then(|ty| ty.present().element()).cloned();
        let mark = scope.mark();
        self.local(Kind::Variable, variable, variable.span.to(list.span), element, scope);
        mark
    }

    /// Declares a name that is known from here on.
    pub(super) fn local(&mut self, kind: Kind, name: &Name, whole: Span, ty: Option<Ty>, scope: &mut Scope) {
        if is_marker(&name.value) {
            return;
        }
        let id = self.add(super::Symbol { ty, ..symbol(kind, &name.value, name.span, whole) });
        self.occur(name.span, Target::Symbol(id), Role::Declaration);
        scope.locals.push(id);
    }

    fn record(&mut self, name: &Name, fields: &[FieldInit], rest: Option<&Expr>, scope: &mut Scope) -> Typed {
        self.probe_here(&name.value, || Place::Type);
        let ty = self.named(scope.file, &name.value).and_then(|id| {
            self.used(name.span, id, Typed::default());
            match &self.get(id).ty {
                Some(Ty::Struct(id)) => Some(*id),
                _ => None,
            }
        });
        self.inits(ty, fields, scope);
        if let Some(rest) = rest {
            self.expression(rest, ty.map(Ty::Struct).as_ref(), scope);
        }
        Typed::of(ty.map(Ty::Struct))
    }

    /// `policy.debug: true, …` of a record.
    pub(super) fn inits(&mut self, of: Option<SymbolId>, fields: &[FieldInit], scope: &mut Scope) {
        for field in fields {
            let mut ty = of.map(Ty::Struct);
            for word in &field.path.value {
                let holder = match ty.as_ref().map(Ty::present) {
                    Some(Ty::Struct(id)) => Some(*id),
                    _ => None,
                };
                let Some(holder) = holder else {
                    ty = None;
                    break;
                };
                self.probe_here(&word.value, || Place::Init(holder));
                ty = match self.member(holder, &word.value) {
                    Some(id) => {
                        let declared = self.get(id);
                        let typed = Typed { ty: declared.ty.clone(), fact: declared.fact.clone() };
                        self.used(word.span, id, typed).ty
                    }
                    None => None,
                };
            }
            self.expression(&field.value, ty.as_ref(), scope);
        }
    }
}

fn bool() -> Ty {
    Ty::BuiltIn("Bool".to_owned())
}

/// A value with what is known of its kind used.
fn narrowed(mut typed: Typed, path: &str, scope: &Scope) -> Typed {
    let is_optional = matches!(typed.ty, Some(Ty::Optional(_)));
    if let Some(Ty::Union(kinds)) = typed.ty.as_ref().map(Ty::present) {
        let left = scope.narrowed(path, kinds);
        if left.len() < kinds.len() {
            let ty = match left.as_slice() {
                [one] => Ty::Struct(*one),
                _ => Ty::Union(left),
            };
            typed.ty = Some(if is_optional { Ty::Optional(Box::new(ty)) } else { ty });
        }
    }
    typed
}
