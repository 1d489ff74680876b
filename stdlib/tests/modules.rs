//! Every module is well-formed and says what its declarations mean. That the schemas are those of the verifiers is tested where both are in reach.

use atbac_grammar::parse;
use atbac_grammar::span::{FileId, Node};
use atbac_grammar::syntax::{Enum, ExprKind, Field, File, Item, ItemKind, Name};
use atbac_stdlib::{MODULES, Module};

#[test]
fn every_module_parses_without_a_finding() {
    for module in MODULES {
        let parsed = parse(FileId(0), module.source);
        assert!(parsed.diagnostics.is_empty(), "{}: {:?}", module.name, parsed.diagnostics);
    }
}

#[test]
fn every_module_is_the_package_it_is_listed_as() {
    for module in MODULES {
        let package = tree(module).package.expect(module.name).name;
        assert_eq!(dotted(&package.value), module.package, "{}", module.name);
        assert_eq!(module.name, module.package.replacen('.', "/", 1) + ".atbac");
    }
}

#[test]
fn every_module_uses_only_earlier_ones() {
    for (at, module) in MODULES.iter().enumerate() {
        for used in tree(module).uses {
            let used = dotted(&used.package.value);
            assert!(MODULES[..at].iter().any(|earlier| earlier.package == used), "{} uses {used}", module.name);
        }
    }
}

#[test]
fn everything_is_documented() {
    let undocumented: Vec<String> =
        MODULES.iter().flat_map(|module| undocumented(module.package, &tree(module))).collect();
    assert!(undocumented.is_empty(), "without a doc comment: {undocumented:#?}");
}

#[test]
fn every_claim_says_what_kind_of_fact_it_is() {
    for module in MODULES {
        for item in tree(module).items {
            if let ItemKind::Evidence(evidence) = item.kind {
                for field in &evidence.fields {
                    assert!(fact(field).is_some(), "{}.{}.{}", module.package, evidence.name.value, field.name.value);
                }
            }
        }
    }
}

/// A claim gets a kind only where it proves a fact of that kind by itself: what anyone but the measured code's owner can choose proves none.
#[test]
fn what_the_host_can_choose_is_no_code_identity() {
    let chosen = [
        "guest_svn",
        "family_id",
        "image_id",
        "host_data",
        "mr_config_id",
        "mr_owner",
        "mr_owner_config",
        "config_id",
        "config_svn",
        "report_data",
    ];
    let mut found = 0;
    for field in claims() {
        if chosen.contains(&field.name.value.as_str()) {
            assert_eq!(fact(&field).as_deref(), Some("circumstance"), "{}", field.name.value);
            found += 1;
        }
    }
    // Three kinds of evidence and Azure's tokens have report data; a container image has an id as a guest's has.
    assert_eq!(found, chosen.len() + 4);
}

/// Floors are met by claims of a kind, whatever they are compared with: so what judges a part, or says where and not how well, is of no such kind.
#[test]
fn what_proves_no_health_by_itself_is_not_of_that_kind() {
    for name in ["product", "qe_status", "tsme_en", "arch", "hwmodel", "status", "tcb_eval_data_number", "vmpl"] {
        let named: Vec<Field> = claims().chain(inner_claims()).filter(|field| field.name.value == name).collect();
        assert!(!named.is_empty(), "`{name}` is no claim");
        for field in named {
            assert_eq!(fact(&field).as_deref(), Some("circumstance"), "{name}");
        }
    }
}

fn inner_claims() -> impl Iterator<Item = Field> {
    MODULES.iter().flat_map(|module| tree(module).items).flat_map(|item| match item.kind {
        ItemKind::Record(record) => record.fields,
        _ => Vec::new(),
    })
}

fn claims() -> impl Iterator<Item = Field> {
    MODULES.iter().flat_map(|module| tree(module).items).flat_map(|item| match item.kind {
        ItemKind::Evidence(evidence) => evidence.fields,
        _ => Vec::new(),
    })
}

/// The word in a claim's one `@fact(…)`.
fn fact(field: &Field) -> Option<String> {
    let mut facts = field.attributes.iter().filter(|attribute| attribute.name.value == "fact");
    match (facts.next()?.arguments.as_slice(), facts.next()) {
        ([(None, Node { value: ExprKind::Name(word), .. })], None) => Some(word.to_string()),
        _ => None,
    }
}

fn tree(module: &Module) -> File {
    parse(FileId(0), module.source).file
}

fn dotted(names: &[Name]) -> String {
    names.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(".")
}

/// The paths of everything in a module that has no doc comment.
fn undocumented(package: &str, file: &File) -> Vec<String> {
    let mut paths = Vec::new();
    let mut note = |docs: &[String], path: String| {
        if docs.iter().all(|line| line.trim().is_empty()) {
            paths.push(path);
        }
    };
    note(file.package.as_ref().map_or(&[], |package| &package.docs), package.to_owned());
    for Item { docs, kind, .. } in &file.items {
        match kind {
            ItemKind::Enum(Enum { name, members }) => {
                note(docs, format!("{package}.{}", name.value));
                for member in members {
                    note(&member.docs, format!("{package}.{}.{}", name.value, member.name.value));
                }
            }
            ItemKind::Record(record) => {
                note(docs, format!("{package}.{}", record.name.value));
                for field in &record.fields {
                    note(&field.docs, format!("{package}.{}.{}", record.name.value, field.name.value));
                }
            }
            ItemKind::Evidence(evidence) => {
                note(docs, format!("{package}.{}", evidence.name.value));
                for field in &evidence.fields {
                    note(&field.docs, format!("{package}.{}.{}", evidence.name.value, field.name.value));
                }
            }
            ItemKind::Predicate(predicate) => note(docs, format!("{package}.{}", predicate.name.value)),
            other => note(&[], format!("{package}: a kind of declaration that this test does not know: {other:?}")),
        }
    }
    paths
}
