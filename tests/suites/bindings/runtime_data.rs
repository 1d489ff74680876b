//! The runtime data of confidential containers. Digests: Python's `json.dumps(…, sort_keys=True, separators=(",", ":"))` and `hashlib`.

use super::*;
use atbac_engine::RuntimeData;
use atbac_engine::binding::RuntimeDataError;
use atbac_engine::nonce::Redeemed;

/// The nonce is bytes 0 to 31.
const DATA: &str = r#"{"nonce": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "tee-pubkey": {"kty": "EC", "crv": "P-256", "alg": "ECDH-ES+A256KW", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}}"#;
const DEVICES: &str = r#"{"nvidia":["gpu",{"evidence":"a\\b"}]}"#;

const ALONE: [&str; 3] = [
    "9f90d66ffeb7ea70bd45f1ef374bbc6e9c137a84335d7382dc1f87403bddf2f7",
    "1f0628a69ac132453783cfa3e29bec54eb45ad7eabd5794753cf0bf05ecbf2cdc01d1820149a324d16a031e1f130788f",
    "d8fe626d929cf76af4c7df5991591c9cb352bab5236d39529657f5812dd0376ee73b0ca5d26299710a93bec28d33db07b4c8bcaacc05ecb9821bf2946d2875e4",
];
const WITH_DEVICES: [&str; 3] = [
    "0be34f8ff02df26d51162b1bf20dade7caf958851ed7ac0bf550b41adbc15b51",
    "7993a1950b22b7f118f35646e7a3508927e71550742aba50f9e130e44d9b9df2dad66b0f98174d6aaee154b750f9140f",
    "cb2c6e99532dd276a9547d8d27f6957a917965c9b52115d0a9b6664f1a54897ed03f863059b5cb9524f39660480d17a30709d14a0198c4dddc9e89a04cd683c5",
];
const WITHOUT_DEVICES: [&str; 3] = [
    "7cfbdf1cfffec1a4667c09d93844e6ae72dbf755524121155197c5b1e9437748",
    "9edc01b09e997f6578d6bd8f7fc2b28dfaaf4e5417793667b7ece025d50c7cf5b9b0f7d2bbbcebe25d2f53bd33807ce3",
    "c8aee5f58943b2749b8a8cbc7a184b1f3344f1060ca5d96fd9d74a45910c45174613b2a6243d2ade171dd974bc1139d0a5da3f68fd481dbd9ae4360477bda94d",
];

const POLICY: &str = "request Call {
    @challenged session machine: attested Snp,
    session session: authenticated Session bound to machine,
    session accelerators: authenticated [Gpu; 2] bound to machine,
}";

/// Opens a session whose challenge was bytes 0 to 31.
fn open(report_data: [u8; 64], data: &RuntimeData, info: &str, gpus: &[[u8; 32]]) -> Result<(), &'static str> {
    let bundle = bundle(POLICY);
    let nonce = Redeemed::dangerous_elsewhere(std::array::from_fn(|at| at as u8));
    let fields = bundle.session_fields("Call").unwrap().attested("machine", &report(report_data)).unwrap();
    let fields = fields.authenticated("session", &session(padded(KEY_THUMBPRINT))).unwrap();
    let fields = fields.held_key("session", &key(info)).unwrap().runtime_data("machine", data).unwrap();
    let gpus = gpus.iter().map(|nonce| gpu(*nonce)).collect();
    let fields = fields.dangerous_authenticated_elsewhere("accelerators", &gpus).unwrap();
    opens(&bundle, fields.answers(["machine"], nonce).unwrap())
}

/// Key, nonce and devices, with each hash that agents negotiate.
#[test]
fn it_commits_to_key_nonce_and_devices() {
    for (devices, digests) in [(None, ALONE), (Some(DEVICES), WITH_DEVICES), (Some(""), WITHOUT_DEVICES)] {
        let data = RuntimeData::read(DATA.as_bytes(), devices).unwrap();
        assert_eq!(*data.key(), key(KEY));
        for (digest, device) in digests.into_iter().zip(ALONE) {
            let device_nonce: [u8; 32] = padded(device)[..32].try_into().unwrap();
            let right = padded(digest);
            assert_eq!(open(right, &data, KEY, &[device_nonce]), Ok(()), "{digest}");
            assert_eq!(open(right, &data, OTHER, &[]), Err("atbac::session::key_mismatch"));
            assert_eq!(open(right, &data, KEY, &[[9; 32]]), Err("atbac::session::nonce_mismatch"));
            for at in [0, 31, 32, 63] {
                let mut wrong = right;
                wrong[at] ^= 1;
                assert_eq!(open(wrong, &data, KEY, &[]), Err("atbac::session::key_mismatch"), "byte {at}");
            }
        }
    }
}

/// What the guest did not commit to counts for nothing, and what it committed to without runtime data neither once runtime data is given.
#[test]
fn it_must_be_what_the_guest_committed_to() {
    let data = RuntimeData::read(DATA.as_bytes(), None).unwrap();
    assert_eq!(open(padded(WITH_DEVICES[1]), &data, KEY, &[]), Err("atbac::session::key_mismatch"));
    assert_eq!(open(padded(KEY_SHA512), &data, KEY, &[]), Err("atbac::session::key_mismatch"));
    let other_nonce = DATA.replace("AAEC", "BBEC");
    let other = RuntimeData::read(other_nonce.as_bytes(), None).unwrap();
    assert_eq!(open(padded(ALONE[1]), &other, KEY, &[]), Err("atbac::session::key_mismatch"));
}

/// A challenge of another form, or another challenge, is none of ours.
#[test]
fn it_must_answer_the_challenge() {
    // SHA-384 of the canonical object with this nonce, worked out in the same way as the digests above.
    let text = DATA.replace("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "not base64");
    let data = RuntimeData::read(text.as_bytes(), None).unwrap();
    let digest = "49b6102c244e3fddb343231ad0fd6d75d9b48a50b440622864863c7abd278a56c48a8963611ec78b959d1154a61287cd";
    assert_eq!(open(padded(digest), &data, KEY, &[]), Err("atbac::session::challenge_not_answered"));
}

/// Both are read before any signature: 64 KiB of each, and not a byte more.
#[test]
fn too_much_of_it_is_refused_before_it_is_read() {
    const MOST: usize = 65536;
    let padded = |bytes: usize| format!("{DATA}{}", " ".repeat(bytes - DATA.len()));
    RuntimeData::read(padded(MOST).as_bytes(), Some(&"x".repeat(MOST))).unwrap();
    for (data, more, path) in
        [(padded(MOST + 1), String::new(), ""), (DATA.to_owned(), "x".repeat(MOST + 1), "additional_evidence")]
    {
        let error = RuntimeData::read(data.as_bytes(), Some(&more)).expect_err(path);
        let RuntimeDataError::Form(form) = &error else { panic!("{error}") };
        assert_eq!((error.code(), form.path()), ("atbac::input::too_large", path));
    }
}

/// A digest of runtime data is no nonce of devices, where the runtime data itself is left out: its second half is known to whoever sees the report.
#[test]
fn a_gpu_is_not_bound_by_the_digest_of_what_is_left_out() {
    let bundle = bundle(
        "request Call { session machine: attested Snp, session accelerators: authenticated [Gpu; 1] bound to machine }",
    );
    for digest in &ALONE[1..] {
        let report_data = padded(digest);
        let second = report_data[32..].try_into().unwrap();
        let fields = bundle.session_fields("Call").unwrap().attested("machine", &report(report_data)).unwrap();
        let fields = fields.dangerous_authenticated_elsewhere("accelerators", &json!([gpu(second)])).unwrap();
        assert_eq!(opens(&bundle, fields), Err("atbac::session::nonce_mismatch"), "{digest}");
    }
}

#[test]
fn what_is_no_runtime_data_is_refused() {
    for (wrong, code) in [
        (String::new(), "atbac::input::syntax"),
        ("[]".to_owned(), "atbac::input::type"),
        (DATA.replace(r#""nonce""#, r#""nonces""#), "atbac::input::unknown"),
        (DATA.replace(r#""alg": "#, r#""kid": 1, "alg": "#), "atbac::input::type"),
        (DATA.replace(r#""alg""#, r#""älg""#), "atbac::input::type"),
        (DATA.replace(r#""alg""#, r#""d""#), "atbac::session::key_secret"),
        (DATA.replace("P-256", "P-192"), "atbac::session::key_unsupported"),
        (DATA.replace(r#"{"nonce""#, r#"{"nonce": "", "nonce""#), "atbac::input::syntax"),
        (r#"{"nonce": ""}"#.to_owned(), "atbac::input::type"),
        (r#"{"nonce": 1, "tee-pubkey": {}}"#.to_owned(), "atbac::input::type"),
        (r#"{"nonce": "", "tee-pubkey": {}}"#.to_owned(), "atbac::session::key_malformed"),
    ] {
        assert_eq!(RuntimeData::read(wrong.as_bytes(), None).expect_err(&wrong).code(), code, "{wrong}");
    }
}
