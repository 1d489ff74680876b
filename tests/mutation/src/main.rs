//! Takes every check of the verifiers out in turn, and expects the tests to notice.
//!
//! `cargo run -p atbac-mutation` does it; `-- --list` only lists the checks; any other argument selects those in whose place (`snp/vek.rs:30
//! in read`) it occurs. In order:
//! 1. `copy`: the repository's files, in the target folder. No evidence from outside the repository lies beside it.
//! 2. `checks`: a switch in every check of `engine/evidence/src`. One build serves all.
//! 3. `suite`: the tests, once with nothing taken out, then once for each check.
//!
//! A check whose loss no test notices has survived. `accepted.json` names those that may, each with the reason; anything else that
//! survives fails the run, and so does a reason that is no longer needed.

#![forbid(unsafe_code)]

mod accepted;
mod checks;
mod copy;
mod suite;

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use accepted::Accepted;
use checks::Check;
use suite::{Outcome, Suite};

/// The crate whose checks are taken out.
const SOURCES: &str = "engine/evidence/src";

/// What a switch does. It is named by its number: the one in `TAKEN_OUT` is off, and a file in `CAME_TO` gets the numbers of those that a
/// test comes to, each once.
const SWITCH: &str = r#"
pub(crate) fn switch(number: usize) -> bool {
    use std::collections::BTreeSet;
    use std::io::Write;
    use std::sync::{LazyLock, Mutex};
    static OUT: LazyLock<Option<usize>> =
        LazyLock::new(|| std::env::var("TAKEN_OUT").ok().and_then(|number| number.parse().ok()));
    static TRACE: LazyLock<Option<Mutex<(BTreeSet<usize>, std::fs::File)>>> = LazyLock::new(|| {
        let file = std::fs::OpenOptions::new().append(true).open(std::env::var_os("CAME_TO")?).ok()?;
        Some(Mutex::new((BTreeSet::new(), file)))
    });
    if let Some(trace) = &*TRACE {
        let (seen, file) = &mut *trace.lock().expect("no test fails while it is traced");
        if seen.insert(number) {
            writeln!(file, "{number}").expect("the trace can be written");
        }
    }
    *OUT == Some(number)
}
"#;

/// A check and the file it is in.
struct Located {
    file: PathBuf,
    check: Check,
}

impl fmt::Display for Located {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Check { line, function, source, effect, .. } = &self.check;
        write!(formatter, "{}:{line} in {function}: {effect}: {source}", self.file.display())
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (options, filters): (Vec<_>, Vec<_>) = arguments.into_iter().partition(|argument| argument.starts_with("--"));
    let list = match &options[..] {
        [] => false,
        [option] if option == "--list" => true,
        [other, ..] => return Err(format!("`{other}` is no option: there is `--list`").into()),
    };

    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository.join("target"), PathBuf::from);
    // Not the target folder itself: the copy's crates have the same names, and would be built over the repository's.
    let target = target.join("mutation");
    let tree = target.join("tree");
    copy::files(&repository, &tree, SOURCES)?;
    let located = switched(&repository.join(SOURCES), &tree.join(SOURCES))?;
    let selected = |located: &Located| {
        let place = located.to_string();
        filters.is_empty() || filters.iter().any(|filter| place.contains(filter))
    };
    let chosen: Vec<(usize, &Located)> = located.iter().enumerate().filter(|(_, check)| selected(check)).collect();
    if list {
        for (number, check) in &chosen {
            println!("{number:4} {check}");
        }
        println!(
            "{} checks, {} of them supposed",
            chosen.len(),
            chosen.iter().filter(|(_, at)| at.check.supposed).count()
        );
        return Ok(ExitCode::SUCCESS);
    }

    let accepted = Accepted::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("accepted.json"))?;
    let suite = Suite::build(&tree, &target)?;
    let begun = Instant::now();
    let mut survivors = 0;
    let mut unneeded = 0;
    for (number, check) in &chosen {
        match (suite.run_without(*number)?, accepted.reason(check)) {
            (Outcome::Noticed, None) => {}
            (Outcome::Noticed, Some(_)) => {
                unneeded += 1;
                println!("NOTICED, though accepted.json says it cannot be: {check}");
            }
            (Outcome::Survived, None) => {
                survivors += 1;
                println!("SURVIVED: {check}");
            }
            (Outcome::Untested, _) if check.check.supposed => {}
            (Outcome::Untested, None) => {
                survivors += 1;
                println!("UNTESTED: {check}");
            }
            (Outcome::Survived | Outcome::Untested, Some(reason)) => println!("accepted: {check}\n          {reason}"),
        }
    }
    for entry in accepted.without_a_check(&located) {
        unneeded += 1;
        println!("NO SUCH CHECK, though accepted.json names it: {entry}");
    }
    println!(
        "{} checks taken out in {} s: {survivors} survived, {unneeded} reasons are not needed",
        chosen.len(),
        begun.elapsed().as_secs()
    );
    Ok(if survivors + unneeded == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the sources under `from` to `to`, with a switch in every check.
fn switched(from: &Path, to: &Path) -> Result<Vec<Located>, Box<dyn Error>> {
    let mut located = vec![];
    for source in copy::sources(from)? {
        let file = source.strip_prefix(from)?;
        let (mut written, checks) = checks::switched(&std::fs::read_to_string(&source)?, located.len())
            .map_err(|error| format!("{}: {error}", file.display()))?;
        located.extend(checks.into_iter().map(|check| Located { file: file.to_owned(), check }));
        if file == Path::new("lib.rs") {
            // What the switches leave unused or in parentheses is no one's concern.
            written = format!("#![allow(warnings)]\n{written}{SWITCH}");
        }
        copy::write_if_other(&to.join(file), written.as_bytes())?;
    }
    Ok(located)
}
