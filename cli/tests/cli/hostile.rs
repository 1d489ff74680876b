//! Files that are not what they should be: a clear error each, soon.

use crate::support::{EXAMPLE, argument, atbac, example, failure, file, folder, huge, json};
use std::process::Command;

const AT: &str = "2026-06-30T12:01:00Z";

/// Every argument of the command that names a file, with the kind of failure that a file of no use leads to.
fn with_file(path: &str) -> Vec<Vec<String>> {
    let (report, vek) = (example("evidence/report_milan.bin"), example("evidence/vcek_milan.der"));
    let (quote, collateral) = (example("evidence/tdx_quote.bin"), example("evidence/tdx_quote_collateral.json"));
    let (snp, call, references) = (example("snp.json"), example("calls/query-ledger.json"), example("references.json"));
    let verify_snp = ["verify", "snp", "--at", AT];
    let verify_tdx = ["verify", "tdx", "--at", AT];
    let decide = ["decide", EXAMPLE, "--at", AT];
    let join =
        |verb: &[&str], rest: &[&str]| [verb, rest].concat().iter().map(|&argument| argument.to_owned()).collect();
    vec![
        join(&["check"], &[path]),
        join(&["test"], &[path]),
        join(&verify_snp, &["--report", path, "--vek", &vek]),
        join(&verify_snp, &["--report", &report, "--vek", path]),
        join(&verify_snp, &["--report", &report, "--vek", &vek, "--chain", path, "--chain", &vek]),
        join(&verify_snp, &["--report", &report, "--vek", &vek, "--crl", path]),
        join(&verify_snp, &["--report", &report, "--vek", &vek, "--trust-anchor", path]),
        join(&verify_tdx, &["--quote", path, "--collateral", &collateral]),
        join(&verify_tdx, &["--quote", &quote, "--collateral", path]),
        join(&verify_tdx, &["--quote", &quote, "--collateral", &collateral, "--trust-anchor", path]),
        join(&decide, &["--evidence", path, "--call", &call, "--references", &references]),
        join(&decide, &["--evidence", &snp, "--call", path, "--references", &references]),
        join(&decide, &["--evidence", &snp, "--call", &call, "--references", path]),
    ]
}

fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn large_files_are_not_read() {
    let path = huge(&folder("large_files"), "huge.atbac");
    for arguments in with_file(&path) {
        let (code, message) = failure(&borrowed(&arguments));
        assert_eq!(code, "atbac::cli::too_large", "{arguments:?}");
        assert!(message.contains(&path) && message.contains("100000000 bytes"), "{message}");
    }
}

#[test]
fn missing_files_are_named() {
    let path = argument(&folder("missing_files").join("missing.json"));
    for arguments in with_file(&path) {
        let (code, message) = failure(&borrowed(&arguments));
        assert_eq!(code, "atbac::cli::not_found", "{arguments:?}");
        assert!(message.contains(&path), "{message}");
    }
}

#[test]
fn folders_are_no_files() {
    let folder = argument(&folder("folders_are_no_files"));
    for arguments in
        with_file(&folder).into_iter().filter(|arguments| !matches!(arguments[0].as_str(), "check" | "test"))
    {
        let (code, message) = failure(&borrowed(&arguments));
        assert_eq!(code, "atbac::cli::not_a_file", "{arguments:?}");
        assert!(message.contains(&folder), "{message}");
    }
}

/// To open a pipe is to wait for who writes to it; a device may never end.
#[test]
fn pipes_and_devices_are_not_opened() {
    let pipe = argument(&folder("pipes").join("pipe"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.as_str(), "/dev/zero"] {
        for arguments in with_file(path) {
            assert_eq!(failure(&borrowed(&arguments)).0, "atbac::cli::not_a_file", "{arguments:?}");
        }
    }
}

/// Neither a yes nor a crash, whatever stands in a file.
#[test]
fn content_of_no_use_is_never_a_yes() {
    let folder = folder("content_of_no_use");
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (name, content) in [
        ("empty", Vec::new()),
        ("zeros", vec![0; 1184]),
        ("not-utf8", b"package \xff\xfe;".to_vec()),
        ("deep", deep.into_bytes()),
        ("deep-object", r#"{"session":"#.repeat(100_000).into_bytes()),
        ("pem", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec()),
        ("cut-pem", b"-----BEGIN CERTIFICATE-----\nAAAA".to_vec()),
        ("json", b"{}".to_vec()),
    ] {
        let path = file(&folder, name, content);
        for arguments in with_file(&path) {
            let (code, document) = json(&borrowed(&arguments));
            assert!(code == 1 || code == 2, "{name}: {arguments:?}: {document}");
            let said = [&document["error"]["code"], &document["code"], &document["diagnostics"][0]["code"]];
            assert!(said.iter().any(|code| code.is_string()), "{name}: {arguments:?}: {document}");
        }
    }
}

#[test]
fn policies_are_utf8() {
    let path = file(&folder("policies_are_utf8"), "latin1.atbac", b"package caf\xe9;\n");
    let (code, message) = failure(&["check", &path]);
    assert_eq!(code, "atbac::cli::not_utf8");
    assert!(message.contains(&path) && message.contains("byte 11"), "{message}");
}

#[test]
fn an_empty_policy_is_an_error_with_a_place() {
    let path = file(&folder("empty_policy"), "empty.atbac", "");
    let (code, document) = json(&["check", &path]);
    assert_eq!(
        (code, &document["diagnostics"][0]["code"]),
        (1, &"atbac::syntax::missing_package".into()),
        "{document}"
    );
}

#[test]
fn many_errors_are_counted_and_the_first_are_drawn() {
    let policy = format!("package many;\n{}", "record R { a: Int }\n".repeat(501));
    let path = file(&folder("many_errors"), "many.atbac", policy);
    let (code, document) = json(&["check", &path]);
    // The first declares `R`; every other one is an error.
    assert_eq!((code, &document["errors"]), (1, &500.into()));
    assert_eq!(document["diagnostics"].as_array().unwrap().len(), 500);
    let run = atbac(&["check", &path]);
    assert_eq!(run.stdout.matches("atbac::names::duplicate").count(), 100);
    assert!(
        run.stdout.ends_with("… and 400 more: mend these first\n\n1 file checked: 500 errors, no warnings\n"),
        "{}",
        run.stdout
    );
}

/// Nobody reads a yes that cannot be written.
#[test]
fn an_answer_that_cannot_be_written_is_none() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_atbac"));
    let output = command.args(["check", EXAMPLE]).current_dir(crate::support::root()).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("atbac::cli::output"));
}

#[test]
fn errors_for_people_are_on_standard_error() {
    let run = atbac(&["check", "missing.atbac"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_eq!(run.stderr, "error: `missing.atbac` does not exist: check the path\n  (atbac::cli::not_found)\n");
}
