//! The examples decide as their tables say, over genuine evidence, through the library.

use atbac_tests::examples::Example;
use serde_json::{Value as Json, json};

/// Every case: evidence verified, session opened, call decided on both executions.
#[test]
fn transaction_approver_decides_as_its_table_says() {
    let example = Example::open("transaction-approver");
    let table = example.json("expected.json");
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() >= 32);
    for case in cases {
        let file = |key: &str| case[key].as_str().unwrap();
        example.load_references(file("references"));
        let mut session = example.open_session(file("evidence"));
        let call = example.call(&session, file("call"));
        let found = session.decide(&call, file("at").parse().unwrap());
        assert_eq!(stated(&found, &case["expect"]), whole(&case["expect"]), "{}", case["name"]);
    }
}

/// What a table must say of a decision. It leaves `valid_until` out of denials that time alone hardly ever changes, and empty lists.
fn whole(expected: &Json) -> Json {
    let mut whole = json!({ "rules": [], "reasons": [], "inputs": [], "grant": null, "kind": null });
    whole.as_object_mut().unwrap().extend(expected.as_object().unwrap().clone());
    whole
}

/// The same fields of a decision that came out.
fn stated(found: &Json, expected: &Json) -> Json {
    let list = |key: &str| found.get(key).cloned().unwrap_or_else(|| json!([]));
    let mut stated = json!({
        "effect": found["effect"],
        "kind": found["kind"],
        "rules": list("rules"),
        "reasons": list("reasons"),
        "inputs": list("inputs"),
        "grant": found["grant"],
    });
    if expected.get("valid_until").is_some() {
        stated["valid_until"] = found["valid_until"].clone();
    }
    stated
}

/// A session outlives the reference values it was opened with: each swap counts at once.
#[test]
fn swapped_references_count_for_open_sessions() {
    let example = Example::open("transaction-approver");
    example.load_references("references.json");
    let mut session = example.open_session("snp.json");
    let call = example.call(&session, "calls/query-ledger.json");
    let at = "2026-06-30T12:01:00Z".parse().unwrap();
    for (references, effect) in [
        ("references.json", "permit"),
        ("references-other-builds.json", "deny"),
        ("references-without-builds.json", "deny"),
        ("references.json", "permit"),
    ] {
        example.load_references(references);
        assert_eq!(session.decide(&call, at)["effect"], effect, "{references}");
    }
}

/// One session asked at many instants, forwards and backwards.
#[test]
fn a_session_is_asked_at_any_time() {
    let example = Example::open("transaction-approver");
    example.load_references("references.json");
    let mut session = example.open_session("snp.json");
    let call = example.call(&session, "calls/query-ledger.json");
    for (at, effect) in [
        ("2026-06-30T12:05:00.001Z", "deny"),
        ("2026-06-30T12:05:00Z", "permit"),
        ("2026-06-30T11:59:59.999Z", "deny"),
        ("2026-06-30T12:00:00Z", "permit"),
        ("2026-06-30T21:00:00Z", "deny"),
        ("2026-06-30T12:00:00Z", "permit"),
    ] {
        assert_eq!(session.decide(&call, at.parse().unwrap())["effect"], effect, "{at}");
    }
}
