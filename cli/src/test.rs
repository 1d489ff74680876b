//! `atbac test`: the tests that stand in policies.

use crate::evidence::EvidenceFiles;
use crate::failure::{Failure, NO_TESTS};
use crate::files;
use crate::policies::{self, Engine};
use crate::report::Report;
use crate::text::Text;
use atbac_engine::Fields;
use atbac_engine::Location;
use atbac_engine::evidence::Expected;
use atbac_engine::run::{EvidenceFile, TestResult, run_tests_with};
use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};

/// Run the `test` blocks of policies
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac test policies/

With `--engine jit`, every test is decided by machine code and by the interpreter, which must agree. Policies without tests are not a yes: the \
answer is then that nothing could be tested.")]
pub(crate) struct Args {
    /// Policies (.atbac), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to decide
    #[arg(long, value_enum, default_value = "jit")]
    engine: Engine,
}

/// Runs every test.
pub(crate) fn run(args: &Args, mut text: Text) -> Result<Report, Failure> {
    let results = run_tests_with(&policies::open(&args.paths, args.engine)?, &verified);
    if results.is_empty() {
        return Err(Failure::new(NO_TESTS, "no tests found: add `test` blocks to the policies"));
    }
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
    Ok(Report {
        answer: (failed == 0).into(),
        json: json!({ "passed": passed, "failed": failed, "tests": tests }),
        text,
    })
}

/// The most bytes of a file that says where evidence lies: 64 KiB.
const MAX_FIXTURE_BYTES: u64 = 64 * 1024;

/// The field with the evidence of a test, verified at the test's clock.
fn verified(file: EvidenceFile<'_>, fields: Fields) -> Result<Fields, String> {
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
        let Location { file, line, column } = &failure.location;
        text.add(format_args!("        {file}:{line}:{column}: {}\n", failure.message));
    }
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
