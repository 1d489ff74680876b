//! SPIFFE IDs: examples and rules of the SPIFFE-ID standard, section 2.

use atbac_evidence::svid::{SpiffeId, TrustDomain};

#[test]
fn ids_are_taken_apart() {
    for (text, trust_domain, has_path) in [
        ("spiffe://staging.example.com/payments/mysql", "staging.example.com", true),
        ("spiffe://k8s-west.example.com/ns/staging/sa/default", "k8s-west.example.com", true),
        ("spiffe://example.com/9eebccd2-12bf-40a6-b262-65fe0487d453", "example.com", true),
        ("spiffe://trust_domain-1.example", "trust_domain-1.example", false),
        ("spiffe://192.0.2.1/A..B/...", "192.0.2.1", true),
    ] {
        let id = SpiffeId::parse(text).unwrap();
        assert_eq!((id.as_str(), id.trust_domain().as_str(), id.has_path()), (text, trust_domain, has_path));
    }
}

#[test]
fn what_breaks_a_rule_is_no_id() {
    for text in [
        "",
        "spiffe",
        "spiffe:",
        "spiffe:/acme.example/a",
        "spiffe://",
        "spiffe:///a",
        "SPIFFE://acme.example/a",
        "https://acme.example/a",
        " spiffe://acme.example/a",
        "spiffe://Acme.example/a",
        "spiffe://acme.example:443/a",
        "spiffe://user@acme.example/a",
        "spiffe://acme.ex%61mple/a",
        "spiffe://[2001:db8::1]/a",
        "spiffe://\u{0430}cme.example/a",
        "spiffe://acme.example/",
        "spiffe://acme.example/a/",
        "spiffe://acme.example//a",
        "spiffe://acme.example/a//b",
        "spiffe://acme.example/.",
        "spiffe://acme.example/a/../b",
        "spiffe://acme.example/a/./b",
        "spiffe://acme.example/a%2Fb",
        "spiffe://acme.example/a?b",
        "spiffe://acme.example?b",
        "spiffe://acme.example/a#b",
        "spiffe://acme.example/a b",
        "spiffe://acme.example/\u{e4}",
        "spiffe://acme.example/a\n",
        "spiffe://acme.example/a\\b",
    ] {
        assert_eq!(SpiffeId::parse(text).map_err(|refusal| refusal.code()), Err("spiffe_id"), "{text}");
    }
}

#[test]
fn lengths_are_bounded() {
    let id = |bytes: usize| format!("spiffe://a/{}", "b".repeat(bytes - 11));
    assert!(SpiffeId::parse(&id(2048)).is_ok());
    assert!(SpiffeId::parse(&id(2049)).is_err());
    assert!(TrustDomain::new(&"a".repeat(255)).is_ok());
    assert!(TrustDomain::new(&"a".repeat(256)).is_err());
    assert!(SpiffeId::parse(&format!("spiffe://{}/a", "a".repeat(256))).is_err());
}
