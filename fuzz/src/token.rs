//! Tokens of every kind, signed by a key made here.

use std::sync::LazyLock;

use atbac_evidence::svid::{TrustDomain, jwt};
use atbac_evidence::token::{Audience, Lifetime, Nonce, TrustedKeys, confidential_space, ear, maa, nras};
use atbac_evidence::{Claim, Refusal};
use atbac_simulation::EcKey;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::budget::within_budget;

const NOW: i64 = 1_782_820_800;
const AUDIENCE: &str = "https://ledger.example";
const ISSUER: &str = "https://verifier.example";

/// The key that all tokens here are signed by.
pub static KEY: LazyLock<EcKey> = LazyLock::new(EcKey::p256);

/// The kinds of token.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    Ear,
    Nras,
    Maa,
    ConfidentialSpace,
    JwtSvid,
}

/// All of them.
pub const KINDS: [Kind; 5] = [Kind::Ear, Kind::Nras, Kind::Maa, Kind::ConfidentialSpace, Kind::JwtSvid];

/// The header of a token that verifies.
pub fn header() -> Value {
    json!({ "alg": "ES256", "kid": "one", "typ": "JWT" })
}

/// A token of any header and claims, each the text of JSON or not.
pub fn sign(header: &[u8], claims: &[u8]) -> String {
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = KEY.sign_raw(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The keys that verification trusts.
pub fn jwks() -> Value {
    let point = KEY.point();
    let (x, y) = point.split_at(32);
    let key = json!({
        "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "one",
        "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
    });
    json!({ "keys": [key] })
}

impl Kind {
    /// One of them.
    pub fn nth(which: u8) -> Self {
        KINDS[usize::from(which) % KINDS.len()]
    }

    /// The claims of a token that verifies. Of a bundle of NVIDIA's service they are a GPU's.
    pub fn claims(self) -> Value {
        let mut claims = match self {
            Kind::Ear => json!({
                "eat_profile": "tag:ietf.org,2026:rats/ear#03", "iss": ISSUER, "aud": [AUDIENCE], "eat_nonce": "AAECAwQFBgcICQ==",
                "ear_verifier_id": { "developer": "Example", "build": "1" },
                "submods": { "cpu0": {
                    "ear_status": "warning", "ear_appraisal_policy_ids": ["policy:a"],
                    "ear_trustworthiness_vector": { "hardware": 33, "executables": 2 },
                } },
            }),
            Kind::Nras => {
                let chain = json!({ "x-nvidia-cert-status": "valid", "x-nvidia-cert-ocsp-status": "good" });
                json!({
                    "iss": "https://nras.attestation.nvidia.com", "eat_nonce": "5a".repeat(32), "hwmodel": "GH100 A01 GSP BROM",
                    "measres": "success", "ueid": "1", "x-nvidia-gpu-driver-version": "550.90.07",
                    "x-nvidia-gpu-vbios-version": "96.00.9F.00.01", "secboot": true, "dbgstat": "disabled",
                    "x-nvidia-gpu-attestation-report-cert-chain": chain, "x-nvidia-gpu-driver-rim-cert-chain": chain,
                    "x-nvidia-gpu-vbios-rim-cert-chain": chain,
                    "x-nvidia-gpu-attestation-report-signature-verified": true, "x-nvidia-gpu-attestation-report-nonce-match": true,
                })
            }
            Kind::Maa => json!({
                "iss": ISSUER, "x-ms-attestation-type": "sgx", "x-ms-sgx-is-debuggable": false, "x-ms-sgx-mrenclave": "a5".repeat(32),
                "x-ms-sgx-mrsigner": "5a".repeat(32), "x-ms-sgx-product-id": 1, "x-ms-sgx-svn": 1,
                "x-ms-runtime": { "client-payload": { "nonce": "n" } },
            }),
            Kind::ConfidentialSpace => json!({
                "iss": "https://confidentialcomputing.googleapis.com", "aud": AUDIENCE, "sub": "instance", "hwmodel": "GCP_AMD_SEV",
                "secboot": true, "dbgstat": "disabled-since-boot", "swname": "CONFIDENTIAL_SPACE", "swversion": ["240500"], "eat_nonce": ["n"],
                "google_service_accounts": ["a@example"],
                "submods": {
                    "confidential_space": { "support_attributes": ["STABLE"] },
                    "container": {
                        "image_reference": "example/image", "image_digest": format!("sha256:{}", "a5".repeat(32)), "restart_policy": "Never",
                        "cmd_override": ["x"], "env_override": { "A": "b" }, "image_signatures": [{ "key_id": "k" }],
                    },
                    "gce": { "project_id": "p", "project_number": "1", "zone": "z", "instance_id": "2" },
                },
            }),
            Kind::JwtSvid => json!({ "sub": "spiffe://example.org/ledger", "aud": [AUDIENCE], "jti": "id" }),
        };
        claims["iat"] = (NOW - 60).into();
        claims["nbf"] = (NOW - 60).into();
        claims["exp"] = (NOW + 600).into();
        claims
    }

    /// What is verified: the token itself, or the bundle that NVIDIA's service would put it into.
    pub fn evidence(self, token: &str) -> Vec<u8> {
        match self {
            Kind::Ear | Kind::Maa | Kind::ConfidentialSpace | Kind::JwtSvid => token.as_bytes().to_vec(),
            Kind::Nras => {
                let digest = json!(["DIGEST", ["SHA-256", sha256(token.as_bytes())]]);
                let overall = json!({
                    "iss": "https://nras.attestation.nvidia.com", "iat": NOW - 60, "nbf": NOW - 60, "exp": NOW + 600,
                    "x-nvidia-ver": "3.0", "x-nvidia-overall-att-result": true, "eat_nonce": "5a".repeat(32), "submods": { "GPU-0": digest },
                });
                let overall = sign(header().to_string().as_bytes(), overall.to_string().as_bytes());
                json!([["JWT", overall], { "GPU-0": token }]).to_string().into_bytes()
            }
        }
    }

    /// Verifies evidence of this kind, within the budget.
    pub fn verify(self, evidence: &[u8]) -> Result<Vec<Claim>, Refusal> {
        within_budget(&[evidence], || self.verify_signed(evidence))
    }

    /// Verifies evidence of this kind that the trusted issuer signed. Its claims are read whole, and take a multiple of their size.
    pub fn verify_signed(self, evidence: &[u8]) -> Result<Vec<Claim>, Refusal> {
        let keys = TrustedKeys::from_jwks(jwks().to_string().as_bytes(), None)?;
        let lifetime = Lifetime::at_most(3600);
        let now = Timestamp::from_second(NOW).expect("a time");
        let nonce = Nonce::LeftToPolicy;
        match self {
            Kind::Ear => {
                let evidence = ear::Evidence { token: evidence, audience: Audience::Includes(AUDIENCE), nonce };
                let results = ear::Verifier::of_issuer(ISSUER, keys, lifetime).verify(&evidence, now)?;
                Ok(results.values().map(|verified| verified.claims()).collect())
            }
            Kind::Nras => {
                let results =
                    nras::Verifier::new(keys, lifetime).verify(&nras::Evidence { bundle: evidence, nonce }, now)?;
                Ok(results.values().map(|verified| verified.claims()).collect())
            }
            Kind::Maa => {
                let evidence = maa::Evidence { token: evidence, nonce };
                Ok(vec![maa::Verifier::new(ISSUER, keys, lifetime).verify(&evidence, now)?.claims()])
            }
            Kind::ConfidentialSpace => {
                let evidence = confidential_space::Evidence { token: evidence, audience: AUDIENCE, nonce };
                Ok(vec![confidential_space::Verifier::new(keys, lifetime).verify(&evidence, now)?.claims()])
            }
            Kind::JwtSvid => {
                let domain = TrustDomain::new("example.org")?;
                let evidence = jwt::Evidence { token: evidence, audience: AUDIENCE };
                Ok(vec![jwt::Verifier::new(domain, keys, lifetime)?.verify(&evidence, now)?.claims()])
            }
        }
    }

    /// Holds the claims of an accepted token to what every token must say.
    ///
    /// # Panics
    /// If the token should have been refused.
    pub fn check_accepted(self, claims: &Value) {
        // Null says the same as nothing.
        let member = |name| claims.get(name).filter(|value| !value.is_null());
        let issued = claims["iat"].as_f64().expect("`iat` is a number");
        assert!(issued <= NOW as f64, "issued later");
        match member("exp") {
            Some(end) => assert!(end.as_f64().expect("`exp` is a number") > NOW as f64, "expired"),
            None => assert!(matches!(self, Kind::Ear), "without an end"),
        }
        if let Some(begin) = member("nbf") {
            assert!(begin.as_f64().expect("`nbf` is a number") <= NOW as f64, "not valid yet");
        }
        let names = match &claims["aud"] {
            Value::Array(names) => names.clone(),
            Value::Null => vec![],
            one => vec![one.clone()],
        };
        match self {
            Kind::Ear | Kind::ConfidentialSpace | Kind::JwtSvid => {
                assert!(names.contains(&AUDIENCE.into()), "audience")
            }
            Kind::Nras | Kind::Maa => assert!(names.is_empty(), "audience"),
        }
        match self {
            Kind::Ear | Kind::Maa => assert_eq!(claims["iss"], ISSUER),
            Kind::Nras => {
                assert_eq!(claims["iss"], "https://nras.attestation.nvidia.com");
                assert_eq!(claims["x-nvidia-gpu-attestation-report-signature-verified"], true);
                assert_eq!(claims["x-nvidia-gpu-attestation-report-nonce-match"], true);
            }
            Kind::ConfidentialSpace => assert_eq!(claims["iss"], "https://confidentialcomputing.googleapis.com"),
            Kind::JwtSvid => {
                assert!(
                    claims["sub"].as_str().is_some_and(|name| name.starts_with("spiffe://example.org/")),
                    "trust domain"
                );
            }
        }
    }
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for byte in aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref() {
        write!(text, "{byte:02x}").expect("a string takes all");
    }
    text
}
