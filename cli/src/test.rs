//! `atbac test`: the tests that stand in policies.

use crate::coverage;
use crate::evidence::EvidenceFiles;
use crate::failure::{Failure, NO_TESTS};
use crate::files;
use crate::format::{self, Found, TEST_FAILED};
use crate::policies::{self, Engine};
use crate::progress;
use crate::report::Report;
use crate::text::Text;
use atbac_engine::Fields;
use atbac_engine::Location;
use atbac_engine::coverage::Coverage;
use atbac_engine::evidence::Expected;
use atbac_engine::run::{EvidenceFile, Run, TestResult};
use atbac_reports::finding::{Finding, Level, Place};
use atbac_reports::junit::Case;
use clap::builder::NonEmptyStringValueParser;
use serde_json::{Value as Json, json};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// Run the `test` blocks of policies
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac test policies/
         atbac test policies/ --filter \"break glass\"
         atbac test policies/ --watch
         atbac test policies/ --coverage --fail-under 90
         atbac test policies/ --format junit > tests.xml

With `--engine jit`, every test is decided by machine code and by the interpreter, which must agree. Policies without tests are not a yes: the \
answer is then that nothing could be tested.")]
pub(crate) struct Args {
    /// Policies (.atbac), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to decide
    #[arg(long, value_enum, default_value = "jit")]
    engine: Engine,
    /// Run the tests with this text in their names; several: with any of them, each of which must be in some name
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    filter: Vec<String>,
    /// How many tests to run at once; as many as there are processors if not given
    #[arg(long, value_name = "NUMBER")]
    jobs: Option<NonZeroUsize>,
    /// Run them again whenever a file changes, until interrupted
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    coverage: coverage::Args,
    #[command(flatten)]
    format: format::Args,
}

impl Args {
    /// What to watch, if that is asked for; and what is written meanwhile.
    pub(crate) fn watched(&self) -> Option<(&[PathBuf], Vec<&Path>)> {
        self.watch.then(|| (self.paths.as_slice(), self.coverage.written()))
    }
}

/// The suite that the tests are together.
const SUITE: &str = "atbac test";

/// Runs the tests.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    tested(args, text).map_err(|failure| args.format.failure(SUITE, failure))
}

fn tested(args: &Args, mut text: Text) -> Result<Report, Failure> {
    let bundle = policies::open(&args.paths, args.engine)?;
    let is_selected =
        |name: &str| args.filter.is_empty() || args.filter.iter().any(|wanted| name.contains(wanted.as_str()));
    let threads = args.jobs.or_else(|| std::thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let mut coverage = args.coverage.wanted().then(|| Coverage::new(&bundle));
    let results = progress::during("running tests", |progress| -> Result<_, Failure> {
        let finished = || progress.one_more();
        let run = Run { bundle: &bundle, read: &verified, selected: &is_selected, threads, finished: &finished };
        let names: Vec<&str> = run.names().collect();
        some_tests(&names, &args.filter)?;
        progress.all(names.len());
        Ok(run.run(coverage.as_mut()))
    })?;
    let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
    let passed = results.len() - failed;
    for result in &results {
        show(result, &mut text);
    }
    let summary = format!("\n{passed} passed, {failed} failed\n");
    if failed == 0 {
        text.good(summary)
    } else {
        text.bad(summary)
    }
    let tests: Vec<Json> = results.iter().map(object).collect();
    let mut json = json!({ "passed": passed, "failed": failed, "tests": tests });
    let mut answer = failed == 0;
    if let Some(coverage) = &coverage {
        answer &= args.coverage.report(coverage, bundle.sources(), &mut text, &mut json)?;
    }
    let findings = results.iter().flat_map(findings).collect();
    let cases = results.iter().map(case).collect();
    Ok(args.format.report(SUITE, Found { answer: answer.into(), json, text, findings, cases }))
}

/// That there are tests, and that each filter is in the name of one: what is misspelt must not look like what passed.
fn some_tests(names: &[&str], filter: &[String]) -> Result<(), Failure> {
    let in_none = |wanted: &&str| !names.iter().any(|name| name.contains(wanted));
    let unmatched: Vec<&str> = filter.iter().map(String::as_str).filter(in_none).collect();
    if !unmatched.is_empty() {
        let message = format!("no test has `{}` in its name: check the filter", unmatched.join("` or `"));
        return Err(Failure::new(NO_TESTS, message));
    }
    if names.is_empty() {
        return Err(Failure::new(NO_TESTS, "no tests found: add `test` blocks to the policies"));
    }
    Ok(())
}

/// The most bytes of a file that says where evidence lies: 64 KiB.
const MAX_FIXTURE_BYTES: u64 = 64 * 1024;

/// The field with the evidence of a test, verified at the test's clock.
pub(crate) fn verified(file: EvidenceFile<'_>, fields: Fields) -> Result<Fields, String> {
    let folder = Path::new(file.policy).parent().unwrap_or(Path::new(""));
    let path = folder.join(file.path);
    let bytes =
        files::read(&path, "evidence of a test", MAX_FIXTURE_BYTES).map_err(|failure| failure.message().to_owned())?;
    let evidence: EvidenceFiles =
        serde_json::from_slice(&bytes).map_err(|error| format!("{}: {error}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let unverified = evidence.read(folder).map_err(|failure| failure.message().to_owned())?;
    // What binds the evidence to a session is not proven in a test: it states its question.
    let evidence = unverified
        .verify(Expected::LeftToPolicy, file.at)
        .map_err(|refusal| format!("{}: {refusal} ({})", path.display(), refusal.code()))?;
    evidence.fill(fields, file.field).map_err(|error| error.to_string())
}

fn show(result: &TestResult, text: &mut Text) {
    if result.failures.is_empty() {
        text.good("ok");
        text.add(format_args!("      {}{}\n", result.name, marker(result)));
        return;
    }
    text.bad("FAILED");
    text.add(format_args!("  {}{}\n", result.name, marker(result)));
    for failure in &result.failures {
        text.add(format_args!("        {}: {}\n", place(&failure.location), failure.message));
    }
}

/// `file:line:column`
fn place(Location { file, line, column }: &Location) -> String {
    format!("{file}:{line}:{column}")
}

/// Says so where a test's evidence is simulated: anyone can sign it, so the test shows what the policy does and nothing of any hardware.
fn marker(result: &TestResult) -> &'static str {
    if result.simulated { "  (simulated evidence)" } else { "" }
}

fn object(result: &TestResult) -> Json {
    let place = |at: &Location| json!({ "file": at.file, "line": at.line, "column": at.column });
    let with = |mut object: Json, key: &str, value: Json| {
        object[key] = value;
        object
    };
    let failures: Vec<Json> = result
        .failures
        .iter()
        .map(|failure| with(place(&failure.location), "message", failure.message.as_str().into()))
        .collect();
    let mut object = with(place(&result.location), "name", result.name.as_str().into());
    if result.simulated {
        object["simulated"] = true.into();
    }
    with(with(object, "passed", failures.is_empty().into()), "failures", failures.into())
}

fn findings(result: &TestResult) -> Vec<Finding> {
    let finding = |Location { file, line, column }: &Location, message: String| Finding {
        code: TEST_FAILED.to_owned(),
        level: Level::Error,
        message,
        help: None,
        place: Place { file: file.clone(), start: (*line, *column), end: (*line, *column) },
        fix: None,
    };
    let named = |message: &str| format!("test \"{}\": {message}", result.name);
    result.failures.iter().map(|failure| finding(&failure.location, named(&failure.message))).collect()
}

fn case(result: &TestResult) -> Case {
    Case {
        name: result.name.clone(),
        file: result.location.file.clone(),
        line: result.location.line,
        failures: result.failures.iter().map(|failure| (failure.message.clone(), place(&failure.location))).collect(),
    }
}
