//! What is asked of sets, of which those that were loaded change by the passing of time.

use super::value::{Found, Seen};
use super::{Point, lies_in};
use crate::checked::{Term, TermKind};
use crate::reference::{Reference, Windows};
use crate::time::FOREVER;
use crate::truth::{Timed, Truth};
use crate::types::ReferenceId;
use crate::value::Value;

/// A set: the values in it at any time, ascending.
enum Set<'a> {
    /// Always these.
    Fixed(&'a [Value]),
    /// Each at its time.
    Dated(&'a [(Value, Windows)]),
    /// There is none, as the value that holds it is not there.
    NotThere,
    /// It was never loaded.
    NotLoaded,
}

impl<'a> Set<'a> {
    /// Whether a value is in it, and until when that is so.
    fn has(&self, value: &Value, now: i64) -> (bool, i64) {
        match self {
            Set::Fixed(values) => (values.binary_search(value).is_ok(), FOREVER),
            Set::Dated(values) => match values.binary_search_by(|(known, _)| known.cmp(value)) {
                Ok(at) => values[at].1.at(now),
                Err(_) => (false, FOREVER),
            },
            Set::NotThere | Set::NotLoaded => (false, FOREVER),
        }
    }

    /// The values in it, each with whether it is now and until when.
    fn each(&self, now: i64) -> impl Iterator<Item = (&'a Value, bool, i64)> + use<'a> {
        let (fixed, dated): (&[Value], &[(Value, Windows)]) = match self {
            Set::Fixed(values) => (values, &[]),
            Set::Dated(values) => (&[], values),
            Set::NotThere | Set::NotLoaded => (&[], &[]),
        };
        let dated = dated.iter().map(move |(value, windows)| {
            let (counts, until) = windows.at(now);
            (value, counts, until)
        });
        fixed.iter().map(|value| (value, true, FOREVER)).chain(dated)
    }
}

impl<'a> Point<'a, '_> {
    /// Whether a value is in a set.
    pub(super) fn in_set(&self, term: &'a Term, set: &'a Term) -> Timed {
        let now = self.question.now;
        let set = self.set(set);
        match set {
            Set::NotThere => return Timed::fixed(false),
            Set::NotLoaded => {
                // A value that is not there is in no set, loaded or not.
                let (found, until) = self.find(term);
                return match found {
                    Found::NotThere => Timed::fixed(false),
                    Found::Value(_) | Found::NotLoaded => Timed { truth: Truth::Indeterminate, until },
                };
            }
            Set::Fixed(_) | Set::Dated(_) => {}
        }
        self.ask_timed(term, |seen| {
            let (has, until) = match &seen {
                Seen::Value(value) => set.has(value, now),
                Seen::Integer(_) | Seen::Bytes(_) | Seen::Digest(..) => {
                    let same = set.each(now).find(|(value, ..)| seen.equals(value));
                    same.map_or((false, FOREVER), |(_, counts, until)| (counts, until))
                }
            };
            Timed { truth: has.into(), until }
        })
    }

    /// Whether every value that is in the first set is in the second.
    pub(super) fn subset(&self, inner: &'a Term, outer: &'a Term) -> Timed {
        let now = self.question.now;
        let (inner, outer) = (self.set(inner), self.set(outer));
        match (&inner, &outer) {
            (Set::NotThere, _) | (_, Set::NotThere) => return Timed::fixed(false),
            (Set::NotLoaded, _) | (_, Set::NotLoaded) => return Timed::fixed(Truth::Indeterminate),
            (Set::Fixed(_) | Set::Dated(_), Set::Fixed(_) | Set::Dated(_)) => {}
        }
        let (mut all, mut until) = (true, FOREVER);
        for (value, counts, inner_until) in inner.each(now) {
            let (has, outer_until) = outer.has(value, now);
            all &= has || !counts;
            until = until.min(inner_until).min(outer_until);
        }
        Timed { truth: all.into(), until }
    }

    /// Whether an address lies in one of the networks that count now.
    pub(super) fn in_networks(&self, address: &'a Term, networks: ReferenceId) -> Timed {
        let now = self.question.now;
        let set = self.reference_set(networks);
        let (found, until) = self.find(address);
        match (found, set) {
            (Found::NotThere, _) => Timed::fixed(false),
            (Found::NotLoaded, _) | (Found::Value(_), Set::NotThere | Set::NotLoaded) => {
                Timed { truth: Truth::Indeterminate, until }
            }
            (Found::Value(address), set @ (Set::Fixed(_) | Set::Dated(_))) => {
                let around = set.each(now).filter(|(network, ..)| lies_in(address.value(), Some(network)));
                around.fold(Timed { truth: Truth::False, until }, |sum, (_, counts, until)| Timed {
                    truth: if counts { Truth::True } else { sum.truth },
                    until: sum.until.min(until),
                })
            }
        }
    }

    /// Whether a reference value can be used: true, or indeterminate. Of a set, until one of its values begins or ceases to count.
    pub(super) fn loaded(&self, id: ReferenceId) -> Timed {
        let now = self.question.now;
        match self.question.references.get(id.index()).and_then(Option::as_ref) {
            None => Timed::fixed(Truth::Indeterminate),
            Some(Reference::One(_, windows)) => {
                let (counts, until) = windows.at(now);
                Timed { truth: if counts { Truth::True } else { Truth::Indeterminate }, until }
            }
            Some(Reference::Set(values)) => {
                let until = values.iter().map(|(_, windows)| windows.at(now).1).min().unwrap_or(FOREVER);
                Timed { truth: Truth::True, until }
            }
        }
    }

    fn set(&self, term: &'a Term) -> Set<'a> {
        let value = match &term.kind {
            TermKind::Constant(value) => Some(value),
            TermKind::Place(place) => self.read(place),
            TermKind::Reference(id) => return self.reference_set(*id),
            // The checker lets no other term stand for a set here.
            TermKind::Arithmetic(..)
            | TermKind::Slice(..)
            | TermKind::Hash(..)
            | TermKind::If(..)
            | TermKind::Set(_) => None,
        };
        match value {
            Some(Value::Set(values)) => Set::Fixed(values),
            _ => Set::NotThere,
        }
    }

    fn reference_set(&self, id: ReferenceId) -> Set<'a> {
        match self.question.references.get(id.index()).and_then(Option::as_ref) {
            Some(Reference::Set(values)) => Set::Dated(values),
            Some(Reference::One(..)) | None => Set::NotLoaded,
        }
    }
}
