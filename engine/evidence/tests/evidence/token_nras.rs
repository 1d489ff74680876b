//! Bundles of NVIDIA's service: the overall token, the GPUs' tokens, and that they belong together.

use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::tokens::{TokenKey, hour, now, now_seconds, remove, set};
use atbac_evidence::token::Nonce;
use atbac_evidence::token::nras::{Evidence, Nras, Verifier};
use atbac_evidence::{Refusal, Verified};
use aws_lc_rs::digest;

const ISSUER: &str = "https://nras.attestation.nvidia.com";
const NONCE: &str = "931d8dd0add203ac3d8b4fbde75e115278eefcdceac5b87671a748f32364dfcb";

struct Forgery {
    key: TokenKey,
    part_key: TokenKey,
    overall: Value,
    gpus: BTreeMap<String, Value>,
}

impl Forgery {
    /// A bundle of two GPUs in which everything is right.
    fn new() -> Self {
        let key = TokenKey::new("ES384", Some("nv-eat-kid"));
        let gpus = ["GPU-0", "GPU-1"].map(|name| (name.to_owned(), gpu()));
        Self { part_key: key.clone(), key, overall: overall(), gpus: gpus.into() }
    }

    fn parts(&self) -> BTreeMap<String, String> {
        self.gpus.iter().map(|(name, claims)| (name.clone(), self.part_key.token(claims))).collect()
    }

    /// The bundle, with the digests of `meant` and the tokens `found`.
    fn bundle(&self, meant: &BTreeMap<String, String>, found: &BTreeMap<String, String>) -> String {
        let mut overall = self.overall.clone();
        if overall.get("submods").is_none() {
            let sha256 = |token: &String| hex::encode(digest::digest(&digest::SHA256, token.as_bytes()));
            let digests =
                meant.iter().map(|(name, token)| (name.clone(), json!(["DIGEST", ["SHA-256", sha256(token)]])));
            overall["submods"] = Value::Object(digests.collect());
        }
        json!([["JWT", self.key.token(&overall)], found]).to_string()
    }

    fn verify(&self, bundle: &str, nonce: Nonce<'_>) -> Result<BTreeMap<String, Verified<Nras>>, Refusal> {
        let evidence = Evidence { bundle: bundle.as_bytes(), nonce };
        Verifier::new(self.key.trusted(), hour()).verify(&evidence, now())
    }

    fn code(&self) -> &'static str {
        let parts = self.parts();
        self.bundle_code(&self.bundle(&parts, &parts))
    }

    fn bundle_code(&self, bundle: &str) -> &'static str {
        self.verify(bundle, Nonce::LeftToPolicy).map_or_else(|refusal| refusal.code(), |_| "verified")
    }
}

fn overall() -> Value {
    json!({
        "iss": ISSUER,
        "sub": "NVIDIA-PLATFORM-ATTESTATION",
        "iat": now_seconds() - 10,
        "nbf": now_seconds() - 10,
        "exp": now_seconds() + 3000,
        "jti": "833480c9-6796-4fe4-b6ad-e9a58d7a67b2",
        "x-nvidia-ver": "3.0",
        "x-nvidia-overall-att-result": true,
        "eat_nonce": NONCE,
    })
}

/// A GPU's claims: names and values of a genuine decoded token.
fn gpu() -> Value {
    let chain = json!({
        "x-nvidia-cert-status": "valid",
        "x-nvidia-cert-ocsp-status": "good",
        "x-nvidia-cert-expiration-date": "2026-06-01T02:08:29Z",
        "x-nvidia-cert-revocation-reason": null,
    });
    let mut claims = json!({
        "iss": ISSUER,
        "iat": now_seconds() - 10,
        "nbf": now_seconds() - 10,
        "exp": now_seconds() + 3000,
        "eat_nonce": NONCE,
        "ueid": "478176379286082186618948445787393647364802107249",
        "hwmodel": "GH100 A01 GSP BROM",
        "oemid": "5703",
        "secboot": true,
        "dbgstat": "disabled",
        "measres": "success",
        "x-nvidia-gpu-driver-version": "550.90.07",
        "x-nvidia-gpu-vbios-version": "96.00.9F.00.01",
        "x-nvidia-gpu-attestation-report-cert-chain": chain,
        "x-nvidia-gpu-driver-rim-cert-chain": chain,
        "x-nvidia-gpu-vbios-rim-cert-chain": chain,
        "x-nvidia-attestation-warning": null,
    });
    for check in CHECKS {
        claims[format!("x-nvidia-gpu-{}", check.replace('_', "-"))] = json!(true);
    }
    claims
}

const CHECKS: [&str; 16] = [
    "driver_rim_schema_validated",
    "vbios_rim_signature_verified",
    "vbios_rim_fetched",
    "driver_rim_version_match",
    "attestation_report_nonce_match",
    "vbios_index_no_conflict",
    "attestation_report_parsed",
    "driver_rim_signature_verified",
    "arch_check",
    "vbios_rim_version_match",
    "driver_rim_measurements_available",
    "attestation_report_signature_verified",
    "driver_rim_fetched",
    "attestation_report_cert_chain_fwid_match",
    "vbios_rim_schema_validated",
    "vbios_rim_measurements_available",
];

#[test]
fn every_gpu_is_read() {
    let mut forgery = Forgery::new();
    let second = forgery.gpus.get_mut("GPU-1").unwrap();
    set(second, "/hwmodel", json!("GB200 A01"));
    set(second, "/exp", json!(now_seconds() + 600));
    set(second, "/x-nvidia-gpu-driver-version", json!("580.65"));
    // As NVIDIA's SDK writes them where a measurement differs (attestation-sdk at 73c032e, `gpu/verify.cpp`).
    set(second, "/measres", json!("fail"));
    set(second, "/secboot", Value::Null);
    set(second, "/dbgstat", Value::Null);
    set(second, "/x-nvidia-gpu-vbios-rim-fetched", json!(false));
    remove(second, "/x-nvidia-gpu-vbios-rim-schema-validated");
    let parts = forgery.parts();
    let verified = forgery.verify(&forgery.bundle(&parts, &parts), Nonce::LeftToPolicy).unwrap();
    assert_eq!(verified.keys().collect::<Vec<_>>(), ["GPU-0", "GPU-1"]);

    let claims = serde_json::to_value(verified["GPU-0"].claims()).unwrap();
    let mut expected = json!({
        "submod": "GPU-0",
        "overall_result": true,
        "nonce": NONCE,
        "arch": "Hopper",
        "hwmodel": "GH100 A01 GSP BROM",
        "ueid": "478176379286082186618948445787393647364802107249",
        "oemid": "5703",
        "driver_version": "550.90.7",
        "vbios_version": "96.00.9F.00.01",
        "measres": "success",
        "secboot": true,
        "dbgstat": "disabled",
        "warning": null,
        "issuer": ISSUER,
        "issued_at": "2026-06-30T11:59:50Z",
        "verified_at": "2026-06-30T12:00:00Z",
        "expires_at": "2026-06-30T12:50:00Z",
    });
    for check in CHECKS {
        expected[check] = json!(true);
    }
    for chain in ["attestation_report", "driver_rim", "vbios_rim"] {
        expected[format!("{chain}_cert_status")] = json!("valid");
        expected[format!("{chain}_cert_ocsp_status")] = json!("good");
    }
    assert_eq!(claims, expected);

    let second = serde_json::to_value(verified["GPU-1"].claims()).unwrap();
    for (name, value) in [
        ("arch", json!("Blackwell")),
        ("driver_version", json!("580.65.0")),
        ("measres", json!("fail")),
        ("secboot", Value::Null),
        ("dbgstat", Value::Null),
        ("vbios_rim_fetched", json!(false)),
        // A check that the token does not tell of was not made.
        ("vbios_rim_schema_validated", json!(false)),
        ("vbios_rim_signature_verified", json!(true)),
        ("expires_at", json!("2026-06-30T12:10:00Z")),
    ] {
        assert_eq!(second[name], value, "{name}");
    }
}

#[test]
fn every_claim_is_checked() {
    let seconds = now_seconds();
    for (pointer, value, code) in [
        ("/iss", json!("https://nras.evil.example"), "token_issuer"),
        ("/aud", json!("anyone"), "token_audience"),
        ("/exp", json!(seconds), "token_expired"),
        ("/exp", Value::Null, "token_claim"),
        ("/nbf", json!(seconds + 1), "token_not_yet_valid"),
        ("/eat_nonce", json!(NONCE[..62]), "token_claim"),
    ] {
        let mut forgery = Forgery::new();
        set(&mut forgery.overall, pointer, value.clone());
        assert_eq!(forgery.code(), code, "overall {pointer} = {value}");
        let mut forgery = Forgery::new();
        set(forgery.gpus.get_mut("GPU-1").unwrap(), pointer, value.clone());
        assert_eq!(forgery.code(), code, "GPU {pointer} = {value}");
    }
    for (pointer, value, code) in [
        ("/x-nvidia-ver", json!("2.0"), "token_claim"),
        ("/x-nvidia-overall-att-result", json!("true"), "token_claim"),
        // The verdict is a claim, and `nras.hardened` asks for it: `false` may be another GPU's fault.
        ("/x-nvidia-overall-att-result", json!(false), "verified"),
        ("/eat_nonce", json!(NONCE.replace('9', "8")), "token_submodule"),
        ("/submods", json!({}), "token_submodule"),
    ] {
        let mut forgery = Forgery::new();
        set(&mut forgery.overall, pointer, value.clone());
        assert_eq!(forgery.code(), code, "overall {pointer} = {value}");
    }
    for (pointer, value, code) in [
        ("/eat_nonce", json!(NONCE.replace('9', "8")), "token_submodule"),
        ("/hwmodel", json!("LS10 A01"), "token_claim"),
        ("/ueid", Value::Null, "token_claim"),
        ("/oemid", Value::Null, "verified"),
        ("/secboot", json!("true"), "token_claim"),
        ("/secboot", json!(false), "verified"),
        ("/dbgstat", json!("off"), "token_claim"),
        ("/dbgstat", json!("disabled-since-boot"), "verified"),
        ("/measres", json!("comparison-successful"), "token_claim"),
        ("/measres", Value::Null, "token_claim"),
        ("/x-nvidia-gpu-driver-version", json!("550"), "token_claim"),
        ("/x-nvidia-gpu-driver-version", json!("550.90.+7"), "token_claim"),
        ("/x-nvidia-gpu-driver-version", json!("550..7"), "token_claim"),
        ("/x-nvidia-gpu-driver-version", json!("550.90.07.1"), "token_claim"),
        ("/x-nvidia-gpu-arch-check", json!("true"), "token_claim"),
        // What NVIDIA found wrong: without these the token is about nothing, and all else is for a policy to judge.
        ("/x-nvidia-gpu-attestation-report-signature-verified", json!(false), "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-signature-verified", Value::Null, "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-nonce-match", json!(false), "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-nonce-match", Value::Null, "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-cert-chain-fwid-match", json!(false), "verified"),
        ("/x-nvidia-gpu-attestation-report-cert-chain/x-nvidia-cert-status", json!("revoked"), "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-cert-chain/x-nvidia-cert-status", json!("invalid"), "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-cert-chain/x-nvidia-cert-status", json!("expired"), "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-cert-chain/x-nvidia-cert-ocsp-status", json!("revoked"), "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-cert-chain/x-nvidia-cert-ocsp-status", json!("fine"), "token_submodule"),
        ("/x-nvidia-gpu-attestation-report-cert-chain/x-nvidia-cert-ocsp-status", json!("unknown"), "verified"),
        ("/x-nvidia-gpu-driver-rim-cert-chain/x-nvidia-cert-status", json!("revoked"), "verified"),
        ("/x-nvidia-gpu-vbios-rim-cert-chain/x-nvidia-cert-ocsp-status", json!("revoked"), "verified"),
        ("/x-nvidia-gpu-driver-rim-cert-chain", Value::Null, "token_claim"),
        ("/x-nvidia-gpu-vbios-rim-cert-chain/x-nvidia-cert-status", Value::Null, "token_claim"),
    ] {
        let mut forgery = Forgery::new();
        set(forgery.gpus.get_mut("GPU-1").unwrap(), pointer, value.clone());
        assert_eq!(forgery.code(), code, "GPU {pointer} = {value}");
    }
}

/// The members in which NVIDIA says whether it goes by the answer about revocation.
const RESPONSE_VALID: &str = "x-nvidia-cert-ocsp-response-valid";
const NONCE_MATCHES: &str = "x-nvidia-cert-ocsp-nonce-matches";

/// NVIDIA's verdict on a chain asks for three things: `good`, in an answer that is valid, to NVIDIA's own question (attestation-sdk at 73c032e,
/// `claims_evaluator.cpp`).
#[test]
fn a_good_status_counts_only_where_nvidia_goes_by_it() {
    let claims_with = |chain: &str, members: &[(&str, Value)]| {
        let mut forgery = Forgery::new();
        let claims = forgery.gpus.get_mut("GPU-1").unwrap();
        for (name, value) in members {
            claims[format!("x-nvidia-gpu-{chain}-cert-chain")][*name] = value.clone();
        }
        let parts = forgery.parts();
        let verified = forgery.verify(&forgery.bundle(&parts, &parts), Nonce::LeftToPolicy);
        verified.map(|gpus| serde_json::to_value(gpus["GPU-1"].claims()).unwrap())
    };
    let chains = ["attestation-report", "driver-rim", "vbios-rim"];
    for chain in chains {
        let status = |members: &[(&str, Value)]| {
            let claims = claims_with(chain, members).unwrap();
            let names = chains.map(|chain| format!("{}_cert_ocsp_status", chain.replace('-', "_")));
            let others = names.iter().filter(|name| !name.starts_with(&chain.replace('-', "_")));
            assert!(others.clone().count() == 2 && others.into_iter().all(|name| claims[name] == "good"), "{claims}");
            claims[format!("{}_cert_ocsp_status", chain.replace('-', "_"))].clone()
        };
        assert_eq!(status(&[(RESPONSE_VALID, json!(true)), (NONCE_MATCHES, json!(true))]), "good", "{chain}");
        assert_eq!(status(&[(RESPONSE_VALID, json!(true)), (NONCE_MATCHES, json!(false))]), "unknown", "{chain}");
        assert_eq!(status(&[(NONCE_MATCHES, json!(false))]), "unknown", "{chain}");
        for name in [RESPONSE_VALID, NONCE_MATCHES] {
            let refused = claims_with(chain, &[(name, json!("true"))]).unwrap_err();
            assert_eq!(refused.code(), "token_claim", "{chain} {name}");
        }
    }
    // Of the report's key an answer that is not valid leaves nothing known; of published measurements it is for a policy to judge.
    let invalid = [(RESPONSE_VALID, json!(false)), (NONCE_MATCHES, json!(true))];
    assert_eq!(claims_with("attestation-report", &invalid).unwrap_err().code(), "token_submodule");
    for chain in ["driver-rim", "vbios-rim"] {
        let name = format!("{}_cert_ocsp_status", chain.replace('-', "_"));
        assert_eq!(claims_with(chain, &invalid).unwrap()[&name], "unknown");
        // What was revoked does not become unknown.
        let revoked = [&invalid[..], &[("x-nvidia-cert-ocsp-status", json!("revoked"))]].concat();
        assert_eq!(claims_with(chain, &revoked).unwrap()[&name], "revoked");
    }
    let revoked = [(NONCE_MATCHES, json!(false)), ("x-nvidia-cert-ocsp-status", json!("revoked"))];
    assert_eq!(claims_with("attestation-report", &revoked).unwrap_err().code(), "token_submodule");
}

#[test]
fn refusals_say_what_is_wrong_with_the_reports_key() {
    const CHAIN: &str = "x-nvidia-gpu-attestation-report-cert-chain";
    for (name, value, words) in [
        ("x-nvidia-cert-status", json!("expired"), "has certificates that are not valid"),
        ("x-nvidia-cert-ocsp-status", json!("revoked"), "has a revoked certificate"),
        ("x-nvidia-cert-ocsp-status", json!("fine"), "has a certificate of a status that is not known"),
        (RESPONSE_VALID, json!(false), "the answer about it is not valid"),
    ] {
        let mut forgery = Forgery::new();
        forgery.gpus.get_mut("GPU-1").unwrap()[CHAIN][name] = value.clone();
        let parts = forgery.parts();
        let refusal = forgery.verify(&forgery.bundle(&parts, &parts), Nonce::LeftToPolicy).unwrap_err();
        assert!(refusal.to_string().contains(words), "{name} = {value}: {refusal}");
    }
}

#[test]
fn the_tokens_of_a_bundle_belong_together() {
    let forgery = Forgery::new();
    let parts = forgery.parts();
    let with = |change: &dyn Fn(&mut BTreeMap<String, String>)| {
        let mut changed = parts.clone();
        change(&mut changed);
        forgery.bundle_code(&forgery.bundle(&parts, &changed))
    };
    assert_eq!(with(&|_| {}), "verified");
    let other = forgery.part_key.token(&gpu());
    // A GPU's own token of another answer, one in the place of another, one left out, one too many.
    assert_eq!(with(&|parts| drop(parts.insert("GPU-1".into(), other.clone()))), "token_submodule");
    assert_eq!(with(&|parts| drop(parts.insert("GPU-1".into(), parts["GPU-0"].clone()))), "token_submodule");
    assert_eq!(with(&|parts| drop(parts.remove("GPU-1"))), "token_submodule");
    assert_eq!(with(&|parts| drop(parts.insert("GPU-2".into(), parts["GPU-0"].clone()))), "token_submodule");

    // A digest is no signature.
    let mut forgery = Forgery::new();
    forgery.part_key = TokenKey::new("ES384", Some("nv-eat-kid"));
    assert_eq!(forgery.code(), "token_signature");
    let mut forgery = Forgery::new();
    let strangers = TokenKey::new("ES384", Some("nv-eat-kid"));
    let parts = forgery.parts();
    let keys = std::mem::replace(&mut forgery.key, strangers);
    let bundle = forgery.bundle(&parts, &parts);
    forgery.key = keys;
    assert_eq!(forgery.bundle_code(&bundle), "token_signature");

    for digest in [
        json!(["DIGEST", ["SHA-1", "00"]]),
        json!(["DIGEST", ["SHA-256", "00"]]),
        json!(["DIGEST", ["SHA-384", "00".repeat(32)]]),
        json!(["JWT", ["SHA-256", "00".repeat(32)]]),
        json!(["DIGEST"]),
        json!("00"),
    ] {
        let mut forgery = Forgery::new();
        forgery.overall["submods"] = json!({ "GPU-0": digest, "GPU-1": digest });
        assert_eq!(forgery.code(), "token_claim", "{digest}");
    }
    let mut forgery = Forgery::new();
    forgery.overall["submods"] = json!({});
    assert_eq!(forgery.bundle_code(&forgery.bundle(&BTreeMap::new(), &BTreeMap::new())), "token_claim");
}

#[test]
fn the_nonce_is_the_one_expected() {
    let forgery = Forgery::new();
    let parts = forgery.parts();
    let bundle = forgery.bundle(&parts, &parts);
    let nonce = hex::decode(NONCE).unwrap();
    assert!(forgery.verify(&bundle, Nonce::Exactly(&nonce)).is_ok());
    let refused = forgery.verify(&bundle, Nonce::Exactly(&[0; 32])).unwrap_err();
    assert_eq!(refused.code(), "token_nonce");
}

#[test]
fn the_form_is_exact() {
    let forgery = Forgery::new();
    let token = forgery.key.token(&overall());
    for bundle in [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        json!([["JWT", token]]).to_string(),
        json!([token, {}]).to_string(),
        json!([["JWT", token], {}, {}]).to_string(),
        json!([["CWT", token], {}]).to_string(),
        json!([["JWT", token], { "GPU-0": 1 }]).to_string(),
        json!([["JWT", token], []]).to_string(),
        format!(r#"[["JWT","{token}"],{{"GPU-0":"a","GPU-0":"b"}}]"#),
    ] {
        assert_eq!(forgery.bundle_code(&bundle), "token_malformed", "{bundle}");
    }
    assert_eq!(forgery.bundle_code(&" ".repeat(64 * 1024 + 1)), "input_too_large");
}

#[test]
fn a_bundle_ends_with_the_first_of_its_tokens() {
    for overall_first in [true, false] {
        let mut forgery = Forgery::new();
        let end = json!(now_seconds() + 1000);
        if overall_first {
            forgery.overall["exp"] = end;
        } else {
            forgery.gpus.values_mut().for_each(|claims| claims["exp"] = end.clone());
        }
        let parts = forgery.parts();
        let gpus = forgery.verify(&forgery.bundle(&parts, &parts), Nonce::LeftToPolicy).unwrap();
        assert!(gpus.values().all(|gpu| gpu.expires_at().as_second() == now_seconds() + 1000));
    }
}

/// The service writes either name of the digest.
#[test]
fn a_digest_has_two_names() {
    for (name, expected) in [("SHA-256", "verified"), ("SHA256", "verified"), ("SHA-384", "token_claim")] {
        let mut forgery = Forgery::new();
        let parts = forgery.parts();
        let digests = parts.iter().map(|(gpu, token)| {
            let digest = hex::encode(digest::digest(&digest::SHA256, token.as_bytes()));
            (gpu.clone(), json!(["DIGEST", [name, digest]]))
        });
        forgery.overall["submods"] = Value::Object(digests.collect());
        assert_eq!(forgery.bundle_code(&forgery.bundle(&parts, &parts)), expected, "{name}");
    }
}

#[test]
fn refusals_say_which_token_is_missing() {
    let forgery = Forgery::new();
    let parts = forgery.parts();
    let mut fewer = parts.clone();
    fewer.remove("GPU-1");
    let message = |meant: &BTreeMap<String, String>, found: &BTreeMap<String, String>| {
        forgery.verify(&forgery.bundle(meant, found), Nonce::LeftToPolicy).unwrap_err().to_string()
    };
    assert!(message(&parts, &fewer).contains("is missing"));
    assert!(message(&fewer, &parts).contains("is not among those of the overall token"));
}
