//! Why a call is denied, for people and for logs.

use crate::bundle::{Bundle, Location};
use atbac_compiler::expiry;
use atbac_compiler::interpret::{self, Question};
use atbac_compiler::types::RequestId;
use atbac_grammar::span::Span;

/// Why a call is not permitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The sentences of policies: of forbids that apply, or of `require` lines that failed, of the nearest permit first.
    pub reasons: Vec<Reason>,
    /// The inputs that are missing or over: names of expired request fields, or of reference values that were never loaded.
    pub inputs: Vec<String>,
}

/// A line of a policy that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// What a refused caller is told; `None` for a condition without a sentence of its own.
    pub sentence: Option<String>,
    /// Where the line stands.
    pub location: Location,
}

pub(crate) fn explain(bundle: &Bundle, request: RequestId, question: &Question<'_>) -> Explanation {
    let expired = expired_inputs(bundle, request, question);
    if !expired.is_empty() {
        return Explanation { reasons: Vec::new(), inputs: expired };
    }
    let found = interpret::explain(bundle.policy(), request, question);
    let reason = |rule: &str, sentence: Option<&str>, span: Span| Reason {
        rule: rule.to_owned(),
        sentence: sentence.map(str::to_owned),
        location: bundle.location(span),
    };
    let not_loaded = || found.not_loaded.iter().map(|id| bundle.schema().reference(*id).name.clone()).collect();
    if !found.forbids.is_empty() {
        let reasons = found.forbids.iter().map(|rule| reason(&rule.name, rule.reason.as_deref(), rule.span)).collect();
        return Explanation { reasons, inputs: Vec::new() };
    }
    if !found.indeterminate_forbids.is_empty() {
        return Explanation { reasons: Vec::new(), inputs: not_loaded() };
    }
    let mut explanation = Explanation::default();
    for miss in &found.near_misses {
        for failed in miss.failed.iter().filter(|failed| !failed.indeterminate) {
            explanation.reasons.push(reason(&miss.rule.name, failed.sentence(), failed.span()));
        }
        if miss.failed.iter().any(|failed| failed.indeterminate) {
            explanation.inputs = not_loaded();
        }
    }
    explanation
}

/// The fields of the request whose evidence is expired.
fn expired_inputs(bundle: &Bundle, request: RequestId, question: &Question<'_>) -> Vec<String> {
    let schema = bundle.schema();
    let fields = schema.request(request).fields.iter().enumerate();
    let values = |at: usize| question.session[at].as_ref().or(question.call[at].as_ref());
    fields
        .filter(|(at, field)| values(*at).is_some_and(|value| expiry::expires_at(schema, &field.ty, value) <= question.now))
        .map(|(_, field)| field.name.clone())
        .collect()
}
