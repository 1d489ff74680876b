//! The JSON Schemas against the engine, over every call of the decision tables: what the engine accepts is valid, and what it refuses is not.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not as expected fails the test")]

use atbac_engine::{Bundle, Execution};
use atbac_export::json_schema;
use atbac_tests::examples::{Example, names};
use atbac_tests::files::{bundle, data, read, with_extension};
use atbac_tests::table::{merged, setting};
use atbac_tests::twins::{open, set_all};
use serde_json::{Map, Value as Json, json};

/// A schema for the calls of one request.
fn calls(bundle: &Bundle, request: &str) -> jsonschema::Validator {
    let mut document = json_schema::document(bundle.schema());
    let definitions = document["$defs"].as_object().unwrap();
    let name = definitions.keys().find(|name| name.ends_with(&format!(".{request}.call"))).unwrap();
    let reference = format!("#/$defs/{name}");
    let object = document.as_object_mut().unwrap();
    object.remove("anyOf");
    object.insert("$ref".to_owned(), reference.into());
    jsonschema::draft202012::new(&document).unwrap()
}

#[test]
fn calls_validate_exactly_where_the_engine_takes_them() {
    let (mut taken, mut refused) = (0, 0);
    for path in with_extension(&data("run"), "json") {
        let table: Json = serde_json::from_slice(&read(&path)).unwrap();
        let bundle = open(&bundle(&path.with_file_name(table["policy"].as_str().unwrap())), Execution::Interpreter);
        for case in table["cases"].as_array().unwrap() {
            let request = setting(&table, case, "request").as_str().unwrap();
            let at = setting(&table, case, "opened_at").as_str().unwrap().parse().unwrap();
            let fields =
                bundle.session_fields(request).and_then(|known| set_all(known, &merged(&table, case, "session")));
            let Ok(session) = fields.map_err(drop).and_then(|fields| bundle.open_session(fields, at).map_err(drop))
            else {
                continue;
            };
            let call: Map<String, Json> = merged(&table, case, "call");
            let accepted = set_all(session.call_fields(), &call).and_then(|fields| session.call(fields)).map(drop);
            let valid = calls(&bundle, request).is_valid(&Json::Object(call.clone()));
            assert_eq!(valid, accepted.is_ok(), "{}: {}: {accepted:?}: {call:?}", path.display(), case["name"]);
            if valid { taken += 1 } else { refused += 1 }
        }
    }
    assert!(taken >= 200 && refused >= 5, "only {taken} that are taken and {refused} that are refused");
}

/// A value of every type, and values that are none.
#[test]
fn each_type_has_its_form() {
    let text = "package p; floor circumstance: asserted;
        enum Group { read { get, list }, write }
        record Part { name: String, size: Int? }
        request Q {
          call flag: asserted Bool, call number: asserted Int, call bytes: asserted Bytes, call two: asserted Bytes<2>,
          call digest: asserted Digest<32>, call span: asserted Duration, call moment: asserted Instant, call firmware: asserted Tcb,
          call version: asserted Version, call peer: asserted IpAddr, call network: asserted Cidr, call usage: asserted Oid,
          call tags: asserted Set<String>, call parts: asserted [Part; 2], call action: asserted Group, call note: asserted String?
        }
        permit p for Q where flag;";
    let bundle = open(&atbac_tests::files::source(text), Execution::Interpreter);
    let good = json!({
        "flag": true, "number": -3, "bytes": "", "two": "00fF", "digest": "00".repeat(32), "span": "1h30m", "moment": "2026-11-21T00:00:00Z",
        "firmware": { "snp": 8, "svn15": 255 }, "version": "1.52.4", "peer": "2001:db8::1", "network": "10.0.0.0/8", "usage": "1.2.840.113549",
        "tags": ["a", "a"], "parts": [{ "name": "x" }, { "name": "y", "size": null }], "action": "list",
    });
    let schema = calls(&bundle, "Q");
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let session = bundle.open_session(bundle.session_fields("Q").unwrap(), at).unwrap();
    let takes = |call: &Json| {
        set_all(session.call_fields(), call.as_object().unwrap()).and_then(|fields| session.call(fields)).is_ok()
    };
    assert!(
        takes(&good) && schema.is_valid(&good),
        "{:?}",
        schema.iter_errors(&good).map(|error| error.to_string()).collect::<Vec<_>>()
    );
    let bad = [
        ("flag", json!("true")),
        ("number", json!(1.5)),
        ("number", json!("3")),
        ("bytes", json!("0")),
        ("bytes", json!("0x00")),
        ("two", json!("00")),
        ("digest", json!("00".repeat(31))),
        ("span", json!("")),
        ("span", json!("5")),
        ("span", json!("30m1h")),
        ("span", json!("-5m")),
        ("moment", json!("yesterday")),
        ("moment", json!("2026-11-21")),
        ("moment", json!("20261121T000000Z")),
        ("moment", json!("2026-11-21T00Z")),
        ("moment", json!("2026-11-21T00:00Z")),
        ("moment", json!("2026-11-21T00:00:00")),
        ("moment", json!("2026-11-21T00:00:00.Z")),
        ("moment", json!("2026-11-21T00:00:00+02")),
        ("moment", json!("+002026-11-21T00:00:00Z")),
        ("firmware", json!({ "snp": 256 })),
        ("firmware", json!({ "svn16": 1 })),
        ("firmware", json!([])),
        ("version", json!("1.2")),
        ("version", json!("1.2.03")),
        ("peer", json!("10.0.0")),
        ("peer", json!("host")),
        ("network", json!("10.0.0.0")),
        ("network", json!("10.0.0.0/08")),
        ("usage", json!("1.40")),
        ("usage", json!("3.1")),
        ("tags", json!("a")),
        ("tags", json!([1])),
        ("parts", json!([{}])),
        ("parts", json!([{ "name": "x", "other": 1 }])),
        ("parts", json!([{ "name": "x" }, { "name": "x" }, { "name": "x" }])),
        ("action", json!("read")),
        ("action", json!("delete")),
        ("note", json!(1)),
        ("other", json!(1)),
    ];
    for (field, value) in bad {
        let mut call = good.clone();
        call[field] = value.clone();
        assert!(!takes(&call), "the engine takes {field}: {value}");
        assert!(!schema.is_valid(&call), "the schema takes {field}: {value}");
    }
    for field in good.as_object().unwrap().keys() {
        let mut call = good.clone();
        call.as_object_mut().unwrap().remove(field);
        assert!(!takes(&call) && !schema.is_valid(&call), "{field} may be left out");
    }
}

/// Other forms of the same instant.
#[test]
fn instants_are_those_of_rfc_3339() {
    let text = "package p; floor circumstance: asserted; request Q { call moment: asserted Instant } permit p for Q where true;";
    let bundle = open(&atbac_tests::files::source(text), Execution::Interpreter);
    let schema = calls(&bundle, "Q");
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let session = bundle.open_session(bundle.session_fields("Q").unwrap(), at).unwrap();
    for moment in [
        "2026-11-21t00:00:00z",
        "2026-11-21 00:00:00.123456Z",
        "2026-11-21T02:30:00+02:30",
        "2026-11-20T23:00:00-01:00",
    ] {
        let call = json!({ "moment": moment });
        assert!(set_all(session.call_fields(), call.as_object().unwrap()).is_ok(), "the engine refuses {moment}");
        assert!(schema.is_valid(&call), "the schema refuses {moment}");
    }
}

/// A package of predicates alone has no calls: its schema is one, and takes none.
#[test]
fn a_package_without_requests_has_a_schema() {
    let bundle = open(&atbac_tests::files::source("package p; enum Color { red, green }"), Execution::Interpreter);
    let document = json_schema::document(bundle.schema());
    jsonschema::draft202012::meta::validate(&document).unwrap_or_else(|error| panic!("{error}"));
    assert!(!jsonschema::draft202012::new(&document).unwrap().is_valid(&json!({})));
}

/// The schemas of every example are schemas, and each type that one names is there.
#[test]
fn the_schemas_of_the_examples_are_well_formed() {
    for name in names() {
        let bundle = open(&Example::open(&name).files, Execution::Interpreter);
        let document = json_schema::document(bundle.schema());
        jsonschema::draft202012::meta::validate(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
        jsonschema::draft202012::new(&document).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
