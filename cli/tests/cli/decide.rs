//! `atbac decide`: every case of the example, and what stands in the way of an answer.

use crate::support::{EXAMPLE, atbac, example, failure, file, folder, json, root};
use serde_json::{Value, json};
use std::fs;

const AT: &str = "2026-06-30T12:01:00Z";

/// The arguments of a decision over the example, with these files.
fn arguments<'a>(evidence: &'a str, call: &'a str, references: &'a str, at: &'a str) -> Vec<&'a str> {
    vec!["decide", EXAMPLE, "--evidence", evidence, "--call", call, "--references", references, "--at", at]
}

/// A decision over the example with its usual files, of which `evidence` and `call` may be others.
fn usual(evidence: Option<&str>, call: Option<&str>) -> (i32, Value) {
    let (snp, query, references) =
        (example("snp.json"), example("calls/query-ledger.json"), example("references.json"));
    json(&arguments(evidence.unwrap_or(&snp), call.unwrap_or(&query), &references, AT))
}

fn read(name: &str) -> Value {
    serde_json::from_slice(&fs::read(root().join(example(name))).unwrap()).unwrap()
}

/// The session file of the example with absolute paths, changed.
fn session(folder: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut session = read("snp.json");
    for name in ["report", "vek"] {
        let relative = session["session"]["principal"][name].as_str().unwrap().to_owned();
        session["session"]["principal"][name] = root().join(EXAMPLE).join(relative).to_str().unwrap().into();
    }
    change(&mut session);
    file(&crate::support::folder(folder), "session.json", session.to_string())
}

/// The table says what was worked out by hand; both engines must answer it.
#[test]
fn every_case_of_the_example() {
    let table = read("expected.json");
    let cases = table["cases"].as_array().unwrap();
    assert!(cases.len() > 10);
    for case in cases {
        for engine in ["jit", "interpreter"] {
            let path = |key: &str| example(case[key].as_str().unwrap());
            let (evidence, call, references) = (path("evidence"), path("call"), path("references"));
            let mut arguments = arguments(&evidence, &call, &references, case["at"].as_str().unwrap());
            arguments.extend(["--engine", engine]);
            let (code, decision) = json(&arguments);
            let name = &case["name"];
            for (key, expected) in case["expect"].as_object().unwrap() {
                assert_eq!(&decision[key], expected, "{name}, {engine}: `{key}` of {decision}");
            }
            assert_eq!(code, if case["expect"]["effect"] == "permit" { 0 } else { 1 }, "{name}, {engine}");
            assert_eq!(decision["engine"], engine);
            assert!(decision["timing"]["verification_us"].as_u64().is_some_and(|time| time > 0), "{decision}");
            assert!(decision["timing"]["decision_ns"].as_u64().is_some_and(|time| time > 0), "{decision}");
        }
    }
}

#[test]
fn people_read_what_is_decided_why_and_until_when() {
    let (snp, references) = (example("snp.json"), example("references.json"));
    let payment = example("calls/approve-payment.json");
    let run = atbac(&arguments(&snp, &payment, &references, AT));
    assert_eq!(run.code, 0);
    for part in [
        "PERMIT",
        "approve_high_value",
        // Cut to the time that is left of the decision.
        "ttl = \"4m1ms\"",
        "valid until 2026-06-30T12:05:00.001Z",
        "verification",
        "decision",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let other = example("calls/query-other-tenant.json");
    let run = atbac(&arguments(&snp, &other, &references, AT));
    assert_eq!(run.code, 1);
    let policy = fs::read_to_string(root().join(example("approver.atbac"))).unwrap();
    let line = 1 + policy.lines().position(|line| line.contains("else \"another tenant's ledger\"")).unwrap();
    for part in ["DENY", "another tenant's ledger", &format!("{EXAMPLE}/approver.atbac:{line}:3")] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
}

#[test]
fn without_references_nothing_is_loaded() {
    let (snp, query) = (example("snp.json"), example("calls/query-ledger.json"));
    let given = ["decide", EXAMPLE, "--evidence", &snp, "--call", &query, "--at", AT];
    let (code, decision) = json(&given);
    assert_eq!((code, &decision["kind"]), (1, &"indeterminate".into()));
    assert_eq!(decision["inputs"], json!(["approver_builds", "minimum_tcb", "minimum_guest_svn"]));
    let run = atbac(&given);
    assert!(run.stdout.contains("`approver_builds` is not loaded: give it with `--references`"), "{}", run.stdout);
}

/// The references of the example with this in place of its builds.
fn references(folder: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut references = read("references.json");
    references["format"] = "atbac-references/1".into();
    change(&mut references["references"]);
    file(&crate::support::folder(folder), "references.json", references.to_string())
}

#[test]
fn people_read_why_a_reference_value_does_not_count() {
    let (snp, query) = (example("snp.json"), example("calls/query-ledger.json"));
    let build = read("references.json")["references"]["approver_builds"][0].as_str().unwrap().to_owned();
    let revoked = references("revoked_build", |references| {
        let entry = json!({ "value": build, "state": "revoked", "origin": "SEC-118" });
        references["approver_builds"] = json!({ "values": [entry] });
    });
    let (code, decision) = json(&arguments(&snp, &query, &revoked, AT));
    let fault = json!({ "reference": "approver_builds", "value": build, "fault": "revoked", "origin": "SEC-118" });
    assert_eq!((code, &decision["details"][0]["references"]), (1, &json!([fault])), "{decision}");
    let run = atbac(&arguments(&snp, &query, &revoked, AT));
    let line = format!("\"{build}\" in `approver_builds` (origin: SEC-118) is revoked");
    assert!(run.stdout.contains(&line), "{}", run.stdout);

    let later = references("later_firmware", |references| {
        let entry = json!({ "value": references["minimum_tcb"], "state": "active", "from": "2026-06-30T12:02:00Z" });
        references["minimum_tcb"] = json!({ "values": [entry] });
    });
    let (code, decision) = json(&arguments(&snp, &query, &later, AT));
    assert_eq!((code, &decision["kind"], &decision["inputs"]), (1, &"indeterminate".into(), &json!(["minimum_tcb"])));
    assert_eq!(decision["valid_until"], "2026-06-30T12:02:00Z");
    let run = atbac(&arguments(&snp, &query, &later, AT));
    assert!(run.stdout.contains("`minimum_tcb` does not count before 2026-06-30T12:02:00Z"), "{}", run.stdout);
    let (code, _) = json(&arguments(&snp, &query, &later, "2026-06-30T12:02:00Z"));
    assert_eq!(code, 0);
}

#[test]
fn a_wrong_reference_value_is_named_where_it_stands() {
    let wrong = references("endless_deprecation", |references| {
        references["minimum_guest_svn"] = json!({ "values": [{ "value": 0, "state": "deprecated" }] });
    });
    let (code, message) = failure(&arguments(&example("snp.json"), &example("calls/query-ledger.json"), &wrong, AT));
    assert_eq!(code, "atbac::references::window");
    for part in [wrong.as_str(), "`references.minimum_guest_svn.values[0].until`", "`deprecated`"] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn the_request_and_the_opening_may_be_left_out() {
    let path = session("left_out", |session| {
        session.as_object_mut().unwrap().remove("request");
        session.as_object_mut().unwrap().remove("opened_at");
    });
    let (code, decision) = usual(Some(&path), None);
    // Verified at the time of the decision, 12:01:00, the evidence is fresh through 12:06:00.
    assert_eq!((code, &decision["valid_until"]), (0, &"2026-06-30T12:06:00.001Z".into()), "{decision}");
}

#[test]
fn refused_evidence_is_a_no_and_no_decision() {
    let mut report = fs::read(root().join(example("evidence/report_milan.bin"))).unwrap();
    report[0x90] ^= 1;
    let report = file(&folder("refused_evidence"), "report.bin", report);
    let path = session("refused_evidence_session", |session| session["session"]["principal"]["report"] = report.into());
    let (code, document) = usual(Some(&path), None);
    assert_eq!(
        (code, &document["refused"]["field"], &document["refused"]["code"]),
        (1, &"principal".into(), &"report_signature".into())
    );
    assert_eq!(document.get("effect"), None);
}

/// One machine's report with another's session.
#[test]
fn a_session_that_is_not_bound_to_the_evidence_is_a_no() {
    let path = session("not_bound", |session| session["session"]["session"]["key_digest"] = "00".repeat(64).into());
    let (code, document) = usual(Some(&path), None);
    assert_eq!(code, 1);
    assert_eq!(
        (&document["refused"]["field"], &document["refused"]["code"]),
        (&"session".into(), &"atbac::session::key_mismatch".into())
    );
}

/// A session file may name the key and the nonce of a binding; they are proven then, not taken at their word.
#[test]
fn keys_and_nonces_of_a_session_file_count() {
    // The base point of P-256, which the genuine report knows nothing of.
    let key = json!({
        "kty": "EC", "crv": "P-256", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    });
    let other = session("another_key", |session| session["keys"] = json!({ "session": key }));
    let (code, document) = usual(Some(&other), None);
    assert_eq!((code, &document["refused"]["code"]), (1, &"atbac::session::key_mismatch".into()), "{document}");
    for (name, member, value, expected) in [
        ("no_key", "keys", json!({ "session": {} }), "atbac::cli::form"),
        ("key_of_nothing", "keys", json!({ "environment": key }), "atbac::input::type"),
        ("no_nonce", "nonces", json!({ "principal": "00" }), "atbac::cli::form"),
        ("nonce_of_nothing", "nonces", json!({ "principle": "00".repeat(32) }), "atbac::input::unknown"),
    ] {
        let path = session(name, |session| session[member] = value.clone());
        let (code, document) = usual(Some(&path), None);
        assert_eq!((code, &document["error"]["code"]), (2, &expected.into()), "{name}: {document}");
    }
    let path = session("a_nonce", |session| session["nonces"] = json!({ "principal": "07".repeat(32) }));
    assert_eq!(usual(Some(&path), None).0, 0, "it may be given where no policy asks for it");
}

/// A key that is not given and a nonce that nobody saw redeemed were not checked: a permit that rests on them says so.
#[test]
fn what_is_taken_at_the_files_word_is_said() {
    let (query, references) = (example("calls/query-ledger.json"), example("references.json"));
    let (code, document) = usual(None, None);
    assert_eq!((code, &document["at_its_word"]), (0, &json!({ "keys": ["session"], "nonces": [] })), "{document}");
    let run = atbac(&arguments(&example("snp.json"), &query, &references, AT));
    let key = "\n  NOT PROVEN  that the peer holds the key of `session`: taken at the session file's word\n";
    assert!(run.stdout.starts_with("PERMIT") && run.stdout.contains(key), "{}", run.stdout);
    assert!(!run.stdout.contains("nonce"), "{}", run.stdout);

    let path = session("word_of_a_nonce", |session| session["nonces"] = json!({ "principal": "07".repeat(32) }));
    let (_, document) = usual(Some(&path), None);
    assert_eq!(document["at_its_word"], json!({ "keys": ["session"], "nonces": ["principal"] }));
    let run = atbac(&arguments(&path, &query, &references, AT));
    let nonce = "\n  NOT PROVEN  that the nonce of `principal` was redeemed, once and in time: taken at the session file's word\n";
    assert!(run.stdout.contains(nonce), "{}", run.stdout);
}

/// Where the key is given, or nothing is there to be bound, nothing is left to anybody's word.
#[test]
fn what_is_proven_is_not_said_to_be_taken_at_its_word() {
    // The base point of P-256, and SHA-512 of its `SubjectPublicKeyInfo` (by OpenSSL, hashed by Python).
    let key = json!({
        "kty": "EC", "crv": "P-256", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
        "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    });
    let digest = "fcf6d0b132eb06611facf5847b4581d125395f9327d3458b5d631a4722a243de5cb10a02554453358430f9636391ba5e5079c7f5456e7dd5829b857cf200a1b3";
    let folder = folder("nothing_at_its_word");
    let policy = "package p; use std.snp.Snp; use std.agent.Session; floor circumstance: asserted;
        request Call { session machine: attested Snp?, session session: authenticated Session? bound to machine }
        permit everything for Call;";
    let (policy, call) = (file(&folder, "p.atbac", policy), file(&folder, "call.json", "{}"));
    let out = folder.join("evidence.json").to_str().unwrap().to_owned();
    assert_eq!(json(&["simulate", "snp", "--report-data", digest, "--at", AT, "--out", &out]).0, 0);
    let machine: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let token = json!({
        "id": "s", "tenant": "t", "subject": "u", "issuer": "i", "key_digest": digest, "issued_at": AT, "verified_at": AT,
        "expires_at": "2026-06-30T12:31:00Z",
    });
    let both = json!({ "machine": machine, "session": token });
    for (evidence, expected) in [
        (json!({ "session": both, "keys": { "session": key } }), None),
        (json!({ "session": {} }), None),
        (json!({ "session": { "session": null } }), None),
        (json!({ "session": both }), Some(json!({ "keys": ["session"], "nonces": [] }))),
    ] {
        let evidence = file(&folder, "session.json", evidence.to_string());
        let given = ["--call", &call, "--at", AT, "--dangerous-simulated-evidence"];
        let (code, document) = json(&[&["decide", &policy, "--evidence", &evidence], &given[..]].concat());
        assert_eq!((code, document.get("at_its_word")), (0, expected.as_ref()), "{document}");
    }
}

#[test]
fn attested_fields_take_evidence_only() {
    let path =
        session("attested_takes_evidence", |session| session["session"]["principal"] = json!({ "measurement": "00" }));
    let (code, document) = usual(Some(&path), None);
    assert_eq!((code, &document["error"]["code"]), (2, &"atbac::cli::form".into()), "{document}");
    let path = session("tdx_takes_quotes", |session| session["session"]["principal"]["evidence"] = "tdx".into());
    let (code, document) = usual(Some(&path), None);
    assert_eq!((code, &document["error"]["code"]), (2, &"atbac::cli::form".into()), "{document}");
    assert!(document["error"]["message"].as_str().unwrap().contains("session.principal"), "{document}");
}

#[test]
fn evidence_of_a_kind_that_the_policy_does_not_take_is_no_answer() {
    let sgx = |name: &str| root().join(format!("tests/evidence/sgx/genuine/v3.{name}")).to_str().unwrap().to_owned();
    let path = session("sgx_for_snp", |session| {
        session["session"]["principal"] =
            json!({ "evidence": "sgx", "quote": sgx("quote.bin"), "collateral": sgx("collateral.json") });
        session["opened_at"] = "2025-07-04T10:28:44Z".into();
    });
    let (code, document) = usual(Some(&path), None);
    assert_eq!((code, &document["error"]["code"]), (2, &"atbac::input::provenance".into()), "{document}");
}

#[test]
fn sessions_that_open_after_the_decision_are_no_answer() {
    let path = session("opens_later", |session| session["opened_at"] = "2026-06-30T12:01:00.001Z".into());
    let (code, document) = usual(Some(&path), None);
    assert_eq!((code, &document["error"]["code"]), (2, &"atbac::cli::time".into()), "{document}");
    let path = session("opens_some_day", |session| session["opened_at"] = "some day".into());
    let (code, document) = usual(Some(&path), None);
    assert_eq!((code, &document["error"]["code"]), (2, &"atbac::cli::time".into()), "{document}");
}

#[test]
fn calls_and_references_must_fit_the_policies() {
    let folder = folder("must_fit");
    let mut call = read("calls/query-ledger.json");
    let mut changed = |key: &str, value: Value, expected: &str| {
        let before = call[key].clone();
        call[key] = value;
        let path = file(&folder, "call.json", call.to_string());
        let (code, document) = usual(None, Some(&path));
        assert_eq!((code, &document["error"]["code"]), (2, &expected.into()), "{key}: {document}");
        assert!(document["error"]["message"].as_str().unwrap().contains(&path), "{document}");
        call[key] = before;
        if call[key].is_null() {
            call.as_object_mut().unwrap().remove(key);
        }
    };
    changed("action", "steal_payment".into(), "atbac::input::type");
    changed("amount", "much".into(), "atbac::input::type");
    changed("amount", json!(1.5), "atbac::input::range");
    changed("environment", "production".into(), "atbac::input::unknown");
    let path = file(&folder, "missing.json", "{}");
    assert_eq!(usual(None, Some(&path)).1["error"]["code"], "atbac::input::missing");
    let path = file(&folder, "list.json", "[]");
    assert_eq!(usual(None, Some(&path)).1["error"]["code"], "atbac::cli::form");

    let references = file(&folder, "references.json", r#"{"format": 1, "references": {"builds": []}}"#);
    let (snp, query) = (example("snp.json"), example("calls/query-ledger.json"));
    assert_eq!(failure(&arguments(&snp, &query, &references, AT)).0, "atbac::input::unknown");
}

#[test]
fn session_files_must_fit_the_policies() {
    let changed =
        |folder: &str, change: fn(&mut Value)| usual(Some(&session(folder, change)), None).1["error"]["code"].clone();
    assert_eq!(changed("unknown_request", |session| session["request"] = "Other".into()), "atbac::input::unknown");
    assert_eq!(changed("unknown_key", |session| session["sesion"] = json!({})), "atbac::cli::form");
    assert_eq!(changed("no_session", |session| session["session"] = Value::Null), "atbac::cli::form");
    assert_eq!(changed("unknown_field", |session| session["session"]["rank"] = 1.into()), "atbac::input::unknown");
    let missing = changed("missing_field", |session| {
        session["session"].as_object_mut().unwrap().remove("environment");
    });
    assert_eq!(missing, "atbac::input::missing");
}
