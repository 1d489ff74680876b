//! What a file of reference values may say, and what it may not.

use crate::asking::{EXECUTIONS, POLICY, at, both, open, verdict};
use atbac_compiler::reference::{Reference, Window, Windows};
use atbac_compiler::value::Value;
use atbac_engine::references::ReferenceTable;
use atbac_engine::references::file::{MAX_ENTRIES, MAX_NOTE_BYTES};
use atbac_engine::{Bundle, InputError};
use serde_json::{Value as Json, json};

fn bundle() -> Bundle {
    open(POLICY, EXECUTIONS[1])
}

fn read(file: &str) -> Result<ReferenceTable, InputError> {
    bundle().read_references(file.as_bytes())
}

fn refused(file: &Json) -> InputError {
    read(&file.to_string()).err().unwrap_or_else(|| panic!("{file}"))
}

#[test]
fn both_forms_of_the_format_say_the_same() {
    let references = json!({ "p.limit": 5, "released": { "values": [{ "value": "a" }] } });
    for format in [json!(1), json!("atbac-references/1")] {
        let table = read(&json!({ "format": format, "references": references }).to_string()).unwrap();
        let always = Windows::new([Window::ALWAYS]);
        assert_eq!(
            table.values(),
            [
                Some(Reference::Set(vec![(Value::string("a"), always.clone())])),
                Some(Reference::One(Value::Int(5), always)),
                None,
                None
            ]
        );
        assert_eq!((table.environment(), table.issued_at()), (None, None));
    }
}

#[test]
fn a_file_says_for_what_and_when_it_was_issued() {
    let table = read(
        r#"{"format": "atbac-references/1", "environment": "production", "issued_at": "2026-11-01T00:00:00Z", "references": {}}"#,
    );
    let table = table.unwrap();
    assert_eq!((table.environment(), table.issued_at()), (Some("production"), Some(at("2026-11-01T00:00:00Z"))));
}

#[test]
fn what_does_not_fit_is_refused_where_it_stands() {
    let dated = |reference: &str, entry: Json| json!({ reference: { "values": [{ "value": "a" }, entry] } });
    let cases = [
        // What is misspelt.
        (json!({ "limits": 5 }), "atbac::input::unknown", "references.limits", "did you mean `p.limit`?"),
        (json!({ "q.limit": 5 }), "atbac::input::unknown", "references.q.limit", "did you mean `p.limit`?"),
        (json!({ "ceiling": 5 }), "atbac::input::unknown", "references.ceiling", "expected `released`, `limit`"),
        (json!({ "limit": 5, "p.limit": 5 }), "atbac::input::unknown", "references.p.limit", "given twice"),
        (json!({ "released": { "value": ["a"] } }), "atbac::input::unknown", "references.released.value", "`values`"),
        (
            dated("released", json!({ "value": "b", "til": "2026-01-01T00:00:00Z" })),
            "atbac::input::unknown",
            "references.released.values[1].til",
            "`until`",
        ),
        (
            dated("released", json!({ "value": "b", "state": "Active" })),
            "atbac::input::type",
            "references.released.values[1].state",
            "`candidate`, `active`, `deprecated` or `revoked`",
        ),
        (
            dated("released", json!({ "value": "b", "state": null })),
            "atbac::input::type",
            "references.released.values[1].state",
            "`active`",
        ),
        // What is of another type.
        (json!({ "limit": "5" }), "atbac::input::type", "references.limit", "whole number"),
        (json!({ "limit": null }), "atbac::input::type", "references.limit", "whole number"),
        (json!({ "released": "a" }), "atbac::input::type", "references.released", "array"),
        (json!({ "oldest": "1.2" }), "atbac::input::type", "references.oldest", "three numbers"),
        (
            json!({ "networks": ["10.0.0.0/8", "10.1.0.0/8"] }),
            "atbac::input::range",
            "references.networks[1]",
            "`10.0.0.0/8`",
        ),
        (json!({ "released": { "values": "a" } }), "atbac::input::missing", "references.released.values", "array"),
        (json!({ "released": {} }), "atbac::input::missing", "references.released.values", "array"),
        (json!({ "released": { "values": ["a"] } }), "atbac::input::type", "references.released.values[0]", "object"),
        (dated("released", json!({})), "atbac::input::missing", "references.released.values[1].value", "missing"),
        (
            dated("released", json!({ "value": 1 })),
            "atbac::input::type",
            "references.released.values[1].value",
            "string",
        ),
        (
            dated("released", json!({ "value": "b", "from": "tomorrow" })),
            "atbac::input::type",
            "references.released.values[1].from",
            "instant",
        ),
        (
            dated("released", json!({ "value": "b", "until": null })),
            "atbac::input::type",
            "references.released.values[1].until",
            "leave it out",
        ),
        (
            dated("released", json!({ "value": "b", "origin": 41 })),
            "atbac::input::type",
            "references.released.values[1].origin",
            "string",
        ),
        (
            dated("released", json!({ "value": "b", "origin": "x".repeat(MAX_NOTE_BYTES + 1) })),
            "atbac::input::range",
            "references.released.values[1].origin",
            "1025 bytes",
        ),
        // What contradicts itself.
        (
            dated("released", json!({ "value": "b", "state": "deprecated" })),
            "atbac::references::window",
            "references.released.values[1].until",
            "`deprecated`",
        ),
        (
            dated(
                "released",
                json!({ "value": "b", "from": "2026-02-01T00:00:00Z", "until": "2026-02-01T01:00:00+01:00" }),
            ),
            "atbac::references::window",
            "references.released.values[1].until",
            "`from`",
        ),
        (json!({ "limit": { "values": [] } }), "atbac::input::missing", "references.limit.values", "one value"),
        (
            json!({ "limit": { "values": [{ "value": 7 }, { "value": 5, "state": "revoked" }, { "value": 6 }] } }),
            "atbac::references::several_values",
            "references.limit.values[2]",
            "`values[0]`",
        ),
        (
            json!({ "limit": { "values": [
                { "value": 7, "until": "2026-02-01T00:00:00Z" },
                { "value": 6, "from": "2026-02-01T00:00:00Z" },
            ] } }),
            "atbac::references::several_values",
            "references.limit.values[1]",
            "`values[0]`",
        ),
    ];
    for (references, code, path, phrase) in cases {
        let error = refused(&json!({ "format": "atbac-references/1", "references": references }));
        assert_eq!((error.code(), error.path()), (code, path), "{error}");
        assert!(error.to_string().contains(phrase), "{phrase}: {error}");
    }
}

#[test]
fn the_frame_of_the_file_must_be_right() {
    let cases = [
        (json!({ "references": {} }), "atbac::input::type", "format"),
        (json!({ "format": 2, "references": {} }), "atbac::input::type", "format"),
        (json!({ "format": 1.0, "references": {} }), "atbac::input::type", "format"),
        (json!({ "format": "1", "references": {} }), "atbac::input::type", "format"),
        (json!({ "format": "atbac-references/2", "references": {} }), "atbac::input::type", "format"),
        (json!({ "format": 1 }), "atbac::input::missing", "references"),
        (json!({ "format": 1, "references": [] }), "atbac::input::missing", "references"),
        (json!({ "format": 1, "references": {}, "enviroment": "production" }), "atbac::input::unknown", "enviroment"),
        (json!({ "format": 1, "references": {}, "environment": 1 }), "atbac::input::type", "environment"),
        (json!({ "format": 1, "references": {}, "issued_at": "today" }), "atbac::input::type", "issued_at"),
        (json!([]), "atbac::input::type", ""),
    ];
    for (file, code, path) in cases {
        let error = refused(&file);
        assert_eq!((error.code(), error.path()), (code, path), "{error}");
    }
    for (file, code) in [
        (r#"{"format": 1, "references": {"limit": 1, "limit": 2}}"#, "atbac::input::syntax"),
        (
            r#"{"format": 1, "references": {"released": {"values": [{"value": "a", "value": "b"}]}}}"#,
            "atbac::input::syntax",
        ),
        ("", "atbac::input::syntax"),
    ] {
        assert_eq!(read(file).err().unwrap().code(), code, "{file}");
    }
}

#[test]
fn names_that_two_packages_declare_need_their_package() {
    let policy = "package p; floor circumstance: asserted; request Call { call amount: asserted Int } reference limit: Int; permit one for Call { require amount < limit else \"no\"; }";
    let files = [("p.atbac", policy.to_owned()), ("q.atbac", policy.replace("package p;", "package q.r;"))];
    let files = files.map(|(name, text)| atbac_engine::SourceFile { name: name.into(), text });
    let bundle = Bundle::open(files, EXECUTIONS[1]).unwrap();
    let read = |references: Json| {
        bundle.read_references(json!({ "format": 1, "references": references }).to_string().as_bytes())
    };
    let error = read(json!({ "limit": 1 })).err().unwrap();
    assert_eq!((error.code(), error.path()), ("atbac::input::unknown", "references.limit"));
    assert!(error.to_string().contains("package.limit"), "{error}");
    let table = read(json!({ "q.r.limit": 2, "p.limit": 1 })).unwrap();
    let always = |value| Some(Reference::always(Value::Int(value)));
    assert_eq!(table.values(), [always(1), always(2)]);
}

#[test]
fn a_file_has_at_most_a_million_values() {
    // In three references, of which one says more of each value.
    let file = |many: usize| {
        let dated = [r#"{"value":1}"#; 10].join(",");
        let plain = vec![r#""a""#; many - 10].join(",");
        format!(
            r#"{{"format": 1, "references": {{"limit": {{"values": [{dated}]}}, "networks": [], "released": [{plain}]}}}}"#
        )
    };
    let table = read(&file(MAX_ENTRIES)).unwrap();
    assert_eq!(table.values()[1], Some(Reference::always(Value::Int(1))));
    let error = read(&file(MAX_ENTRIES + 1)).err().unwrap();
    assert_eq!((error.code(), error.path()), ("atbac::input::too_large", "references.released"), "{error}");
    let error = read(&" ".repeat(16 * 1024 * 1024 + 1)).err().unwrap();
    assert_eq!(error.code(), "atbac::input::too_large");
}

/// A set that is there and empty is another thing than none.
#[test]
fn an_empty_set_is_loaded() {
    let question = json!({ "ask": "build", "build": "a" });
    for references in [json!({ "released": [] }), json!({ "released": { "values": [] } })] {
        assert_eq!(verdict(&both(&references, &question, at("2026-01-01T00:00:00Z"))), "no_permit");
    }
    assert_eq!(verdict(&both(&json!({}), &question, at("2026-01-01T00:00:00Z"))), "indeterminate");
}
