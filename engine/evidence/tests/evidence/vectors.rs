//! The attestation test vectors kept beside the repository, where that folder is there: every verdict, claim and code.
//!
//! The vectors were decoded and verified by a program that shares nothing with this crate; its decoding is what claims are compared with.

use std::path::PathBuf;

use crate::files::{at, read, repository};
use atbac_evidence::dcap::{self, Collateral, IntelRoot};
use atbac_evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation};
use atbac_evidence::{Claim, Expected, Refusal};
use jiff::Timestamp;
use serde_json::Value;

/// The vectors' cases of one kind, or nothing (said aloud) where the folder is absent.
pub(crate) fn cases(tee: &str) -> Option<(PathBuf, Vec<Value>)> {
    let folder = repository().join("../shared/vectors");
    if !folder.is_dir() {
        eprintln!("SKIPPED: no test vectors at {}", folder.display());
        return None;
    }
    let manifest: Value = serde_json::from_slice(&read(&folder.join("manifest.json"))).unwrap();
    let cases: Vec<Value> =
        manifest["cases"].as_array().unwrap().iter().filter(|case| case["tee"] == tee).cloned().collect();
    assert!(!cases.is_empty(), "no {tee} cases in the manifest");
    Some((folder, cases))
}

/// The code with which each case that must be refused is refused, by the reason that its manifest entry gives.
const REFUSALS: &[(&str, &str)] = &[
    ("milan-v2-tampered-vcek-a", "certificate_signature"),
    ("milan-v2-tampered-vcek-b", "certificate_signature"),
    ("x-wrong-vcek", "report_signature"),
    ("x-measurement-flip", "report_signature"),
    ("x-truncated-1183", "report_length"),
    ("x-extended-1185", "report_length"),
    ("x-before-notbefore", "certificate_not_yet_valid"),
    ("syn-expired-vcek", "certificate_expired"),
    ("v4-tcb-unsupported", "tcb_level_unsupported"),
    ("x-report-data-flip", "quote_signature"),
    ("x-truncated-600", "quote_malformed"),
    ("x-collateral-wrong-fmspc", "fmspc_mismatch"),
    ("x-time-after-collateral", "collateral_expired"),
    ("x-time-before-collateral", "collateral_not_yet_valid"),
    ("syn-tdx-collateral-expired", "collateral_expired"),
    ("hopper-badsig", "report_signature"),
];

fn expected_code(id: &str) -> &'static str {
    REFUSALS
        .iter()
        .find(|(case, _)| *case == id)
        .unwrap_or_else(|| panic!("{id} must be refused, but this test names no code for it"))
        .1
}

/// Checks a verdict against the manifest's `expect`, and hands verified claims to `compare`.
pub(crate) fn check(case: &Value, verdict: Result<Claim, Refusal>, compare: impl Fn(&Value, &Value)) {
    let id = case["id"].as_str().unwrap();
    match (case["expect"].as_str().unwrap(), verdict) {
        ("verify" | "either", Ok(claims)) => {
            compare(&serde_json::to_value(&claims).unwrap(), &case["claims"]);
        }
        ("refuse", Err(refusal)) => {
            assert_eq!(refusal.code(), expected_code(id), "{id}: {refusal}")
        }
        ("verify", Err(refusal)) => panic!("{id} must verify: {} {refusal}", refusal.code()),
        ("either", Err(refusal)) => eprintln!("{id}: refused, as it may be: {refusal}"),
        (expect, Ok(_)) => panic!("{id} verified; expected: {expect}"),
        (expect, Err(_)) => panic!("{id}: unknown expectation {expect}"),
    }
}

#[test]
fn snp() {
    let Some((folder, cases)) = cases("snp") else {
        return;
    };
    for case in &cases {
        let file = |name: &Value| read(&folder.join(name.as_str().unwrap()));
        let files = &case["files"];
        let (report, vek) = (file(&files["report"]), file(&files["vek"]));
        let (ask, ark) = (file(&files["chain"][0]), file(&files["chain"][1]));
        let crl = files.get("crl").map(file);
        let roots = match case.get("trust_anchor") {
            Some(anchor) => AmdRoots::given(&file(anchor)).unwrap(),
            None => AmdRoots::built_in(),
        };
        let evidence = snp::Evidence {
            report: &report,
            vek: &vek,
            chain: Chain::Given { ask: &ask, ark: &ark },
            revocation: crl.as_deref().map_or(Revocation::NotChecked, Revocation::Crl),
            expected: Expectations::left_to_policy(),
        };
        let verdict = snp::Verifier::new(roots)
            .verify(&evidence, at(case["verify_at"].as_str().unwrap()))
            .map(|verified| verified.claims());
        check(case, verdict, |ours, manifest| {
            compare_snp(case["id"].as_str().unwrap(), ours, manifest);
            assert_eq!(ours["revocation_checked"], crl.is_some());
        });
    }
}

#[test]
fn tdx() {
    quotes("tdx", |verifier, evidence, now| {
        let verified = verifier.verify_tdx(evidence, now)?;
        Ok(verified.claims())
    });
}

#[test]
fn sgx() {
    quotes("sgx", |verifier, evidence, now| {
        let verified = verifier.verify_sgx(evidence, now)?;
        Ok(verified.claims())
    });
}

fn quotes(tee: &str, verify: impl Fn(&dcap::Verifier, &dcap::Evidence<'_>, Timestamp) -> Result<Claim, Refusal>) {
    let Some((folder, cases)) = cases(tee) else {
        return;
    };
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let file = |name: &Value| read(&folder.join(name.as_str().unwrap()));
        let Some(collateral) = case["files"].get("collateral") else {
            eprintln!("{id}: skipped, it has no collateral");
            continue;
        };
        let collateral = Collateral::from_json(&file(collateral)).unwrap();
        let evidence = dcap::Evidence {
            quote: &file(&case["files"]["quote"]),
            collateral: &collateral,
            report_data: Expected::LeftToPolicy,
        };
        let verifier = dcap::Verifier::new(IntelRoot::given(&file(&case["files"]["root"])).unwrap());
        let verdict = verify(&verifier, &evidence, at(case["verify_at"].as_str().unwrap()));
        check(case, verdict, |ours, manifest| {
            compare_quote(id, ours, manifest);
            if let Some(status) = case["tcb_status"].as_str() {
                assert_eq!(ours["tcb_status"], status, "{id}");
            }
            if let Some(advisories) = case.get("advisories") {
                assert_eq!(&ours["advisory_ids"], advisories, "{id}");
            }
        });
    }
}

/// Compares every claim that the manifest has with ours, under its name there.
fn compare_quote(id: &str, ours: &Value, manifest: &Value) {
    let header = &manifest["header"];
    for name in ["version", "att_key_type", "tee_type", "qe_vendor_id", "user_data"] {
        assert_eq!(ours[name], header[name], "{id}: {name}");
    }
    for (name, expected) in manifest["body"].as_object().unwrap() {
        let little_endian = |hex_text: &Value| {
            let mut bytes = hex::decode(hex_text.as_str().unwrap()).unwrap();
            bytes.resize(8, 0);
            u64::from_le_bytes(bytes.try_into().unwrap())
        };
        match name.as_str() {
            "td_attributes" => {
                assert_eq!(&ours[name]["raw"], expected, "{id}: {name}");
                let set: Vec<&String> = ours[name]
                    .as_object()
                    .unwrap()
                    .iter()
                    .filter(|(_, set)| **set == Value::Bool(true))
                    .map(|(name, _)| name)
                    .collect();
                let expected: Vec<String> = manifest["td_attributes_bits"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|bit| bit.as_str().unwrap().to_lowercase())
                    .collect();
                assert_eq!(set, expected.iter().collect::<Vec<_>>(), "{id}: {name}");
            }
            "attributes" => assert_eq!(&ours[name]["raw"], expected, "{id}: {name}"),
            "misc_select" | "isv_prod_id" | "isv_svn" => {
                assert_eq!(ours[name], little_endian(expected), "{id}: {name}");
            }
            reserved if reserved.starts_with("reserved") => {}
            rtmr if rtmr.starts_with("rt_mr") => {
                assert_eq!(&ours[rtmr.replace("rt_mr", "rtmr")], expected, "{id}: {name}");
            }
            same => assert_eq!(&ours[same], expected, "{id}: {name}"),
        }
    }

    let pck = &manifest["pck"];
    let cpu_svn = if ours.get("pck_cpu_svn").is_some() { "pck_cpu_svn" } else { "cpu_svn" };
    assert_eq!(ours["fmspc"], pck["fmspc"], "{id}");
    assert_eq!(ours["ppid"], pck["ppid"], "{id}");
    assert_eq!(ours["pce_svn"], pck["pcesvn"], "{id}");
    assert_eq!(ours[cpu_svn], pck["cpusvn"], "{id}");
    let sgx_types = ["Standard", "Scalable", "ScalableWithIntegrity"];
    let sgx_type = usize::try_from(pck["sgxtype"].as_u64().unwrap()).unwrap();
    assert_eq!(ours["sgx_type"], sgx_types[sgx_type], "{id}");
    let or_null = |value: Option<&Value>| value.cloned().unwrap_or(Value::Null);
    assert_eq!(ours["platform_instance_id"], or_null(pck.get("platform_instance_id")), "{id}");
    let flag = |name| or_null(pck.get("config").and_then(|config| config.get(name)));
    assert_eq!(ours["dynamic_platform"], flag("dynamicPlatform"), "{id}");
    assert_eq!(ours["cached_keys"], flag("cachedKeys"), "{id}");
    assert_eq!(ours["smt_enabled"], flag("smtEnabled"), "{id}");
}

/// Compares every claim that the manifest has with ours, under its name there.
fn compare_snp(id: &str, ours: &Value, manifest: &Value) {
    const SAME_NAME: &[&str] = &[
        "version",
        "guest_svn",
        "family_id",
        "image_id",
        "vmpl",
        "signature_algo",
        "current_tcb",
        "key_info",
        "report_data",
        "measurement",
        "host_data",
        "id_key_digest",
        "author_key_digest",
        "report_id",
        "report_id_ma",
        "reported_tcb",
        "chip_id",
        "committed_tcb",
        "launch_tcb",
    ];
    for name in SAME_NAME {
        assert_eq!(ours[name], manifest[name], "{id}: {name}");
    }
    assert_eq!(ours["current_version"], manifest["current_fw"], "{id}");
    assert_eq!(ours["committed_version"], manifest["committed_fw"], "{id}");

    let hex = |value: &Value| u64::from_str_radix(value.as_str().unwrap().strip_prefix("0x").unwrap(), 16).unwrap();
    let bits = |record: &Value, names: &[(&str, u32)]| {
        names.iter().fold(0, |bits, (name, position)| bits | u64::from(record[name].as_bool().unwrap()) << position)
    };
    let policy = bits(
        &ours["policy"],
        &[
            ("smt_allowed", 16),
            ("migrate_ma", 18),
            ("debug", 19),
            ("single_socket", 20),
            ("cxl_allow", 21),
            ("mem_aes_256_xts", 22),
            ("rapl_dis", 23),
            ("ciphertext_hiding", 24),
            ("page_swap_disable", 25),
        ],
    ) | ours["policy"]["abi_minor"].as_u64().unwrap()
        | ours["policy"]["abi_major"].as_u64().unwrap() << 8
        | 1 << 17;
    assert_eq!(policy, hex(&manifest["policy"]), "{id}: policy");
    let platform_info = bits(
        &ours["platform_info"],
        &[
            ("smt_en", 0),
            ("tsme_en", 1),
            ("ecc_en", 2),
            ("rapl_dis", 3),
            ("ciphertext_hiding_en", 4),
            ("alias_check_complete", 5),
            ("tio_en", 7),
        ],
    );
    // Bit 6 is reserved and has no name; Turin firmware sets it.
    let expected = hex(&manifest["platform_info"]);
    assert_eq!(platform_info, expected & !(1 << 6), "{id}: platform_info");
    assert_eq!(ours["platform_info"]["raw"], hex::encode(expected.to_le_bytes()), "{id}: platform_info");

    match manifest["cpuid"].as_str() {
        Some(cpuid) => {
            let ours = format!(
                "fam={:#x} mod={:#x} step={:#x}",
                ours["cpuid_family"].as_u64().unwrap(),
                ours["cpuid_model"].as_u64().unwrap(),
                ours["cpuid_stepping"].as_u64().unwrap(),
            );
            assert_eq!(ours, cpuid, "{id}: cpuid");
        }
        None => assert_eq!(ours["cpuid_family"], Value::Null, "{id}: cpuid"),
    }
    if let Some(product) = manifest.get("product") {
        assert_eq!(&ours["product"], product, "{id}: product");
    }
    for name in ["launch_mit_vector", "current_mit_vector"] {
        let expected = manifest.get(name).map(|vector| hex::encode(hex(vector).to_le_bytes()));
        assert_eq!(ours[name], Value::from(expected), "{id}: {name}");
    }
}
