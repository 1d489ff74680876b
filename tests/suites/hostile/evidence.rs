//! What is given as evidence and is none: refused with a code, whatever its size. The verifiers' own tests go further; this is the way in that an embedder has.

use atbac_engine::evidence::dcap::{self, Collateral, IntelRoot};
use atbac_engine::evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation};
use atbac_engine::evidence::{Expected, certificates};
use atbac_tests::files::{data, read};
use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-06-30T00:00:00Z".parse().unwrap()
}

/// Bytes that are no evidence of any kind.
fn garbage() -> Vec<Vec<u8>> {
    let mut garbage =
        vec![Vec::new(), vec![0], vec![0xFF; 1184], vec![0; 1184], b"{}".to_vec(), b"package p;".to_vec()];
    garbage.push(b"-----BEGIN CERTIFICATE-----\n".repeat(1000));
    garbage.push([0x30, 0x80].repeat(5000));
    garbage.push(vec![0; 100 << 20]);
    garbage
}

fn verify_snp(report: &[u8], vek: &[u8], chain: Chain<'_>, revocation: Revocation<'_>) -> &'static str {
    let evidence = snp::Evidence { report, vek, chain, revocation, expected: Expectations::left_to_policy() };
    match snp::Verifier::new(AmdRoots::built_in()).verify(&evidence, now()) {
        Ok(_) => "verified",
        Err(refusal) => refusal.code(),
    }
}

#[test]
fn garbage_in_place_of_each_part_of_snp_evidence() {
    let genuine = |name: &str| read(&data("evidence/snp/genuine").join(name));
    let (report, vek) = (genuine("milan.report.bin"), genuine("milan.vcek.der"));
    let pem = genuine("milan.chain.pem");
    let [ask, ark] = &certificates(&pem).unwrap()[..] else { panic!("two certificates") };
    let chain = Chain::Given { ask, ark };
    assert_eq!(verify_snp(&report, &vek, chain, Revocation::NotChecked), "verified");
    for garbage in garbage() {
        let size = garbage.len();
        for (part, code) in [
            ("report", verify_snp(&garbage, &vek, chain, Revocation::NotChecked)),
            ("vek", verify_snp(&report, &garbage, chain, Revocation::NotChecked)),
            ("ask", verify_snp(&report, &vek, Chain::Given { ask: &garbage, ark }, Revocation::NotChecked)),
            ("ark", verify_snp(&report, &vek, Chain::Given { ask, ark: &garbage }, Revocation::NotChecked)),
            ("crl", verify_snp(&report, &vek, chain, Revocation::Crl(&garbage))),
        ] {
            assert_ne!(code, "verified", "{size} bytes as {part}");
        }
        assert!(AmdRoots::given(&garbage).is_err(), "{size} bytes as a root");
    }
}

#[test]
fn garbage_in_place_of_each_part_of_a_quote() {
    let genuine = |name: &str| read(&data("evidence/tdx/genuine").join(name));
    let collateral = Collateral::from_json(&genuine("v4.collateral.json")).unwrap();
    let verifier = dcap::Verifier::new(IntelRoot::built_in());
    for garbage in garbage() {
        let size = garbage.len();
        let evidence = dcap::Evidence { quote: &garbage, collateral: &collateral, report_data: Expected::LeftToPolicy };
        assert!(verifier.verify_tdx(&evidence, now()).is_err(), "{size} bytes as a TDX quote");
        assert!(verifier.verify_sgx(&evidence, now()).is_err(), "{size} bytes as an SGX quote");
        assert!(Collateral::from_json(&garbage).is_err(), "{size} bytes as collateral");
        assert!(IntelRoot::given(&garbage).is_err(), "{size} bytes as a root");
    }
}

/// A file of a hundred megabytes is told apart from one that is merely wrong.
#[test]
fn what_is_too_large_says_so() {
    let huge = vec![0; 100 << 20];
    let small = [0];
    assert_eq!(verify_snp(&huge, &small, Chain::BuiltIn, Revocation::NotChecked), "report_length");
    let report = read(&data("evidence/snp/genuine/milan.report.bin"));
    assert_eq!(verify_snp(&report, &huge, Chain::BuiltIn, Revocation::NotChecked), "input_too_large");
    assert_eq!(Collateral::from_json(&huge).unwrap_err().code(), "input_too_large");
    let collateral = Collateral::from_json(&read(&data("evidence/tdx/genuine/v4.collateral.json"))).unwrap();
    let evidence = dcap::Evidence { quote: &huge, collateral: &collateral, report_data: Expected::LeftToPolicy };
    let refusal = dcap::Verifier::new(IntelRoot::built_in()).verify_tdx(&evidence, now()).unwrap_err();
    assert_eq!(refusal.code(), "input_too_large");
}
