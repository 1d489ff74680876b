use super::value_of_claims;
use atbac_compiler::pipeline::{self, SourceFile};
use atbac_compiler::types::{Schema, StructId};
use atbac_compiler::value::{Tcb, Value};
use atbac_evidence::Claim;
use std::sync::Arc;

/// A schema with a record `Holder`, whose field `it` is of this type.
fn schema(ty: &str) -> (Arc<Schema>, StructId) {
    let text = format!(
        "package claims;
         floor circumstance: asserted;
         enum Kind {{ first, second }}
         record Inner {{ deep: Int }}
         record Holder {{ it: {ty} }}"
    );
    let checked = pipeline::parse([SourceFile { name: "claims".into(), text }]).check();
    let schema = checked.unwrap_or_else(|refused| panic!("{:#?}", refused.diagnostics)).policy.schema;
    let holder = schema.structs.iter().position(|record| record.name == "Holder").expect("it is declared");
    (schema, StructId(holder as u32))
}

/// The value of the field, or what is said of the mismatch.
fn value(ty: &str, claim: Claim) -> Result<Value, String> {
    let (schema, holder) = schema(ty);
    let value = value_of_claims(&schema, holder, &Claim::Record(vec![("it", claim)]));
    value.map_err(|mismatch| mismatch.to_string()).map(|value| match value {
        Value::Struct(id, fields) if id == holder && fields.len() == 1 => fields[0].clone(),
        other => panic!("{other:?}"),
    })
}

fn inner(deep: Claim) -> Claim {
    Claim::Record(vec![("deep", deep)])
}

#[test]
fn a_claim_of_the_declared_type_is_its_value() {
    let time = "2026-01-02T03:04:05.678Z".parse().expect("an instant");
    let texts = ["b".to_owned(), "a".to_owned()].into_iter().collect();
    let tcb = Tcb::new([("snp", 7u8), ("microcode", 9)]).expect("components that there are");
    for (ty, claim, expected) in [
        ("Bool", Claim::Bool(true), Value::Bool(true)),
        ("Int", Claim::Int(-3), Value::Int(-3)),
        ("String", Claim::Text("text".into()), Value::string("text")),
        ("Bytes", Claim::Bytes(vec![1, 2]), Value::Bytes([1, 2].into())),
        ("Bytes<2>", Claim::Bytes(vec![1, 2]), Value::Bytes([1, 2].into())),
        ("Digest<32>", Claim::Bytes(vec![7; 32]), Value::Bytes([7; 32].into())),
        // 2026-01-02 is day 20,455 since 1970.
        ("Instant", Claim::Time(time), Value::Instant((20_455 * 86_400 + 3 * 3600 + 4 * 60 + 5) * 1000 + 678)),
        ("Version", Claim::Version { major: 1, minor: 2, patch: 3 }, Value::Version([1, 2, 3])),
        ("Tcb", Claim::Tcb(vec![("microcode", 9), ("snp", 7)]), Value::Tcb(tcb)),
        ("Set<String>", Claim::TextSet(texts), Value::set(vec![Value::string("a"), Value::string("b")])),
        ("[Int; 2]", Claim::List(vec![Claim::Int(5)]), Value::List(vec![Value::Int(5)])),
        ("String?", Claim::Absent, Value::Absent),
        ("String?", Claim::Text("there".into()), Value::string("there")),
    ] {
        assert_eq!(value(ty, claim), Ok(expected), "{ty}");
    }
    assert!(matches!(value("Kind", Claim::Case("second")), Ok(Value::Case(_, 1))));
    assert!(matches!(value("Inner", inner(Claim::Int(4))), Ok(Value::Struct(_, fields)) if fields == [Value::Int(4)]));
}

#[test]
fn a_claim_of_another_type_is_refused_with_what_the_schema_should_say() {
    for (ty, claim, field, expected) in [
        ("Int", Claim::Absent, "it", "an optional type"),
        ("Int", Claim::Bool(true), "it", "`Bool`"),
        ("Bool", Claim::Int(1), "it", "`Int`"),
        ("Int", Claim::Text("5".into()), "it", "`String`"),
        ("String", Claim::Case("first"), "it", "an enum with the case `first`"),
        ("Kind", Claim::Case("third"), "it", "a case `third`"),
        ("Digest<48>", Claim::Bytes(vec![0; 32]), "it", "`Bytes<32>` or `Digest<32>`"),
        ("Bytes<33>", Claim::Bytes(vec![0; 32]), "it", "`Bytes<32>` or `Digest<32>`"),
        ("Int", Claim::Time(jiff::Timestamp::UNIX_EPOCH), "it", "`Instant`"),
        ("Int", Claim::Version { major: 1, minor: 0, patch: 0 }, "it", "`Version`"),
        ("Int", Claim::Tcb(vec![]), "it", "`Tcb`"),
        ("Tcb", Claim::Tcb(vec![("unheard_of", 1)]), "it", "a `Tcb` with a component `unheard_of`"),
        ("Set<Int>", Claim::TextSet(Default::default()), "it", "`Set<String>`"),
        ("[Int; 1]", Claim::List(vec![Claim::Int(1), Claim::Int(2)]), "it", "a list of at least 2"),
        ("[Int; 2]", Claim::List(vec![Claim::Int(1), Claim::Bool(true)]), "it[1]", "`Bool`"),
        ("[Inner; 2]", Claim::List(vec![inner(Claim::Int(1)), inner(Claim::Bool(true))]), "it[1].deep", "`Bool`"),
        ("Int", inner(Claim::Int(1)), "it", "a record"),
        ("Inner", inner(Claim::Bool(true)), "it.deep", "`Bool`"),
        ("Inner", Claim::Record(vec![("other", Claim::Int(1))]), "it.deep", "no such claim"),
    ] {
        let refused = format!("the schema `Holder` does not fit its verifier: {field}: expected {expected}");
        assert_eq!(value(ty, claim), Err(refused), "{ty}");
    }
}
