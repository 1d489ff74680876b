//! `atbac verify` and `atbac decide` on tokens. They were signed once, by another library, with a key that was not kept.

use crate::support::{atbac, file, folder, json};
use serde_json::json;

const AT: &str = "2026-06-30T12:00:00Z";

const KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"V8uNOBRZiLsQIROiITlzFIDASZbC6uU9-x2AES0PHY8","y":"wVP-UZm1KEw_nfCoY4rELua5-IFyL0i1K-9UKezye1M","kid":"one"}"#;

/// An attestation result of `https://verifier.acme.example` with the appraisal `cpu0`: affirming, executables 3, hardware 2; until 12:09.
const RESULT: &str = concat!(
    "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9uZSIsInR5cCI6IkpXVCJ9.eyJlYXRfcHJvZmlsZSI6InRhZzppZXRmLm9yZywyMDI2OnJhdHMvZWFyI",
    "zAzIiwiaXNzIjoiaHR0cHM6Ly92ZXJpZmllci5hY21lLmV4YW1wbGUiLCJpYXQiOjE3ODI4MjA3NDAsImV4cCI6MTc4MjgyMTM0MCwiZWFyX3Z",
    "lcmlmaWVyX2lkIjp7ImRldmVsb3BlciI6IkFjbWUgSW5jLiIsImJ1aWxkIjoiMS40LjIifSwic3VibW9kcyI6eyJjcHUwIjp7ImVhcl9zdGF0d",
    "XMiOiJhZmZpcm1pbmciLCJlYXJfdHJ1c3R3b3J0aGluZXNzX3ZlY3RvciI6eyJleGVjdXRhYmxlcyI6MywiaGFyZHdhcmUiOjJ9fX19.3MARwO",
    "KJpKUTuIRH6hsZ9XkIQypO4B9-sDGZBJABvzByJROWQOyA4cp4Q8Gh2jzSSw8TM_jFwUjd5LcCSjwEPQ",
);

/// Of `spiffe://acme.example/agent/approver`, for `spiffe://acme.example/ledger`, until 12:09.
const SVID: &str = concat!(
    "eyJhbGciOiJFUzI1NiIsImtpZCI6Im9uZSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJzcGlmZmU6Ly9hY21lLmV4YW1wbGUvYWdlbnQvYXBwcm92Z",
    "XIiLCJhdWQiOlsic3BpZmZlOi8vYWNtZS5leGFtcGxlL2xlZGdlciJdLCJpYXQiOjE3ODI4MjA3NDAsImV4cCI6MTc4MjgyMTM0MH0.FDA0R73",
    "pIgs_5Kh2p22BItB-mrYK9mVUpQudiWCjMbS_OqOVSqVIwYpdpDPEmF3ySjfqPXpeFgIDWCB-zA1XhQ",
);

struct Files {
    folder: std::path::PathBuf,
    keys: String,
    bundle: String,
    result: String,
    svid: String,
}

fn files(name: &str) -> Files {
    let folder = folder(name);
    let bundle = KEY.replacen('{', r#"{"keys":[{"use":"jwt-svid","#, 1) + "]}";
    Files {
        keys: file(&folder, "jwks.json", KEY),
        bundle: file(&folder, "bundle.json", bundle),
        result: file(&folder, "result.jwt", format!("{RESULT}\n")),
        svid: file(&folder, "svid.jwt", SVID),
        folder,
    }
}

#[test]
fn an_attestation_result_verifies_under_the_keys_given() {
    let files = files("token_ear");
    let verify = |more: &[&str]| {
        let given =
            ["verify", "ear", "--token", &files.result, "--keys", &files.keys, "--lifetime", "600", "--part", "cpu0"];
        json(&[&given, more].concat())
    };
    let issuer = ["--issuer", "https://verifier.acme.example"];
    let (code, document) = verify(&[&issuer[..], &["--at", AT]].concat());
    assert_eq!((code, &document["verdict"]), (0, &json!("verified")), "{document}");
    assert_eq!((&document["claims"]["status"], &document["claims"]["executables"]), (&json!("affirming"), &json!(3)));
    assert_eq!(document["claims"]["expires_at"], "2026-06-30T12:09:00Z");
    assert_eq!(document["trust_root"]["source"], "given");
    assert_eq!(document["trust_root"]["common_name"], "https://verifier.acme.example (one)");

    for (arguments, code) in [
        (vec!["--at", AT], "token_issuer"),
        ([&issuer[..], &["--at", "2026-06-30T12:09:00Z"]].concat(), "token_expired"),
        ([&issuer[..], &["--at", AT, "--audience", "me"]].concat(), "token_audience"),
        ([&issuer[..], &["--at", AT, "--nonce", "0001020304050607"]].concat(), "token_nonce"),
    ] {
        let (exit, document) = verify(&arguments);
        assert_eq!((exit, &document["code"]), (1, &json!(code)), "{document}");
    }
}

#[test]
fn a_part_that_is_not_there_is_refused() {
    let files = files("token_part");
    let (code, document) = json(&[
        "verify",
        "ear",
        "--token",
        &files.result,
        "--keys",
        &files.keys,
        "--lifetime",
        "600",
        "--part",
        "gpu0",
        "--issuer",
        "https://verifier.acme.example",
        "--at",
        AT,
    ]);
    assert_eq!((code, &document["code"]), (1, &json!("token_submodule")), "{document}");
}

#[test]
fn an_identity_verifies_under_its_bundle() {
    let files = files("token_svid");
    let verify = |audience: &str| {
        json(&[
            "verify",
            "jwt-svid",
            "--token",
            &files.svid,
            "--keys",
            &files.bundle,
            "--lifetime",
            "600",
            "--issuer",
            "acme.example",
            "--audience",
            audience,
            "--at",
            AT,
        ])
    };
    let (code, document) = verify("spiffe://acme.example/ledger");
    assert_eq!(
        (code, &document["claims"]["spiffe_id"]),
        (0, &json!("spiffe://acme.example/agent/approver")),
        "{document}"
    );
    let (code, document) = verify("spiffe://acme.example/other");
    assert_eq!((code, &document["code"]), (1, &json!("token_audience")));
}

#[test]
fn what_a_kind_needs_is_asked_for() {
    let files = files("token_needs");
    let run = atbac(&[
        "verify",
        "jwt-svid",
        "--token",
        &files.svid,
        "--keys",
        &files.bundle,
        "--lifetime",
        "600",
        "--issuer",
        "acme.example",
        "--at",
        AT,
    ]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("`audience`"), "{}", run.stderr);
}

/// An option that a kind does not check is not ignored: whoever gave it would believe it checked.
#[test]
fn what_a_kind_does_not_check_is_not_taken() {
    let files = files("token_foreign");
    let svid = ["--issuer", "acme.example", "--audience", "spiffe://acme.example/ledger"];
    let provider = ["--issuer", "https://provider.example"];
    for (kind, needed, option, value) in [
        ("jwt-svid", &svid[..], "nonce", "00010203"),
        ("jwt-svid", &svid, "part", "cpu0"),
        ("maa", &provider, "audience", "me"),
        ("maa", &provider, "part", "cpu0"),
        ("nras", &["--part", "GPU-0"], "audience", "me"),
        ("nras", &["--part", "GPU-0"], "issuer", "https://nras.attestation.nvidia.com"),
        ("confidential-space", &["--audience", "me"], "issuer", "https://confidentialcomputing.googleapis.com"),
        ("confidential-space", &["--audience", "me"], "part", "container"),
    ] {
        let files = ["--token", &files.svid, "--keys", &files.bundle, "--lifetime", "600", "--at", AT];
        let run = atbac(&[&["verify", kind], &files[..], needed, &[&format!("--{option}"), value]].concat());
        assert_eq!(run.code, 2, "{kind} {option}: {}", run.stderr);
        assert!(run.stderr.contains(&format!("not checked for `{option}`")), "{kind} {option}: {}", run.stderr);
    }

    let policy = file(
        &files.folder,
        "policy.atbac",
        "package p;\nuse std.spiffe.JwtSvid;\nfloor circumstance: asserted;\nrequest Call { session caller: authenticated JwtSvid }\n\
         permit known for Call { when age(caller) <= 5m; }\n",
    );
    let caller = json!({
        "evidence": "jwt-svid", "token": "svid.jwt", "keys": "bundle.json", "lifetime": 600, "issuer": "acme.example",
        "audience": "spiffe://acme.example/ledger", "nonce": "00010203",
    });
    let session = file(&files.folder, "session.json", json!({ "session": { "caller": caller } }).to_string());
    let call = file(&files.folder, "call.json", "{}");
    let run = atbac(&["decide", &policy, "--evidence", &session, "--call", &call, "--at", AT]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("not checked for `nonce`"), "{}", run.stderr);
}

/// A token reaches a policy as an authenticated field, by its files.
#[test]
fn a_decision_rests_on_a_verified_token() {
    let files = files("token_decide");
    let policy = file(
        &files.folder,
        "policy.atbac",
        "package p;\nuse std.ear.Ear;\nfloor circumstance: asserted;\nrequest Call { session result: authenticated Ear }\n\
         permit known for Call { when ear.approved_code(result); when age(result) <= 5m; }\n",
    );
    let session = |issuer: &str| {
        let result = json!({
            "evidence": "ear", "token": "result.jwt", "keys": "jwks.json", "lifetime": 600, "part": "cpu0", "issuer": issuer,
        });
        file(&files.folder, "session.json", json!({ "session": { "result": result } }).to_string())
    };
    let call = file(&files.folder, "call.json", "{}");
    let decide = |issuer: &str| json(&["decide", &policy, "--evidence", &session(issuer), "--call", &call, "--at", AT]);
    let (code, document) = decide("https://verifier.acme.example");
    assert_eq!(code, 0, "{document}");
    let (code, document) = decide("https://another.example");
    assert_eq!(code, 1, "{document}");
    assert!(document.to_string().contains("token_issuer"), "{document}");
}
