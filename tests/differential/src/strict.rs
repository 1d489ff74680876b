//! A strict evaluator: what the interpreter treats as a value because it "cannot happen" is an error here.
//!
//! Conditions are asked as an author reads them, from left to right, and no further than the answer is known: an `and` ends at its first false operand, an `or` at its first
//! true one. What is asked after that must be there, be of its type and fit 64 bits. Whatever policy the checker accepts, no question ends in [`Unsound`].
//!
//! It is a third witness as well: it shares neither evaluator's code, and its truths are compared with the interpreter's. Of time it only knows the present.

mod set;
mod value;

use atbac_compiler::checked::{Condition, Count, Term};
use atbac_compiler::interpret::Question;
use atbac_compiler::ir::Comparison;
use atbac_compiler::reference::Reference;
use atbac_compiler::truth::Truth;
use atbac_compiler::value::Value;
use std::cmp::Ordering;
use value::Found;

/// What no accepted policy does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound(pub String);

/// A question, asked strictly.
pub struct Strict<'a, F> {
    question: &'a Question<'a>,
    /// The element that each walked list stands at, with the number of its variable.
    elements: Vec<(u32, Value)>,
    observe: F,
}

impl<'a, F: FnMut(&Condition, Truth, usize)> Strict<'a, F> {
    /// Asks this question. `observe` is called with every condition that has no parts, how it came out, and how many lists are walked around it.
    pub fn new(question: &'a Question<'a>, observe: F) -> Self {
        Strict { question, elements: Vec::new(), observe }
    }

    /// The truth of all of these conditions, in their order.
    ///
    /// # Errors
    /// [`Unsound`] when what the checker promises does not hold.
    pub fn all<'c>(&mut self, conditions: impl IntoIterator<Item = &'c Condition>) -> Result<Truth, Unsound> {
        let mut truth = Truth::True;
        for condition in conditions {
            match self.truth(condition)? {
                Truth::False => return Ok(Truth::False),
                Truth::True => {}
                Truth::Indeterminate => truth = Truth::Indeterminate,
            }
        }
        Ok(truth)
    }

    /// A value that a permit that applies gives.
    ///
    /// # Errors
    /// [`Unsound`] when it cannot be given, or what chooses it is indeterminate.
    pub fn granted(&mut self, term: &Term) -> Result<(), Unsound> {
        match self.find(term)? {
            Found::Value(_) => Ok(()),
            Found::Open => {
                Err(Unsound(format!("a value that is granted rests on a reference that does not count: {term:?}")))
            }
        }
    }

    fn truth(&mut self, condition: &Condition) -> Result<Truth, Unsound> {
        match condition {
            Condition::Not(inner) => Ok(opposite(self.truth(inner)?)),
            Condition::And(operands) => self.all(operands),
            Condition::Or(operands) => {
                let mut truth = Truth::False;
                for operand in operands {
                    match self.truth(operand)? {
                        Truth::True => return Ok(Truth::True),
                        Truth::False => {}
                        Truth::Indeterminate => truth = Truth::Indeterminate,
                    }
                }
                Ok(truth)
            }
            single => {
                let truth = self.single(single)?;
                (self.observe)(single, truth, self.elements.len());
                Ok(truth)
            }
        }
    }

    fn single(&mut self, condition: &Condition) -> Result<Truth, Unsound> {
        match condition {
            Condition::Constant(constant) => Ok((*constant).into()),
            Condition::Holds(term) => self.ask(term, |value| match value {
                Value::Bool(holds) => Ok(*holds),
                other => Err(mistyped("a `Bool`", other)),
            }),
            Condition::Compare(comparison, left, right) => {
                self.ask_both(left, right, |left, right| compare(*comparison, left, right))
            }
            Condition::AtLeast(newer, older) => self.ask_both(newer, older, |newer, older| match (newer, older) {
                (Value::Tcb(newer), Value::Tcb(older)) => {
                    let mut pairs = newer.versions().into_iter().zip(older.versions());
                    // A component that is missing ranks below every version of it.
                    Ok(pairs.all(|(newer, older)| older.is_none_or(|older| newer.is_some_and(|newer| newer >= older))))
                }
                (Value::Tcb(_), other) | (other, _) => Err(mistyped("a `Tcb`", other)),
            }),
            Condition::In(term, values) => {
                self.ask(term, |value| values.iter().try_fold(false, |found, other| Ok(found | (same(value, other)?))))
            }
            Condition::InSet(term, set) => self.in_set(term, set),
            Condition::Subset(inner, outer) => self.subset(inner, outer),
            Condition::InNetwork(inner, network) => self.ask_both(inner, network, set::lies_in),
            Condition::InNetworks(address, networks) => self.in_networks(address, *networks),
            Condition::Holding(part, whole, piece) => self
                .ask_both(whole, piece, |whole, piece| set::holds(*part, value::bytes(whole)?, value::bytes(piece)?)),
            Condition::Matches(term, glob) => self.ask(term, |value| match value {
                Value::String(text) => Ok(glob.matches(text.as_bytes())),
                other => Err(mistyped("a `String`", other)),
            }),
            Condition::Is(place, kind) => match self.read(place)? {
                Value::Struct(found, _) => Ok((found == kind).into()),
                other => Err(mistyped("evidence", other)),
            },
            Condition::Present(place) => Ok((*self.read(place)? != Value::Absent).into()),
            Condition::Age(comparison, place, bound) => {
                let Value::Instant(since) = *self.read(place)? else {
                    return Err(Unsound("an age of what has no date".to_owned()));
                };
                let now = self.question.now;
                self.ask(bound, |bound| match bound {
                    // What is dated in the future is infinitely old.
                    Value::Duration(_) if now < since => Ok(matches!(comparison, Comparison::Gt | Comparison::Ge)),
                    Value::Duration(bound) => {
                        Ok(ordered(*comparison, (i128::from(now) - i128::from(since)).cmp(&i128::from(*bound))))
                    }
                    other => Err(mistyped("a `Duration`", other)),
                })
            }
            Condition::Before(instant) => Ok((self.question.now < *instant).into()),
            Condition::Loaded(id) => Ok(match self.reference(*id)? {
                None => Truth::Indeterminate,
                Some(Reference::Set(_)) => Truth::True,
                Some(Reference::One(_, windows)) if windows.at(self.question.now).0 => Truth::True,
                Some(Reference::One(..)) => Truth::Indeterminate,
            }),
            Condition::Count(count) => self.count(count),
            Condition::Permitted => Err(Unsound("a rule asks what is decided".to_owned())),
            Condition::Not(_) | Condition::And(_) | Condition::Or(_) => self.truth(condition),
        }
    }

    /// Counts by trying every number that the count may be.
    fn count(&mut self, count: &Count) -> Result<Truth, Unsound> {
        let Value::List(values) = self.read(&count.list)?.clone() else {
            return Err(Unsound("what is counted is no list".to_owned()));
        };
        if values.len() > count.most as usize {
            return Err(Unsound(format!("a list of {} where there are at most {}", values.len(), count.most)));
        }
        // Of each group of elements its key, if it has one, and how the condition came out.
        let mut groups: Vec<(Option<Value>, Truth)> = Vec::new();
        for value in values {
            self.elements.push((count.variable, value));
            let truth = self.truth(&count.condition);
            // Of an element that does not count, nothing need be there.
            let key = match (&truth, &count.distinct) {
                (Ok(Truth::True | Truth::Indeterminate), Some(distinct)) => self.find(distinct).map(Found::value),
                (Ok(Truth::False) | Err(_), _) | (_, None) => Ok(None),
            };
            self.elements.pop();
            let (truth, key) = (truth?, key?);
            match groups.iter_mut().find(|(known, _)| key.is_some() && *known == key) {
                Some((_, Truth::True)) => {}
                Some((_, known)) => *known = truth,
                None => groups.push((key, truth)),
            }
        }
        let of = |wanted: Truth| groups.iter().filter(|(_, truth)| *truth == wanted).count() as i64;
        let least = of(Truth::True);
        let most = least + of(Truth::Indeterminate);
        let bound = match self.find(&count.bound)? {
            Found::Value(Value::Int(bound)) => bound,
            Found::Value(other) => return Err(mistyped("an `Int`", &other)),
            Found::Open => return Ok(Truth::Indeterminate),
        };
        let mut answers = (least..=most).map(|number| ordered(count.comparison, number.cmp(&bound)));
        let first = answers.next().unwrap_or_default();
        Ok(if answers.all(|answer| answer == first) { first.into() } else { Truth::Indeterminate })
    }

    fn ask(&mut self, term: &Term, holds: impl FnOnce(&Value) -> Result<bool, Unsound>) -> Result<Truth, Unsound> {
        match self.find(term)? {
            Found::Value(value) => holds(&value).map(Truth::from),
            Found::Open => Ok(Truth::Indeterminate),
        }
    }

    fn ask_both(
        &mut self,
        left: &Term,
        right: &Term,
        holds: impl FnOnce(&Value, &Value) -> Result<bool, Unsound>,
    ) -> Result<Truth, Unsound> {
        match (self.find(left)?, self.find(right)?) {
            (Found::Value(left), Found::Value(right)) => holds(&left, &right).map(Truth::from),
            (Found::Open, _) | (_, Found::Open) => Ok(Truth::Indeterminate),
        }
    }
}

fn opposite(truth: Truth) -> Truth {
    match truth {
        Truth::True => Truth::False,
        Truth::False => Truth::True,
        Truth::Indeterminate => Truth::Indeterminate,
    }
}

fn mistyped(expected: &str, found: &Value) -> Unsound {
    Unsound(format!("{found:?} where {expected} is expected"))
}

/// Whether two values of one type are the same.
fn same(left: &Value, right: &Value) -> Result<bool, Unsound> {
    let of_one_type = match (left, right) {
        (Value::Case(left, _), Value::Case(right, _)) => left == right,
        _ => std::mem::discriminant(left) == std::mem::discriminant(right),
    };
    if of_one_type { Ok(left == right) } else { Err(Unsound(format!("{left:?} is compared with {right:?}"))) }
}

/// Whether two values compare so: of most types, by equality only.
fn compare(comparison: Comparison, left: &Value, right: &Value) -> Result<bool, Unsound> {
    let order = match (left, right) {
        (Value::Int(left), Value::Int(right))
        | (Value::Duration(left), Value::Duration(right))
        | (Value::Instant(left), Value::Instant(right)) => left.cmp(right),
        (Value::Version(left), Value::Version(right)) => left.cmp(right),
        _ if comparison == Comparison::Eq => return same(left, right),
        _ => return Err(Unsound(format!("{left:?} has no order, and is compared with {right:?}"))),
    };
    Ok(ordered(comparison, order))
}

fn ordered(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Eq => order == Ordering::Equal,
        Comparison::Lt => order == Ordering::Less,
        Comparison::Le => order != Ordering::Greater,
        Comparison::Gt => order == Ordering::Greater,
        Comparison::Ge => order != Ordering::Less,
    }
}
