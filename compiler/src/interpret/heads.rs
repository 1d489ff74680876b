//! Which rules a question can be about, without asking each: most rules say after `where` which values of some field they are about.
//!
//! Of any other value such a rule is false for good: fields do not change, and a conjunction with a part that is false for good is so itself ([`crate::truth`]). Leaving it
//! out changes neither what the others come to nor until when. Compiled code finds its rules in another way ([`crate::ir`]), so that comparing the two tests both.

use super::Question;
use crate::checked::{Condition, LineKind, Policy, Root, Rule, Step, Term, TermKind};
use crate::ir::Comparison;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Of how many values at most a rule is found by each.
const MOST_VALUES: usize = 64;

/// The rules of a request type, by the field that leaves the fewest of them.
#[derive(Clone, Debug, Default)]
pub struct Heads {
    /// The field's position in the request.
    field: usize,
    /// Each value that a rule names, with the rule's number among the request's rules; sorted.
    named: Box<[(Value, u32)]>,
    /// The numbers of the rules that name none, ascending.
    others: Box<[u32]>,
}

impl Heads {
    /// Sorts the rules at these positions of the policy: all of one request type.
    pub fn of(policy: &Policy, rules: &[usize]) -> Self {
        let named: Vec<BTreeMap<usize, Vec<&Value>>> = rules.iter().map(|&at| named(&policy.rules[at])).collect();
        let mut fields: BTreeMap<usize, Named<'_>> = BTreeMap::new();
        for (field, values) in named.iter().flatten() {
            let named = fields.entry(*field).or_default();
            named.rules += 1;
            named.times += values.len();
            named.values.extend(values);
        }
        let Some((&field, _)) = fields.iter().min_by_key(|(_, named)| named.asked(rules.len())) else {
            return Heads { others: (0..rules.len() as u32).collect(), ..Heads::default() };
        };
        let (mut by_value, mut others) = (Vec::new(), Vec::new());
        for (number, named) in named.into_iter().enumerate() {
            let number = number as u32;
            match named.get(&field) {
                Some(values) => by_value.extend(values.iter().map(|&value| (value.clone(), number))),
                None => others.push(number),
            }
        }
        by_value.sort_unstable();
        by_value.dedup();
        Heads { field, named: by_value.into(), others: others.into() }
    }

    /// The numbers of the rules that may not be false of a question, ascending.
    pub(super) fn about<'h>(&'h self, question: &Question<'_>) -> impl Iterator<Item = u32> + use<'h> {
        let value = |values: &'_ [Option<Value>]| {
            values.get(self.field).and_then(Option::as_ref).map(|value| self.naming(value))
        };
        let mut named = value(question.session)
            .or_else(|| value(question.call))
            .unwrap_or_default()
            .iter()
            .map(|(_, rule)| *rule)
            .peekable();
        let mut others = self.others.iter().copied().peekable();
        std::iter::from_fn(move || match (named.peek(), others.peek()) {
            (Some(first), Some(second)) if first < second => named.next(),
            (Some(_), None) => named.next(),
            (_, Some(_)) => others.next(),
            (None, None) => None,
        })
    }

    /// The rules that name a value.
    fn naming(&self, value: &Value) -> &[(Value, u32)] {
        let begin = self.named.partition_point(|(named, _)| named < value);
        let length = self.named[begin..].partition_point(|(named, _)| named == value);
        &self.named[begin..begin + length]
    }
}

/// How a field is named by rules.
#[derive(Default)]
struct Named<'p> {
    rules: usize,
    /// How many values all of them name, and which.
    times: usize,
    values: BTreeSet<&'p Value>,
}

impl Named<'_> {
    /// How many of `all` rules are asked about a value, on average.
    fn asked(&self, all: usize) -> usize {
        all - self.rules + self.times.div_ceil(self.values.len().max(1))
    }
}

/// The fields that a rule says after `where` it is about, each once with values outside of which it is false.
fn named(rule: &Rule) -> BTreeMap<usize, Vec<&Value>> {
    let heads = rule.lines.iter().filter(|line| line.kind == LineKind::Head);
    let named = heads.filter_map(|line| match &*line.condition {
        Condition::Compare(Comparison::Eq, left, right) => match (&left.kind, &right.kind) {
            (_, TermKind::Constant(value)) => Some((field(left)?, vec![value])),
            (TermKind::Constant(value), _) => Some((field(right)?, vec![value])),
            _ => None,
        },
        Condition::In(term, values) if values.len() <= MOST_VALUES => Some((field(term)?, values.iter().collect())),
        _ => None,
    });
    // Values of these types are equal where they are the same; of others, one may be written in two ways.
    let is_plain = |value: &&Value| matches!(value, Value::String(_) | Value::Case(..) | Value::Int(_));
    named.filter(|(_, values)| values.iter().all(is_plain)).collect()
}

/// The field that a term is, whole; of an optional one, what is there.
fn field(term: &Term) -> Option<usize> {
    match &term.kind {
        TermKind::Place(place) if place.steps.iter().all(|step| *step == Step::Present) => match place.root {
            Root::Field(at) => Some(at),
            Root::Variable(_) | Root::Parameter(_) => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline;

    const POLICY: &str = r#"
package p;
floor circumstance: asserted;
enum Action { read, write }
request Call { session action: asserted Action, call tool: asserted String, call note: asserted String? }
permit noted for Call where note is present, note == "x";
permit a for Call where tool == "a";
permit b for Call where "b" == tool, action == read;
permit both for Call where tool in { "a", "b" };
permit body for Call { when tool == "a"; }
forbid other for Call where tool != "a" { reason "no"; }
"#;

    /// The rules that are asked about a tool, by name.
    fn about(tool: &str) -> Vec<String> {
        let checked = pipeline::parse([crate::pipeline::SourceFile { name: "p.atbac".into(), text: POLICY.into() }]);
        let policy = checked.check().map_err(|refused| format!("{:?}", refused.diagnostics)).unwrap().policy;
        let positions: Vec<usize> = (0..policy.rules.len()).collect();
        let heads = Heads::of(&policy, &positions);
        let call = [None, Some(Value::string(tool)), Some(Value::Absent)];
        let question = Question { session: &[], call: &call, references: &[], now: 0 };
        heads.about(&question).map(|number| policy.rules[number as usize].name.clone()).collect()
    }

    #[test]
    fn rules_are_found_by_the_value_they_name() {
        assert_eq!(about("a"), ["noted", "a", "both", "body", "other"]);
        assert_eq!(about("b"), ["noted", "b", "both", "body", "other"]);
        assert_eq!(about("c"), ["noted", "body", "other"]);
        assert_eq!(about(""), ["noted", "body", "other"]);
    }
}
