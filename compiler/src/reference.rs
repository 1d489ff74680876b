//! Reference values as they are loaded: each with the time in which it counts.

use crate::time::FOREVER;
use crate::value::Value;

/// From when until when something counts, in milliseconds since 1970: from the first instant, before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Window {
    /// It counts from here on.
    pub from: i64,
    /// It no longer counts from here on; [`FOREVER`] if it does not end.
    pub until: i64,
}

impl Window {
    /// The whole of time.
    pub const ALWAYS: Window = Window { from: i64::MIN, until: FOREVER };
}

/// Several windows: ascending, none empty, none touching the next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Windows(Box<[Window]>);

impl Windows {
    /// The time that any of these windows covers.
    pub fn new(windows: impl IntoIterator<Item = Window>) -> Self {
        let mut windows: Vec<Window> = windows.into_iter().filter(|window| window.from < window.until).collect();
        windows.sort_unstable();
        windows.dedup_by(|next, last| {
            let joined = next.from <= last.until;
            if joined {
                last.until = last.until.max(next.until);
            }
            joined
        });
        Windows(windows.into())
    }

    /// Whether `now` lies in one of them, and the first instant after it at which that changes; [`FOREVER`] if it never does.
    pub fn at(&self, now: i64) -> (bool, i64) {
        match self.0.iter().find(|window| now < window.until) {
            Some(window) if window.from <= now => (true, window.until),
            Some(window) => (false, window.from),
            None => (false, FOREVER),
        }
    }
}

/// A reference value that was loaded.
#[derive(Clone, Debug, PartialEq)]
pub enum Reference {
    /// One value. Outside of its time it cannot be used, as if it were not loaded.
    One(Value, Windows),
    /// A set: ascending, each value once. Outside of its time a value is not in it.
    Set(Vec<(Value, Windows)>),
}

impl Reference {
    /// A value that counts at any time; a set value becomes a set.
    pub fn always(value: Value) -> Self {
        let always = Windows::new([Window::ALWAYS]);
        match value {
            Value::Set(values) => Reference::Set(values.into_iter().map(|value| (value, always.clone())).collect()),
            value => Reference::One(value, always),
        }
    }
}
