//! Annotations of GitHub Actions: the workflow commands `::error …::` and `::warning …::` ("Workflow commands for GitHub Actions", "Setting an
//! error message").

use crate::finding::{Finding, Level};

/// A line for each finding. Columns are left out where a finding takes several lines, as GitHub ignores them there.
pub fn annotations(findings: &[Finding]) -> String {
    findings.iter().map(annotation).collect()
}

/// The line for a question that could not be answered, which is about no file.
pub fn failed(code: &str, message: &str) -> String {
    format!("::error title={}::{}\n", property(code), data(message))
}

fn annotation(finding: &Finding) -> String {
    let command = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let place = &finding.place;
    let columns = match place.start.0 == place.end.0 {
        true => format!(",col={},endColumn={}", place.start.1, place.end.1),
        false => String::new(),
    };
    format!(
        "::{command} file={},line={},endLine={}{columns},title={}::{}\n",
        property(&place.file),
        place.start.0,
        place.end.0,
        property(&finding.code),
        data(&finding.told()),
    )
}

/// The message of a command: what would end it is escaped.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a command: so is what would end a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
