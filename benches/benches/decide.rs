//! A decision of the transaction approver over an open session: machine code, the interpreter, and the policy written by hand in Rust.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "criterion's macros make undocumented functions; what fails here fails the bench"
)]

use atbac_benches::{Approval, Outcome, Principal, Question, References, decide};
use atbac_engine::input::parse_json;
use atbac_engine::{Bundle, Call, Fields, InputError, Session};
use atbac_tests::examples::Example;
use atbac_tests::twins::set_all;
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::hint::black_box;

/// Session, call and time of the questions that are timed.
const QUESTIONS: [(&str, &str, &str); 3] = [
    ("permit with approvals", "calls/approve-payment.json", "2026-06-30T12:01:00Z"),
    ("permit", "calls/query-ledger.json", "2026-06-30T12:01:00Z"),
    ("denial", "calls/query-other-tenant.json", "2026-06-30T12:01:00Z"),
];

fn decisions(criterion: &mut Criterion) {
    let example = Example::open("transaction-approver");
    hand_written_decides_alike(&example);
    example.load_references("references.json");
    let opening = example.opening("snp.json");
    let session = |bundle: &Bundle| {
        let fields = opening.set(bundle.session_fields(&opening.request).unwrap()).unwrap();
        bundle.open_session(fields, opening.at).unwrap()
    };
    for (name, path, at) in QUESTIONS {
        let at: Timestamp = at.parse().unwrap();
        let mut group = criterion.benchmark_group(name);
        for (execution, bundle) in [("machine code", &example.twins.jit), ("interpreter", &example.twins.interpreter)] {
            let session = session(bundle);
            let call = call(&session, &example.json(path));
            let mut memory = session.memory();
            group.bench_function(execution, |bencher| {
                bencher.iter(|| black_box(session.decide(black_box(&call), black_box(at), &mut memory)).is_permit());
            });
            let text = example.bytes(path);
            group.bench_function(format!("{execution}, call from JSON"), |bencher| {
                bencher.iter(|| {
                    let json = parse_json(black_box(&text)).unwrap();
                    let call = session.call(by_provenance(session.call_fields(), &json).unwrap()).unwrap();
                    session.decide(&call, at, &mut memory).is_permit()
                });
            });
        }
        let (session, call) = (example.json("snp.json"), example.json(path));
        let (claims, references) = (claims(&example, "snp.json"), references(&example.json("references.json")));
        let question = question(&session, &claims, &call);
        group.bench_function("by hand", |bencher| {
            bencher.iter(|| decide(black_box(&question), black_box(&references), black_box(at.as_millisecond())));
        });
        group.finish();
    }
}

/// The fields of a call as a service sets them: each by the method of its provenance.
fn by_provenance(fields: Fields, json: &Json) -> Result<Fields, InputError> {
    fields
        .asserted("action", &json["action"])?
        .local("resource", &json["resource"])?
        .asserted("amount", &json["amount"])?
        .authenticated("approvals", &json["approvals"])
}

fn call(session: &Session, json: &Json) -> Call {
    session.call(set_all(session.call_fields(), json.as_object().unwrap()).unwrap()).unwrap()
}

/// The claims of a session file's evidence, as JSON.
fn claims(example: &Example, path: &str) -> Json {
    serde_json::to_value(example.opening(path).evidence().claims()).unwrap()
}

/// Every case of the example's table, decided by hand.
fn hand_written_decides_alike(example: &Example) {
    for case in example.json("expected.json")["cases"].as_array().unwrap() {
        let file = |key: &str| case[key].as_str().unwrap();
        let (session, call) = (example.json(file("evidence")), example.json(file("call")));
        let (claims, references) = (claims(example, file("evidence")), references(&example.json(file("references"))));
        let now = milliseconds(&case["at"]);
        let expected = match case["expect"]["kind"].as_str() {
            None => Outcome::Permit,
            Some("forbid") => Outcome::Forbid,
            Some("no_permit") => Outcome::NoPermit,
            Some("expired") => Outcome::Expired,
            Some(_) => Outcome::Indeterminate,
        };
        assert_eq!(decide(&question(&session, &claims, &call), &references, now), expected, "{}", case["name"]);
    }
}

fn milliseconds(json: &Json) -> i64 {
    json.as_str().unwrap().parse::<Timestamp>().unwrap().as_millisecond()
}

/// Bytes that live as long as the bench: they stand for what a service holds.
fn bytes(json: &Json) -> &'static [u8] {
    let text = json.as_str().unwrap();
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect::<Vec<u8>>().leak()
}

fn tcb(json: &Json) -> [u8; 4] {
    ["bootloader", "tee", "snp", "microcode"].map(|part| json[part].as_u64().unwrap() as u8)
}

fn question<'a>(session: &'a Json, claims: &'a Json, call: &'a Json) -> Question<'a> {
    let text = |json: &'a Json| json.as_str().unwrap();
    let issued = &session["session"]["session"];
    let principal = if claims.get("mr_td").is_some() {
        Principal::Tdx {
            mr_td: bytes(&claims["mr_td"]),
            tcb_status: text(&claims["tcb_status"]),
            debug: claims["td_attributes"]["debug"] == true,
        }
    } else {
        Principal::Snp {
            measurement: bytes(&claims["measurement"]),
            reported_tcb: tcb(&claims["reported_tcb"]),
            guest_svn: claims["guest_svn"].as_i64().unwrap(),
            debug: claims["policy"]["debug"] == true,
            migrate_ma: claims["policy"]["migrate_ma"] == true,
            vmpl: claims["vmpl"].as_i64().unwrap(),
        }
    };
    let approval = |json: &'a Json| Approval {
        approver: text(&json["approver"]),
        resource: text(&json["resource"]),
        group: text(&json["group"]),
        issued_at: milliseconds(&json["issued_at"]),
        expires_at: milliseconds(&json["expires_at"]),
    };
    Question {
        principal,
        verified_at: milliseconds(&claims["verified_at"]),
        expires_at: milliseconds(&claims["expires_at"]).min(milliseconds(&issued["expires_at"])),
        session_issued_at: milliseconds(&issued["issued_at"]),
        session_tenant: text(&issued["tenant"]),
        environment: text(&session["session"]["environment"]),
        action: text(&call["action"]),
        resource: text(&call["resource"]["name"]),
        tenant: text(&call["resource"]["tenant"]),
        approvals: call["approvals"].as_array().unwrap().iter().map(approval).collect(),
    }
}

fn references(file: &Json) -> References {
    let references = &file["references"];
    let builds =
        |name: &str| Some(references.get(name)?.as_array()?.iter().map(|build| bytes(build).to_vec()).collect());
    References {
        approver_builds: builds("approver_builds"),
        approver_tds: builds("approver_tds"),
        minimum_tcb: references.get("minimum_tcb").map(tcb),
        minimum_guest_svn: references.get("minimum_guest_svn").and_then(Json::as_i64),
    }
}

criterion_group!(benches, decisions);
criterion_main!(benches);
