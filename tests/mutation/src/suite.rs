//! The tests of the copy, and which checks each of them comes to.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Tests with one of these in their name go through everything there is of something, or through much at random. They take most of the
/// time, and no check may rest on them alone.
const SKIPPED: [&str; 5] = ["every_changed_", "every_truncation_", "::random_", "_never_panic", "signed_garbage_"];

/// The longest that a test may take with a check taken out. A loop that no longer ends has been noticed.
const PATIENCE: Duration = Duration::from_secs(120);

/// The built tests, the quickest first.
pub(crate) struct Suite {
    tests: Vec<Test>,
    /// Where the tests expect to be run.
    package: PathBuf,
}

struct Test {
    executable: PathBuf,
    name: String,
    takes: Duration,
    comes_to: BTreeSet<usize>,
}

/// What became of a check that was taken out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A test failed.
    Noticed,
    /// Tests come to it, and none failed.
    Survived,
    /// No test comes to it.
    Untested,
}

impl Suite {
    /// Builds the tests in the copy at `tree`, and runs each with nothing taken out.
    ///
    /// # Errors
    /// If they do not compile, or one fails.
    pub(crate) fn build(tree: &Path, target: &Path) -> Result<Self, Box<dyn Error>> {
        let package = tree.join("engine/evidence");
        let mut tests = vec![];
        for executable in executables(tree, target)? {
            let listed = Command::new(&executable).args(["--list", "--format", "terse"]).output()?;
            let listed = String::from_utf8(listed.stdout)?;
            let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
            for name in names.filter(|name| !SKIPPED.iter().any(|skipped| name.contains(skipped))) {
                let executable = executable.clone();
                tests.push(Test { executable, name: name.into(), takes: Duration::ZERO, comes_to: BTreeSet::new() });
            }
        }
        let trace = target.join("came_to");
        for test in &mut tests {
            fs::write(&trace, "")?;
            let begun = Instant::now();
            if !test.passes(&package, "CAME_TO", trace.as_os_str())? {
                return Err(format!("`{}` fails with no check taken out", test.name).into());
            }
            test.takes = begun.elapsed();
            test.comes_to = fs::read_to_string(&trace)?.lines().map(str::parse).collect::<Result<_, _>>()?;
        }
        tests.sort_by_key(|test| test.takes);
        Ok(Self { tests, package })
    }

    /// Runs the tests that come to the check of this number with it taken out, until one fails.
    ///
    /// # Errors
    /// If they cannot be run.
    pub(crate) fn run_without(&self, check: usize) -> Result<Outcome, Box<dyn Error>> {
        let mut outcome = Outcome::Untested;
        for test in self.tests.iter().filter(|test| test.comes_to.contains(&check)) {
            if !test.passes(&self.package, "TAKEN_OUT", check.to_string().as_ref())? {
                return Ok(Outcome::Noticed);
            }
            outcome = Outcome::Survived;
        }
        Ok(outcome)
    }
}

impl Test {
    /// Runs it with one variable in its environment.
    fn passes(&self, package: &Path, variable: &str, value: &std::ffi::OsStr) -> Result<bool, Box<dyn Error>> {
        let mut running = Command::new(&self.executable)
            .args(["--quiet", "--exact", &self.name])
            .current_dir(package)
            .env(variable, value)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let begun = Instant::now();
        loop {
            if let Some(status) = running.try_wait()? {
                return Ok(status.success());
            }
            if begun.elapsed() > PATIENCE {
                running.kill()?;
                running.wait()?;
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Builds the tests of the verifiers, and says where they are.
fn executables(tree: &Path, target: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let built = Command::new(env!("CARGO"))
        .args(["test", "--package", "atbac-evidence", "--no-run", "--message-format", "json-render-diagnostics"])
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", target)
        .stderr(Stdio::inherit())
        .output()?;
    if !built.status.success() {
        return Err("the tests of the copy do not compile".into());
    }
    let messages =
        built.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    Ok(messages.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).collect())
}
