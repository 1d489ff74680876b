//! What the body of a rule asks.
//!
//! A body is a list of statements that must all succeed. [`Reader::body`] reads them in order, with what variables stand for; [`Reader::term`] reads what is
//! compared. Which claim a path is, a [`Vocabulary`] knows. A form that is not known here is [`Condition::Unknown`], and a finding says where it is.

use super::module::Module;
use crate::claims::Comparison;
use crate::condition::Condition;
use crate::finding::{Code, Findings, Place};
use crate::package::excerpt;
use regorus::unstable::{AssignOp, BoolOp, Expr, ExprRef, Literal, LiteralStmt, Query};
use std::collections::BTreeMap;

/// The most statements that are read, with every rule written out where it is used.
pub(crate) const MAX_STATEMENTS: usize = 10_000;

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    Input,
    Data,
    /// An element of the list that a statement walks.
    Element,
}

/// A path into what a policy is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) root: Root,
    pub(crate) steps: Vec<String>,
}

/// What is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Constant(Constant),
    /// `["a", "b"]` or `{"a", "b"}`
    Constants(Vec<Constant>),
    Path(Path),
    /// A reference value, by its name.
    Reference(String),
    /// `count(…)` of a path.
    Count(Path),
    /// Said in a finding already.
    Unknown,
}

/// How two texts are compared, beside equality.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    StartsWith,
    EndsWith,
    Contains,
}

impl Part {
    /// As the language writes it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Part::StartsWith => "starts_with",
            Part::EndsWith => "ends_with",
            Part::Contains => "contains",
        }
    }
}

/// Which paths there are, and what they are in the standard library. A condition must hold exactly when the statement succeeds, or be unknown.
pub(crate) trait Vocabulary {
    /// The path is there, whatever it holds.
    fn defined(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition;
    /// The path alone as a statement: it is there, and not `false`.
    fn truthy(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition;
    /// The path compared with a constant.
    fn compare(
        &mut self,
        path: &Path,
        comparison: Comparison,
        with: &Constant,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition;
    /// The path compared with a reference value.
    fn compare_reference(
        &mut self,
        path: &Path,
        comparison: Comparison,
        name: &str,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition;
    /// The path is one of a set of reference values.
    fn in_reference(&mut self, path: &Path, name: &str, place: &Place, findings: &mut Findings) -> Condition;
    /// A part of a text.
    fn part(&mut self, path: &Path, part: Part, text: &str, place: &Place, findings: &mut Findings) -> Condition;
    /// The number of elements.
    fn count(
        &mut self,
        path: &Path,
        comparison: Comparison,
        number: i64,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition;
    /// The list that a path is, where a policy may walk it.
    fn list(&mut self, path: &Path) -> Option<&'static str>;
}

/// A statement of a body.
pub(crate) struct Statement {
    pub(crate) condition: Condition,
    /// As it is written, or the beginning of it.
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// What variables stand for.
pub(crate) type Scope = BTreeMap<String, Term>;

/// Reads the rules of a module.
pub(crate) struct Reader<'a, V> {
    pub(crate) module: &'a Module,
    pub(crate) vocabulary: V,
    pub(crate) findings: &'a mut Findings,
    /// Rules that are being read, to see one that uses itself.
    pub(crate) reading: Vec<String>,
    /// Statements read so far.
    pub(crate) statements: usize,
}

impl<'a, V: Vocabulary> Reader<'a, V> {
    pub(crate) fn new(module: &'a Module, vocabulary: V, findings: &'a mut Findings) -> Self {
        Reader { module, vocabulary, findings, reading: Vec::new(), statements: 0 }
    }

    /// Whether all statements of a body succeed.
    pub(crate) fn body(&mut self, query: &Query, scope: &Scope) -> Condition {
        self.statements(&query.stmts, scope.clone())
    }

    /// The statements of a body, each with its text and place; what follows one that walks a list is part of it.
    pub(crate) fn lines(&mut self, query: &Query) -> Vec<Statement> {
        self.read_statements(&query.stmts, Scope::new())
    }

    fn statements(&mut self, statements: &[LiteralStmt], scope: Scope) -> Condition {
        let lines = self.read_statements(statements, scope);
        Condition::All(lines.into_iter().map(|line| line.condition).collect())
    }

    fn read_statements(&mut self, statements: &[LiteralStmt], mut scope: Scope) -> Vec<Statement> {
        let mut lines: Vec<Statement> = Vec::new();
        for (at, statement) in statements.iter().enumerate() {
            self.statements += 1;
            let (text, place) = (written(statement.span.text()), self.module.place(&statement.span));
            let mut add = |condition| lines.push(Statement { condition, text: text.clone(), place: place.clone() });
            if self.statements > MAX_STATEMENTS {
                add(Condition::Unknown);
                return lines;
            }
            if let Some(with) = statement.with_mods.first() {
                let place = self.module.place(&with.span);
                add(self.unknown(&place, "`with` replaces what the policy is asked about"));
                continue;
            }
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::Expr { expr, .. } => match self.binding(expr, &mut scope) {
                    Binding::None => add(self.condition(expr, &scope)),
                    // What is not there gives a variable no value, and the statement fails.
                    Binding::Done(Term::Path(path)) => add(self.vocabulary.defined(&path, &place, self.findings)),
                    Binding::Done(Term::Unknown) => add(Condition::Unknown),
                    Binding::Done(Term::Constant(_) | Term::Constants(_) | Term::Reference(_) | Term::Count(_)) => {}
                    Binding::Walk(list) => {
                        let rest = self.statements(statements.get(at + 1..).unwrap_or_default(), scope);
                        add(Condition::Some(VARIABLE, list, Box::new(rest)));
                        return lines;
                    }
                },
                Literal::NotExpr { expr, .. } => add(self.condition(expr, &scope).not()),
                Literal::SomeIn { span, value, collection, .. } => {
                    let place = self.module.place(span);
                    let collection = self.term(collection, &scope);
                    match (self.walked(&collection, &scope), &**value) {
                        (Some(list), Expr::Var { span, .. }) => {
                            scope.insert(span.text().to_owned(), element());
                            let rest = self.statements(statements.get(at + 1..).unwrap_or_default(), scope);
                            add(Condition::Some(VARIABLE, list, Box::new(rest)));
                        }
                        _ => add(self.unknown(&place, "this list cannot be walked here")),
                    }
                    return lines;
                }
                Literal::Every { span, value, domain, query, .. } => {
                    let place = self.module.place(span);
                    let domain = self.term(domain, &scope);
                    match self.walked(&domain, &scope) {
                        Some(list) => {
                            let mut inner = scope.clone();
                            inner.insert(value.text().to_owned(), element());
                            let body = self.body(query, &inner);
                            add(Condition::Every(VARIABLE, list, Box::new(body)));
                        }
                        None => add(self.unknown(&place, "this list cannot be walked here")),
                    }
                }
            }
        }
        lines
    }

    /// The list behind a term. Of a list inside a list there is none.
    fn walked(&mut self, term: &Term, scope: &Scope) -> Option<&'static str> {
        let inside = scope.values().any(|bound| matches!(bound, Term::Path(path) if path.root == Root::Element));
        match term {
            Term::Path(path) if !inside => self.vocabulary.list(path),
            _ => None,
        }
    }

    /// What a statement binds, if it is one that does.
    fn binding(&mut self, expr: &ExprRef, scope: &mut Scope) -> Binding {
        let Expr::AssignExpr { op, lhs, rhs, .. } = &**expr else { return Binding::None };
        let Expr::Var { span, .. } = &**lhs else { return Binding::None };
        let name = span.text();
        let is_new =
            !scope.contains_key(name) && self.module.rules(name).is_none() && name != "input" && name != "data";
        if *op == AssignOp::Eq && !is_new {
            return Binding::None;
        }
        // `x := xs[_]` walks a list.
        if let Expr::RefBrack { refr, index, .. } = &**rhs
            && let Expr::Var { span, .. } = &**index
            && !scope.contains_key(span.text())
        {
            let collection = self.term(refr, scope);
            if let Some(list) = self.walked(&collection, scope) {
                scope.insert(name.to_owned(), element());
                return Binding::Walk(list);
            }
        }
        let term = self.term(rhs, scope);
        scope.insert(name.to_owned(), term.clone());
        Binding::Done(term)
    }

    /// Whether an expression, as a statement, succeeds.
    pub(crate) fn condition(&mut self, expr: &ExprRef, scope: &Scope) -> Condition {
        let place = self.module.place(expr.span());
        match &**expr {
            Expr::BoolExpr { op, lhs, rhs, .. } => {
                let comparison = match op {
                    BoolOp::Lt => Comparison::Less,
                    BoolOp::Le => Comparison::AtMost,
                    BoolOp::Eq => Comparison::Equal,
                    BoolOp::Ge => Comparison::AtLeast,
                    BoolOp::Gt => Comparison::Greater,
                    BoolOp::Ne => Comparison::Unequal,
                };
                self.compared(lhs, comparison, rhs, scope, &place)
            }
            Expr::AssignExpr { op: AssignOp::Eq, lhs, rhs, .. } => {
                self.compared(lhs, Comparison::Equal, rhs, scope, &place)
            }
            Expr::Membership { key: None, value, collection, .. } => {
                let (value, collection) = (self.term(value, scope), self.term(collection, scope));
                self.member(&value, &collection, &place)
            }
            Expr::Call { fcn, params, .. } => match part_named(fcn.span().text()) {
                Some(part) => self.part(part, params, scope, &place),
                None => self.unknown(&place, "this function is not known here"),
            },
            Expr::Var { span, .. } if !scope.contains_key(span.text()) && self.module.rules(span.text()).is_some() => {
                self.holds(span.text(), &place)
            }
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } | Expr::Bool { .. } => {
                let term = self.term(expr, scope);
                self.truthy(&term, &place)
            }
            _ => self.unknown(&place, "this form is not known here"),
        }
    }

    fn truthy(&mut self, term: &Term, place: &Place) -> Condition {
        match term {
            Term::Constant(constant) => Condition::Constant(*constant != Constant::Bool(false)),
            Term::Constants(_) | Term::Count(_) => Condition::Constant(true),
            Term::Path(path) => self.vocabulary.truthy(path, place, self.findings),
            Term::Reference(_) => self.unknown(place, "a reference value is no condition"),
            Term::Unknown => Condition::Unknown,
        }
    }

    fn compared(
        &mut self,
        left: &ExprRef,
        comparison: Comparison,
        right: &ExprRef,
        scope: &Scope,
        place: &Place,
    ) -> Condition {
        match (self.term(left, scope), self.term(right, scope)) {
            (Term::Unknown, _) | (_, Term::Unknown) => Condition::Unknown,
            (Term::Constant(left), Term::Constant(right)) => match decided(&left, comparison, &right) {
                Some(value) => Condition::Constant(value),
                None => self.unknown(place, "two constants are compared that have no order"),
            },
            (Term::Path(path), Term::Constant(with)) => {
                self.vocabulary.compare(&path, comparison, &with, place, self.findings)
            }
            (Term::Constant(with), Term::Path(path)) => {
                self.vocabulary.compare(&path, comparison.turned(), &with, place, self.findings)
            }
            (Term::Path(path), Term::Reference(name)) => {
                self.vocabulary.compare_reference(&path, comparison, &name, place, self.findings)
            }
            (Term::Reference(name), Term::Path(path)) => {
                self.vocabulary.compare_reference(&path, comparison.turned(), &name, place, self.findings)
            }
            (Term::Path(path), Term::Constants(parts)) => self.segments(&path, comparison, &parts, place),
            (Term::Count(path), Term::Constant(Constant::Int(number))) => {
                self.vocabulary.count(&path, comparison, number, place, self.findings)
            }
            (Term::Constant(Constant::Int(number)), Term::Count(path)) => {
                self.vocabulary.count(&path, comparison.turned(), number, place, self.findings)
            }
            _ => self.unknown(place, "what is compared here is not known"),
        }
    }

    /// A list compared with one that is written out: as long, and equal in each place.
    fn segments(&mut self, path: &Path, comparison: Comparison, parts: &[Constant], place: &Place) -> Condition {
        if comparison != Comparison::Equal {
            return self.unknown(place, "two lists are compared otherwise than by `==`");
        }
        let length = i64::try_from(parts.len()).unwrap_or(i64::MAX);
        let mut all = vec![self.vocabulary.count(path, Comparison::Equal, length, place, self.findings)];
        for (at, part) in parts.iter().enumerate() {
            let mut path = path.clone();
            path.steps.push(at.to_string());
            all.push(self.vocabulary.compare(&path, Comparison::Equal, part, place, self.findings));
        }
        Condition::All(all)
    }

    fn member(&mut self, value: &Term, collection: &Term, place: &Place) -> Condition {
        match (value, collection) {
            (Term::Unknown, _) | (_, Term::Unknown) => Condition::Unknown,
            (Term::Path(path), Term::Constants(constants)) => {
                let equal = |constant| self.vocabulary.compare(path, Comparison::Equal, constant, place, self.findings);
                Condition::Any(constants.iter().map(equal).collect())
            }
            (Term::Path(path), Term::Reference(name)) => self.vocabulary.in_reference(path, name, place, self.findings),
            (Term::Constant(constant), Term::Constants(constants)) => Condition::Constant(constants.contains(constant)),
            _ => self.unknown(place, "what is looked up here, or where, is not known"),
        }
    }

    fn part(&mut self, part: Part, params: &[ExprRef], scope: &Scope, place: &Place) -> Condition {
        let [whole, text] = params else { return self.unknown(place, "a function of two texts has other arguments") };
        match (self.term(whole, scope), self.term(text, scope)) {
            (Term::Unknown, _) | (_, Term::Unknown) => Condition::Unknown,
            (Term::Path(path), Term::Constant(Constant::Text(text))) => {
                self.vocabulary.part(&path, part, &text, place, self.findings)
            }
            _ => self.unknown(place, "this function is known of a claim and a text only"),
        }
    }

    /// What an expression stands for.
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
                Term::Constant(Constant::Int(number)) => Term::Constant(Constant::Int(-number)),
                _ => self.unknown_term(&place, "only a number can be negated"),
            },
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                let mut constants = Vec::new();
                for item in items {
                    let Term::Constant(constant) = self.term(item, scope) else {
                        return self.unknown_term(&place, "only lists of constants are known");
                    };
                    constants.push(constant);
                }
                Term::Constants(constants)
            }
            Expr::Var { span, .. } => self.variable(span.text(), scope, &place),
            Expr::RefDot { refr, field, .. } => {
                let inner = self.term(refr, scope);
                self.step(inner, field.0.text(), &place)
            }
            Expr::RefBrack { refr, index, .. } => {
                let inner = self.term(refr, scope);
                match self.term(index, scope) {
                    Term::Constant(Constant::Text(step)) => self.step(inner, &step, &place),
                    Term::Constant(Constant::Int(step)) => self.step(inner, &step.to_string(), &place),
                    Term::Unknown => Term::Unknown,
                    _ => self.unknown_term(&place, "only constants are known between these brackets"),
                }
            }
            Expr::Call { fcn, params, .. } => self.call(fcn.span().text(), params, scope, &place),
            _ => self.unknown_term(&place, "this form is not known here"),
        }
    }

    fn variable(&mut self, name: &str, scope: &Scope, place: &Place) -> Term {
        if let Some(term) = scope.get(name) {
            return term.clone();
        }
        match name {
            "input" => Term::Path(Path { root: Root::Input, steps: Vec::new() }),
            "data" => Term::Path(Path { root: Root::Data, steps: Vec::new() }),
            _ => match self.module.rules(name) {
                Some(rules) => match (&rules.default, &rules.definitions[..]) {
                    (None, [only])
                        if only.bodies.is_empty()
                            && !rules.is_partial
                            && !self.reading.iter().any(|read| read == name) =>
                    {
                        let Some(value) = only.value.clone() else { return Term::Constant(Constant::Bool(true)) };
                        self.reading.push(name.to_owned());
                        let term = self.term(&value, &Scope::new());
                        self.reading.pop();
                        term
                    }
                    _ => self.unknown_term(place, "the value of this rule depends on conditions"),
                },
                None => self.unknown_term(place, "this variable has no value here"),
            },
        }
    }

    fn step(&mut self, inner: Term, step: &str, place: &Place) -> Term {
        match inner {
            Term::Path(mut path) => {
                path.steps.push(step.to_owned());
                // `data.reference.x` is where earlier versions of the Attestation Service kept reference values.
                match (path.root, &path.steps[..]) {
                    (Root::Data, [first, name]) if first == "reference" => Term::Reference(name.clone()),
                    _ => Term::Path(path),
                }
            }
            Term::Constants(constants) => match step.parse().ok().and_then(|at: usize| constants.into_iter().nth(at)) {
                Some(constant) => Term::Constant(constant),
                None => self.unknown_term(place, "the list has no such element"),
            },
            Term::Unknown => Term::Unknown,
            Term::Constant(_) | Term::Reference(_) | Term::Count(_) => self.unknown_term(place, "this has no parts"),
        }
    }

    fn call(&mut self, name: &str, params: &[ExprRef], scope: &Scope, place: &Place) -> Term {
        let terms: Vec<Term> = params.iter().map(|param| self.term(param, scope)).collect();
        match (name, &terms[..]) {
            ("query_reference_value", [Term::Constant(Constant::Text(name))]) => Term::Reference(name.clone()),
            ("count", [Term::Path(path)]) => Term::Count(path.clone()),
            // A path of texts with `/` between them is the same split and joined: its vocabulary knows both.
            ("split", [Term::Path(path), Term::Constant(Constant::Text(by))]) if by == "/" => Term::Path(path.clone()),
            ("concat", [Term::Constant(Constant::Text(by)), Term::Path(path)]) if by == "/" => Term::Path(path.clone()),
            (_, terms) if terms.contains(&Term::Unknown) => Term::Unknown,
            _ => self.unknown_term(place, "this function is not known here"),
        }
    }

    fn unknown_term(&mut self, place: &Place, message: &str) -> Term {
        self.unknown(place, message);
        Term::Unknown
    }

    pub(crate) fn unknown(&mut self, place: &Place, message: &str) -> Condition {
        let message = format!("{}; what depends on it is left out", excerpt(message));
        self.findings.add(
            Code::Form,
            Some(place),
            message,
            "write the condition in a simpler form, or by hand in the language",
        );
        Condition::Unknown
    }
}

/// What a statement did to the variables.
enum Binding {
    /// It is a condition.
    None,
    /// It gave a variable this value.
    Done(Term),
    /// It walks this list, whatever follows it.
    Walk(&'static str),
}

/// The variable for the element of a list that is walked.
pub(crate) const VARIABLE: &str = "result";

fn element() -> Term {
    Term::Path(Path { root: Root::Element, steps: Vec::new() })
}

/// A statement as it is written. The parser's spans end before the quote that ends a text.
fn written(text: &str) -> String {
    let is_open = text.matches('"').count() % 2 == 1;
    excerpt(&format!("{text}{}", if is_open { "\"" } else { "" }))
}

fn part_named(function: &str) -> Option<Part> {
    match function {
        "startswith" => Some(Part::StartsWith),
        "endswith" => Some(Part::EndsWith),
        "contains" => Some(Part::Contains),
        _ => None,
    }
}

/// The answer to a comparison of two constants. Rego orders values of any type; only numbers and equality are decided here.
fn decided(left: &Constant, comparison: Comparison, right: &Constant) -> Option<bool> {
    match (comparison, left, right) {
        (Comparison::Equal, left, right) => Some(left == right),
        (Comparison::Unequal, left, right) => Some(left != right),
        (Comparison::Less, Constant::Int(left), Constant::Int(right)) => Some(left < right),
        (Comparison::AtMost, Constant::Int(left), Constant::Int(right)) => Some(left <= right),
        (Comparison::Greater, Constant::Int(left), Constant::Int(right)) => Some(left > right),
        (Comparison::AtLeast, Constant::Int(left), Constant::Int(right)) => Some(left >= right),
        _ => None,
    }
}
