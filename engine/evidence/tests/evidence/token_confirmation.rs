//! The key that a token is tied to, `cnf`: what names one, and that nothing else is taken. Both kinds that may have it read it alike.

use serde_json::{Value, json};

use crate::tokens::{TokenKey, hour, now, now_seconds};
use atbac_evidence::svid::{TrustDomain, jwt};
use atbac_evidence::token::{Audience, Nonce, ear};

/// The example of RFC 8037, appendix A.2; its thumbprint is in appendix A.3.
const THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";
const THUMBPRINT_HEX: &str = "90facafea9b1556698540f70c0117a22ea37bd5cf3ed3c47093c1707282b4b89";

fn ed25519() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" })
}

/// The base point of P-256 (NIST SP 800-186, section 3.2.1.3) but for the last character of `y`.
fn point(last: char) -> Value {
    let y = format!("T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_Uf{last}");
    json!({ "kty": "EC", "crv": "P-256", "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY", "y": y })
}

/// `jwk` with one member more.
fn with(mut jwk: Value, member: &str, value: Value) -> Value {
    jwk[member] = value;
    jwk
}

/// What each kind makes of a token with this `cnf`: the claim `key_thumbprint`, or the code of the refusal.
fn read(cnf: &Value) -> [Result<Value, &'static str>; 2] {
    let key = TokenKey::new("ES256", Some("one"));
    let mut claims = json!({
        "eat_profile": "tag:ietf.org,2026:rats/ear#03", "ear_verifier_id": { "developer": "d", "build": "b" },
        "submods": { "a": { "ear_status": "affirming" } },
        "sub": "spiffe://acme.example/a", "aud": "me", "iat": now_seconds() - 60, "exp": now_seconds() + 60,
    });
    claims["cnf"] = cnf.clone();
    let token = key.token(&claims);
    let evidence =
        ear::Evidence { token: token.as_bytes(), audience: Audience::Includes("me"), nonce: Nonce::LeftToPolicy };
    let result = ear::Verifier::of_unnamed_issuer(key.trusted(), hour()).verify(&evidence, now());
    let domain = TrustDomain::new("acme.example").unwrap();
    let evidence = jwt::Evidence { token: token.as_bytes(), audience: "me" };
    let svid = jwt::Verifier::new(domain, key.trusted(), hour()).unwrap().verify(&evidence, now());
    let claim = |claims| serde_json::to_value(claims).unwrap()["key_thumbprint"].clone();
    [
        result.map(|parts| claim(parts["a"].claims())).map_err(|refusal| refusal.code()),
        svid.map(|svid| claim(svid.claims())).map_err(|refusal| refusal.code()),
    ]
}

#[test]
fn a_key_is_named_in_either_form() {
    let rsa = json!({
        "kty": "RSA", "e": "AQAB",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",
    });
    for (cnf, expected) in [
        (json!({ "jkt": THUMBPRINT }), THUMBPRINT_HEX),
        (json!({ "jwk": ed25519() }), THUMBPRINT_HEX),
        (json!({ "jwk": with(ed25519(), "kid", json!("one")) }), THUMBPRINT_HEX),
        // RFC 7638, section 3.1; and the base point, hashed by Python's `hashlib`.
        (json!({ "jwk": rsa }), "3736cbb1787cb8309c77ee8c3705c5e16ffb9e859715901f1e4c59b11182f57b"),
        (json!({ "jwk": point('U') }), "c71d01700fb0328870f1ab580c939eea9786328764946db04470655c732f9743"),
    ] {
        assert_eq!(read(&cnf), [(); 2].map(|()| Ok(json!(expected))), "{cnf}");
    }
    assert_eq!(read(&Value::Null), [(); 2].map(|()| Ok(Value::Null)));
}

#[test]
fn what_names_no_key_or_more_than_one_is_refused() {
    let jwk = |jwk: Value| json!({ "jwk": jwk });
    let jkt = |jkt: &str| json!({ "jkt": jkt });
    for cnf in [
        json!("key"),
        json!([ed25519()]),
        json!({}),
        json!({ "jwk": ed25519(), "jkt": THUMBPRINT }),
        json!({ "jwk": null, "jkt": THUMBPRINT }),
        json!({ "x5t#S256": THUMBPRINT }),
        json!({ "jkt": THUMBPRINT, "x5t#S256": THUMBPRINT }),
        json!({ "kid": "one" }),
        json!({ "jwk": ed25519(), "kid": "one" }),
        json!({ "jwe": "a.b.c.d.e" }),
        json!({ "jku": "https://acme.example/keys" }),
        jwk(json!(null)),
        jwk(json!("key")),
        jwk(json!({})),
        jwk(json!({ "kty": "oct", "k": "AAAA" })),
        jwk(with(ed25519(), "d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))),
        jwk(with(ed25519(), "crv", json!("X25519"))),
        jwk(with(ed25519(), "x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"))),
        // Not on the curve.
        jwk(point('E')),
        json!({ "jkt": null }),
        json!({ "jkt": 1 }),
        json!({ "jkt": [THUMBPRINT] }),
        jkt(""),
        jkt(THUMBPRINT_HEX),
        jkt(&THUMBPRINT[..42]),
        jkt(&format!("{THUMBPRINT}=")),
        jkt(&format!("{THUMBPRINT}AA")),
        // The same bytes with a bit set after the last one, and in the other alphabet.
        jkt(&THUMBPRINT.replace("S4k", "S4l")),
        jkt(&THUMBPRINT.replace('_', "/")),
    ] {
        assert_eq!(read(&cnf), [(); 2].map(|()| Err("token_claim")), "{cnf}");
    }
}
