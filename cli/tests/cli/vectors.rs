//! The attestation test vectors kept beside the repository, where that folder is there: every verdict through the command, with its claims.
//!
//! The verifier's own tests compare claim by claim, and refusal by refusal; here it is enough that the command hands over what the manifest says.

use crate::support::{json, root};
use serde_json::Value;
use std::fs;

#[test]
fn every_report_and_quote_gets_its_verdict() {
    let vectors = root().join("../shared/vectors");
    if !vectors.is_dir() {
        eprintln!("SKIPPED: no test vectors at {}", vectors.display());
        return;
    }
    let manifest: Value = serde_json::from_slice(&fs::read(vectors.join("manifest.json")).unwrap()).unwrap();
    let mut verified = 0;
    for case in manifest["cases"].as_array().unwrap() {
        let kind = case["tee"].as_str().unwrap();
        let id = case["id"].as_str().unwrap();
        let path = |name: &Value| vectors.join(name.as_str().unwrap()).to_str().unwrap().to_owned();
        let files = &case["files"];
        let mut arguments: Vec<(&str, String)> = match kind {
            "snp" => vec![
                ("--report", path(&files["report"])),
                ("--vek", path(&files["vek"])),
                ("--chain", path(&files["chain"][0])),
                ("--chain", path(&files["chain"][1])),
            ],
            "tdx" | "sgx" if files.get("collateral").is_some() => {
                vec![("--quote", path(&files["quote"])), ("--collateral", path(&files["collateral"]))]
            }
            _ => {
                eprintln!("{id}: skipped, {kind} without collateral cannot be verified by this command");
                continue;
            }
        };
        let optional =
            [("--crl", files.get("crl")), ("--trust-anchor", case.get("trust_anchor").or(files.get("root")))];
        arguments.extend(optional.into_iter().filter_map(|(option, file)| Some((option, path(file?)))));
        arguments.push(("--at", case["verify_at"].as_str().unwrap().to_owned()));
        let flat: Vec<&str> = arguments.iter().flat_map(|(option, value)| [*option, value.as_str()]).collect();

        let (code, document) = json(&[&["verify", kind], &flat[..]].concat());
        match (case["expect"].as_str().unwrap(), code) {
            ("verify" | "either", 0) => {
                assert_eq!(document["verdict"], "verified", "{id}");
                same_claims(id, kind, &document["claims"], case);
                verified += 1;
            }
            ("refuse" | "either", 1) => {
                assert_eq!(document["verdict"], "refused", "{id}");
                assert!(document["code"].is_string() && document["message"].is_string(), "{id}: {document}");
            }
            (expected, code) => panic!("{id}: expected {expected}, exit code {code}: {document}"),
        }
    }
    assert!(verified > 20, "the manifest has more cases that verify than {verified}");
}

/// Every claim of the manifest that has our name and our form: the rest are vectors of bits and little-endian numbers.
fn same_claims(id: &str, kind: &str, ours: &Value, case: &Value) {
    const OTHERWISE: &[&str] = &[
        "policy",
        "platform_info",
        "launch_mit_vector",
        "current_mit_vector",
        "td_attributes",
        "attributes",
        "misc_select",
        "isv_prod_id",
        "isv_svn",
    ];
    let claims = if kind == "snp" { &case["claims"] } else { &case["claims"]["body"] };
    let mut compared = 0;
    for (name, expected) in claims.as_object().unwrap() {
        if let Some(found) = ours.get(name).filter(|_| !OTHERWISE.contains(&name.as_str())) {
            assert_eq!(found, expected, "{id}: {name}");
            compared += 1;
        }
    }
    assert!(compared >= 4, "{id}: only {compared} claims compared");
    if let Some(status) = case["tcb_status"].as_str() {
        assert_eq!(ours["tcb_status"], status, "{id}");
    }
}
