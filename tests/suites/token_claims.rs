//! The standard library's schemas of tokens and identities are those of the verifiers: name by name, type by type, and nothing more on either side.
//! Each kind is verified twice: with everything optional there, and with nothing of it.

use atbac_engine::claims::value;
use atbac_engine::evidence::svid::{self, TrustDomain};
use atbac_engine::evidence::token::{Audience, Lifetime, Nonce, TrustedKeys, confidential_space, ear, maa, nras};
use atbac_engine::evidence::{Claim, Claims, Verified};
use atbac_engine::{Bundle, Execution};
use atbac_simulation::{Certificate, EcKey, Extension, Key, der};
use atbac_tests::files::source;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn now() -> Timestamp {
    "2026-06-30T12:00:00Z".parse().unwrap()
}

struct Issuer(EcKey);

impl Issuer {
    fn keys(&self) -> Value {
        let point = self.0.point();
        let coordinate = |range| URL_SAFE_NO_PAD.encode(&point[range]);
        json!({ "kty": "EC", "crv": "P-256", "x": coordinate(0..32), "y": coordinate(32..64), "kid": "one", "use": "sig" })
    }

    fn trusted(&self) -> TrustedKeys {
        TrustedKeys::from_jwks(self.keys().to_string().as_bytes(), None).unwrap()
    }

    /// A token of `claims`, valid for a minute before and after now.
    fn token(&self, mut claims: Value) -> String {
        claims["iat"] = json!(now().as_second() - 60);
        claims["exp"] = json!(now().as_second() + 60);
        let parts = [json!({ "alg": "ES256" }), claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = parts.join(".");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(self.0.sign_raw(signed.as_bytes())))
    }
}

fn hour() -> Lifetime {
    Lifetime::at_most(3600)
}

/// Compares the claims of `all` evidence with the schema `name` of `package`: every field is a claim of its type and the other way round, and what is optional
/// is there in some and absent from some.
fn agree<T: Claims>(package: &str, name: &str, all: &[&Verified<T>]) {
    let text = format!("package p; use std.{package}.{name}; record All {{ it: {name} }}");
    let bundle = Bundle::open(source(&text), Execution::Interpreter).unwrap();
    let schema = bundle.schema();
    let at = schema.structs.iter().position(|known| known.name == name).unwrap();
    let id = atbac_compiler::types::StructId(at as u32);
    assert_eq!(schema.structs[at].evidence.as_ref().unwrap().verifier, T::KIND.verifier());
    let fields: BTreeSet<&str> = schema.structs[at].fields.iter().map(|field| field.name.as_str()).collect();
    for evidence in all {
        value(schema, id, evidence).unwrap_or_else(|mismatch| panic!("{mismatch}"));
        let Claim::Record(claims) = evidence.claims() else { panic!("no record") };
        assert_eq!(claims.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(), fields, "{name}");
        assert_eq!(claims.len(), fields.len(), "a claim of {name} is there twice");
    }
    for field in &schema.structs[at].fields {
        if let atbac_compiler::types::Type::Optional(_) = field.ty {
            let absent: BTreeSet<bool> =
                all.iter().map(|evidence| evidence.claims().get(&field.name) == Some(&Claim::Absent)).collect();
            assert_eq!(absent.len(), 2, "`{name}.{}` is not both there and absent", field.name);
        }
    }
}

#[test]
fn attestation_results() {
    let issuer = Issuer(EcKey::p256());
    let mut claims = json!({
        "eat_profile": "tag:ietf.org,2026:rats/ear#03",
        "ear_verifier_id": { "developer": "d", "build": "b" },
        "submods": { "a": { "ear_status": "affirming" } },
    });
    let verify = |verifier: &ear::Verifier, token: &str, audience| {
        let evidence = ear::Evidence { token: token.as_bytes(), audience, nonce: Nonce::LeftToPolicy };
        verifier.verify(&evidence, now()).unwrap().remove("a").unwrap()
    };
    let nameless = ear::Verifier::of_unnamed_issuer(issuer.trusted(), hour());
    let least = verify(&nameless, &issuer.token(claims.clone()), Audience::NotNamed);
    claims["iss"] = json!("i");
    claims["aud"] = json!("me");
    claims["eat_nonce"] = json!("AAECAwQFBgcICQ==");
    claims["cnf"] = json!({ "jwk": issuer.keys() });
    claims["submods"]["a"]["eat_nonce"] = json!("AAECAwQFBgcICQ==");
    let named = ear::Verifier::of_issuer("i", issuer.trusted(), hour());
    let most = verify(&named, &issuer.token(claims), Audience::Includes("me"));
    agree("ear", "Ear", &[&least, &most]);
}

#[test]
fn nvidia_results() {
    let issuer = Issuer(EcKey::p256());
    let iss = "https://nras.attestation.nvidia.com";
    let chain = json!({ "x-nvidia-cert-status": "valid", "x-nvidia-cert-ocsp-status": "good" });
    let verify = |hwmodel: &str, more: &[(&str, Value)]| {
        let mut gpu = json!({
            "iss": iss, "eat_nonce": "07".repeat(32), "ueid": "1", "hwmodel": hwmodel, "measres": "success",
            "x-nvidia-gpu-driver-version": "550.90.07", "x-nvidia-gpu-vbios-version": "96.00",
            "x-nvidia-gpu-attestation-report-cert-chain": chain, "x-nvidia-gpu-driver-rim-cert-chain": chain,
            "x-nvidia-gpu-vbios-rim-cert-chain": chain,
            "x-nvidia-gpu-attestation-report-signature-verified": true, "x-nvidia-gpu-attestation-report-nonce-match": true,
        });
        for (name, value) in more {
            gpu[*name] = value.clone();
        }
        let gpu = issuer.token(gpu);
        let digest = sha256(gpu.as_bytes());
        let overall = issuer.token(json!({
            "iss": iss, "eat_nonce": "07".repeat(32), "x-nvidia-ver": "3.0", "x-nvidia-overall-att-result": true,
            "submods": { "GPU-0": ["DIGEST", ["SHA-256", digest]] },
        }));
        let bundle = json!([["JWT", overall], { "GPU-0": gpu }]).to_string();
        let evidence = nras::Evidence { bundle: bundle.as_bytes(), nonce: Nonce::LeftToPolicy };
        nras::Verifier::new(issuer.trusted(), hour()).verify(&evidence, now()).unwrap().remove("GPU-0").unwrap()
    };
    let least = verify("GH100", &[]);
    let most = verify(
        "GB200",
        &[
            ("oemid", json!("5703")),
            ("secboot", json!(true)),
            ("dbgstat", json!("disabled")),
            ("x-nvidia-attestation-warning", json!("CERT_HOLD")),
        ],
    );
    agree("nras", "GpuResult", &[&least, &most]);
}

#[test]
fn azure_tokens() {
    let issuer = Issuer(EcKey::p256());
    let verify = |claims: Value| {
        let token = issuer.token(claims);
        let evidence = maa::Evidence { token: token.as_bytes(), nonce: Nonce::LeftToPolicy };
        maa::Verifier::new("https://maa.example", issuer.trusted(), hour()).verify(&evidence, now()).unwrap()
    };
    let digest = |bytes: usize| "07".repeat(bytes);
    let sgx = verify(json!({
        "iss": "https://maa.example", "x-ms-attestation-type": "sgx", "x-ms-sgx-is-debuggable": false,
        "x-ms-sgx-mrenclave": digest(32), "x-ms-sgx-mrsigner": digest(32), "x-ms-sgx-product-id": 1, "x-ms-sgx-svn": 1,
    }));
    let snp = verify(json!({
        "iss": "https://maa.example", "x-ms-attestation-type": "sevsnpvm", "nonce": "n", "x-ms-policy-hash": "AAEC",
        "x-ms-compliance-status": "azure-compliant-cvm",
        "x-ms-runtime": { "vm-configuration": { "secure-boot": true, "vmUniqueId": "id" } },
        "x-ms-sevsnpvm-authorkeydigest": digest(48), "x-ms-sevsnpvm-bootloader-svn": 1, "x-ms-sevsnpvm-guestsvn": 1,
        "x-ms-sevsnpvm-hostdata": digest(32), "x-ms-sevsnpvm-idkeydigest": digest(48), "x-ms-sevsnpvm-is-debuggable": false,
        "x-ms-sevsnpvm-launchmeasurement": digest(48), "x-ms-sevsnpvm-microcode-svn": 1,
        "x-ms-sevsnpvm-migration-allowed": false, "x-ms-sevsnpvm-reportdata": digest(64), "x-ms-sevsnpvm-reportid": digest(32),
        "x-ms-sevsnpvm-smt-allowed": true, "x-ms-sevsnpvm-snpfw-svn": 1, "x-ms-sevsnpvm-tee-svn": 1, "x-ms-sevsnpvm-vmpl": 0,
    }));
    let mut tdx = json!({
        "iss": "https://maa.example", "x-ms-attestation-type": "tdxvm", "attester_tcb_status": "UpToDate",
        "tdx_report_data": digest(64), "tdx_td_attributes": digest(8), "tdx_td_attributes_debug": false,
        "tdx_tee_tcb_svn": digest(16),
    });
    for name in ["mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3", "mrseam", "mrsignerseam", "mrconfigid", "mrowner"] {
        tdx[format!("tdx_{name}")] = json!(digest(48));
    }
    agree("maa", "Token", &[&sgx, &snp, &verify(tdx)]);
}

#[test]
fn confidential_space_tokens() {
    let issuer = Issuer(EcKey::p256());
    let image = format!("sha256:{}", "07".repeat(32));
    let mut claims = json!({
        "iss": "https://confidentialcomputing.googleapis.com", "aud": "me", "sub": "s", "secboot": true, "hwmodel": "h",
        "swname": "GCE", "dbgstat": "enabled",
        "submods": {
            "container": { "image_reference": "r", "image_digest": image, "restart_policy": "Never" },
            "gce": { "zone": "z", "project_id": "p", "project_number": "1", "instance_id": "1" },
        },
    });
    let verify = |claims: &Value| {
        let token = issuer.token(claims.clone());
        let evidence =
            confidential_space::Evidence { token: token.as_bytes(), audience: "me", nonce: Nonce::LeftToPolicy };
        confidential_space::Verifier::new(issuer.trusted(), hour()).verify(&evidence, now()).unwrap()
    };
    let least = verify(&claims);
    claims["submods"]["container"]["image_id"] = json!(image);
    agree("confidential_space", "Workload", &[&least, &verify(&claims)]);
}

#[test]
fn identities_as_tokens() {
    let issuer = Issuer(EcKey::p256());
    let verify = |claims: Value| {
        let token = issuer.token(claims);
        let trust_domain = TrustDomain::new("acme.example").unwrap();
        let verifier = svid::jwt::Verifier::new(trust_domain, issuer.trusted(), hour()).unwrap();
        verifier.verify(&svid::jwt::Evidence { token: token.as_bytes(), audience: "me" }, now()).unwrap()
    };
    let least = verify(json!({ "sub": "spiffe://acme.example/a", "aud": "me" }));
    let most =
        verify(json!({ "sub": "spiffe://acme.example/a", "aud": "me", "jti": "1", "cnf": { "jwk": issuer.keys() } }));
    agree("spiffe", "JwtSvid", &[&least, &most]);
}

#[test]
fn identities_as_certificates() {
    let key = Key::Ec(EcKey::p256());
    let certificate = |subject: &str, extensions: Vec<Extension>| Certificate {
        serial: vec![1],
        issuer: "root".to_owned(),
        subject: subject.to_owned(),
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2027-01-01T00:00:00Z".parse().unwrap(),
        endless: false,
        key: key.clone(),
        extensions,
        version: 2,
        inner_algorithm: None,
        outer_algorithm: None,
    };
    // Key usage (RFC 5280 section 4.2.1.3): bit 5 signs certificates, bit 0 is for digital signatures. A name of tag 6 is a URI.
    let root = certificate("root", vec![Extension::authority(0), Extension::key_usage(1 << 2)]).sign(&key);
    let name = der::sequence(&[der::tlv(0x86, b"spiffe://acme.example/a")]);
    let leaf = certificate("a", vec![Extension::key_usage(1 << 7), Extension::new("2.5.29.17", name)]).sign(&key);
    let bundle = svid::x509::Bundle::new(TrustDomain::new("acme.example").unwrap(), &root).unwrap();
    let verified = svid::x509::Verifier::new(bundle).verify(&svid::x509::Evidence { chain: &[&leaf] }, now()).unwrap();
    agree("spiffe", "X509Svid", &[&verified]);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    hex::encode(sha2::Sha256::digest(bytes))
}
