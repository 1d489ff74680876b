//! JUnit XML, as test reports of CI systems read it: `testsuites` of `testsuite` of `testcase`, with `failure` in those that failed (the schema of the Jenkins
//! xUnit plugin, `junit-10.xsd`).

use crate::finding::Finding;
use quick_xml::Writer;
use quick_xml::events::BytesText;
use std::io;

/// A test, or a file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its name.
    pub name: String,
    /// The file that it stands in.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong: each message with its place, as `file:line:column`.
    pub failures: Vec<(String, String)>,
}

/// The cases as one suite.
pub fn report(suite: &str, cases: &[Case]) -> String {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory does not fail, and everything written is text.
    let _ = write(&mut writer, suite, cases);
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", String::from_utf8_lossy(&writer.into_inner()))
}

/// The one case of a suite that could not be run: it failed, by what was found and by the reason.
pub fn failed(suite: &str, findings: &[Finding], code: &str, message: &str) -> String {
    let found = findings.iter().map(|finding| {
        let (line, column) = finding.place.start;
        (format!("{} ({})", finding.told(), finding.code), format!("{}:{line}:{column}", finding.place.file))
    });
    let why = (format!("{message} ({code})"), suite.to_owned());
    let case = Case { name: suite.to_owned(), file: String::new(), line: 1, failures: found.chain([why]).collect() };
    report(suite, &[case])
}

fn write(writer: &mut Writer<Vec<u8>>, suite: &str, cases: &[Case]) -> io::Result<()> {
    let tests = cases.len().to_string();
    let failures = cases.iter().filter(|case| !case.failures.is_empty()).count().to_string();
    let counts = [("name", suite), ("tests", &tests), ("failures", &failures), ("errors", "0")];
    let suites = writer.create_element("testsuites").with_attributes(counts);
    suites.write_inner_content(|writer| {
        let suite = writer.create_element("testsuite").with_attributes(counts);
        suite.write_inner_content(|writer| cases.iter().try_for_each(|case| write_case(writer, case)))?;
        Ok(())
    })?;
    Ok(())
}

fn write_case(writer: &mut Writer<Vec<u8>>, case: &Case) -> io::Result<()> {
    let (name, file, line) = (shown(&case.name), shown(&case.file), case.line.to_string());
    let attributes = [("name", name.as_str()), ("classname", &file), ("file", &file), ("line", &line)];
    let element = writer.create_element("testcase").with_attributes(attributes);
    if case.failures.is_empty() {
        element.write_empty()?;
        return Ok(());
    }
    element.write_inner_content(|writer| {
        for (message, place) in &case.failures {
            let message = shown(message);
            writer
                .create_element("failure")
                .with_attribute(("message", message.as_str()))
                .write_text_content(BytesText::new(&format!("{place}: {message}")))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Text without what XML 1.0 cannot hold (section 2.2, `Char`).
fn shown(text: &str) -> String {
    let fits = |c: char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\n' | '\t');
    text.chars().map(|c| if fits(c) { c } else { char::REPLACEMENT_CHARACTER }).collect()
}
