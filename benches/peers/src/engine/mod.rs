//! The engines: each writes the workload's rules down as its own documentation recommends, loads them, and answers the stream.
//!
//! | name | what |
//! |---|---|
//! | `rust-str` | the rules by hand in Rust, over texts; every ratio is to this one |
//! | `rust-interned` | the same over numbers, all texts looked up beforehand |
//! | `atbac`, `atbac-template` | machine code, of rules written out and of one template applied to each |
//! | `atbac-interpreter` | the same rules by the reference interpreter |
//! | `roto` | machine code of one function a rule, over numbers; with the feature of this name |
//! | `wirefilter`, `wirefilter-picked` | all filters in turn, and those that the host picks by the tool |
//! | `cel`, `cel-picked` | the same of expressions |
//! | `regorus`, `regorus-keyed` | one Rego rule that goes through all policies as data, and one that finds them by the tool |
//! | `cedar`, `cedar-sliced` | one policy set, and one for each tool, which the host picks |

mod atbac;
mod call;
mod cedar;
mod cel;
mod pick;
mod regorus;
#[cfg(feature = "roto")]
mod roto;
mod rust;
mod symbols;
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
    Entrant { name: "rust-str", load: rust::load_str, takes: all },
    Entrant { name: "rust-interned", load: rust::load_interned, takes: without_globs },
    Entrant { name: "atbac", load: atbac::load, takes: all },
    Entrant { name: "atbac-template", load: atbac::load_template, takes: naming_tools },
    Entrant { name: "atbac-interpreter", load: atbac::load_interpreter, takes: all },
    #[cfg(feature = "roto")]
    Entrant { name: "roto", load: roto::load, takes: up_to_1_000 },
    Entrant { name: "wirefilter", load: wirefilter::load, takes: up_to_10_000 },
    Entrant { name: "wirefilter-picked", load: wirefilter::load_picked, takes: naming_up_to_10_000_tools },
    Entrant { name: "cel", load: cel::load, takes: up_to_10_000 },
    Entrant { name: "cel-picked", load: cel::load_picked, takes: naming_up_to_10_000_tools },
    Entrant { name: "regorus", load: regorus::load, takes: up_to_1_000 },
    Entrant { name: "regorus-keyed", load: regorus::load_keyed, takes: naming_up_to_10_000_tools },
    Entrant { name: "cedar", load: cedar::load, takes: up_to_10_000 },
    Entrant { name: "cedar-sliced", load: cedar::load_sliced, takes: naming_up_to_10_000_tools },
];

fn all(_: Kind) -> bool {
    true
}

fn without_globs(kind: Kind) -> bool {
    !matches!(kind, Kind::W3(_))
}

fn naming_tools(kind: Kind) -> bool {
    matches!(kind, Kind::W2(_))
}

/// At 10,000 policies Roto, with a function for each, compiles for half a minute, and a rule of regorus that goes through them runs into its limit of
/// instructions.
fn up_to_1_000(kind: Kind) -> bool {
    match kind {
        Kind::W1 => true,
        Kind::W2(count) | Kind::W3(count) => count <= 1_000,
    }
}

fn up_to_10_000(kind: Kind) -> bool {
    match kind {
        Kind::W1 => true,
        Kind::W2(count) | Kind::W3(count) => count <= 10_000,
    }
}

fn naming_up_to_10_000_tools(kind: Kind) -> bool {
    naming_tools(kind) && up_to_10_000(kind)
}

pub(crate) use atbac::surroundings;
