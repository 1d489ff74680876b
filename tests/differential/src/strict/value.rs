//! What terms come to, or that they come to nothing.

use super::{Strict, Unsound, mistyped};
use atbac_compiler::checked::{Arithmetic, Condition, Place, Root, Step, Term, TermKind};
use atbac_compiler::reference::Reference;
use atbac_compiler::truth::Truth;
use atbac_compiler::types::{ReferenceId, Type};
use atbac_compiler::value::Value;

/// What a term comes to.
pub(super) enum Found {
    /// This value.
    Value(Value),
    /// It rests on a reference value that was never loaded, or does not count now.
    Open,
}

impl Found {
    /// The value, if there is one.
    pub(super) fn value(self) -> Option<Value> {
        match self {
            Found::Value(value) => Some(value),
            Found::Open => None,
        }
    }
}

impl<F: FnMut(&Condition, Truth, usize)> Strict<'_, F> {
    /// What a term comes to: of the type that the checker gave it.
    pub(super) fn find(&mut self, term: &Term) -> Result<Found, Unsound> {
        let found = self.come_to(term)?;
        match &found {
            Found::Value(value) if !is(&term.ty, value) => Err(mistyped(&format!("{:?}", term.ty), value)),
            Found::Value(_) | Found::Open => Ok(found),
        }
    }

    fn come_to(&mut self, term: &Term) -> Result<Found, Unsound> {
        Ok(Found::Value(match &term.kind {
            TermKind::Constant(value) => value.clone(),
            TermKind::Place(place) => self.read(place)?.clone(),
            TermKind::Reference(id) => match self.reference(*id)? {
                Some(Reference::One(value, windows)) if windows.at(self.question.now).0 => value.clone(),
                Some(Reference::Set(values)) => {
                    let now = self.question.now;
                    Value::Set(
                        values
                            .iter()
                            .filter(|(_, windows)| windows.at(now).0)
                            .map(|(value, _)| value.clone())
                            .collect(),
                    )
                }
                Some(Reference::One(..)) | None => return Ok(Found::Open),
            },
            TermKind::Arithmetic(operation, left, right) => match (self.find(left)?, self.find(right)?) {
                (Found::Value(left), Found::Value(right)) => computed(*operation, &left, &right, &term.ty)?,
                (Found::Open, _) | (_, Found::Open) => return Ok(Found::Open),
            },
            TermKind::Slice(inner, from, to) => match self.find(inner)? {
                Found::Value(whole) => {
                    let part = bytes(&whole)?.get(*from as usize..*to as usize);
                    let part = part.ok_or_else(|| Unsound(format!("bytes {from} to {to} of {whole:?}")))?;
                    Value::Bytes(part.into())
                }
                Found::Open => return Ok(Found::Open),
            },
            TermKind::Hash(hash, inner) => match self.find(inner)? {
                Found::Value(whole) => {
                    let (digest, length) = hash.digest(bytes(&whole)?);
                    Value::Bytes(digest[..length].into())
                }
                Found::Open => return Ok(Found::Open),
            },
            TermKind::If(condition, then, otherwise) => match self.truth(condition)? {
                Truth::True => return self.find(then),
                Truth::False => return self.find(otherwise),
                Truth::Indeterminate => {
                    return Err(Unsound("what is granted is chosen by what nobody knows".to_owned()));
                }
            },
            TermKind::Set(terms) => {
                let mut values = Vec::new();
                for term in terms {
                    match self.find(term)? {
                        Found::Value(value) => values.push(value),
                        Found::Open => return Ok(Found::Open),
                    }
                }
                Value::set(values)
            }
        }))
    }

    /// The value at a place, which may be that an optional is absent.
    pub(super) fn read(&self, place: &Place) -> Result<&Value, Unsound> {
        let nothing = || Unsound(format!("nothing is at {place:?}"));
        let mut value = match place.root {
            Root::Field(at) => {
                let of_stage = |values: &'_ [Option<Value>]| values.get(at).is_some_and(Option::is_some);
                let stages = [self.question.session, self.question.call];
                let stage = stages.into_iter().find(|values| of_stage(values)).ok_or_else(nothing)?;
                stage[at].as_ref().ok_or_else(nothing)?
            }
            Root::Variable(variable) => {
                let element = self.elements.iter().rev().find(|(known, _)| *known == variable);
                &element.ok_or_else(nothing)?.1
            }
            Root::Parameter(_) => return Err(nothing()),
        };
        for step in &place.steps {
            value = match (step, value) {
                (Step::Field(id, at), Value::Struct(found, fields)) if id == found => {
                    fields.get(*at).ok_or_else(nothing)?
                }
                (Step::Alternative(id), Value::Struct(found, _)) if id == found => value,
                (Step::Present, value) if *value != Value::Absent => value,
                (Step::Field(..) | Step::Alternative(_) | Step::Present, _) => {
                    return Err(Unsound(format!("{step:?} of {value:?}, on the way to {place:?}")));
                }
            };
        }
        Ok(value)
    }

    pub(super) fn reference(&self, id: ReferenceId) -> Result<Option<&Reference>, Unsound> {
        let known = self.question.references.get(id.index());
        known.map(Option::as_ref).ok_or_else(|| Unsound(format!("no reference has the number {id:?}")))
    }
}

/// The bytes of a text or byte string.
pub(super) fn bytes(value: &Value) -> Result<&[u8], Unsound> {
    match value {
        Value::String(text) => Ok(text.as_bytes()),
        Value::Bytes(bytes) => Ok(bytes),
        other => Err(mistyped("text or bytes", other)),
    }
}

fn computed(operation: Arithmetic, left: &Value, right: &Value, ty: &Type) -> Result<Value, Unsound> {
    let integer = |value: &Value| match value {
        Value::Int(integer) | Value::Duration(integer) | Value::Instant(integer) => Ok(i128::from(*integer)),
        other => Err(mistyped("a number", other)),
    };
    let (one, other) = (integer(left)?, integer(right)?);
    let exact = match operation {
        Arithmetic::Add => one + other,
        Arithmetic::Sub => one - other,
        Arithmetic::Mul => one * other,
    };
    let fits = i64::try_from(exact)
        .map_err(|_| Unsound(format!("{operation:?} of {left:?} and {right:?} does not fit 64 bits")))?;
    match ty {
        Type::Int => Ok(Value::Int(fits)),
        Type::Duration => Ok(Value::Duration(fits)),
        Type::Instant => Ok(Value::Instant(fits)),
        other => Err(Unsound(format!("{other:?} is computed"))),
    }
}

/// Whether a value is of a type, as far as it can be seen without a schema.
fn is(ty: &Type, value: &Value) -> bool {
    match ty {
        Type::Bool => matches!(value, Value::Bool(_)),
        Type::Int => matches!(value, Value::Int(_)),
        Type::String => matches!(value, Value::String(_)),
        Type::Bytes => matches!(value, Value::Bytes(_)),
        Type::FixedBytes(length) | Type::Digest(length) => {
            matches!(value, Value::Bytes(bytes) if bytes.len() == *length as usize)
        }
        Type::Duration => matches!(value, Value::Duration(_)),
        Type::Instant => matches!(value, Value::Instant(_)),
        Type::Tcb => matches!(value, Value::Tcb(_)),
        Type::Version => matches!(value, Value::Version(_)),
        Type::IpAddr => matches!(value, Value::IpAddr(_)),
        Type::Cidr => matches!(value, Value::Cidr(..)),
        Type::Oid => matches!(value, Value::Oid(_)),
        Type::Set(element) => matches!(value, Value::Set(values) if values.iter().all(|value| is(element, value))),
        Type::List(element, most) => {
            matches!(value, Value::List(values) if values.len() <= *most as usize && values.iter().all(|value| is(element, value)))
        }
        Type::Optional(inner) => *value == Value::Absent || is(inner, value),
        Type::Enum(id) => matches!(value, Value::Case(of, _) if of == id),
        Type::Struct(id) => matches!(value, Value::Struct(of, _) if of == id),
        Type::Union(ids) => matches!(value, Value::Struct(of, _) if ids.contains(of)),
    }
}
