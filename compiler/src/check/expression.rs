//! An expression by itself, as a person tries it: what it means to a request, given what is known of the values at hand.

use super::Checker;
use super::env::Env;
use crate::checked::{Condition, Place, Root, Step, Term};
use crate::types::{RequestId, Schema, Type};
use crate::value::Value;
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::syntax;

/// What an expression is about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The file, by its position, whose package and names the expression sees.
    pub file: usize,
    /// The request whose fields it sees.
    pub request: RequestId,
    /// The values of the request's fields, as far as there are any: evidence is then known to be of its kind, and optional claims to be there.
    pub values: &'a [Option<Value>],
}

/// What an expression means.
#[derive(Clone, Debug)]
pub enum Meaning {
    /// It is so or not.
    Condition(Condition),
    /// It has a value.
    Value(Term),
}

/// Gives an expression its meaning. `file` is the position of a file of its own, which has the package and the uses that the expression sees.
///
/// # Errors
/// What is wrong with it.
pub fn expression(
    files: &[syntax::File],
    file: usize,
    asked: &Asked<'_>,
    expression: &syntax::Expr,
) -> Result<Meaning, Vec<Diagnostic>> {
    let mut checker = Checker { files, ..Checker::default() };
    checker.collect_names();
    checker.declare();
    checker.collect_predicates();
    checker.collect_applications();
    checker.check_predicates();
    let mut env = Env::of_rule(file, asked.request);
    for condition in known(&checker.schema, asked) {
        env.learn(&condition, true);
    }
    let meaning = checker.meaning(expression, &mut env);
    let mut diagnostics = checker.diagnostics;
    diagnostics.retain(|found| found.severity == Severity::Error);
    meaning.filter(|_| diagnostics.is_empty()).ok_or(diagnostics)
}

impl Checker<'_> {
    fn meaning(&mut self, expression: &syntax::Expr, env: &mut Env) -> Option<Meaning> {
        if self.states_condition(expression, env) {
            return self.condition(expression, env).map(Meaning::Condition);
        }
        let term = if self.is_place(expression, env) {
            let (place, ty) = self.settled_place(expression, env)?;
            Term { kind: crate::checked::TermKind::Place(place), ty }
        } else {
            self.set_or_value(expression, env)?
        };
        Some(Meaning::Value(term))
    }
}

/// What the values at hand show: of which kind evidence is, and what is there.
fn known(schema: &Schema, asked: &Asked<'_>) -> Vec<Condition> {
    let fields = schema.request(asked.request).fields.iter().zip(asked.values).enumerate();
    let mut known = Vec::new();
    for (at, (field, value)) in fields {
        if let Some(value) = value {
            learn(schema, Place { root: Root::Field(at), steps: Vec::new() }, &field.ty, value, &mut known);
        }
    }
    known
}

fn learn(schema: &Schema, place: Place, ty: &Type, value: &Value, known: &mut Vec<Condition>) {
    let step = |steps: &[Step]| Place { root: place.root, steps: [&place.steps, steps].concat() };
    match (ty, value) {
        (Type::Optional(inner), value) if *value != Value::Absent => {
            known.push(Condition::Present(place.clone()));
            learn(schema, step(&[Step::Present]), inner, value, known);
        }
        (Type::Union(_), Value::Struct(kind, _)) => {
            known.push(Condition::Is(place.clone(), *kind));
            learn(schema, step(&[Step::Alternative(*kind)]), &Type::Struct(*kind), value, known);
        }
        (Type::Struct(id), Value::Struct(_, values)) => {
            for (at, (field, value)) in schema.structure(*id).fields.iter().zip(values).enumerate() {
                learn(schema, step(&[Step::Field(*id, at)]), &field.ty, value, known);
            }
        }
        _ => {}
    }
}
