//! Expressions that are tried on the values at hand.

use crate::asking::{at, load, open};
use atbac_compiler::interpret::Read;
use atbac_compiler::truth::Truth;
use atbac_compiler::value::Value;
use atbac_engine::Execution;
use atbac_engine::expression::Outcome;
use serde_json::{Value as Json, json};

const POLICY: &str = r#"
package p;
use std.agent.Session;
floor circumstance: asserted;
record Person { name: String, @sensitive badge: Int }
request Call {
  session person: local Person,
  call amount: asserted Int,
  call note: asserted String?,
  call word: authenticated Session,
}
reference limit: Int;
reference released: Set<String>;
predicate large(a: Int) = a > 3;
permit it for Call where amount == 4;
"#;

/// What an expression comes to, and its type; nothing where it is refused. A call that is null is not made yet.
fn evaluated(expression: &str, call: &Json) -> Option<(String, Outcome)> {
    let bundle = open(POLICY, Execution::Interpreter);
    load(&bundle, &json!({ "released": ["new", "old"] }));
    let now = at("2026-02-01T00:00:00Z");
    let person = json!({ "name": "Mira", "badge": 4711 });
    let session = bundle.open_session(bundle.session_fields("Call").unwrap().local("person", &person).unwrap(), now);
    let session = session.unwrap();
    let made = call.as_object().map(|values| {
        let fields = values.iter().fold(session.call_fields(), |fields, (name, value)| {
            if name == "word" { fields.authenticated(name, value) } else { fields.asserted(name, value) }.unwrap()
        });
        session.call(fields).unwrap()
    });
    let found = session.evaluate(made.as_ref(), expression, now).ok()?;
    Some((found.ty, found.outcome))
}

/// A call about four, with this note, on a session's word.
fn call(note: &Json) -> Json {
    let word = json!({
        "id": "x", "tenant": "acme", "subject": "x", "issuer": "x", "key_digest": "00".repeat(64),
        "issued_at": "2026-01-31T23:59:00Z", "verified_at": "2026-01-31T23:59:30Z", "expires_at": "2026-02-02T00:00:00Z",
    });
    json!({ "amount": 4, "note": note, "word": word })
}

#[test]
fn values_are_told_with_their_types() {
    let value = |ty: &str, found| Some((ty.to_owned(), Outcome::Value(found)));
    for (expression, expected) in [
        ("amount", value("Int", Read::Value(Value::Int(4)))),
        ("person.name", value("String", Read::Value(Value::string("Mira")))),
        ("person.badge", value("Int", Read::Sensitive)),
        ("limit", value("Int", Read::NotLoaded)),
        ("released", value("Set<String>", Read::Entries(2))),
        // What the values show is known: that there is a note.
        ("note", value("String", Read::Value(Value::string("x")))),
        ("word.tenant", value("String", Read::Value(Value::string("acme")))),
    ] {
        assert_eq!(evaluated(expression, &call(&json!("x"))), expected, "{expression}");
    }
    assert_eq!(evaluated("note", &call(&Json::Null)), value("String?", Read::NotThere));
}

#[test]
fn conditions_are_told_with_what_they_read() {
    let truth_of = |expression: &str, call: &Json| match evaluated(expression, call) {
        Some((ty, Outcome::Condition(truth, read))) => {
            assert_eq!(ty, "Bool", "{expression}");
            Some((truth, read.into_iter().map(|reading| reading.what).collect::<Vec<_>>()))
        }
        _ => None,
    };
    let told = |truth, read: &[&str]| Some((truth, read.iter().map(|name| (*name).to_owned()).collect()));
    let with_note = call(&json!("x"));
    assert_eq!(truth_of("amount > 3", &with_note), told(Truth::True, &["amount"]));
    assert_eq!(truth_of("large(amount)", &with_note), told(Truth::True, &["amount"]));
    assert_eq!(truth_of("amount > limit", &with_note), told(Truth::Indeterminate, &["amount", "limit"]));
    assert_eq!(truth_of("note starts_with \"y\"", &with_note), told(Truth::False, &["note"]));
    // Nobody knows what an absent note begins with, nor what is no name, nor what has no meaning.
    for refused in ["note starts_with \"y\"", "nobody", "amount == \"x\"", "large"] {
        assert_eq!(evaluated(refused, &call(&Json::Null)), None, "{refused}");
    }
}

#[test]
fn what_has_no_value_yet_is_missing() {
    let missing = |ty: &str, names: &[&str]| {
        Some((ty.to_owned(), Outcome::Missing(names.iter().map(|name| (*name).to_owned()).collect())))
    };
    assert_eq!(evaluated("amount", &Json::Null), missing("Int", &["amount"]));
    assert_eq!(evaluated("amount > 3 and person.name != \"\"", &Json::Null), missing("Bool", &["amount"]));
}
