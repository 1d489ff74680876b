//! The tokens among the test vectors kept beside the repository, where that folder is there. Samples that are only decoded there are signed here
//! with a key of ours: what is tested of them is that claims as issuers write them are read.

use serde_json::{Value, json};
use std::path::PathBuf;

use crate::files::{at, read, repository};
use crate::tokens::{TokenKey, hour};
use atbac_evidence::token::{Audience, Lifetime, Nonce, TrustedKeys, ear, maa, nras};

fn folder() -> Option<PathBuf> {
    let folder = repository().join("../shared/vectors/ear");
    if !folder.is_dir() {
        eprintln!("SKIPPED: no test vectors at {}", folder.display());
        return None;
    }
    Some(folder)
}

fn evidence(token: &[u8]) -> ear::Evidence<'_> {
    ear::Evidence { token, audience: Audience::NotNamed, nonce: Nonce::LeftToPolicy }
}

#[test]
fn a_published_result_verifies_under_its_key() {
    let Some(folder) = folder() else { return };
    let keys = TrustedKeys::from_jwks(&read(&folder.join("veraison-es256.jwk.json")), None).unwrap();
    let verifier = ear::Verifier::of_unnamed_issuer(keys, Lifetime::at_most(86_400));
    // A minute after it was issued.
    let now = at("2022-10-18T11:10:33Z");
    let verified = verifier.verify(&evidence(read(&folder.join("veraison-good.jwt")).trim_ascii()), now).unwrap();
    let claims = serde_json::to_value(verified["test"].claims()).unwrap();
    for (name, value) in [
        ("submod", json!("test")),
        ("verifier_developer", json!("Acme Inc.")),
        ("verifier_build", json!("rrtrap-v1.0.0")),
        ("appraisal_policy_ids", json!(["policy://test/01234"])),
        ("status", json!("affirming")),
        ("executables", json!(0)),
        ("issued_at", json!("2022-10-18T11:09:33Z")),
        ("expires_at", json!("2022-10-19T11:09:33Z")),
    ] {
        assert_eq!(claims[name], value, "{name}");
    }
    let bad = verifier.verify(&evidence(read(&folder.join("bad-format.jwt")).trim_ascii()), now).unwrap_err();
    assert_eq!(bad.code(), "token_malformed");
}

#[test]
fn a_sample_of_trustee_is_read() {
    let Some(folder) = folder() else { return };
    let claims: Value = serde_json::from_slice(&read(&folder.join("trustee-example-claims.json"))).unwrap();
    let key = TokenKey::new("ES256", None);
    let token = key.token(&claims);
    let verified = ear::Verifier::of_unnamed_issuer(key.trusted(), hour())
        .verify(&evidence(token.as_bytes()), at("2025-10-14T07:15:35Z"))
        .unwrap();
    let ear = &verified["cpu0"];
    assert_eq!(ear.status, ear::TrustTier::Contraindicated);
    assert_eq!((ear.vector.configuration, ear.vector.executables, ear.vector.hardware), (36, 33, 97));
}

#[test]
fn a_sample_of_nvidias_service_is_read() {
    let Some(folder) = folder() else { return };
    let sample: Value = serde_json::from_slice(&read(&folder.join("nvidia-nras-hopper-decoded.json"))).unwrap();
    let key = TokenKey::new("ES384", None);
    let gpu = key.token(&sample["GPU-0"]);
    let digest = hex::encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, gpu.as_bytes()));
    let mut overall = json!({
        "x-nvidia-ver": "3.0",
        "x-nvidia-overall-att-result": true,
        "submods": { "GPU-0": ["DIGEST", ["SHA-256", digest]] },
    });
    for name in ["iss", "iat", "exp", "eat_nonce"] {
        overall[name] = sample["GPU-0"][name].clone();
    }
    let bundle = json!([["JWT", key.token(&overall)], { "GPU-0": gpu }]).to_string();
    let nonce = hex::decode(sample["GPU-0"]["eat_nonce"].as_str().unwrap()).unwrap();
    let evidence = nras::Evidence { bundle: bundle.as_bytes(), nonce: Nonce::Exactly(&nonce) };
    let verifier = nras::Verifier::new(key.trusted(), hour());
    let verified = verifier.verify(&evidence, at("2025-06-11T00:31:00Z")).unwrap();
    let gpu = &verified["GPU-0"];
    assert_eq!(
        (gpu.arch, gpu.driver_version, gpu.measurements_match),
        (nras::Architecture::Hopper, [550, 90, 7], true)
    );
    assert!(gpu.checks.values().all(|passed| *passed), "{:?}", gpu.checks);
    assert_eq!(gpu.driver_certificates.ocsp_status, "good");
}

#[test]
fn a_sample_of_azure_is_read() {
    let Some(folder) = folder() else { return };
    let text = read(&folder.join("azure-maa-sgx-sample.txt"));
    let mut documents = serde_json::Deserializer::from_slice(&text).into_iter::<Value>();
    let (header, claims) = (documents.next().unwrap().unwrap(), documents.next().unwrap().unwrap());
    let key = TokenKey::new("RS256", Some("KQFAHrk1xALKHBD4b4u7TCvCJ1Mw0MlYZe+rxdePOtg="));
    let token = key.sign(&header.to_string(), &claims.to_string());
    let verifier = maa::Verifier::new(claims["iss"].as_str().unwrap(), key.trusted(), Lifetime::at_most(28_800));
    let evidence = maa::Evidence { token: token.as_bytes(), nonce: Nonce::LeftToPolicy };
    let verified = verifier.verify(&evidence, at("2020-05-28T01:00:00Z")).unwrap();
    let maa::Environment::Sgx(sgx) = &verified.environment else { panic!("{:?}", verified.environment) };
    assert_eq!((hex::encode(sgx.mrenclave), sgx.svn), (claims["sgx-mrenclave"].as_str().unwrap().to_owned(), 8888));
    assert!(!verified.debuggable);
}
