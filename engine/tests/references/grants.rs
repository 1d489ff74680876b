//! What permits grant: merged, computed, and never longer than the decision.

use crate::asking::{EXECUTIONS, at, decide, load, open, verdict};
use serde_json::{Value as Json, json};

const NOW: &str = "2026-02-01T00:00:00Z";

/// What both executions decide of a policy: they must agree.
fn both(policy: &str, references: &Json, question: &Json) -> Json {
    let [jit, interpreter] = EXECUTIONS.map(|execution| {
        let bundle = open(policy, execution);
        load(&bundle, references);
        decide(&bundle, question, at(NOW))
    });
    assert_eq!(jit, interpreter);
    jit
}

/// A policy whose permits rest on `limit`, with these grants.
fn resting_on_limit(merge: &str, grants: &[&str]) -> String {
    let permits = grants.iter().enumerate().map(|(at, grant)| {
        format!("permit p{at} for Call {{ require amount <= limit else \"too much\"; grant {{ {grant} }} }}\n")
    });
    format!(
        "package p; floor circumstance: asserted;
         request Call {{ call amount: asserted Int }}
         grant Pass for Call {{ ttl: Duration merge {merge}, lease: Duration merge {merge} }}
         reference limit: Int;
         {}",
        permits.collect::<String>()
    )
}

fn limit_until(until: &str) -> Json {
    json!({ "limit": { "values": [{ "value": 9, "until": until }] } })
}

#[test]
fn a_ttl_ends_with_its_decision() {
    let amount = json!({ "amount": 1 });
    let grants = ["ttl: 5m, lease: 5m", "ttl: 4m, lease: 4m"];
    let granted = |merge: &str, grants: &[&str], until: &str| {
        let decision = both(&resting_on_limit(merge, grants), &limit_until(until), &amount);
        assert_eq!(decision["valid_until"], until);
        decision["grant"].clone()
    };
    // 90 seconds are left: less than any permit gives. Only `ttl` is cut.
    assert_eq!(granted("min", &grants, "2026-02-01T00:01:30Z"), json!({ "ttl": "1m30s", "lease": "4m" }));
    assert_eq!(granted("max", &grants, "2026-02-01T00:01:30Z"), json!({ "ttl": "1m30s", "lease": "5m" }));
    assert_eq!(granted("same", &grants[..1], "2026-02-01T00:01:30Z"), json!({ "ttl": "1m30s", "lease": "5m" }));
    // To the millisecond.
    assert_eq!(granted("max", &grants, "2026-02-01T00:04:59.999Z")["ttl"], "4m59s999ms");
    assert_eq!(granted("max", &grants, "2026-02-01T00:05:00Z")["ttl"], "5m");
    assert_eq!(granted("max", &grants, "2026-02-01T00:05:00.001Z")["ttl"], "5m");
}

#[test]
fn without_an_end_a_ttl_is_as_it_was_given() {
    let decision =
        both(&resting_on_limit("min", &["ttl: 5m, lease: 5m"]), &json!({ "limit": 9 }), &json!({ "amount": 1 }));
    assert_eq!((&decision["valid_until"], &decision["grant"]["ttl"]), (&Json::Null, &"5m".into()));
}

/// What is cut to the same was not the same when it was given.
#[test]
fn permits_must_agree_before_the_cut() {
    let policy = resting_on_limit("same", &["ttl: 5m, lease: 1m", "ttl: 4m, lease: 1m"]);
    let decision = both(&policy, &limit_until("2026-02-01T00:01:30Z"), &json!({ "amount": 1 }));
    assert_eq!((verdict(&decision), &decision["disagreements"]), ("indeterminate", &json!(["ttl"])));
}

/// What may be given by a permit of which it cannot be said whether it applies is no disagreement.
#[test]
fn permits_that_may_apply_disagree_with_nobody() {
    let policy = resting_on_limit("same", &["ttl: 5m, lease: 1m", "ttl: 4m, lease: 1m"]);
    let decision = both(&policy, &json!({}), &json!({ "amount": 1 }));
    assert_eq!((verdict(&decision), decision.get("disagreements")), ("indeterminate", None));
}

/// A policy whose permits grant sets.
fn granting(merge: &str, sets: &[&str]) -> String {
    let permits =
        sets.iter().enumerate().map(|(at, set)| format!("permit p{at} for Call {{ grant {{ names: {set} }} }}\n"));
    format!(
        "package p; floor circumstance: asserted;
         request Call {{ call name: asserted String, call given: asserted Set<String>, call choice: asserted Bool }}
         grant Pass for Call {{ names: Set<String> merge {merge} }}
         reference names: Set<String>;
         {}",
        permits.collect::<String>()
    )
}

fn names(merge: &str, sets: &[&str]) -> Json {
    let references = json!({ "names": { "values": [
        { "value": "a" },
        { "value": "b", "until": "2026-03-01T00:00:00Z" },
        { "value": "past", "until": NOW },
        { "value": "revoked", "state": "revoked" },
    ] } });
    let question = json!({ "name": "n", "given": ["a", "g"], "choice": true });
    both(&granting(merge, sets), &references, &question)["grant"]["names"].clone()
}

#[test]
fn a_granted_reference_set_has_what_counts() {
    assert_eq!(names("union", &["names"]), json!(["a", "b"]));
    let decision = both(
        &granting("union", &["names"]),
        &json!({ "names": { "values": [{ "value": "b", "from": "2026-03-01T00:00:00Z" }] } }),
        &json!({ "name": "", "given": [], "choice": true }),
    );
    // It is another grant when the value begins to count.
    assert_eq!((&decision["grant"]["names"], &decision["valid_until"]), (&json!([]), &"2026-03-01T00:00:00Z".into()));
}

#[test]
fn sets_of_every_origin_are_merged() {
    assert_eq!(names("union", &["names", "given", "{ name, \"a\" }"]), json!(["a", "b", "g", "n"]));
    assert_eq!(names("intersect", &["names", "given"]), json!(["a"]));
    assert_eq!(names("intersect", &["given", "{ name, \"g\", \"a\" }"]), json!(["a", "g"]));
    assert_eq!(names("union", &["{ name, name, \"n\" }"]), json!(["n"]), "each once");
    assert_eq!(names("intersect", &["names", "{ \"past\", \"revoked\" }"]), json!([]));
    assert_eq!(names("intersect", &["if choice then names else given", "{ name, \"b\" }"]), json!(["b"]));
}
