//! The checks that may survive, each with the reason.

use std::fmt;
use std::path::Path;

use serde_json::Value;

use crate::{Failure, Located};

/// The entries of `accepted.json`: an array of objects with the texts `file`, `function`, `effect`, `source` and `why`.
pub(crate) struct Accepted(Vec<Entry>);

/// One check that may survive. Lines move, so it is named by its function and source.
pub(crate) struct Entry {
    file: String,
    function: String,
    effect: String,
    source: String,
    why: String,
}

impl Accepted {
    /// Reads the file.
    ///
    /// # Errors
    /// If it is not there, or is not such an array.
    pub(crate) fn read(file: &Path) -> Result<Self, Failure> {
        let entries: Value = serde_json::from_slice(&std::fs::read(file)?)?;
        let entries = entries.as_array().ok_or("accepted.json is not an array")?;
        entries.iter().map(Entry::read).collect::<Result<_, _>>().map(Self)
    }

    /// Why `located` may survive.
    pub(crate) fn reason(&self, located: &Located) -> Option<&str> {
        self.0.iter().find(|entry| entry.names(located)).map(|entry| entry.why.as_str())
    }

    /// The entries that name a check that was noticed, and none that was not. Several checks of a function may look alike: one of them is enough.
    pub(crate) fn unneeded(&self, noticed: &[&Located], unnoticed: &[&Located]) -> impl Iterator<Item = &Entry> {
        let names_one = |entry: &Entry, of: &[&Located]| of.iter().any(|located| entry.names(located));
        self.0.iter().filter(move |entry| names_one(entry, noticed) && !names_one(entry, unnoticed))
    }

    /// The entries that name no check there is.
    pub(crate) fn without_a_check(&self, all: &[Located]) -> impl Iterator<Item = &Entry> {
        self.0.iter().filter(|entry| !all.iter().any(|located| entry.names(located)))
    }
}

impl Entry {
    fn read(value: &Value) -> Result<Self, Failure> {
        let text = |name: &str| {
            let text = value[name].as_str().map(str::to_owned);
            text.ok_or_else(|| format!("an entry of accepted.json has no text `{name}`: {value}"))
        };
        Ok(Self {
            file: text("file")?,
            function: text("function")?,
            effect: text("effect")?,
            source: text("source")?,
            why: text("why")?,
        })
    }

    fn names(&self, Located { file, check }: &Located) -> bool {
        file == Path::new(&self.file)
            && check.function == self.function
            && check.effect == self.effect
            && check.source == self.source
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {}: {}: {}", self.file, self.function, self.effect, self.source)
    }
}
