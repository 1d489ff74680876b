//! Keys: how they are read, what names them, and what is bound by them.

use super::*;
use atbac_engine::binding::KeyError;

const P384: &str = "3076301006072a8648ce3d020106052b8104002203620004077a41d4606ffa1464793c7e5fdc7d98cb9d3910202dcd06bea4f240d3566da6b408bbae5026580d02d7e5c70500c831c995f7ca0b0c42837d0bbe9602a9fc998520b41c85115aa5f7684c0edc111eacc24abd6be4b5d298b65f28600a2f1df1";
const P521: &str = "30819b301006072a8648ce3d020106052b8104002303818600040035b5df64ae2ac204c354b483487c9070cdc61c891c5ff39afc06c5d55541d3ceac8659e24afe3d0750e8b88e9f078af066a1d5025b08e5a5e2fbc87412871902f30082096f84261279d2b673e0178eb0b4abb65521aef6e6e32e1b5ae63fe2f19907f279f283e54ba385405224f750a95b85eebb7faef04699d1d9e21f47fc346e4d0d";

fn jwk(curve: &str, x: &str, y: &str) -> Json {
    json!({ "kty": "EC", "crv": curve, "x": x, "y": y })
}

#[test]
fn a_key_is_the_same_in_either_form() {
    let base =
        jwk("P-256", "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU");
    let p384 = jwk(
        "P-384",
        "B3pB1GBv-hRkeTx-X9x9mMudORAgLc0GvqTyQNNWbaa0CLuuUCZYDQLX5ccFAMgx",
        "yZX3ygsMQoN9C76WAqn8mYUgtByFEVql92hMDtwRHqzCSr1r5LXSmLZfKGAKLx3x",
    );
    let p521 = jwk(
        "P-521",
        "ADW132SuKsIEw1S0g0h8kHDNxhyJHF_zmvwGxdVVQdPOrIZZ4kr-PQdQ6LiOnweK8Gah1QJbCOWl4vvIdBKHGQLz",
        "AIIJb4QmEnnStnPgF46wtKu2VSGu9ubjLhta5j_i8ZkH8nnyg-VLo4VAUiT3UKlbhe67f67wRpnR2eIfR_w0bk0N",
    );
    for (info, jwk, thumbprint) in [
        (KEY, base, KEY_THUMBPRINT),
        (P384, p384, "a2342a7af1b40ff550cc3108d0b7b9cc84c379b4910de9be62a05518e0adaa55"),
        (P521, p521, "d571563e1bfcad967f3e12af6bd377f112cb12c2f25936617814b97025a3224d"),
    ] {
        let read = HeldKey::from_jwk(&jwk).unwrap();
        assert_eq!(read, key(info), "{jwk}");
        assert_eq!(hex::encode(read.thumbprint()), thumbprint, "{jwk}");
        let mut described = jwk.clone();
        described["kid"] = json!("one");
        described["use"] = json!("sig");
        assert_eq!(HeldKey::from_jwk(&described).unwrap(), read, "what describes a key is not the key");
    }
    assert_eq!(hex::encode(key(KEY).info_digest()), KEY_SHA256);
    assert_eq!(key(KEY).digests(), [KEY_SHA512, KEY_SHA384, KEY_SHA256, KEY_THUMBPRINT].map(padded));
}

/// The examples of RFC 7638, section 3.1, and RFC 8037, appendix A.3, whose thumbprints stand there.
#[test]
fn thumbprints_are_those_of_the_specifications() {
    let rsa = json!({
        "kty": "RSA",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
        "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
    });
    let okp = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    for (jwk, thumbprint) in [
        (rsa, "3736cbb1787cb8309c77ee8c3705c5e16ffb9e859715901f1e4c59b11182f57b"),
        (okp, "90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89"),
    ] {
        assert_eq!(hex::encode(HeldKey::from_jwk(&jwk).unwrap().thumbprint()), thumbprint);
    }
}

#[test]
fn what_is_no_public_key_is_refused() {
    let code = |result: Result<HeldKey, KeyError>| result.expect_err("no public key").code();
    let bytes = hex::decode(KEY).unwrap();
    for length in 0..bytes.len() {
        assert_eq!(code(HeldKey::from_spki(&bytes[..length])), "atbac::session::key_malformed", "{length} bytes");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    // The point in compressed form, 2 and x alone (SEC 1, section 2.3.3).
    let compressed =
        hex::decode(format!("3039301306072a8648ce3d020106082a8648ce3d03010703220003{}", &KEY[54..118])).unwrap();
    for wrong in [&longer, &compressed, &vec![0x30; 2049]] {
        assert_eq!(code(HeldKey::from_spki(wrong)), "atbac::session::key_malformed");
    }
    // secp256k1, a curve that has no name in RFC 7518.
    let k256 = hex::decode(KEY.replace("06082a8648ce3d030107", "06052b8104000a").replace("30593013", "30563010"));
    assert_eq!(code(HeldKey::from_spki(&k256.unwrap())), "atbac::session::key_unsupported");

    let good =
        jwk("P-256", "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU");
    for (member, value, expected) in [
        ("d", json!("AQ"), "key_secret"),
        ("kty", json!("oct"), "key_unsupported"),
        ("crv", json!("P-192"), "key_unsupported"),
        ("crv", json!("P-384"), "key_malformed"),
        ("x", json!("axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY="), "key_malformed"),
        ("x", json!("AAAAaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY"), "key_malformed"),
        ("x", json!(1), "key_malformed"),
        ("y", json!(null), "key_malformed"),
        ("x", json!("A".repeat(3000)), "key_malformed"),
    ] {
        let mut wrong = good.clone();
        wrong[member] = value.clone();
        assert_eq!(code(HeldKey::from_jwk(&wrong)), format!("atbac::session::{expected}"), "{member}: {value}");
    }
    for wrong in [
        json!([]),
        json!({}),
        json!({ "kty": "RSA", "n": "", "e": "AQAB" }),
        json!({ "kty": "RSA", "n": "AAE", "e": "AQAB" }),
    ] {
        assert_eq!(code(HeldKey::from_jwk(&wrong)), "atbac::session::key_malformed", "{wrong}");
    }
}

const POLICY: &str = "request Call { session machine: attested Snp | Tdx | Sgx, session session: authenticated Session bound to machine }";

fn bound(report_data: [u8; 64], key_digest: [u8; 64], info: &str) -> Result<(), &'static str> {
    let bundle = bundle(POLICY);
    let fields = bundle.session_fields("Call").unwrap().attested("machine", &report(report_data)).unwrap();
    let fields = fields.authenticated("session", &session(key_digest)).unwrap();
    opens(&bundle, fields.held_key("session", &key(info)).unwrap())
}

/// Report data and session may each have a digest of their own, of the same key.
#[test]
fn every_digest_of_the_key_binds() {
    let digests = [KEY_SHA512, KEY_SHA384, KEY_SHA256, KEY_THUMBPRINT].map(padded);
    for report_data in digests {
        for key_digest in digests {
            assert_eq!(bound(report_data, key_digest, KEY), Ok(()));
            assert_eq!(bound(report_data, key_digest, OTHER), Err("atbac::session::key_mismatch"));
        }
    }
}

#[test]
fn nothing_else_binds() {
    let right = padded(KEY_SHA512);
    let mut flipped = right;
    flipped[63] ^= 1;
    let mut swapped = right;
    swapped.rotate_left(32);
    let mut truncated = right;
    truncated[32..].fill(0);
    let mut late = [0; 64];
    late[32..].copy_from_slice(&padded(KEY_SHA256)[..32]);
    let mut beside = padded(KEY_SHA256);
    beside[63] = 1;
    let mut beside_384 = padded(KEY_SHA384);
    beside_384[48] = 1;
    let raw: [u8; 64] = hex::decode(&KEY[54..]).unwrap().try_into().unwrap();
    for (what, wrong) in [
        ("of another key", padded(OTHER_SHA512)),
        ("with a bit flipped", flipped),
        ("with its halves swapped", swapped),
        ("cut short", truncated),
        ("in the second half", late),
        ("with something beside it", beside),
        ("with something after it", beside_384),
        ("by another hash", padded(KEY_SHA1)),
        ("the point itself", raw),
        ("zero", [0; 64]),
        ("all ones", [0xff; 64]),
    ] {
        assert_eq!(bound(wrong, right, KEY), Err("atbac::session::key_mismatch"), "report data {what}");
        assert_eq!(bound(right, wrong, KEY), Err("atbac::session::key_mismatch"), "a session's digest {what}");
        // What both say alike proves nothing: the key is what counts.
        assert_eq!(bound(wrong, wrong, KEY), Err("atbac::session::key_mismatch"), "both {what}");
    }
}

#[test]
fn quotes_bind_as_reports_do() {
    let bundle = bundle(POLICY);
    for sgx in [false, true] {
        for (digest, expected) in [(KEY_SHA512, Ok(())), (OTHER_SHA512, Err("atbac::session::key_mismatch"))] {
            let fields = quote(sgx, padded(digest)).set(bundle.session_fields("Call").unwrap(), "machine").unwrap();
            let fields = fields.authenticated("session", &session(padded(KEY_THUMBPRINT))).unwrap();
            assert_eq!(opens(&bundle, fields.held_key("session", &key(KEY)).unwrap()), expected);
        }
    }
}

/// Digests that agree are no proof that anybody holds the key.
#[test]
fn without_the_key_nothing_opens_but_by_its_dangerous_name() {
    let bundle = bundle(POLICY);
    let given = |report_data, key_digest| {
        let fields = bundle.session_fields("Call").unwrap().attested("machine", &report(report_data)).unwrap();
        fields.authenticated("session", &session(key_digest)).unwrap()
    };
    let right = padded(KEY_SHA512);
    assert_eq!(opens(&bundle, given(right, right)), Err("atbac::session::key_missing"));
    let at_its_word = |report_data, key_digest| {
        opens(&bundle, given(report_data, key_digest).dangerous_key_digest_at_its_word("session").unwrap())
    };
    assert_eq!(at_its_word(right, right), Ok(()));
    for (report_data, key_digest) in
        [(padded(OTHER_SHA512), right), (right, padded(KEY_SHA256)), ([0; 64], [0; 64]), (padded(KEY_SHA256), [0; 64])]
    {
        assert_eq!(at_its_word(report_data, key_digest), Err("atbac::session::key_mismatch"));
    }
    // The key is given for the field that is bound, which is not the machine.
    let error = given(right, right).held_key("machine", &key(KEY)).unwrap_err();
    assert_eq!(error.code(), "atbac::input::type");
    assert_eq!(given(right, right).held_key("nothing", &key(KEY)).unwrap_err().code(), "atbac::input::unknown");
}

/// Either direction, several fields, each with its own key.
#[test]
fn every_binding_needs_its_own_key() {
    let bundle = bundle(
        "request Call {
            session machine: attested Snp, session session: authenticated Session bound to machine,
            session peer_session: authenticated Session, session peer: attested Snp bound to peer_session,
        }",
    );
    let given = |one: &str, other: &str| {
        let fields = bundle.session_fields("Call").unwrap();
        let fields = fields.attested("machine", &report(padded(KEY_SHA512))).unwrap();
        let fields = fields.attested("peer", &report(padded(OTHER_SHA512))).unwrap();
        let fields = fields.authenticated("session", &session(padded(KEY_SHA512))).unwrap();
        let fields = fields.authenticated("peer_session", &session(padded(OTHER_SHA512))).unwrap();
        opens(&bundle, fields.held_key("session", &key(one)).unwrap().held_key("peer", &key(other)).unwrap())
    };
    assert_eq!(given(KEY, OTHER), Ok(()));
    for (one, other) in [(OTHER, KEY), (KEY, KEY), (OTHER, OTHER)] {
        assert_eq!(given(one, other), Err("atbac::session::key_mismatch"));
    }
}

#[test]
fn a_certificate_binds_by_the_digest_of_its_key() {
    let bundle = bundle(
        "request Call { session machine: attested Snp, session identity: authenticated X509Svid bound to machine }",
    );
    let given = |digest: &str, info: &str| {
        let identity = json!({
            "spiffe_id": "spiffe://a.example/b", "trust_domain": "a.example", "key_digest": digest, "dns_names": [],
            "serial_number": "01", "not_before": "2026-01-01T00:00:00Z", "verified_at": now().to_string(),
            "expires_at": "2026-12-01T00:00:00Z",
        });
        let fields = bundle.session_fields("Call").unwrap().attested("machine", &report(padded(KEY_SHA512))).unwrap();
        let fields = fields.dangerous_authenticated_elsewhere("identity", &identity).unwrap();
        opens(&bundle, fields.held_key("identity", &key(info)).unwrap())
    };
    assert_eq!(given(KEY_SHA256, KEY), Ok(()));
    assert_eq!(given(KEY_THUMBPRINT, KEY), Err("atbac::session::key_mismatch"));
    assert_eq!(given(KEY_SHA256, OTHER), Err("atbac::session::key_mismatch"));
}

/// What is absent has nothing to prove, and proves nothing.
#[test]
fn absent_evidence_binds_nothing() {
    let bundle = bundle(
        "request Call {
            session machine: attested Snp?, session session: authenticated Session? bound to machine,
            session machines: attested [Snp; 2], session spare: authenticated Session? bound to machines,
        }",
    );
    let empty = || bundle.session_fields("Call").unwrap();
    assert_eq!(opens(&bundle, empty()), Ok(()));
    let json = session(padded(KEY_SHA512));
    for field in ["session", "spare"] {
        let alone = empty().authenticated(field, &json).unwrap().held_key(field, &key(KEY)).unwrap();
        assert_eq!(opens(&bundle, alone), Err("atbac::session::no_proof_of_binding"));
    }
    // Each element needs its proof.
    let (right, wrong) = (report(padded(KEY_SHA512)), report(padded(OTHER_SHA512)));
    for (second, expected) in [(&right, Ok(())), (&wrong, Err("atbac::session::key_mismatch"))] {
        let fields = empty().authenticated("spare", &json).unwrap().held_key("spare", &key(KEY)).unwrap();
        let fields = fields.attested("machines", &right).unwrap().attested("machines", second).unwrap();
        assert_eq!(opens(&bundle, fields), expected);
    }
}
