//! Writing one value to its place in a frame.
//!
//! A [`Slot`] knows the type of what belongs there and takes nothing else, so that a frame keeps what compiled code relies on, whoever fills it.

use super::{HeapFull, SetTable, byte_words, element_bytes, field_offset, read, size, text_word, write};
use crate::fits;
use crate::time::{DURATION_RANGE, INSTANT_RANGE};
use crate::types::{Schema, Type};
use crate::value::Value;

/// The place for one value, which is absent, empty or zero until it is given.
pub struct Slot<'f> {
    pub(super) schema: &'f Schema,
    pub(super) ty: &'f Type,
    pub(super) words: &'f mut [u64],
    pub(super) heap: &'f mut Vec<u8>,
}

/// The place for the elements of a list or set, one after the other. A set is written by [`Elements::finish`].
#[must_use = "a set is empty until it is finished"]
pub struct Elements<'f> {
    slot: Slot<'f>,
    element: &'f Type,
    count: usize,
    room: Room,
}

/// Where elements go.
enum Room {
    /// To their place in the list, which has so many.
    List(usize),
    /// All to this place: a set lies in order, so each is copied from there before the next comes.
    Set { words: Vec<u64>, heap: Vec<u8>, members: Vec<Vec<u8>> },
}

/// A value that does not belong where it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// It is of another type.
    Type,
    /// It is beyond what its type can hold, or a list is full.
    Range,
    /// The frame's text would be larger than 4 GiB.
    HeapFull,
}

impl From<HeapFull> for Misfit {
    fn from(_: HeapFull) -> Self {
        Misfit::HeapFull
    }
}

impl<'f> Slot<'f> {
    /// The type of what belongs here.
    #[inline(always)]
    pub fn ty(&self) -> &'f Type {
        self.ty
    }

    /// The schema of the type.
    #[inline(always)]
    pub fn schema(&self) -> &'f Schema {
        self.schema
    }

    /// A `Bool`.
    ///
    /// # Errors
    /// [`Misfit`], as all others.
    #[inline(always)]
    pub fn bool(self, value: bool) -> Result<(), Misfit> {
        match self.ty {
            Type::Bool => self.word(u64::from(value)),
            _ => Err(Misfit::Type),
        }
    }

    /// An `Int`.
    ///
    /// # Errors
    /// [`Misfit`].
    #[inline(always)]
    pub fn int(self, value: i64) -> Result<(), Misfit> {
        match self.ty {
            Type::Int => self.word(value as u64),
            _ => Err(Misfit::Type),
        }
    }

    /// A `Duration`, in milliseconds.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn duration(self, milliseconds: i64) -> Result<(), Misfit> {
        match self.ty {
            Type::Duration if in_range(milliseconds, DURATION_RANGE) => self.word(milliseconds as u64),
            Type::Duration => Err(Misfit::Range),
            _ => Err(Misfit::Type),
        }
    }

    /// An `Instant`, in milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn instant(self, milliseconds: i64) -> Result<(), Misfit> {
        match self.ty {
            Type::Instant if in_range(milliseconds, INSTANT_RANGE) => self.word(milliseconds as u64),
            Type::Instant => Err(Misfit::Range),
            _ => Err(Misfit::Type),
        }
    }

    /// A `String`.
    ///
    /// # Errors
    /// [`Misfit`].
    #[inline(always)]
    pub fn text(self, text: &str) -> Result<(), Misfit> {
        match self.ty {
            Type::String => {
                self.words[0] = text_word(text.as_bytes(), self.heap)?;
                Ok(())
            }
            _ => Err(Misfit::Type),
        }
    }

    /// Bytes, of the length that the type asks.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn bytes(self, bytes: &[u8]) -> Result<(), Misfit> {
        match self.ty {
            Type::Bytes => self.words[0] = text_word(bytes, self.heap)?,
            Type::FixedBytes(length) | Type::Digest(length) if bytes.len() == *length as usize => {
                for (word, bytes) in self.words.iter_mut().zip(byte_words(bytes)) {
                    *word = bytes;
                }
            }
            Type::FixedBytes(_) | Type::Digest(_) => return Err(Misfit::Range),
            _ => return Err(Misfit::Type),
        }
        Ok(())
    }

    /// The case of an enum that has this name.
    ///
    /// # Errors
    /// [`Misfit`].
    #[inline(always)]
    pub fn case(self, name: &str) -> Result<(), Misfit> {
        let Type::Enum(id) = self.ty else { return Err(Misfit::Type) };
        match self.schema.enumeration(*id).cases.iter().position(|case| case.name == name) {
            Some(case) => self.word(case as u64),
            None => Err(Misfit::Range),
        }
    }

    /// A value, which must be of the type.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn value(self, value: &Value) -> Result<(), Misfit> {
        if !fits::is(self.schema, self.ty, value) {
            return Err(Misfit::Type);
        }
        Ok(write(self.schema, self.ty, value, self.words, self.heap)?)
    }

    /// The place for the value of an optional, which then is present.
    ///
    /// # Errors
    /// [`Misfit`].
    #[inline]
    pub fn present(self) -> Result<Slot<'f>, Misfit> {
        let Type::Optional(inner) = self.ty else { return Err(Misfit::Type) };
        let (present, words) = self.words.split_first_mut().ok_or(Misfit::Type)?;
        *present = 1;
        Ok(Slot { schema: self.schema, ty: inner, words, heap: self.heap })
    }

    /// The place for a field of a record or of evidence.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn field(&mut self, at: usize) -> Result<Slot<'_>, Misfit> {
        let Type::Struct(id) = self.ty else { return Err(Misfit::Type) };
        let field = self.schema.structure(*id).fields.get(at).ok_or(Misfit::Type)?;
        let offset = field_offset(self.schema, *id, at) as usize;
        let length = size(self.schema, &field.ty).ok_or(Misfit::Type)? as usize;
        let words = self.words.get_mut(offset..).and_then(|words| words.get_mut(..length)).ok_or(Misfit::Type)?;
        Ok(Slot { schema: self.schema, ty: &field.ty, words, heap: self.heap })
    }

    /// The place for the elements of a list or set.
    ///
    /// # Errors
    /// [`Misfit`].
    pub fn elements(self) -> Result<Elements<'f>, Misfit> {
        let (element, room) = match self.ty {
            Type::List(element, most) => (element, Room::List(*most as usize)),
            Type::Set(element) => {
                let words = vec![0; size(self.schema, element).unwrap_or(0) as usize];
                (element, Room::Set { words, heap: Vec::new(), members: Vec::new() })
            }
            _ => return Err(Misfit::Type),
        };
        Ok(Elements { slot: self, element, count: 0, room })
    }

    #[inline(always)]
    fn word(self, word: u64) -> Result<(), Misfit> {
        self.words[0] = word;
        Ok(())
    }
}

impl Elements<'_> {
    /// The place for the next element.
    ///
    /// # Errors
    /// [`Misfit::Range`] when the list is full.
    pub fn next_slot(&mut self) -> Result<Slot<'_>, Misfit> {
        self.keep();
        let Elements { slot: Slot { schema, words, heap, .. }, element, count, room } = self;
        let at = *count;
        match room {
            Room::List(most) if at >= *most => Err(Misfit::Range),
            Room::List(_) => {
                *count += 1;
                words[0] = *count as u64;
                let stride = size(schema, element).unwrap_or(0) as usize;
                let words = words[1..].get_mut(at * stride..).and_then(|words| words.get_mut(..stride));
                Ok(Slot { schema, ty: element, words: words.ok_or(Misfit::Range)?, heap })
            }
            Room::Set { words, heap, .. } => {
                *count += 1;
                words.fill(0);
                heap.clear();
                Ok(Slot { schema, ty: element, words, heap })
            }
        }
    }

    /// Ends the list or set.
    ///
    /// # Errors
    /// [`Misfit::HeapFull`].
    pub fn finish(mut self) -> Result<(), Misfit> {
        self.keep();
        match self.room {
            Room::List(_) => Ok(()),
            Room::Set { members, .. } => {
                let table = SetTable::encode(members).ok_or(Misfit::HeapFull)?;
                self.slot.words[0] = text_word(&table, self.slot.heap)?;
                Ok(())
            }
        }
    }

    /// Copies the last element of a set.
    fn keep(&mut self) {
        let schema = self.slot.schema;
        if let Room::Set { words, heap, members } = &mut self.room
            && self.count > members.len()
        {
            members.push(element_bytes(schema, self.element, &read(schema, self.element, words, heap)));
        }
    }
}

fn in_range(value: i64, (least, most): (i64, i64)) -> bool {
    (least..=most).contains(&value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::{Frame, Layout};
    use crate::pipeline::{self, SourceFile};
    use crate::types::EnumId;
    use crate::value::Value;
    use atbac_grammar::syntax::Stage;
    use std::sync::Arc;

    const POLICY: &str = r#"
package p;
floor circumstance: asserted;
enum Action { read, write }
request Ask {
  call action: asserted Action,
  call length: asserted Duration,
  call digest: asserted Digest<4>,
  call network: asserted Cidr,
  call address: asserted IpAddr,
  call many: asserted [Int; 2],
  call numbers: asserted Set<Int>,
  call text: asserted String?,
}
permit one for Ask;
"#;

    /// Whether a field takes a value.
    fn takes(field: &str, value: &Value) -> bool {
        let checked = pipeline::parse([SourceFile { name: "p.atbac".into(), text: POLICY.into() }]).check();
        let schema = checked.map_err(|refused| format!("{:?}", refused.diagnostics)).unwrap().policy.schema;
        let request = schema.requests.iter().find(|request| request.name == "Ask").unwrap();
        let mut frame = Frame::new(Arc::new(Layout::new(&schema, request, Stage::Call).unwrap()));
        let at = request.fields.iter().position(|known| known.name == field).unwrap();
        let put = frame.filling(&schema, request).field(at).unwrap().value(value);
        assert!(matches!(put, Ok(()) | Err(Misfit::Type)));
        put.is_ok() && frame.words().iter().any(|word| *word != 0)
    }

    #[test]
    fn a_place_takes_nothing_but_values_of_its_type() {
        let case = |at| Value::Case(EnumId(0), at);
        let network = |prefix| Value::Cidr("10.0.0.128".parse().unwrap(), prefix);
        let mapped = Value::IpAddr("::ffff:10.0.0.1".parse().unwrap());
        for (field, right, wrong) in [
            ("action", case(1), vec![case(2), case(9999), Value::Case(EnumId(1), 0), Value::Int(1)]),
            (
                "length",
                Value::Duration(1),
                vec![Value::Duration(i64::MAX), Value::Duration(i64::MIN), Value::Instant(1)],
            ),
            ("digest", Value::Bytes([1; 4].into()), vec![Value::Bytes([1; 2].into()), Value::Bytes([1; 5].into())]),
            ("network", network(25), vec![network(24), network(33)]),
            ("address", Value::IpAddr("10.0.0.1".parse().unwrap()), vec![mapped]),
            (
                "many",
                Value::List(vec![Value::Int(1)]),
                vec![Value::List(vec![Value::Int(1); 3]), Value::List(vec![Value::Bool(true)])],
            ),
            ("numbers", Value::set(vec![Value::Int(2), Value::Int(1)]), vec![Value::set(vec![Value::Bool(true)])]),
            ("text", Value::string("a"), vec![Value::Int(1)]),
        ] {
            assert!(takes(field, &right), "{field}: {right:?}");
            for wrong in wrong {
                assert!(!takes(field, &wrong), "{field}: {wrong:?}");
            }
        }
    }
}
