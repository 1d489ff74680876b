//! SARIF 2.1.0 (OASIS Standard, "Static Analysis Results Interchange Format"), which code scanning reads.

use crate::finding::{Finding, Fix, Level, Place};
use serde_json::{Value as Json, json};

/// What is known about a code, for the rules of the tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The code.
    pub code: String,
    /// One line about it.
    pub summary: String,
    /// What it means and what to do, in Markdown.
    pub page: Option<String>,
}

/// A log of one run of this command, of version `version`. `rules` are those of all the codes that findings may have; the log names the ones
/// that they do have. The section numbers below are those of the standard.
pub fn log(version: &str, findings: &[Finding], rules: &[Rule]) -> Json {
    let named: Vec<&Rule> = rules.iter().filter(|rule| findings.iter().any(|found| found.code == rule.code)).collect();
    let results: Vec<Json> = findings.iter().map(|finding| result(finding, &named)).collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            // 3.19: the tool and its rules.
            "tool": { "driver": {
                "name": "atbac",
                "version": version,
                "semanticVersion": version,
                "rules": named.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            // 3.14.17: how columns are counted.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// The log of a run that could not answer, with what it found all the same. 3.20, `invocation`, and 3.58, `notification`.
pub fn failed(version: &str, findings: &[Finding], rules: &[Rule], code: &str, message: &str) -> Json {
    let mut log = log(version, findings, rules);
    log["runs"][0]["invocations"] = json!([{
        "executionSuccessful": false,
        "toolExecutionNotifications": [{
            "level": "error",
            "message": { "text": message },
            "descriptor": { "id": code },
        }],
    }]);
    log
}

/// 3.49, `reportingDescriptor`.
fn descriptor(rule: &Rule) -> Json {
    let mut descriptor = json!({ "id": rule.code, "shortDescription": { "text": rule.summary } });
    if let Some(page) = &rule.page {
        descriptor["help"] = json!({ "text": page, "markdown": page });
    }
    descriptor
}

/// 3.27, `result`.
fn result(finding: &Finding, rules: &[&Rule]) -> Json {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let mut result = json!({
        "ruleId": finding.code,
        "level": level,
        "message": { "text": finding.told() },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&finding.place.file) },
            "region": region(&finding.place),
        }}],
    });
    if let Some(at) = rules.iter().position(|rule| rule.code == finding.code) {
        result["ruleIndex"] = at.into();
    }
    if let Some(Fix { place, replacement }) = &finding.fix {
        // 3.55 to 3.57: what is deleted, and what is put in its place.
        result["fixes"] = json!([{
            "description": { "text": finding.help.as_deref().unwrap_or("replace it") },
            "artifactChanges": [{
                "artifactLocation": { "uri": uri(&place.file) },
                "replacements": [{ "deletedRegion": region(place), "insertedContent": { "text": replacement } }],
            }],
        }]);
    }
    result
}

/// 3.30, `region`: lines and columns from 1, the end column exclusive.
fn region(place: &Place) -> Json {
    json!({ "startLine": place.start.0, "startColumn": place.start.1, "endLine": place.end.0, "endColumn": place.end.1 })
}

/// A path as a URI reference (RFC 3986, 3.4.3 of the standard): what a path segment cannot hold is percent-encoded.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.strip_prefix("./").unwrap_or(path).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => uri.push(byte.into()),
            b'\\' => uri.push('/'),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    if uri.starts_with('/') { format!("file://{uri}") } else { uri }
}
