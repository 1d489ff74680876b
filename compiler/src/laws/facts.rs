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
    /// Every value, of so many if there are few.
    fn everything(all: Option<usize>, by: usize) -> Self {
        Left { low: i64::MIN, high: i64::MAX, among: None, without: BTreeSet::new(), all, by }
    }

    /// Whether nothing is left once this is known too. Nothing is copied: a rule may ask thousands of questions about one value.
    fn is_emptied_by(&self, narrowing: &Narrowing) -> bool {
        let (low, high) = match narrowing {
            Narrowing::Range(low, high) => (self.low.max(*low), self.high.min(*high)),
            Narrowing::Among(_) | Narrowing::Without(_) => (self.low, self.high),
        };
        let (among, without) = match narrowing {
            Narrowing::Range(..) => (None, None),
            Narrowing::Among(values) => (Some(values), None),
            Narrowing::Without(values) => (None, Some(values)),
        };
        let is_left = |value: &Value| {
            number(value).is_none_or(|number| low <= number && number <= high)
                && !self.without.contains(value)
                && without.is_none_or(|without| !without.contains(value))
        };
        let runs_out = self.all.is_some_and(|all| {
            let more = without.map_or(0, |without| without.difference(&self.without).count());
            self.without.len() + more >= all
        });
        let none_of_those = match (&self.among, among) {
            (Some(these), Some(those)) => !these.iter().any(|value| those.contains(value) && is_left(value)),
            (Some(these), None) => !these.iter().any(is_left),
            (None, Some(those)) => !those.iter().any(is_left),
            (None, None) => false,
        };
        low > high || runs_out || none_of_those
    }

    fn narrow(&mut self, narrowing: Narrowing, by: usize) {
        self.by = by;
        match narrowing {
            Narrowing::Range(low, high) => {
                self.low = self.low.max(low);
                self.high = self.high.min(high);
            }
            Narrowing::Among(values) => match &mut self.among {
                Some(among) => among.retain(|value| values.contains(value)),
                None => self.among = Some(values),
            },
            Narrowing::Without(values) => self.without.extend(values),
        }
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
    /// What the earlier answer stands for that contradicts it, or `by` where it contradicts itself.
    pub(crate) fn add(&mut self, condition: &'a Condition, answer: bool, by: usize) -> Result<(), usize> {
        if let Some(earlier) = self.contradicts(condition, answer) {
            return Err(earlier);
        }
        if let Some((subject, narrowing)) = narrowing(condition, answer) {
            let all = self.number_of_values(&subject, condition);
            let left = self.left.entry(subject).or_insert_with(|| Left::everything(all, by));
            // None of all the values that there are: the answer contradicts itself.
            if left.is_emptied_by(&narrowing) {
                return Err(by);
            }
            left.narrow(narrowing, by);
        }
        Ok(())
    }

    /// What the earlier answer stands for from which it follows that this question has this answer.
    pub(crate) fn follows(&self, condition: &'a Condition, answer: bool) -> Option<usize> {
        self.contradicts(condition, !answer)
    }

    /// What the earlier answer stands for that rules this answer out.
    pub(crate) fn contradicts(&self, condition: &'a Condition, answer: bool) -> Option<usize> {
        let (subject, narrowing) = narrowing(condition, answer)?;
        let left = self.left.get(&subject)?;
        left.is_emptied_by(&narrowing).then_some(left.by)
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

/// What an answer is about, and what it leaves of that.
fn narrowing(condition: &Condition, answer: bool) -> Option<(Subject<'_>, Narrowing)> {
    let one_of = |values: BTreeSet<Value>| {
        if answer { Narrowing::Among(values) } else { Narrowing::Without(values) }
    };
    let one = |value: Value| one_of(BTreeSet::from([value]));
    Some(match condition {
        // What is always so narrows nothing.
        Condition::Constant(_) => return None,
        Condition::Holds(Term { kind: TermKind::Place(place), .. }) => (Subject::Value(place), one(Value::Bool(true))),
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
