//! What checking gives besides messages of its own: files that tests name, and findings beside what cannot be read.
#![expect(clippy::panic, reason = "a test that cannot go on fails, in its helpers too")]

use atbac_compiler::pipeline::{self, Refused, SourceFile};

const REQUEST: &str = r#"package checks;
use std.snp.Snp;
floor circumstance: asserted;
request Call { session one: attested Snp, session other: attested Snp, call amount: asserted Int }
permit small for Call where amount < 10 {
  require age(one) <= 5m else "stale";
}
"#;

fn checked(more: &str) -> Result<atbac_compiler::pipeline::Checked, Refused> {
    pipeline::parse([SourceFile { name: "checks".into(), text: format!("{REQUEST}{more}").into() }]).check()
}

/// A case gives a field instead of what all cases have: a value instead of a file, or another file.
#[test]
fn a_case_gives_its_own_evidence() {
    let checked = checked(
        r#"test "from files" {
  given Call { one: evidence("one.json"), other: evidence("other.json"), amount: 1 }
  case "both" {} expect deny
  case "a value" { one: Snp.sample } expect deny
  case "another file" { one: evidence("third.json") } expect deny
}"#,
    )
    .unwrap_or_else(|refused| panic!("{:#?}", refused.diagnostics));
    let of_case = |at: usize| -> Vec<(usize, &str)> {
        checked.policy.tests[at].fixtures.iter().map(|fixture| (fixture.field, fixture.path.as_str())).collect()
    };
    assert_eq!(of_case(0), [(0, "one.json"), (1, "other.json")]);
    assert_eq!(of_case(1), [(1, "other.json")]);
    assert_eq!(of_case(2), [(1, "other.json"), (0, "third.json")]);
}

/// Where a declaration cannot be read, the others are checked all the same. Only names are not missed: what cannot be read may declare them.
#[test]
fn what_can_be_read_is_checked() {
    let found = checked("permit broken for Call {\npermit large for Call { when amount == \"x\"; when amount == most; }\n");
    let Err(refused) = found else { panic!("a permit without an end was accepted") };
    let codes: Vec<&str> = refused.diagnostics.iter().map(|found| found.code.as_str()).collect();
    assert!(codes.iter().any(|code| code.starts_with("atbac::syntax::")), "{codes:?}");
    assert!(codes.contains(&"atbac::types::mismatch"), "{codes:?}");
    assert!(!codes.contains(&"atbac::names::unknown"), "{codes:?}");
}
