//! Confidential Space tokens.

use serde_json::{Value, json};

use crate::tokens::{TokenKey, hour, now, now_seconds, set};
use atbac_evidence::token::Nonce;
use atbac_evidence::token::confidential_space::{ConfidentialSpace, Evidence, Verifier};
use atbac_evidence::{Refusal, Verified};

const AUDIENCE: &str = "https://ledger.acme.example";

fn claims() -> Value {
    json!({
        "iss": "https://confidentialcomputing.googleapis.com",
        "sub": "https://www.googleapis.com/compute/v1/projects/acme/zones/us-east4-c/instances/approver",
        "aud": AUDIENCE,
        "iat": now_seconds() - 60,
        "nbf": now_seconds() - 60,
        "exp": now_seconds() + 600,
        "eat_nonce": ["first nonce", "second nonce"],
        "secboot": true,
        "oemid": 11129,
        "hwmodel": "GCP_INTEL_TDX",
        "attester_tcb": ["INTEL"],
        "swname": "CONFIDENTIAL_SPACE",
        "swversion": ["250300"],
        "dbgstat": "disabled-since-boot",
        "google_service_accounts": ["approver@acme.iam.gserviceaccount.com"],
        "submods": {
            "confidential_space": { "support_attributes": ["LATEST", "STABLE", "USABLE"] },
            "container": {
                "image_reference": "us-docker.pkg.dev/acme/approver:latest",
                "image_digest": format!("sha256:{}", "67".repeat(32)),
                "image_id": format!("sha256:{}", "f2".repeat(32)),
                "image_signatures": [{ "key_id": "key-b", "signature": "AA==" }, { "key_id": "key-a", "signature": "AA==" }],
                "restart_policy": "Never",
                "cmd_override": null,
                "env_override": { "MODE": "live", "DEBUG": "" },
                "env": { "PATH": "/bin" },
                "args": ["/approver"],
            },
            "gce": {
                "zone": "us-east4-c",
                "project_id": "acme",
                "project_number": "1234567890",
                "instance_name": "approver",
                "instance_id": "3507298573907485",
            },
        },
    })
}

struct Case(TokenKey);

impl Case {
    fn new() -> Self {
        Self(TokenKey::new("RS256", Some("google")))
    }

    fn verify(&self, claims: &Value, nonce: Nonce<'_>) -> Result<Verified<ConfidentialSpace>, Refusal> {
        let token = self.0.token(claims);
        let evidence = Evidence { token: token.as_bytes(), audience: AUDIENCE, nonce };
        Verifier::new(self.0.trusted(), hour()).verify(&evidence, now())
    }

    fn code(&self, claims: &Value, nonce: Nonce<'_>) -> &'static str {
        self.verify(claims, nonce).map_or_else(|refusal| refusal.code(), |_| "verified")
    }
}

#[test]
fn a_workload_is_read() {
    let verified = Case::new().verify(&claims(), Nonce::LeftToPolicy).unwrap();
    assert_eq!(
        serde_json::to_value(verified.claims()).unwrap(),
        json!({
            "subject": "https://www.googleapis.com/compute/v1/projects/acme/zones/us-east4-c/instances/approver",
            "audience": [AUDIENCE],
            "nonces": ["first nonce", "second nonce"],
            "hwmodel": "GCP_INTEL_TDX",
            "attester_tcb": ["INTEL"],
            "secboot": true,
            "dbgstat": "disabled_since_boot",
            "swname": "CONFIDENTIAL_SPACE",
            "swversion": ["250300"],
            "support_attributes": ["LATEST", "STABLE", "USABLE"],
            "image_reference": "us-docker.pkg.dev/acme/approver:latest",
            "image_digest": "67".repeat(32),
            "image_id": "f2".repeat(32),
            "image_signature_keys": ["key-a", "key-b"],
            "restart_policy": "Never",
            "cmd_overridden": false,
            "env_overrides": ["DEBUG=", "MODE=live"],
            "project_id": "acme",
            "project_number": "1234567890",
            "zone": "us-east4-c",
            "instance_id": "3507298573907485",
            "service_accounts": ["approver@acme.iam.gserviceaccount.com"],
            "issued_at": "2026-06-30T11:59:00Z",
            "verified_at": "2026-06-30T12:00:00Z",
            "expires_at": "2026-06-30T12:10:00Z",
        })
    );
}

#[test]
fn every_claim_is_checked() {
    let case = Case::new();
    for (pointer, value, code) in [
        ("/iss", json!("https://accounts.google.com"), "token_issuer"),
        ("/aud", json!("https://sts.googleapis.com"), "token_audience"),
        ("/aud", Value::Null, "token_audience"),
        ("/exp", Value::Null, "token_claim"),
        ("/exp", json!(now_seconds()), "token_expired"),
        ("/sub", Value::Null, "token_claim"),
        ("/eat_nonce", json!("one"), "verified"),
        ("/eat_nonce", Value::Null, "verified"),
        ("/eat_nonce", json!([1]), "token_claim"),
        ("/secboot", Value::Null, "token_claim"),
        ("/dbgstat", json!("disabled_since_boot"), "token_claim"),
        ("/dbgstat", Value::Null, "token_claim"),
        ("/hwmodel", json!(7), "token_claim"),
        ("/swname", Value::Null, "token_claim"),
        ("/swversion", json!("250300"), "verified"),
        ("/submods", Value::Null, "token_claim"),
        ("/submods/container", Value::Null, "token_claim"),
        ("/submods/container/image_digest", json!("67".repeat(32)), "token_claim"),
        ("/submods/container/image_digest", json!(format!("sha512:{}", "67".repeat(32))), "token_claim"),
        ("/submods/container/image_digest", Value::Null, "token_claim"),
        ("/submods/container/image_id", Value::Null, "verified"),
        ("/submods/container/image_signatures", json!([{ "signature": "AA==" }]), "token_claim"),
        ("/submods/container/image_signatures", Value::Null, "verified"),
        ("/submods/container/cmd_override", json!("sh"), "token_claim"),
        ("/submods/container/env_override", json!({ "A": 1 }), "token_claim"),
        ("/submods/gce/project_id", Value::Null, "token_claim"),
        ("/submods/confidential_space", Value::Null, "verified"),
    ] {
        let mut claims = claims();
        set(&mut claims, pointer, value.clone());
        assert_eq!(case.code(&claims, Nonce::LeftToPolicy), code, "{pointer} = {value}");
    }
}

#[test]
fn overrides_show() {
    let case = Case::new();
    let overridden = |value: Value| {
        let mut claims = claims();
        set(&mut claims, "/submods/container/cmd_override", value);
        case.verify(&claims, Nonce::LeftToPolicy).unwrap().cmd_overridden
    };
    assert!(overridden(json!(["sh"])));
    assert!(!overridden(json!([])));
}

#[test]
fn the_nonce_is_among_those_expected() {
    let case = Case::new();
    assert_eq!(case.code(&claims(), Nonce::Exactly(b"second nonce")), "verified");
    assert_eq!(case.code(&claims(), Nonce::Exactly(b"second")), "token_nonce");
    let mut without = claims();
    set(&mut without, "/eat_nonce", Value::Null);
    assert_eq!(case.code(&without, Nonce::Exactly(b"")), "token_nonce");
}
