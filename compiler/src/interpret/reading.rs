//! What the truth of a condition rests on: the values that it read, for people who ask why.
//!
//! Of a condition that is joined from others, only the parts that made it what it is are told: of an `and` that is false, those that are false.

use super::value::{Found, Seen};
use super::{Element, Point, Question, granted_term};
use crate::checked::{Condition, Count, Place, Term, TermKind};
use crate::laws::origin::Scope;
use crate::reference::Reference;
use crate::truth::Truth;
use crate::types::{ReferenceId, Request, Schema, StructId, Type};
use crate::value::Value;
use atbac_grammar::syntax::Provenance;
use bumpalo::Bump;

/// A value that a condition read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What was read, as an author would write it: `principal.measurement`, `age(principal)`, `approver_builds`.
    pub what: String,
    /// Whose word it is; nothing for a reference value.
    pub provenance: Option<Provenance>,
    /// What was found there.
    pub found: Read,
}

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub enum Read {
    /// This value.
    Value(Value),
    /// Evidence of this kind, or a record.
    Kind(StructId),
    /// A list, of which so many elements were so: the first number of the second.
    Elements(usize, usize),
    /// A reference set with so many values.
    Entries(usize),
    /// A value of a field that is marked `@sensitive`: it is not told.
    Sensitive,
    /// Nothing: the value is absent, or the evidence of another kind.
    NotThere,
    /// A reference value that is not loaded, or does not count now.
    NotLoaded,
}

/// The values that the truth of a condition about this request rests on, in the order of reading, each once.
pub fn readings(schema: &Schema, request: &Request, condition: &Condition, question: &Question<'_>) -> Vec<Reading> {
    let arena = Bump::new();
    let point = Point { question, element: None, arena: &arena };
    let mut reader = Reader { schema, scope: Scope::new(schema, request), point, found: Vec::new() };
    reader.condition(condition);
    reader.found
}

/// What a term about this request comes to.
pub fn read(schema: &Schema, request: &Request, term: &Term, question: &Question<'_>) -> Read {
    let arena = Bump::new();
    let point = Point { question, element: None, arena: &arena };
    let term = granted_term(term, question);
    match &term.kind {
        _ if is_sensitive(schema, request, term) => Read::Sensitive,
        TermKind::Reference(id) => reference(*id, question),
        TermKind::Constant(_)
        | TermKind::Place(_)
        | TermKind::Arithmetic(..)
        | TermKind::Slice(..)
        | TermKind::Hash(..)
        | TermKind::If(..)
        | TermKind::Set(_) => match point.find(term).0 {
            Found::Value(seen) => owned(seen, &term.ty).map_or(Read::NotThere, Read::Value),
            Found::NotThere => Read::NotThere,
            Found::NotLoaded => Read::NotLoaded,
        },
    }
}

/// Whether a term about this request reads a value that is marked `@sensitive`.
pub fn is_sensitive(schema: &Schema, request: &Request, term: &Term) -> bool {
    let scope = Scope::new(schema, request);
    let mut sensitive = false;
    term.each_place(&mut |place| sensitive |= scope.is_sensitive(place));
    sensitive
}

/// A value with memory of its own.
fn owned(seen: Seen<'_>, ty: &Type) -> Option<Value> {
    match (&seen, ty) {
        (Seen::Value(Value::Absent), _) => None,
        (Seen::Value(value), _) => Some((*value).clone()),
        (Seen::Integer(integer), Type::Duration) => Some(Value::Duration(*integer)),
        (Seen::Integer(integer), Type::Instant) => Some(Value::Instant(*integer)),
        (Seen::Integer(integer), _) => Some(Value::Int(*integer)),
        (Seen::Bytes(_) | Seen::Digest(..), _) => seen.bytes().map(|bytes| Value::Bytes(bytes.into())),
    }
}

/// What there is of a reference value.
fn reference(id: ReferenceId, question: &Question<'_>) -> Read {
    match question.references.get(id.index()).and_then(Option::as_ref) {
        Some(Reference::One(value, windows)) if windows.at(question.now).0 => Read::Value(value.clone()),
        Some(Reference::Set(values)) => {
            Read::Entries(values.iter().filter(|(_, windows)| windows.at(question.now).0).count())
        }
        Some(Reference::One(..)) | None => Read::NotLoaded,
    }
}

struct Reader<'a, 'p> {
    schema: &'a Schema,
    scope: Scope<'a>,
    point: Point<'a, 'p>,
    found: Vec<Reading>,
}

impl<'a> Reader<'a, '_> {
    fn condition(&mut self, condition: &'a Condition) {
        match condition {
            Condition::Not(inner) => self.condition(inner),
            Condition::And(operands) => self.decisive(operands, Truth::False),
            Condition::Or(operands) => self.decisive(operands, Truth::True),
            Condition::Count(count) => self.count(count),
            Condition::Age(_, since, bound) => {
                self.age(since);
                self.term(bound);
            }
            Condition::InNetworks(address, networks) => {
                self.term(address);
                self.reference(*networks);
            }
            Condition::Loaded(reference) => self.reference(*reference),
            Condition::Is(place, _) | Condition::Present(place) => self.place(place),
            Condition::Holds(_)
            | Condition::Compare(..)
            | Condition::AtLeast(..)
            | Condition::In(..)
            | Condition::InSet(..)
            | Condition::Subset(..)
            | Condition::InNetwork(..)
            | Condition::Holding(..)
            | Condition::Matches(..) => condition.terms().for_each(|term| self.term(term)),
            Condition::Constant(_) | Condition::Before(_) | Condition::Permitted => {}
        }
    }

    /// The operands that decided: those that are `decisive`, where one of them suffices; else all.
    fn decisive(&mut self, operands: &'a [Condition], decisive: Truth) {
        let truths: Vec<Truth> = operands.iter().map(|operand| self.point.truth(operand).truth).collect();
        let decided = truths.contains(&decisive);
        for (operand, truth) in operands.iter().zip(truths) {
            if !decided || truth == decisive {
                self.condition(operand);
            }
        }
    }

    /// How many elements are so; not which values they have, for each has its own.
    fn count(&mut self, count: &'a Count) {
        let found = match self.point.read(&count.list) {
            _ if self.scope.is_sensitive(&count.list) => Read::Sensitive,
            Some(Value::List(values)) => {
                let so = values.iter().filter(|value| {
                    let element = Element { value, variable: count.variable, outer: self.point.element };
                    Point { element: Some(&element), ..self.point }.truth(&count.condition).truth == Truth::True
                });
                Read::Elements(so.count(), values.len())
            }
            Some(_) | None => Read::NotThere,
        };
        self.add(self.scope.show(&count.list), Some(self.scope.provenance(&count.list)), found);
        self.term(&count.bound);
    }

    fn age(&mut self, since: &Place) {
        let evidence = self.scope.piece(since).unwrap_or_else(|| since.clone());
        let found = match self.point.read(since) {
            _ if self.scope.is_sensitive(since) => Read::Sensitive,
            Some(Value::Instant(since)) => Read::Value(Value::Duration(self.point.question.now.saturating_sub(*since))),
            Some(_) | None => Read::NotThere,
        };
        self.add(format!("age({})", self.scope.show(&evidence)), Some(self.scope.provenance(since)), found);
    }

    fn term(&mut self, term: &'a Term) {
        term.each_place(&mut |place| self.place(place));
        term.each_reference(&mut |reference| self.reference(reference));
    }

    fn place(&mut self, place: &Place) {
        let found = match self.point.read(place) {
            _ if self.scope.is_sensitive(place) => Read::Sensitive,
            None | Some(Value::Absent) => Read::NotThere,
            Some(Value::Struct(kind, _)) => Read::Kind(*kind),
            Some(Value::List(values)) => Read::Elements(values.len(), values.len()),
            Some(value) => Read::Value(value.clone()),
        };
        self.add(self.scope.show(place), Some(self.scope.provenance(place)), found);
    }

    fn reference(&mut self, id: ReferenceId) {
        let found = reference(id, self.point.question);
        self.add(self.schema.reference(id).name.clone(), None, found);
    }

    fn add(&mut self, what: String, provenance: Option<Provenance>, found: Read) {
        let reading = Reading { what, provenance, found };
        if !self.found.contains(&reading) {
            self.found.push(reading);
        }
    }
}
