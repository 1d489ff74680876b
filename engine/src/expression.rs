//! An expression tried on the values at hand: what it comes to, and of which type it is.

use crate::bundle::Bundle;
use atbac_compiler::check::{Asked, Meaning};
use atbac_compiler::checked::{Condition, Place, Root, Term};
use atbac_compiler::interpret::{self, Question, Read, Reading};
use atbac_compiler::pipeline::{self, Refused, SourceFile};
use atbac_compiler::truth::Truth;
use atbac_compiler::types::{Request, RequestId};
use atbac_compiler::value::Value;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// Its type, as an author would write it.
    pub ty: String,
    /// What it comes to.
    pub outcome: Outcome,
}

/// What there is to say of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is a condition, which is so or not; and the values that this rests on.
    Condition(Truth, Vec<Reading>),
    /// It has a value.
    Value(Read),
    /// It reads fields that have no value yet: their names.
    Missing(Vec<String>),
}

impl Bundle {
    /// What an expression about a request comes to without any session: of which type it is, and which fields it would need.
    ///
    /// # Errors
    /// [`Refused`] where it is none, or states nothing about the request.
    ///
    /// # Panics
    /// If the bundle has no request of this number.
    pub fn evaluate(&self, request: RequestId, expression: &str, now: Timestamp) -> Result<Evaluated, Refused> {
        let references = self.references();
        let references = references.table.values();
        let question = Question { session: &[], call: &[], references, now: now.as_millisecond() };
        evaluate(self, request, &question, expression)
    }
}

/// Gives an expression about a request its meaning, and finds what it comes to.
pub(crate) fn evaluate(
    bundle: &Bundle,
    request: RequestId,
    question: &Question<'_>,
    expression: &str,
) -> Result<Evaluated, Refused> {
    let (schema, declared) = (bundle.schema(), bundle.schema().request(request));
    let values: Vec<_> = (0..declared.fields.len()).map(|at| value(question, at).cloned()).collect();
    let asked = Asked { file: declared.span.file.0 as usize, request, values: &values };
    let files = bundle
        .sources()
        .iter()
        .map(|(_, source)| SourceFile { name: source.name.clone(), text: source.text.to_string() });
    let own = files.filter(|file| !pipeline::is_standard(file));
    let meaning = pipeline::expression(own, &asked, expression)?;
    let missing = match &meaning {
        Meaning::Condition(condition) => missing_in(declared, question, |visit| condition.each_place(visit)),
        Meaning::Value(term) => missing_in(declared, question, |visit| term.each_place(visit)),
    };
    let (ty, outcome) = match &meaning {
        Meaning::Condition(condition) => ("Bool".to_owned(), condition_outcome(bundle, declared, condition, question)),
        Meaning::Value(term) => (schema.show(&term.ty).to_string(), value_outcome(bundle, declared, term, question)),
    };
    Ok(Evaluated { ty, outcome: if missing.is_empty() { outcome } else { Outcome::Missing(missing) } })
}

fn condition_outcome(bundle: &Bundle, request: &Request, condition: &Condition, question: &Question<'_>) -> Outcome {
    let readings = interpret::readings(bundle.schema(), request, condition, question);
    Outcome::Condition(interpret::condition_truth(condition, question), readings)
}

fn value_outcome(bundle: &Bundle, request: &Request, term: &Term, question: &Question<'_>) -> Outcome {
    Outcome::Value(interpret::read(bundle.schema(), request, term, question))
}

/// The fields that are read and have no value, in the order of the request.
fn missing_in(
    request: &Request,
    question: &Question<'_>,
    each_place: impl FnOnce(&mut dyn FnMut(&Place)),
) -> Vec<String> {
    let mut missing = BTreeSet::new();
    each_place(&mut |place| match place.root {
        Root::Field(at) if value(question, at).is_none() => _ = missing.insert(at),
        Root::Field(_) | Root::Variable(_) | Root::Parameter(_) => {}
    });
    missing.into_iter().map(|at| request.fields[at].name.clone()).collect()
}

/// The value of a field, of whichever stage it is.
fn value<'a>(question: &Question<'a>, at: usize) -> Option<&'a Value> {
    let of = |values: &'a [Option<_>]| values.get(at).and_then(Option::as_ref);
    of(question.session).or_else(|| of(question.call))
}
