//! Sets that are not known when compiled: those of fields, in heaps, and reference sets, which helpers search.

use super::abi::REFERENCE_SET;
use super::body::{Body, Room, TRUSTED, WORD};
use super::helper::Helper;
use super::text::Text;
use crate::ir::{Integer, Key, Set};
use cranelift_codegen::ir::{InstBuilder, Value};

impl Body<'_> {
    /// Whether a value is in a set now, and until when that stays so.
    pub(super) fn in_set(&mut self, key: &Key, set: &Set) -> (Value, Value) {
        let (address, length) = self.key(key, Room::First);
        let (set, set_length) = self.set(set);
        self.call_timed(Helper::InSet, &[set, set_length, address, length])
    }

    /// Whether every element of the first set is in the second now, and until when that stays so.
    pub(super) fn subset(&mut self, inner: &Set, outer: &Set) -> (Value, Value) {
        let ((inner, inner_length), (outer, outer_length)) = (self.set(inner), self.set(outer));
        self.call_timed(Helper::Subset, &[inner, inner_length, outer, outer_length])
    }

    /// The bytes of a value that may be in a set, and their number. What is computed of it lies in the room.
    pub(super) fn key(&mut self, key: &Key, room: Room) -> (Value, Value) {
        match key {
            Key::Integer(integer) => (self.integer_address(integer, room), self.word(i64::from(WORD))),
            Key::Words(count, words) => {
                let source = self.words(words);
                (self.words_address(source), self.word(i64::from(*count) * i64::from(WORD)))
            }
            Key::Text(text) => {
                let text = self.text(text, room);
                (self.text_address(text), self.text_length(text))
            }
        }
    }

    fn integer_address(&mut self, integer: &Integer, room: Room) -> Value {
        match integer {
            Integer::Constant(value) => {
                let constant = self.constants.words([*value as u64]);
                self.constant(constant)
            }
            Integer::Slot(slot) => self.slot_address(*slot),
            Integer::Reference(reference) => self.reference_data(*reference),
            Integer::Row(column) => {
                let (row, offset) = self.cell(*column);
                self.builder.ins().iadd_imm_u(row, i64::from(offset))
            }
            Integer::Computed(..) => {
                let (value, place) = (self.integer(integer), self.room(room));
                self.builder.ins().store(TRUSTED, value, place, 0);
                place
            }
        }
    }

    /// A set as [`Helpers::in_set`](super::abi::Helpers::in_set) takes it.
    fn set(&mut self, set: &Set) -> (Value, Value) {
        let table = match set {
            Set::Constant(table) => Text::Constant(table),
            Set::Slot(slot) => self.text_at(*slot),
            Set::Reference(reference) => {
                return (self.reference_data(*reference), self.word(REFERENCE_SET as i64));
            }
        };
        (self.text_address(table), self.text_length(table))
    }
}
