//! Why a call was not permitted: computed on demand, by interpreting the rules again.

use super::{Question, rule_truth, truth};
use crate::checked::{Line, LineKind, Policy, Rule};
use crate::truth::Truth;
use crate::types::{ReferenceId, RequestId};
use atbac_grammar::span::Span;
use atbac_grammar::syntax::Effect;
use bumpalo::Bump;

/// What stands in the way of a permit.
#[derive(Clone, Debug, Default)]
pub struct Explanation<'p> {
    /// The forbids that apply.
    pub forbids: Vec<&'p Rule>,
    /// The forbids of which it cannot be said whether they apply.
    pub indeterminate_forbids: Vec<&'p Rule>,
    /// The permits that are about this call, nearest first: those with the fewest lines that do not hold.
    pub near_misses: Vec<NearMiss<'p>>,
    /// The reference values that rules about this call need and that were never loaded.
    pub not_loaded: Vec<ReferenceId>,
}

/// A permit whose `where` matches and whose body does not.
#[derive(Clone, Debug)]
pub struct NearMiss<'p> {
    /// The permit.
    pub rule: &'p Rule,
    /// Its lines that do not hold, in order of writing.
    pub failed: Vec<FailedLine<'p>>,
}

/// A line that does not hold.
#[derive(Clone, Copy, Debug)]
pub struct FailedLine<'p> {
    /// The line.
    pub line: &'p Line,
    /// Whether that is only because a reference value was never loaded.
    pub indeterminate: bool,
}

impl FailedLine<'_> {
    /// What a refused caller is told: the sentence of a `require`.
    pub fn sentence(&self) -> Option<&str> {
        match &self.line.kind {
            LineKind::Require(sentence) => Some(sentence),
            LineKind::Head | LineKind::When | LineKind::Unless => None,
        }
    }

    /// Where the line is written.
    pub fn span(&self) -> Span {
        self.line.span
    }
}

/// Explains the answer to a question.
pub fn explain<'p>(policy: &'p Policy, request: RequestId, question: &Question<'_>) -> Explanation<'p> {
    let arena = Bump::new();
    let holds = |line: &Line| truth(&line.condition, question, None, &arena).truth;
    let mut explanation = Explanation::default();
    for rule in policy.rules_for(request) {
        let found = rule_truth(rule, question, &arena).truth;
        match (rule.effect, found) {
            (Effect::Forbid, Truth::True) => explanation.forbids.push(rule),
            (Effect::Forbid, Truth::Indeterminate) => {
                explanation.indeterminate_forbids.push(rule);
                note_references(rule, question, &mut explanation.not_loaded);
            }
            (Effect::Forbid, Truth::False) | (Effect::Permit, Truth::True) => {}
            (Effect::Permit, Truth::False | Truth::Indeterminate) => {
                let about_this_call = rule.lines.iter().filter(|line| line.kind == LineKind::Head).all(|line| holds(line) != Truth::False);
                if !about_this_call {
                    continue;
                }
                let failed: Vec<FailedLine<'_>> = rule
                    .lines
                    .iter()
                    .filter_map(|line| match holds(line) {
                        Truth::True => None,
                        Truth::False => Some(FailedLine { line, indeterminate: false }),
                        Truth::Indeterminate => Some(FailedLine { line, indeterminate: true }),
                    })
                    .collect();
                note_references(rule, question, &mut explanation.not_loaded);
                explanation.near_misses.push(NearMiss { rule, failed });
            }
        }
    }
    // Stable: rules as near as each other keep the order of writing.
    explanation.near_misses.sort_by_key(|miss| miss.failed.len());
    explanation
}

/// Adds the references a rule reads that are not loaded.
fn note_references(rule: &Rule, question: &Question<'_>, found: &mut Vec<ReferenceId>) {
    for line in &rule.lines {
        line.condition.each_reference(&mut |id| {
            let loaded = question.references.get(id.index()).is_some_and(Option::is_some);
            if !loaded && !found.contains(&id) {
                found.push(id);
            }
        });
    }
}
