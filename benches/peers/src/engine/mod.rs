//! The engines: each writes the workload's rules down as its own documentation recommends, loads them, and answers the stream.
//!
//! | name | what |
//! |---|---|
//! | `rust-str` | the rules by hand in Rust, over texts; every ratio is to this one |
//! | `rust-interned` | the same over numbers, all texts looked up beforehand |
//! | `atbac`, `atbac-template` | machine code, of rules written out and of one template applied to each |
//! | `atbac-interpreter` | the same rules by the reference interpreter |
//! | `wirefilter`, `wirefilter-picked` | all filters in turn, and those that the host picks by the tool |

mod atbac;
mod rust;
mod wirefilter;

use crate::measure::Load;
use crate::workload::{Kind, Workload};

/// How the input of a decision comes to the engine. What belongs to the session is bound beforehand in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setting {
    /// In the engine's own form, made beforehand.
    Prepared,
    /// The call's fields as texts and numbers that the engine has not seen before.
    Fields,
    /// The call as JSON text.
    Json,
}

impl Setting {
    /// All of them.
    pub(crate) const ALL: [Setting; 3] = [Setting::Prepared, Setting::Fields, Setting::Json];

    /// The word for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Setting::Prepared => "prepared",
            Setting::Fields => "fields",
            Setting::Json => "json",
        }
    }
}

/// An engine with a workload's policies in it.
pub(crate) trait Engine {
    /// Takes the stream: opens the sessions and makes the inputs that are made beforehand.
    fn prepare(&mut self, workload: &Workload);

    /// Decides the request at this position of the stream.
    fn decide(&mut self, setting: Setting, at: usize) -> bool;
}

/// An engine, loaded, and what that took.
pub(crate) struct Loaded {
    /// The engine.
    pub(crate) engine: Box<dyn Engine>,
    /// What loading took: from policies in the form that the engine documents to being ready.
    pub(crate) load: Load,
    /// The size of the policies' source, in bytes; none where they are Rust.
    pub(crate) source: Option<usize>,
}

/// An engine that can take part.
pub(crate) struct Entrant {
    /// Its name.
    pub(crate) name: &'static str,
    /// Loads a workload's policies.
    pub(crate) load: fn(&Workload) -> Loaded,
    /// Whether the workload is within what the engine can be asked in a reasonable time.
    pub(crate) takes: fn(Kind) -> bool,
}

/// All that can take part, the ratio base first.
pub(crate) const ENTRANTS: &[Entrant] = &[
    Entrant { name: "rust-str", load: rust::load_str, takes: |_| true },
    Entrant { name: "rust-interned", load: rust::load_interned, takes: |kind| !matches!(kind, Kind::W3(_)) },
    Entrant { name: "atbac", load: atbac::load, takes: |_| true },
    Entrant { name: "atbac-template", load: atbac::load_template, takes: |kind| matches!(kind, Kind::W2(_)) },
    Entrant { name: "atbac-interpreter", load: atbac::load_interpreter, takes: |_| true },
    Entrant { name: "wirefilter", load: wirefilter::load, takes: |_| true },
    Entrant { name: "wirefilter-picked", load: wirefilter::load_picked, takes: |kind| matches!(kind, Kind::W2(_)) },
];

pub(crate) use atbac::surroundings;
