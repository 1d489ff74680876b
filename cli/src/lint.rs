//! Levels of lints, as arguments set them.

use atbac_compiler::lint::{LEVELS, Level, Lint, Options};
use jiff::Timestamp;

/// Levels of lints.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Set a lint's level: `allow`, `warn` or `deny`. It goes before what the policies say; the last of several for one lint counts
    #[arg(long = "lint", value_name = "NAME=LEVEL", value_parser = argument)]
    levels: Vec<(Lint, Level)>,
}

impl Args {
    /// What the arguments set, with the clock of this moment.
    pub(crate) fn options(&self) -> Options {
        Options { now: Some(Timestamp::now().as_millisecond()), levels: self.levels.clone() }
    }
}

/// `shadowed_rule=deny`
fn argument(text: &str) -> Result<(Lint, Level), String> {
    let (name, level) = text.split_once('=').ok_or("expected `name=level`, such as `shadowed_rule=deny`")?;
    let names = || Lint::ALL.iter().map(|lint| lint.name()).collect::<Vec<_>>().join(", ");
    let lint = Lint::named(name).ok_or_else(|| format!("there is no lint `{name}`; the lints are {}", names()))?;
    let levels = || LEVELS.map(|(word, _)| format!("`{word}`")).join(", ");
    let level = Level::named(level).ok_or_else(|| format!("`{level}` is no level; the levels are {}", levels()))?;
    Ok((lint, level))
}
