//! `atbac test`: the tests that stand in policies.

use crate::failure::{Failure, NO_TESTS};
use crate::policies::{self, Engine};
use crate::report::Report;
use crate::style::Style;
use atbac_engine::Location;
use atbac_engine::run::{TestResult, run_tests};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

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
pub(crate) fn run(args: &Args, style: Style) -> Result<Report, Failure> {
    let results = run_tests(&policies::open(&args.paths, args.engine)?);
    if results.is_empty() {
        return Err(Failure::new(NO_TESTS, "no tests found: add `test` blocks to the policies"));
    }
    let failed = results.iter().filter(|result| !result.failures.is_empty()).count();
    let passed = results.len() - failed;
    let mut text: String = results.iter().map(|result| lines(result, style)).collect();
    let summary = format!("{passed} passed, {failed} failed");
    text.push_str(&format!("\n{}\n", if failed == 0 { style.good(summary) } else { style.bad(summary) }));
    let tests: Vec<Json> = results.iter().map(object).collect();
    Ok(Report {
        answer: (failed == 0).into(),
        json: json!({ "passed": passed, "failed": failed, "tests": tests }),
        text,
    })
}

fn lines(result: &TestResult, style: Style) -> String {
    if result.failures.is_empty() {
        return format!("{}      {}\n", style.good("ok"), result.name);
    }
    let mut text = format!("{}  {}\n", style.bad("FAILED"), result.name);
    for failure in &result.failures {
        let Location { file, line, column } = &failure.location;
        text.push_str(&format!("          {file}:{line}:{column}: {}\n", failure.message));
    }
    text
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
    let object = with(place(&result.location), "name", result.name.as_str().into());
    with(with(object, "passed", failures.is_empty().into()), "failures", failures.into())
}
