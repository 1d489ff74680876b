//! What the engine's verifiers made, of every signer: each enters by the method of its provenance, into fields of its kind, and binds as it says.

use super::*;
use atbac_engine::evidence::Expected;
use atbac_engine::evidence::gpu::{self, Gpu, NvidiaRoots};
use atbac_engine::evidence::svid::TrustDomain;
use atbac_engine::evidence::svid::jwt::{self, JwtSvid};
use atbac_engine::evidence::token::{Lifetime, TrustedKeys};
use atbac_simulation::{EcKey, GpuForgery};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A JWT-SVID that names no key.
fn token() -> Verified<JwtSvid> {
    token_for(&Json::Null)
}

/// A JWT-SVID with this `cnf`, signed by a key of its own and verified with it.
pub(super) fn token_for(cnf: &Json) -> Verified<JwtSvid> {
    let key = EcKey::p256();
    let (x, y) = (key.point()[..32].to_vec(), key.point()[32..].to_vec());
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let keys = json!({ "kty": "EC", "crv": "P-256", "kid": "k", "x": text(&x), "y": text(&y) }).to_string();
    let header = json!({ "alg": "ES256", "kid": "k", "typ": "JWT" }).to_string();
    let issued_at = now().as_second();
    let claims = json!({
        "sub": "spiffe://acme.example/agent", "aud": ["ledger"], "iat": issued_at, "exp": issued_at + 300, "cnf": cnf,
    });
    let signed = format!("{}.{}", text(header.as_bytes()), text(claims.to_string().as_bytes()));
    let token = format!("{signed}.{}", text(&key.sign_raw(signed.as_bytes())));
    let keys = TrustedKeys::from_jwks(keys.as_bytes(), None).unwrap();
    let domain = TrustDomain::new("acme.example").unwrap();
    let verifier = jwt::Verifier::new(domain, keys, Lifetime::at_most(3600)).unwrap();
    verifier.verify(&jwt::Evidence { token: token.as_bytes(), audience: "ledger" }, now()).unwrap()
}

/// A GPU's report; the forger's nonce is 32 bytes 0x5A.
fn accelerator() -> Verified<Gpu> {
    let minted = GpuForgery::hopper().mint();
    let [root, identity] = &minted.crls;
    let chain: Vec<u8> = minted.chain();
    let evidence = gpu::Evidence {
        report: &minted.report,
        chain: &chain,
        revocation: gpu::Revocation::Crls { root, identity },
        nonce: Expected::LeftToPolicy,
    };
    let verifier = gpu::Verifier::new(NvidiaRoots::given(minted.root()).unwrap());
    verifier.verify_gpu(&evidence, GpuForgery::now()).unwrap()
}

const POLICY: &str = "
    request Call {
        session machine: attested Snp, session accelerators: attested [Gpu; 1] bound to machine,
        session one: authenticated JwtSvid?, session either: authenticated JwtSvid | X509Svid,
        session many: authenticated [JwtSvid; 2], session weaker: authenticated Snp?,
    }";

fn complete(bundle: &Bundle, report_data: [u8; 64]) -> Fields {
    let fields = bundle.session_fields("Call").unwrap().attested("machine", &report(report_data)).unwrap();
    fields.attested("accelerators", &accelerator()).unwrap().authenticated_by("either", &token()).unwrap()
}

#[test]
fn a_genuine_report_of_a_gpu_is_bound_by_its_nonce() {
    let bundle = bundle(POLICY);
    let mut report_data = [0; 64];
    report_data[32..].fill(0x5A);
    assert_eq!(opens(&bundle, complete(&bundle, report_data)), Ok(()));
    report_data[40] = 0;
    assert_eq!(opens(&bundle, complete(&bundle, report_data)), Err("atbac::session::nonce_mismatch"));
}

/// Alone, optional, one of several kinds, in a list; what hardware signed is worth more than is asked.
#[test]
fn what_an_issuer_signed_enters_as_authenticated() {
    let bundle = bundle(POLICY);
    let mut report_data = [0; 64];
    report_data[32..].fill(0x5A);
    let (token, fields) = (token(), complete(&bundle, report_data));
    let fields = fields.authenticated_by("one", &token).unwrap().authenticated_by("weaker", &report([0; 64])).unwrap();
    let fields = fields.authenticated_by("many", &token).unwrap().authenticated_by("many", &token).unwrap();
    let overfull = complete(&bundle, report_data).authenticated_by("many", &token).unwrap();
    let overfull = overfull.authenticated_by("many", &token).unwrap();
    let error = overfull.authenticated_by("many", &token).unwrap_err();
    assert_eq!((error.code(), error.path()), ("atbac::input::range", "many"));
    assert_eq!(opens(&bundle, fields), Ok(()));
}

#[test]
fn it_enters_nowhere_else() {
    let bundle = bundle(POLICY);
    let fields = || bundle.session_fields("Call").unwrap();
    let code = |result: Result<Fields, atbac_engine::InputError>| result.expect_err("it must be refused").code();
    let token = token();
    for field in ["one", "either", "many", "machine", "weaker"] {
        assert_eq!(code(fields().attested(field, &token)), "atbac::input::provenance", "{field}");
    }
    for field in ["machine", "accelerators", "weaker"] {
        assert_eq!(code(fields().authenticated_by(field, &token)), "atbac::input::provenance", "{field}");
    }
    assert_eq!(code(fields().authenticated_by("machine", &report([0; 64]))), "atbac::input::provenance");
    assert_eq!(code(fields().authenticated_by("either", &report([0; 64]))), "atbac::input::provenance");
    assert_eq!(code(fields().authenticated_by("nothing", &token)), "atbac::input::unknown");
    let json = json!({ "spiffe_id": "spiffe://acme.example/agent" });
    for field in ["one", "either"] {
        assert_eq!(code(fields().authenticated(field, &json)), "atbac::input::provenance", "{field}");
    }
    assert_eq!(code(fields().authenticated("many", &json!([json]))), "atbac::input::provenance");
}

/// Compiler and verifiers name each kind alike, or its evidence would fit no schema.
#[test]
fn every_kind_that_is_verified_is_known_to_the_compiler() {
    use atbac_compiler::verifier::{Signer, VERIFIERS};
    use atbac_engine::evidence::EvidenceKind as Kind;
    let hardware = [Kind::Snp, Kind::Tdx, Kind::Sgx, Kind::NvidiaGpu, Kind::NvidiaSwitch];
    let issuers = [Kind::Ear, Kind::Nras, Kind::Maa, Kind::ConfidentialSpace, Kind::JwtSvid, Kind::X509Svid];
    for (kinds, signer) in [(&hardware[..], Signer::Hardware), (&issuers[..], Signer::Issuer)] {
        let mut verified: Vec<&str> = kinds.iter().map(|kind| kind.verifier()).collect();
        let mut known: Vec<&str> =
            VERIFIERS.iter().filter(|known| known.signer == signer).map(|known| known.name).collect();
        verified.sort_unstable();
        known.sort_unstable();
        assert_eq!(verified, known);
    }
}
