//! What a file of reference values says of one value.

use atbac_compiler::reference::Window;
use atbac_compiler::time::FOREVER;
use atbac_compiler::value::Value;
use jiff::Timestamp;
use std::fmt;

/// One value of a reference, as a file has it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    pub(crate) state: State,
    /// The time outside of which it does not count, whatever its state.
    pub(crate) window: Window,
    /// Where the value comes from, for people.
    pub(crate) origin: Option<Box<str>>,
}

/// Where a value stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// Proposed: it does not count yet.
    Candidate,
    /// It counts.
    Active,
    /// On its way out: it counts until its end, which it must have.
    Deprecated,
    /// Withdrawn: it never counts, also where another entry says that it does.
    Revoked,
}

impl State {
    /// Every state, in the order of a value's life.
    pub(super) const ALL: [State; 4] = [State::Candidate, State::Active, State::Deprecated, State::Revoked];

    /// The word for it in files.
    pub(super) fn word(self) -> &'static str {
        match self {
            State::Candidate => "candidate",
            State::Active => "active",
            State::Deprecated => "deprecated",
            State::Revoked => "revoked",
        }
    }

    /// Whether a value in this state counts within its window.
    pub(super) fn counts(self) -> bool {
        match self {
            State::Active | State::Deprecated => true,
            State::Candidate | State::Revoked => false,
        }
    }
}

/// Why a reference value does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing was given for the reference.
    NotLoaded,
    /// It is only proposed.
    Candidate,
    /// It counts from this instant on.
    NotYet(Timestamp),
    /// It counted until this instant.
    Ended(Timestamp),
    /// It is withdrawn.
    Revoked,
}

impl Fault {
    /// The word for it in output.
    pub fn word(self) -> &'static str {
        match self {
            Fault::NotLoaded => "not_loaded",
            Fault::Candidate => "candidate",
            Fault::NotYet(_) => "not_yet",
            Fault::Ended(_) => "ended",
            Fault::Revoked => "revoked",
        }
    }
}

/// What follows the value or the reference in a sentence: "… is revoked".
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotLoaded => f.write_str("is not loaded"),
            Fault::Candidate => f.write_str("is only a candidate"),
            Fault::NotYet(from) => write!(f, "does not count before {from}"),
            Fault::Ended(until) => write!(f, "no longer counts since {until}"),
            Fault::Revoked => f.write_str("is revoked"),
        }
    }
}

/// Why none of these entries counts at `now`, and the entry that says so; `None` when one counts, or there is none.
///
/// Of several faults it is the one that decides: a revocation, or what changes next.
pub(super) fn fault<'a>(entries: impl IntoIterator<Item = &'a Entry>, now: i64) -> Option<(Fault, &'a Entry)> {
    let mut worst: Option<(Rank, &Entry)> = None;
    for entry in entries {
        let rank = rank(entry, now);
        if worst.is_none_or(|(other, _)| rank < other) {
            worst = Some((rank, entry));
        }
    }
    let (rank, entry) = worst?;
    let fault = match rank {
        Rank::Revoked => Fault::Revoked,
        Rank::Counts => return None,
        Rank::NotYet(from) => Fault::NotYet(instant(from)),
        Rank::Ended(_) => Fault::Ended(instant(entry.window.until)),
        Rank::Candidate => Fault::Candidate,
    };
    Some((fault, entry))
}

/// How much an entry says about whether its value counts, most first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Revoked,
    Counts,
    /// From this instant on: the nearest first.
    NotYet(i64),
    /// So long ago, in milliseconds: the latest first.
    Ended(i64),
    Candidate,
}

fn rank(entry: &Entry, now: i64) -> Rank {
    let Window { from, until } = entry.window;
    match entry.state {
        State::Revoked => Rank::Revoked,
        State::Candidate => Rank::Candidate,
        State::Active | State::Deprecated if now < from => Rank::NotYet(from),
        State::Active | State::Deprecated if now < until => Rank::Counts,
        State::Active | State::Deprecated => Rank::Ended(now.saturating_sub(until)),
    }
}

/// An instant of a file, where all are within the calendar.
fn instant(millisecond: i64) -> Timestamp {
    debug_assert!(millisecond != FOREVER);
    Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::MAX)
}
