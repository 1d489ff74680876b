//! `atbac trust`.

use crate::support::{EXAMPLE, atbac, failure, file, folder, json};

#[test]
fn every_rule_says_what_it_rests_on() {
    let (code, document) = json(&["trust", EXAMPLE]);
    assert_eq!(code, 0);
    let rules = document["rules"].as_array().unwrap();
    let rule = |name: &str| rules.iter().find(|rule| rule["rule"] == name).unwrap_or_else(|| panic!("{document}"));
    let permit = rule("approve_high_value");
    assert_eq!((&permit["effect"], &permit["package"]), (&"permit".into(), &"payments.approver".into()));
    let floors: Vec<_> = permit["floors"].as_array().unwrap().iter().map(|floor| &floor["fact"]).collect();
    assert_eq!(floors, ["code_identity", "platform_health"]);
    let claims = permit["sources"][0]["claims"].as_array().unwrap();
    assert_eq!(
        (&permit["sources"][0]["field"], &permit["sources"][0]["provenance"]),
        (&"principal".into(), &"attested".into())
    );
    assert!(claims.iter().any(|claim| claim["path"] == "measurement" && claim["fact"] == "code_identity"), "{permit}");
    assert!(permit["references"].as_array().unwrap().contains(&"approver_builds".into()), "{permit}");
    assert_eq!(rule("unapproved_production_write")["floors"], serde_json::json!([]));
    let run = atbac(&["trust", EXAMPLE]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("permit approve_high_value (payments.approver)\n"), "{}", run.stdout);
    assert!(run.stdout.contains("approver.atbac:"), "{}", run.stdout);
}

#[test]
fn refused_policies_rest_on_nothing() {
    let folder = folder("refused_policies_rest_on_nothing");
    let path = file(&folder, "demo.atbac", "package demo;\nrecord Ledger { name: Strnig }\n");
    for verb in ["trust", "cost"] {
        assert_eq!(failure(&[verb, &path]).0, "atbac::cli::policies_refused", "{verb}");
    }
}
