//! `atbac verify`, on the genuine evidence of the repository.

use crate::support::{argument, atbac, example, failure, file, folder, json, root};
use serde_json::Value;
use std::fs;

const MILAN: &str = "tests/evidence/snp/genuine/milan";
const AT: &str = "2026-06-30T12:00:00Z";
/// From the report's layout: the 64 bytes at 0x50, AMD 56860 table "ATTESTATION_REPORT".
const REPORT_DATA: std::ops::Range<usize> = 0x50..0x90;
const MEASUREMENT: std::ops::Range<usize> = 0x90..0xC0;

fn report() -> Vec<u8> {
    fs::read(root().join(format!("{MILAN}.report.bin"))).unwrap()
}

fn snp<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let given = [
        "verify",
        "snp",
        "--report",
        "tests/evidence/snp/genuine/milan.report.bin",
        "--vek",
        "tests/evidence/snp/genuine/milan.vcek.der",
        "--at",
        AT,
    ];
    [&given, more].concat()
}

#[test]
fn a_genuine_report_verifies_under_the_built_in_root() {
    let (code, document) = json(&snp(&[]));
    assert_eq!((code, &document["verdict"]), (0, &"verified".into()));
    let hex = |range| hex::encode(&report()[range]);
    assert_eq!(document["claims"]["measurement"], hex(MEASUREMENT));
    assert_eq!(document["claims"]["report_data"], hex(REPORT_DATA));
    assert_eq!(document["claims"]["verified_at"], AT);
    assert_eq!(document["claims"]["revocation_checked"], false);
    assert_eq!(
        (&document["trust_root"]["source"], &document["trust_root"]["common_name"]),
        (&"built_in".into(), &"ARK-Milan".into())
    );
}

/// Also where its output is no terminal.
#[test]
fn without_the_flag_for_json_people_are_told() {
    let run = atbac(&snp(&[]));
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("verified under the built-in root `ARK-Milan`\n"), "{}", run.stdout);
    let run = atbac(&["verify", "snp", "--report", "missing", "--vek", "missing", "--at", AT]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("(atbac::cli::not_found)"), "{}", run.stderr);
}

#[test]
fn the_chain_may_be_given_in_any_order_and_form() {
    let folder = folder("chain_order");
    let chain = fs::read_to_string(root().join(format!("{MILAN}.chain.pem"))).unwrap();
    let end = chain.find("-----END CERTIFICATE-----").unwrap() + "-----END CERTIFICATE-----\n".len();
    let (first, second) = chain.split_at(end);
    let first = file(&folder, "first.pem", first);
    let second = file(&folder, "second.pem", second);
    let both = file(&folder, "both.pem", &chain);
    let (_, without) = json(&snp(&[]));
    for chain in [
        vec!["--chain", &first, "--chain", &second],
        vec!["--chain", &second, "--chain", &first],
        vec!["--chain", &both],
    ] {
        assert_eq!(json(&snp(&chain)), (0, without.clone()), "{chain:?}");
    }
    for chain in [vec!["--chain", &first], vec!["--chain", &both, "--chain", &first]] {
        assert_eq!(failure(&snp(&chain)).0, "atbac::cli::chain", "{chain:?}");
    }
}

#[test]
fn another_trust_anchor_is_the_only_one() {
    let chain = format!("{MILAN}.chain.pem");
    let folder = folder("trust_anchor");
    let text = fs::read_to_string(root().join(&chain)).unwrap();
    let blocks: Vec<&str> = text.split_inclusive("-----END CERTIFICATE-----\n").collect();
    let anchors: Vec<String> =
        blocks.iter().enumerate().map(|(at, block)| file(&folder, &format!("{at}.pem"), block)).collect();
    let verdicts: Vec<_> = anchors.iter().map(|anchor| json(&snp(&["--trust-anchor", anchor]))).collect();
    // Of the ASK and the ARK, only the ARK is the root of the chain.
    let accepted: Vec<_> = verdicts.iter().filter(|(code, _)| *code == 0).collect();
    assert_eq!(accepted.len(), 1);
    assert_eq!(accepted[0].1["trust_root"]["source"], "given");
    let refused: Vec<_> = verdicts.iter().filter(|(code, _)| *code == 1).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!((&refused[0].1["verdict"], &refused[0].1["code"]), (&"refused".into(), &"untrusted_root".into()));
}

#[test]
fn report_data_is_insisted_on() {
    let right = hex::encode(&report()[REPORT_DATA]);
    assert_eq!(json(&snp(&["--report-data", &right])).0, 0);
    let (code, document) = json(&snp(&["--report-data", &"00".repeat(64)]));
    assert_eq!((code, &document["verdict"], &document["code"]), (1, &"refused".into(), &"report_data_mismatch".into()));
    for wrong in ["00", "zz", ""] {
        assert_eq!(failure(&snp(&["--report-data", wrong])).0, "atbac::cli::usage");
    }
}

/// Offsets from AMD 56860 table "ATTESTATION_REPORT". The report has no author key.
#[test]
fn host_and_owner_are_insisted_on() {
    for (option, range, code) in
        [("--host-data", 0x0C0..0x0E0, "host_data_mismatch"), ("--id-key-digest", 0x0E0..0x110, "id_key_mismatch")]
    {
        let right = report()[range].to_vec();
        let mut wrong = right.clone();
        wrong[0] ^= 1;
        assert_eq!(json(&snp(&[option, &hex::encode(right)])).0, 0, "{option}");
        let (exit, document) = json(&snp(&[option, &hex::encode(wrong)]));
        assert_eq!((exit, &document["code"]), (1, &code.into()), "{option}");
        assert_eq!(failure(&snp(&[option, "00"])).0, "atbac::cli::usage", "{option}");
    }
    let (exit, document) = json(&snp(&["--author-key-digest", &"00".repeat(48)]));
    assert_eq!((exit, &document["code"]), (1, &"author_key_mismatch".into()));
}

#[test]
fn a_report_in_a_container_verifies() {
    let folder = folder("container");
    let vek = fs::read(root().join(format!("{MILAN}.vcek.der"))).unwrap();
    // A certificate table with one entry, the VCEK's (AMD 56421), and the entry of zeros that ends it.
    let mut table = hex::decode("63da758de6644564adc5f4b93be8accd").unwrap();
    table.extend(48u32.to_le_bytes());
    table.extend(u32::try_from(vek.len()).unwrap().to_le_bytes());
    table.extend([0; 24]);
    let extended = [report(), table, vek].concat();
    let (_, without) = json(&snp(&[]));
    for (name, container) in [("extended.bin", extended.clone()), ("extended.hex", hex::encode(extended).into_bytes())]
    {
        let path = file(&folder, name, container);
        assert_eq!(json(&["verify", "snp", "--report", &path, "--at", AT]), (0, without.clone()), "{name}");
    }
    let report = format!("{MILAN}.report.bin");
    let (exit, document) = json(&["verify", "snp", "--report", &report, "--at", AT]);
    assert_eq!((exit, &document["code"]), (1, &"vek_missing".into()));
}

#[test]
fn a_changed_report_is_refused() {
    let folder = folder("changed_report");
    let mut changed = report();
    changed[MEASUREMENT.start] ^= 1;
    let changed = file(&folder, "report.bin", changed);
    let vek = format!("{MILAN}.vcek.der");
    let (code, document) = json(&["verify", "snp", "--report", &changed, "--vek", &vek, "--at", AT]);
    assert_eq!((code, &document["code"]), (1, &"report_signature".into()));
    assert!(document["message"].is_string());
    assert_eq!(document.get("claims"), None);
}

#[test]
fn a_genuine_trust_domain_verifies_and_is_no_enclave() {
    let (quote, collateral) = (example("evidence/tdx_quote.bin"), example("evidence/tdx_quote_collateral.json"));
    let files = ["--quote", &quote, "--collateral", &collateral, "--at", "2025-07-04T10:16:31Z"];
    let (code, document) = json(&[&["verify", "tdx"][..], &files].concat());
    assert_eq!((code, &document["claims"]["tcb_status"]), (0, &"UpToDate".into()));
    let (code, document) = json(&[&["verify", "sgx"][..], &files].concat());
    assert_eq!((code, &document["verdict"]), (1, &"refused".into()));
}

#[test]
fn a_genuine_enclave_verifies() {
    let sgx = "tests/evidence/sgx/genuine/v3";
    let claims: Value = serde_json::from_slice(&fs::read(root().join(format!("{sgx}.claims.json"))).unwrap()).unwrap();
    let (quote, collateral) = (format!("{sgx}.quote.bin"), format!("{sgx}.collateral.json"));
    let at = claims["verified_at"].as_str().unwrap();
    let (code, document) = json(&["verify", "sgx", "--quote", &quote, "--collateral", &collateral, "--at", at]);
    assert_eq!((code, &document["claims"]), (0, &claims));
}

#[test]
fn malformed_content_is_refused_and_missing_files_are_no_answer() {
    let folder = folder("malformed_content");
    let empty = file(&folder, "empty", "");
    let (report, vek) = (format!("{MILAN}.report.bin"), format!("{MILAN}.vcek.der"));
    let quote = example("evidence/tdx_quote.bin");
    for arguments in [
        vec!["verify", "snp", "--report", &empty, "--vek", &vek],
        vec!["verify", "snp", "--report", &report, "--vek", &empty],
        vec!["verify", "snp", "--report", &report, "--vek", &vek, "--crl", &empty],
        vec!["verify", "snp", "--report", &report, "--vek", &vek, "--chain", &empty, "--chain", &empty],
        vec!["verify", "tdx", "--quote", &quote, "--collateral", &empty],
    ] {
        let (code, document) = json(&[&arguments[..], &["--at", AT]].concat());
        assert_eq!((code, &document["verdict"]), (1, &"refused".into()), "{arguments:?}: {document}");
    }
    let missing = argument(&folder.join("missing"));
    let (code, message) = failure(&["verify", "snp", "--report", &missing, "--vek", &vek, "--at", AT]);
    assert_eq!(code, "atbac::cli::not_found");
    assert!(message.contains(&missing), "{message}");
}
