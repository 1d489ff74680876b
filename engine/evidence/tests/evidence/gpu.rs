//! Genuine reports of NVIDIA's devices: they verify, their claims are the ones on file, and no bit of them can be changed.

use std::path::Path;

use atbac_evidence::gpu::{DeviceKind, Endorsement, Evidence, NvidiaRoots, Revocation, Verifier};
use atbac_evidence::{Expected, Refusal, TrustRoot};
use serde_json::Value;

use crate::files::{at, genuine, read, repository};
use crate::vectors;

const TIME: &str = "2026-06-30T00:00:00Z";

fn endorsement() -> Endorsement {
    Verifier::new(NvidiaRoots::built_in())
        .endorse(&genuine("gpu/genuine/hopper.chain.pem"), Revocation::NotChecked, at(TIME))
        .unwrap()
}

fn verify(endorsement: &Endorsement, report: &[u8]) -> Result<(), Refusal> {
    endorsement.verify_gpu(report, Expected::LeftToPolicy, at(TIME)).map(|_| ())
}

#[test]
fn a_hopper_report_verifies_under_the_built_in_root() {
    let nonce: [u8; 32] =
        hex::decode("931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb").unwrap().try_into().unwrap();
    let evidence = Evidence {
        report: &genuine("gpu/genuine/hopper.report.bin"),
        chain: &genuine("gpu/genuine/hopper.chain.pem"),
        revocation: Revocation::NotChecked,
        nonce: Expected::Exactly(&nonce),
    };
    let verified = Verifier::new(NvidiaRoots::built_in()).verify_gpu(&evidence, at(TIME)).unwrap();
    let file = repository().join("tests/evidence/gpu/genuine/hopper.claims.json");
    let expected: Value = serde_json::from_slice(&read(Path::new(&file))).unwrap();
    assert_eq!(serde_json::to_value(verified.claims()).unwrap(), expected);
    let TrustRoot::BuiltIn(root) = verified.trust_root() else {
        panic!("the root is built in, not given");
    };
    assert_eq!(root.common_name, "NVIDIA Device Identity CA");
    assert_eq!(hex::encode(root.sha256), "102bf659d5419614c9d8e6aecebc80454eb26b1df6a769ac720b9a690b167b48");
}

/// Every bit of the messages, and every bit of the signature.
#[test]
fn every_changed_bit_of_a_report_is_refused() {
    let report = genuine("gpu/genuine/hopper.report.bin");
    let endorsement = endorsement();
    verify(&endorsement, &report).unwrap();
    for bit in 0..report.len() * 8 {
        let mut changed = report.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(&endorsement, &changed).is_err(), "bit {} of byte {:#x}", bit % 8, bit / 8);
    }
}

#[test]
fn every_truncation_and_extension_is_refused() {
    let report = genuine("gpu/genuine/hopper.report.bin");
    let endorsement = endorsement();
    for length in 0..report.len() {
        let refusal = verify(&endorsement, &report[..length]).unwrap_err();
        assert_eq!(refusal.code(), "spdm_truncated", "{length} bytes: {refusal}");
    }
    for extra in [1, 2, 96, 4096] {
        let extended = [&report[..], &vec![0; extra]].concat();
        assert_eq!(verify(&endorsement, &extended).unwrap_err().code(), "spdm_trailing_bytes");
    }
    let huge = [&report[..], &vec![0; 64 * 1024]].concat();
    assert_eq!(verify(&endorsement, &huge).unwrap_err().code(), "input_too_large");
}

#[test]
fn the_test_vectors() {
    let Some((folder, cases)) = vectors::cases("nvidia-gpu") else {
        return;
    };
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let file = |name: &str| read(&folder.join(case["files"][name].as_str().unwrap()));
        let (report, chain) = (file("report"), file("chain"));
        let now = at(case["verify_at"].as_str().unwrap());
        let endorsement = Verifier::new(NvidiaRoots::given(&file("root")).unwrap())
            .endorse(&chain, Revocation::NotChecked, now)
            .unwrap();
        let nonce = Expected::LeftToPolicy;
        let verdict = match endorsement.kind() {
            DeviceKind::Gpu(_) => endorsement.verify_gpu(&report, nonce, now).map(|verified| verified.claims()),
            DeviceKind::SwitchLs10 => endorsement.verify_switch(&report, nonce, now).map(|verified| verified.claims()),
        };
        vectors::check(case, verdict, |ours, manifest| {
            assert_eq!(ours["nonce"], manifest["nonce"], "{id}");
            assert_eq!(ours["hwmodel"], manifest["names"][1], "{id}");
            assert_eq!(ours["measurements"].as_array().unwrap().len(), manifest["nblocks"], "{id}");
            if let Some(driver) = manifest["DRIVER_VERSION"].as_str() {
                let parts: Vec<u32> = driver.split('.').map(|part| part.parse().unwrap()).collect();
                assert_eq!(ours["driver_version"], format!("{}.{}.{}", parts[0], parts[1], parts[2]), "{id}");
                assert_eq!(ours["project"], manifest["PROJECT"], "{id}");
                assert_eq!(ours["project_sku"], manifest["PROJECT_SKU"], "{id}");
                assert_eq!(ours["chip_sku"], manifest["CHIP_SKU"], "{id}");
                assert_eq!(ours["fwid"], manifest["opaque_fwid"], "{id}");
            } else {
                let vbios = hex::decode(manifest["vbios_raw"].as_str().unwrap()).unwrap();
                assert_eq!(ours["vbios_version"], String::from_utf8(vbios).unwrap(), "{id}");
                assert_eq!(ours["pdi"], manifest["SWITCH_PDI"].as_str().unwrap().to_uppercase(), "{id}");
            }
        });
    }
}
