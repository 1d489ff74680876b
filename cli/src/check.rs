//! `atbac check`: what is wrong with policies.

use crate::failure::Failure;
use crate::format::{self, Found};
use crate::lint;
use crate::policies;
use crate::progress;
use crate::report::Report;
use crate::text::Text;
use atbac_compiler::pipeline;
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::json;
use atbac_reports::finding::Finding;
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// Check policies, and show every error and warning with its place
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac check policies/
         atbac check policies/ --format sarif > atbac.sarif

All paths together are one bundle: a package may be spread over them. Answers yes when there are no errors; warnings are shown and allowed.
A lint's level is set by `--lint shadowed_rule=deny` here, by `@lint(shadowed_rule: deny)` on a declaration or before `package`.")]
pub(crate) struct Args {
    /// Policies (.atbac), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    lints: lint::Args,
    #[command(flatten)]
    format: format::Args,
}

/// What the files that were looked at are together.
const SUITE: &str = "atbac check";

/// Parses and checks.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    checked(args, text).map_err(|failure| args.format.failure(SUITE, failure))
}

fn checked(args: &Args, mut text: Text) -> Result<Report, Failure> {
    let files = policies::collect(&args.paths)?;
    let count = files.len();
    let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
    let options = args.lints.options();
    let checked = progress::during("checking", |_| pipeline::parse(files).check_with(&options));
    let (sources, diagnostics) = match checked {
        Ok(checked) => (checked.sources, checked.warnings),
        Err(refused) => (refused.sources, refused.diagnostics),
    };
    let errors = of(&diagnostics, Severity::Error);
    let warnings = of(&diagnostics, Severity::Warning);
    let found: Vec<Json> = diagnostics.iter().map(|finding| json::value(finding, &sources)).collect();
    text.diagnostics(&diagnostics, &sources);
    text.add(format_args!("{} checked: ", counted(count, "file")));
    let summary = format!("{}, {}\n", counted(errors, "error"), counted(warnings, "warning"));
    if errors == 0 {
        text.good(summary)
    } else {
        text.bad(summary)
    }
    let findings: Vec<Finding> = diagnostics.iter().map(|finding| Finding::of(finding, &sources)).collect();
    let cases = names.iter().map(|name| format::case(name, &findings)).collect();
    let json = json!({ "files": count, "errors": errors, "warnings": warnings, "diagnostics": found });
    Ok(args.format.report(SUITE, Found { answer: (errors == 0).into(), json, text, findings, cases }))
}

fn of(diagnostics: &[Diagnostic], severity: Severity) -> usize {
    diagnostics.iter().filter(|finding| finding.severity == severity).count()
}

/// "no errors", "1 error", "2 errors".
fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}
