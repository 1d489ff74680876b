//! `--format`: findings and tests for people, or in what other tools read.

use crate::explain_code;
use crate::failure::Failure;
use crate::report::{Answer, Report};
use crate::text::Text;
use atbac_grammar::codes;
use atbac_reports::finding::Finding;
use atbac_reports::github;
use atbac_reports::junit::{self, Case};
use atbac_reports::sarif::{self, Rule};
use clap::ValueEnum;
use serde_json::Value as Json;

/// The form of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// One JSON document, as with `--json`
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// JUnit XML, for test reports
    Junit,
}

/// Which form the answer has.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// In which form to answer
    #[arg(long, value_enum, default_value_t, value_name = "FORM")]
    format: Format,
}

/// What a verb found out, for every form.
pub(crate) struct Found {
    pub(crate) answer: Answer,
    /// One document.
    pub(crate) json: Json,
    /// Whole lines, for people.
    pub(crate) text: Text,
    pub(crate) findings: Vec<Finding>,
    /// The tests, or the files that were looked at.
    pub(crate) cases: Vec<Case>,
}

impl Args {
    /// The answer in the form that was asked for. `suite` is what the cases are together.
    pub(crate) fn report(&self, suite: &str, found: Found) -> Report {
        let Found { answer, json, text, findings, cases } = found;
        let written = match self.format {
            Format::Human => return Report { answer, json, text },
            Format::Json => format!("{json}\n"),
            Format::Sarif => format!("{:#}\n", sarif::log(env!("CARGO_PKG_VERSION"), &findings, &rules())),
            Format::Github => github::annotations(&findings),
            Format::Junit => junit::report(suite, &cases),
        };
        let mut text = text.anew();
        text.verbatim(&written);
        Report { answer, json, text }
    }
}

impl Args {
    /// A failure in the form that was asked for, beside what people read: an empty report would look like one without findings.
    pub(crate) fn failure(&self, suite: &str, failure: Failure) -> Failure {
        let findings: Vec<Finding> = match &failure {
            Failure::Policies(refused) => {
                refused.diagnostics.iter().map(|found| Finding::of(found, &refused.sources)).collect()
            }
            Failure::Other { .. } | Failure::Formatted { .. } => Vec::new(),
        };
        let (code, message) = (failure.code(), failure.message());
        let document = match self.format {
            Format::Human => return failure,
            Format::Json => format!("{}\n", failure.json()),
            Format::Sarif => {
                format!("{:#}\n", sarif::failed(env!("CARGO_PKG_VERSION"), &findings, &rules(), code, message))
            }
            Format::Github => github::annotations(&findings) + &github::failed(code, message),
            Format::Junit => junit::failed(suite, &findings, code, message),
        };
        Failure::Formatted { failure: Box::new(failure), document }
    }
}

/// A file that was looked at, with what was found in it.
pub(crate) fn case(file: &str, findings: &[Finding]) -> Case {
    let failures = findings
        .iter()
        .filter(|finding| finding.place.file == file)
        .map(|finding| {
            let (line, column) = finding.place.start;
            (format!("{} ({})", finding.told(), finding.code), format!("{file}:{line}:{column}"))
        })
        .collect();
    Case { name: file.to_owned(), file: file.to_owned(), line: 1, failures }
}

/// The finding of a file that is not laid out.
pub(crate) const NOT_LAID_OUT: &str = "atbac::cli::not_laid_out";
/// The finding of a test that failed.
pub(crate) const TEST_FAILED: &str = "atbac::cli::test_failed";

/// Every code that findings may have.
fn rules() -> Vec<Rule> {
    let of_verbs = [NOT_LAID_OUT, TEST_FAILED];
    let codes = codes::ALL.iter().map(|(code, _)| code.as_str()).chain(of_verbs);
    codes
        .filter_map(|code| {
            let (summary, page) = explain_code::explained(code)?;
            Some(Rule { code: code.to_owned(), summary: summary.to_owned(), page: Some(page) })
        })
        .collect()
}
