//! No text makes an import panic or run away, and nothing that comes of one fails to compile: bytes, and the corpus with pieces changed.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not as expected fails the test")]

use atbac_import::{Kind, Options, Refusal, Source, import};
use atbac_tests::files::{read_text, repository};
use proptest::prelude::*;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// Every source of the corpus, by kind.
static SOURCES: LazyLock<Vec<(Kind, String, String)>> = LazyLock::new(|| {
    let mut sources = Vec::new();
    for kind in Kind::ALL {
        for folder in fs::read_dir(repository().join("tests/import").join(kind.word())).unwrap() {
            for file in fs::read_dir(folder.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if is_source(&path) {
                    sources.push((kind, name, read_text(&path)));
                }
            }
        }
    }
    sources
});

fn is_source(path: &Path) -> bool {
    let stem = path.file_stem().unwrap().to_string_lossy();
    ["policy", "release", "manifest"].contains(&stem.as_ref())
}

fn run(kind: Kind, name: &str, text: String) {
    let options = Options { package: "imported".to_owned(), max_age: None };
    // Whatever it is, it is an answer; but a policy that does not compile is a fault of the import.
    if let Err(Refusal::Policy { message }) = import(kind, &[Source { name: name.to_owned(), text }], &options) {
        panic!("{message}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(kind in 0..Kind::ALL.len(), text in "\\PC{0,200}") {
        run(Kind::ALL[kind], "policy", text);
    }

    #[test]
    fn any_bytes_that_are_text_are_answered(kind in 0..Kind::ALL.len(), bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        run(Kind::ALL[kind], "policy", String::from_utf8_lossy(&bytes).into_owned());
    }

    #[test]
    fn the_corpus_with_pieces_changed_is_answered(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20, "[\\PC\\n]{0,6}"), 1..6),
    ) {
        let (kind, name, text) = &SOURCES[which.index(SOURCES.len())];
        let mut characters: Vec<char> = text.chars().collect();
        for (at, length, put) in changes {
            let at = at.index(characters.len() + 1);
            let end = (at + length).min(characters.len());
            characters.splice(at..end, put.chars());
        }
        run(*kind, name, characters.into_iter().collect());
    }
}

/// Depth, length and repetition that would cost a careless reader its stack or its time.
#[test]
fn depth_and_repetition_are_refused() {
    let deep = 20_000;
    let shapes = [
        (Kind::AgentPolicy, "[".repeat(deep)),
        (Kind::AgentPolicy, "a:\n ".repeat(deep)),
        (Kind::AgentPolicy, "- ".repeat(deep)),
        (Kind::ContrastManifest, format!("{{\"Policies\":{}", "[".repeat(deep))),
        (Kind::AzureKeyRelease, format!("{{\"version\":\"1.0.0\",\"anyOf\":{}", "[{\"anyOf\":".repeat(deep))),
        (
            Kind::AzureAttestation,
            format!("version=1.0; authorizationrules {{ [type==\"a\", value=={}", "(".repeat(deep)),
        ),
        (Kind::KbsPolicy, format!("package policy\nallow {{ {}", "(".repeat(deep))),
        (Kind::KbsPolicy, format!("package policy\nallow {{ input{} }}", "[0]".repeat(deep))),
    ];
    for (kind, text) in shapes {
        let options = Options { package: "imported".to_owned(), max_age: None };
        let refused = import(kind, &[Source { name: "deep".to_owned(), text }], &options);
        assert!(refused.is_err(), "{}", kind.word());
    }
}

/// Rules that use rules that use rules: written out, each line is twice the one before it.
#[test]
fn rules_that_multiply_are_refused() {
    let mut text = String::from("package policy\nr0 { input.submods.cpu0[\"ear.status\"] == \"affirming\" }\n");
    for at in 1..30 {
        text += &format!("r{at} {{ r{0}; r{0} }}\n", at - 1);
    }
    text += "allow { r29 }\n";
    let options = Options { package: "imported".to_owned(), max_age: None };
    let refused = import(Kind::KbsPolicy, &[Source { name: "policy.rego".to_owned(), text }], &options).unwrap_err();
    assert_eq!(refused.code(), "atbac::import::too_many_conditions");
}

/// Forms in which what is made grows with the square of what is written, or faster. Each is small, and refused for what would come of it.
#[test]
fn what_grows_faster_than_its_source_is_refused() {
    let rego = |rules: &str| format!("package policy\nimport rego.v1\ndefault allow := false\n{rules}");
    let lines = |line: &dyn Fn(usize) -> String| (0..6_000).map(line).collect::<Vec<_>>().join("\n");
    // Every pair of two values is a contradiction.
    let values = lines(&|at| format!("allow := {at}"));
    let conditions = lines(&|at| format!("allow := {at} if data.plugin == \"p{at}\""));
    // Each body excludes all before it.
    let bodies =
        (0..6_000).map(|at| format!("else := {} if data.plugin == \"p{at}\"", at % 2 == 0)).collect::<Vec<_>>();
    let chain = format!("allow := 1 if data.plugin == \"p\"\n{}", bodies.join("\n"));
    // Each level uses the one before it in two definitions, which can contradict each other.
    let mut levels = String::from("r0 := 1 if data.plugin == \"x\"\nr0 := 2 if data.plugin == \"y\"\n");
    for at in 1..16 {
        levels += &format!("r{at} := 1 if r{0}\nr{at} := 2 if r{0}\n", at - 1);
    }
    // A list, written out wherever it is used.
    let items = (0..2_000).map(|at| format!("\"p{at}\"")).collect::<Vec<_>>().join(",\n");
    let uses = (0..2_000).map(|_| "allow if data.plugin in list\n").collect::<String>();
    let claim = |at: usize| format!("[type==\"x-ms-sgx-svn\", value!={at}]");
    let added = (0..1_300).map(claim).collect::<Vec<_>>().join(" && ");
    let denials = "[type==\"added\", value==true] => deny();\n".repeat(8_000);
    let policies = "- { name: a, tee_type: tdx, allowed_actions: a }\n".repeat(2_000);
    let accesses = "- { resource: a, permission: a }\n".repeat(2_000);
    let shapes = [
        (Kind::KbsPolicy, rego(&values)),
        (Kind::KbsPolicy, rego(&conditions)),
        (Kind::KbsPolicy, rego(&chain)),
        (Kind::KbsPolicy, rego(&format!("{levels}allow if r15"))),
        (Kind::KbsPolicy, rego(&format!("list := [{items}]\n{uses}"))),
        (
            Kind::AzureAttestation,
            format!("version=1.0; authorizationrules {{ {added} => add(type=\"added\", value=true);\n{denials} }};"),
        ),
        (Kind::AgentPolicy, format!("policies:\n{policies}access_control:\n{accesses}")),
    ];
    for (at, (kind, text)) in shapes.into_iter().enumerate() {
        let options = Options { package: "imported".to_owned(), max_age: None };
        let refused = import(kind, &[Source { name: "policy".to_owned(), text }], &options).unwrap_err();
        assert_eq!(refused.code(), "atbac::import::too_many_conditions", "shape {at}: {refused}");
    }
}

/// Rules that use rules, so deep that a reader which follows them needs more stack than there is: what depends on them is left out.
#[test]
fn rules_that_are_nested_deep_are_left_out() {
    for step in ["r{} if r{}", "r{} := r{}"] {
        let mut text = String::from("package policy\nimport rego.v1\nr0 := input.submods.cpu0\n");
        for at in 1..9_000_usize {
            text += &step.replacen("{}", &at.to_string(), 1).replacen("{}", &(at - 1).to_string(), 1);
            text += "\n";
        }
        text += "allow if r8999\n";
        let options = Options { package: "imported".to_owned(), max_age: None };
        let imported = import(Kind::KbsPolicy, &[Source { name: "policy.rego".to_owned(), text }], &options).unwrap();
        assert!(!imported.is_complete() && !imported.policy.contains("\npermit "), "{step}: {}", imported.policy);
    }
}

/// Long policies end, whatever comes of them.
#[test]
fn long_policies_are_answered() {
    let claim = "{ \"claim\": \"x-ms-sgx-svn\", \"greater\": 1 }";
    let claims = vec![claim; 2_000].join(", ");
    let release =
        format!("{{ \"version\": \"1.0.0\", \"anyOf\": [{{ \"authority\": \"a\", \"anyOf\": [{claims}] }}] }}");
    run(Kind::AzureKeyRelease, "release.json", release);
    let rules = "[type==\"secureBootEnabled\", value==true] => permit();\n".repeat(2_000);
    run(Kind::AzureAttestation, "policy.txt", format!("version=1.0; authorizationrules {{ {rules} }};"));
}

/// A name that would end a comment, were it written as it is.
#[test]
fn names_of_files_stay_in_their_comments() {
    let text = r#"{ "version": "1.0.0", "anyOf": [{ "authority": "a", "allOf": [{ "claim": "x-ms-sgx-svn", "greater": 1 }] }] }"#;
    let name = "x\npermit everything for Release;\n//";
    let options = Options { package: "imported".to_owned(), max_age: None };
    let source = Source { name: name.to_owned(), text: text.to_owned() };
    let imported = import(Kind::AzureKeyRelease, &[source], &options).unwrap();
    assert!(!imported.policy.lines().any(|line| line.starts_with("permit everything")), "{}", imported.policy);
}

/// A file over the limit is not read at all.
#[test]
fn large_files_are_refused() {
    let text = " ".repeat(atbac_import::MAX_SOURCE_BYTES + 1);
    let options = Options { package: "imported".to_owned(), max_age: None };
    for kind in Kind::ALL {
        let source = Source { name: "large".to_owned(), text: text.clone() };
        assert_eq!(import(kind, &[source], &options).unwrap_err().code(), "atbac::import::too_large");
    }
}

/// An age must be one that evidence can have.
#[test]
fn ages_that_cannot_be_are_refused() {
    let source =
        Source { name: "release.json".to_owned(), text: "{ \"version\": \"1.0.0\", \"anyOf\": [] }".to_owned() };
    for max_age in [0, -1, 24 * 60 * 60 * 1000, i64::MAX] {
        let options = Options { package: "imported".to_owned(), max_age: Some(max_age) };
        let refused = import(Kind::AzureKeyRelease, std::slice::from_ref(&source), &options).unwrap_err();
        assert_eq!(refused.code(), "atbac::import::max_age", "{max_age}");
    }
}
