//! When values count: by their dates and states, and until when a decision knows it.

use crate::asking::{at, both, verdict};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

/// A case: the references and the question, and for some instants what is decided and until when.
struct Case {
    references: Json,
    question: Json,
    decisions: &'static [(&'static str, &'static str, Option<&'static str>)],
}

const JANUARY: &str = "2026-01-01T00:00:00Z";
const FEBRUARY: &str = "2026-02-01T00:00:00Z";
const MARCH: &str = "2026-03-01T00:00:00Z";
const APRIL: &str = "2026-04-01T00:00:00Z";
/// The last millisecond before February.
const LAST_OF_JANUARY: &str = "2026-01-31T23:59:59.999Z";
const LAST_OF_FEBRUARY: &str = "2026-02-28T23:59:59.999Z";

fn check(case: &Case) {
    for (now, expected, until) in case.decisions {
        let decision = both(&case.references, &case.question, at(now));
        let found = (verdict(&decision), decision["valid_until"].as_str());
        assert_eq!(found, (*expected, *until), "{} at {now}: {decision}", case.references);
        if let Some(until) = until {
            let last = at(until) - SignedDuration::from_millis(1);
            let same = both(&case.references, &case.question, last);
            assert_eq!((verdict(&same), same["valid_until"].as_str()), found, "{} at {last}", case.references);
        }
    }
}

fn builds(entries: Json) -> Json {
    json!({ "released": { "values": entries } })
}

fn build() -> Json {
    json!({ "ask": "build", "build": "a" })
}

#[test]
fn an_element_counts_from_its_beginning_until_its_end() {
    check(&Case {
        references: builds(json!([{ "value": "a", "state": "active", "from": FEBRUARY, "until": MARCH }])),
        question: build(),
        decisions: &[
            (JANUARY, "no_permit", Some(FEBRUARY)),
            (LAST_OF_JANUARY, "no_permit", Some(FEBRUARY)),
            (FEBRUARY, "permit", Some(MARCH)),
            (LAST_OF_FEBRUARY, "permit", Some(MARCH)),
            (MARCH, "no_permit", None),
        ],
    });
}

#[test]
fn without_dates_an_element_always_counts() {
    for entry in [json!({ "value": "a" }), json!({ "value": "a", "state": "active", "origin": "release 1" })] {
        let decisions = &[(JANUARY, "permit", None), (APRIL, "permit", None)];
        check(&Case { references: builds(json!([entry])), question: build(), decisions });
    }
    let plain = json!({ "released": ["b", "a"] });
    check(&Case { references: plain, question: build(), decisions: &[(JANUARY, "permit", None)] });
}

#[test]
fn deprecated_elements_count_until_their_end() {
    check(&Case {
        references: builds(json!([{ "value": "a", "state": "deprecated", "until": FEBRUARY }])),
        question: build(),
        decisions: &[(JANUARY, "permit", Some(FEBRUARY)), (FEBRUARY, "no_permit", None)],
    });
}

#[test]
fn candidates_and_revoked_elements_never_count() {
    for state in ["candidate", "revoked"] {
        check(&Case {
            references: builds(json!([{ "value": "a", "state": state, "from": FEBRUARY, "until": MARCH }])),
            question: build(),
            decisions: &[(JANUARY, "no_permit", None), (FEBRUARY, "no_permit", None), (MARCH, "no_permit", None)],
        });
    }
}

#[test]
fn a_revocation_rules_out_every_other_entry_of_the_value() {
    let revoked = json!({ "value": "a", "state": "revoked", "from": MARCH });
    for entries in [json!([{ "value": "a" }, revoked]), json!([revoked, { "value": "a" }])] {
        check(&Case {
            references: builds(entries),
            question: build(),
            decisions: &[(JANUARY, "no_permit", None), (MARCH, "no_permit", None)],
        });
    }
    let other = json!([{ "value": "b", "state": "revoked" }, { "value": "a" }]);
    check(&Case { references: builds(other), question: build(), decisions: &[(JANUARY, "permit", None)] });
}

#[test]
fn entries_of_one_value_add_up() {
    check(&Case {
        references: builds(json!([
            { "value": "a", "state": "deprecated", "from": FEBRUARY, "until": MARCH },
            { "value": "a", "state": "active", "from": JANUARY, "until": FEBRUARY },
            { "value": "a", "state": "candidate" },
        ])),
        question: build(),
        decisions: &[
            ("2025-12-31T00:00:00Z", "no_permit", Some(JANUARY)),
            // The two meet, so nothing happens at the beginning of February.
            (JANUARY, "permit", Some(MARCH)),
            (FEBRUARY, "permit", Some(MARCH)),
            (MARCH, "no_permit", None),
        ],
    });
    check(&Case {
        references: builds(json!([
            { "value": "a", "state": "active", "until": FEBRUARY },
            { "value": "a", "state": "active", "from": MARCH },
        ])),
        question: build(),
        decisions: &[
            (JANUARY, "permit", Some(FEBRUARY)),
            (FEBRUARY, "no_permit", Some(MARCH)),
            (MARCH, "permit", None),
        ],
    });
}

#[test]
fn a_value_outside_its_time_is_indeterminate() {
    check(&Case {
        references: json!({ "limit": { "values": [{ "value": 5, "state": "active", "from": FEBRUARY, "until": MARCH }] } }),
        question: json!({ "ask": "limit", "amount": 5 }),
        decisions: &[
            (JANUARY, "indeterminate", Some(FEBRUARY)),
            (FEBRUARY, "permit", Some(MARCH)),
            (LAST_OF_FEBRUARY, "permit", Some(MARCH)),
            (MARCH, "indeterminate", None),
        ],
    });
    for state in ["candidate", "revoked"] {
        check(&Case {
            references: json!({ "limit": { "values": [{ "value": 5, "state": state }] } }),
            question: json!({ "ask": "limit", "amount": 5 }),
            decisions: &[(JANUARY, "indeterminate", None)],
        });
    }
    check(&Case {
        references: json!({}),
        question: json!({ "ask": "limit", "amount": 5 }),
        decisions: &[(JANUARY, "indeterminate", None)],
    });
}

/// What does not count leaves room for what does.
#[test]
fn a_value_may_stand_beside_those_that_never_count() {
    check(&Case {
        references: json!({ "limit": { "values": [
            { "value": 4, "state": "revoked" },
            { "value": 5, "state": "active" },
            { "value": 6, "state": "candidate" },
        ] } }),
        question: json!({ "ask": "limit", "amount": 5 }),
        decisions: &[(JANUARY, "permit", None)],
    });
}

#[test]
fn a_network_counts_in_its_time() {
    let references = json!({ "networks": { "values": [
        { "value": "10.0.0.0/8", "state": "active", "until": MARCH },
        { "value": "10.1.0.0/16", "state": "active", "from": FEBRUARY },
        { "value": "fc00::/7", "state": "revoked" },
    ] } });
    let from = |address: &str| json!({ "ask": "network", "address": address });
    let decisions = &[(JANUARY, "permit", Some(MARCH)), (MARCH, "no_permit", None)];
    check(&Case { references: references.clone(), question: from("10.2.0.1"), decisions });
    // The address of IPv4 in its other form.
    check(&Case { references: references.clone(), question: from("::ffff:10.2.0.1"), decisions });
    check(&Case { references, question: from("fc00::1"), decisions: &[(JANUARY, "no_permit", None)] });
}

#[test]
fn a_subset_is_as_its_elements() {
    check(&Case {
        references: builds(json!([
            { "value": "a", "state": "active", "from": FEBRUARY },
            { "value": "b", "state": "deprecated", "until": MARCH },
        ])),
        question: json!({ "ask": "builds", "builds": ["b", "a"] }),
        decisions: &[(FEBRUARY, "permit", Some(MARCH)), (MARCH, "no_permit", None)],
    });
}

#[test]
fn a_forbid_applies_while_its_element_counts() {
    check(&Case {
        references: builds(json!([{ "value": "a", "state": "active", "from": FEBRUARY, "until": MARCH }])),
        question: json!({ "ask": "forbid", "build": "a" }),
        decisions: &[(JANUARY, "permit", Some(FEBRUARY)), (FEBRUARY, "forbid", Some(MARCH)), (MARCH, "permit", None)],
    });
}
