//! `atbac simulate`, and what the other verbs make of it: they take it only where they are told to, and say so.

use crate::support::{EXAMPLE, argument, atbac, example, failure, file, folder, json};
use serde_json::{Value, json};
use std::fs;

const AT: &str = "2026-06-30T12:00:00Z";
const ALLOW: &str = "--dangerous-simulated-evidence";

/// Simulates into a file of `folder`, and gives its path.
fn simulate(folder: &std::path::Path, name: &str, arguments: &[&str]) -> String {
    let out = argument(&folder.join(name));
    let (code, document) = json(&[&["simulate"], arguments, &["--at", AT, "--out", &out]].concat());
    assert_eq!((code, &document["simulated"], &document["written"]), (0, &json!(true), &json!([out])));
    out
}

fn verified(path: &str) -> (i32, Value) {
    json(&["verify", "file", path, ALLOW, "--at", AT])
}

#[test]
fn what_was_asked_is_what_verify_finds() {
    let folder = folder("simulate_asked");
    let data = "ab".repeat(64);
    let claims = file(&folder, "claims.json", r#"{"policy": {"debug": true, "migrate_ma": true}, "guest_svn": 7}"#);
    let arguments = ["snp", "--product", "turin", "--claims", &claims, "--set", "policy.migrate_ma=false"];
    let path = simulate(&folder, "snp.json", &[&arguments[..], &["--report-data", &data]].concat());
    let (code, document) = verified(&path);
    assert_eq!((code, &document["verdict"]), (0, &"simulated".into()));
    assert_eq!(
        (&document["trust_root"]["source"], &document["trust_root"]["common_name"]),
        (&"development".into(), &"atbac development ARK-Turin".into())
    );
    let claims = &document["claims"];
    assert_eq!((&claims["product"], &claims["guest_svn"]), (&"Turin".into(), &7.into()));
    // `--set` counts more than the file.
    assert_eq!((&claims["policy"]["debug"], &claims["policy"]["migrate_ma"]), (&true.into(), &false.into()));
    assert_eq!(claims["report_data"], data);

    let path = simulate(&folder, "tdx.json", &["tdx", "--set", "tcb_status=OutOfDate", "--set", "advisory_ids=A,B"]);
    let (_, document) = verified(&path);
    assert_eq!(document["claims"]["tcb_status"], "OutOfDate");
    assert_eq!(document["claims"]["advisory_ids"], json!(["A", "B"]));

    let path = simulate(&folder, "sgx.json", &["sgx", "--set", "isv_svn=9"]);
    assert_eq!(verified(&path).1["claims"]["isv_svn"], 9);
}

#[test]
fn the_parts_can_be_written_as_files() {
    let folder = folder("simulate_parts");
    let (out, raw) = (argument(&folder.join("snp.json")), argument(&folder.join("parts")));
    let (_, document) = json(&["simulate", "snp", "--at", AT, "--out", &out, "--raw", &raw]);
    assert_eq!(document["written"].as_array().unwrap().len(), 6);
    let part = |name: &str| format!("{raw}/{name}");
    let files =
        ["--report", &part("report.bin"), "--vek", &part("vek.der"), "--crl", &part("crl.der")].map(str::to_owned);
    let chain = ["--chain", &part("ask.der"), "--chain", &part("ark.der"), "--at", AT].map(str::to_owned);
    let arguments: Vec<&str> =
        ["verify", "snp"].into_iter().chain(files.iter().chain(&chain).map(String::as_str)).collect();
    let (code, document) = json(&[&arguments[..], &[ALLOW]].concat());
    assert_eq!((code, &document["verdict"]), (0, &"simulated".into()));
    // The same files without the flag, and with the root given.
    let (code, document) = json(&arguments);
    assert_eq!((code, &document["code"]), (1, &"development_root".into()));
    let (code, document) = json(&[&arguments[..], &["--trust-anchor", &part("ark.der")]].concat());
    assert_eq!((code, &document["code"]), (1, &"development_root".into()));
    assert_eq!(
        failure(&[&arguments[..], &["--trust-anchor", &part("ark.der"), ALLOW]].concat()).0,
        "atbac::cli::usage"
    );
}

#[test]
fn what_cannot_be_simulated_is_no_answer() {
    let folder = folder("simulate_wrong");
    let out = argument(&folder.join("out.json"));
    let refused = |arguments: &[&str]| failure(&[&["simulate"], arguments, &["--at", AT, "--out", &out]].concat());
    let (code, message) = refused(&["snp", "--set", "policy.debgu=true"]);
    assert_eq!(code, "atbac::simulate::unknown_claim");
    assert!(message.contains("did you mean `policy.debug`?"), "{message}");
    assert_eq!(refused(&["snp", "--set", "measurement=00"]).0, "atbac::simulate::value");
    assert_eq!(refused(&["tdx", "--set", "verified_at=now"]).0, "atbac::simulate::derived_claim");
    assert_eq!(refused(&["tdx", "--set", "version=4", "--set", "vmid=1"]).0, "atbac::simulate::claim_not_there");
    assert_eq!(refused(&["snp", "--set", "policy.debug"]).0, "atbac::cli::usage");
    assert_eq!(refused(&["snp", "--claims", &argument(&folder.join("none"))]).0, "atbac::cli::not_found");
    assert_eq!(refused(&["snp", "--claims", &file(&folder, "list.json", "[]")]).0, "atbac::cli::form");
    assert!(!folder.join("out.json").exists());
    let nowhere = argument(&folder.join("missing/out.json"));
    assert_eq!(failure(&["simulate", "snp", "--at", AT, "--out", &nowhere]).0, "atbac::cli::unwritable");
    let (code, _) = failure(&["simulate", "snp", "--at", "1999-01-01T00:00:00Z", "--out", &out]);
    assert_eq!(code, "atbac::simulate::time");
}

/// The example's session with simulated evidence in place of the genuine, whose claims it has.
fn session(folder: &std::path::Path, changes: &[&str]) -> String {
    let genuine: Value =
        serde_json::from_slice(&fs::read(crate::support::root().join(example("snp.json"))).unwrap()).unwrap();
    let report = fs::read(crate::support::root().join("tests/evidence/snp/genuine/milan.report.bin")).unwrap();
    // AMD 56860, table `ATTESTATION_REPORT`: report data at 0x050, measurement at 0x090, guest SVN at 0x004.
    let set = |name: &str, bytes: &[u8]| format!("{name}={}", hex::encode(bytes));
    let (data, measurement) = (set("report_data", &report[0x50..0x90]), set("measurement", &report[0x90..0xC0]));
    let svn = format!("guest_svn={}", u32::from_le_bytes(report[4..8].try_into().unwrap()));
    let mut arguments = vec!["snp", "--set", &data, "--set", &measurement, "--set", &svn];
    changes.iter().for_each(|change| arguments.extend(["--set", change]));
    let evidence = simulate(folder, "evidence.json", &arguments);
    let mut session = genuine;
    session["session"]["principal"] = serde_json::from_slice(&fs::read(&evidence).unwrap()).unwrap();
    file(folder, "session.json", session.to_string())
}

fn decide<'a>(session: &'a str, call: &'a str, references: &'a str) -> Vec<&'a str> {
    vec![
        "decide",
        EXAMPLE,
        "--call",
        call,
        "--references",
        references,
        "--evidence",
        session,
        "--at",
        "2026-06-30T12:01:00Z",
    ]
}

#[test]
fn every_decision_on_it_says_so() {
    let folder = folder("simulate_decide");
    let (call, references) = (example("calls/approve-payment.json"), example("references.json"));
    let good = ["reported_tcb.snp=24", "reported_tcb.microcode=219"];
    let permitted = session(&folder, &good);
    let arguments = decide(&permitted, &call, &references);
    let (code, document) = json(&[&arguments[..], &[ALLOW]].concat());
    assert_eq!((code, &document["effect"], &document["simulated"]), (0, &"permit".into(), &true.into()), "{document}");
    let run = atbac(&[&arguments[..], &[ALLOW]].concat());
    assert!(run.stdout.starts_with("PERMIT") && run.stdout.contains("\n  SIMULATED "), "{}", run.stdout);

    let folder = self::folder("simulate_decide_debug");
    let debugged = session(&folder, &[&good[..], &["policy.debug=true"]].concat());
    let arguments = decide(&debugged, &call, &references);
    let (code, document) = json(&[&arguments[..], &[ALLOW]].concat());
    assert_eq!(
        (code, &document["simulated"], &document["reasons"]),
        (1, &true.into(), &json!(["the guest is not hardened"]))
    );
    assert!(atbac(&[&arguments[..], &[ALLOW]].concat()).stdout.contains("\n  SIMULATED "));

    // Not asked for, it is no answer; and a file that hides what it is gets the vendors' roots.
    let (code, message) = failure(&arguments);
    assert_eq!(code, "atbac::cli::simulated_evidence");
    assert!(message.contains("session.principal") && message.contains(ALLOW), "{message}");
    let hidden = fs::read_to_string(&debugged).unwrap().replace(r#""simulated":true"#, r#""simulated":false"#);
    let hidden = file(&folder, "hidden.json", hidden);
    let (code, document) = json(&[&decide(&hidden, &call, &references)[..], &[ALLOW]].concat());
    assert_eq!((code, &document["refused"]["code"]), (1, &"development_root".into()));
    // Genuine evidence is not simulated because the flag is there.
    let genuine = example("snp.json");
    let (code, document) = json(&[&decide(&genuine, &call, &references)[..], &[ALLOW]].concat());
    assert_eq!((code, document.get("simulated")), (0, None));
}

#[test]
fn genuine_evidence_is_none_of_a_development_root() {
    let genuine = "tests/evidence/snp/genuine/milan";
    let files =
        ["--report", &format!("{genuine}.report.bin"), "--vek", &format!("{genuine}.vcek.der")].map(str::to_owned);
    let chain = ["--chain", &format!("{genuine}.chain.pem")].map(str::to_owned);
    let arguments: Vec<&str> = files.iter().chain(&chain).map(String::as_str).collect();
    let (code, document) = json(&[&["verify", "snp", "--at", AT, ALLOW], &arguments[..]].concat());
    assert_eq!((code, &document["code"]), (1, &"untrusted_root".into()));
}

#[test]
fn a_file_of_simulated_evidence_is_read_only_where_it_is_wanted() {
    let folder = folder("simulate_file");
    let path = simulate(&folder, "tdx.json", &["tdx"]);
    assert_eq!(failure(&["verify", "file", &path, "--at", AT]).0, "atbac::cli::simulated_evidence");
    let honest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let mut hidden = honest.clone();
    hidden.as_object_mut().unwrap().remove("simulated");
    let path = file(&folder, "hidden.json", hidden.to_string());
    let (code, document) = json(&["verify", "file", &path, "--at", AT]);
    assert_eq!((code, &document["code"]), (1, &"development_root".into()));
    // Two roots of trust are one too many.
    let mut two = honest;
    two["trust_anchor"] = json!({ "hex": "00" });
    let path = file(&folder, "two.json", two.to_string());
    assert_eq!(failure(&["verify", "file", &path, ALLOW, "--at", AT]).0, "atbac::cli::simulated_evidence");
}

/// Tests that stand in policies say what their evidence is.
#[test]
fn a_test_on_it_is_marked() {
    let folder = folder("simulate_test");
    simulate(&folder, "evidence.json", &["snp"]);
    let policy = "\
package simulated;
use std.snp.Snp;
request Q { session p: attested Snp, }
forbid debugged for Q { when p.policy.debug; reason \"debugged\"; }
test \"as simulated\" {
  at 2026-06-30T12:00:00Z
  given Q { p: evidence(\"evidence.json\") }
  expect deny
}
";
    let policy = file(&folder, "simulated.atbac", policy);
    let (_, document) = json(&["test", &policy]);
    assert_eq!(document["tests"][0]["simulated"], true, "{document}");
    assert_eq!(document["passed"], 1, "{document}");
    assert!(atbac(&["test", &policy]).stdout.contains("as simulated  (simulated evidence)"));
    let (_, document) = json(&["test", EXAMPLE]);
    assert!(document["tests"].as_array().unwrap().iter().all(|test| test.get("simulated").is_none()));
}
