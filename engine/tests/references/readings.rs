//! The values that are told of a condition.

use crate::asking::{at, load, open};
use atbac_compiler::interpret::Read;
use atbac_compiler::value::Value;
use atbac_engine::Execution;
use serde_json::{Value as Json, json};

const POLICY: &str = r#"
package p;
floor circumstance: asserted;
record Person { name: String, @sensitive badge: Int }
request Call {
  call amount: asserted Int,
  call build: asserted String,
  call numbers: asserted [Int; 4],
  call person: asserted Person,
}
reference limit: Int;
reference released: Set<String>;

permit it for Call {
  require amount <= limit else "too much";
  require build in released else "not released";
  require count(n in numbers where n > 2) >= 3 else "too few";
  require person.badge == 7 else "another badge";
  require person.name != "" else "no name";
}
"#;

/// What is read by the lines of [`POLICY`], in order, with `limit` as its file says.
fn told(limit: &Json) -> Vec<(String, Read)> {
    let bundle = open(POLICY, Execution::Interpreter);
    let released = json!({ "values": [{ "value": "new" }, { "value": "old", "state": "revoked" }] });
    load(&bundle, &json!({ "limit": limit, "released": released }));
    let now = at("2026-02-01T00:00:00Z");
    let session = bundle.open_session(bundle.session_fields("Call").unwrap(), now).unwrap();
    let mut fields = session.call_fields();
    let person = json!({ "name": "Mira", "badge": 4711 });
    for (name, value) in
        [("amount", json!(4)), ("build", json!("new")), ("numbers", json!([1, 3, 2, 4])), ("person", person)]
    {
        fields = fields.asserted(name, &value).unwrap();
    }
    let call = session.call(fields).unwrap();
    let story = session.tell(&call, now);
    let atoms = story.rules.iter().flat_map(|rule| &rule.lines).flat_map(|line| &line.atoms);
    atoms.flat_map(|atom| &atom.readings).map(|reading| (reading.what.clone(), reading.found.clone())).collect()
}

#[test]
fn what_was_read_is_told_and_nothing_sensitive() {
    let read = |what: &str, found| (what.to_owned(), found);
    let others = [
        read("build", Read::Value(Value::string("new"))),
        // The other is revoked.
        read("released", Read::Entries(1)),
        // Three and four.
        read("numbers", Read::Elements(2, 4)),
        read("person.badge", Read::Sensitive),
        read("person.name", Read::Value(Value::string("Mira"))),
    ];
    let amount = read("amount", Read::Value(Value::Int(4)));
    for (limit, found) in [
        (json!(5), Read::Value(Value::Int(5))),
        (
            json!({ "values": [{ "value": 5, "state": "active", "from": "2026-02-01T00:00:00Z" }] }),
            Read::Value(Value::Int(5)),
        ),
        (json!({ "values": [{ "value": 5, "state": "active", "from": "2026-02-01T00:00:00.001Z" }] }), Read::NotLoaded),
        (
            json!({ "values": [{ "value": 5, "state": "deprecated", "until": "2026-02-01T00:00:00Z" }] }),
            Read::NotLoaded,
        ),
    ] {
        let expected: Vec<_> = [amount.clone(), read("limit", found)].into_iter().chain(others.clone()).collect();
        assert_eq!(told(&limit), expected, "{limit}");
    }
}

const DECISIVE: &str = r#"
package q;
use std.agent.Approval;
floor circumstance: asserted;
record Person { name: String, @sensitive visits: [Int; 4] }
request Call {
  call amount: asserted Int,
  call name: asserted String,
  call person: asserted Person,
  @sensitive call pins: asserted [Int; 4],
  @sensitive call approval: authenticated Approval,
  call other: authenticated Approval,
}

predicate small_and_named(a: Int, n: String) = a <= 3 and n == "Mira";
predicate small_or_named(a: Int, n: String) = a <= 3 or n == "Mira";

permit both for Call { require small_and_named(amount, name) else "one of both"; }
permit either for Call { require small_or_named(amount, name) else "neither"; }
permit neither for Call { require not small_or_named(amount, name) else "either"; }
permit counted for Call {
  require any v in person.visits: v > 3 else "never";
  require any p in pins: p > 3 else "no pin";
}
permit kept for Call { require age(approval) <= 5m and approval.action == "pay" else "stale"; }
permit shown for Call { require age(other) <= 5m and other.action == "pay" else "stale"; }
"#;

/// What a rule of [`DECISIVE`] reads, where the approvals are a minute old.
fn read_by(rule: &str, amount: i64, name: &str) -> Vec<(String, Read)> {
    let bundle = open(DECISIVE, Execution::Interpreter);
    let now = at("2026-02-01T00:00:00Z");
    let session = bundle.open_session(bundle.session_fields("Call").unwrap(), now).unwrap();
    let mut approval = json!({ "action": "pay", "issued_at": "2026-01-31T23:59:00Z" });
    for text in ["id", "issuer", "approver", "group", "resource"] {
        approval[text] = json!("x");
    }
    approval["verified_at"] = json!("2026-01-31T23:59:30Z");
    approval["expires_at"] = json!("2026-02-02T00:00:00Z");
    let asserted = [
        ("amount", json!(amount)),
        ("name", json!(name)),
        ("person", json!({ "name": "Mira", "visits": [1, 4] })),
        ("pins", json!([7])),
    ];
    let fields =
        asserted.iter().fold(session.call_fields(), |fields, (name, value)| fields.asserted(name, value).unwrap());
    let fields =
        ["approval", "other"].iter().fold(fields, |fields, name| fields.authenticated(name, &approval).unwrap());
    let call = session.call(fields).unwrap();
    let story = session.tell(&call, now);
    let of_rule = story.rules.iter().filter(|story| &*story.rule.name == rule).flat_map(|story| &story.lines);
    let readings = of_rule.flat_map(|line| &line.atoms).flat_map(|atom| &atom.readings);
    readings.map(|reading| (reading.what.clone(), reading.found.clone())).collect()
}

/// Of an `and` that is false, and of an `or` that is true, the parts that made it so; else all.
#[test]
fn what_decided_is_told() {
    for (rule, amount, name, expected) in [
        ("both", 1, "Mira", &["amount", "name"][..]),
        ("both", 1, "Noa", &["name"]),
        ("both", 9, "Mira", &["amount"]),
        ("both", 9, "Noa", &["amount", "name"]),
        ("either", 1, "Mira", &["amount", "name"]),
        ("either", 1, "Noa", &["amount"]),
        ("either", 9, "Mira", &["name"]),
        ("either", 9, "Noa", &["amount", "name"]),
        ("neither", 1, "Noa", &["amount"]),
        ("neither", 9, "Noa", &["amount", "name"]),
    ] {
        let told: Vec<String> = read_by(rule, amount, name).into_iter().map(|(what, _)| what).collect();
        assert_eq!(told, expected, "{rule} of {amount} and {name}");
    }
}

/// Not even how many elements were so, nor how old it is.
#[test]
fn of_what_is_sensitive_nothing_is_told() {
    let read = |what: &str, found| (what.to_owned(), found);
    let counted = [read("person.visits", Read::Sensitive), read("pins", Read::Sensitive)];
    assert_eq!(read_by("counted", 1, "Mira"), counted);
    let kept = [read("age(approval)", Read::Sensitive), read("approval.action", Read::Sensitive)];
    assert_eq!(read_by("kept", 1, "Mira"), kept);
    let shown = [
        read("age(other)", Read::Value(Value::Duration(60_000))),
        read("other.action", Read::Value(Value::string("pay"))),
    ];
    assert_eq!(read_by("shown", 1, "Mira"), shown);
}
