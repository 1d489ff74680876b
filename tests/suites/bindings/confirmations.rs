//! Tokens that name a key, `cnf`: bound to what names the same one, and to nothing without it.

use super::verified::token_for;
use super::*;

/// [`KEY`] as a JSON Web Key, and its thumbprint in base64url.
fn confirmations() -> [Json; 2] {
    let key = json!({
        "kty": "EC", "crv": "P-256",
        "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
    });
    [json!({ "jwk": key }), json!({ "jkt": "xx0BcA-wMohw8atYDJOe6peGModklG2wRHBlXHMvl0M" })]
}

#[test]
fn an_identity_is_bound_by_its_key() {
    let to_machine =
        bundle("request Call { session machine: attested Snp, session it: authenticated JwtSvid bound to machine }");
    let to_session = bundle(
        "request Call { session session: authenticated Session, session it: authenticated JwtSvid bound to session }",
    );
    // Each with evidence that names the key of this SHA-512, the `cnf`, and the key that the peer holds.
    let open = |digest: &str, cnf: &Json, held: &str| {
        let token = token_for(cnf);
        let fields = to_machine.session_fields("Call").unwrap().attested("machine", &report(padded(digest))).unwrap();
        let fields = fields.authenticated_by("it", &token).unwrap().held_key("it", &key(held)).unwrap();
        let machine = opens(&to_machine, fields);
        let fields =
            to_session.session_fields("Call").unwrap().authenticated("session", &session(padded(digest))).unwrap();
        let fields = fields.authenticated_by("it", &token).unwrap().held_key("it", &key(held)).unwrap();
        assert_eq!(opens(&to_session, fields), machine);
        machine
    };
    for cnf in confirmations() {
        assert_eq!(open(KEY_SHA512, &cnf, KEY), Ok(()), "{cnf}");
        for (digest, held) in [(OTHER_SHA512, KEY), (KEY_SHA512, OTHER), (OTHER_SHA512, OTHER)] {
            assert_eq!(open(digest, &cnf, held), Err("atbac::session::key_mismatch"), "{cnf}");
        }
    }
    // No key is not any key.
    assert_eq!(open(KEY_SHA512, &json!(null), KEY), Err("atbac::session::key_mismatch"));
    // Nor is a thumbprint of zeros the absent one.
    assert_eq!(open(KEY_SHA512, &json!({ "jkt": "A".repeat(43) }), KEY), Err("atbac::session::key_mismatch"));
}

#[test]
fn an_identity_needs_the_key_that_the_peer_holds() {
    let bundle = bundle(
        "request Call { session session: authenticated Session, session it: authenticated JwtSvid bound to session }",
    );
    let given = |digest: &str, cnf: &Json| {
        let fields = bundle.session_fields("Call").unwrap().authenticated("session", &session(padded(digest))).unwrap();
        fields.authenticated_by("it", &token_for(cnf)).unwrap()
    };
    let [cnf, _] = confirmations();
    assert_eq!(opens(&bundle, given(KEY_THUMBPRINT, &cnf)), Err("atbac::session::key_missing"));
    let at_its_word = |digest, cnf| opens(&bundle, given(digest, cnf).dangerous_key_digest_at_its_word("it").unwrap());
    assert_eq!(at_its_word(KEY_THUMBPRINT, &cnf), Ok(()));
    assert_eq!(at_its_word(KEY_SHA256, &cnf), Err("atbac::session::key_mismatch"));
    assert_eq!(at_its_word(KEY_THUMBPRINT, &json!(null)), Err("atbac::session::key_mismatch"));
}

/// To a session, which names a key and no nonce, an attestation result is bound by its key.
#[test]
fn a_result_is_bound_to_a_session_by_its_key() {
    let bundle = bundle(
        "request Call { session session: authenticated Session, session it: authenticated Ear bound to session }",
    );
    for (thumbprint, held, expected) in [
        (json!(KEY_THUMBPRINT), KEY, Ok(())),
        (json!(KEY_THUMBPRINT), OTHER, Err("atbac::session::key_mismatch")),
        (json!(KEY_SHA256), KEY, Err("atbac::session::key_mismatch")),
        (json!(null), KEY, Err("atbac::session::key_mismatch")),
    ] {
        let mut result = result(json!("07".repeat(32)));
        result["key_thumbprint"] = thumbprint.clone();
        let fields =
            bundle.session_fields("Call").unwrap().authenticated("session", &session(padded(KEY_SHA512))).unwrap();
        let fields = fields.dangerous_authenticated_elsewhere("it", &result).unwrap();
        assert_eq!(opens(&bundle, fields.held_key("it", &key(held)).unwrap()), expected, "{thumbprint}");
    }
}

/// To a processor it is bound by the nonce alone, whatever key it names.
#[test]
fn a_result_with_a_key_is_bound_to_a_processor_by_its_nonce() {
    let bundle =
        bundle("request Call { session machine: attested Snp, session it: authenticated Ear bound to machine }");
    let mut report_data = [0; 64];
    report_data[32..].fill(7);
    for (report_data, expected) in
        [(report_data, Ok(())), (padded(KEY_THUMBPRINT), Err("atbac::session::nonce_mismatch"))]
    {
        let mut result = result(json!("07".repeat(32)));
        result["key_thumbprint"] = json!(KEY_THUMBPRINT);
        let fields = bundle.session_fields("Call").unwrap().attested("machine", &report(report_data)).unwrap();
        let fields = fields.dangerous_authenticated_elsewhere("it", &result).unwrap();
        assert_eq!(opens(&bundle, fields.held_key("it", &key(KEY)).unwrap()), expected);
    }
}
