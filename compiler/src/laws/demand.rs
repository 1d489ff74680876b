//! What a condition asks for on each way to make it true.
//!
//! Laws are about paths: what must hold whichever operand of an `or` it was that held. A [`Demand`] is a condition with every `not` moved down to single
//! questions and every count told apart by the elements it needs, so that a law is one walk over it: on `All` the operands' demands add up, on `Any` only
//! what every operand demands is sure. No path is ever written out, so the walk is as long as the condition.

use crate::checked::{Condition, Count, Place, Root, Step, TermKind};
use crate::ir::Comparison;
use crate::types::{Request, StructId, Type};
use crate::value::Value;

/// What must hold.
#[derive(Clone, Debug)]
pub(crate) enum Demand<'a> {
    /// Nothing: it holds.
    Nothing,
    /// What cannot be: no path leads here.
    Impossible,
    /// The answer to a question that has no parts.
    Question(&'a Condition, bool),
    /// All of these.
    All(Vec<Demand<'a>>),
    /// Any of these.
    Any(Vec<Demand<'a>>),
    /// An element of which this holds, at the least.
    Some(&'a Count, Box<Demand<'a>>),
    /// Of every element this; an empty list has none, so it demands nothing that is there.
    Every(&'a Count, Box<Demand<'a>>),
    /// A number of elements that may be none, and of which no other element need differ.
    Number(&'a Count),
}

/// The most fields that assumptions are made about: each kind of each takes another walk over the rule.
const MOST_FIELDS: usize = 4;

/// The kind of the evidence at a place is taken to be this.
#[derive(Clone, Debug)]
pub(crate) struct Assumption {
    /// A field of the request.
    pub(crate) field: usize,
    /// One of the alternatives of its type.
    pub(crate) kind: StructId,
}

impl Assumption {
    /// Every assumption about the first few fields of a request that may be of several kinds, by field. Of each field, one is true whenever it is there.
    ///
    /// A policy may say `p is Snp implies …` and `p is Tdx implies …` in two lines: only who knows that `p` is one of both sees that every path asks for
    /// one of the two things.
    pub(crate) fn about(request: &Request) -> Vec<Vec<Assumption>> {
        let kinds = |ty: &Type| match ty {
            Type::Union(kinds) => kinds.clone(),
            Type::Optional(inner) => match &**inner {
                Type::Union(kinds) => kinds.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let fields = request.fields.iter().enumerate();
        let about = fields.map(|(field, declared)| {
            kinds(&declared.ty).into_iter().map(|kind| Assumption { field, kind }).collect::<Vec<_>>()
        });
        about.filter(|alternatives| !alternatives.is_empty()).take(MOST_FIELDS).collect()
    }

    /// What the assumption says about a test for a kind of evidence.
    fn answers(&self, place: &Place, kind: StructId) -> Option<bool> {
        let is_about = place.root == Root::Field(self.field) && place.steps.iter().all(|step| *step == Step::Present);
        is_about.then_some(kind == self.kind)
    }
}

impl<'a> Demand<'a> {
    /// What must hold for the condition to be true, or, without `positive`, to be false.
    pub(crate) fn of(condition: &'a Condition, positive: bool, assumption: Option<&Assumption>) -> Self {
        let parts = |operands: &'a [Condition]| operands.iter().map(|each| Demand::of(each, positive, assumption));
        match condition {
            Condition::Constant(value) => Demand::known(*value == positive),
            Condition::Not(inner) => Demand::of(inner, !positive, assumption),
            Condition::And(operands) if positive => Demand::all(parts(operands)),
            Condition::And(operands) => Demand::any(parts(operands)),
            Condition::Or(operands) if positive => Demand::any(parts(operands)),
            Condition::Or(operands) => Demand::all(parts(operands)),
            Condition::Count(count) => Demand::count(count, positive, assumption),
            // What an assumption answers is asked all the same: whether it holds is read off the evidence.
            Condition::Is(place, kind) => match assumption.and_then(|assumption| assumption.answers(place, *kind)) {
                Some(answer) if answer != positive => Demand::Impossible,
                Some(_) | None => Demand::Question(condition, positive),
            },
            Condition::Holds(_)
            | Condition::Compare(..)
            | Condition::AtLeast(..)
            | Condition::In(..)
            | Condition::InSet(..)
            | Condition::Subset(..)
            | Condition::InNetwork(..)
            | Condition::InNetworks(..)
            | Condition::Holding(..)
            | Condition::Matches(..)
            | Condition::Present(_)
            | Condition::Age(..)
            | Condition::Before(_)
            | Condition::Loaded(_)
            | Condition::Permitted => Demand::Question(condition, positive),
        }
    }

    fn known(holds: bool) -> Self {
        if holds { Demand::Nothing } else { Demand::Impossible }
    }

    /// All of these.
    pub(crate) fn all(operands: impl IntoIterator<Item = Demand<'a>>) -> Self {
        let mut all = Vec::new();
        for operand in operands {
            match operand {
                Demand::Nothing => {}
                Demand::Impossible => return Demand::Impossible,
                Demand::All(inner) => all.extend(inner),
                other => all.push(other),
            }
        }
        match all.len() {
            0 => Demand::Nothing,
            1 => all.remove(0),
            _ => Demand::All(all),
        }
    }

    fn any(operands: impl IntoIterator<Item = Demand<'a>>) -> Self {
        let mut any = Vec::new();
        for operand in operands {
            match operand {
                Demand::Nothing => return Demand::Nothing,
                Demand::Impossible => {}
                Demand::Any(inner) => any.extend(inner),
                other => any.push(other),
            }
        }
        match any.len() {
            0 => Demand::Impossible,
            1 => any.remove(0),
            _ => Demand::Any(any),
        }
    }

    fn count(count: &'a Count, positive: bool, assumption: Option<&Assumption>) -> Self {
        let element = |holds| Demand::of(&count.condition, holds, assumption);
        let bound = match &count.bound.kind {
            TermKind::Constant(Value::Int(bound)) => *bound,
            // What is only known when asked may be zero.
            _ => return Demand::Number(count),
        };
        match (count.comparison, positive, bound) {
            (Comparison::Ge, true, 1..)
            | (Comparison::Gt, true, 0..)
            | (Comparison::Eq, true, 1..)
            | (Comparison::Lt, false, 1..)
            | (Comparison::Le, false, 0..)
            | (Comparison::Eq, false, 0) => match element(true) {
                Demand::Impossible => Demand::Impossible,
                demand => Demand::Some(count, Box::new(demand)),
            },
            (Comparison::Eq | Comparison::Le, true, 0)
            | (Comparison::Lt, true, 1)
            | (Comparison::Gt, false, 0)
            | (Comparison::Ge, false, 1) => match element(false) {
                Demand::Nothing => Demand::Nothing,
                demand => Demand::Every(count, Box::new(demand)),
            },
            _ => Demand::Number(count),
        }
    }
}

/// What is known on a path.
pub(crate) trait Known: Default {
    /// What is known where both are.
    fn both(self, other: Self) -> Self;
    /// What is known where one of both is, and nobody knows which.
    fn either(self, other: Self) -> Self;
}

impl Demand<'_> {
    /// What is known on every path, given what a question, or a count, tells; `None` where there is no path.
    pub(crate) fn known_by<K: Known>(&self, told_by: &impl Fn(&Demand<'_>) -> K) -> Option<K> {
        match self {
            Demand::Nothing => Some(K::default()),
            Demand::Impossible => None,
            Demand::All(operands) => {
                operands.iter().try_fold(K::default(), |known, each| Some(known.both(each.known_by(told_by)?)))
            }
            Demand::Any(operands) => {
                operands.iter().filter_map(|each| each.known_by(told_by)).reduce(|known, other| known.either(other))
            }
            Demand::Question(..) | Demand::Some(..) | Demand::Every(..) | Demand::Number(_) => Some(told_by(self)),
        }
    }
}
