//! What answers to questions say together: whether another answer contradicts them, or follows from them.
//!
//! Comparisons of one value with constants become the values that are left for it, comparisons of two values the ways left for them to be ordered; of every
//! other question only the answer is kept. So what is found is so, and not everything that is so is found.

use super::line::{Holes, Position};
use super::question::Question;
use crate::checked::{Condition, Place, Step, Term, TermKind};
use crate::ir::Comparison;
use crate::types::{Schema, Type};
use crate::value::Value;
use crate::verifier::{Signer, Verifier};
use foldhash::HashMap;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::collections::hash_map::Entry;

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
    /// How the one side of this equality is to the other: -1 where it is less, 0 where they are equal, 1 where it is greater.
    Order(Question<'a>),
    /// The answer to a question.
    Answer(Question<'a>),
}

/// The values that are left for a subject.
#[derive(Clone, Debug)]
struct Left<'a> {
    low: Position,
    high: Position,
    /// Ascending.
    among: Option<Cow<'a, [Value]>>,
    without: BTreeSet<Value>,
    /// Where those stand that are left out, of a type that has an order.
    holes: Holes,
    /// How many values there are at all, where there are few.
    all: Option<usize>,
    /// Which of the answers narrowed it last.
    by: usize,
}

impl<'a> Left<'a> {
    /// Every value.
    fn everything(values: Values, by: usize) -> Self {
        let Values { low, high, all } = values;
        Left { low, high, among: None, without: BTreeSet::new(), holes: Holes::default(), all, by }
    }

    /// Whether nothing is left once this is known too. Nothing is copied: a rule may ask thousands of questions about one value.
    fn is_emptied_by(&self, narrowing: &Narrowing<'_>) -> bool {
        let (low, high) = match narrowing {
            Narrowing::Range(low, high) => (self.low.max(*low), self.high.min(*high)),
            Narrowing::Among(_) | Narrowing::Without(_) => (self.low, self.high),
        };
        let (among, without) = match narrowing {
            Narrowing::Range(..) => (None, None),
            Narrowing::Among(values) => (Some(&**values), None),
            Narrowing::Without(values) => (None, Some(&**values)),
        };
        let is_left = |value: &Value| {
            Position::of(value).is_none_or(|position| low <= position && position <= high)
                && !self.without.contains(value)
                && without.is_none_or(|without| !has(without, value))
        };
        let runs_out = self.all.is_some_and(|all| {
            let more = without.into_iter().flatten().filter(|value| !self.without.contains(value)).count();
            self.without.len() + more >= all
        });
        let none_of_those = match (&self.among, among) {
            (Some(these), Some(those)) => !these.iter().any(|value| has(those, value) && is_left(value)),
            (Some(these), None) => !these.iter().any(is_left),
            (None, Some(those)) => !those.iter().any(is_left),
            (None, None) => false,
        };
        let more = without.into_iter().flatten().filter_map(Position::of).collect();
        runs_out || none_of_those || self.holes.fill(low, high, &more)
    }

    fn narrow(&mut self, narrowing: Narrowing<'a>, by: usize) {
        self.by = by;
        match narrowing {
            Narrowing::Range(low, high) => {
                self.low = self.low.max(low);
                self.high = self.high.min(high);
            }
            Narrowing::Among(values) => match &mut self.among {
                Some(among) => among.to_mut().retain(|value| has(&values, value)),
                None => self.among = Some(values),
            },
            Narrowing::Without(values) => {
                values.iter().filter_map(Position::of).for_each(|position| self.holes.add(position));
                self.without.extend(values.iter().cloned());
            }
        }
    }
}

/// Whether a value is one of these, which ascend.
fn has(values: &[Value], value: &Value) -> bool {
    values.binary_search(value).is_ok()
}

/// The values that a subject can have at all.
struct Values {
    low: Position,
    high: Position,
    /// How many there are, where they are few enough to run out.
    all: Option<usize>,
}

/// A set of answers, and what is left by them.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    schema: &'a Schema,
    left: HashMap<Subject<'a>, Left<'a>>,
}

/// What an answer leaves of a value. Values ascend, each once.
enum Narrowing<'a> {
    Range(Position, Position),
    Among(Cow<'a, [Value]>),
    Without(Cow<'a, [Value]>),
}

impl<'a> Facts<'a> {
    /// Nothing is known.
    pub(crate) fn new(schema: &'a Schema) -> Self {
        Facts { schema, left: HashMap::default() }
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
        let Some((subject, narrowing)) = narrowing(condition, answer) else { return Ok(()) };
        let left = match self.left.entry(subject) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let values = values(self.schema, unknown.key(), condition);
                unknown.insert(Left::everything(values, by))
            }
        };
        // Of a subject that nothing was known of: none of all the values that there are, so that the answer contradicts itself.
        if left.is_emptied_by(&narrowing) {
            return Err(left.by);
        }
        left.narrow(narrowing, by);
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
}

/// The values that a subject can have at all.
fn values(schema: &Schema, subject: &Subject<'_>, condition: &Condition) -> Values {
    let few = |all| Values { low: Position::FIRST, high: Position::LAST, all };
    match subject {
        Subject::Answer(_) | Subject::Presence(_) => few(Some(2)),
        Subject::Order(..) => few(Some(3)),
        Subject::Value(place) => match condition.terms().map(|term| &term.ty).next() {
            Some(Type::Bool) => few(Some(2)),
            Some(Type::Enum(id)) => few(Some(schema.enumeration(*id).cases.len())),
            Some(Type::Int) if is_unsigned(schema, place) => {
                Values { low: Position::of_number(0), high: Position::of_number(i64::MAX), all: None }
            }
            Some(ty) => {
                let (low, high) = Position::of_all(ty);
                Values { low, high, all: None }
            }
            None => few(None),
        },
        Subject::Age(_) => {
            let (low, high) = Position::of_all(&Type::Duration);
            Values { low, high, all: None }
        }
        // A kind is asked of a union, whose alternatives only the request knows.
        Subject::Kind(_) => few(None),
    }
}

/// Whether a number is a claim of hardware: the formats of its evidence have no number below zero.
fn is_unsigned(schema: &Schema, place: &Place) -> bool {
    place.steps.iter().any(|step| match step {
        Step::Field(id, _) | Step::Alternative(id) => {
            let evidence = schema.structure(*id).evidence.as_ref();
            let verifier = evidence.and_then(|evidence| Verifier::named(&evidence.verifier));
            verifier.is_some_and(|verifier| verifier.signer == Signer::Hardware)
        }
        Step::Present => false,
    })
}

/// What an answer is about, and what it leaves of that.
fn narrowing(condition: &Condition, answer: bool) -> Option<(Subject<'_>, Narrowing<'_>)> {
    Some(match condition {
        // What is always so narrows nothing.
        Condition::Constant(_) => return None,
        Condition::Holds(Term { kind: TermKind::Place(place), .. }) => (Subject::Value(place), one_of(TRUE, answer)),
        Condition::Compare(comparison, left, right) => match (&left.kind, &right.kind) {
            (TermKind::Place(place), TermKind::Constant(value)) => {
                (Subject::Value(place), compared(*comparison, value, answer)?)
            }
            (TermKind::Constant(value), TermKind::Place(place)) => {
                (Subject::Value(place), compared(comparison.mirrored(), value, answer)?)
            }
            _ => ordered(condition, answer),
        },
        Condition::In(Term { kind: TermKind::Place(place), .. }, values) => {
            (Subject::Value(place), one_of(values, answer))
        }
        Condition::Is(place, kind) => (Subject::Kind(place), one_of(vec![Value::Int(i64::from(kind.0))], answer)),
        Condition::Present(place) => (Subject::Presence(place), one_of(TRUE, answer)),
        Condition::Age(comparison, place, Term { kind: TermKind::Constant(bound), .. }) => {
            (Subject::Age(place), compared(*comparison, bound, answer)?)
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

const TRUE: &[Value] = &[Value::Bool(true)];
const FALSE: &[Value] = &[Value::Bool(false)];

/// That a value is one of these, or, without `answer`, none of them.
fn one_of<'a>(values: impl Into<Cow<'a, [Value]>>, answer: bool) -> Narrowing<'a> {
    if answer { Narrowing::Among(values.into()) } else { Narrowing::Without(values.into()) }
}

/// How two values can be to one another: less, equal, greater.
const ORDERS: &[Value; 3] = &[Value::Int(-1), Value::Int(0), Value::Int(1)];
const UNEQUAL: &[Value] = &[Value::Int(-1), Value::Int(1)];

/// How two values are ordered, as a comparison answers it.
fn ordered(condition: &Condition, answer: bool) -> (Subject<'_>, Narrowing<'_>) {
    let (question, makes_true) = Question::of(condition);
    let (left, right, when_so, otherwise) = match question {
        Question::Less(Comparison::Lt, left, right) => (left, right, &ORDERS[..1], &ORDERS[1..]),
        Question::Less(_, left, right) => (left, right, &ORDERS[..2], &ORDERS[2..]),
        Question::Equal(left, right) => (left, right, &ORDERS[1..2], UNEQUAL),
        Question::Other(_) => return answered(condition, answer),
    };
    let orders = if answer == makes_true { when_so } else { otherwise };
    (Subject::Order(Question::Equal(left, right)), Narrowing::Among(orders.into()))
}

fn answered(condition: &Condition, answer: bool) -> (Subject<'_>, Narrowing<'_>) {
    let (question, makes_true) = Question::of(condition);
    (Subject::Answer(question), Narrowing::Among(if answer == makes_true { TRUE } else { FALSE }.into()))
}

/// Whether any answers contradict one another; each is a condition and its answer.
pub(crate) fn contradict<'a>(schema: &'a Schema, answers: impl IntoIterator<Item = (&'a Condition, bool)>) -> bool {
    let mut facts = Facts::new(schema);
    answers.into_iter().any(|(condition, answer)| facts.add(condition, answer, 0).is_err())
}

/// The values of which a comparison with a constant has this answer; nothing where their type has no such comparison.
fn compared(comparison: Comparison, constant: &Value, answer: bool) -> Option<Narrowing<'_>> {
    if comparison == Comparison::Eq {
        return Some(one_of(std::slice::from_ref(constant), answer));
    }
    let bound = Position::of(constant)?;
    // Beyond the ends there is nothing: a range that is upside down.
    let nothing = (Position::LAST, Position::FIRST);
    let below = || bound.previous().map_or(nothing, |high| (Position::FIRST, high));
    let above = || bound.next().map_or(nothing, |low| (low, Position::LAST));
    let (low, high) = match (comparison, answer) {
        (Comparison::Lt, true) | (Comparison::Ge, false) => below(),
        (Comparison::Gt, true) | (Comparison::Le, false) => above(),
        (Comparison::Le, true) | (Comparison::Gt, false) => (Position::FIRST, bound),
        (Comparison::Ge, true) | (Comparison::Lt, false) => (bound, Position::LAST),
        (Comparison::Eq, _) => return None,
    };
    Some(Narrowing::Range(low, high))
}
