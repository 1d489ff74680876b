//! Which kinds of fact the standard library's claims state, as the laws then take them: by themselves, and through its predicates.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails, in its helpers too")]

use atbac_compiler::pipeline::{self, SourceFile};
use atbac_compiler::types::{Fact, Schema};
use atbac_grammar::codes::{Code, FLOOR};
use atbac_grammar::diagnostic::Severity;
use atbac_grammar::parse;
use atbac_grammar::span::FileId;
use atbac_grammar::syntax::{ItemKind, TypeKind, Word};
use atbac_stdlib::MODULES;

/// The errors of a permit that asks this of evidence `p`, in a package with this floor.
fn errors(package: &str, evidence: &str, floor: &str, condition: &str) -> Vec<Code> {
    let text = format!(
        "package facts; use {package}.{evidence}; floor {floor}: authenticated;
         request Call {{ session p: authenticated {evidence} }}
         permit it for Call {{ require {condition} else \"no\"; require age(p) <= 5m else \"stale\"; }}"
    );
    let refused = pipeline::parse([SourceFile { name: "facts".into(), text }]).check().err();
    let found = refused.into_iter().flat_map(|refused| refused.diagnostics);
    found.filter(|found| found.severity == Severity::Error).map(|found| found.code).collect()
}

/// Every predicate about one piece of evidence and nothing else: its package, the kind of evidence, and how it is asked of `p`.
fn predicates() -> Vec<(&'static str, Word, String)> {
    let mut found = Vec::new();
    for module in MODULES {
        for item in parse(FileId(0), module.source).file.items {
            if let ItemKind::Predicate(predicate) = item.kind
                && let [parameter] = predicate.parameters.as_slice()
                && let TypeKind::Named(evidence, _) = &parameter.ty.value
            {
                let name = module.package.rsplit('.').next().unwrap();
                found.push((module.package, evidence.value.clone(), format!("{name}.{}(p)", predicate.name.value)));
            }
        }
    }
    found
}

/// That a platform is in order says nothing of what runs there: anybody's code can run on a hardened machine.
#[test]
fn no_predicate_about_the_platform_identifies_code_or_workload() {
    let mut identifying = Vec::new();
    let predicates = predicates();
    for (package, evidence, asked) in &predicates {
        assert_eq!(errors(package, evidence, "workload_identity", asked), [FLOOR], "{asked}");
        if errors(package, evidence, "code_identity", asked).is_empty() {
            identifying.push(asked.as_str());
        }
    }
    // The verifier's word that it approved of the code.
    assert_eq!(identifying, ["ear.approved_code(p)"]);
    let hardened = |name: &str| predicates.iter().any(|(.., asked)| asked == name);
    for name in ["snp", "tdx", "sgx", "nras", "ear", "confidential_space"] {
        assert!(hardened(&format!("{name}.hardened(p)")), "{name}");
    }
}

/// And it says that the platform is in order.
#[test]
fn what_is_hardened_is_healthy() {
    let about_health = |asked: &str| asked.ends_with(".hardened(p)") || asked.ends_with(".compliant(p)");
    for (package, evidence, asked) in predicates().iter().filter(|(.., asked)| about_health(asked)) {
        assert_eq!(errors(package, evidence, "platform_health", asked), [], "{asked}");
    }
}

/// Claims that the verifier enforces, or that are about something else than the platform, say nothing of its health.
#[test]
fn what_is_always_so_is_no_health() {
    for (package, evidence, condition) in [
        ("std.nras", "GpuResult", "p.attestation_report_nonce_match"),
        ("std.nras", "GpuResult", "p.attestation_report_signature_verified"),
        ("std.nras", "GpuResult", "p.attestation_report_cert_status == \"valid\""),
        ("std.nras", "GpuResult", "p.attestation_report_cert_ocsp_status != \"revoked\""),
        ("std.nras", "GpuResult", "p.driver_rim_fetched and p.driver_rim_signature_verified"),
        ("std.nras", "GpuResult", "p.vbios_rim_measurements_available and p.vbios_rim_cert_status == \"valid\""),
        ("std.gpu", "Gpu", "p.fwid_not_configured is present and p.fwid_not_configured"),
        ("std.gpu", "Switch", "p.fwid_not_configured is present and p.fwid_not_configured"),
    ] {
        assert_eq!(errors(package, evidence, "platform_health", condition), [FLOOR], "{condition}");
    }
    for condition in ["p.overall_result", "p.measres == success", "p.driver_version >= version\"570.133.20\""] {
        assert_eq!(errors("std.nras", "GpuResult", "platform_health", condition), [], "{condition}");
    }
}

/// Claims of a service's token, and the claims of hardware that they repeat.
const REPEATED: &[(&str, &str)] = &[
    ("Token.snp_launch_measurement", "Snp.measurement"),
    ("Token.snp_id_key_digest", "Snp.id_key_digest"),
    ("Token.snp_author_key_digest", "Snp.author_key_digest"),
    ("Token.snp_host_data", "Snp.host_data"),
    ("Token.snp_report_id", "Snp.report_id"),
    ("Token.snp_guest_svn", "Snp.guest_svn"),
    ("Token.snp_vmpl", "Snp.vmpl"),
    ("Token.snp_migration_allowed", "Snp.policy"),
    ("Token.snp_smt_allowed", "Snp.policy"),
    ("Token.snp_bootloader_svn", "Snp.reported_tcb"),
    ("Token.snp_tee_svn", "Snp.reported_tcb"),
    ("Token.snp_snpfw_svn", "Snp.reported_tcb"),
    ("Token.snp_microcode_svn", "Snp.reported_tcb"),
    ("Token.tdx_mrtd", "Tdx.mr_td"),
    ("Token.tdx_rtmr0", "Tdx.rtmr0"),
    ("Token.tdx_rtmr1", "Tdx.rtmr1"),
    ("Token.tdx_rtmr2", "Tdx.rtmr2"),
    ("Token.tdx_rtmr3", "Tdx.rtmr3"),
    ("Token.tdx_mrseam", "Tdx.mr_seam"),
    ("Token.tdx_mrsignerseam", "Tdx.mr_signer_seam"),
    ("Token.tdx_mrconfigid", "Tdx.mr_config_id"),
    ("Token.tdx_mrowner", "Tdx.mr_owner"),
    ("Token.tdx_td_attributes", "Tdx.td_attributes"),
    ("Token.tdx_tee_tcb_svn", "Tdx.tee_tcb_svn"),
    ("Token.tdx_tcb_status", "Tdx.tcb_status"),
    ("Token.sgx_mrenclave", "Sgx.mr_enclave"),
    ("Token.sgx_mrsigner", "Sgx.mr_signer"),
    ("Token.sgx_product_id", "Sgx.isv_prod_id"),
    ("Token.sgx_svn", "Sgx.isv_svn"),
    ("Token.report_data", "Snp.report_data"),
    ("Token.report_data", "Tdx.report_data"),
    ("Token.report_data", "Sgx.report_data"),
    ("GpuResult.nonce", "Gpu.nonce"),
    ("GpuResult.arch", "Gpu.arch"),
    ("GpuResult.hwmodel", "Gpu.hwmodel"),
    ("GpuResult.ueid", "Gpu.ueid"),
    ("GpuResult.driver_version", "Gpu.driver_version"),
    ("GpuResult.vbios_version", "Gpu.vbios_version"),
];

/// A token that repeats what hardware said proves no more by it than the hardware does.
#[test]
fn what_a_token_repeats_is_of_no_stronger_kind() {
    let text = "package claims; use std.maa.Token; use std.nras.GpuResult; use std.snp.Snp; use std.tdx.Tdx; use std.sgx.Sgx; use std.gpu.Gpu;
        request Call {
          session t: authenticated Token, session g: authenticated GpuResult,
          session a: attested Snp, session b: attested Tdx, session c: attested Sgx, session d: attested Gpu,
        }";
    let checked = pipeline::parse([SourceFile { name: "claims".into(), text: text.into() }]).check();
    let checked = checked.unwrap_or_else(|refused| panic!("{:?}", refused.diagnostics));
    let schema = &checked.policy.schema;
    for (repeated, said) in REPEATED {
        let (repeats, says) = (fact(schema, repeated), fact(schema, said));
        assert!(repeats == Fact::Circumstance || repeats == says, "`{repeated}` is {repeats:?}, `{said}` is {says:?}");
    }
    // None is left out.
    let token = schema.structs.iter().find(|each| each.name == "Token").unwrap();
    for claim in &token.fields {
        let name = format!("Token.{}", claim.name);
        let is_of_hardware = ["snp_", "tdx_", "sgx_"].iter().any(|prefix| claim.name.starts_with(prefix));
        assert!(!is_of_hardware || REPEATED.iter().any(|(repeated, _)| *repeated == name), "{name}");
    }
}

/// The kind of fact that a claim, `Evidence.claim`, states.
fn fact(schema: &Schema, claim: &str) -> Fact {
    let (evidence, claim) = claim.split_once('.').unwrap();
    let evidence = schema.structs.iter().find(|each| each.name == evidence).unwrap();
    evidence.fields.iter().find(|field| field.name == claim).unwrap().fact.unwrap_or(Fact::Circumstance)
}
