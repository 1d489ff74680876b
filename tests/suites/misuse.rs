//! The engine's interface refuses what a program must not do with it, each mistake with its code.

use atbac_engine::evidence::Verified;
use atbac_engine::evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation, Snp, Verifier};
use atbac_engine::{Bundle, BundleError, Execution, Fields, InputError, SessionError};
use atbac_grammar::codes;
use atbac_simulation::{MintedSnp, QuoteForgery, SnpForgery};
use atbac_tests::evidence::forged_quote;
use atbac_tests::files::source;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use std::sync::LazyLock;

const POLICY: &str = r#"
package p;
use std.snp.Snp;
use std.tdx.Tdx;
use std.agent.Session;
floor circumstance: asserted;
record Holder { machine: Snp }
reference limit: Int;
reference names: Set<String>;
request Call {
  session machine: attested Snp,
  session spare: attested Snp?,
  session either: attested Snp | Tdx,
  session session: authenticated Session bound to machine,
  session place: local String,
  call amount: asserted Int,
  call signed: authenticated Int,
  call held: authenticated Holder?,
}
request Other { session place: local String, call amount: asserted Int }
permit small for Call { require amount < limit else "too much"; }
permit others for Other;
"#;

static MINTED: LazyLock<MintedSnp> = LazyLock::new(|| SnpForgery::milan().mint());

fn now() -> Timestamp {
    SnpForgery::now()
}

fn report() -> Verified<Snp> {
    let minted = &*MINTED;
    let evidence = snp::Evidence {
        report: &minted.report,
        vek: &minted.vek,
        chain: Chain::Given { ask: &minted.ask, ark: &minted.ark },
        revocation: Revocation::Crl(&minted.crl),
        expected: Expectations::left_to_policy(),
    };
    Verifier::new(AmdRoots::given(&minted.ark).unwrap()).verify(&evidence, now()).unwrap()
}

fn bundle() -> Bundle {
    Bundle::open(source(POLICY), Execution::Jit).unwrap()
}

/// A session whose key has this digest. That of the forged report is 64 bytes 0x5A, and nobody has its key: see `bindings` for those that are proven.
fn session_json(key_digest: &str) -> Json {
    json!({
        "id": "s", "tenant": "t", "subject": "u", "issuer": "i", "key_digest": key_digest,
        "issued_at": now().to_string(), "verified_at": now().to_string(), "expires_at": "2026-12-01T00:00:00Z",
    })
}

fn fields(bundle: &Bundle) -> Fields {
    bundle.session_fields("Call").unwrap()
}

/// Every session field, right.
fn complete(bundle: &Bundle) -> Fields {
    let report = report();
    let fields = fields(bundle).attested("machine", &report).unwrap().attested("either", &report).unwrap();
    let fields = fields.authenticated("session", &session_json(&"5a".repeat(64))).unwrap();
    fields.dangerous_key_digest_at_its_word("session").unwrap().local("place", &json!("here")).unwrap()
}

fn code(result: Result<Fields, InputError>) -> &'static str {
    result.expect_err("it must be refused").code()
}

fn session_code(bundle: &Bundle, fields: Fields) -> (&'static str, String) {
    match bundle.open_session(fields, now()) {
        Ok(_) => panic!("it must be refused"),
        Err(error) => (error.code(), error.to_string()),
    }
}

#[test]
fn what_is_right_is_taken() {
    let bundle = bundle();
    let spare = complete(&bundle).attested("spare", &report()).unwrap();
    bundle.swap_references(bundle.read_references(br#"{"format": 1, "references": {"limit": 5}}"#).unwrap()).unwrap();
    for fields in [complete(&bundle), spare] {
        let session = bundle.open_session(fields, now()).unwrap();
        let call =
            session.call_fields().asserted("amount", &json!(4)).unwrap().authenticated("signed", &json!(1)).unwrap();
        let call = session.call(call).unwrap();
        assert!(session.decide(&call, now(), &mut session.memory()).is_permit());
    }
}

/// A value cannot slip in under a better, or another, name than its own.
#[test]
fn a_value_must_come_by_the_method_of_its_provenance() {
    type Setter = fn(Fields, &str, &Json) -> Result<Fields, InputError>;
    let setters: [(&str, Setter); 3] = [
        ("authenticated", |fields, name, json| fields.authenticated(name, json)),
        ("local", |fields, name, json| fields.local(name, json)),
        ("asserted", |fields, name, json| fields.asserted(name, json)),
    ];
    let bundle = bundle();
    let session = bundle.open_session(complete(&bundle), now()).unwrap();
    let session_json = session_json("");
    for (provenance, set) in setters {
        for (field, declared, value) in [
            ("machine", "attested", json!({})),
            ("session", "authenticated", session_json.clone()),
            ("place", "local", json!("here")),
        ] {
            if declared != provenance {
                let error = set(fields(&bundle), field, &value).unwrap_err();
                assert_eq!(error.code(), "atbac::input::provenance", "{field} by {provenance}");
                let expected = format!("`{field}`: the policy declares this field `{declared}`, not `{provenance}`");
                assert_eq!(error.to_string(), expected);
            }
        }
        for (field, declared) in [("amount", "asserted"), ("signed", "authenticated")] {
            let result = set(session.call_fields(), field, &json!(1));
            match result {
                Ok(_) => assert_eq!(declared, provenance, "{field}"),
                Err(error) => {
                    assert_ne!(declared, provenance, "{field}");
                    assert_eq!(error.code(), "atbac::input::provenance");
                }
            }
        }
    }
    let verified = fields(&bundle).attested("session", &report());
    assert_eq!(code(verified), "atbac::input::provenance");
}

/// Only verification makes evidence, however it is asked for.
#[test]
fn hardware_evidence_is_never_read_from_json() {
    let bundle = bundle();
    for field in ["machine", "spare", "either"] {
        for value in [json!({}), json!(null), json!({ "vmpl": 0 })] {
            let error = fields(&bundle).dangerous_any_provenance(field, &value).unwrap_err();
            assert_eq!(error.code(), "atbac::input::provenance", "{field}: {error}");
        }
    }
    let session = bundle.open_session(complete(&bundle), now()).unwrap();
    let error = session.call_fields().authenticated("held", &json!({ "machine": {} })).unwrap_err();
    assert_eq!((error.code(), error.path()), ("atbac::input::provenance", "held.machine"));
}

#[test]
fn evidence_of_another_kind_is_refused() {
    let bundle = bundle();
    let quote = forged_quote(false, &QuoteForgery::tdx().mint(), QuoteForgery::now());
    let enclave = forged_quote(true, &QuoteForgery::sgx().mint(), QuoteForgery::now());
    assert_eq!(code(quote.set(fields(&bundle), "machine")), "atbac::input::provenance");
    assert_eq!(code(enclave.set(fields(&bundle), "either")), "atbac::input::provenance");
    quote.set(fields(&bundle), "either").unwrap();
    assert_eq!(code(quote.set(fields(&bundle), "place")), "atbac::input::provenance");
    assert_eq!(code(quote.set(fields(&bundle), "nowhere")), "atbac::input::unknown");
}

/// A bundle may declare a schema of its own for a verifier; it must be the verifier's, or no bundle opens.
#[test]
fn a_schema_that_is_not_its_verifiers_is_refused() {
    let of = |claims: &str| {
        let text = format!(
            "package p; floor circumstance: asserted;
             evidence Mine \"mine\" @verifier(\"sev-snp\") @max_age(24h) {{ {claims} verified_at: Instant, expires_at: Instant }}
             request Call {{ session machine: attested Mine }} permit everything for Call;"
        );
        Bundle::open(source(text), Execution::Interpreter)
    };
    fields(&of("vmpl: Int, csp_id: String?,").unwrap()).attested("machine", &report()).unwrap();
    for claims in ["vmpl: String,", "vmpl: Int?,", "unheard_of: Bool,", "measurement: Bytes<32>,", "csp_id: String,"] {
        let Err(BundleError::Refused(refused)) = of(claims) else { panic!("{claims} is not refused") };
        let found: Vec<_> = refused.diagnostics.iter().map(|found| found.code).collect();
        assert_eq!(found, [codes::VERIFIER], "{claims}");
    }
}

#[test]
fn a_session_needs_every_field() {
    let bundle = bundle();
    assert_eq!(session_code(&bundle, fields(&bundle)).0, "atbac::input::missing");
    let report = report();
    let some = fields(&bundle).attested("machine", &report).unwrap().attested("either", &report).unwrap();
    let some = some.authenticated("session", &session_json(&"5a".repeat(64))).unwrap();
    let (code, message) = session_code(&bundle, some);
    assert_eq!(code, "atbac::input::missing");
    assert_eq!(message, "`place`: missing: the policy needs this session field");
    let session = bundle.open_session(complete(&bundle), now()).unwrap();
    let call = session.call_fields().asserted("amount", &json!(1)).unwrap();
    let error = session.call(call).err().expect("a field is missing");
    assert_eq!((error.code(), error.path()), ("atbac::input::missing", "signed"));
}

#[test]
fn a_session_that_is_not_bound_is_refused() {
    let bundle = bundle();
    for digest in ["5b".repeat(64), format!("{}5b", "5a".repeat(63)), "00".repeat(64)] {
        let unbound = complete(&bundle).authenticated("session", &session_json(&digest)).unwrap();
        assert_eq!(session_code(&bundle, unbound).0, "atbac::session::key_mismatch");
    }
}

#[test]
fn what_nobody_declared_is_refused() {
    let bundle = bundle();
    let error = bundle.session_fields("Cal").unwrap_err();
    assert_eq!(error.code(), "atbac::input::unknown");
    assert_eq!(error.to_string(), "no policy declares a request `Cal`: expected `Call` or `Other`");
    assert_eq!(code(fields(&bundle).local("plaice", &json!(""))), "atbac::input::unknown");
    assert_eq!(code(fields(&bundle).asserted("amount", &json!(1))), "atbac::input::unknown");
    assert_eq!(code(fields(&bundle).dangerous_any_provenance("amount", &json!(1))), "atbac::input::unknown");
}

#[test]
fn reference_values_must_be_those_of_the_bundle() {
    let bundle = bundle();
    for (file, code) in [
        (r#"{"format": 1, "references": {"limits": 1}}"#, "atbac::input::unknown"),
        (r#"{"format": 1, "references": {"limit": "1"}}"#, "atbac::input::type"),
        (r#"{"format": 1, "references": {"names": "a"}}"#, "atbac::input::type"),
        (r#"{"format": 1, "references": {"names": ["a", 1]}}"#, "atbac::input::type"),
        (r#"{"format": 1, "references": {"limit": 1, "p.limit": 1}}"#, "atbac::input::unknown"),
        (r#"{"format": 1, "references": []}"#, "atbac::input::missing"),
        (r#"{"format": 1}"#, "atbac::input::missing"),
        (r#"{"format": 2, "references": {}}"#, "atbac::input::type"),
        (r#"{"references": {}}"#, "atbac::input::type"),
        (r#"{"format": 1, "references": {}, "more": 1}"#, "atbac::input::unknown"),
        (r"[]", "atbac::input::type"),
        (r"", "atbac::input::syntax"),
    ] {
        let error = bundle.read_references(file.as_bytes()).err().unwrap_or_else(|| panic!("{file}"));
        assert_eq!(error.code(), code, "{file}: {error}");
    }
    let twice = bundle.read_references(br#"{"format": 1, "references": {"limit": 1, "limit": 2}}"#);
    assert_eq!(
        twice.err().map(|error| error.code()),
        Some("atbac::input::syntax"),
        "a key given twice is a mistake, not a choice"
    );
}

#[test]
fn things_of_another_bundle_are_refused() {
    let (one, other) = (bundle(), bundle());
    let table = other.read_references(br#"{"format": 1, "references": {}}"#).unwrap();
    assert_eq!(one.swap_references(table).unwrap_err().code(), "atbac::input::type");
    assert_eq!(session_code(&one, complete(&other)).0, "atbac::input::type");
    let session = one.open_session(complete(&one), now()).unwrap();
    let call_fields = other.open_session(complete(&other), now()).unwrap().call_fields();
    let call_fields = call_fields.asserted("amount", &json!(1)).unwrap().authenticated("signed", &json!(1)).unwrap();
    assert_eq!(session.call(call_fields).err().map(|error| error.code()), Some("atbac::input::type"));
}

#[test]
fn fields_of_another_stage_or_request_are_refused() {
    let bundle = bundle();
    let session = bundle.open_session(complete(&bundle), now()).unwrap();
    assert_eq!(session.call(complete(&bundle)).err().map(|error| error.code()), Some("atbac::input::type"));
    let call_fields = session.call_fields().asserted("amount", &json!(1)).unwrap();
    assert_eq!(session_code(&bundle, call_fields).0, "atbac::input::type");
    let others = bundle.session_fields("Other").unwrap().local("place", &json!("")).unwrap();
    let others = bundle.open_session(others, now()).unwrap();
    assert_eq!(session.call(others.call_fields()).err().map(|error| error.code()), Some("atbac::input::type"));
}

/// A mistake of the program, not of any input: it stops the program rather than deciding something.
#[test]
#[should_panic(expected = "the call was made for another bundle or request type")]
fn a_call_of_another_request_is_never_decided() {
    let bundle = bundle();
    let session = bundle.open_session(complete(&bundle), now()).unwrap();
    let others = bundle.session_fields("Other").unwrap().local("place", &json!("")).unwrap();
    let others = bundle.open_session(others, now()).unwrap();
    let call = others.call(others.call_fields().asserted("amount", &json!(1)).unwrap()).unwrap();
    session.decide(&call, now(), &mut session.memory());
}

/// Memory that does not fit is noticed, and memory that fits serves any session, one after the other, without mixing them up.
#[test]
fn memory_serves_one_session_after_the_other() {
    let text = "package p; use std.agent.Session; floor circumstance: asserted;
        request Call { session session: authenticated Session, call amount: asserted Int }
        permit young for Call { require age(session) <= 1h else \"old\"; }";
    for execution in [Execution::Jit, Execution::Interpreter] {
        let bundle = Bundle::open(source(text), execution).unwrap();
        let open = |issued_at: &str| {
            let mut json = session_json(&"00".repeat(64));
            json["issued_at"] = issued_at.into();
            bundle.open_session(fields(&bundle).authenticated("session", &json).unwrap(), now()).unwrap()
        };
        let (old, young) = (open(&(now() - SignedDuration::from_hours(2)).to_string()), open(&now().to_string()));
        let call = young.call(young.call_fields().asserted("amount", &json!(1)).unwrap()).unwrap();
        let mut memory = old.memory();
        let later = now() + SignedDuration::from_mins(30);
        for at in [now(), later] {
            assert!(!old.decide(&call, at, &mut memory).is_permit());
            assert!(young.decide(&call, at, &mut memory).is_permit());
            assert!(!old.decide(&call, at, &mut memory).is_permit());
        }
    }
}

/// Errors name the place and what is expected there.
#[test]
fn errors_say_what_was_found_and_what_was_expected() {
    let bundle = bundle();
    let mut session = session_json(&"5a".repeat(64));
    session["issued_at"] = json!("yesterday");
    let error = fields(&bundle).authenticated("session", &session).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`session.issued_at`: `yesterday` is not an instant of RFC 3339, such as `2026-11-21T00:00:00Z`"
    );
    let error = fields(&bundle).authenticated("session", &session_json("5a")).unwrap_err();
    assert_eq!(error.to_string(), "`session.key_digest`: expected 64 bytes in hex, found 1");
    let error = fields(&bundle).local("place", &json!(["here"])).unwrap_err();
    assert_eq!(error.to_string(), "`place`: expected a string, found an array");
    let unbound = complete(&bundle).authenticated("session", &session_json(&"00".repeat(64))).unwrap();
    let SessionError::Binding(error) = bundle.open_session(unbound, now()).err().unwrap() else {
        panic!("another error")
    };
    assert!(error.to_string().starts_with("`machine` does not name the key given for `session`"), "{error}");
}
