//! Why a call was not permitted: computed on demand, by interpreting the rules again.

use super::{Point, Question, RulesOf};
use crate::checked::{Condition, Line, LineKind, Rule};
use crate::truth::{Timed, Truth};
use atbac_grammar::syntax::Effect;
use bumpalo::Bump;

/// A permit whose `where` matches and whose body does not.
#[derive(Clone, Debug)]
pub struct NearMiss<'p> {
    /// The permit.
    pub rule: &'p Rule,
    /// Its lines that are false, in order of writing.
    pub failed: Vec<&'p Line>,
}

impl Line {
    /// What a refused caller is told: the sentence of a `require`.
    pub fn sentence(&self) -> Option<&str> {
        match &self.kind {
            LineKind::Require(sentence) => Some(sentence),
            LineKind::Head | LineKind::When | LineKind::Unless | LineKind::Implied => None,
        }
    }
}

/// The permits that are about a call and do not apply, nearest first: those with the fewest lines that are false.
pub fn near_misses<'p>(rules: RulesOf<'p>, question: &Question<'_>) -> Vec<NearMiss<'p>> {
    let arena = Bump::new();
    let point = Point { question, element: None, arena: &arena };
    let is_false = |line: &&'p Line| point.truth(&line.condition).truth == Truth::False;
    let mut misses: Vec<NearMiss<'_>> = rules
        .about(question)
        .map(|(_, rule)| rule)
        .filter(|rule| rule.effect == Effect::Permit)
        .filter(|rule| !rule.lines.iter().any(|line| line.kind == LineKind::Head && is_false(&line)))
        .map(|rule| NearMiss { rule, failed: rule.lines.iter().filter(is_false).collect() })
        // A permit without a line that is false applies, or may.
        .filter(|miss| !miss.failed.is_empty())
        .collect();
    // Stable: rules as near as each other keep the order of writing.
    misses.sort_by_key(|miss| miss.failed.len());
    misses
}

/// The truth of one condition of a rule, by itself.
pub fn condition_truth(condition: &Condition, question: &Question<'_>) -> Truth {
    condition_until(condition, question).truth
}

/// The same, with the first instant at which it could be another.
pub fn condition_until(condition: &Condition, question: &Question<'_>) -> Timed {
    Point { question, element: None, arena: &Bump::new() }.truth(condition)
}
