//! What is in what: `in`, `contains` of sets and lists, addresses in networks.

use super::Checker;
use super::declare::is_comparable;
use super::env::{Binding, Env};
use super::names::Definition;
use super::term::{same_shape, source};
use crate::checked::{Condition, Count, Place, Root, Step, Term, TermKind};
use crate::ir::Comparison;
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{Expr, ExprKind};

/// What values may be in. It is read once, however many values are asked about.
pub(super) enum Container {
    /// Written out: constants, fields, and networks around addresses.
    Written(Vec<(Term, Span)>),
    /// A field, a reference value, a name for one, or one that is chosen.
    Value(Term),
}

impl Checker<'_> {
    /// `value in container`
    pub(super) fn membership(&mut self, left: &Expr, right: &Expr, span: Span, env: &mut Env) -> Option<Condition> {
        if self.needs_context(left, env) {
            let container = self.set_or_value(right, env)?;
            return self.in_value_of(left, container, right, span, env);
        }
        let term = self.element(left, env)?;
        let container = self.container(left, &term, right, env)?;
        self.in_container(term, left, &container, right, span, env)
    }

    /// The same of a container that is no set written out.
    pub(super) fn in_value_of(
        &mut self,
        left: &Expr,
        container: Term,
        right: &Expr,
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        let term = match &container.ty {
            // The container says what the value is.
            Type::Set(element) | Type::List(element, _) if self.needs_context(left, env) => {
                self.term_of(left, element, env)?
            }
            _ => self.element(left, env)?,
        };
        self.in_value(term, left, container, right, span, env)
    }

    /// A value that can be in something.
    pub(super) fn element(&mut self, expression: &Expr, env: &mut Env) -> Option<Term> {
        let term = self.term(expression, env)?;
        if !is_comparable(&term.ty) {
            let message = format!("a `{}` is no element of anything", self.show(&term.ty));
            return self.error(codes::NO_OPERATOR, expression.span, message);
        }
        Some(term)
    }

    /// What stands on the right of `in`, beside a value on the left.
    pub(super) fn container(&mut self, left: &Expr, term: &Term, right: &Expr, env: &mut Env) -> Option<Container> {
        let cases = |cases| Container::Value(Term::constant(Value::set(cases), Type::Set(Box::new(term.ty.clone()))));
        match &right.value {
            ExprKind::Set(elements) => self.written(elements, left, term, right.span, env).map(Container::Written),
            ExprKind::Name(name) if let Some(group) = self.group_of(&term.ty, name) => {
                if let Type::Enum(id) = term.ty {
                    self.unambiguous(name, "group", id, right.span, env)?;
                }
                Some(cases(group))
            }
            ExprKind::Field(base, group)
                if let ExprKind::Name(name) = &base.value
                    && self.root(name, env).is_none()
                    && let Some(Definition::Enum(id)) = self.names.get(env.file, name) =>
            {
                let wanted = Type::Enum(id);
                let Some(group) = self.group_of(&wanted, &group.value) else {
                    if self.case(id, &group.value).is_some() {
                        let message = format!("`{}` is one case, not a group", group.value);
                        self.report(
                            Diagnostic::error(codes::TYPE_MISMATCH, right.span, message).help("compare with `==`"),
                        );
                        return None;
                    }
                    let known: Vec<String> =
                        self.schema.enumeration(id).groups.iter().map(|group| group.name.clone()).collect();
                    return self.unknown(group.span, &format!("group of `{name}` called"), &group.value, known);
                };
                if term.ty != wanted {
                    return self.mismatch(left, &wanted, &term.ty);
                }
                Some(cases(group))
            }
            _ => self.set_or_value(right, env).map(Container::Value),
        }
    }

    /// The cases of a group of an enum.
    fn group_of(&self, ty: &Type, name: &str) -> Option<Vec<Value>> {
        let Type::Enum(id) = ty else { return None };
        let group = self.group(*id, name)?;
        Some(group.cases.iter().map(|case| Value::Case(*id, *case)).collect())
    }

    /// What is written out between braces, beside a value on the left of `in`.
    fn written(
        &mut self,
        elements: &[Expr],
        left: &Expr,
        term: &Term,
        span: Span,
        env: &mut Env,
    ) -> Option<Vec<(Term, Span)>> {
        if elements.is_empty() {
            return self.error(codes::IMPOSSIBLE, span, "nothing is in an empty set");
        }
        // All are read, so that all errors are reported.
        let mut read = Vec::with_capacity(elements.len());
        for element in elements {
            let value = if term.ty == Type::IpAddr && self.is_network(element, env) {
                self.set_or_value(element, env)
            } else {
                self.beside(element, left, term, env)
            };
            read.push(value.map(|value| (value, element.span)));
        }
        read.into_iter().collect()
    }

    /// Whether a value is in a container that has been read.
    pub(super) fn in_container(
        &mut self,
        term: Term,
        left: &Expr,
        container: &Container,
        right: &Expr,
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        match container {
            Container::Written(elements) => self.in_written(term, elements, span),
            Container::Value(container) => self.in_value(term, left, container.clone(), right, span, env),
        }
    }

    /// Whether a value is one of those that are written out, of which some may be fields.
    fn in_written(&mut self, term: Term, elements: &[(Term, Span)], span: Span) -> Option<Condition> {
        let (mut constants, mut others) = (Vec::new(), Vec::new());
        for (value, at) in elements {
            if term.ty == Type::IpAddr && value.ty == Type::Cidr {
                others.push(self.inside(term.clone(), value.clone(), span)?);
            } else if let TermKind::Constant(value) = &value.kind {
                constants.push(value.clone());
            } else {
                others.push(self.settled(vec![term.clone(), value.clone()], *at, &mut |_, terms, _| {
                    let [left, right] = <[Term; 2]>::try_from(terms).ok()?;
                    Some(Condition::Compare(Comparison::Eq, left, right))
                })?);
            }
        }
        if !constants.is_empty() {
            let Value::Set(constants) = Value::set(constants) else { return None };
            others.insert(
                0,
                self.settled(vec![term], span, &mut |_, mut terms, _| Some(among(terms.pop()?, constants.clone())))?,
            );
        }
        Some(match others.len() {
            1 => others.remove(0),
            _ => Condition::Or(others),
        })
    }

    /// Whether an expression is a network.
    fn is_network(&self, expression: &Expr, env: &Env) -> bool {
        match &expression.value {
            ExprKind::Cidr(..) => true,
            _ => self.type_of_path(expression, env) == Some(Type::Cidr),
        }
    }

    /// Whether a value is in a container that is a field, a reference value or a name for one, or chosen.
    fn in_value(
        &mut self,
        term: Term,
        left: &Expr,
        container: Term,
        right: &Expr,
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        match container.ty.clone() {
            Type::Cidr if term.ty == Type::IpAddr => self.inside(term, container, span),
            Type::Set(element) if term.ty == Type::IpAddr && *element == Type::Cidr => {
                self.settled(vec![term, container], span, &mut |checker, terms, _| {
                    let [address, networks] = <[Term; 2]>::try_from(terms).ok()?;
                    match networks.kind {
                        TermKind::Reference(id) => Some(Condition::InNetworks(address, id)),
                        // An address that may not be there is asked for all the same.
                        TermKind::Constant(Value::Set(networks)) if networks.is_empty() => {
                            Some(among(address, networks))
                        }
                        TermKind::Constant(Value::Set(networks)) => {
                            let network = |network: &Value| Term::constant(network.clone(), Type::Cidr);
                            let inside = |each| Condition::InNetwork(address.clone(), network(each));
                            Some(Condition::Or(networks.iter().map(inside).collect()))
                        }
                        _ => {
                            checker.report(
                                Diagnostic::error(
                                    codes::NO_OPERATOR,
                                    right.span,
                                    "the networks of a set in a request cannot be searched: it has no bound",
                                )
                                .help("declare the field as a list: `[Cidr; 16]`"),
                            );
                            None
                        }
                    }
                })
            }
            Type::Set(element) if same_shape(&term.ty, &element) => {
                self.settled(vec![term, container], span, &mut |_, terms, _| {
                    let [term, container] = <[Term; 2]>::try_from(terms).ok()?;
                    Some(match container.kind {
                        TermKind::Constant(Value::Set(values)) => among(term, values),
                        _ => Condition::InSet(term, container),
                    })
                })
            }
            Type::List(element, most) => {
                let matches = same_shape(&term.ty, &element) && is_comparable(&element)
                    || term.ty == Type::IpAddr && *element == Type::Cidr;
                if !matches {
                    return self.mismatch(right, &Type::List(Box::new(term.ty), most), &container.ty);
                }
                let variable = self.next_variable(env, most, span)?;
                self.settled(vec![term, container], span, &mut |_, terms, _| {
                    let [term, container] = <[Term; 2]>::try_from(terms).ok()?;
                    let TermKind::Place(list) = container.kind else { return None };
                    let element = element_term(variable, &element);
                    let condition = if element.ty == Type::Cidr && term.ty == Type::IpAddr {
                        Condition::InNetwork(term, element)
                    } else {
                        Condition::Compare(Comparison::Eq, element, term)
                    };
                    Some(some_element(list, most, variable, condition))
                })
            }
            Type::Set(_) => {
                let wanted = Type::Set(Box::new(term.ty));
                self.mismatch(right, &wanted, &container.ty)
            }
            other => {
                let shown = self.show(&other);
                let message = match &right.value {
                    ExprKind::Name(name) if matches!(container.kind, TermKind::Reference(_)) => {
                        format!("`{name}` is one value, not a set")
                    }
                    _ => format!("expected a set, found `{shown}`"),
                };
                let finding = Diagnostic::error(codes::TYPE_MISMATCH, right.span, message);
                let help = match () {
                    () if other == Type::Cidr && term.ty == Type::Cidr => {
                        Some("a network inside another is asked for by `a subset_of b`".to_owned())
                    }
                    () if same_shape(&other, &term.ty) => Some("compare with `==`".to_owned()),
                    () if other == Type::Cidr => {
                        Some(format!("only an address is in a network; `{}` is none", source(left)))
                    }
                    () => None,
                };
                self.report(Diagnostic { help, ..finding });
                None
            }
        }
    }

    /// Whether an address or a network lies in a network.
    pub(super) fn inside(&mut self, inner: Term, network: Term, span: Span) -> Option<Condition> {
        self.settled(vec![inner, network], span, &mut |_, terms, _| {
            let [inner, network] = <[Term; 2]>::try_from(terms).ok()?;
            Some(Condition::InNetwork(inner, network))
        })
    }

    /// Whether an expression is a set: written out, or by its type.
    pub(super) fn is_set(&self, expression: &Expr, env: &Env) -> bool {
        matches!(expression.value, ExprKind::Set(_)) || matches!(self.type_of_path(expression, env), Some(Type::Set(_)))
    }

    /// Whether a path begins at a value of the request, a parameter or a variable.
    pub(super) fn is_place(&self, expression: &Expr, env: &Env) -> bool {
        match &expression.value {
            ExprKind::Name(name) => self.root(name, env).is_some(),
            ExprKind::Field(base, _) => self.is_place(base, env),
            _ => false,
        }
    }

    /// The type of a path of names, if it is one and means a value; of an optional value that of the value.
    pub(super) fn type_of_path(&self, expression: &Expr, env: &Env) -> Option<Type> {
        let of_value = |ty: Type| if let Type::Optional(inner) = ty { *inner } else { ty };
        if let Some((_, ty)) = self.path(expression, env) {
            return Some(of_value(ty));
        }
        let ExprKind::Name(name) = &expression.value else { return None };
        match (env.binding(name), self.names.get(env.file, name)) {
            (Some(Binding::Term(term)), _) => Some(term.ty.clone()),
            (_, Some(Definition::Reference(id))) => Some(self.schema.reference(id).ty.clone()),
            _ => None,
        }
    }

    /// Where a path of names leads, if to a value of the request, a parameter or a variable. Nothing is reported: whoever reads the value does.
    fn path(&self, expression: &Expr, env: &Env) -> Option<(Place, Type)> {
        let ExprKind::Field(base, field) = &expression.value else {
            return match &expression.value {
                ExprKind::Name(name) => self.root(name, env),
                _ => None,
            };
        };
        let (mut place, mut ty) = self.path(base, env)?;
        if let Type::Optional(inner) = ty {
            place.steps.push(Step::Present);
            ty = *inner;
        }
        let (kinds, is_union) = match ty {
            Type::Struct(id) => (vec![id], false),
            Type::Union(kinds) => (env.kinds(&place, &kinds), true),
            _ => return None,
        };
        kinds.into_iter().find_map(|id| {
            let fields = &self.schema.structure(id).fields;
            let at = fields.iter().position(|known| known.name == field.value)?;
            let mut place = place.clone();
            place.steps.extend(is_union.then_some(Step::Alternative(id)));
            place.steps.push(Step::Field(id, at));
            Some((place, fields[at].ty.clone()))
        })
    }
}

/// Whether a value is one of these constants.
fn among(term: Term, values: Vec<Value>) -> Condition {
    match &term.kind {
        TermKind::Constant(value) => Condition::Constant(values.contains(value)),
        _ => Condition::In(term, values),
    }
}

/// The element that a count's variable stands for.
pub(super) fn element_term(variable: u32, ty: &Type) -> Term {
    let place = Place { root: Root::Variable(variable), steps: Vec::new() };
    Term { kind: TermKind::Place(place), ty: ty.clone() }
}

/// That a condition holds of some element of a list.
pub(super) fn some_element(list: Place, most: u32, variable: u32, condition: Condition) -> Condition {
    Condition::Count(Box::new(Count {
        list,
        most,
        variable,
        condition,
        distinct: None,
        comparison: Comparison::Ge,
        bound: Term::constant(Value::Int(1), Type::Int),
    }))
}
