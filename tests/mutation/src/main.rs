//! Takes every check of the verifiers out in turn, or changes the compiler at every turn, and expects the tests to notice.
//!
//! `cargo run -p atbac-mutation` does it for the verifiers, `-- --target=compiler` for the compiler. `--list` only lists the places;
//! `--every=20` tries each twentieth; any other argument selects those in whose place (`snp/vek.rs:30 in read`) it occurs. In order:
//! 1. `copy`: the repository's files, in the target folder. No evidence from outside the repository lies beside it.
//! 2. `checks`, `meaning`: a switch in every check, or at every turn. One build serves all.
//! 3. `suite`: the tests, once with nothing changed, then once for each switch.
//!
//! A change that no test notices has survived. The target's file of accepted survivors names those that may, each with the reason; anything else
//! that survives fails the run, and so does a reason that is no longer needed.

#![forbid(unsafe_code)]

mod accepted;
mod checks;
mod copy;
mod meaning;
mod parallel;
mod source;
mod suite;
mod target;

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use accepted::Accepted;
use source::Check;
use suite::{Outcome, Suite};
use target::{TARGETS, Target};

/// What a switch does. It is named by its number: the one in `TAKEN_OUT` is off, and a file in `CAME_TO` gets the numbers of those that a
/// test comes to, each once. A compiler comes to them very often, so those that were seen are told without a lock.
const SWITCH: &str = r#"
pub(crate) fn switch(number: usize) -> bool {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{LazyLock, Mutex};
    static OUT: LazyLock<Option<usize>> =
        LazyLock::new(|| std::env::var("TAKEN_OUT").ok().and_then(|number| number.parse().ok()));
    static TRACE: LazyLock<Option<Mutex<std::fs::File>>> = LazyLock::new(|| {
        let file = std::fs::OpenOptions::new().append(true).open(std::env::var_os("CAME_TO")?).ok()?;
        Some(Mutex::new(file))
    });
    static SEEN: [AtomicBool; 1 << 16] = [const { AtomicBool::new(false) }; 1 << 16];
    if let Some(trace) = &*TRACE
        && !SEEN[number].swap(true, Ordering::Relaxed)
    {
        let mut file = trace.lock().expect("no test fails while it is traced");
        writeln!(file, "{number}").expect("the trace can be written");
    }
    *OUT == Some(number)
}
"#;

/// Whatever keeps the run from its end.
type Failure = Box<dyn Error + Send + Sync>;

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

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (options, filters): (Vec<_>, Vec<_>) = arguments.into_iter().partition(|argument| argument.starts_with("--"));
    let (mut list, mut every, mut target) = (false, 1usize, &TARGETS[0]);
    for option in &options {
        match option.split_once('=') {
            None if option == "--list" => list = true,
            Some(("--every", number)) => every = number.parse::<usize>()?.max(1),
            Some(("--target", name)) => {
                let names = || TARGETS.iter().map(|known| known.name).collect::<Vec<_>>().join("` and `");
                let known = TARGETS.iter().find(|known| known.name == name);
                target = known.ok_or_else(|| format!("`{name}` is no target: there are `{}`", names()))?;
            }
            None | Some(_) => {
                return Err(format!("`{option}` is no option: there are `--list`, `--every=` and `--target=`").into());
            }
        }
    }

    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repository.join("target"), PathBuf::from);
    // Not the target folder itself: the copy's crates have the same names, and would be built over the repository's.
    let folder = folder.join("mutation");
    let tree = folder.join("tree");
    copy::files(&repository, &tree, target.sources)?;
    let located = switched(target, &repository.join(target.sources), &tree.join(target.sources))?;
    let selected = |located: &Located| {
        let place = located.to_string();
        filters.is_empty() || filters.iter().any(|filter| place.contains(filter))
    };
    let chosen: Vec<(usize, &Located)> =
        located.iter().enumerate().filter(|(_, check)| selected(check)).step_by(every).collect();
    if list {
        for (number, check) in &chosen {
            println!("{number:4} {check}");
        }
        println!(
            "{} places, {} of them supposed",
            chosen.len(),
            chosen.iter().filter(|(_, at)| at.check.supposed).count()
        );
        return Ok(ExitCode::SUCCESS);
    }

    let accepted = Accepted::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(target.accepted))?;
    let suite = Suite::build(target, &tree, &folder)?;
    let begun = Instant::now();
    let mut survivors = 0;
    let mut late = 0;
    let (mut noticed, mut unnoticed): (Vec<&Located>, Vec<&Located>) = (vec![], vec![]);
    parallel::each(
        &chosen,
        |(number, _)| suite.run_without(*number),
        |(_, check), outcome| {
            let outcome = outcome?;
            late += usize::from(outcome == Outcome::Late);
            let is_noticed = matches!(outcome, Outcome::Noticed | Outcome::Late);
            if is_noticed { &mut noticed } else { &mut unnoticed }.push(*check);
            match (outcome, accepted.reason(check)) {
                (Outcome::Noticed | Outcome::Late, _) => {}
                (Outcome::Survived, None) => {
                    survivors += 1;
                    println!("SURVIVED: {check}");
                }
                (Outcome::Untested, _) if check.check.supposed => {}
                (Outcome::Untested, None) => {
                    survivors += 1;
                    println!("UNTESTED: {check}");
                }
                (Outcome::Survived | Outcome::Untested, Some(reason)) => {
                    println!("accepted: {check}\n          {reason}")
                }
            }
            Ok(())
        },
    )?;
    let mut unneeded = 0;
    for entry in accepted.unneeded(&noticed, &unnoticed) {
        unneeded += 1;
        println!("NOTICED, though {} says it cannot be: {entry}", target.accepted);
    }
    for entry in accepted.without_a_check(&located) {
        unneeded += 1;
        println!("NO SUCH PLACE, though {} names it: {entry}", target.accepted);
    }
    println!(
        "{} places tried in {} s: {survivors} survived, {unneeded} reasons are not needed; of {late} a test did not end in time",
        chosen.len(),
        begun.elapsed().as_secs()
    );
    Ok(if survivors + unneeded == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the sources under `from` to `to`, with the target's switches.
fn switched(target: &Target, from: &Path, to: &Path) -> Result<Vec<Located>, Failure> {
    let mut located = vec![];
    for source in copy::sources(from)? {
        let file = source.strip_prefix(from)?;
        let text = std::fs::read_to_string(&source)?;
        let (mut written, checks) = if target.covers(file) {
            (target.switched)(&text, located.len()).map_err(|error| format!("{}: {error}", file.display()))?
        } else {
            (text, Vec::new())
        };
        located.extend(checks.into_iter().map(|check| Located { file: file.to_owned(), check }));
        if file == Path::new("lib.rs") {
            // What the switches leave unused or in parentheses is no one's concern.
            written = format!("#![allow(warnings)]\n{written}{SWITCH}");
        }
        copy::write_if_other(&to.join(file), written.as_bytes())?;
    }
    Ok(located)
}
