//! Grants: what permits give, merged field by field when it is read.
//!
//! A `Duration` called `ttl` says for how long the caller may use what is granted. That must not outlive what the decision rests on, so the engine cuts it to the time
//! that is left until the decision's `valid_until`. The permits are merged before the cut: where they must agree, they agree on what they give, not on what
//! is left of it.

use crate::decision::{Determining, Rules};
use atbac_compiler::checked::{Term, TermKind};
use atbac_compiler::interpret::{Question, granted_elements, granted_term, granted_value};
use atbac_compiler::reference::{Reference, Windows};
use atbac_compiler::types::{GrantField, Merge, Type};
use atbac_compiler::value::Value;
use std::borrow::Cow;

/// The name of the field that the engine cuts.
const TTL: &str = "ttl";

/// The merged grants of the permits that apply. Fields are merged when they are read.
///
/// A `Duration` called `ttl` is never longer than the time from the decision to its end ([`Decision::valid_until`](crate::Decision::valid_until)), whatever
/// the permits give.
#[derive(Clone, Copy)]
pub struct Grant<'a> {
    rules: Rules<'a>,
    permits: Determining<'a>,
    question: Question<'a>,
    /// When the decision ends, in milliseconds.
    until: i64,
}

/// The value of a grant's field.
#[derive(Clone, Debug)]
pub enum Granted<'a> {
    /// One value.
    Value(Cow<'a, Value>),
    /// A set.
    Set(GrantedSet<'a>),
}

impl<'a> Grant<'a> {
    pub(crate) fn new(rules: Rules<'a>, permits: Determining<'a>, question: Question<'a>, until: i64) -> Self {
        Grant { rules, permits, question, until }
    }

    /// The names of its fields, in the order of their declaration.
    pub fn fields(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.rules.grant_fields().iter().map(|field| field.name.as_str())
    }

    /// The value of a field; `None` for a name that the grant does not declare.
    pub fn get(&self, name: &str) -> Option<Granted<'a>> {
        let at = self.rules.grant_fields().iter().position(|field| field.name == name)?;
        let field = &self.rules.grant_fields()[at];
        if let Type::Set(_) = field.ty {
            return Some(Granted::Set(GrantedSet { grant: *self, field: at, merge: field.merge }));
        }
        let mut values = self.values(at);
        // All values of a field are of one type, and so are ordered as numbers are.
        let value = match field.merge {
            Merge::Min => values.min(),
            Merge::Max => values.max(),
            Merge::Same | Merge::Intersect | Merge::Union => values.next(),
        };
        value.map(|value| Granted::Value(self.cut(field, value)))
    }

    /// What is left of a `ttl` until the decision ends; any other value as it is.
    fn cut(&self, field: &GrantField, value: Cow<'a, Value>) -> Cow<'a, Value> {
        let left = self.until.saturating_sub(self.question.now);
        match *value {
            Value::Duration(ttl) if field.name == TTL && left < ttl => Cow::Owned(Value::Duration(left)),
            _ => value,
        }
    }

    /// What each permit gives for a field that is no set.
    fn values(&self, field: usize) -> impl Iterator<Item = Cow<'a, Value>> + use<'a> {
        let question = self.question;
        self.terms(field).filter_map(move |term| granted_value(term, &question))
    }

    /// What each permit gives for a field, as written.
    fn terms(&self, field: usize) -> impl Iterator<Item = &'a Term> + use<'a> {
        let (rules, question) = (self.rules, self.question);
        let terms = self.permits.numbers().filter_map(move |permit| rules.get(permit).grant.get(field));
        terms.map(move |term| granted_term(term, &question))
    }

    /// Whether every field that must be the same in all permits is.
    pub(crate) fn agrees(&self) -> bool {
        self.disagreements().next().is_none()
    }

    /// The fields that must be the same in all permits and are not.
    pub(crate) fn disagreements(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let grant = *self;
        let fields = self.rules.grant_fields().iter().enumerate();
        let disagreeing = fields.filter(move |(at, field)| match field.merge {
            Merge::Same => {
                let mut values = grant.values(*at);
                let first = values.next();
                !values.all(|value| Some(value) == first)
            }
            Merge::Min | Merge::Max | Merge::Intersect | Merge::Union => false,
        });
        disagreeing.map(|(_, field)| field.name.as_str())
    }
}

/// A set merged from those of several permits.
#[derive(Clone)]
pub struct GrantedSet<'a> {
    grant: Grant<'a>,
    field: usize,
    merge: Merge,
}

impl std::fmt::Debug for GrantedSet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl<'a> GrantedSet<'a> {
    /// The elements, each once: those that one permit gives after another's, and of each in the order in which it gives them.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'a, Value>> + use<'a> {
        let Self { grant, field, merge } = *self;
        let question = grant.question;
        let many = match merge {
            Merge::Union => usize::MAX,
            Merge::Intersect | Merge::Min | Merge::Max | Merge::Same => 1,
        };
        grant.terms(field).enumerate().take(many).flat_map(move |(at, term)| {
            let elements = granted_elements(term, question).enumerate();
            let given = elements.filter(move |(nth, element)| !repeats(term, question, *nth, element));
            given.map(|(_, element)| element).filter(move |element| {
                let mut others = grant.terms(field).enumerate();
                match merge {
                    // Only those that no earlier set has given already.
                    Merge::Union => !others.take(at).any(|(_, other)| has(other, question, element)),
                    Merge::Intersect | Merge::Min | Merge::Max | Merge::Same => {
                        others.all(|(other_at, other)| other_at == at || has(other, question, element))
                    }
                }
            })
        })
    }
}

/// A set that a permit gives.
enum Members<'a> {
    /// A constant or of a field: ascending, each once.
    Values(&'a [Value]),
    /// A reference value: ascending, each once.
    Dated(&'a [(Value, Windows)]),
    /// Written out, in any order, perhaps with repeats.
    Written,
}

fn members<'a>(term: &'a Term, question: Question<'a>) -> Members<'a> {
    if let TermKind::Reference(id) = &term.kind
        && let Some(Some(Reference::Set(values))) = question.references.get(id.index())
    {
        return Members::Dated(values);
    }
    match granted_value(term, &question) {
        Some(Cow::Borrowed(Value::Set(values))) => Members::Values(values),
        _ => Members::Written,
    }
}

/// Whether an element of a set is the same as one before it.
fn repeats(term: &Term, question: Question<'_>, nth: usize, element: &Value) -> bool {
    match members(term, question) {
        Members::Values(_) | Members::Dated(_) => false,
        Members::Written => granted_elements(term, question).take(nth).any(|earlier| *earlier == *element),
    }
}

/// Whether a set has an element. Those that are not written out may be large, and are searched.
fn has(term: &Term, question: Question<'_>, element: &Value) -> bool {
    match members(term, question) {
        Members::Values(values) => values.binary_search(element).is_ok(),
        Members::Dated(values) => {
            let found = values.binary_search_by(|(value, _)| value.cmp(element));
            found.is_ok_and(|at| values[at].1.at(question.now).0)
        }
        Members::Written => granted_elements(term, question).any(|other| *other == *element),
    }
}
