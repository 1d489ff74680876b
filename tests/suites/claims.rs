//! The standard library's schemas are those of the verifiers: name by name, type by type, and nothing more on either side.

use atbac_compiler::types::{Schema, StructId, Type};
use atbac_engine::evidence::Claim;
use atbac_engine::{Bundle, Execution};
use atbac_tests::evidence::{Evidence, forged, genuine};
use atbac_tests::files::source;
use std::collections::BTreeMap;

/// A bundle that has the schemas of every kind of hardware evidence.
fn bundle() -> Bundle {
    let text =
        "package p; use std.snp.Snp; use std.tdx.Tdx; use std.sgx.Sgx; record All { snp: Snp, tdx: Tdx, sgx: Sgx }";
    Bundle::open(source(text), Execution::Interpreter).unwrap()
}

fn schema_of(schema: &Schema, evidence: &Evidence) -> StructId {
    let at = schema.structs.iter().position(|known| known.name == evidence.schema_name()).unwrap();
    StructId(at as u32)
}

/// Every field of the schema is among the claims with its type: the engine makes a value of it.
#[test]
fn every_field_is_a_claim() {
    let bundle = bundle();
    for evidence in genuine().iter().chain(&forged()) {
        let id = schema_of(bundle.schema(), evidence);
        evidence.value(bundle.schema(), id).unwrap_or_else(|mismatch| panic!("{mismatch}"));
    }
}

/// Every claim, and every claim of every record inside, is a field of the schema.
#[test]
fn every_claim_is_a_field() {
    let bundle = bundle();
    for evidence in genuine().iter().chain(&forged()) {
        same_names(bundle.schema(), schema_of(bundle.schema(), evidence), &evidence.claims());
    }
}

fn same_names(schema: &Schema, id: StructId, claims: &Claim) {
    let structure = schema.structure(id);
    let Claim::Record(claims) = claims else { panic!("`{}` is no record", structure.name) };
    let fields: BTreeMap<&str, &Type> = structure.fields.iter().map(|field| (field.name.as_str(), &field.ty)).collect();
    let names: BTreeMap<&str, &Claim> = claims.iter().map(|(name, claim)| (*name, claim)).collect();
    assert_eq!(names.len(), claims.len(), "`{}` has a claim twice", structure.name);
    assert_eq!(fields.keys().collect::<Vec<_>>(), names.keys().collect::<Vec<_>>(), "`{}`", structure.name);
    for (name, ty) in fields {
        let inner = if let Type::Optional(inner) = ty { inner } else { ty };
        if let (Type::Struct(id), claim @ Claim::Record(_)) = (inner, names[name]) {
            same_names(schema, *id, claim);
        }
    }
}

/// Optional claims that are in every quote's schema, because quotes are judged alike, and never there in one of these.
const NEVER_THERE: [(&str, &str); 1] = [("Sgx", "current_status")];

/// A field's type is proven only by a claim that is there. So every optional one is there in some evidence, and absent from some, or it would not be optional.
#[test]
fn every_optional_field_is_there_and_is_absent() {
    let bundle = bundle();
    let schema = bundle.schema();
    let mut seen: BTreeMap<(&str, &str), [bool; 2]> = BTreeMap::new();
    let all: Vec<Evidence> = genuine().into_iter().chain(forged()).collect();
    for evidence in &all {
        let claims = evidence.claims();
        for field in &schema.structure(schema_of(schema, evidence)).fields {
            if let Type::Optional(_) = field.ty {
                let absent = claims.get(&field.name) == Some(&Claim::Absent);
                seen.entry((evidence.schema_name(), &field.name)).or_default()[usize::from(absent)] = true;
            }
        }
    }
    assert!(!seen.is_empty());
    for (field, seen) in seen {
        assert_eq!(seen, [!NEVER_THERE.contains(&field), true], "{field:?}: [there, absent]");
    }
}
