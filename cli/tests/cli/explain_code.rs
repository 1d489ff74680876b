//! `atbac explain-code`.

use crate::support::{atbac, failure, json, root};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn page(path: &str) -> String {
    fs::read_to_string(root().join("docs/diagnostics").join(path)).unwrap()
}

#[test]
fn a_code_has_its_page() {
    let run = atbac(&["explain-code", "atbac::types::mismatch"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(run.stdout, page("types/mismatch.md"));
    let (code, document) = json(&["explain-code", "atbac::types::mismatch"]);
    assert_eq!(code, 0);
    assert_eq!(document["code"], "atbac::types::mismatch");
    assert_eq!(document["summary"], "A value of one type where another is needed.");
    assert_eq!(document["page"], page("types/mismatch.md"));
}

#[test]
fn the_end_of_a_code_suffices() {
    for end in ["types::mismatch", "mismatch"] {
        let (code, document) = json(&["explain-code", end]);
        assert_eq!((code, &document["code"]), (0, &"atbac::types::mismatch".into()), "{end}");
    }
    // A whole code is itself, whatever others end in.
    assert_eq!(json(&["explain-code", "crl_expired"]).1["code"], "crl_expired");
}

#[test]
fn an_end_that_several_codes_have_is_no_answer() {
    let (code, message) = failure(&["explain-code", "invalid"]);
    assert_eq!(code, "atbac::cli::unknown_code");
    for one in ["`atbac::types::invalid`", "`atbac::tests::invalid`"] {
        assert!(message.contains(one), "{message}");
    }
    // Part of a word is not the end of a code.
    assert_eq!(failure(&["explain-code", "match"]).0, "atbac::cli::unknown_code");
}

#[test]
fn a_slip_is_recognised() {
    for (slip, meant) in [
        ("atbac::types::mismach", "`atbac::types::mismatch`"),
        ("mismacth", "`atbac::types::mismatch`"),
        ("type::mismatch", "`atbac::types::mismatch`"),
        ("atbac::input::provenence", "`atbac::input::provenance`"),
        ("crl_expried", "`crl_expired`"),
    ] {
        let (code, message) = failure(&["explain-code", slip]);
        assert_eq!(code, "atbac::cli::unknown_code");
        assert!(message.ends_with(&format!("did you mean {meant}?")), "{message}");
    }
    for far in ["frobnicate", "", "::", "E0308"] {
        let (code, message) = failure(&["explain-code", far]);
        assert_eq!(code, "atbac::cli::unknown_code");
        assert!(message.contains("explain-code --list"), "{message}");
    }
}

#[test]
fn codes_of_running_are_explained_too() {
    let run = atbac(&["explain-code", "atbac::session::key_mismatch"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("# atbac::session::key_mismatch\n\n"), "{}", run.stdout);
    assert!(run.stdout.contains("\n## What to do\n\nAttest "), "{}", run.stdout);
    let (code, document) = json(&["explain-code", "tcb_revoked"]);
    assert_eq!((code, &document["code"]), (0, &"tcb_revoked".into()));
}

/// Every page and every row of the documentation is in the command.
#[test]
fn the_list_is_all_there_is() {
    let (code, document) = json(&["explain-code", "--list"]);
    assert_eq!(code, 0);
    let entries = document["codes"].as_array().unwrap();
    let listed: BTreeSet<String> = entries.iter().map(|entry| entry["code"].as_str().unwrap().to_owned()).collect();
    assert_eq!(listed.len(), entries.len(), "a code stands there twice");
    assert_eq!(listed, documented(&root().join("docs/diagnostics")));

    let run = atbac(&["explain-code", "--list"]);
    assert_eq!((run.code, run.stdout.lines().count()), (0, entries.len()));
    let line = run.stdout.lines().find(|line| line.starts_with("atbac::types::mismatch ")).unwrap();
    assert!(line.ends_with("  A value of one type where another is needed."), "{line}");
}

/// The codes that the pages below a folder are about.
fn documented(folder: &Path) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for phase in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for page in fs::read_dir(&phase).unwrap().map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(&page).unwrap();
            if phase.ends_with("runtime") {
                let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
                codes.extend(rows.map(str::to_owned));
            } else {
                let title = text.lines().next().unwrap();
                codes.insert(title.strip_prefix("# ").unwrap().to_owned());
            }
        }
    }
    codes
}

#[test]
fn one_code_or_the_list() {
    for arguments in [&["explain-code"][..], &["explain-code", "mismatch", "--list"]] {
        assert_eq!(failure(arguments).0, "atbac::cli::usage", "{arguments:?}");
    }
    let help = atbac(&["explain-code", "--help"]);
    assert_eq!(help.code, 0);
    assert!(help.stdout.contains("Example: atbac explain-code "), "{}", help.stdout);
}
