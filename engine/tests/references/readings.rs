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
