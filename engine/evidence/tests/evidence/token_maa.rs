//! Azure Attestation tokens, of each environment.

use serde_json::{Value, json};

use crate::tokens::{TokenKey, hour, now, now_seconds, remove, set};
use atbac_evidence::token::Nonce;
use atbac_evidence::token::maa::{Evidence, Maa, Verifier};
use atbac_evidence::{Refusal, Verified};

const ISSUER: &str = "https://sharedeus.eus.attest.azure.net";

fn common() -> Value {
    json!({
        "iss": ISSUER,
        "iat": now_seconds() - 60,
        "nbf": now_seconds() - 60,
        "exp": now_seconds() + 600,
        "jti": "89a500344d9ecc081b14ff6c848fbc1d557694946e6f8d83687654a1139e055d",
        "x-ms-ver": "1.0",
        "x-ms-policy-hash": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    })
}

fn with(mut claims: Value, more: Value) -> Value {
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

fn sgx() -> Value {
    let claims = json!({
        "x-ms-attestation-type": "sgx",
        "x-ms-sgx-is-debuggable": false,
        "x-ms-sgx-mrenclave": "11".repeat(32),
        "x-ms-sgx-mrsigner": "22".repeat(32),
        "x-ms-sgx-product-id": 7,
        "x-ms-sgx-svn": 3,
        "x-ms-sgx-report-data": "33".repeat(64),
        "nonce": "asked",
    });
    with(common(), claims)
}

fn snp_claims() -> Value {
    json!({
        "x-ms-attestation-type": "sevsnpvm",
        "x-ms-compliance-status": "azure-compliant-cvm",
        "x-ms-runtime": {
            "keys": [],
            "vm-configuration": { "secure-boot": true, "tpm-enabled": true, "vmUniqueId": "A80B7FE7" },
        },
        "x-ms-sevsnpvm-authorkeydigest": "00".repeat(48),
        "x-ms-sevsnpvm-bootloader-svn": 2,
        "x-ms-sevsnpvm-familyId": "01000000000000000000000000000000",
        "x-ms-sevsnpvm-guestsvn": 5,
        "x-ms-sevsnpvm-hostdata": "44".repeat(32),
        "x-ms-sevsnpvm-idkeydigest": "55".repeat(48),
        "x-ms-sevsnpvm-imageId": "02000000000000000000000000000000",
        "x-ms-sevsnpvm-is-debuggable": true,
        "x-ms-sevsnpvm-launchmeasurement": "66".repeat(48),
        "x-ms-sevsnpvm-microcode-svn": 93,
        "x-ms-sevsnpvm-migration-allowed": false,
        "x-ms-sevsnpvm-reportdata": "77".repeat(64),
        "x-ms-sevsnpvm-reportid": "88".repeat(32),
        "x-ms-sevsnpvm-smt-allowed": true,
        "x-ms-sevsnpvm-snpfw-svn": 6,
        "x-ms-sevsnpvm-tee-svn": 1,
        "x-ms-sevsnpvm-vmpl": 0,
    })
}

/// A confidential virtual machine that attests as a whole.
fn azure_vm() -> Value {
    let claims = json!({
        "x-ms-attestation-type": "azurevm",
        "secureboot": false,
        "x-ms-isolation-tee": snp_claims(),
        "x-ms-runtime": { "client-payload": { "nonce": "MTIzNA==" }, "keys": [] },
    });
    with(common(), claims)
}

fn tdx() -> Value {
    let mut claims = json!({
        "x-ms-attestation-type": "tdxvm",
        "x-ms-compliance-status": "azure-compliant-cvm",
        "attester_tcb_status": "UpToDate",
        "tdx_report_data": "99".repeat(64),
        "tdx_td_attributes": "0000001000000000",
        "tdx_td_attributes_debug": false,
        "tdx_tee_tcb_svn": "03000600000000000000000000000000",
    });
    for (at, name) in ["mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3", "mrseam", "mrsignerseam", "mrconfigid", "mrowner"]
        .iter()
        .enumerate()
    {
        claims[format!("tdx_{name}")] = json!(format!("{:02x}", at + 0xA0).repeat(48));
    }
    with(common(), claims)
}

struct Case(TokenKey);

impl Case {
    fn new() -> Self {
        Self(TokenKey::new("RS256", Some("KQFAHrk1+pOtg=")))
    }

    fn verify(&self, claims: &Value, nonce: Nonce<'_>) -> Result<Verified<Maa>, Refusal> {
        let token = self.0.token(claims);
        let evidence = Evidence { token: token.as_bytes(), nonce };
        Verifier::new(ISSUER, self.0.trusted(), hour()).verify(&evidence, now())
    }

    fn code(&self, claims: &Value) -> &'static str {
        self.verify(claims, Nonce::LeftToPolicy).map_or_else(|refusal| refusal.code(), |_| "verified")
    }

    /// The claims that are there.
    fn claims(&self, claims: &Value) -> Value {
        let verified = self.verify(claims, Nonce::LeftToPolicy).unwrap();
        let mut claims = serde_json::to_value(verified.claims()).unwrap();
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }
}

fn expected(more: Value) -> Value {
    let common = json!({
        "issuer": ISSUER,
        "policy_hash": "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "issued_at": "2026-06-30T11:59:00Z",
        "verified_at": "2026-06-30T12:00:00Z",
        "expires_at": "2026-06-30T12:10:00Z",
    });
    with(common, more)
}

#[test]
fn an_enclave_is_read() {
    let read = json!({
        "tee": "sgx",
        "debuggable": false,
        "nonce": "asked",
        "report_data": "33".repeat(64),
        "sgx_mrenclave": "11".repeat(32),
        "sgx_mrsigner": "22".repeat(32),
        "sgx_product_id": 7,
        "sgx_svn": 3,
    });
    assert_eq!(Case::new().claims(&sgx()), expected(read));
}

#[test]
fn an_snp_guest_is_read_directly_and_inside_a_machine() {
    let read = json!({
        "tee": "sev_snp",
        "compliance_status": "azure-compliant-cvm",
        "debuggable": true,
        "secure_boot": true,
        "vm_unique_id": "A80B7FE7",
        "report_data": "77".repeat(64),
        "snp_launch_measurement": "66".repeat(48),
        "snp_id_key_digest": "55".repeat(48),
        "snp_author_key_digest": "00".repeat(48),
        "snp_host_data": "44".repeat(32),
        "snp_report_id": "88".repeat(32),
        "snp_guest_svn": 5,
        "snp_vmpl": 0,
        "snp_migration_allowed": false,
        "snp_smt_allowed": true,
        "snp_bootloader_svn": 2,
        "snp_tee_svn": 1,
        "snp_snpfw_svn": 6,
        "snp_microcode_svn": 93,
    });
    let case = Case::new();
    assert_eq!(case.claims(&with(common(), snp_claims())), expected(read.clone()));
    assert_eq!(case.claims(&azure_vm()), expected(with(read, json!({ "nonce": "MTIzNA==" }))));
}

/// `x-ms-runtime` is what the environment wrote: it may speak for the machine only where Azure's paravisor wrote it.
#[test]
fn an_environment_does_not_vouch_for_its_machine() {
    let runtime = json!({ "keys": [], "vm-configuration": { "secure-boot": true, "vmUniqueId": "A80B7FE7" } });
    let written = json!({ "x-ms-runtime": runtime, "secureboot": true });
    let status = |status: &str| json!({ "x-ms-compliance-status": status });
    let compliant = status("azure-compliant-cvm");
    let plain = |mut claims: Value| {
        remove(&mut claims, "/x-ms-compliance-status");
        claims
    };
    let mut machine = azure_vm();
    remove(&mut machine, "/x-ms-isolation-tee/x-ms-compliance-status");
    let direct_snp = || with(common(), snp_claims());
    let case = Case::new();
    let says = |claims: &Value| {
        let claims = case.claims(claims);
        (claims.get("secure_boot").cloned(), claims.get("vm_unique_id").cloned())
    };
    for (what, claims, expected) in [
        ("enclave", with(sgx(), written.clone()), (None, None)),
        ("compliant enclave", with(with(sgx(), written.clone()), compliant), (None, None)),
        ("plain SNP", with(plain(direct_snp()), written.clone()), (None, None)),
        ("SNP of another status", with(direct_snp(), status("azure-signed-cvm")), (None, None)),
        ("compliant SNP", direct_snp(), (Some(json!(true)), Some(json!("A80B7FE7")))),
        ("plain TDX", with(plain(tdx()), written.clone()), (None, None)),
        ("compliant TDX", with(tdx(), written), (Some(json!(true)), Some(json!("A80B7FE7")))),
        // What is left is what Azure itself says of the whole machine.
        ("machine of no compliance", machine, (Some(json!(false)), None)),
        ("compliant machine", azure_vm(), (Some(json!(true)), Some(json!("A80B7FE7")))),
    ] {
        assert_eq!(says(&claims), expected, "{what}");
    }
}

#[test]
fn a_tdx_guest_is_read() {
    let read = json!({
        "tee": "tdx",
        "compliance_status": "azure-compliant-cvm",
        "debuggable": false,
        "report_data": "99".repeat(64),
        "tdx_mrtd": "a0".repeat(48),
        "tdx_rtmr0": "a1".repeat(48),
        "tdx_rtmr1": "a2".repeat(48),
        "tdx_rtmr2": "a3".repeat(48),
        "tdx_rtmr3": "a4".repeat(48),
        "tdx_mrseam": "a5".repeat(48),
        "tdx_mrsignerseam": "a6".repeat(48),
        "tdx_mrconfigid": "a7".repeat(48),
        "tdx_mrowner": "a8".repeat(48),
        "tdx_td_attributes": "0000001000000000",
        "tdx_tee_tcb_svn": "03000600000000000000000000000000",
        "tdx_tcb_status": "UpToDate",
    });
    assert_eq!(Case::new().claims(&tdx()), expected(read));
}

#[test]
fn every_claim_is_checked() {
    let case = Case::new();
    let direct = with(common(), snp_claims());
    for (claims, pointer, value, code) in [
        (sgx(), "/iss", json!("https://sharedeus.eus.attest.azure.net.evil.example"), "token_issuer"),
        (sgx(), "/aud", json!("anyone"), "token_audience"),
        (sgx(), "/exp", Value::Null, "token_claim"),
        (sgx(), "/exp", json!(now_seconds()), "token_expired"),
        (sgx(), "/x-ms-attestation-type", json!("tpm"), "token_claim"),
        (sgx(), "/x-ms-attestation-type", json!("sevsnpvm"), "token_claim"),
        (sgx(), "/x-ms-attestation-type", Value::Null, "token_claim"),
        (sgx(), "/x-ms-sgx-is-debuggable", json!("false"), "token_claim"),
        (sgx(), "/x-ms-sgx-mrenclave", json!("11".repeat(31)), "token_claim"),
        (sgx(), "/x-ms-sgx-svn", json!("3"), "token_claim"),
        (sgx(), "/x-ms-policy-hash", json!("not base64!"), "token_claim"),
        (direct.clone(), "/x-ms-sevsnpvm-is-debuggable", Value::Null, "token_claim"),
        (direct.clone(), "/x-ms-sevsnpvm-reportdata", Value::Null, "token_claim"),
        (direct.clone(), "/x-ms-sevsnpvm-vmpl", json!(0.5), "token_claim"),
        (direct, "/x-ms-sevsnpvm-launchmeasurement", json!(""), "token_claim"),
        // What a machine says at its own level is not what its isolation says.
        (azure_vm(), "/x-ms-isolation-tee", Value::Null, "token_claim"),
        (azure_vm(), "/x-ms-isolation-tee/x-ms-attestation-type", json!("azurevm"), "token_claim"),
        (azure_vm(), "/x-ms-isolation-tee/x-ms-sevsnpvm-is-debuggable", Value::Null, "token_claim"),
        (tdx(), "/tdx_td_attributes_debug", Value::Null, "token_claim"),
        (tdx(), "/tdx_report_data", Value::Null, "token_claim"),
        (tdx(), "/tdx_rtmr3", Value::Null, "token_claim"),
    ] {
        let mut claims = claims;
        set(&mut claims, pointer, value.clone());
        assert_eq!(case.code(&claims), code, "{pointer} = {value}");
    }
}

#[test]
fn the_nonce_is_the_one_expected() {
    let case = Case::new();
    let code = |claims: &Value, nonce: &str| {
        case.verify(claims, Nonce::Exactly(nonce.as_bytes())).map_or_else(|refusal| refusal.code(), |_| "verified")
    };
    assert_eq!(code(&sgx(), "asked"), "verified");
    assert_eq!(code(&sgx(), "another"), "token_nonce");
    assert_eq!(code(&azure_vm(), "MTIzNA=="), "verified");
    assert_eq!(code(&tdx(), "asked"), "token_nonce");
    // The service's own nonce goes before one that the guest chose.
    let both = with(azure_vm(), json!({ "nonce": "asked" }));
    assert_eq!(code(&both, "asked"), "verified");
    assert_eq!(code(&both, "MTIzNA=="), "token_nonce");
}

/// Names of before 2021 count only where the new ones are absent.
#[test]
fn former_names_are_read_where_there_are_no_new_ones() {
    let case = Case::new();
    let mut former = common();
    for (name, value) in [
        ("tee", json!("sgx")),
        ("is-debuggable", json!(true)),
        ("sgx-mrenclave", json!("aa".repeat(32))),
        ("sgx-mrsigner", json!("bb".repeat(32))),
        ("product-id", json!(1)),
        ("svn", json!(8888)),
    ] {
        former[name] = value;
    }
    let claims = case.claims(&former);
    assert_eq!((&claims["debuggable"], &claims["sgx_svn"]), (&json!(true), &json!(8888)));
    let claims = case.claims(&with(former.clone(), sgx()));
    assert_eq!((&claims["debuggable"], &claims["sgx_mrenclave"]), (&json!(false), &json!("11".repeat(32))));
    remove(&mut former, "/is-debuggable");
    assert_eq!(case.code(&former), "token_claim");
}
