//! The line on which the values of an ordered type stand, each at a position of its own, so that of each it is known which is next to it.

use crate::types::Type;
use crate::value::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where a value stands among those of its type: as wide as a version, which is the widest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position([u64; 3]);

impl Position {
    /// Before everything.
    pub(super) const FIRST: Position = Position([0; 3]);
    /// After everything.
    pub(super) const LAST: Position = Position([u64::MAX; 3]);

    /// Where a number stands: the sign's bit is turned over, so that negative ones come first.
    pub(super) fn of_number(number: i64) -> Self {
        Position([0, 0, (number as u64) ^ (1 << 63)])
    }

    /// Where a value stands; nothing for those of types without an order.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) | Value::Duration(number) | Value::Instant(number) => Some(Position::of_number(*number)),
            Value::Version(numbers) => Some(Position(*numbers)),
            Value::Bool(_)
            | Value::String(_)
            | Value::Bytes(_)
            | Value::Tcb(_)
            | Value::IpAddr(_)
            | Value::Cidr(..)
            | Value::Oid(_)
            | Value::Set(_)
            | Value::List(_)
            | Value::Case(..)
            | Value::Struct(..)
            | Value::Absent => None,
        }
    }

    /// The positions of all values of a type, from the first to the last.
    pub(super) fn of_all(ty: &Type) -> (Self, Self) {
        match ty {
            Type::Int | Type::Duration | Type::Instant => {
                (Position::of_number(i64::MIN), Position::of_number(i64::MAX))
            }
            _ => (Position::FIRST, Position::LAST),
        }
    }

    /// The next one; nothing after the last.
    pub(super) fn next(mut self) -> Option<Self> {
        for digit in self.0.iter_mut().rev() {
            let (next, carries) = digit.overflowing_add(1);
            *digit = next;
            if !carries {
                return Some(self);
            }
        }
        None
    }

    /// The one before; nothing before the first.
    pub(super) fn previous(mut self) -> Option<Self> {
        for digit in self.0.iter_mut().rev() {
            let (previous, borrows) = digit.overflowing_sub(1);
            *digit = previous;
            if !borrows {
                return Some(self);
            }
        }
        None
    }
}

/// Positions that are taken out of the line, as runs without gaps: however many there are, the next that is left is found at once.
#[derive(Clone, Debug, Default)]
pub(super) struct Holes(BTreeMap<Position, Position>);

impl Holes {
    /// Takes one more out.
    pub(super) fn add(&mut self, position: Position) {
        if self.end_of(position).is_some() {
            return;
        }
        let end = position.next().and_then(|next| self.0.remove(&next)).unwrap_or(position);
        let start = position.previous().and_then(|previous| {
            let (start, end) = self.0.range(..=previous).next_back()?;
            (*end == previous).then_some(*start)
        });
        self.0.insert(start.unwrap_or(position), end);
    }

    /// Whether nothing is left from one position to another, once these are taken out too.
    pub(super) fn fill(&self, from: Position, to: Position, more: &BTreeSet<Position>) -> bool {
        let mut at = from;
        while at <= to {
            let end = match self.end_of(at) {
                Some(end) => end,
                None if more.contains(&at) => at,
                None => return false,
            };
            match end.next() {
                Some(next) => at = next,
                None => return true,
            }
        }
        true
    }

    /// The last position of the run that this one is in.
    fn end_of(&self, position: Position) -> Option<Position> {
        let (_, end) = self.0.range(..=position).next_back()?;
        (position <= *end).then_some(*end)
    }
}
