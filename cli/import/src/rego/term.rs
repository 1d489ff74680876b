//! What an expression stands for.

use super::query::{Reader, Scope, Variable};
use super::vocabulary::{Constant, Path, Root, Term, Vocabulary};
use crate::finding::Place;
use regorus::unstable::{Expr, ExprRef};

impl<V: Vocabulary> Reader<'_, V> {
    /// What an expression stands for; a finding where that is not known.
    pub(crate) fn term(&mut self, expr: &ExprRef, scope: &Scope) -> Term {
        let place = self.module.place(expr.span());
        match &**expr {
            Expr::String { value, .. } | Expr::RawString { value, .. } => match value.as_string() {
                Ok(text) => Term::Constant(Constant::Text(text.to_string())),
                Err(_) => self.unknown_term(&place, "this text cannot be read"),
            },
            Expr::Number { value, .. } => match value.as_i64() {
                Ok(number) => Term::Constant(Constant::Int(number)),
                Err(_) => self.unknown_term(&place, "numbers are integers of 64 bits"),
            },
            Expr::Bool { value, .. } => Term::Constant(Constant::Bool(value.as_bool().is_ok_and(|value| *value))),
            Expr::Null { .. } => Term::Constant(Constant::Null),
            Expr::UnaryExpr { expr, .. } => match self.term(expr, scope) {
                Term::Constant(Constant::Int(number)) => Term::Constant(Constant::Int(number.saturating_neg())),
                _ => self.unknown_term(&place, "only a number can be negated"),
            },
            Expr::Array { items, .. } => self.constants(items, scope, &place).map_or(Term::Unknown, Term::Array),
            Expr::Set { items, .. } => self.constants(items, scope, &place).map_or(Term::Unknown, Term::Set),
            Expr::Var { span, .. } => self.variable(span.text(), scope, &place),
            Expr::RefDot { refr, field, .. } => {
                let inner = self.term(refr, scope);
                self.step(inner, field.0.text(), &place)
            }
            Expr::RefBrack { refr, index, .. } => {
                let inner = self.term(refr, scope);
                match self.term(index, scope) {
                    Term::Constant(Constant::Text(step)) => self.step(inner, &step, &place),
                    Term::Constant(Constant::Int(number)) => self.element(inner, number, &place),
                    Term::Unknown => Term::Unknown,
                    _ => self.unknown_term(&place, "only constants are known between these brackets"),
                }
            }
            Expr::Call { fcn, params, .. } => self.call(fcn.span().text(), params, scope, &place),
            _ => self.unknown_term(&place, "this form is not known here"),
        }
    }

    /// The elements of a list of constants.
    fn constants(&mut self, items: &[ExprRef], scope: &Scope, place: &Place) -> Option<Vec<Constant>> {
        if !self.spend(items.len()) {
            return None;
        }
        let mut constants = Vec::new();
        for item in items {
            match self.term(item, scope) {
                Term::Constant(constant) => constants.push(constant),
                _ => {
                    self.unknown(place, "only lists of constants are known");
                    return None;
                }
            }
        }
        Some(constants)
    }

    fn variable(&mut self, name: &str, scope: &Scope, place: &Place) -> Term {
        match scope.get(name) {
            Some(Variable::Term(term)) => return term.clone(),
            Some(Variable::Key) => {
                return self.unknown_term(place, "the key of a list that is walked is not known here");
            }
            Some(Variable::Free) => return self.unknown_term(place, "this variable has no value here"),
            None => {}
        }
        match name {
            "input" => return Term::Path(Path::root(Root::Input)),
            "data" => return Term::Path(Path::root(Root::Data)),
            _ => {}
        }
        let Some(rules) = self.module.rules(name) else {
            return self.unknown_term(place, "this variable has no value here");
        };
        let only = match (&rules.default, &rules.definitions[..]) {
            (None, [only]) if only.bodies.is_empty() && !rules.is_partial => only,
            _ => return self.unknown_term(place, "the value of this rule depends on conditions"),
        };
        let Some(value) = &only.value else { return Term::Constant(Constant::Bool(true)) };
        if !self.spend(1) || !self.enter(name, place) {
            return Term::Unknown;
        }
        let term = self.term(value, &Scope::new());
        self.leave();
        term
    }

    fn step(&mut self, inner: Term, step: &str, place: &Place) -> Term {
        match inner {
            Term::Path(mut path) if path.element.is_none() => {
                path.steps.push(step.to_owned());
                // `data.reference.x` is where earlier versions of the Attestation Service kept reference values.
                match (path.root, &path.steps[..]) {
                    (Root::Data, [first, name]) if first == "reference" => Term::Reference(name.clone()),
                    _ => Term::Path(path),
                }
            }
            Term::Path(_) => self.unknown_term(place, "what is in the element of a list is not known here"),
            Term::Unknown => Term::Unknown,
            Term::Constant(_)
            | Term::Array(_)
            | Term::Set(_)
            | Term::Split(_)
            | Term::Reference(_)
            | Term::Count(_) => self.unknown_term(place, "this has no parts of that name"),
        }
    }

    fn element(&mut self, inner: Term, number: i64, place: &Place) -> Term {
        match inner {
            Term::Path(path) | Term::Split(path) if path.element.is_none() => {
                Term::Path(Path { element: Some(number), ..path })
            }
            Term::Array(constants) => match usize::try_from(number).ok().and_then(|at| constants.into_iter().nth(at)) {
                Some(constant) => Term::Constant(constant),
                None => self.unknown_term(place, "the list has no such element"),
            },
            Term::Unknown => Term::Unknown,
            Term::Path(_) | Term::Split(_) | Term::Constant(_) | Term::Set(_) | Term::Reference(_) | Term::Count(_) => {
                self.unknown_term(place, "this has no elements by number")
            }
        }
    }

    fn call(&mut self, name: &str, params: &[ExprRef], scope: &Scope, place: &Place) -> Term {
        // A function of the module's own hides the one that Rego has.
        if self.module.rules(name).is_some() {
            return self.unknown_term(place, "this function is not known here");
        }
        let terms: Vec<Term> = params.iter().map(|param| self.term(param, scope)).collect();
        match (name, &terms[..]) {
            ("query_reference_value", [Term::Constant(Constant::Text(name))]) => Term::Reference(name.clone()),
            ("count", [Term::Path(path) | Term::Split(path)]) => Term::Count(path.clone()),
            ("split", [Term::Path(path), Term::Constant(Constant::Text(by))])
                if by == "/" && self.vocabulary.has_segments(path) =>
            {
                Term::Split(path.clone())
            }
            ("concat", [Term::Constant(Constant::Text(by)), Term::Path(path)])
                if by == "/" && self.vocabulary.has_segments(path) =>
            {
                Term::Path(path.clone())
            }
            (_, terms) if terms.contains(&Term::Unknown) => Term::Unknown,
            _ => self.unknown_term(place, "this function is not known here"),
        }
    }

    pub(super) fn unknown_term(&mut self, place: &Place, message: &str) -> Term {
        self.unknown(place, message);
        Term::Unknown
    }
}
