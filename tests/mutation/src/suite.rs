//! The tests of the copy, and which checks each of them comes to.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::target::Target;
use crate::{Failure, parallel};

/// How much longer than with nothing changed a test may take. A loop that no longer ends has been noticed.
const PATIENCE: u32 = 20;

/// What a test may take in any case.
const LEAST_PATIENCE: Duration = Duration::from_secs(20);

/// The built tests, the quickest first.
pub(crate) struct Suite {
    tests: Vec<Test>,
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
                tests.push(Test { takes, comes_to, ..test.clone() });
                Ok(())
            },
        )?;
        tests.sort_by_key(|test| test.takes);
        tests.retain(|test| !test.comes_to.is_empty());
        Ok(Self { tests })
    }

    /// Runs the tests that come to the check of this number with it taken out, until one fails.
    ///
    /// # Errors
    /// If they cannot be run.
    pub(crate) fn run_without(&self, check: usize) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::Untested;
        for test in self.tests.iter().filter(|test| test.comes_to.contains(&check)) {
            if !test.passes("TAKEN_OUT", check.to_string().as_ref())? {
                return Ok(Outcome::Noticed);
            }
            outcome = Outcome::Survived;
        }
        Ok(outcome)
    }
}

impl Test {
    /// Runs it with nothing taken out: how long it takes, and what it comes to.
    fn traced(&self, trace: &Path) -> Result<(Duration, BTreeSet<usize>), Failure> {
        fs::write(trace, "")?;
        let begun = Instant::now();
        if !self.passes("CAME_TO", trace.as_os_str())? {
            return Err(format!("`{}` fails with no check taken out", self.name).into());
        }
        let takes = begun.elapsed();
        let comes_to = fs::read_to_string(trace)?.lines().map(str::parse).collect::<Result<_, _>>()?;
        Ok((takes, comes_to))
    }

    /// Runs it with one variable in its environment.
    fn passes(&self, variable: &str, value: &std::ffi::OsStr) -> Result<bool, Failure> {
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
                return Ok(status.success());
            }
            if begun.elapsed() > LEAST_PATIENCE.max(self.takes * PATIENCE) {
                running.kill()?;
                running.wait()?;
                return Ok(false);
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
