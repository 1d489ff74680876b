//! `atbac check`.

use crate::support::{EXAMPLE, argument, atbac, failure, file, folder, json};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;

/// Line 3 has the mistake: `Strnig`, at column 23.
const MISTAKE: &str = "package demo;\n\nrecord Ledger { name: Strnig }\n";

/// The example has one invariant, and this version says that it proves none.
#[test]
fn warnings_are_shown_and_allowed() {
    let (code, document) = json(&["check", EXAMPLE]);
    assert_eq!(code, 0);
    assert_eq!((&document["errors"], &document["warnings"], &document["files"]), (&0.into(), &1.into(), &2.into()));
    let [warning] = document["diagnostics"].as_array().unwrap().as_slice() else { panic!("{document}") };
    assert_eq!(
        (&warning["severity"], &warning["code"]),
        (&"warning".into(), &"atbac::tests::invariant_not_proven".into())
    );
    let run = atbac(&["check", EXAMPLE]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("atbac::tests::invariant_not_proven"), "{}", run.stdout);
    assert!(run.stdout.ends_with("2 files checked: no errors, 1 warning\n"), "{}", run.stdout);
}

#[test]
fn errors_have_code_and_place() {
    let folder = folder("errors_have_code_and_place");
    let path = file(&folder, "demo.atbac", MISTAKE);
    let (code, document) = json(&["check", &path]);
    assert_eq!((code, &document["errors"]), (1, &1.into()));
    let error = &document["diagnostics"][0];
    assert_eq!((&error["severity"], &error["code"]), (&"error".into(), &"atbac::names::unknown".into()));
    assert!(error["message"].as_str().unwrap().contains("`Strnig`"), "{error}");
    let primary = &error["primary"];
    assert_eq!(primary["file"], path.as_str());
    assert_eq!(primary["start"], serde_json::json!({ "line": 3, "column": 23, "offset": 37 }));
    assert_eq!(primary["end"], serde_json::json!({ "line": 3, "column": 29, "offset": 43 }));
    let run = atbac(&["check", &path]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains(&format!("{path}:3:23")), "{}", run.stdout);
    assert!(run.stdout.ends_with("1 file checked: 1 error, no warnings\n"), "{}", run.stdout);
}

#[test]
fn every_error_of_every_file_is_found_in_one_run() {
    let folder = folder("every_error");
    for name in ["b", "a"] {
        let two = format!("package {name};\nrecord One {{ name: }}\nrecord Two {{ name: }}\n");
        file(&folder, &format!("{name}.atbac"), two);
    }
    let (code, document) = json(&["check", &argument(&folder)]);
    assert_eq!(code, 1);
    let place =
        |found: &Value| format!("{}:{}", found["primary"]["file"].as_str().unwrap(), found["primary"]["start"]["line"]);
    let places: Vec<_> = document["diagnostics"].as_array().unwrap().iter().map(place).collect();
    let expected = ["a.atbac:2", "a.atbac:3", "b.atbac:2", "b.atbac:3"].map(|place| argument(&folder.join(place)));
    assert_eq!(places, expected, "{document}");
}

#[test]
fn folders_are_searched_for_policies_that_are_not_hidden() {
    let folder = folder("folders_are_searched");
    for name in ["z/deep/policy.atbac", "policy.atbac"] {
        file(&folder, name, "package fine;\n");
    }
    for name in [".hidden/policy.atbac", ".policy.atbac", "notes.txt", "policy.atbac.bak"] {
        file(&folder, name, "not a policy");
    }
    // Circles, and the same file by another name.
    symlink(&folder, folder.join("z/circle")).unwrap();
    symlink(folder.join("policy.atbac"), folder.join("again.atbac")).unwrap();
    symlink("nowhere", folder.join("notes-link")).unwrap();
    let (code, document) = json(&["check", &argument(&folder), &argument(&folder.join("policy.atbac"))]);
    assert_eq!((code, &document["files"]), (0, &2.into()), "{document}");
}

/// A policy that cannot be read could be the one that forbids.
#[test]
fn a_policy_that_leads_nowhere_is_not_left_out() {
    let folder = folder("leads_nowhere");
    file(&folder, "fine.atbac", "package fine;\n");
    symlink("nowhere", folder.join("gone.atbac")).unwrap();
    let (code, message) = failure(&["check", &argument(&folder)]);
    assert_eq!(code, "atbac::cli::not_found");
    assert!(message.contains("gone.atbac"), "{message}");
}

#[test]
fn nothing_to_check_is_no_answer() {
    let folder = folder("nothing_to_check");
    assert_eq!(failure(&["check", &argument(&folder)]).0, "atbac::cli::no_policies");
    fs::create_dir(folder.join("empty.atbac")).unwrap();
    assert_eq!(failure(&["check", &argument(&folder)]).0, "atbac::cli::no_policies");
    assert_eq!(failure(&["check", &argument(&folder.join("missing.atbac"))]).0, "atbac::cli::not_found");
}
