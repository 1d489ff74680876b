//! `atbac test`: the tests that stand in policies.

use crate::failure::{Failure, NO_TESTS};
use crate::policies::{self, Engine};
use crate::report::Report;
use crate::text::Text;
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
pub(crate) fn run(args: &Args, mut text: Text) -> Result<Report, Failure> {
    let results = run_tests(&policies::open(&args.paths, args.engine)?);
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

fn show(result: &TestResult, text: &mut Text) {
    if result.failures.is_empty() {
        text.good("ok");
        text.add(format_args!("      {}\n", result.name));
        return;
    }
    text.bad("FAILED");
    text.add(format_args!("  {}\n", result.name));
    for failure in &result.failures {
        let Location { file, line, column } = &failure.location;
        text.add(format_args!("        {file}:{line}:{column}: {}\n", failure.message));
    }
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
