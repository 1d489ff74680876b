//! JWT-SVIDs: what they ask for beyond the checks that all tokens share.

use serde_json::{Value, json};

use crate::tokens::{TokenKey, hour, now, now_seconds, set};
use atbac_evidence::svid::TrustDomain;
use atbac_evidence::svid::jwt::{Evidence, JwtSvid, Verifier};
use atbac_evidence::{Refusal, Verified};

const AUDIENCE: &str = "spiffe://acme.example/ledger";

fn claims() -> Value {
    json!({
        "sub": "spiffe://acme.example/agent/approver",
        "aud": [AUDIENCE],
        "iat": now_seconds() - 60,
        "exp": now_seconds() + 300,
        "jti": "one",
        "iss": "any",
    })
}

fn trust_domain() -> TrustDomain {
    TrustDomain::new("acme.example").unwrap()
}

fn verify(key: &TokenKey, token: &str) -> Result<Verified<JwtSvid>, Refusal> {
    let evidence = Evidence { token: token.as_bytes(), audience: AUDIENCE };
    Verifier::new(trust_domain(), key.trusted(), hour())?.verify(&evidence, now())
}

fn code(key: &TokenKey, token: &str) -> &'static str {
    verify(key, token).map_or_else(|refusal| refusal.code(), |_| "verified")
}

#[test]
fn a_workload_is_named() {
    let key = TokenKey::new("ES256", Some("one"));
    let verified = verify(&key, &key.token(&claims())).unwrap();
    assert_eq!(
        serde_json::to_value(verified.claims()).unwrap(),
        json!({
            "spiffe_id": "spiffe://acme.example/agent/approver",
            "trust_domain": "acme.example",
            "audience": [AUDIENCE],
            "id": "one",
            "key_thumbprint": null,
            "issued_at": "2026-06-30T11:59:00Z",
            "verified_at": "2026-06-30T12:00:00Z",
            "expires_at": "2026-06-30T12:05:00Z",
        })
    );
    assert_eq!(verified.trust_root().identity().common_name, "acme.example (one)");
}

#[test]
fn every_claim_is_checked() {
    let key = TokenKey::new("ES256", Some("one"));
    for (pointer, value, expected) in [
        ("/sub", json!("spiffe://evil.example/agent/approver"), "svid_trust_domain"),
        ("/sub", json!("spiffe://acme.example.evil.example/agent"), "svid_trust_domain"),
        ("/sub", json!("agent/approver"), "spiffe_id"),
        // The trust domain itself, which is no workload.
        ("/sub", json!("spiffe://acme.example"), "spiffe_id"),
        ("/sub", json!("spiffe://acme.example/agent/../approver"), "spiffe_id"),
        ("/sub", Value::Null, "token_claim"),
        ("/aud", Value::Null, "token_audience"),
        ("/aud", json!("spiffe://acme.example/ledger/"), "token_audience"),
        ("/exp", Value::Null, "token_claim"),
        ("/exp", json!(now_seconds()), "token_expired"),
        ("/exp", json!(now_seconds() + 86_400), "token_lifetime"),
        ("/iat", Value::Null, "token_claim"),
        ("/jti", Value::Null, "verified"),
        ("/iss", Value::Null, "verified"),
    ] {
        let mut claims = claims();
        set(&mut claims, pointer, value.clone());
        assert_eq!(code(&key, &key.token(&claims)), expected, "{pointer} = {value}");
    }
}

/// Section 2: other parameters must not be there.
#[test]
fn the_header_is_the_standards_own() {
    let key = TokenKey::new("ES256", Some("one"));
    for (header, expected) in [
        (json!({ "alg": "ES256" }), "verified"),
        (json!({ "alg": "ES256", "kid": "one", "typ": "JWT" }), "verified"),
        (json!({ "alg": "ES256", "typ": "JOSE" }), "verified"),
        (json!({ "alg": "ES256", "typ": "at+jwt" }), "token_type"),
        (json!({ "alg": "ES256", "jku": "https://acme.example/keys" }), "token_header"),
        (json!({ "alg": "ES256", "cty": "JWT" }), "token_header"),
        (json!({ "alg": "ES256", "x5c": [] }), "token_header"),
    ] {
        assert_eq!(code(&key, &key.sign(&header.to_string(), &claims().to_string())), expected, "{header}");
    }
}

/// Section 2.1 has nine algorithms, and EdDSA is not among them.
#[test]
fn keys_are_for_the_standards_algorithms() {
    for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"] {
        let key = TokenKey::new(algorithm, None);
        assert_eq!(code(&key, &key.token(&claims())), "verified", "{algorithm}");
    }
    let key = TokenKey::new("EdDSA", None);
    assert_eq!(code(&key, &key.token(&claims())), "key_algorithm");
}
