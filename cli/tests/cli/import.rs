//! `atbac import` and `atbac export`.

use crate::support::{EXAMPLE, argument, atbac, failure, folder, json, root};
use std::fs;

fn source(path: &str) -> String {
    argument(&root().join("tests/import").join(path))
}

#[test]
fn an_import_is_written_checked_and_laid_out() {
    let folder = folder("import_written");
    let path = argument(&folder.join("my-approver"));
    let policy = source("agent-policy/transaction_approver/policy.yaml");
    let (code, document) = json(&["import", "agent-policy", &policy, "-o", &path]);
    assert_eq!(
        (code, &document["complete"], &document["package"]),
        (0, &true.into(), &"my_approver".into()),
        "{document}"
    );
    let findings: Vec<&str> =
        document["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    // None says how old evidence may be, so it is said that the default counts.
    assert_eq!(
        findings,
        ["atbac::import::age", "atbac::import::local", "atbac::import::alias", "atbac::import::careless"]
    );
    assert_eq!(json(&["check", &path]).0, 0);
    assert_eq!(atbac(&["fmt", "--check", &path]).code, 0);
    let references = fs::read_to_string(folder.join("my-approver/references.json")).unwrap();
    assert!(references.contains("\"origin\": \"policy.yaml:8\""), "{references}");
    // Nothing is overwritten.
    assert_eq!(failure(&["import", "agent-policy", &policy, "-o", &path]).0, "atbac::cli::exists");
}

#[test]
fn what_is_printed_is_a_policy() {
    let run = atbac(&[
        "import",
        "azure-skr",
        &source("azure-skr/nested/release.json"),
        "--package",
        "keys.release",
        "--max-age",
        "90m",
    ]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout.contains("package keys.release;") && run.stdout.contains("age(token) <= 1h30m"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("// warning: "), "{}", run.stdout);
    let path = folder("import_printed").join("policy.atbac");
    fs::write(&path, &run.stdout).unwrap();
    assert_eq!(atbac(&["check", &argument(&path)]).code, 0);
}

/// Keys and names of files of several lines, which would end a comment and begin a rule.
#[test]
fn what_is_said_behind_a_policy_stays_in_its_comments() {
    let folder = folder("import_comments");
    let path = folder.join("x\npermit evil for Call;\n.yaml");
    let key = "\"\\npermit worse for Call;\\n\": 1";
    let policy = format!(
        "policies:\n- {{ name: a, tee_type: sev-snp, allowed_actions: [read], expected_measurement: [\"\\npermit\"] }}\n{key}\n"
    );
    fs::write(&path, policy).unwrap();
    let run = atbac(&["import", "agent-policy", &argument(&path), "--package", "agents", "--partial"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("// not understood: "), "{}", run.stdout);
    assert!(!run.stdout.lines().any(|line| line.starts_with("permit")), "{}", run.stdout);
}

#[test]
fn what_is_not_understood_is_not_written_unless_asked_for() {
    let folder = folder("import_partial");
    let path = argument(&folder.join("partial"));
    let policy = source("agent-policy/cut_short/policy.yaml");
    let (code, document) = json(&["import", "agent-policy", &policy, "-o", &path]);
    assert_eq!((code, &document["complete"], &document["policy"]), (1, &false.into(), &serde_json::Value::Null));
    assert!(!folder.join("partial").exists());
    let run = atbac(&["import", "agent-policy", &policy]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("not understood: policy.yaml:4:") && !run.stdout.contains("package "),
        "{}",
        run.stdout
    );
    let (code, document) = json(&["import", "agent-policy", &policy, "-o", &path, "--partial"]);
    assert_eq!((code, &document["complete"]), (0, &false.into()));
    assert_eq!(json(&["check", &path]).0, 0);
}

#[test]
fn a_source_that_is_none_is_a_question_without_an_answer() {
    let of = |kind: &str, path: &str| failure(&["import", kind, &source(path), "--package", "p"]).0;
    assert_eq!(of("contrast", "azure-skr/nested/release.json"), "atbac::import::other_format");
    assert_eq!(of("kbs", "azure-skr/nested/release.json"), "atbac::import::syntax");
    assert_eq!(failure(&["import", "azure-skr", "nowhere.json"]).0, "atbac::cli::not_found");
    assert_eq!(failure(&["import", "cedar", "x"]).0, "atbac::cli::usage");
    let policy = source("azure-skr/nested/release.json");
    for arguments in [["--package", "permit"], ["--package", "std.x"], ["--package", "a b"], ["--max-age", "5"]] {
        let command = [&["import", "azure-skr", &policy][..], &arguments[..]].concat();
        assert_eq!(failure(&command).0, "atbac::cli::usage", "{arguments:?}");
    }
    assert_eq!(failure(&["import", "azure-skr", &policy, "--max-age", "24h"]).0, "atbac::import::max_age");
}

#[test]
fn schemas_and_documentation_are_written() {
    let (code, document) = json(&["export", "schemas", EXAMPLE]);
    let call = &document["$defs"]["payments.approver.PaymentCall.call"];
    assert_eq!((code, &call["properties"]["amount"]["type"]), (0, &"integer".into()), "{document}");
    let page = atbac(&["export", "docs", EXAMPLE]);
    assert!(page.code == 0 && page.stdout.starts_with("# Package payments.approver\n"), "{}", page.stdout);
    let path = folder("export").join("docs.html");
    assert_eq!(atbac(&["export", "docs", EXAMPLE, "--html", "-o", &argument(&path)]).code, 0);
    assert!(fs::read_to_string(path).unwrap().starts_with("<!DOCTYPE html>"));
    assert_eq!(failure(&["export", "docs", EXAMPLE, "--html", "--markdown"]).0, "atbac::cli::usage");
    assert_eq!(failure(&["export", "schemas", "nowhere"]).0, "atbac::cli::not_found");
}
