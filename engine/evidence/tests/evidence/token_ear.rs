//! Attestation results: every check that all tokens share, with a case that only that check refuses, and those of EAR alone.

use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::tokens::{TokenKey, base64url, hour, now, now_seconds, remove, set, trusted};
use atbac_evidence::token::ear::{Ear, Evidence, Verifier};
use atbac_evidence::token::{Audience, Lifetime, Nonce, TrustedKeys};
use atbac_evidence::{Refusal, TrustRoot, Verified};

const ISSUER: &str = "https://verifier.acme.example";
const AUDIENCE: &str = "https://ledger.acme.example";

/// Claims in which everything is right.
fn claims() -> Value {
    json!({
        "eat_profile": "tag:ietf.org,2026:rats/ear#03",
        "iss": ISSUER,
        "aud": [AUDIENCE, "https://audit.acme.example"],
        "iat": now_seconds() - 60,
        "nbf": now_seconds() - 60,
        "exp": now_seconds() + 600,
        "eat_nonce": "AAECAwQFBgcICQ==",
        "ear_verifier_id": { "developer": "Acme Inc.", "build": "1.4.2" },
        "submods": {
            "cpu0": {
                "ear_status": "warning",
                "ear_trustworthiness_vector": {
                    "instance-identity": 2, "configuration": 33, "executables": 3, "file-system": 0, "hardware": 2,
                    "runtime-opaque": -2, "storage-opaque": 1, "sourced-data": -1,
                },
                "ear_appraisal_policy_ids": ["policy:b", "policy:a"],
                "eat_nonce": "_-zg4_-zg4_-zg4",
            },
            "gpu0": { "ear_status": "affirming" },
        },
    })
}

struct Case {
    key: TokenKey,
    keys: TrustedKeys,
    lifetime: Lifetime,
}

impl Case {
    fn new() -> Self {
        let key = TokenKey::new("ES256", Some("one"));
        Self { keys: key.trusted(), key, lifetime: hour() }
    }

    fn verify(&self, token: &str) -> Result<BTreeMap<String, Verified<Ear>>, Refusal> {
        let evidence =
            Evidence { token: token.as_bytes(), audience: Audience::Includes(AUDIENCE), nonce: Nonce::LeftToPolicy };
        Verifier::of_issuer(ISSUER, self.keys.clone(), self.lifetime).verify(&evidence, now())
    }

    /// The code with which a token is refused.
    fn code(&self, token: &str) -> &'static str {
        match self.verify(token) {
            Ok(_) => "verified",
            Err(refusal) => refusal.code(),
        }
    }
}

#[test]
fn a_result_is_read_appraisal_by_appraisal() {
    let case = Case::new();
    let verified = case.verify(&case.key.token(&claims())).unwrap();
    assert_eq!(verified.keys().collect::<Vec<_>>(), ["cpu0", "gpu0"]);
    assert_eq!(
        serde_json::to_value(verified["cpu0"].claims()).unwrap(),
        json!({
            "submod": "cpu0",
            "issuer": "https://verifier.acme.example",
            "audience": ["https://audit.acme.example", "https://ledger.acme.example"],
            "verifier_developer": "Acme Inc.",
            "verifier_build": "1.4.2",
            "appraisal_policy_ids": ["policy:a", "policy:b"],
            "status": "warning",
            "instance_identity": 2,
            "configuration": 33,
            "executables": 3,
            "file_system": 0,
            "hardware": 2,
            "runtime_opaque": -2,
            "storage_opaque": 1,
            "sourced_data": -1,
            "nonce": "00010203040506070809",
            "key_thumbprint": null,
            "evidence_nonce": "ffece0e3ffb3838ffece0e",
            "issued_at": "2026-06-30T11:59:00Z",
            "verified_at": "2026-06-30T12:00:00Z",
            "expires_at": "2026-06-30T12:10:00Z",
        })
    );
    let gpu = serde_json::to_value(verified["gpu0"].claims()).unwrap();
    assert_eq!(
        (&gpu["status"], &gpu["hardware"], &gpu["evidence_nonce"]),
        (&json!("affirming"), &json!(0), &Value::Null)
    );
    let TrustRoot::Given(root) = verified["gpu0"].trust_root() else { panic!("no key is built in") };
    assert_eq!(root.common_name, "https://verifier.acme.example (one)");
    assert_eq!(root.sha256, atbac_evidence::token::thumbprint(case.key.jwk().to_string().as_bytes()).unwrap());
}

/// Each changes one thing about good claims, and the code says which check noticed.
#[test]
fn every_claim_is_checked() {
    let seconds = now_seconds();
    let changes: &[(&str, Value, &str)] = &[
        ("/iss", json!("https://verifier.acme.example/"), "token_issuer"),
        ("/iss", Value::Null, "token_issuer"),
        ("/iss", json!([ISSUER]), "token_claim"),
        ("/aud", json!("https://ledger.acme.example.evil.example"), "token_audience"),
        ("/aud", json!([]), "token_audience"),
        ("/aud", Value::Null, "token_audience"),
        ("/aud", json!({ AUDIENCE: true }), "token_claim"),
        ("/exp", json!(seconds), "token_expired"),
        ("/exp", json!(seconds + 1), "verified"),
        ("/exp", json!(seconds - 60), "token_expired"),
        ("/exp", json!(seconds + 3540), "verified"),
        ("/exp", json!(seconds + 3541), "token_lifetime"),
        ("/exp", json!(i64::MAX), "token_claim"),
        ("/exp", json!(1e300), "token_claim"),
        ("/exp", json!(-1), "token_claim"),
        ("/exp", json!(seconds as f64 + 600.0), "token_claim"),
        ("/exp", json!((seconds + 600).to_string()), "token_claim"),
        ("/nbf", json!(seconds + 1), "token_not_yet_valid"),
        ("/nbf", json!(seconds), "verified"),
        ("/nbf", Value::Null, "verified"),
        ("/nbf", json!("now"), "token_claim"),
        ("/iat", json!(seconds + 1), "token_issued_later"),
        ("/iat", json!(seconds), "verified"),
        ("/iat", Value::Null, "token_claim"),
        ("/eat_profile", json!("tag:ietf.org,2026:rats/ear#04"), "token_profile"),
        ("/eat_profile", Value::Null, "token_claim"),
        // Draft 03's profile with the names of draft 02.
        ("/eat_profile", json!("tag:ietf.org,2025-07:ear"), "token_claim"),
        ("/ear_verifier_id/build", Value::Null, "token_claim"),
        ("/ear_verifier_id/developer", json!(1), "token_claim"),
        ("/eat_nonce", json!("AAECAwQFBg=="), "token_claim"),
        ("/eat_nonce", json!("not base64"), "token_claim"),
        ("/eat_nonce", json!(["AAECAwQFBgcICQ==", "AAECAwQFBgcICg=="]), "token_claim"),
        ("/submods", json!({}), "token_claim"),
        ("/submods", Value::Null, "token_claim"),
        ("/submods/gpu0", json!("affirming"), "token_claim"),
        ("/submods/gpu0/ear_status", Value::Null, "token_claim"),
        ("/submods/gpu0/ear_status", json!("Affirming"), "token_claim"),
        ("/submods/gpu0/ear_status", json!(2), "verified"),
        ("/submods/gpu0/ear_status", json!(3), "token_claim"),
        // The status is no better than the worst claim, here 33: a warning.
        ("/submods/cpu0/ear_status", json!("affirming"), "token_status"),
        ("/submods/cpu0/ear_status", json!("contraindicated"), "verified"),
        ("/submods/cpu0/ear_status", json!("none"), "token_status"),
        ("/submods/gpu0", json!({ "ear_status": "none" }), "verified"),
        (
            "/submods/gpu0",
            json!({ "ear_status": "none", "ear_trustworthiness_vector": { "executables": 3 } }),
            "verified",
        ),
        (
            "/submods/gpu0",
            json!({ "ear_status": "none", "ear_trustworthiness_vector": { "executables": 99 } }),
            "token_status",
        ),
        ("/submods/cpu0/ear_trustworthiness_vector/hardware", json!(96), "token_status"),
        ("/submods/cpu0/ear_trustworthiness_vector/hardware", json!(-97), "token_status"),
        ("/submods/cpu0/ear_trustworthiness_vector/hardware", json!(-96), "verified"),
        ("/submods/cpu0/ear_trustworthiness_vector/hardware", json!(128), "token_claim"),
        ("/submods/cpu0/ear_trustworthiness_vector/hardware", json!("genuine"), "token_claim"),
        ("/submods/cpu0/ear_trustworthiness_vector/something", json!(2), "token_claim"),
        ("/submods/cpu0/ear_appraisal_policy_ids", json!("policy:a"), "token_claim"),
        ("/unknown", json!({ "claims": "are ignored" }), "verified"),
    ];
    let case = Case::new();
    for (pointer, value, code) in changes {
        let mut claims = claims();
        set(&mut claims, pointer, value.clone());
        assert_eq!(case.code(&case.key.token(&claims)), *code, "{pointer} = {value}");
    }
}

#[test]
fn a_result_without_an_end_ends_with_the_longest_lifetime() {
    let case = Case::new();
    let mut endless = claims();
    remove(&mut endless, "/exp");
    let verified = case.verify(&case.key.token(&endless)).unwrap();
    assert_eq!(verified["cpu0"].expires_at().as_second(), now_seconds() - 60 + 3600);
    set(&mut endless, "/iat", json!(now_seconds() - 3600));
    assert_eq!(case.code(&case.key.token(&endless)), "token_expired");
    set(&mut endless, "/iat", json!(253_402_207_200_i64));
    assert_eq!(case.code(&case.key.token(&endless)), "token_issued_later");
}

#[test]
fn clock_skew_moves_starts_and_never_ends() {
    let mut case = Case::new();
    case.lifetime = hour().allowing_clock_skew(30);
    for (pointer, seconds, code) in [
        ("/iat", 30, "verified"),
        ("/iat", 31, "token_issued_later"),
        ("/nbf", 30, "verified"),
        ("/nbf", 31, "token_not_yet_valid"),
        ("/exp", 0, "token_expired"),
        ("/exp", -1, "token_expired"),
    ] {
        let mut claims = claims();
        set(&mut claims, pointer, json!(now_seconds() + seconds));
        assert_eq!(case.code(&case.key.token(&claims)), code, "{pointer} {seconds}");
    }
    let mut backwards = claims();
    set(&mut backwards, "/iat", json!(now_seconds() + 20));
    set(&mut backwards, "/exp", json!(now_seconds() + 20));
    assert_eq!(case.code(&case.key.token(&backwards)), "token_lifetime");
}

#[test]
fn the_nonce_is_the_one_expected() {
    let case = Case::new();
    let verify = |claims: &Value, nonce| {
        let token = case.key.token(claims);
        let evidence = Evidence { token: token.as_bytes(), audience: Audience::Includes(AUDIENCE), nonce };
        let verifier = Verifier::of_issuer(ISSUER, case.keys.clone(), hour());
        verifier.verify(&evidence, now()).map(|_| ()).map_err(|refusal| refusal.code())
    };
    let nonce = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    assert_eq!(verify(&claims(), Nonce::Exactly(&nonce)), Ok(()));
    assert_eq!(verify(&claims(), Nonce::Exactly(&nonce[..9])), Err("token_nonce"));
    assert_eq!(verify(&claims(), Nonce::Exactly(&[])), Err("token_nonce"));
    let mut without = claims();
    remove(&mut without, "/eat_nonce");
    assert_eq!(verify(&without, Nonce::Exactly(&nonce)), Err("token_nonce"));
    assert_eq!(verify(&without, Nonce::LeftToPolicy), Ok(()));
}

#[test]
fn who_is_not_named_takes_no_token_that_names_others() {
    let case = Case::new();
    let mut nameless = claims();
    remove(&mut nameless, "/aud");
    remove(&mut nameless, "/iss");
    let verify = |claims: &Value, audience| {
        let token = case.key.token(claims);
        let evidence = Evidence { token: token.as_bytes(), audience, nonce: Nonce::LeftToPolicy };
        let verifier = Verifier::of_unnamed_issuer(case.keys.clone(), hour());
        verifier.verify(&evidence, now()).map(|_| ()).map_err(|refusal| refusal.code())
    };
    assert_eq!(verify(&nameless, Audience::NotNamed), Ok(()));
    assert_eq!(verify(&nameless, Audience::Includes(AUDIENCE)), Err("token_audience"));
    let mut with_audience = nameless.clone();
    set(&mut with_audience, "/aud", json!(AUDIENCE));
    assert_eq!(verify(&with_audience, Audience::NotNamed), Err("token_audience"));
    assert_eq!(verify(&with_audience, Audience::Includes(AUDIENCE)), Ok(()));
    let mut with_issuer = nameless.clone();
    set(&mut with_issuer, "/iss", json!(ISSUER));
    assert_eq!(verify(&with_issuer, Audience::NotNamed), Err("token_issuer"));
}

#[test]
fn every_algorithm_verifies_and_none_stands_for_another() {
    const ALL: [&str; 10] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
    let mut case = Case::new();
    for algorithm in ALL {
        case.key = TokenKey::new(algorithm, Some("one"));
        case.keys = case.key.trusted();
        assert_eq!(case.code(&case.key.token(&claims())), "verified", "{algorithm}");
        let lower = algorithm.to_lowercase();
        for other in ALL.iter().copied().filter(|other| *other != algorithm).chain(["none", "HS256", "", &lower]) {
            let header = json!({ "alg": other, "kid": "one" }).to_string();
            assert_eq!(
                case.code(&case.key.sign(&header, &claims().to_string())),
                "token_algorithm",
                "{algorithm}, {other}"
            );
        }
    }
    // All RSA keys here are one key: a token signed with it under another algorithm, which the header hides.
    case.keys = TokenKey::new("RS256", Some("one")).trusted();
    for other in ["RS384", "RS512", "PS256", "PS384", "PS512"] {
        let token = TokenKey::new(other, Some("one")).sign(r#"{"alg":"RS256","kid":"one"}"#, &claims().to_string());
        assert_eq!(case.code(&token), "token_signature", "{other}");
    }
}

/// The classic confusion: an HMAC whose secret is the public key, as text or as JWK.
#[test]
fn a_public_key_is_no_shared_secret() {
    use aws_lc_rs::hmac;
    let mut case = Case::new();
    case.key = TokenKey::new("RS256", Some("one"));
    case.keys = case.key.trusted();
    for secret in [case.key.jwk().to_string(), case.key.jwk()["n"].to_string()] {
        let header = base64url(br#"{"alg":"HS256","kid":"one"}"#);
        let signed = format!("{header}.{}", base64url(claims().to_string().as_bytes()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), signed.as_bytes());
        assert_eq!(case.code(&format!("{signed}.{}", base64url(tag.as_ref()))), "token_algorithm");
    }
}

#[test]
fn a_token_chooses_among_the_trusted_keys_and_adds_none() {
    let (one, two, stranger) =
        (TokenKey::new("ES256", Some("one")), TokenKey::new("ES256", Some("two")), TokenKey::new("ES256", Some("one")));
    let mut case = Case::new();
    case.keys = trusted(&[one.jwk(), two.jwk()]);
    let sign = |key: &TokenKey, header: Value| key.sign(&header.to_string(), &claims().to_string());
    for (signer, header, code) in [
        (&one, json!({ "alg": "ES256", "kid": "one" }), "verified"),
        (&two, json!({ "alg": "ES256", "kid": "two" }), "verified"),
        (&two, json!({ "alg": "ES256" }), "verified"),
        (&two, json!({ "alg": "ES256", "kid": "one" }), "token_signature"),
        (&two, json!({ "alg": "ES256", "kid": "TWO" }), "token_key_unknown"),
        (&two, json!({ "alg": "ES256", "kid": "" }), "token_key_unknown"),
        (&two, json!({ "alg": "ES256", "kid": "../two" }), "token_key_unknown"),
        (&two, json!({ "alg": "ES256", "kid": 2 }), "token_claim"),
        (&stranger, json!({ "alg": "ES256", "kid": "one" }), "token_signature"),
        (&stranger, json!({ "alg": "ES256" }), "token_signature"),
        (&stranger, json!({ "alg": "ES256", "kid": "one", "jwk": stranger.jwk() }), "token_signature"),
        (&stranger, json!({ "alg": "ES256", "kid": "one", "jku": "https://evil.example/keys" }), "token_signature"),
        (&one, json!({ "alg": "ES256", "kid": "one", "jku": "https://evil.example/keys" }), "verified"),
        (&one, json!({ "alg": "ES256", "kid": "one", "typ": "eat+jwt" }), "verified"),
        (&one, json!({ "alg": "ES256", "kid": "one", "typ": "at+jwt" }), "token_type"),
        (&one, json!({ "alg": "ES256", "kid": "one", "crit": [] }), "token_header"),
        (&one, json!({ "alg": "ES256", "kid": "one", "crit": ["exp"], "exp": 1 }), "token_header"),
        (&one, json!({ "alg": "ES256", "kid": "one", "b64": true }), "token_header"),
        (&one, json!({ "kid": "one" }), "token_claim"),
        (&one, json!({ "alg": ["ES256"], "kid": "one" }), "token_claim"),
    ] {
        assert_eq!(case.code(&sign(signer, header.clone())), code, "{header}");
    }

    // A key that was given without a name is trusted all the same, and only it.
    let nameless = TokenKey::new("ES256", None);
    case.keys = nameless.trusted();
    assert_eq!(case.code(&sign(&nameless, json!({ "alg": "ES256", "kid": "anything" }))), "verified");
    assert_eq!(case.code(&sign(&one, json!({ "alg": "ES256", "kid": "anything" }))), "token_signature");
}

#[test]
fn trusted_keys_end() {
    let mut case = Case::new();
    let token = case.key.token(&claims());
    let keys = case.keys.clone();
    case.keys = keys.clone().until(now());
    assert_eq!(case.code(&token), "token_keys_expired");
    case.keys = keys.until("2026-06-30T12:05:00Z".parse().unwrap());
    assert_eq!(case.verify(&token).unwrap()["cpu0"].expires_at().to_string(), "2026-06-30T12:05:00Z");
}

/// One token, one text: everything else is refused before any key is asked.
#[test]
fn the_form_is_exact() {
    let case = Case::new();
    let token = case.key.token(&claims());
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts.as_slice() else { panic!() };
    let malformed = [
        String::new(),
        "..".to_owned(),
        format!(".{token}"),
        format!("{token}."),
        format!("{header}.{payload}"),
        format!("{header}.{payload}."),
        format!(".{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!("{token}\n"),
        format!(" {token}"),
        format!("{token}="),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}.{payload}\u{a0}.{signature}"),
        token.replace('.', " ."),
        // JSON serialisation (RFC 7515 section 7.2).
        json!({ "protected": header, "payload": payload, "signature": signature }).to_string(),
        case.key.sign("[]", &claims().to_string()),
        case.key.sign(r#"{"alg":"ES256","alg":"ES256"}"#, &claims().to_string()),
        case.key.sign(r#"{"alg":"ES256","kid":"one"}"#, "null"),
        case.key.sign(r#"{"alg":"ES256","kid":"one"}"#, "[]"),
        case.key.sign(r#"{"alg":"ES256","kid":"one"}"#, &claims().to_string().replacen('{', r#"{"iss":"a","#, 1)),
        case.key.sign(r#"{"alg":"ES256","kid":"one"}"#, &format!("{} ", "[".repeat(40_000))),
        case.key.sign(
            r#"{"alg":"ES256","kid":"one"}"#,
            &format!("{{\"a\":{}1{}}}", "{\"a\":".repeat(500), "}".repeat(500)),
        ),
    ];
    for token in &malformed {
        assert_eq!(case.code(token), "token_malformed", "{}", token.get(..200).unwrap_or(token));
    }
    assert_eq!(case.code(&"a".repeat(64 * 1024 + 1)), "input_too_large");
    assert_eq!(case.code(&"a".repeat(64 * 1024)), "token_malformed");

    // The last character of 64 bytes in base64url has four bits that encode nothing: they must be zero.
    let last = signature.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let value = alphabet.find(last).unwrap();
    for trailing in 1..16 {
        let other = alphabet.as_bytes()[value | trailing] as char;
        let changed = format!("{}{other}", &token[..token.len() - 1]);
        assert_eq!(case.code(&changed), "token_malformed", "{other} for {last}");
    }
}

#[test]
fn a_signature_has_one_form() {
    let case = Case::new();
    let token = case.key.token(&claims());
    let (signed, _) = token.rsplit_once('.').unwrap();
    let with = |signature: &[u8]| format!("{signed}.{}", base64url(signature));
    let signature = case.key.signature(signed.as_bytes());
    assert_eq!(case.code(&with(&signature)), "verified");
    for bad in [
        case.key.der_signature(signed.as_bytes()),
        [&signature[..], &[0]].concat(),
        [&[0], &signature[..]].concat(),
        signature[..63].to_vec(),
        vec![0; 64],
        vec![0xFF; 64],
        vec![1],
    ] {
        assert_eq!(case.code(&with(&bad)), "token_signature", "{bad:?}");
    }
}

/// Every flipped bit, and every truncation, of a token is refused.
#[test]
fn nothing_in_a_token_can_be_changed() {
    let case = Case::new();
    let token = case.key.token(&claims());
    for at in 0..token.len() {
        for bit in 0..8 {
            let mut changed = token.clone().into_bytes();
            changed[at] ^= 1 << bit;
            let evidence =
                Evidence { token: &changed, audience: Audience::Includes(AUDIENCE), nonce: Nonce::LeftToPolicy };
            let verdict = Verifier::of_issuer(ISSUER, case.keys.clone(), hour()).verify(&evidence, now());
            assert!(verdict.is_err(), "byte {at}, bit {bit}");
        }
        assert_ne!(case.code(&token[..at]), "verified", "the first {at} bytes");
    }
}

/// The names of the drafts before 03, which Veraison and Trustee write.
#[test]
fn early_profiles_have_other_names() {
    let case = Case::new();
    for profile in [
        "tag:ietf.org,2025-07:ear",
        "tag:github.com,2023:veraison/ear",
        "tag:github.com,2024:confidential-containers/Trustee",
    ] {
        let mut early = json!({
            "eat_profile": profile,
            "iss": ISSUER,
            "aud": AUDIENCE,
            "iat": now_seconds(),
            "ear.verifier-id": { "developer": "d", "build": "b" },
            "submods": { "a": {
                "ear.status": "affirming",
                "ear.trustworthiness-vector": { "executables": 2 },
                "ear.appraisal-policy-id": "policy:a",
            } },
        });
        let verified = case.verify(&case.key.token(&early)).unwrap();
        let ear = &verified["a"];
        assert_eq!((ear.vector.executables, ear.vector.hardware), (2, 0));
        assert_eq!(ear.appraisal_policy_ids.iter().collect::<Vec<_>>(), ["policy:a"]);
        set(&mut early, "/submods/a/ear.trustworthiness-vector", json!({ "executables": 33 }));
        assert_eq!(case.code(&case.key.token(&early)), "token_status", "{profile}");
    }
}

/// What is missing is called so: there is nothing to be shown.
#[test]
fn refusals_say_what_was_found() {
    let case = Case::new();
    let message = |token: &str, nonce| {
        let evidence = Evidence { token: token.as_bytes(), audience: Audience::Includes(AUDIENCE), nonce };
        let verifier = Verifier::of_issuer(ISSUER, case.keys.clone(), case.lifetime);
        verifier.verify(&evidence, now()).unwrap_err().to_string()
    };
    let mut nobodys = claims();
    remove(&mut nobodys, "/aud");
    let shown = message(&case.key.token(&nobodys), Nonce::LeftToPolicy);
    assert!(shown.contains("nobody by name"), "{shown}");
    let mut without_nonce = claims();
    remove(&mut without_nonce, "/eat_nonce");
    let shown = message(&case.key.token(&without_nonce), Nonce::Exactly(b"nonce"));
    assert!(shown.contains("absent"), "{shown}");
    for (token, parts) in [("aaaa", 1), ("aa.bb", 2), ("aa.bb.cc.dd", 4)] {
        let shown = message(token, Nonce::LeftToPolicy);
        assert!(shown.contains(&format!("it has {parts} parts between dots")), "{shown}");
    }
}
