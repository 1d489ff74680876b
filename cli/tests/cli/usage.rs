//! Help, version, and arguments that are none of the command's.

use crate::support::{EXAMPLE, atbac, failure, json};

#[test]
fn version_is_the_package_version() {
    let run = atbac(&["--version"]);
    assert_eq!((run.code, run.stdout), (0, format!("atbac {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn unknown_arguments_are_no_answer() {
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["check"],
        &["check", EXAMPLE, "--frobnicate"],
        &["test", EXAMPLE, "--engine", "guess"],
    ] {
        let run = atbac(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains("--help") || run.stderr.contains("Usage: atbac"), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!(failure(&["frobnicate"]).0, "atbac::cli::usage");
    assert_eq!(failure(&["test", EXAMPLE, "--engine", "guess"]).0, "atbac::cli::usage");
}

/// The verbs that a help page lists.
fn verbs(help: &str) -> Vec<&str> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Lines that go on are indented further.
    let named = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    named.filter(|verb| !verb.is_empty() && *verb != "help").collect()
}

#[test]
fn every_verb_has_an_example() {
    let all = atbac(&["--help"]).stdout;
    let verbs_of_all = verbs(&all);
    assert!(verbs_of_all.len() > 15, "{all}");
    for verb in verbs_of_all {
        let help = atbac(&[verb, "--help"]).stdout;
        assert!(help.contains(&format!("Example: atbac {verb}")), "{help}");
        for kind in verbs(&help) {
            let help = atbac(&[verb, kind, "--help"]).stdout;
            assert!(help.contains(&format!("Example: atbac {verb} {kind}")), "{help}");
        }
    }
}

#[test]
fn times_are_rfc_3339_or_now() {
    for time in ["yesterday", "2026-06-30", "12:00:00Z", ""] {
        let (code, message) = failure(&["verify", "snp", "--report", "r", "--vek", "v", "--at", time]);
        assert_eq!(code, "atbac::cli::usage", "{time}");
        assert!(message.contains("expected an instant of RFC 3339"), "{message}");
    }
    // The time is accepted, so the next thing wrong is the missing file.
    assert_eq!(failure(&["verify", "snp", "--report", "r", "--vek", "v", "--at", "now"]).0, "atbac::cli::not_found");
}

#[test]
fn the_flag_for_json_may_stand_anywhere() {
    let (code, document) = json(&["test", EXAMPLE]);
    let first = atbac(&["--json", "test", EXAMPLE]);
    assert_eq!((first.code, serde_json::from_str::<serde_json::Value>(&first.stdout).unwrap()), (code, document));
}

#[test]
fn pipes_get_no_colours() {
    let run = atbac(&["check", EXAMPLE]);
    assert!(!run.stdout.contains('\u{1b}'));
}
