//! What checking gives besides messages of its own: files that tests name, findings beside what cannot be read, and limits that a caller sets.

use atbac_compiler::limits::Limits;
use atbac_compiler::pipeline::{self, Checked, Refused, SourceFile};
use atbac_grammar::diagnostic::Severity;

const REQUEST: &str = r#"package checks;
use std.snp.Snp;
floor circumstance: asserted;
request Call { session one: attested Snp, session other: attested Snp, call amount: asserted Int }
permit small for Call where amount < 10 {
  require age(one) <= 5m else "stale";
}
"#;

fn parsed(more: &str, limits: Limits) -> Result<Checked, Refused> {
    pipeline::parse_within([SourceFile { name: "checks".into(), text: format!("{REQUEST}{more}") }], limits).check()
}

fn checked(more: &str) -> Result<Checked, Refused> {
    parsed(more, Limits::default())
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
    let found =
        checked("permit broken for Call {\npermit large for Call { when amount == \"x\"; when amount == most; }\n");
    let Err(refused) = found else { panic!("a permit without an end was accepted") };
    let codes: Vec<&str> = refused.diagnostics.iter().map(|found| found.code.as_str()).collect();
    assert!(codes.iter().any(|code| code.starts_with("atbac::syntax::")), "{codes:?}");
    assert!(codes.contains(&"atbac::types::mismatch"), "{codes:?}");
    assert!(!codes.contains(&"atbac::names::unknown"), "{codes:?}");
}

/// What exceeds a limit is said once for a bundle, and lines that state no condition count too.
#[test]
fn a_limit_is_said_once() {
    let found = |more: &str, limits: Limits| -> Vec<String> {
        let refused = parsed(more, limits).err().map_or_else(Vec::new, |refused| refused.diagnostics);
        let errors = refused.into_iter().filter(|found| found.severity == Severity::Error);
        errors.map(|found| found.message).collect()
    };
    let names = "permit named for Call { let a = 1; let b = 2; let c = 3; let d = 4; let e = 5; when amount == e; }";
    let limits = Limits { rule_conditions: 5, ..Limits::default() };
    assert_eq!(found(names, limits), ["this rule has 6 lines; at most 5 are allowed"]);

    let one = "when amount == 1 or amount == 2 or amount == 3 or amount == 4;";
    let rules: String = (0..8).map(|at| format!("permit p{at} for Call {{ {one} }}\n")).collect();
    assert_eq!(found(&rules, Limits { bundle_conditions: 40, ..Limits::default() }).len(), 1);

    let template =
        "template twice(n: Int) { permit a for Call where amount == n; permit b for Call where amount == n; }\n";
    let declarations = found("", Limits { declarations: 0, ..Limits::default() });
    let [without] = declarations.as_slice() else { panic!("{declarations:?}") };
    let count = |words: &str| -> usize { words.split(' ').find_map(|word| word.parse().ok()).unwrap_or_default() };
    let applied: String = (0..5).map(|at| format!("apply twice({at}) as t{at};\n")).collect();
    // The template, its five applications, and of the ten rules that these declare, two.
    let limits = Limits { declarations: count(without) + 8, ..Limits::default() };
    assert_eq!(found(&format!("{template}{applied}"), limits).len(), 1);
}
