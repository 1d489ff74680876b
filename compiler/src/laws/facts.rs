//! What answers to questions say together: whether another answer contradicts them, or follows from them.
//!
//! Comparisons of one value with constants become the values that are left for it; of every other question only the answer is kept. So what is found is so,
//! and not everything that is so is found.

use super::question::Question;
use crate::checked::{Condition, Place, Term, TermKind};
use crate::ir::Comparison;
use crate::types::{Schema, Type};
use crate::value::Value;
use std::collections::{BTreeSet, HashMap};

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject<'a> {
    /// The value at a place.
    Value(&'a Place),
    /// The age of what is dated at a place.
    Age(&'a Place),
    /// Of which kind the evidence at a place is.
    Kind(&'a Place),
    /// Whether there is a value at a place.
    Presence(&'a Place),
    /// The answer to a question.
    Answer(Question<'a>),
}

/// The values that are left for a subject.
#[derive(Clone, Debug)]
struct Left {
    low: i64,
    high: i64,
    among: Option<BTreeSet<Value>>,
    without: BTreeSet<Value>,
    /// How many values there are at all, where there are few.
    all: Option<usize>,
    /// Which of the answers narrowed it last.
    by: usize,
}

impl Left {
    fn is_empty(&self) -> bool {
        if self.low > self.high || self.all.is_some_and(|all| self.without.len() >= all) {
            return true;
        }
        let in_range = |value: &Value| number(value).is_none_or(|number| self.low <= number && number <= self.high);
        self.among
            .as_ref()
            .is_some_and(|among| !among.iter().any(|value| in_range(value) && !self.without.contains(value)))
    }
}

/// A set of answers, and what is left by them.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    schema: &'a Schema,
    left: HashMap<Subject<'a>, Left>,
}

/// What an answer leaves of a value.
enum Narrowing {
    Range(i64, i64),
    Among(BTreeSet<Value>),
    Without(BTreeSet<Value>),
}

impl<'a> Facts<'a> {
    /// Nothing is known.
    pub(crate) fn new(schema: &'a Schema) -> Self {
        Facts { schema, left: HashMap::new() }
    }

    /// The types of what is asked about.
    pub(crate) fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// Adds an answer, which `by` stands for.
    ///
    /// # Errors
    /// What an earlier answer stands for that contradicts it.
    pub(crate) fn add(&mut self, condition: &'a Condition, answer: bool, by: usize) -> Result<(), usize> {
        let Some((subject, left)) = self.narrowed(condition, answer, by)? else { return Ok(()) };
        self.left.insert(subject, left);
        Ok(())
    }

    /// What the earlier answer stands for from which it follows that this question has this answer.
    pub(crate) fn follows(&self, condition: &'a Condition, answer: bool) -> Option<usize> {
        self.narrowed(condition, !answer, 0).err()
    }

    /// What the earlier answer stands for that rules this answer out.
    pub(crate) fn contradicts(&self, condition: &'a Condition, answer: bool) -> Option<usize> {
        self.narrowed(condition, answer, 0).err()
    }

    fn narrowed(
        &self,
        condition: &'a Condition,
        answer: bool,
        by: usize,
    ) -> Result<Option<(Subject<'a>, Left)>, usize> {
        let Some((subject, narrowing)) = self.narrowing(condition, answer) else { return Ok(None) };
        let known = self.left.get(&subject);
        let mut left = known.cloned().unwrap_or_else(|| Left {
            low: i64::MIN,
            high: i64::MAX,
            among: None,
            without: BTreeSet::new(),
            all: self.number_of_values(&subject, condition),
            by,
        });
        let earlier = std::mem::replace(&mut left.by, by);
        match narrowing {
            Narrowing::Range(low, high) => {
                left.low = left.low.max(low);
                left.high = left.high.min(high);
            }
            Narrowing::Among(values) => {
                left.among = Some(match left.among.take() {
                    Some(among) => among.intersection(&values).cloned().collect(),
                    None => values,
                });
            }
            Narrowing::Without(values) => left.without.extend(values),
        }
        if left.is_empty() { Err(earlier) } else { Ok(Some((subject, left))) }
    }

    fn narrowing(&self, condition: &'a Condition, answer: bool) -> Option<(Subject<'a>, Narrowing)> {
        let one_of = |values: BTreeSet<Value>| {
            if answer { Narrowing::Among(values) } else { Narrowing::Without(values) }
        };
        let one = |value: Value| one_of(BTreeSet::from([value]));
        Some(match condition {
            // What is always so narrows nothing.
            Condition::Constant(_) => return None,
            Condition::Holds(Term { kind: TermKind::Place(place), .. }) => {
                (Subject::Value(place), one(Value::Bool(true)))
            }
            Condition::Compare(comparison, left, right) => match (&left.kind, &right.kind) {
                (TermKind::Place(place), TermKind::Constant(value))
                | (TermKind::Constant(value), TermKind::Place(place))
                    if *comparison == Comparison::Eq =>
                {
                    (Subject::Value(place), one(value.clone()))
                }
                (TermKind::Place(place), TermKind::Constant(value)) if number(value).is_some() => {
                    (Subject::Value(place), compared(*comparison, number(value)?, answer)?)
                }
                (TermKind::Constant(value), TermKind::Place(place)) if number(value).is_some() => {
                    (Subject::Value(place), compared(mirrored(*comparison), number(value)?, answer)?)
                }
                _ => answered(condition, answer),
            },
            Condition::In(Term { kind: TermKind::Place(place), .. }, values) => {
                (Subject::Value(place), one_of(values.iter().cloned().collect()))
            }
            Condition::Is(place, kind) => (Subject::Kind(place), one(Value::Int(i64::from(kind.0)))),
            Condition::Present(place) => (Subject::Presence(place), one(Value::Bool(true))),
            Condition::Age(comparison, place, Term { kind: TermKind::Constant(bound), .. }) => {
                (Subject::Age(place), compared(*comparison, number(bound)?, answer)?)
            }
            Condition::Holds(_)
            | Condition::AtLeast(..)
            | Condition::In(..)
            | Condition::InSet(..)
            | Condition::Subset(..)
            | Condition::InNetwork(..)
            | Condition::InNetworks(..)
            | Condition::Holding(..)
            | Condition::Matches(..)
            | Condition::Age(..)
            | Condition::Before(_)
            | Condition::Loaded(_)
            | Condition::Count(_)
            | Condition::Not(_)
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Permitted => answered(condition, answer),
        })
    }

    /// How many values a subject can have at all, where they are few enough to run out.
    fn number_of_values(&self, subject: &Subject<'_>, condition: &Condition) -> Option<usize> {
        match subject {
            Subject::Answer(_) | Subject::Presence(_) => Some(2),
            Subject::Value(_) => match condition.terms().map(|term| &term.ty).next()? {
                Type::Bool => Some(2),
                Type::Enum(id) => Some(self.schema.enumeration(*id).cases.len()),
                _ => None,
            },
            // A kind is asked of a union, whose alternatives only the request knows.
            Subject::Age(_) | Subject::Kind(_) => None,
        }
    }
}

fn answered(condition: &Condition, answer: bool) -> (Subject<'_>, Narrowing) {
    let (question, makes_true) = Question::of(condition);
    (Subject::Answer(question), Narrowing::Among(BTreeSet::from([Value::Bool(answer == makes_true)])))
}

/// Whether any answers contradict one another; each is a condition and its answer.
pub(crate) fn contradict<'a>(schema: &'a Schema, answers: impl IntoIterator<Item = (&'a Condition, bool)>) -> bool {
    let mut facts = Facts::new(schema);
    answers.into_iter().any(|(condition, answer)| facts.add(condition, answer, 0).is_err())
}

/// The number that orders a value among those of its type, where it has one.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) | Value::Duration(number) | Value::Instant(number) => Some(*number),
        _ => None,
    }
}

/// The numbers for which a comparison with a bound has this answer; nothing for equality, whose opposite leaves no one range.
fn compared(comparison: Comparison, bound: i64, answer: bool) -> Option<Narrowing> {
    // Beyond the ends there is nothing: a range that is upside down.
    let below = || bound.checked_sub(1).map_or((1, 0), |high| (i64::MIN, high));
    let above = || bound.checked_add(1).map_or((1, 0), |low| (low, i64::MAX));
    let (low, high) = match (comparison, answer) {
        (Comparison::Lt, true) | (Comparison::Ge, false) => below(),
        (Comparison::Gt, true) | (Comparison::Le, false) => above(),
        (Comparison::Le, true) | (Comparison::Gt, false) => (i64::MIN, bound),
        (Comparison::Ge, true) | (Comparison::Lt, false) => (bound, i64::MAX),
        (Comparison::Eq, _) => return None,
    };
    Some(Narrowing::Range(low, high))
}

/// The comparison with its sides changed over.
fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Eq => Comparison::Eq,
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
    }
}
