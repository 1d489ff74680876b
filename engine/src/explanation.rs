//! Why a call is denied, for people and for logs.

use crate::bundle::{Bundle, Location};
use crate::decision::{Denial, Verdict};
use atbac_compiler::checked::Rule;
use atbac_compiler::interpret::{self, Question};
use atbac_compiler::types::RequestId;
use atbac_compiler::validity::validity;
use atbac_grammar::span::Span;

/// Why a call is not permitted. Empty for a permit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The lines of policies that stand in the way: the forbids that apply; or where no permit applies, the failed lines of those that are
    /// about the call, of the nearest permit first.
    pub reasons: Vec<Reason>,
    /// The inputs that are missing or over: names of request fields whose evidence is expired, or of reference values that were never loaded.
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

/// Explains a verdict, given the positions of the rules that determined it.
pub(crate) fn explain(
    bundle: &Bundle,
    request: RequestId,
    question: &Question<'_>,
    verdict: Verdict,
    rules: impl Iterator<Item = usize>,
) -> Explanation {
    let policy = bundle.policy();
    let rules: Vec<&Rule> = rules.map(|at| &policy.rules[at]).collect();
    let reason = |rule: &Rule, sentence: Option<&str>, span: Span| Reason {
        rule: rule.name.clone(),
        sentence: sentence.map(str::to_owned),
        location: bundle.location(span),
    };
    let mut explanation = Explanation::default();
    match verdict {
        Verdict::Permit => {}
        Verdict::Deny(Denial::Expired) => explanation.inputs = invalid_inputs(bundle, request, question),
        Verdict::Deny(Denial::Forbid) => {
            explanation.reasons = rules.iter().map(|rule| reason(rule, rule.reason.as_deref(), rule.span)).collect();
        }
        Verdict::Deny(Denial::Indeterminate) => {
            for id in rules.iter().flat_map(|rule| interpret::not_loaded(rule, question)) {
                let name = &bundle.schema().reference(id).name;
                if !explanation.inputs.contains(name) {
                    explanation.inputs.push(name.clone());
                }
            }
        }
        Verdict::Deny(Denial::NoPermit) => {
            for miss in interpret::near_misses(policy, request, question) {
                let failed = miss.failed.iter().map(|line| reason(miss.rule, line.sentence(), line.span));
                explanation.reasons.extend(failed);
            }
        }
    }
    explanation
}

/// The fields of the request whose evidence is expired, or does not count yet.
fn invalid_inputs(bundle: &Bundle, request: RequestId, question: &Question<'_>) -> Vec<String> {
    let schema = bundle.schema();
    let fields = schema.request(request).fields.iter().enumerate();
    let value = |at: usize| question.session[at].as_ref().or(question.call[at].as_ref());
    fields
        .filter(|(at, field)| value(*at).is_some_and(|value| !validity(schema, &field.ty, value).holds(question.now)))
        .map(|(_, field)| field.name.clone())
        .collect()
}
