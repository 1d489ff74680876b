//! regorus, asked the cases of policies in Rego.
//!
//! `inputs.json` gives for each case, by the name of its test, `input` and `data`; `reference` gives the values of `query_reference_value`. A resource
//! policy permits where `data.policy.allow` is true (Key Broker Service). A policy of the Attestation Service permits where the worst tier of its trust claims is
//! affirming (EAR, `ear_status`; AR4SI, section 2.3.2); an error of the policy is a denial.

use atbac_compiler::checked::Expectation;
use atbac_compiler::pipeline::{self, SourceFile};
use atbac_import::Kind;
use atbac_tests::files::read_text;
use regorus::{Engine, Value};
use serde_json::Value as Json;
use std::fs;
use std::path::Path;

/// Asks every case, and gives how many there were.
pub(crate) fn agree(kind: Kind, folder: &Path, policy: &str) -> usize {
    let source = |name: &str, text: String| SourceFile { name: name.to_owned(), text };
    let files =
        [source("imported.atbac", policy.to_owned()), source("cases.atbac", read_text(&folder.join("cases.atbac")))];
    let checked = pipeline::parse(files).check().unwrap_or_else(|refused| panic!("{:?}", refused.diagnostics));
    let inputs: Json = serde_json::from_str(&read_text(&folder.join("inputs.json"))).unwrap();
    for test in &checked.policy.tests {
        let permits = test.expectations.iter().any(|(expected, _)| matches!(expected, Expectation::Permit(_)));
        let case = inputs
            .get(&test.name)
            .unwrap_or_else(|| panic!("{}: `inputs.json` has no `{}`", folder.display(), test.name));
        let found = match kind {
            Kind::KbsPolicy => allows(folder, case),
            _ => affirms(folder, case),
        };
        assert_eq!(found, permits, "{}: {}: regorus says {found}", folder.display(), test.name);
    }
    checked.policy.tests.len()
}

/// An engine with the policy and what a case says.
fn engine(folder: &Path, case: &Json) -> Engine {
    let mut engine = Engine::new();
    let path = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "rego"))
        .unwrap();
    let text = read_text(&path);
    // Both services read Rego of version 0, unless the policy says `import rego.v1`.
    engine.set_rego_v0(true);
    engine.add_policy("policy.rego".to_owned(), text).unwrap();
    let reference = case.get("reference").cloned().unwrap_or_default();
    engine
        .add_extension(
            "query_reference_value".to_owned(),
            1,
            Box::new(move |arguments: Vec<Value>| {
                let name = arguments[0].as_string()?.to_string();
                Value::from_json_str(&reference.get(&name).cloned().unwrap_or_default().to_string())
            }),
        )
        .unwrap();
    let data = case.get("data").cloned().unwrap_or_else(|| serde_json::json!({}));
    engine.add_data(Value::from_json_str(&data.to_string()).unwrap()).unwrap();
    engine.set_input(Value::from_json_str(&case["input"].to_string()).unwrap());
    engine
}

fn allows(folder: &Path, case: &Json) -> bool {
    engine(folder, case).eval_rule("data.policy.allow".to_owned()).is_ok_and(|value| value == Value::from(true))
}

/// Whether the result's status is `affirming`.
fn affirms(folder: &Path, case: &Json) -> bool {
    let mut engine = engine(folder, case);
    let claims = match engine.eval_rule("data.policy.trust_claims".to_owned()) {
        Ok(value) => value,
        Err(error) => {
            // A case may be one on which the policy contradicts itself.
            assert!(error.to_string().contains("conflicts"), "{}: {error}", folder.display());
            return false;
        }
    };
    let claims: Json = serde_json::from_str(&claims.to_json_str().unwrap()).unwrap();
    // Where a claim is undefined the list of them is: the service then says nothing, in all claims.
    let Some(claims) = claims.as_object() else { return false };
    let tiers = claims.values().map(|value| match value.as_i64().unwrap() {
        -1..=1 => 0,
        2..=31 => 2,
        32..=95 => 32,
        _ => 96,
    });
    tiers.max() == Some(2)
}
