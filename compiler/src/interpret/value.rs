//! What terms come to.

use super::Point;
use crate::checked::{Hash, Part, Place, Root, Step, Term, TermKind};
use crate::ir::Comparison;
use crate::reference::Reference;
use crate::time::FOREVER;
use crate::value::Value;
use sha2::{Digest as _, Sha256, Sha384, Sha512};

/// What a term comes to.
pub(super) enum Found<'a> {
    /// This value.
    Value(Seen<'a>),
    /// Nothing: the evidence is of another kind, or the optional absent. Only a condition that another one rules out meets this.
    NotThere,
    /// It rests on a reference value that was never loaded, or does not count now.
    NotLoaded,
}

/// A value as it lies there, or computed without any memory of its own.
pub(super) enum Seen<'a> {
    /// As it lies there.
    Value(&'a Value),
    /// A number, duration or instant that was computed.
    Integer(i64),
    /// A part of a byte string.
    Bytes(&'a [u8]),
    /// A digest: so many of these bytes.
    Digest([u8; 64], usize),
}

impl<'a> Seen<'a> {
    /// The value, unless it was computed.
    pub(super) fn value(&self) -> Option<&'a Value> {
        match self {
            Seen::Value(value) => Some(value),
            Seen::Integer(_) | Seen::Bytes(_) | Seen::Digest(..) => None,
        }
    }

    /// The integer that a number, duration or instant is.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Seen::Integer(integer)
            | Seen::Value(Value::Int(integer) | Value::Duration(integer) | Value::Instant(integer)) => Some(*integer),
            Seen::Value(_) | Seen::Bytes(_) | Seen::Digest(..) => None,
        }
    }

    /// The bytes that a text or byte string is.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Seen::Value(Value::String(text)) => Some(text.as_bytes()),
            Seen::Value(Value::Bytes(bytes)) => Some(bytes),
            Seen::Bytes(bytes) => Some(bytes),
            Seen::Digest(bytes, length) => Some(&bytes[..*length]),
            Seen::Value(_) | Seen::Integer(_) => None,
        }
    }

    /// Whether two values are the same.
    pub(super) fn same(&self, other: &Seen<'_>) -> bool {
        match (self, other) {
            (Seen::Value(left), Seen::Value(right)) => left == right,
            _ if self.integer().is_some() => self.integer() == other.integer(),
            _ => self.bytes().is_some() && self.bytes() == other.bytes(),
        }
    }

    /// Whether it is this value.
    pub(super) fn equals(&self, value: &Value) -> bool {
        self.same(&Seen::Value(value))
    }

    /// Whether two values compare so: numbers, durations, instants and versions; any others by equality only.
    pub(super) fn compares(&self, comparison: Comparison, other: &Seen<'_>) -> bool {
        match (self.integer(), other.integer(), self.value(), other.value()) {
            (Some(left), Some(right), ..) => comparison.holds(left, right),
            (_, _, Some(Value::Version(left)), Some(Value::Version(right))) => comparison.holds_between(left, right),
            _ => self.same(other),
        }
    }
}

impl Part {
    /// Whether a byte string holds another there.
    pub(super) fn holds(self, whole: &[u8], piece: &[u8]) -> bool {
        match self {
            Part::Beginning => whole.starts_with(piece),
            Part::End => whole.ends_with(piece),
            // In time that grows with the sum of both lengths, not with their product.
            Part::Anywhere => memchr::memmem::find(whole, piece).is_some(),
        }
    }
}

impl Hash {
    /// The digest of some bytes, in the first bytes of the array, and how many they are.
    pub fn digest(self, bytes: &[u8]) -> ([u8; 64], usize) {
        let mut digest = [0; 64];
        let mut keep = |found: &[u8]| {
            digest[..found.len()].copy_from_slice(found);
            found.len()
        };
        let length = match self {
            Hash::Sha256 => keep(&Sha256::digest(bytes)),
            Hash::Sha384 => keep(&Sha384::digest(bytes)),
            Hash::Sha512 => keep(&Sha512::digest(bytes)),
        };
        (digest, length)
    }
}

impl<'a> Point<'a, '_> {
    /// What a term comes to, and the first instant at which a reference value that it reads begins or ceases to count.
    pub(super) fn find(&self, term: &'a Term) -> (Found<'a>, i64) {
        match &term.kind {
            TermKind::Constant(value) => (Found::Value(Seen::Value(value)), FOREVER),
            TermKind::Place(place) => (self.read(place).map_or(Found::NotThere, found), FOREVER),
            TermKind::Reference(id) => match self.question.references.get(id.index()).and_then(Option::as_ref) {
                Some(Reference::One(value, windows)) => {
                    let (counts, until) = windows.at(self.question.now);
                    (if counts { found(value) } else { Found::NotLoaded }, until)
                }
                // Sets are asked as such, by `in_set` and its like.
                Some(Reference::Set(_)) | None => (Found::NotLoaded, FOREVER),
            },
            TermKind::Arithmetic(operation, left, right) => {
                let ((left, left_until), (right, right_until)) = (self.find(left), self.find(right));
                let result = match (left, right) {
                    (Found::NotThere, _) | (_, Found::NotThere) => Found::NotThere,
                    (Found::NotLoaded, _) | (_, Found::NotLoaded) => Found::NotLoaded,
                    (Found::Value(left), Found::Value(right)) => match (left.integer(), right.integer()) {
                        (Some(left), Some(right)) => Found::Value(Seen::Integer(operation.apply(left, right))),
                        _ => Found::NotThere,
                    },
                };
                (result, left_until.min(right_until))
            }
            TermKind::Slice(inner, from, to) => {
                let (inner, until) = self.find(inner);
                let slice = |seen: Seen<'a>| match seen {
                    Seen::Value(Value::Bytes(bytes)) => Some(Seen::Bytes(bytes.get(*from as usize..*to as usize)?)),
                    Seen::Bytes(bytes) => Some(Seen::Bytes(bytes.get(*from as usize..*to as usize)?)),
                    Seen::Digest(bytes, length) => {
                        let mut part = [0; 64];
                        let kept = bytes[..length].get(*from as usize..*to as usize)?;
                        part[..kept.len()].copy_from_slice(kept);
                        Some(Seen::Digest(part, kept.len()))
                    }
                    Seen::Value(_) | Seen::Integer(_) => None,
                };
                (inner.and_then(slice), until)
            }
            TermKind::Hash(hash, inner) => {
                let (inner, until) = self.find(inner);
                let digest = |seen: Seen<'a>| {
                    let (digest, length) = hash.digest(seen.bytes()?);
                    Some(Seen::Digest(digest, length))
                };
                (inner.and_then(digest), until)
            }
            // Only in what is granted.
            TermKind::If(..) | TermKind::Set(_) => (Found::NotThere, FOREVER),
        }
    }

    /// The value at a place.
    pub(super) fn read(&self, place: &Place) -> Option<&'a Value> {
        let mut value = match place.root {
            Root::Field(at) => {
                let field = |values: &'a [Option<Value>]| values.get(at).and_then(Option::as_ref);
                field(self.question.session).or_else(|| field(self.question.call))?
            }
            Root::Variable(variable) => {
                let mut element = self.element?;
                while element.variable != variable {
                    element = element.outer?;
                }
                element.value
            }
            // Substituted by the checker.
            Root::Parameter(_) => return None,
        };
        for step in &place.steps {
            value = match (step, value) {
                (Step::Field(id, at), Value::Struct(found, fields)) if id == found => fields.get(*at)?,
                (Step::Alternative(id), Value::Struct(found, _)) if id == found => value,
                (Step::Present, Value::Absent) => return None,
                (Step::Present, value) => value,
                (Step::Field(..) | Step::Alternative(_), _) => return None,
            };
        }
        Some(value)
    }
}

fn found(value: &Value) -> Found<'_> {
    Found::Value(Seen::Value(value))
}

impl<'a> Found<'a> {
    fn and_then(self, next: impl FnOnce(Seen<'a>) -> Option<Seen<'a>>) -> Self {
        match self {
            Found::Value(seen) => next(seen).map_or(Found::NotThere, Found::Value),
            Found::NotThere => Found::NotThere,
            Found::NotLoaded => Found::NotLoaded,
        }
    }
}
