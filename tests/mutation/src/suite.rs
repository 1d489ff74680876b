//! The tests of the copy, and which checks each of them comes to.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::target::Target;
use crate::{Failure, parallel};

/// How much longer than with nothing changed a test may take. A loop that no longer ends has been noticed.
const PATIENCE: u32 = 20;

/// What a test may take in any case.
const LEAST_PATIENCE: Duration = Duration::from_secs(5);

/// The built tests.
pub(crate) struct Suite {
    tests: Vec<(Test, Record)>,
}

/// What a test was worth so far.
#[derive(Default)]
struct Record {
    noticed: AtomicU64,
    /// In nanoseconds.
    spent: AtomicU64,
}

#[derive(Clone)]
struct Test {
    executable: PathBuf,
    /// Where it expects to be run.
    package: PathBuf,
    name: String,
    takes: Duration,
    comes_to: BTreeSet<usize>,
}

/// What became of a check that was taken out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A test failed.
    Noticed,
    /// A test did not end in time, which counts as noticed.
    Late,
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
    pub(crate) fn build(target: &Target, tree: &Path, folder: &Path) -> Result<Self, Failure> {
        let mut tests = vec![];
        for (package, executable) in executables(target, tree, folder)? {
            let listed = Command::new(&executable).args(["--list", "--format", "terse"]).output()?;
            let listed = String::from_utf8(listed.stdout)?;
            let names = listed.lines().filter_map(|line| line.strip_suffix(": test"));
            for name in names.filter(|name| !target.skipped.iter().any(|skipped| name.contains(skipped))) {
                let (executable, package) = (executable.clone(), package.clone());
                // Traced, it may take longer than it will; how long is not known yet.
                let (takes, comes_to) = (LEAST_PATIENCE, BTreeSet::new());
                tests.push(Test { executable, package, name: name.into(), takes, comes_to });
            }
        }
        let traces = folder.join("came_to");
        fs::create_dir_all(&traces)?;
        let numbered: Vec<(usize, Test)> = tests.into_iter().enumerate().collect();
        let mut tests = vec![];
        parallel::each(
            &numbered,
            |(number, test)| test.traced(&traces.join(number.to_string())),
            |(_, test), traced| {
                let (takes, comes_to) = traced?;
                if !comes_to.is_empty() {
                    tests.push((Test { takes, comes_to, ..test.clone() }, Record::default()));
                }
                Ok(())
            },
        )?;
        Ok(Self { tests })
    }

    /// Runs the tests that come to the check of this number with it taken out, until one fails: first those that noticed most in their time so far.
    ///
    /// # Errors
    /// If they cannot be run.
    pub(crate) fn run_without(&self, check: usize) -> Result<Outcome, Failure> {
        let mut asked: Vec<_> = self.tests.iter().filter(|(test, _)| test.comes_to.contains(&check)).collect();
        asked.sort_by_cached_key(|(test, record)| Reverse(record.per_hour(test.takes)));
        let mut outcome = Outcome::Untested;
        for (test, record) in asked {
            let begun = Instant::now();
            outcome = test.run("TAKEN_OUT", check.to_string().as_ref())?;
            record.add(outcome != Outcome::Survived, begun.elapsed());
            if outcome != Outcome::Survived {
                break;
            }
        }
        Ok(outcome)
    }
}

impl Record {
    fn add(&self, noticed: bool, spent: Duration) {
        self.noticed.fetch_add(noticed.into(), Ordering::Relaxed);
        self.spent.fetch_add(spent.as_nanos() as u64, Ordering::Relaxed);
    }

    /// How much it would notice in an hour, were the next change noticed too: of those never asked, the quickest come first.
    fn per_hour(&self, takes: Duration) -> u64 {
        const HOUR: u64 = 3_600_000_000_000;
        let (noticed, spent) = (self.noticed.load(Ordering::Relaxed), self.spent.load(Ordering::Relaxed));
        (noticed + 1) * HOUR / (spent + takes.as_nanos() as u64).max(1)
    }
}

impl Test {
    /// Runs it with nothing taken out: how long it takes, and what it comes to.
    fn traced(&self, trace: &Path) -> Result<(Duration, BTreeSet<usize>), Failure> {
        fs::write(trace, "")?;
        let begun = Instant::now();
        if self.run("CAME_TO", trace.as_os_str())? != Outcome::Survived {
            return Err(format!("`{}` fails with no check taken out", self.name).into());
        }
        let takes = begun.elapsed();
        let comes_to = fs::read_to_string(trace)?.lines().map(str::parse).collect::<Result<_, _>>()?;
        Ok((takes, comes_to))
    }

    /// Runs it with one variable in its environment.
    fn run(&self, variable: &str, value: &std::ffi::OsStr) -> Result<Outcome, Failure> {
        let mut running = Command::new(&self.executable)
            .args(["--quiet", "--exact", &self.name])
            .current_dir(&self.package)
            .env(variable, value)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let begun = Instant::now();
        loop {
            if let Some(status) = running.try_wait()? {
                return Ok(if status.success() { Outcome::Survived } else { Outcome::Noticed });
            }
            if begun.elapsed() > LEAST_PATIENCE.max(self.takes * PATIENCE) {
                running.kill()?;
                running.wait()?;
                return Ok(Outcome::Late);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Builds the target's tests, and says where they are and where they expect to be run.
fn executables(target: &Target, tree: &Path, folder: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Failure> {
    let built = Command::new(env!("CARGO"))
        .args(["test", "--no-run", "--message-format", "json-render-diagnostics"])
        .args(target.packages.iter().flat_map(|package| ["--package", package]))
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", folder)
        // Built once and run thousands of times.
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .stderr(Stdio::inherit())
        .output()?;
    if !built.status.success() {
        return Err("the tests of the copy do not compile".into());
    }
    let messages =
        built.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let test = |message: Value| {
        let (executable, manifest) = (message["executable"].as_str()?, message["manifest_path"].as_str()?);
        let named = message["target"]["name"].as_str()?.replace('-', "_");
        let asked = target.binaries.is_empty() || target.binaries.contains(&named.as_str());
        asked.then_some((Path::new(manifest).parent()?.to_owned(), PathBuf::from(executable)))
    };
    Ok(messages.filter_map(test).collect())
}
