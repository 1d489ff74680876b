//! Which claims belong together, and what each means.

use super::library::Library;
use super::page::Row;
use super::value;
use atbac_compiler::types::{Fact, Field, Schema, Type};
use atbac_compiler::verifier::Verifier;
use atbac_engine::evidence::Claim;

/// The groups of claims, in the order in which they are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Identity,
    Health,
    Bindings,
    Validity,
    Circumstances,
}

impl Group {
    pub(super) const ALL: [Group; 5] =
        [Group::Identity, Group::Health, Group::Bindings, Group::Validity, Group::Circumstances];

    pub(super) fn title(self) -> &'static str {
        match self {
            Group::Identity => "Identity",
            Group::Health => "Platform health",
            Group::Bindings => "Bindings",
            Group::Validity => "Validity",
            Group::Circumstances => "Circumstances",
        }
    }

    /// What the group answers.
    pub(super) fn question(self) -> &'static str {
        match self {
            Group::Identity => "what code runs, and who it is",
            Group::Health => "what state the platform is in",
            Group::Bindings => "what ties it to a session",
            Group::Validity => "when it was verified, and until when it holds",
            Group::Circumstances => "everything else",
        }
    }

    /// The group of a claim of what `verifier` verified: by the kind of fact that the schema declares. Of circumstances, those that name a key or
    /// a nonce and those that the verifier adds, or that are dates, have groups of their own.
    fn of(field: &Field, verifier: &str) -> Self {
        match field.fact {
            Some(Fact::CodeIdentity | Fact::WorkloadIdentity) => Group::Identity,
            Some(Fact::PlatformHealth) => Group::Health,
            Some(Fact::Circumstance) | None => {
                let binds = Verifier::named(verifier).is_some_and(|known| {
                    [known.key, known.nonce].into_iter().flatten().any(|claim| claim.declaration().0 == field.name)
                });
                let dated = matches!(&field.ty, Type::Instant)
                    || matches!(&field.ty, Type::Optional(inner) if **inner == Type::Instant);
                if binds {
                    Group::Bindings
                } else if dated || field.docs.contains("Source: the verifier") {
                    Group::Validity
                } else {
                    Group::Circumstances
                }
            }
        }
    }
}

/// The claims of a group, with their meanings.
pub(super) fn of(group: Group, library: &Library, claims: &Claim) -> Vec<Row> {
    let fields = library.schema().map_or(&[][..], |schema| &schema.fields);
    let schema = library.bundle.schema();
    let mut rows = Vec::new();
    for field in fields.iter().filter(|field| Group::of(field, library.verifier) == group) {
        if let Some(claim) = claims.get(&field.name) {
            add("", field, claim, schema, &mut rows);
        }
    }
    rows
}

fn add(within: &str, field: &Field, claim: &Claim, schema: &Schema, rows: &mut Vec<Row>) {
    let name = format!("{within}{}", field.name);
    let meaning = meaning(field, claim, schema);
    match (&field.ty, claim) {
        (Type::Struct(id), Claim::Record(_)) => {
            rows.push(Row { name: name.clone(), value: None, meaning });
            for inner in &schema.structure(*id).fields {
                if let Some(claim) = claim.get(&inner.name) {
                    add(&format!("{name}."), inner, claim, schema, rows);
                }
            }
        }
        _ => rows.push(Row { name, value: Some(value::text(claim)), meaning }),
    }
}

/// What the schema says of a claim, and of the case that it is, without where it stands in the evidence.
fn meaning(field: &Field, claim: &Claim, schema: &Schema) -> String {
    let own = without_source(&field.docs);
    let ty = if let Type::Optional(inner) = &field.ty { inner } else { &field.ty };
    let (Type::Enum(id), Claim::Case(name)) = (ty, claim) else { return own };
    let case = schema.enumeration(*id).cases.iter().find(|case| case.name == *name);
    match case.map(|case| without_source(&case.docs)).filter(|docs| !docs.is_empty()) {
        Some(docs) => format!("{own} {name}: {docs}"),
        None => own,
    }
}

fn without_source(docs: &str) -> String {
    let text = docs.split("Source:").next().unwrap_or(docs);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
