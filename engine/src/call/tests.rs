//! All ways to a call lead to the same one, or are refused alike.

use super::{Call, CallBuffer};
use crate::input::{self, InputError};
use crate::{Bundle, Execution, Session, SourceFile};
use atbac_compiler::value::Value;
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

const POLICY: &str = r#"
package p;
use std.agent.Approval;
floor circumstance: asserted;
enum Action { read { query }, write { pay, cancel } }
record Name { first: String, second: String?, tags: [Int; 2] }
request Ask {
  call flag: asserted Bool,
  call number: asserted Int,
  call text: asserted String,
  call action: asserted Action,
  call bytes: asserted Bytes,
  call digest: asserted Digest<2>,
  call length: asserted Duration,
  call instant: asserted Instant,
  call firmware: asserted Tcb,
  call version: asserted Version,
  call address: asserted IpAddr,
  call network: asserted Cidr,
  call oid: asserted Oid,
  call maybe: asserted Int?,
  call name: asserted Name,
  call perhaps: asserted Name?,
  call names: asserted [Name; 2],
  call texts: asserted Set<String>,
  call numbers: asserted Set<Int>,
  call approvals: authenticated [Approval; 2],
  call tenant: local String,
}
permit by_text for Ask where text == "a" {}
permit by_other_text for Ask where text == "b", number == 1 {}
permit by_third_text for Ask where text == "cc", number == 2 {}
permit by_fourth_text for Ask where text == "d", number == 3 {}
permit by_fifth_text for Ask where text == "e", number == 4 {}
"#;

/// For each field, what is given for it: JSON that fits before `|`, and JSON that does not, behind it. Pieces are divided by `;`.
const GIVEN: &[(&str, &str)] = &[
    ("flag", r#"true; false | null; 1; "true""#),
    ("number", r#"0; 1; 4; -9223372036854775808; 9223372036854775807 | 9223372036854775808; 1.0; 1e3; "1"; null"#),
    ("text", r#""a"; "b"; "cc"; ""; "\u00e4\n\"" | 1; null; ["a"]; "\ud800""#),
    ("action", r#""query"; "pay" | "read"; "Query"; ""; 0"#),
    ("bytes", r#""00ff"; "" | "0"; "0x00"; 7"#),
    ("digest", r#""00ff"; "FFFF" | "00"; "000000""#),
    ("length", r#""5m"; "0s" | "5"; "-5m"; "1000001d"; 5"#),
    ("instant", r#""2026-11-21T00:00:00Z" | "2026-11-21"; 0"#),
    ("firmware", r#"{}; {"snp": 8, "tee": 0} | {"snp": 256}; {"nps": 1}; {"snp": 1, "snp": 1}; "8""#),
    ("version", r#""1.52.4" | "1.2"; "01.2.3""#),
    ("address", r#""10.0.0.1"; "::ffff:10.0.0.1"; "2001:db8::1" | "10.0.0"; "10.0.0.1/8""#),
    ("network", r#""10.0.0.0/8"; "::/0" | "10.0.0.1/8"; "10.0.0.0""#),
    ("oid", r#""1.2.840.113549" | "1"; "3.1""#),
    ("maybe", r#"null; 5; absent | "5"; [5]"#),
    (
        "name",
        r#"{"first": "x", "tags": []}; {"tags": [1, 2], "second": "y", "first": ""}; {"first": "x", "second": null, "tags": [7]}
         | {}; {"first": "x"}; {"first": "x", "tags": [1, 2, 3]}; {"first": "x", "tags": [], "third": 1}; {"first": "x", "tags": [], "first": "y"}; []; "x"; null"#,
    ),
    ("perhaps", r#"absent; null; {"first": "x", "tags": [3]} | {}; 1"#),
    (
        "names",
        r#"[]; [{"first": "x", "tags": []}, {"first": "y", "second": "z", "tags": [1]}]
         | [{}]; [{"first": "x", "tags": []}, {"first": "x", "tags": []}, {"first": "x", "tags": []}]; {}"#,
    ),
    ("texts", r#"[]; ["a"]; ["b", "a", "b", ""] | [1]; "a""#),
    ("numbers", r#"[]; [3, 1, 2, 1, -1] | ["1"]; [1.5]"#),
];

fn open() -> Session {
    let file = SourceFile { name: "p.atbac".to_owned(), text: POLICY.to_owned() };
    let bundle = Bundle::open([file], Execution::Jit).unwrap();
    let now = Timestamp::UNIX_EPOCH;
    bundle.open_session(bundle.session_fields("Ask").unwrap(), now).unwrap()
}

/// One piece for each field: its text in JSON, and whether it fits.
fn pieces(choices: &[(u8, bool)]) -> Vec<(&'static str, Option<&'static str>)> {
    let pick = |(field, wrong): (&(&'static str, &'static str), &(u8, bool))| {
        let (right, amiss) = field.1.split_once('|').unwrap();
        let all: Vec<&str> = if wrong.1 { amiss } else { right }.split(';').map(str::trim).collect();
        let chosen = all[usize::from(wrong.0) % all.len()];
        (field.0, (chosen != "absent").then_some(chosen))
    };
    GIVEN.iter().zip(choices).map(pick).collect()
}

fn object(pieces: &[(&str, Option<&str>)]) -> String {
    let pieces = pieces.iter().filter_map(|(name, piece)| Some(format!("\"{name}\": {}", (*piece)?)));
    format!("{{ {} }}", pieces.collect::<Vec<_>>().join(", "))
}

/// What a call comes to: its values, and the numbers that stand for them.
type Told = Result<(Vec<Option<Value>>, Vec<u64>), InputError>;

fn told(call: Result<&Call, InputError>) -> Told {
    let call = call?;
    let inputs = call.inputs();
    let frame = inputs.frame();
    let numbers = frame.layout().symbols.iter().map(|symbols| frame.words()[symbols.at as usize]).collect();
    Ok((inputs.values(call.prepared()).to_vec(), numbers))
}

/// Field by field, each as a value.
fn by_fields(session: &Session, asserted: &str) -> Told {
    let Json::Object(object) = input::parse_json(asserted.as_bytes())? else { unreachable!("objects only") };
    let fields = object.iter().try_fold(session.call_fields(), |fields, (name, json)| fields.asserted(name, json))?;
    let call = session.call(fields.local("tenant", &json!("acme"))?.authenticated("approvals", &json!([]))?)?;
    told(Ok(&call))
}

fn by_text(buffer: &mut CallBuffer, asserted: &str) -> Told {
    let call = buffer.fill(|call| {
        call.asserted(asserted.as_bytes())?;
        call.local(br#"{"tenant": "acme"}"#)?;
        call.authenticated(br#"{"approvals": []}"#)
    });
    told(call)
}

#[test]
fn every_right_piece_is_taken_and_every_wrong_one_refused_as_a_value_is() {
    let session = open();
    let mut buffer = session.call_buffer();
    for (at, (name, given)) in GIVEN.iter().enumerate() {
        let (right, wrong) = given.split_once('|').unwrap();
        let counts = [(false, right.split(';').count()), (true, wrong.split(';').count())];
        for (amiss, piece) in counts.iter().flat_map(|(amiss, count)| (0..*count as u8).map(move |n| (*amiss, n))) {
            let mut choices = vec![(0, false); GIVEN.len()];
            choices[at] = (piece, amiss);
            let asked = object(&pieces(&choices));
            let by_fields = by_fields(&session, &asked);
            assert_eq!(by_fields.is_ok(), !amiss, "{asked}: {by_fields:?}");
            assert_eq!(by_text(&mut buffer, &asked), by_fields, "{name}: {asked}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn texts_and_values_come_to_the_same_call(
        calls in prop::collection::vec(
            (prop::collection::vec((any::<u8>(), prop::bool::weighted(0.01)), GIVEN.len()), any::<prop::sample::Index>(), 0..24u8),
            1..4,
        ),
    ) {
        let session = open();
        // The same memory for all of them.
        let mut buffer = session.call_buffer();
        for (choices, at, mend) in calls {
            let mut pieces = pieces(&choices);
            // Now and then a field is missing, stands twice, or is not known; and they come in any order.
            match mend {
                0 => drop(pieces.remove(at.index(pieces.len()))),
                1 => pieces.push(pieces[at.index(pieces.len())]),
                2 => pieces.push(("txet", Some("1"))),
                _ => pieces.rotate_left(at.index(GIVEN.len())),
            }
            let asked = object(&pieces);
            prop_assert_eq!(by_text(&mut buffer, &asked), by_fields(&session, &asked), "{}", asked);
        }
    }
}

#[test]
fn a_source_gives_only_what_is_its_to_give() {
    let session = open();
    let mut buffer = session.call_buffer();
    let mut code = |give: &dyn Fn(&mut super::Filling<'_>) -> Result<(), InputError>| {
        let error = buffer.fill(|call| give(call)).map(drop).unwrap_err();
        (error.code(), error.path().to_owned())
    };
    let expected = |code: &'static str, path: &str| (code, path.to_owned());
    // The agent says what only the service knows.
    assert_eq!(code(&|call| call.asserted(br#"{"tenant": "acme"}"#)), expected("atbac::input::provenance", "tenant"));
    assert_eq!(code(&|call| call.local(br#"{"text": "a"}"#)), expected("atbac::input::provenance", "text"));
    assert_eq!(code(&|call| call.asserted(br#"{"approvals": []}"#)), expected("atbac::input::provenance", "approvals"));
    // Two sources of one field.
    let twice = |call: &mut super::Filling<'_>| {
        call.local(br#"{"tenant": "acme"}"#)?;
        call.dangerous_any_provenance(br#"{"tenant": "umbrella"}"#)
    };
    assert_eq!(code(&twice), expected("atbac::input::repeated", "tenant"));
    // Nothing is said of the other fields.
    assert_eq!(code(&|call| call.local(br#"{"tenant": "acme"}"#)), expected("atbac::input::missing", "flag"));
    for text in ["", "{", "[]", "1", r#"{"tenant": "acme"} x"#, "{\"tenant\": \"\u{1}\"}"] {
        let (code, _) = code(&|call| call.local(text.as_bytes()));
        assert!(["atbac::input::syntax", "atbac::input::type"].contains(&code), "{text}: {code}");
    }
    assert_eq!(code(&|call| call.asserted(b"\xff")).0, "atbac::input::syntax");
}

#[test]
fn evidence_in_a_call_counts_as_long_as_it_says() {
    let session = open();
    let mut buffer = session.call_buffer();
    let choices = vec![(0, false); GIVEN.len()];
    let approval = json!({
        "id": "1", "issuer": "i", "approver": "p", "group": "g", "action": "a", "resource": "t",
        "issued_at": "2026-01-01T12:00:00Z", "verified_at": "2026-01-01T12:00:00Z", "expires_at": "2026-01-01T13:00:00Z",
    });
    let approvals = json!({ "approvals": [approval] }).to_string();
    let call = buffer.fill(|call| {
        call.asserted(object(&pieces(&choices)).as_bytes())?;
        call.local(br#"{"tenant": "acme"}"#)?;
        call.authenticated(approvals.as_bytes())
    });
    let end: Timestamp = "2026-01-01T13:00:00Z".parse().unwrap();
    assert_eq!(call.unwrap().inputs().validity().until, end.as_millisecond());
    // And no longer once another call is in its place.
    let call = buffer.fill(|call| {
        call.asserted(object(&pieces(&choices)).as_bytes())?;
        call.local(br#"{"tenant": "acme"}"#)?;
        call.authenticated(br#"{"approvals": []}"#)
    });
    assert_eq!(call.unwrap().inputs().validity().until, i64::MAX);
}
