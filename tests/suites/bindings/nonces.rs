//! What is bound by a nonce: a GPU, or another verifier's result, to a processor.

use super::*;

const POLICY: &str = "request Call {
    session machine: attested Snp,
    session accelerators: authenticated [Gpu; 2] bound to machine,
    session session: authenticated Session? bound to machine,
}";

fn with_nonce(first: [u8; 32], nonce: [u8; 32]) -> [u8; 64] {
    let mut data = [0; 64];
    data[..32].copy_from_slice(&first);
    data[32..].copy_from_slice(&nonce);
    data
}

fn given(bundle: &Bundle, report_data: [u8; 64], nonces: &[[u8; 32]]) -> Fields {
    let gpus = nonces.iter().map(|nonce| gpu(*nonce)).collect();
    let fields = bundle.session_fields("Call").unwrap().attested("machine", &report(report_data)).unwrap();
    fields.dangerous_authenticated_elsewhere("accelerators", &gpus).unwrap()
}

#[test]
fn a_gpu_is_bound_by_the_nonce_in_the_second_half() {
    let (bundle, nonce) = (bundle(POLICY), [7; 32]);
    for (what, report_data, nonces, expected) in [
        ("none", [0; 64], &[][..], Ok(())),
        ("one", with_nonce([0; 32], nonce), &[nonce], Ok(())),
        ("two with one nonce", with_nonce([0; 32], nonce), &[nonce, nonce], Ok(())),
        ("beside what nobody explains", with_nonce([1; 32], nonce), &[nonce], Err("atbac::session::nonce_mismatch")),
        ("another", with_nonce([0; 32], nonce), &[[8; 32]], Err("atbac::session::nonce_mismatch")),
        ("the second of another", with_nonce([0; 32], nonce), &[nonce, [8; 32]], Err("atbac::session::nonce_mismatch")),
        ("in the first half", with_nonce(nonce, [0; 32]), &[nonce], Err("atbac::session::nonce_mismatch")),
        ("zero", [0; 64], &[[0; 32]], Err("atbac::session::nonce_mismatch")),
        ("zero beside a key", with_nonce([1; 32], [0; 32]), &[[0; 32]], Err("atbac::session::nonce_mismatch")),
    ] {
        assert_eq!(opens(&bundle, given(&bundle, report_data, nonces)), expected, "{what}");
    }
}

/// What stands in the second half is a nonce beside a short digest of a key that is given, and otherwise may be the rest of a long digest, which anyone can ask a GPU with.
#[test]
fn the_rest_of_a_digest_is_no_nonce() {
    let (bundle, nonce) = (bundle(POLICY), [7; 32]);
    let halves = |digest| -> [[u8; 32]; 2] {
        let digest = padded(digest);
        [digest[..32].try_into().unwrap(), digest[32..].try_into().unwrap()]
    };
    let open = |[first, second]: [[u8; 32]; 2], given_key: Option<&str>| {
        let fields = given(&bundle, with_nonce(first, second), &[second]);
        opens(
            &bundle,
            match given_key {
                Some(info) => fields.held_key("accelerators", &key(info)).unwrap(),
                None => fields,
            },
        )
    };
    for digest in [KEY_SHA384, KEY_SHA512] {
        for given_key in [None, Some(KEY)] {
            assert_eq!(open(halves(digest), given_key), Err("atbac::session::nonce_mismatch"), "{digest}");
        }
    }
    for digest in [KEY_SHA256, KEY_THUMBPRINT] {
        let beside = [halves(digest)[0], nonce];
        assert_eq!(open(beside, Some(KEY)), Ok(()), "{digest}");
        assert_eq!(open(beside, Some(OTHER)), Err("atbac::session::nonce_mismatch"), "{digest}");
        assert_eq!(open(beside, None), Err("atbac::session::nonce_mismatch"), "{digest}");
    }
}

/// Where the digest of the key is taken at its word, a short one explains the nonce beside it, and a long one nothing.
#[test]
fn a_digest_at_its_word_explains_a_nonce() {
    let (bundle, nonce) = (bundle(POLICY), [7; 32]);
    let open = |stated: &str, report_data: [u8; 64], nonce| {
        let fields = given(&bundle, report_data, &[nonce]);
        let fields = fields.authenticated("session", &session(padded(stated))).unwrap();
        opens(&bundle, fields.dangerous_key_digest_at_its_word("session").unwrap())
    };
    let first = padded(KEY_SHA256)[..32].try_into().unwrap();
    assert_eq!(open(KEY_SHA256, with_nonce(first, nonce), nonce), Ok(()));
    let long = padded(KEY_SHA512);
    let rest = long[32..].try_into().unwrap();
    assert_eq!(open(KEY_SHA512, long, rest), Err("atbac::session::nonce_mismatch"));
}

/// The nonce beside a short digest of the key must be one that something in the session explains.
#[test]
fn a_key_and_a_nonce_stand_side_by_side() {
    let (bundle, nonce) = (bundle(POLICY), [7; 32]);
    let json = session(padded(KEY_SHA256));
    for digest in [KEY_SHA256, KEY_THUMBPRINT] {
        let first: [u8; 32] = padded(digest)[..32].try_into().unwrap();
        let open = |report_data, nonces: &[[u8; 32]]| {
            let fields = given(&bundle, report_data, nonces).authenticated("session", &json).unwrap();
            opens(&bundle, fields.held_key("session", &key(KEY)).unwrap())
        };
        assert_eq!(open(with_nonce(first, nonce), &[nonce]), Ok(()));
        assert_eq!(open(with_nonce(first, nonce), &[]), Err("atbac::session::key_mismatch"));
        // The other way round it is neither.
        assert_eq!(open(with_nonce(nonce, first), &[]), Err("atbac::session::key_mismatch"));
        assert_eq!(open(with_nonce(nonce, first), &[first]), Err("atbac::session::nonce_mismatch"));
    }
}

/// A result's nonce may be of any length, or absent: 32 bytes are one.
#[test]
fn another_verifiers_result_is_bound_by_its_nonce() {
    let bundle =
        bundle("request Call { session machine: attested Snp, session result: authenticated Ear bound to machine }");
    for (nonce, expected) in [
        (json!("07".repeat(32)), Ok(())),
        (json!("08".repeat(32)), Err("atbac::session::nonce_mismatch")),
        (json!("07".repeat(31)), Err("atbac::session::nonce_mismatch")),
        (json!("07".repeat(33)), Err("atbac::session::nonce_mismatch")),
        (json!(null), Err("atbac::session::nonce_mismatch")),
    ] {
        let fields = bundle.session_fields("Call").unwrap();
        let fields = fields.attested("machine", &report(with_nonce([0; 32], [7; 32]))).unwrap();
        let fields = fields.dangerous_authenticated_elsewhere("result", &result(nonce.clone())).unwrap();
        assert_eq!(opens(&bundle, fields), expected, "{nonce}");
    }
}

/// Evidence for which the engine has a verifier is not read from JSON, unless its reader says what that means.
#[test]
fn what_a_verifier_makes_is_not_read_from_json() {
    let bundle = bundle(POLICY);
    let fields = || bundle.session_fields("Call").unwrap();
    let error = fields().authenticated("accelerators", &json!([gpu([7; 32])])).unwrap_err();
    assert_eq!((error.code(), error.path()), ("atbac::input::provenance", "accelerators[0]"));
    fields().dangerous_any_provenance("accelerators", &json!([gpu([7; 32])])).unwrap();
    let error = fields().dangerous_authenticated_elsewhere("machine", &json!({})).unwrap_err();
    assert_eq!(error.code(), "atbac::input::provenance");
}
