//! Conditions: what can be true, with the operators each type has.

use super::Checker;
use super::constant::length_help;
use super::declare::is_comparable;
use super::env::Env;
use super::names::Definition;
use super::term::{same_shape, source};
use crate::checked::{Condition, Place, Step, Term, TermKind};
use crate::ir::Comparison;
use crate::types::Type;
use crate::value::{TCB_AMD_NAMES, TCB_NAMES, Value};
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{BinaryOp, Expr, ExprKind, Name, Quantifier};

impl Checker<'_> {
    /// The condition that an expression states.
    pub(super) fn condition(&mut self, expression: &Expr, env: &mut Env) -> Option<Condition> {
        let span = expression.span;
        match &expression.value {
            ExprKind::Bool(value) => Some(Condition::Constant(*value)),
            ExprKind::Not(inner) => Some(Condition::Not(Box::new(self.condition(inner, env)?))),
            ExprKind::Binary(op, left, right) => match op.value {
                BinaryOp::And | BinaryOp::Or => self.chain(op.value, expression, env),
                BinaryOp::Implies => {
                    let mark = env.mark();
                    let left = self.condition(left, env);
                    if let Some(left) = &left {
                        env.learn(left, true);
                    }
                    let right = self.condition(right, env);
                    env.forget(mark);
                    Some(Condition::Or(vec![Condition::Not(Box::new(left?)), right?]))
                }
                BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                    self.comparison(op.value, left, right, span, env)
                }
                BinaryOp::In => self.membership(left, right, env),
                BinaryOp::Matches => self.not_compiled(op.span, "`matches`"),
                BinaryOp::StartsWith => self.not_compiled(op.span, "`starts_with`"),
                BinaryOp::EndsWith => self.not_compiled(op.span, "`ends_with`"),
                BinaryOp::Contains => self.not_compiled(op.span, "`contains`"),
                BinaryOp::SubsetOf => self.not_compiled(op.span, "`subset_of`"),
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                    self.error(codes::TYPE_MISMATCH, span, "expected a condition, found a number")
                }
            },
            ExprKind::IsType(place, kind) => self.is_type(place, kind, env),
            ExprKind::IsPresent(inner) => {
                let (place, ty) = self.place(inner, env)?;
                if !matches!(ty, Type::Optional(_)) {
                    let message = "this value is never absent";
                    return self.error(codes::IMPOSSIBLE, inner.span, message);
                }
                Some(Condition::Present(place))
            }
            ExprKind::Quantifier { quantifier, variable, list, condition } => {
                let (list, condition) = self.over_list(variable, list, Some(condition), span, env)?;
                let (condition, comparison, bound) = match quantifier {
                    Quantifier::Any => (condition, Comparison::Ge, 1),
                    Quantifier::All => (Condition::Not(Box::new(condition)), Comparison::Eq, 0),
                };
                Some(Condition::Count { list, variable: 0, condition: Box::new(condition), comparison, bound })
            }
            ExprKind::Call(path, arguments) if !is_builtin(path.value.as_slice()) => self.call(path, arguments, env),
            ExprKind::If(..) => self.not_compiled(span, "`if … then … else`"),
            ExprKind::Match(..) => self.not_compiled(span, "`match`"),
            ExprKind::Name(name) if name == "permitted" && env.in_invariant => {
                if env.variable.is_some() {
                    return self.error(
                        codes::TYPE_MISMATCH,
                        span,
                        "`permitted` is about the whole call: ask it outside the count",
                    );
                }
                Some(Condition::Permitted)
            }
            _ => {
                let term = self.term(expression, env)?;
                if term.ty != Type::Bool {
                    let shown = self.show(&term.ty);
                    return self.error(codes::TYPE_MISMATCH, span, format!("expected a condition, found `{shown}`"));
                }
                Some(match term.kind {
                    TermKind::Constant(Value::Bool(value)) => Condition::Constant(value),
                    _ => Condition::Holds(term),
                })
            }
        }
    }

    /// `a and b and c`, or the same with `or`: the operands in a row, however deep the tree leans to the left.
    fn chain(&mut self, op: BinaryOp, expression: &Expr, env: &mut Env) -> Option<Condition> {
        let mut operands = Vec::new();
        let mut rest = expression;
        while let ExprKind::Binary(found, left, right) = &rest.value
            && found.value == op
        {
            operands.push(&**right);
            rest = left;
        }
        operands.push(rest);
        operands.reverse();
        let mark = env.mark();
        let mut conditions = Vec::with_capacity(operands.len());
        for operand in operands {
            let condition = self.condition(operand, env);
            if let Some(condition) = &condition {
                env.learn(condition, op == BinaryOp::And);
            }
            conditions.push(condition);
        }
        env.forget(mark);
        let conditions = conditions.into_iter().collect::<Option<Vec<_>>>()?;
        Some(if op == BinaryOp::And { Condition::And(conditions) } else { Condition::Or(conditions) })
    }

    fn is_type(&mut self, expression: &Expr, kind: &Name, env: &mut Env) -> Option<Condition> {
        let (mut place, mut ty) = self.place(expression, env)?;
        if let Type::Optional(inner) = &ty
            && env.is_present(&place)
        {
            place.steps.push(Step::Present);
            ty = (**inner).clone();
        }
        let id = self.struct_named(env.file, kind)?;
        match &ty {
            Type::Union(kinds) if kinds.contains(&id) => Some(Condition::Is(place, id)),
            Type::Union(kinds) => {
                let names: Vec<String> = kinds.iter().map(|kind| self.schema.structure(*kind).name.clone()).collect();
                let message = format!("this is never `{}`: it is {}", kind.value, super::listed(names));
                self.error(codes::IMPOSSIBLE, expression.span.to(kind.span), message)
            }
            Type::Struct(only) if *only == id => {
                self.error(codes::IMPOSSIBLE, expression.span.to(kind.span), format!("this is always `{}`", kind.value))
            }
            other => {
                let shown = self.show(other);
                self.error(
                    codes::TYPE_MISMATCH,
                    expression.span,
                    format!("`is` asks which kind of evidence something is; this is of type `{shown}`"),
                )
            }
        }
    }

    fn comparison(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span, env: &mut Env) -> Option<Condition> {
        if let Some(evidence) = age_argument(left) {
            return self.age_comparison(op, evidence, right, span, env);
        }
        if let Some(evidence) = age_argument(right) {
            return self.age_comparison(mirrored(op), evidence, left, span, env);
        }
        if matches!(left.value, ExprKind::Count { .. }) {
            return self.count_comparison(op, left, right, env);
        }
        if matches!(right.value, ExprKind::Count { .. }) {
            return self.count_comparison(mirrored(op), right, left, env);
        }
        let (left_term, right_term) = self.pair(left, right, env)?;
        if let (TermKind::Constant(_), TermKind::Constant(_)) = (&left_term.kind, &right_term.kind) {
            return self.error(
                codes::IMPOSSIBLE,
                span,
                "both sides are written out: this always gives the same answer",
            );
        }
        if left_term == right_term {
            return self.error(
                codes::IMPOSSIBLE,
                span,
                "both sides are the same value: this always gives the same answer",
            );
        }
        let ty = left_term.ty.clone();
        let equality = |left, right| Condition::Compare(Comparison::Eq, left, right);
        match (op, &ty) {
            (BinaryOp::Eq, ty) if is_comparable(ty) => Some(equality(left_term, right_term)),
            (BinaryOp::Ne, ty) if is_comparable(ty) => Some(Condition::Not(Box::new(equality(left_term, right_term)))),
            (BinaryOp::Ge, Type::Tcb) => self.at_least(left_term, right_term, right.span),
            (BinaryOp::Le, Type::Tcb) => self.at_least(right_term, left_term, left.span),
            (BinaryOp::Lt | BinaryOp::Gt, Type::Tcb) => {
                let symbol = symbol(op);
                self.report(
                    Diagnostic::error(codes::TCB_ORDER, span, format!("two `Tcb`s cannot be compared by `{symbol}`")).help(
                        "a `Tcb` is a vector: of two, each may be newer in some component, so `not (a >= b)` does not mean `a < b`; ask with `>=` or `<=`",
                    ),
                );
                None
            }
            (BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge, Type::Int | Type::Duration | Type::Instant) => {
                Some(Condition::Compare(ordering(op)?, left_term, right_term))
            }
            (
                _,
                Type::Bytes | Type::Version | Type::IpAddr | Type::Cidr | Type::Oid | Type::Set(_) | Type::List(..),
            ) => {
                let what = format!("comparing values of type `{}`", self.show(&ty));
                self.not_compiled(span, &what)
            }
            _ => {
                let message = format!("a `{}` has no `{}`", self.show(&ty), symbol(op));
                self.error(codes::NO_OPERATOR, span, message)
            }
        }
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
        match (self.needs_context(left, env), self.needs_context(right, env)) {
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
                let right = self.term_of(right, &left.ty, env)?;
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
    fn beside(&mut self, expression: &Expr, other: &Expr, other_term: &Term, env: &mut Env) -> Option<Term> {
        let (ExprKind::Bytes(_, bytes), Type::FixedBytes(length) | Type::Digest(length), TermKind::Place(place)) =
            (&expression.value, &other_term.ty, &other_term.kind)
        else {
            return self.term_of(expression, &other_term.ty, env);
        };
        if bytes.len() == *length as usize {
            return self.term_of(expression, &other_term.ty, env);
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
        let dated = |checker: &mut Self, mut place: Place, kind: &Type| {
            let id = checker.evidence_kind(kind, evidence.span)?;
            let age_from = checker.schema.structure(id).evidence.as_ref()?.age_from;
            place.steps.push(Step::Field(id, age_from));
            Some(Condition::Age(comparison, place, bound.clone()))
        };
        let Type::Union(kinds) = &ty else { return dated(self, place, &ty) };
        // Each alternative is dated by a field of its own.
        let mut alternatives = Vec::new();
        for kind in env.kinds(&place, kinds) {
            let mut alternative = place.clone();
            alternative.steps.push(Step::Alternative(kind));
            let age = dated(self, alternative, &Type::Struct(kind))?;
            alternatives.push(Condition::And(vec![Condition::Is(place.clone(), kind), age]));
        }
        Some(Condition::Or(alternatives))
    }

    /// `count(…) op bound`
    fn count_comparison(&mut self, op: BinaryOp, count: &Expr, bound: &Expr, env: &mut Env) -> Option<Condition> {
        let ExprKind::Count { distinct, variable, list, condition } = &count.value else { return None };
        if let Some(distinct) = distinct {
            return self.not_compiled(distinct.span, "`count(distinct …)`");
        }
        let counted = self.over_list(variable, list, condition.as_deref(), count.span, env);
        let ExprKind::Int(number) = bound.value else {
            if matches!(bound.value, ExprKind::Name(_) | ExprKind::Field(..)) {
                return self.not_compiled(bound.span, "comparing a count with anything but a written-out number");
            }
            return self.error(codes::TYPE_MISMATCH, bound.span, "a count is compared with a number");
        };
        let (list, condition) = counted?;
        let most = match self.type_at(&list, env) {
            Some(Type::List(_, most)) => i64::from(most),
            _ => 0,
        };
        let (comparison, negated) = match op {
            BinaryOp::Ne => (Comparison::Eq, true),
            BinaryOp::Eq => (Comparison::Eq, false),
            other => (ordering(other)?, false),
        };
        // Between none and all there must be a count for which it holds, and one for which it does not.
        let answers: Vec<bool> = (0..=most).map(|count| comparison.holds(count, number)).collect();
        if answers.iter().all(|answer| *answer == answers[0]) {
            let always = if answers[0] != negated { "always" } else { "never" };
            let message = format!("a count of a list of at most {most} is {always} `{} {number}`", symbol(op));
            return self.error(codes::IMPOSSIBLE, count.span.to(bound.span), message);
        }
        let counted = Condition::Count { list, variable: 0, condition: Box::new(condition), comparison, bound: number };
        Some(if negated { Condition::Not(Box::new(counted)) } else { counted })
    }

    /// The list that a count or quantifier walks, and the condition on its elements.
    fn over_list(
        &mut self,
        variable: &Name,
        list: &Expr,
        condition: Option<&Expr>,
        span: Span,
        env: &mut Env,
    ) -> Option<(Place, Condition)> {
        if env.variable.is_some() {
            return self.not_compiled(span, "a count or quantifier inside another");
        }
        let (place, ty) = self.settled_place(list, env)?;
        let element = match ty {
            Type::List(element, _) => *element,
            Type::Set(_) => return self.not_compiled(list.span, "counting the elements of a set"),
            other => {
                let shown = self.show(&other);
                return self.error(codes::TYPE_MISMATCH, list.span, format!("expected a list, found `{shown}`"));
            }
        };
        self.no_reference(&variable.value, "the variable", variable.span, env)?;
        if self.root(&variable.value, env).is_some() {
            let message = format!("`{}` already has a meaning here", variable.value);
            self.report(
                Diagnostic::error(codes::AMBIGUOUS_NAME, variable.span, message).help("give the variable another name"),
            );
            return None;
        }
        let mark = env.mark();
        env.variable = Some((variable.value.clone(), element));
        let condition = match condition {
            Some(condition) => self.condition(condition, env),
            None => Some(Condition::Constant(true)),
        };
        env.variable = None;
        env.forget(mark);
        Some((place, condition?))
    }

    /// `value in set`
    fn membership(&mut self, left: &Expr, right: &Expr, env: &mut Env) -> Option<Condition> {
        let term = self.term(left, env)?;
        if !is_comparable(&term.ty) {
            let what = format!("`in` for values of type `{}`", self.show(&term.ty));
            return self.not_compiled(left.span, &what);
        }
        match &right.value {
            ExprKind::Set(elements) if elements.is_empty() => {
                self.error(codes::IMPOSSIBLE, right.span, "nothing is in an empty set")
            }
            ExprKind::Set(elements) => {
                let values: Vec<Option<Term>> =
                    elements.iter().map(|element| self.beside(element, left, &term, env)).collect();
                let mut constants = Vec::with_capacity(values.len());
                for (value, element) in values.into_iter().zip(elements) {
                    match value?.kind {
                        TermKind::Constant(value) => constants.push(value),
                        TermKind::Place(_) | TermKind::Reference(_) => {
                            return self
                                .not_compiled(element.span, "a set that contains anything but written-out values");
                        }
                    }
                }
                let Value::Set(constants) = Value::set(constants) else { return None };
                Some(Condition::In(term, constants))
            }
            ExprKind::Name(name) => {
                if let Type::Enum(id) = &term.ty
                    && let Some(group) = self.group(*id, name)
                {
                    let cases = group.cases.iter().map(|case| Value::Case(*id, *case)).collect();
                    self.unambiguous(name, "group", *id, right.span, env)?;
                    return Some(Condition::In(term, cases));
                }
                match self.names.get(env.file, name) {
                    Some(Definition::Reference(reference)) if self.root(name, env).is_none() => {
                        self.reference_membership(term, reference, right)
                    }
                    _ => self.set_term(right, env),
                }
            }
            ExprKind::Field(base, group_name) => {
                if let ExprKind::Name(name) = &base.value
                    && let Some(Definition::Enum(id)) = self.names.get(env.file, name)
                {
                    let Some(group) = self.group(id, &group_name.value) else {
                        if self.case(id, &group_name.value).is_some() {
                            let message = format!("`{}` is one case, not a group", group_name.value);
                            self.report(
                                Diagnostic::error(codes::TYPE_MISMATCH, right.span, message).help("compare with `==`"),
                            );
                            return None;
                        }
                        let known: Vec<String> =
                            self.schema.enumeration(id).groups.iter().map(|group| group.name.clone()).collect();
                        return self.unknown(
                            group_name.span,
                            &format!("group of `{name}` called"),
                            &group_name.value,
                            known,
                        );
                    };
                    let cases = group.cases.iter().map(|case| Value::Case(id, *case)).collect();
                    if term.ty != Type::Enum(id) {
                        return self.mismatch(left, &Type::Enum(id), &term.ty);
                    }
                    return Some(Condition::In(term, cases));
                }
                self.set_term(right, env)
            }
            _ => self.set_term(right, env),
        }
    }

    fn reference_membership(
        &mut self,
        term: Term,
        reference: crate::types::ReferenceId,
        right: &Expr,
    ) -> Option<Condition> {
        if self.refused.contains(&self.schema.reference(reference).span) {
            return None;
        }
        let ty = self.schema.reference(reference).ty.clone();
        let Type::Set(element) = &ty else {
            let name = self.schema.reference(reference).name.clone();
            let message = format!("`{name}` is one value, not a set");
            self.report(Diagnostic::error(codes::TYPE_MISMATCH, right.span, message).help("compare with `==`"));
            return None;
        };
        if !same_shape(&term.ty, element) {
            return self.mismatch(right, &Type::Set(Box::new(term.ty)), &ty);
        }
        Some(Condition::InReference(term, reference))
    }

    /// Anything else on the right of `in`: a field that holds a set or list, or a mistake.
    fn set_term(&mut self, right: &Expr, env: &mut Env) -> Option<Condition> {
        let term = self.term(right, env)?;
        match &term.ty {
            Type::Set(_) | Type::List(..) => self.not_compiled(right.span, "`in` a set or list of the request"),
            other => {
                let shown = self.show(other);
                self.error(codes::TYPE_MISMATCH, right.span, format!("expected a set, found `{shown}`"))
            }
        }
    }
}

/// The functions that are not predicates.
fn is_builtin(path: &[Name]) -> bool {
    matches!(path, [name] if matches!(name.value.as_str(), "age" | "verified_at" | "sha256" | "sha384" | "sha512"))
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
fn mirrored(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Lt => BinaryOp::Gt,
        BinaryOp::Le => BinaryOp::Ge,
        BinaryOp::Gt => BinaryOp::Lt,
        BinaryOp::Ge => BinaryOp::Le,
        other => other,
    }
}

fn ordering(op: BinaryOp) -> Option<Comparison> {
    match op {
        BinaryOp::Lt => Some(Comparison::Lt),
        BinaryOp::Le => Some(Comparison::Le),
        BinaryOp::Gt => Some(Comparison::Gt),
        BinaryOp::Ge => Some(Comparison::Ge),
        _ => None,
    }
}

fn symbol(op: BinaryOp) -> &'static str {
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
