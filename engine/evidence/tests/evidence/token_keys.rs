//! Sets of keys: what may be trusted at all, and thumbprints.

use serde_json::{Value, json};

use crate::tokens::{TokenKey, remove, set};
use atbac_evidence::token::{Algorithm, TrustedKeys, thumbprint};

fn code(jwks: &Value, rsa_algorithm: Option<Algorithm>) -> &'static str {
    verdict(TrustedKeys::from_jwks(jwks.to_string().as_bytes(), rsa_algorithm))
}

fn verdict(keys: Result<TrustedKeys, atbac_evidence::Refusal>) -> &'static str {
    keys.map_or_else(|refusal| refusal.code(), |_| "trusted")
}

#[test]
fn only_public_keys_for_signatures_are_trusted() {
    let changes: &[(&str, &str, Value, &str)] = &[
        ("ES256", "/d", json!("AQ"), "key_secret"),
        ("RS256", "/d", json!("AQ"), "key_secret"),
        ("RS256", "/p", Value::Null, "key_secret"),
        ("EdDSA", "/d", json!("AQ"), "key_secret"),
        ("ES256", "/k", json!("AQ"), "key_secret"),
        ("ES256", "/kty", json!("oct"), "key_unsupported"),
        ("ES256", "/kty", Value::Null, "keys_malformed"),
        ("ES256", "/crv", json!("secp256k1"), "key_unsupported"),
        ("EdDSA", "/crv", json!("X25519"), "key_unsupported"),
        ("EdDSA", "/crv", json!("Ed448"), "key_unsupported"),
        ("EdDSA", "/x", json!("AQ"), "keys_malformed"),
        ("ES256", "/crv", json!("P-384"), "keys_malformed"),
        ("ES256", "/x", json!("AQ"), "keys_malformed"),
        // Of the right length, and not on the curve.
        ("ES256", "/x", json!("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"), "keys_malformed"),
        ("ES256", "/alg", json!("ES384"), "key_algorithm"),
        ("ES256", "/alg", json!("RS256"), "key_algorithm"),
        ("ES256", "/alg", json!("HS256"), "key_algorithm"),
        ("ES256", "/alg", json!("none"), "key_algorithm"),
        ("RS256", "/alg", json!("ES256"), "key_algorithm"),
        ("RS256", "/alg", json!("HS256"), "key_algorithm"),
        ("RS256", "/alg", json!("rs256"), "key_algorithm"),
        ("RS256", "/alg", json!("RSA-OAEP"), "key_algorithm"),
        ("RS256", "/alg", json!(1), "keys_malformed"),
        ("RS256", "/alg", json!("PS512"), "trusted"),
        ("RS256", "/e", json!("AA"), "keys_malformed"),
        ("RS256", "/e", json!("AQ"), "keys_malformed"),
        ("RS256", "/e", json!("AAEAAQ"), "keys_malformed"),
        ("RS256", "/n", json!("AQAB"), "key_size"),
        ("RS256", "/n", Value::Null, "keys_malformed"),
        ("ES256", "/use", json!("enc"), "key_use"),
        ("ES256", "/use", json!("sig"), "trusted"),
        ("ES256", "/key_ops", json!(["sign"]), "key_use"),
        ("ES256", "/key_ops", json!(["verify"]), "trusted"),
        ("ES256", "/kid", json!(1), "keys_malformed"),
    ];
    for (algorithm, pointer, value, expected) in changes {
        let mut jwk = TokenKey::new(algorithm, Some("one")).jwk();
        set(&mut jwk, pointer, value.clone());
        for jwks in [&jwk, &json!({ "keys": [TokenKey::new("ES384", None).jwk(), jwk] })] {
            assert_eq!(code(jwks, None), *expected, "{algorithm} {pointer} = {value}");
        }
    }
}

#[test]
fn a_set_is_bounded_and_its_names_are_unique() {
    let key = |id| TokenKey::new("ES256", id).jwk();
    assert_eq!(code(&json!({ "keys": [] }), None), "keys_empty");
    assert_eq!(code(&json!({ "keys": {} }), None), "keys_malformed");
    assert_eq!(code(&json!({ "keys": ["key"] }), None), "keys_malformed");
    assert_eq!(code(&json!([key(None)]), None), "keys_malformed");
    assert_eq!(code(&json!({ "keys": [key(Some("a")), key(Some("a"))] }), None), "key_duplicate");
    assert_eq!(code(&json!({ "keys": [key(Some("a")), key(Some("b")), key(None), key(None)] }), None), "trusted");
    assert_eq!(code(&json!({ "keys": vec![key(None); 32] }), None), "trusted");
    for place in 0..7 {
        let mut keys = vec![key(None); 7];
        keys[place]["use"] = json!("enc");
        assert_eq!(code(&json!({ "keys": keys }), None), "key_use", "{place}");
    }
    assert_eq!(code(&json!({ "keys": vec![key(None); 33] }), None), "keys_too_many");
    assert_eq!(verdict(TrustedKeys::from_jwks(&vec![b' '; 256 * 1024 + 1], None)), "input_too_large");
    let twice = format!(r#"{{"kty":"EC","kty":"EC",{}"#, &key(None).to_string()[1..]);
    assert_eq!(verdict(TrustedKeys::from_jwks(twice.as_bytes(), None)), "keys_malformed");
}

#[test]
fn somebody_says_which_algorithm_an_rsa_key_is_for() {
    let mut jwk = TokenKey::new("RS256", None).jwk();
    remove(&mut jwk, "/alg");
    assert_eq!(code(&jwk, None), "key_algorithm_not_stated");
    assert_eq!(code(&jwk, Some(Algorithm::Es256)), "key_algorithm_not_stated");
    assert_eq!(code(&jwk, Some(Algorithm::Ps256)), "trusted");
}

#[test]
fn a_bundle_gives_its_keys_for_tokens() {
    let mut jwk = TokenKey::new("ES256", Some("one")).jwk();
    let spiffe = |jwk: &Value| {
        let certificate = json!({ "use": "x509-svid", "kty": "unknown", "x5c": ["AA=="] });
        let bundle = json!({ "spiffe_sequence": 1, "keys": [certificate, jwk] });
        verdict(TrustedKeys::from_spiffe_bundle(bundle.to_string().as_bytes(), None))
    };
    assert_eq!(spiffe(&jwk), "keys_empty");
    set(&mut jwk, "/use", json!("jwt-svid"));
    assert_eq!(spiffe(&jwk), "trusted");
    assert_eq!(code(&jwk, None), "key_use");
    remove(&mut jwk, "/kid");
    assert_eq!(spiffe(&jwk), "keys_malformed");
}

/// A certificate as the key's only wrapping, as Azure publishes its keys: it is the key in it that counts.
#[test]
fn a_certificate_wraps_a_key() {
    use base64::Engine;
    let key = atbac_simulation::Key::rsa_2048();
    let certificate = crate::svid_x509::certificate("CN", &key).sign(&key);
    let text = base64::engine::general_purpose::STANDARD.encode(&certificate);
    let jwk = |x5c: Value| json!({ "kty": "RSA", "kid": "a", "x5c": x5c });
    assert_eq!(code(&jwk(json!([text])), Some(Algorithm::Rs256)), "trusted");
    assert_eq!(code(&jwk(json!([text])), None), "key_algorithm_not_stated");
    assert_eq!(code(&jwk(json!([])), Some(Algorithm::Rs256)), "keys_malformed");
    assert_eq!(code(&jwk(json!(["AAAA"])), Some(Algorithm::Rs256)), "keys_malformed");
    let ec = atbac_simulation::Key::Ec(atbac_simulation::EcKey::p256());
    let other = base64::engine::general_purpose::STANDARD.encode(crate::svid_x509::certificate("CN", &ec).sign(&ec));
    assert_eq!(code(&jwk(json!([other])), Some(Algorithm::Rs256)), "key_unsupported");
}

/// RFC 7638 section 3.1 and RFC 8037 appendix A.3.
#[test]
fn thumbprints_are_the_published_ones() {
    let rsa = concat!(
        r#"{"kid":"2011-04-29","alg":"RS256","kty":"RSA","e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx"#,
        "4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-",
        "65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd",
        r#"2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}"#,
    );
    let shown = |jwk: &str| crate::tokens::base64url(&thumbprint(jwk.as_bytes()).unwrap());
    assert_eq!(shown(rsa), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    let ed25519 = r#"{"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","crv":"Ed25519","kty":"OKP"}"#;
    assert_eq!(shown(ed25519), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let with_private = r#"{"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","crv":"Ed25519","kty":"OKP","d":"AQ"}"#;
    assert_eq!(thumbprint(with_private.as_bytes()).unwrap_err().code(), "key_secret");
}

/// A key whose numbers can be written in two ways would have two thumbprints.
#[test]
fn a_key_has_one_thumbprint() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let rsa = TokenKey::new("RS256", Some("one")).jwk();
    let modulus = URL_SAFE_NO_PAD.decode(rsa["n"].as_str().unwrap()).unwrap();
    let mut longer = rsa.clone();
    longer["n"] = json!(URL_SAFE_NO_PAD.encode([&[0][..], &modulus].concat()));
    assert_eq!(code(&longer, None), "keys_malformed");

    let ec = TokenKey::new("ES256", None).jwk();
    thumbprint(ec.to_string().as_bytes()).unwrap();
    for coordinate in ["x", "y"] {
        let mut shorter = ec.clone();
        shorter[coordinate] = json!("AQ");
        assert_eq!(thumbprint(shorter.to_string().as_bytes()).unwrap_err().code(), "keys_malformed");
    }
    let padded = |length: usize| {
        let text = ec.to_string();
        thumbprint((text.clone() + &" ".repeat(length - text.len())).as_bytes())
    };
    padded(64 * 1024).unwrap();
    assert_eq!(padded(64 * 1024 + 1).unwrap_err().code(), "keys_malformed");
}

#[test]
fn a_wrapped_key_is_read_strictly() {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let key = atbac_simulation::Key::rsa_2048();
    let certificate = crate::svid_x509::certificate("CN", &key);
    let refused = |der: &[u8], reason: &str| {
        let jwk = json!({ "kty": "RSA", "x5c": [STANDARD.encode(der)] }).to_string();
        let message = thumbprint(jwk.as_bytes()).unwrap_err().to_string();
        assert!(message.contains(reason), "{message}");
    };
    let mut many = certificate.clone();
    many.extensions = vec![atbac_simulation::Extension::new("1.2.3", vec![]); 90];
    refused(&many.sign(&key), "more values in it than any genuine one");

    // The key is the same, with a byte behind it.
    let info = key.spki();
    let at = info.windows(4).position(|window| window == [0x30, 0x82, 0x01, 0x0A]).unwrap();
    let longer = [&info[at..], &[0]].concat();
    let info = crate::forged_snp_key::key_info("1.2.840.113549.1.1.1", atbac_simulation::der::null(), &longer);
    refused(&crate::forged_snp_key::with_key_info(&certificate, &info, &key), "its certificate");

    let message = thumbprint(br#"{"kty":"RSA","e":"AQAB"}"#).unwrap_err().to_string();
    assert!(message.contains("neither `n` and `e` nor `x5c`"), "{message}");
}
