//! JSON and times that are empty, huge, deep or absurd.

use atbac_engine::input::{MAX_INPUT_BYTES, parse_json};
use atbac_engine::{Bundle, Execution};
use atbac_tests::files::source;
use atbac_tests::twins::{TwinSession, Twins, set_all};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

const POLICY: &str = r#"
package p;
use std.agent.Approval;
floor circumstance: asserted;
enum Mood { calm }
record Item { name: String, size: Int? }
evidence Note "a note" @verifier("approval") { verified_at: Instant, expires_at: Instant }
request Call {
  call text: asserted String?,
  call bytes: asserted Bytes<4>?,
  call firmware: asserted Tcb?,
  call wait: asserted Duration?,
  call due: asserted Instant?,
  call version: asserted Version?,
  call items: asserted [Item; 3]?,
  call tags: asserted Set<String>?,
  call mood: asserted Mood?,
  call note: authenticated Note?,
  call approval: authenticated Approval?,
}
reference names: Set<String>;
permit everything for Call;
permit young for Call where note is present { when age(note) <= 5m; }
forbid old for Call where note is present { when age(note) > 5m; reason "old"; }
permit named for Call where text is present, text in names;
"#;

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// Both executions, with the reference that some rules read.
fn twins() -> Twins {
    let twins = Twins::open(&source(POLICY));
    twins.swap_references(&json!({ "names": [] }));
    twins
}

fn session(twins: &Twins) -> TwinSession {
    twins.open_session("Call", now(), Ok).unwrap()
}

/// The code with which a call is refused.
fn refused(twins: &Twins, call: &Json) -> &'static str {
    match session(twins).call(|fields| set_all(fields, call.as_object().unwrap())) {
        Ok(_) => panic!("it must be refused: {call}"),
        Err(error) => error.code(),
    }
}

#[test]
fn what_is_no_json() {
    for text in
        ["", " ", "{", "nul", "{\"a\" 1}", "[1,]", "\u{feff}{}", "NaN", "1e", "'a'", "{}{}", "\"\\ud800\"", "\"\u{1}\""]
    {
        let error = parse_json(text.as_bytes()).expect_err(text);
        assert_eq!(error.code(), "atbac::input::syntax", "{text:?}");
    }
    assert_eq!(parse_json(&[b'"', 0xFF, b'"']).unwrap_err().code(), "atbac::input::syntax");
}

#[test]
fn a_hundred_megabytes_of_json() {
    for text in ["[".repeat(100 << 20), format!("\"{}\"", "a".repeat(100 << 20))] {
        assert_eq!(parse_json(text.as_bytes()).unwrap_err().code(), "atbac::input::too_large");
    }
    assert!(parse_json(" ".repeat(MAX_INPUT_BYTES - 1).as_bytes()).is_err());
}

/// Errors are logged and sent back: none repeats all of a long input.
#[test]
fn errors_are_short() {
    let twins = twins();
    let long = "x".repeat(1 << 20);
    for call in [
        json!({ "mood": long }),
        json!({ "version": long }),
        json!({ "bytes": long }),
        json!({ "wait": long }),
        json!({ "due": long }),
        json!({ &long: 1 }),
        json!({ "firmware": { &long: 1 } }),
        json!({ "firmware": { &long: 256 } }),
        json!({ "items": [{ "name": "a", &long: 1 }] }),
    ] {
        let result = session(&twins).call(|fields| set_all(fields, call.as_object().unwrap()));
        let error = result.err().unwrap();
        assert!(error.to_string().len() < 1000 && error.path().len() < 1000, "{} bytes", error.to_string().len());
    }
}

#[test]
fn json_nested_a_million_deep() {
    for open in ["[", "{\"a\":"] {
        assert_eq!(parse_json(open.repeat(1 << 20).as_bytes()).unwrap_err().code(), "atbac::input::syntax");
    }
}

#[test]
fn values_that_do_not_fit() {
    let twins = twins();
    for (call, code) in [
        (json!({ "text": "a".repeat((1 << 20) + 1) }), "atbac::input::too_large"),
        (json!({ "text": 1 }), "atbac::input::type"),
        (json!({ "bytes": "00" }), "atbac::input::range"),
        (json!({ "bytes": "0".repeat(9) }), "atbac::input::type"),
        (json!({ "bytes": "zzzzzzzz" }), "atbac::input::type"),
        (json!({ "bytes": "00".repeat(3 << 20) }), "atbac::input::too_large"),
        (json!({ "firmware": { "snp": 256 } }), "atbac::input::range"),
        (json!({ "firmware": { "snp": -1 } }), "atbac::input::range"),
        (json!({ "firmware": { "ucode": 1 } }), "atbac::input::unknown"),
        (json!({ "firmware": [] }), "atbac::input::type"),
        (json!({ "wait": "5" }), "atbac::input::type"),
        (json!({ "wait": "5m 5m" }), "atbac::input::type"),
        (json!({ "wait": "99999999999999999999d" }), "atbac::input::type"),
        (json!({ "wait": "-5m" }), "atbac::input::type"),
        (json!({ "due": "2026-02-30T00:00:00Z" }), "atbac::input::type"),
        (json!({ "due": "2026-01-01" }), "atbac::input::type"),
        (json!({ "due": "2026-01-01T00:00:00" }), "atbac::input::type"),
        (json!({ "due": "20260101T000000Z" }), "atbac::input::type"),
        (json!({ "due": "10000-01-01T00:00:00Z" }), "atbac::input::type"),
        (json!({ "due": "a".repeat(1 << 20) }), "atbac::input::type"),
        (json!({ "due": 0 }), "atbac::input::type"),
        (json!({ "version": "1.2" }), "atbac::input::type"),
        (json!({ "version": "1.2.3.4" }), "atbac::input::type"),
        (json!({ "version": "1.2.99999999999999999999" }), "atbac::input::type"),
        (
            json!({ "items": [{ "name": "a" }, { "name": "b" }, { "name": "c" }, { "name": "d" }] }),
            "atbac::input::range",
        ),
        (json!({ "items": [{}] }), "atbac::input::missing"),
        (json!({ "items": [{ "name": "a", "more": 1 }] }), "atbac::input::unknown"),
        (json!({ "items": [[]] }), "atbac::input::type"),
        (json!({ "tags": { "a": 1 } }), "atbac::input::type"),
        (json!({ "tags": [null] }), "atbac::input::type"),
    ] {
        let shown: String = call.to_string().chars().take(80).collect();
        assert_eq!(refused(&twins, &call), code, "{shown}");
    }
}

/// A set of a million equal members is a set of one.
#[test]
fn a_set_that_says_one_thing_a_million_times() {
    let twins = twins();
    let call = json!({ "tags": vec!["tag"; 1_000_000] });
    assert_eq!(session(&twins).call(|fields| set_all(fields, call.as_object().unwrap())).map(|_| ()), Ok(()));
}

#[test]
fn a_reference_set_of_a_million_members() {
    let bundle = Bundle::open(source(POLICY), Execution::Jit).unwrap();
    let names: Vec<String> = (0..1_000_000).map(|at| format!("n{at}")).collect();
    let file = json!({ "format": 1, "references": { "names": names } }).to_string();
    bundle.swap_references(bundle.read_references(file.as_bytes()).unwrap()).unwrap();
    let session = bundle.open_session(bundle.session_fields("Call").unwrap(), now()).unwrap();
    for (text, rules) in [("n999999", 2), ("n1000000", 1)] {
        let call = session.call(session.call_fields().asserted("text", &json!(text)).unwrap()).unwrap();
        assert_eq!(session.decide(&call, now(), &mut session.memory()).rules().count(), rules, "{text}");
    }
}

/// Evidence dated at the ends of time, asked about at the ends of time: both executions answer, and alike.
#[test]
fn the_ends_of_time() {
    let twins = twins();
    let mut session = session(&twins);
    // RFC 3339 has years from 0 on.
    let instants = [
        "0000-01-01T00:00:00Z".parse().unwrap(),
        Timestamp::UNIX_EPOCH,
        "1969-12-31T23:59:59.9999Z".parse().unwrap(),
        now(),
        Timestamp::MAX,
    ];
    for verified_at in instants {
        for expires_at in instants {
            let note = json!({ "verified_at": verified_at.to_string(), "expires_at": expires_at.to_string() });
            let call = session.call(|fields| fields.authenticated("note", &note)).unwrap();
            for at in instants.into_iter().chain([Timestamp::MIN]) {
                let decision = session.decide(&call, at);
                let milliseconds = |instant: Timestamp| instant.as_millisecond();
                let expired = milliseconds(at) >= milliseconds(expires_at);
                assert_eq!(decision["kind"] == "expired", expired, "{note} at {at}: {decision}");
                if !expired {
                    let age = milliseconds(at) - milliseconds(verified_at);
                    let young = (0..=300_000).contains(&age);
                    let rules = if young { json!(["everything", "young"]) } else { json!(["old"]) };
                    assert_eq!(decision["rules"], rules, "{note} at {at}");
                }
            }
        }
    }
}
