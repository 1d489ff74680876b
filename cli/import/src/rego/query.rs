//! What the body of a rule asks.
//!
//! A body is a list of statements that must all succeed. [`Reader::body`] reads them in order, with what variables stand for; what a statement asks stands in
//! `expression`, what is compared in `term`. A form that is not known is [`Condition::Unknown`], and a finding says where it is. What follows a statement
//! that may bind variables in an unknown way is not read: there its words could mean anything.

use super::module::Module;
use super::vocabulary::{Path, Root, Term, Vocabulary};
use crate::condition::{Condition, MAX_PARTS};
use crate::finding::{Code, Findings, Place};
use crate::package::{Line, excerpt};
use regorus::unstable::{AssignOp, Expr, ExprRef, Literal, LiteralStmt, Query};
use std::collections::BTreeMap;

/// How deep rules may use rules.
const MAX_NESTING: usize = 32;
/// The variable for the element of a list that is walked.
pub(super) const ELEMENT: &str = "result";

/// A statement of a body.
pub(crate) struct Statement {
    pub(crate) condition: Condition,
    /// As it is written, or the beginning of it.
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// What a variable stands for. Each of them hides a rule of its name.
#[derive(Clone, Debug)]
pub(crate) enum Variable {
    /// Declared, and not bound yet.
    Free,
    /// The key of a list that is walked, which no condition knows.
    Key,
    Term(Term),
}

/// The variables of a body.
pub(crate) type Scope = BTreeMap<String, Variable>;

/// Reads the rules of a module.
pub(crate) struct Reader<'a, V> {
    pub(crate) module: &'a Module,
    pub(crate) vocabulary: V,
    pub(crate) findings: &'a mut Findings,
    /// By rule: that it has two values at once. Where one has, the source answers nothing but an error, and permits nothing.
    pub(crate) contradictions: BTreeMap<String, Line>,
    /// The reference values that were compared, each with how many rules were being read.
    compared: Vec<(usize, String)>,
    /// Rules that are being read, to see one that uses itself.
    reading: Vec<String>,
    /// A list is being walked.
    walking: bool,
    /// Statements read and conditions made so far.
    parts: usize,
}

impl<'a, V: Vocabulary> Reader<'a, V> {
    pub(crate) fn new(module: &'a Module, vocabulary: V, findings: &'a mut Findings) -> Self {
        Reader {
            module,
            vocabulary,
            findings,
            contradictions: BTreeMap::new(),
            compared: Vec::new(),
            reading: Vec::new(),
            walking: false,
            parts: 0,
        }
    }

    /// Whether the rules, written out where they are used, are more than is read. Then nothing that was read is to be used.
    pub(crate) fn is_too_large(&self) -> bool {
        self.parts > MAX_PARTS
    }

    /// Counts what was read or made; whether there may be more.
    pub(super) fn spend(&mut self, parts: usize) -> bool {
        self.parts = self.parts.saturating_add(parts);
        !self.is_too_large()
    }

    /// Begins to read a rule, unless it is being read already or too deep.
    pub(super) fn enter(&mut self, name: &str, place: &Place) -> bool {
        if self.reading.iter().any(|read| read == name) {
            self.unknown(place, "a rule uses itself");
            return false;
        }
        if self.reading.len() >= MAX_NESTING {
            self.unknown(place, &format!("rules use rules more than {MAX_NESTING} deep"));
            return false;
        }
        self.reading.push(name.to_owned());
        true
    }

    /// Ends what [`Reader::enter`] began.
    pub(super) fn leave(&mut self) {
        self.reading.pop();
    }

    /// Whether all statements of a body succeed.
    pub(crate) fn body(&mut self, query: &Query, scope: &Scope) -> Condition {
        self.statements(&query.stmts, scope.clone())
    }

    /// The statements of a rule's body, each with its text and place; what follows one that walks a list is part of it.
    pub(crate) fn lines(&mut self, rule: &str, query: &Query, place: &Place) -> Vec<Statement> {
        if !self.enter(rule, place) {
            return vec![Statement { condition: Condition::Unknown, text: rule.to_owned(), place: place.clone() }];
        }
        let lines = self.read_statements(&query.stmts, Scope::new());
        self.leave();
        lines
    }

    fn statements(&mut self, statements: &[LiteralStmt], scope: Scope) -> Condition {
        Condition::all(self.read_statements(statements, scope).into_iter().map(|line| line.condition))
    }

    fn read_statements(&mut self, statements: &[LiteralStmt], mut scope: Scope) -> Vec<Statement> {
        let mut lines: Vec<Statement> = Vec::new();
        // Reference values that variables stand for, and how many had been compared before.
        let mut bound: Vec<(String, usize, Place)> = Vec::new();
        for (at, statement) in statements.iter().enumerate() {
            let (text, place) = (written(statement.span.text()), self.module.place(&statement.span));
            let rest = statements.get(at + 1..).unwrap_or_default();
            // What the statement before this one became: one alone can hold all values of a list.
            let made = lines.last().map_or(0, |line| line.condition.size());
            let mut add = |condition| lines.push(Statement { condition, text: text.clone(), place: place.clone() });
            if !self.spend(1 + made) {
                add(Condition::Unknown);
                break;
            }
            if let Some(with) = statement.with_mods.first() {
                let place = self.module.place(&with.span);
                add(self.unknown(&place, "`with` replaces what the policy is asked about"));
                break;
            }
            match &statement.literal {
                Literal::SomeVars { vars, .. } => {
                    vars.iter().for_each(|variable| declare(&mut scope, variable.text(), Variable::Free));
                }
                Literal::Expr { expr, .. } => match self.binding(expr, &mut scope) {
                    Binding::None => add(self.condition(expr, &scope)),
                    Binding::Done(Term::Reference(name)) => bound.push((name, self.compared.len(), place.clone())),
                    // What is not there gives a variable no value, and the statement fails.
                    Binding::Done(term) => add(self.defined(&term, &place)),
                    Binding::Walk(list) => {
                        let rest = self.inside(|reader| reader.statements(rest, scope));
                        add(Condition::Some(ELEMENT, list, Box::new(rest)));
                        break;
                    }
                    Binding::Unread => {
                        add(self.unknown(&place, "values are given to several variables at once"));
                        break;
                    }
                },
                Literal::NotExpr { expr, .. } => add(self.condition(expr, &scope).not()),
                Literal::SomeIn { span, key, value, collection } => {
                    let place = self.module.place(span);
                    let key = key.as_ref().map(|key| variable(key));
                    let walk = self.walk(collection, &scope);
                    match (walk, key, variable(value)) {
                        (Some(list), None | Some(Some(_)), Some(value)) => {
                            declare(&mut scope, key.flatten().unwrap_or("_"), Variable::Key);
                            declare(&mut scope, value, element());
                            let rest = self.inside(|reader| reader.statements(rest, scope));
                            add(Condition::Some(ELEMENT, list, Box::new(rest)));
                        }
                        (Some(_), Some(None), _) | (Some(_), _, None) => {
                            add(self.unknown(&place, "a list is walked for one key or value of it"));
                        }
                        (None, _, _) => add(self.unknown(&place, "this list cannot be walked here")),
                    }
                    break;
                }
                Literal::Every { span, key, value, domain, query } => {
                    let place = self.module.place(span);
                    match self.walk(domain, &scope) {
                        Some(list) => {
                            let mut scope = scope.clone();
                            declare(&mut scope, key.as_ref().map_or("_", |key| key.text()), Variable::Key);
                            declare(&mut scope, value.text(), element());
                            let body = self.inside(|reader| reader.body(query, &scope));
                            add(Condition::Every(ELEMENT, list, Box::new(body)));
                        }
                        None => add(self.unknown(&place, "this list cannot be walked here")),
                    }
                }
            }
        }
        for (name, before, place) in bound {
            // A comparison with a reference value that is missing fails, in the source as here. Without one, nothing asks for it.
            let here = (self.reading.len(), name);
            if !self.compared.iter().skip(before).any(|compared| *compared == here) {
                let condition =
                    self.unknown(&place, "that a reference value exists is asked, and nothing compared with it");
                lines.push(Statement { condition, text: here.1, place });
            }
        }
        lines
    }

    /// Counts a reference value as compared in the body that is being read.
    pub(super) fn compares(&mut self, name: &str) {
        self.compared.push((self.reading.len(), name.to_owned()));
    }

    fn inside<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        self.walking = true;
        let result = read(self);
        self.walking = false;
        result
    }

    /// The list that an expression stands for, where it may be walked. Inside a walk there is none, not even in a rule that is used there: the
    /// language takes no permit that asks several elements, which may be of different machines.
    fn walk(&mut self, list: &ExprRef, scope: &Scope) -> Option<&'static str> {
        match self.term(list, scope) {
            Term::Path(path) if !self.walking => self.vocabulary.list(&path),
            Term::Path(_) => None,
            Term::Constant(_)
            | Term::Array(_)
            | Term::Set(_)
            | Term::Split(_)
            | Term::Reference(_)
            | Term::Count(_)
            | Term::Unknown => None,
        }
    }

    /// What a statement binds, if it is one that does.
    fn binding(&mut self, expr: &ExprRef, scope: &mut Scope) -> Binding {
        let Expr::AssignExpr { op, lhs, rhs, .. } = &**expr else { return Binding::None };
        let name = match (op, variable(lhs)) {
            (AssignOp::Eq, Some(name)) if !self.is_free(name, scope) => return Binding::None,
            (AssignOp::Eq | AssignOp::ColEq, Some(name)) => name,
            (AssignOp::Eq, None) => return Binding::None,
            (AssignOp::ColEq, None) => return Binding::Unread,
        };
        // `x := xs[_]` walks a list.
        if let Expr::RefBrack { refr, index, .. } = &**rhs
            && let Some(key) = variable(index)
            && self.is_free(key, scope)
            && let Some(list) = self.walk(refr, scope)
        {
            declare(scope, key, Variable::Key);
            declare(scope, name, element());
            return Binding::Walk(list);
        }
        let term = self.term(rhs, scope);
        declare(scope, name, Variable::Term(term.clone()));
        Binding::Done(term)
    }

    /// Whether a name is that of a variable without a value, rather than of a rule or a variable that has one.
    fn is_free(&self, name: &str, scope: &Scope) -> bool {
        match scope.get(name) {
            Some(Variable::Free) => true,
            Some(Variable::Key | Variable::Term(_)) => false,
            None => self.module.rules(name).is_none() && name != "input" && name != "data",
        }
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
    /// It gave variables values that are not known here.
    Unread,
}

fn element() -> Variable {
    Variable::Term(Term::Path(Path::root(Root::Element)))
}

/// The name of a variable, where an expression is one.
fn variable(expr: &ExprRef) -> Option<&str> {
    match &**expr {
        Expr::Var { span, .. } => Some(span.text()),
        _ => None,
    }
}

/// Adds a variable. `_` is another one each time that it stands somewhere.
fn declare(scope: &mut Scope, name: &str, variable: Variable) {
    if name != "_" {
        scope.insert(name.to_owned(), variable);
    }
}

/// The variables that a body declares, without what they stand for.
pub(super) fn declared(query: &Query) -> Scope {
    fn declare_all(scope: &mut Scope, pattern: &ExprRef) {
        match &**pattern {
            Expr::Var { span, .. } => declare(scope, span.text(), Variable::Free),
            Expr::Array { items, .. } | Expr::Set { items, .. } => {
                items.iter().for_each(|item| declare_all(scope, item))
            }
            Expr::Object { fields, .. } => fields.iter().for_each(|(_, _, value)| declare_all(scope, value)),
            _ => {}
        }
    }
    let mut scope = Scope::new();
    for statement in &query.stmts {
        match &statement.literal {
            Literal::SomeVars { vars, .. } => {
                vars.iter().for_each(|variable| declare(&mut scope, variable.text(), Variable::Free));
            }
            Literal::SomeIn { key, value, .. } => {
                key.iter().chain([value]).for_each(|pattern| declare_all(&mut scope, pattern));
            }
            Literal::Expr { expr, .. } => {
                if let Expr::AssignExpr { op: AssignOp::ColEq, lhs, .. } = &**expr {
                    declare_all(&mut scope, lhs);
                }
            }
            Literal::NotExpr { .. } | Literal::Every { .. } => {}
        }
    }
    scope
}

/// A statement as it is written. The parser's spans end before the quote that ends a text.
fn written(text: &str) -> String {
    let is_open = text.matches('"').count() % 2 == 1;
    excerpt(&format!("{text}{}", if is_open { "\"" } else { "" }))
}
