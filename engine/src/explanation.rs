//! Why a call is denied, for people and for logs.

use crate::bundle::{Bundle, Location};
use crate::decision::{Denial, Verdict};
use crate::json;
use crate::prepared::Prepared;
use crate::references::{ReferenceFault, ReferenceTable};
use atbac_compiler::checked::{Condition, Rule, Term, TermKind};
use atbac_compiler::interpret::{self, Question, granted_value};
use atbac_compiler::types::{Request, RequestId};
use atbac_compiler::validity::validity;
use atbac_compiler::value::Value;
use atbac_grammar::span::Span;
use std::collections::BTreeSet;

/// Why a call is not permitted. Empty for a permit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explanation {
    /// The lines of policies that stand in the way: the forbids that apply; or where no permit applies, the failed lines of those that are
    /// about the call, of the nearest permit first.
    pub reasons: Vec<Reason>,
    /// The inputs that are missing or over: names of request fields whose evidence is expired, or of reference values that cannot be used.
    pub inputs: Vec<String>,
    /// Of each reference value among the inputs, why it cannot be used.
    pub references: Vec<ReferenceFault>,
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
    /// The values that the line looks for in reference sets and that their file has, though they do not count now. Elements of lists, parts of bytes and digests
    /// that the policy computes are not among them. A value of a field that is marked `@sensitive` is the text [`json::SENSITIVE`].
    pub references: Vec<ReferenceFault>,
}

/// What is to be explained.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) prepared: &'a Prepared,
    /// The references that the question has.
    pub(crate) table: &'a ReferenceTable,
    pub(crate) question: Question<'a>,
}

/// Explains a verdict, given the positions of the rules that determined it.
pub(crate) fn explain(asked: Asked<'_>, verdict: Verdict, rules: impl Iterator<Item = usize>) -> Explanation {
    let Asked { bundle, prepared, table, question } = asked;
    let policy = bundle.policy();
    let rules: Vec<&Rule> = rules.map(|at| &policy.rules[at]).collect();
    let reason = |rule: &Rule, sentence: Option<&str>, span: Span| Reason {
        rule: rule.name.clone(),
        sentence: sentence.map(str::to_owned),
        location: bundle.location(span),
        references: Vec::new(),
    };
    let mut explanation = Explanation::default();
    match verdict {
        Verdict::Permit => {}
        Verdict::Deny(Denial::Expired) => explanation.inputs = invalid_inputs(bundle, prepared.id(), &question),
        Verdict::Deny(Denial::Forbid) => {
            explanation.reasons = rules.iter().map(|rule| reason(rule, rule.reason.as_deref(), rule.span)).collect();
        }
        Verdict::Deny(Denial::Indeterminate) => {
            let mut read = BTreeSet::new();
            for rule in rules {
                let conditions = rule.lines.iter().map(|line| &*line.condition);
                conditions.for_each(|condition| condition.each_reference(&mut |id| _ = read.insert(id)));
            }
            explanation.references = read.iter().filter_map(|&id| table.fault(id, question.now)).collect();
            explanation.inputs = explanation.references.iter().map(|fault| fault.reference.clone()).collect();
        }
        Verdict::Deny(Denial::NoPermit) => {
            let seeker = Seeker { bundle, request: prepared.request(), table, question: &question };
            for miss in interpret::near_misses(prepared.rules_of(policy), &question) {
                let failed = miss.failed.iter().map(|line| Reason {
                    references: seeker.sought_in_vain(&line.condition),
                    ..reason(miss.rule, line.sentence(), line.span)
                });
                explanation.reasons.extend(failed);
            }
        }
    }
    explanation
}

/// Finds values that conditions look for in reference sets.
struct Seeker<'a, 'q> {
    bundle: &'a Bundle,
    request: &'a Request,
    table: &'a ReferenceTable,
    question: &'q Question<'a>,
}

impl<'a> Seeker<'a, '_> {
    /// The values that a condition looks for in reference sets, and that their file has though they do not count now.
    fn sought_in_vain(&self, condition: &'a Condition) -> Vec<ReferenceFault> {
        let Seeker { table, question, .. } = *self;
        let value = |term| granted_value(term, question);
        let (mut faults, sought): (Vec<ReferenceFault>, Option<&Term>) = match condition {
            Condition::InSet(term, Term { kind: TermKind::Reference(id), .. }) => {
                let fault = value(term).and_then(|value| table.fault_of(*id, &value, question.now));
                (fault.into_iter().collect(), Some(term))
            }
            Condition::Subset(term, Term { kind: TermKind::Reference(id), .. }) => match value(term).as_deref() {
                Some(Value::Set(values)) => {
                    let each = values.iter().filter_map(|value| table.fault_of(*id, value, question.now));
                    (each.collect(), Some(term))
                }
                _ => (Vec::new(), None),
            },
            Condition::InNetworks(term, id) => {
                let around = value(term).map(|value| table.faults_around(*id, &value, question.now));
                (around.unwrap_or_default(), Some(term))
            }
            _ => (Vec::new(), None),
        };
        if sought.is_some_and(|term| interpret::is_sensitive(self.bundle.schema(), self.request, term)) {
            for fault in &mut faults {
                fault.value = Some(Value::string(json::SENSITIVE));
                // Found by the value, it tells which one it is.
                fault.origin = None;
            }
        }
        faults.extend(condition.parts().iter().flat_map(|part| self.sought_in_vain(part)));
        faults
    }
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
