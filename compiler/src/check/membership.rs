//! What is in what: `in`, `contains` of sets and lists, `subset_of`, sets that are equal, addresses in networks.

use super::Checker;
use super::declare::is_comparable;
use super::env::{Binding, Env};
use super::names::Definition;
use super::term::{same_shape, source};
use crate::checked::{Condition, Count, Place, Root, Term, TermKind};
use crate::ir::Comparison;
use crate::types::Type;
use crate::value::Value;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind};

impl Checker<'_> {
    /// `value in container`
    pub(super) fn membership(&mut self, left: &Expr, right: &Expr, span: Span, env: &mut Env) -> Option<Condition> {
        if self.needs_context(left, env) {
            // The container says what the value is.
            let container = self.set_or_value(right, env)?;
            let (Type::Set(element) | Type::List(element, _)) = &container.ty else {
                self.term(left, env)?;
                return None;
            };
            let element = (**element).clone();
            let term = self.term_of(left, &element, env)?;
            return self.in_container(term, left, container, right, span, env);
        }
        let term = self.term(left, env)?;
        if !is_comparable(&term.ty) {
            let message = format!("a `{}` is no element of anything", self.show(&term.ty));
            return self.error(codes::NO_OPERATOR, left.span, message);
        }
        match &right.value {
            ExprKind::Set(elements) => self.in_written(term, left, elements, right.span, env),
            ExprKind::Name(name) if let Some(cases) = self.group_of(&term.ty, name) => {
                if let Type::Enum(id) = term.ty {
                    self.unambiguous(name, "group", id, right.span, env)?;
                }
                self.among(term, cases, span)
            }
            ExprKind::Field(base, group)
                if let ExprKind::Name(name) = &base.value
                    && self.root(name, env).is_none()
                    && env.binding(name).is_none()
                    && let Some(Definition::Enum(id)) = self.names.get(env.file, name) =>
            {
                let wanted = Type::Enum(id);
                let Some(cases) = self.group_of(&wanted, &group.value) else {
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
                self.among(term, cases, span)
            }
            _ => {
                let container = self.set_or_value(right, env)?;
                self.in_container(term, left, container, right, span, env)
            }
        }
    }

    /// The cases of a group of an enum.
    fn group_of(&self, ty: &Type, name: &str) -> Option<Vec<Value>> {
        let Type::Enum(id) = ty else { return None };
        let group = self.group(*id, name)?;
        Some(group.cases.iter().map(|case| Value::Case(*id, *case)).collect())
    }

    /// Whether a value is one of these constants.
    fn among(&mut self, term: Term, values: Vec<Value>, span: Span) -> Option<Condition> {
        let Value::Set(values) = Value::set(values) else { return None };
        self.settled(vec![term], span, &mut |_, mut terms, _| {
            let term = terms.pop()?;
            Some(match &term.kind {
                TermKind::Constant(value) => Condition::Constant(values.contains(value)),
                _ => Condition::In(term, values.clone()),
            })
        })
    }

    /// Whether a value is one of those that are written out, of which some may be fields.
    fn in_written(
        &mut self,
        term: Term,
        left: &Expr,
        elements: &[Expr],
        span: Span,
        env: &mut Env,
    ) -> Option<Condition> {
        if elements.is_empty() {
            return self.error(codes::IMPOSSIBLE, span, "nothing is in an empty set");
        }
        let (mut constants, mut others, mut sound) = (Vec::new(), Vec::new(), true);
        for element in elements {
            if term.ty == Type::IpAddr && self.is_network(element, env) {
                match self.membership(left, element, span, env) {
                    Some(inside) => others.push(inside),
                    None => sound = false,
                }
                continue;
            }
            let Some(value) = self.beside(element, left, &term, env) else {
                sound = false;
                continue;
            };
            if let TermKind::Constant(value) = value.kind {
                constants.push(value);
                continue;
            }
            let equal = self.settled(vec![term.clone(), value], element.span, &mut |_, terms, _| {
                let [left, right] = <[Term; 2]>::try_from(terms).ok()?;
                Some(Condition::Compare(Comparison::Eq, left, right))
            });
            match equal {
                Some(equal) => others.push(equal),
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        if !constants.is_empty() {
            others.insert(0, self.among(term, constants, span)?);
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

    /// Whether a value is in a container that is a field, a reference value or a name for one.
    fn in_container(
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
            Type::Set(element) if term.ty == Type::IpAddr && *element == Type::Cidr => match &container.kind {
                TermKind::Reference(id) => {
                    let id = *id;
                    self.settled(vec![term], span, &mut |_, mut terms, _| Some(Condition::InNetworks(terms.pop()?, id)))
                }
                TermKind::Constant(Value::Set(networks)) => {
                    let networks = networks.clone();
                    self.settled(vec![term], span, &mut |_, mut terms, _| {
                        let address = terms.pop()?;
                        let network = |network: &Value| Term::constant(network.clone(), Type::Cidr);
                        let inside = |each| Condition::InNetwork(address.clone(), network(each));
                        Some(Condition::Or(networks.iter().map(inside).collect()))
                    })
                }
                _ => {
                    self.report(
                        Diagnostic::error(
                            codes::NO_OPERATOR,
                            right.span,
                            "the networks of a set in a request cannot be searched: it has no bound",
                        )
                        .help("declare the field as a list: `[Cidr; 16]`"),
                    );
                    None
                }
            },
            Type::Set(element) if same_shape(&term.ty, &element) => {
                if let TermKind::Constant(Value::Set(values)) = container.kind {
                    return self.among(term, values, span);
                }
                self.settled(vec![term], span, &mut |_, mut terms, _| {
                    Some(Condition::InSet(terms.pop()?, container.clone()))
                })
            }
            Type::List(element, most) => {
                let TermKind::Place(list) = container.kind else { return None };
                let matches = same_shape(&term.ty, &element) && is_comparable(&element)
                    || term.ty == Type::IpAddr && *element == Type::Cidr;
                if !matches {
                    return self.mismatch(right, &Type::List(Box::new(term.ty), most), &container.ty);
                }
                let variable = self.next_variable(env, most, span)?;
                self.settled(vec![term], span, &mut |_, mut terms, _| {
                    let (term, element) = (terms.pop()?, element_term(variable, &element));
                    let condition = if element.ty == Type::Cidr && term.ty == Type::IpAddr {
                        Condition::InNetwork(term, element)
                    } else {
                        Condition::Compare(Comparison::Eq, element, term)
                    };
                    Some(some_element(list.clone(), most, variable, condition))
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
    fn inside(&mut self, inner: Term, network: Term, span: Span) -> Option<Condition> {
        self.settled(vec![inner, network], span, &mut |_, terms, _| {
            let [inner, network] = <[Term; 2]>::try_from(terms).ok()?;
            Some(Condition::InNetwork(inner, network))
        })
    }

    /// Whether an expression is a set: written out, or by its type.
    pub(super) fn is_set(&self, expression: &Expr, env: &Env) -> bool {
        if let ExprKind::Name(name) = &expression.value
            && self.root(name, env).is_none()
            && env.binding(name).is_none()
            && let Some(Definition::Reference(id)) = self.names.get(env.file, name)
        {
            return matches!(self.schema.reference(id).ty, Type::Set(_));
        }
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
        match &expression.value {
            ExprKind::Name(name) => match (self.root(name, env), env.binding(name)) {
                (Some((_, ty)), _) => Some(of_value(ty)),
                (None, Some(Binding::Term(term))) => Some(term.ty.clone()),
                (None, _) => match self.names.get(env.file, name) {
                    Some(Definition::Reference(id)) => Some(self.schema.reference(id).ty.clone()),
                    _ => None,
                },
            },
            ExprKind::Field(base, field) => {
                let kinds = match self.type_of_path(base, env)? {
                    Type::Struct(id) => vec![id],
                    Type::Union(kinds) => kinds,
                    _ => return None,
                };
                kinds.into_iter().find_map(|id| {
                    let fields = &self.schema.structure(id).fields;
                    fields.iter().find(|known| known.name == field.value).map(|field| of_value(field.ty.clone()))
                })
            }
            _ => None,
        }
    }

    /// `a subset_of b`
    pub(super) fn subset(&mut self, left: &Expr, right: &Expr, env: &mut Env) -> Option<Condition> {
        let span = left.span.to(right.span);
        if let ExprKind::Set(elements) = &left.value {
            if elements.is_empty() {
                return self.error(codes::IMPOSSIBLE, left.span, "an empty set is a part of every set");
            }
            let each: Vec<Option<Condition>> =
                elements.iter().map(|element| self.membership(element, right, span, env)).collect();
            return Some(Condition::And(each.into_iter().collect::<Option<Vec<_>>>()?));
        }
        let inner = self.set_or_value(left, env)?;
        match inner.ty.clone() {
            Type::Cidr => {
                let outer = self.set_or_value(right, env)?;
                if outer.ty != Type::Cidr {
                    return self.mismatch(right, &Type::Cidr, &outer.ty);
                }
                self.inside(inner, outer, span)
            }
            Type::List(element, most) => {
                let TermKind::Place(list) = inner.kind else { return None };
                if !is_comparable(&element) {
                    let shown = self.show(&element);
                    let message = format!("a `{shown}` is no element of a set");
                    return self.error(codes::NO_OPERATOR, left.span, message);
                }
                let variable = self.next_variable(env, most, span)?;
                let outer = self.set_operand(right, &element, env)?;
                let element = element_term(variable, &element);
                let inside = match outer.kind {
                    TermKind::Constant(Value::Set(values)) => Condition::In(element, values),
                    _ => Condition::InSet(element, outer),
                };
                let outside = some_element(list, most, variable, Condition::Not(Box::new(inside)));
                Some(Condition::Not(Box::new(outside)))
            }
            Type::Set(element) => {
                let outer = self.set_operand(right, &element, env)?;
                Some(Condition::Subset(inner, outer))
            }
            other => {
                let shown = self.show(&other);
                self.error(codes::NO_OPERATOR, left.span, format!("a `{shown}` is no set"))
            }
        }
    }

    /// `a == b` and `a != b` of sets: each is a part of the other.
    pub(super) fn set_equality(&mut self, op: BinaryOp, left: &Expr, right: &Expr, env: &mut Env) -> Option<Condition> {
        let (written, other) = match (&left.value, &right.value) {
            (ExprKind::Set(_), ExprKind::Set(_)) => {
                let message = "both sides are written out: this always gives the same answer";
                return self.error(codes::IMPOSSIBLE, left.span.to(right.span), message);
            }
            (ExprKind::Set(_), _) => (left, right),
            _ => (right, left),
        };
        if !self.is_set(left, env) {
            return self.value_beside_set(left, right, env);
        }
        if !self.is_set(right, env) {
            return self.value_beside_set(right, left, env);
        }
        let other_term = self.set_or_value(other, env)?;
        let Type::Set(element) = &other_term.ty else { return None };
        let element = element.clone();
        let term = self.set_operand(written, &element, env)?;
        if term == other_term {
            let message = "both sides are the same value: this always gives the same answer";
            return self.error(codes::IMPOSSIBLE, left.span.to(right.span), message);
        }
        let same = Condition::And(vec![
            Condition::Subset(other_term.clone(), term.clone()),
            Condition::Subset(term, other_term),
        ]);
        Some(if op == BinaryOp::Ne { Condition::Not(Box::new(same)) } else { same })
    }

    /// Refuses one value that is compared with a set.
    fn value_beside_set(&mut self, value: &Expr, set: &Expr, env: &mut Env) -> Option<Condition> {
        let term = self.term(value, env)?;
        if let (Type::Enum(id), ExprKind::Name(name)) = (&term.ty, &set.value)
            && self.case(*id, name).is_some()
        {
            self.unambiguous(name, "case", *id, set.span, env)?;
        }
        let (value, name) = (source(value), source(set));
        let message = match &set.value {
            ExprKind::Set(_) => "this is a set, not one value".to_owned(),
            _ => format!("`{name}` is a set, not one value"),
        };
        let name = if matches!(set.value, ExprKind::Set(_)) { "{ … }".to_owned() } else { name };
        self.report(
            Diagnostic::error(codes::TYPE_MISMATCH, set.span, message)
                .help(format!("ask for membership: `{value} in {name}`")),
        );
        None
    }

    /// A set with elements of this type: written out of constants, or a field, a reference value, or a name for one.
    pub(super) fn set_operand(&mut self, expression: &Expr, element: &Type, env: &mut Env) -> Option<Term> {
        let ty = Type::Set(Box::new(element.clone()));
        if let ExprKind::Set(elements) = &expression.value {
            let mut values = Vec::with_capacity(elements.len());
            for each in elements {
                match self.term_of(each, element, env)?.kind {
                    TermKind::Constant(value) => values.push(value),
                    _ => {
                        self.report(
                            Diagnostic::error(
                                codes::TYPE_MISMATCH,
                                each.span,
                                "this set is of written-out values only",
                            )
                            .help("ask for a field's value by itself: `x == field or x in { … }`"),
                        );
                        return None;
                    }
                }
            }
            return Some(Term::constant(Value::set(values), ty));
        }
        let term = self.set_or_value(expression, env)?;
        match &term.ty {
            Type::Set(found) if same_shape(found, element) => Some(term),
            Type::List(..) => {
                self.report(
                    Diagnostic::error(codes::NO_OPERATOR, expression.span, "a list is no set")
                        .help("ask of its elements: `all x in xs: …`, or declare the field as a `Set`"),
                );
                None
            }
            found => {
                let found = found.clone();
                self.mismatch(expression, &ty, &found)
            }
        }
    }
}

/// The element that a count's variable stands for.
fn element_term(variable: u32, ty: &Type) -> Term {
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
