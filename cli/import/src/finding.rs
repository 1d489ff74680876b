//! What an import has to say about its source.

use std::collections::HashSet;
use std::fmt;

/// Where in a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The name of the file.
    pub file: String,
    /// From 1 on.
    pub line: usize,
    /// From 1 on, in characters.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is wrong: something of the source has no say in the decision.
    Note,
    /// It was understood; read what it became.
    Warning,
    /// It was not understood: the import permits less than the source.
    NotUnderstood,
}

impl Level {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::NotUnderstood => "not understood",
        }
    }
}

/// A stable name for a kind of finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// Part of the source that has no say in who is permitted.
    NoSay,
    /// Facts that the service which embeds the engine must provide.
    Local,
    /// Reference values that the source only names: they are to be filled in.
    Reference,
    /// A name of another product or of the past, understood as what it must mean.
    Alias,
    /// The format has no age of evidence.
    Age,
    /// The source asks nothing about a kind of fact, so the package's floor is lower.
    Floor,
    /// A condition that never holds in the source either.
    NeverHolds,
    /// The import asks for more than the source, because the language says it more strictly.
    Narrower,
    /// The source allows what a careful policy refuses.
    Careless,
    /// A claim without a counterpart in the standard library.
    NoCounterpart,
    /// A value of another form than its claim has.
    Value,
    /// A form that this import does not understand.
    Form,
}

impl Code {
    /// The name, as findings show it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::NoSay => "atbac::import::no_say",
            Code::Local => "atbac::import::local",
            Code::Reference => "atbac::import::reference",
            Code::Alias => "atbac::import::alias",
            Code::Age => "atbac::import::age",
            Code::Floor => "atbac::import::lower_floor",
            Code::NeverHolds => "atbac::import::never_holds",
            Code::Narrower => "atbac::import::narrower",
            Code::Careless => "atbac::import::careless",
            Code::NoCounterpart => "atbac::import::no_counterpart",
            Code::Value => "atbac::import::value",
            Code::Form => "atbac::import::unknown_form",
        }
    }

    /// How much findings of this kind matter.
    pub fn level(self) -> Level {
        match self {
            Code::NoSay | Code::Local => Level::Note,
            Code::Reference
            | Code::Alias
            | Code::Age
            | Code::Floor
            | Code::NeverHolds
            | Code::Narrower
            | Code::Careless => Level::Warning,
            Code::NoCounterpart | Code::Value | Code::Form => Level::NotUnderstood,
        }
    }
}

/// One thing to know about an import.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// Where; absent for what concerns the whole source.
    pub place: Option<Place>,
    /// What was found, and what became of it.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Finding {
    /// How much it matters.
    pub fn level(&self) -> Level {
        self.code.level()
    }
}

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Finding>,
    seen: HashSet<Finding>,
}

impl Findings {
    pub(crate) fn add(
        &mut self,
        code: Code,
        place: Option<&Place>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = Finding { code, place: place.cloned(), message: message.into(), help: help.into() };
        // A rule that several others use is read once for each of them.
        if self.seen.insert(finding.clone()) {
            self.found.push(finding);
        }
    }

    /// By place; those without one first.
    pub(crate) fn sorted(mut self) -> Vec<Finding> {
        self.found.sort_by(|a, b| a.place.cmp(&b.place));
        self.found
    }
}
