//! Calls and sessions as JSON Schema (draft 2020-12), in the forms that the engine reads.
//!
//! What a schema accepts the engine may still refuse, where JSON Schema cannot say why: a day that does not exist, bits of a network beyond its prefix, a duration
//! or a version that is too large, `1.0` for an integer. What a schema refuses the engine refuses.

use atbac_compiler::types::{Enum, Grant, Request, Schema, Struct, StructId, Type};
use atbac_compiler::verifier::{Signer, Verifier};
use atbac_grammar::syntax::Stage;
use serde_json::{Map, Value as Json, json};

/// The meta-schema.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The names of a `Tcb`'s components. Source: `docs/language/types.md`.
const TCB: &str = "^(fmc|bootloader|tee|snp|microcode|svn([0-9]|1[0-5]))$";

/// One document for all requests of a policy.
///
/// Under `$defs` stand `PACKAGE.REQUEST.call` and `PACKAGE.REQUEST.session` for each request, `PACKAGE.REQUEST.grant` where it has a grant, and every type by its
/// package and name. The document itself accepts a call of any of the requests.
pub fn document(schema: &Schema) -> Json {
    let mut definitions = Map::new();
    let mut calls = Vec::new();
    for request in &schema.requests {
        let name = format!("{}.{}", request.package, request.name);
        for stage in [Stage::Call, Stage::Session] {
            definitions.insert(format!("{name}.{}", word(stage)), fields(schema, request, stage));
        }
        if let Some(grant) = &request.grant {
            definitions.insert(format!("{name}.grant"), granted(schema, grant));
        }
        calls.push(json!({ "$ref": format!("#/$defs/{name}.call") }));
    }
    for declared in &schema.enums {
        definitions.insert(format!("{}.{}", declared.package, declared.name), cases(declared));
    }
    for declared in &schema.structs {
        definitions.insert(format!("{}.{}", declared.package, declared.name), members(schema, declared));
    }
    // A package without requests has no calls, and a list of alternatives has at least one (JSON Schema, section 10.2.1.2).
    let (key, any) = if calls.is_empty() { ("not", json!({})) } else { ("anyOf", calls.into()) };
    json!({ "$schema": DRAFT, key: any, "$defs": definitions })
}

fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Session => "session",
        Stage::Call => "call",
    }
}

/// The fields of a request that are given at a stage.
fn fields(schema: &Schema, request: &Request, stage: Stage) -> Json {
    let fields = request.fields.iter().filter(|field| field.stage == stage);
    object(fields.map(|field| (field.name.as_str(), field.docs.as_str(), &field.ty, given(schema, &field.ty))))
}

fn granted(schema: &Schema, grant: &Grant) -> Json {
    object(grant.fields.iter().map(|field| (field.name.as_str(), "", &field.ty, given(schema, &field.ty))))
}

fn members(schema: &Schema, declared: &Struct) -> Json {
    let fields = &declared.fields;
    object(fields.iter().map(|field| (field.name.as_str(), field.docs.as_str(), &field.ty, given(schema, &field.ty))))
}

/// An object with exactly these members, of which the optional ones may be left out.
fn object<'a>(members: impl Iterator<Item = (&'a str, &'a str, &'a Type, Json)>) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, docs, ty, mut value) in members {
        if let Some(described) = value.as_object_mut().filter(|_| !docs.is_empty()) {
            described.insert("description".to_owned(), docs.into());
        }
        properties.insert(name.to_owned(), value);
        if !matches!(ty, Type::Optional(_)) {
            required.push(name);
        }
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn cases(declared: &Enum) -> Json {
    let case = |case: &atbac_compiler::types::Case| {
        let mut one = json!({ "const": case.name });
        if !case.docs.is_empty() {
            one["description"] = case.docs.as_str().into();
        }
        one
    };
    json!({ "oneOf": declared.cases.iter().map(case).collect::<Vec<_>>() })
}

/// A value that is given in JSON. Evidence that a verifier of the engine makes never is.
fn given(schema: &Schema, ty: &Type) -> Json {
    match ty {
        Type::Bool => json!({ "type": "boolean" }),
        Type::Int => json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
        Type::String => json!({ "type": "string" }),
        Type::Bytes => text("^([0-9a-fA-F]{2})*$"),
        Type::FixedBytes(length) | Type::Digest(length) => text(&format!("^[0-9a-fA-F]{{{}}}$", 2 * length)),
        Type::Duration => {
            // Each unit once, the largest first, and at least one of them.
            let mut duration =
                text("^([0-9][0-9_]*d)?([0-9][0-9_]*h)?([0-9][0-9_]*m)?([0-9][0-9_]*s)?([0-9][0-9_]*ms)?$");
            duration["minLength"] = 2.into();
            duration
        }
        // RFC 3339, section 5.6.
        Type::Instant => {
            text("^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[-+][0-9]{2}:[0-9]{2})$")
        }
        Type::Tcb => json!({
            "type": "object",
            "propertyNames": { "pattern": TCB },
            "additionalProperties": { "type": "integer", "minimum": 0, "maximum": 255 },
        }),
        Type::Version => text("^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)$"),
        Type::IpAddr => text("^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$"),
        Type::Cidr => text("^([0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)/(0|[1-9][0-9]{0,2})$"),
        Type::Oid => text("^([01]\\.([0-9]|[1-3][0-9])(\\.(0|[1-9][0-9]*))*|2(\\.(0|[1-9][0-9]*))+)$"),
        Type::Set(inner) => json!({ "type": "array", "items": given(schema, inner) }),
        Type::List(inner, most) => json!({ "type": "array", "items": given(schema, inner), "maxItems": most }),
        Type::Optional(inner) => json!({ "anyOf": [given(schema, inner), { "type": "null" }] }),
        Type::Enum(id) => {
            let declared = schema.enumeration(*id);
            json!({ "$ref": format!("#/$defs/{}.{}", declared.package, declared.name) })
        }
        Type::Struct(id) => structure(schema, *id),
        Type::Union(_) => verified("evidence of one of several kinds"),
    }
}

fn structure(schema: &Schema, id: StructId) -> Json {
    let declared = schema.structure(id);
    if let Some(evidence) = &declared.evidence {
        match Verifier::named(&evidence.verifier).map(|verifier| verifier.signer) {
            Some(Signer::Deployment) => {}
            Some(Signer::Hardware | Signer::Issuer) | None => return verified(&evidence.title),
        }
    }
    json!({ "$ref": format!("#/$defs/{}.{}", declared.package, declared.name) })
}

/// What no JSON is.
fn verified(what: &str) -> Json {
    json!({ "not": {}, "$comment": format!("{what}: made by its verifier only, never read from JSON") })
}

fn text(pattern: &str) -> Json {
    json!({ "type": "string", "pattern": pattern })
}
