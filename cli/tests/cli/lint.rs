//! Levels of lints as arguments of `atbac check`.

use crate::support::{atbac, failure, file, folder, json};

/// The second condition follows from the first; the exception ended long ago.
const POLICY: &str = "package demo;
floor circumstance: asserted;
request Call { call flag: asserted Bool }
forbid twice for Call { when flag; when flag; reason \"twice\"; }
@owner(\"team\") @exception(ticket: \"SEC-1\", expires: 2020-01-01)
permit once for Call { unless flag; }
";

#[test]
fn lints_are_warnings_that_can_be_allowed_and_denied() {
    let folder = folder("lints_are_warnings");
    let path = file(&folder, "demo.atbac", POLICY);
    let found = |arguments: &[&str]| -> (i32, Vec<String>) {
        let (code, document) = json(&[&["check", &path], arguments].concat());
        let found = document["diagnostics"].as_array().unwrap().iter();
        let of = |found: &serde_json::Value, key: &str| found[key].as_str().unwrap().to_owned();
        (code, found.map(|found| format!("{} {}", of(found, "severity"), of(found, "code"))).collect())
    };
    let (always, expired) = ("warning atbac::lints::always_true", "warning atbac::lints::exception_expired");
    assert_eq!(found(&[]), (0, vec![always.to_owned(), expired.to_owned()]));
    assert_eq!(found(&["--lint", "always_true=allow"]), (0, vec![expired.to_owned()]));
    let denied = vec!["error atbac::lints::always_true".to_owned(), expired.to_owned()];
    assert_eq!(found(&["--lint", "always_true=deny"]), (1, denied));
    // The last counts.
    let both = ["--lint", "always_true=deny", "--lint", "always_true=allow", "--lint", "exception_expired=allow"];
    assert_eq!(found(&both), (0, Vec::new()));
}

#[test]
fn lints_and_levels_that_do_not_exist_are_no_answer() {
    for (argument, known) in
        [("shadowed=deny", "shadowed_rule"), ("always_true=never", "`deny`"), ("always_true", "name=level")]
    {
        let (code, message) = failure(&["check", "demo.atbac", "--lint", argument]);
        assert_eq!(code, "atbac::cli::usage", "{argument}");
        assert!(message.contains(known), "{message}");
    }
    assert!(atbac(&["check", "--help"]).stdout.contains("--lint <NAME=LEVEL>"));
}
