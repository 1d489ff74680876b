//! Why reference values do not count, as it is told.

use crate::asking::{at, both, verdict};
use serde_json::{Value as Json, json};

const FEBRUARY: &str = "2026-02-01T00:00:00Z";

fn told(references: &Json, question: &Json) -> Json {
    both(references, question, at(FEBRUARY))
}

/// What is told of one line that failed, whose sentence is `sentence`.
fn of_line(decision: &Json, sentence: &str) -> Json {
    assert_eq!((verdict(decision), &decision["reasons"]), ("no_permit", &json!([sentence])), "{decision}");
    decision["details"][0].get("references").cloned().unwrap_or(json!([]))
}

#[test]
fn an_element_that_does_not_count_is_named_with_its_origin() {
    let released = json!({ "values": [
        { "value": "candidate", "state": "candidate", "origin": "build 7" },
        { "value": "future", "state": "active", "from": "2026-02-01T00:00:00.001Z", "origin": "release 2" },
        { "value": "past", "state": "active", "until": "2026-01-01T00:00:00Z" },
        { "value": "past", "state": "deprecated", "until": FEBRUARY, "origin": "release 1" },
        { "value": "past", "state": "candidate" },
        { "value": "revoked", "state": "active", "origin": "release 0" },
        { "value": "revoked", "state": "revoked", "origin": "SEC-118" },
        { "value": "counts" },
    ] });
    let fault = |build: &str| {
        let decision = told(&json!({ "released": released }), &json!({ "ask": "build", "build": build }));
        of_line(&decision, "not a released build")
    };
    let expected = |build: &str, fault: &str, origin: &str| json!({ "reference": "released", "value": build, "fault": fault, "origin": origin });
    assert_eq!(fault("candidate"), json!([expected("candidate", "candidate", "build 7")]));
    let mut future = expected("future", "not_yet", "release 2");
    future["from"] = "2026-02-01T00:00:00.001Z".into();
    assert_eq!(fault("future"), json!([future]));
    // It ended when the later of its two times did.
    let mut past = expected("past", "ended", "release 1");
    past["until"] = FEBRUARY.into();
    assert_eq!(fault("past"), json!([past]));
    assert_eq!(fault("revoked"), json!([expected("revoked", "revoked", "SEC-118")]));
    assert_eq!(fault("unheard of"), json!([]), "what the file does not have is not told of");
}

#[test]
fn of_a_subset_every_element_that_does_not_count_is_named() {
    let references = json!({ "released": { "values": [{ "value": "a" }, { "value": "b", "state": "revoked" }, { "value": "c", "state": "candidate" }] } });
    let decision = told(&references, &json!({ "ask": "builds", "builds": ["a", "b", "c", "d"] }));
    assert_eq!(
        of_line(&decision, "not all released"),
        json!([
            { "reference": "released", "value": "b", "fault": "revoked" },
            { "reference": "released", "value": "c", "fault": "candidate" },
        ])
    );
}

#[test]
fn of_networks_those_around_the_address_are_named() {
    let references = json!({ "networks": { "values": [
        { "value": "10.0.0.0/8", "state": "revoked", "origin": "old site" },
        { "value": "10.1.0.0/16", "state": "candidate" },
        { "value": "192.168.0.0/16", "state": "revoked" },
        { "value": "172.16.0.0/12" },
    ] } });
    let decision = told(&references, &json!({ "ask": "network", "address": "10.2.0.1" }));
    assert_eq!(
        of_line(&decision, "from elsewhere"),
        json!([{ "reference": "networks", "value": "10.0.0.0/8", "fault": "revoked", "origin": "old site" }])
    );
}

#[test]
fn a_value_that_cannot_be_used_is_named_with_its_origin() {
    let question = json!({ "ask": "limit", "amount": 1 });
    let of = |entries: Json| {
        let decision = told(&json!({ "limit": { "values": entries } }), &question);
        assert_eq!((verdict(&decision), &decision["inputs"]), ("indeterminate", &json!(["limit"])), "{decision}");
        decision["references"].clone()
    };
    assert_eq!(
        of(json!([{ "value": 5, "state": "active", "from": "2026-03-01T00:00:00Z", "origin": "plan" }])),
        json!([{ "reference": "limit", "fault": "not_yet", "from": "2026-03-01T00:00:00Z", "origin": "plan" }])
    );
    assert_eq!(
        of(
            json!([{ "value": 5, "state": "deprecated", "until": FEBRUARY, "origin": "plan" }, { "value": 6, "state": "candidate" }])
        ),
        json!([{ "reference": "limit", "fault": "ended", "until": FEBRUARY, "origin": "plan" }])
    );
    assert_eq!(
        of(json!([{ "value": 6, "state": "candidate" }, { "value": 5, "state": "revoked", "origin": "SEC-1" }])),
        json!([{ "reference": "limit", "fault": "revoked", "origin": "SEC-1" }])
    );
    let decision = told(&json!({}), &question);
    assert_eq!(decision["references"], json!([{ "reference": "limit", "fault": "not_loaded" }]));
}

#[test]
fn what_counts_and_what_is_not_read_is_not_told_of() {
    let references = json!({ "limit": 5, "released": { "values": [{ "value": "none", "state": "revoked" }] } });
    let decision = told(&references, &json!({ "ask": "limit", "amount": 6 }));
    assert_eq!(of_line(&decision, "too much"), json!([]));
    assert_eq!((&decision["inputs"], decision.get("references")), (&json!([]), None));
}
