//! What a package's own evidence schemas may say of what a verifier checks.

use atbac_compiler::pipeline::{self, SourceFile};
use atbac_compiler::verifier::VERIFIERS;
use atbac_grammar::codes::{Code, FLOOR, INVALID_EVIDENCE, INVALID_REQUEST, VERIFIER};
use atbac_grammar::diagnostic::Severity;

fn found(declarations: &str) -> Vec<Code> {
    let text = format!("package own; use std.snp.{{Snp, GuestPolicy}}; {declarations}");
    let refused = pipeline::parse([SourceFile { name: "own".into(), text }]).check().err();
    refused
        .into_iter()
        .flat_map(|refused| refused.diagnostics)
        .filter(|found| found.severity == Severity::Error)
        .map(|found| found.code)
        .collect()
}

/// A schema for a verifier, with these claims.
fn schema(verifier: &str, rest: &str, claims: &str) -> Vec<Code> {
    found(&format!(
        "evidence Own \"own\" @verifier(\"{verifier}\") {rest} {{ {claims} issued_at: Instant, verified_at: Instant, expires_at: Instant }}"
    ))
}

/// A schema for SEV-SNP reports with these claims, beside a record `Policy` with these fields.
fn snp(claims: &str, policy: &str) -> Vec<Code> {
    found(&format!(
        "record Policy {{ {policy} }}
         evidence Own \"own\" @verifier(\"sev-snp\") @max_age(24h) {{ {claims} verified_at: Instant, expires_at: Instant }}"
    ))
}

#[test]
fn only_known_verifiers_are_named() {
    assert_eq!(schema("approval", "@max_age(90000h)", "@fact(workload_identity) name: String,"), []);
    for unknown in ["foo", "", "SEV-SNP", "sev-snp ", "approvals"] {
        assert_eq!(schema(unknown, "@max_age(1h)", ""), [VERIFIER], "{unknown:?}");
    }
}

const POLICY: &str = "@fact(platform_health) policy: Policy,";

#[test]
fn a_schema_may_leave_out_what_the_standard_one_says() {
    for claims in [
        "",
        "@fact(code_identity) measurement: Digest<48>, vmpl: Int,",
        "@fact(platform_health) policy: GuestPolicy,",
        "host_data: Bytes<32>,",
        // Less than it proves.
        "@fact(circumstance) measurement: Digest<48>,",
        "measurement: Digest<48>,",
    ] {
        assert_eq!(snp(claims, ""), [], "{claims}");
    }
    // A record of one's own, with some of the fields.
    assert_eq!(snp(POLICY, "debug: Bool, @fact(circumstance) abi_minor: Int"), []);
    assert_eq!(snp(POLICY, "@fact(circumstance) debug: Bool"), []);
}

#[test]
fn a_schema_says_no_more_than_the_standard_one() {
    for claims in [
        // Chosen by the host, or by the code itself.
        "@fact(code_identity) host_data: Bytes<32>,",
        "@fact(workload_identity) report_data: Bytes<64>,",
        "@fact(code_identity) vmpl: Int,",
        "@fact(platform_health) product: Product,",
        // Through a record.
        "@fact(code_identity) policy: GuestPolicy,",
        // Of another type, or not said at all.
        "vmpl: String,",
        "vmpl: Int?,",
        "csp_id: String,",
        "measurement: Bytes<48>,",
        "policy: Bool,",
        "product: Order,",
        "unheard_of: Bool,",
    ] {
        let found = found(&format!(
            "use std.snp.Product; enum Order {{ Genoa, Milan, Turin }}
             evidence Own \"own\" @verifier(\"sev-snp\") @max_age(24h) {{ {claims} verified_at: Instant, expires_at: Instant }}"
        ));
        assert_eq!(found, [VERIFIER], "{claims}");
    }
    for policy in ["@fact(code_identity) debug: Bool", "abi_minor: Int", "debug: Int", "unheard_of: Bool"] {
        assert_eq!(snp(POLICY, policy), [VERIFIER], "{policy}");
    }
}

#[test]
fn a_schema_lasts_no_longer_than_the_standard_one() {
    let dated = "@age_from(issued_at)";
    for (verifier, longest, date, claims) in [
        ("sev-snp", "24h", "", ""),
        ("tdx", "24h", "", ""),
        ("jwt-svid", "1h", dated, "issued_at: Instant,"),
        ("agent-session", "12h", dated, "issued_at: Instant,"),
    ] {
        let of = |age: &str| {
            found(&format!(
                "evidence Own \"own\" @verifier(\"{verifier}\") {date} {age} {{ {claims} verified_at: Instant, expires_at: Instant }}"
            ))
        };
        assert_eq!(of(&format!("@max_age({longest})")), [], "{verifier}");
        assert_eq!(of("@max_age(1m)"), [], "{verifier}");
        assert_eq!(of("@max_age(90000h)"), [VERIFIER], "{verifier}");
        assert_eq!(of(""), [VERIFIER], "{verifier}");
    }
}

/// Evidence is as old as its verifier says, and none is younger the later it ends.
#[test]
fn age_counts_from_the_standard_date() {
    let tdx = |rest: &str| {
        found(&format!(
            "evidence Own \"own\" @verifier(\"tdx\") @max_age(1h) {rest} {{ tcb_date: Instant, verified_at: Instant, expires_at: Instant }}"
        ))
    };
    assert_eq!(tdx(""), []);
    assert_eq!(tdx("@age_from(verified_at)"), []);
    assert_eq!(tdx("@age_from(tcb_date)"), [VERIFIER]);
    assert_eq!(tdx("@age_from(expires_at)"), [INVALID_EVIDENCE]);
    assert_eq!(schema("approval", "@age_from(issued_at)", ""), []);
    assert_eq!(schema("approval", "@age_from(expires_at)", ""), [INVALID_EVIDENCE]);
}

#[test]
fn only_what_hardware_signs_is_attested() {
    let request = |ty: &str| {
        found(&format!(
            "use std.agent.{{Approval, Session}}; use std.gpu.Gpu;
             evidence Own \"own\" @verifier(\"ear\") @age_from(issued_at) @max_age(1h) {{ issued_at: Instant, verified_at: Instant, expires_at: Instant }}
             request Call {{ call it: attested {ty} }}"
        ))
    };
    for ty in ["Snp", "Gpu", "[Snp; 4]", "Snp | Gpu", "Gpu?"] {
        assert_eq!(request(ty), [], "{ty}");
    }
    for ty in ["Approval", "Session", "Own", "[Session; 4]", "Snp | Session", "Approval?"] {
        assert_eq!(request(ty), [INVALID_REQUEST], "{ty}");
    }
}

/// What the fields around evidence are called says nothing of its claims.
#[test]
fn no_label_around_evidence_is_its_claims() {
    let of = |request: &str| {
        found(&format!(
            "floor code_identity: attested;
             evidence Own \"own\" @verifier(\"sev-snp\") @max_age(24h) {{ host_data: Bytes<32>, verified_at: Instant, expires_at: Instant }}
             reference builds: Set<Bytes<32>>;
             request Call {{ {request} session p: attested Own }}
             permit it for Call {{ require p.host_data in builds and age(p) <= 5m else \"\"; }}"
        ))
    };
    assert_eq!(of(""), [FLOOR]);
    assert_eq!(of("@fact(code_identity)"), [FLOOR]);
}

/// Each verifier with a schema in the standard library is known.
#[test]
fn the_standard_library_names_known_verifiers() {
    for module in atbac_stdlib::MODULES {
        for named in module.source.split("@verifier(\"").skip(1) {
            let name = named.split('"').next().unwrap_or_default();
            assert!(VERIFIERS.iter().any(|known| known.name == name), "{}: {name}", module.package);
        }
    }
}
