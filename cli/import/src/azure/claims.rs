//! Which claim of an Azure token is which field of `std.maa`.
//!
//! Source: Microsoft, "Azure Attestation: Claim sets" and "EAT profile for Intel TDX". A virtual machine that attests as a whole has its hardware's claims in
//! `x-ms-isolation-tee`; `std.maa` reads them from there, so a condition also says which form of token it is about.

use crate::claims::Comparison;
use crate::condition::Condition;
use crate::finding::{Code, Findings, Place};
use crate::package::excerpt;
use atbac_grammar::print_text;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The forms of a token, as conditions.
pub(super) const FORMS: [&str; 2] = [DIRECT, WHOLE];
const DIRECT: &str = "form == direct";
const WHOLE: &str = "form == whole_machine";
/// Before the names of the claims of a whole machine's hardware.
const INNER: &str = "x-ms-isolation-tee.";

/// What a policy compares a claim with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Bool(bool),
    Int(i64),
    Text(String),
}

impl Literal {
    /// For people.
    pub(super) fn shown(&self) -> String {
        match self {
            Literal::Bool(value) => format!("`{value}`"),
            Literal::Int(number) => format!("{number}"),
            Literal::Text(text) => format!("`{}`", excerpt(text)),
        }
    }
}

/// How a claim is written, in the token and in `std.maa`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A text of lower-case hexadecimal digits; so many bytes.
    Hex(usize),
    /// A text in base64url; bytes.
    Base64Url,
    Int,
    Text,
    /// A truth that only environments of one kind state, all in the field `debuggable`.
    Debuggable,
    /// A truth that may be absent.
    Bool,
    /// The kind of environment.
    Kind,
}

/// A claim that policies may ask about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    field: &'static str,
    form: Form,
    /// The kind of environment that states it, where there is one.
    tee: Option<&'static str>,
}

/// A claim, and whether it is of a whole machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    claim: &'static Claim,
    inner: bool,
}

const SGX: Option<&str> = Some("sgx");
const SNP: Option<&str> = Some("sev_snp");
const TDX: Option<&str> = Some("tdx");

const fn claim(field: &'static str, form: Form, tee: Option<&'static str>) -> Claim {
    Claim { field, form, tee }
}

/// Every claim that has an exact counterpart. Not among them: the nonce, secure boot and the machine's identity, which `std.maa` puts together from several claims.
const CLAIMS: &[(&str, Claim)] = &[
    ("x-ms-attestation-type", claim("tee", Form::Kind, None)),
    ("x-ms-compliance-status", claim("compliance_status", Form::Text, None)),
    ("x-ms-policy-hash", claim("policy_hash", Form::Base64Url, None)),
    ("x-ms-sgx-is-debuggable", claim("debuggable", Form::Debuggable, SGX)),
    ("x-ms-sgx-mrenclave", claim("sgx_mrenclave", Form::Hex(32), SGX)),
    ("x-ms-sgx-mrsigner", claim("sgx_mrsigner", Form::Hex(32), SGX)),
    ("x-ms-sgx-product-id", claim("sgx_product_id", Form::Int, SGX)),
    ("x-ms-sgx-svn", claim("sgx_svn", Form::Int, SGX)),
    ("x-ms-sevsnpvm-is-debuggable", claim("debuggable", Form::Debuggable, SNP)),
    ("x-ms-sevsnpvm-reportdata", claim("report_data", Form::Hex(64), SNP)),
    ("x-ms-sevsnpvm-launchmeasurement", claim("snp_launch_measurement", Form::Hex(48), SNP)),
    ("x-ms-sevsnpvm-idkeydigest", claim("snp_id_key_digest", Form::Hex(48), SNP)),
    ("x-ms-sevsnpvm-authorkeydigest", claim("snp_author_key_digest", Form::Hex(48), SNP)),
    ("x-ms-sevsnpvm-hostdata", claim("snp_host_data", Form::Hex(32), SNP)),
    ("x-ms-sevsnpvm-reportid", claim("snp_report_id", Form::Hex(32), SNP)),
    ("x-ms-sevsnpvm-guestsvn", claim("snp_guest_svn", Form::Int, SNP)),
    ("x-ms-sevsnpvm-vmpl", claim("snp_vmpl", Form::Int, SNP)),
    ("x-ms-sevsnpvm-migration-allowed", claim("snp_migration_allowed", Form::Bool, SNP)),
    ("x-ms-sevsnpvm-smt-allowed", claim("snp_smt_allowed", Form::Bool, SNP)),
    ("x-ms-sevsnpvm-bootloader-svn", claim("snp_bootloader_svn", Form::Int, SNP)),
    ("x-ms-sevsnpvm-tee-svn", claim("snp_tee_svn", Form::Int, SNP)),
    ("x-ms-sevsnpvm-snpfw-svn", claim("snp_snpfw_svn", Form::Int, SNP)),
    ("x-ms-sevsnpvm-microcode-svn", claim("snp_microcode_svn", Form::Int, SNP)),
    ("tdx_td_attributes_debug", claim("debuggable", Form::Debuggable, TDX)),
    ("tdx_report_data", claim("report_data", Form::Hex(64), TDX)),
    ("tdx_mrtd", claim("tdx_mrtd", Form::Hex(48), TDX)),
    ("tdx_rtmr0", claim("tdx_rtmr0", Form::Hex(48), TDX)),
    ("tdx_rtmr1", claim("tdx_rtmr1", Form::Hex(48), TDX)),
    ("tdx_rtmr2", claim("tdx_rtmr2", Form::Hex(48), TDX)),
    ("tdx_rtmr3", claim("tdx_rtmr3", Form::Hex(48), TDX)),
    ("tdx_mrseam", claim("tdx_mrseam", Form::Hex(48), TDX)),
    ("tdx_mrsignerseam", claim("tdx_mrsignerseam", Form::Hex(48), TDX)),
    ("tdx_mrconfigid", claim("tdx_mrconfigid", Form::Hex(48), TDX)),
    ("tdx_mrowner", claim("tdx_mrowner", Form::Hex(48), TDX)),
    ("tdx_td_attributes", claim("tdx_td_attributes", Form::Hex(8), TDX)),
    ("tdx_tee_tcb_svn", claim("tdx_tee_tcb_svn", Form::Hex(16), TDX)),
    ("attester_tcb_status", claim("tdx_tcb_status", Form::Text, TDX)),
];

/// Names of before 2021. Source: "Claim sets", the tables of deprecated claims.
const FORMER: &[(&str, &str)] = &[
    ("tee", "x-ms-attestation-type"),
    ("$tee", "x-ms-attestation-type"),
    ("is-debuggable", "x-ms-sgx-is-debuggable"),
    ("$is-debuggable", "x-ms-sgx-is-debuggable"),
    ("sgx-mrsigner", "x-ms-sgx-mrsigner"),
    ("$sgx-mrsigner", "x-ms-sgx-mrsigner"),
    ("sgx-mrenclave", "x-ms-sgx-mrenclave"),
    ("$sgx-mrenclave", "x-ms-sgx-mrenclave"),
    ("product-id", "x-ms-sgx-product-id"),
    ("$product-id", "x-ms-sgx-product-id"),
    ("svn", "x-ms-sgx-svn"),
    ("$svn", "x-ms-sgx-svn"),
    ("policy_hash", "x-ms-policy-hash"),
    ("maa-policyHash", "x-ms-policy-hash"),
];

/// What names of the service's claims begin with.
const SERVICE: [&str; 6] = ["x-ms-", "tdx_", "attester_", "maa-", "aas-", "$"];
/// Other names that the service gives claims, without a counterpart here: those of TPMs and of tokens. Source: "Claim sets".
const SERVICE_NAMES: [&str; 16] = [
    "aikPubHash",
    "aikValidated",
    "bootDebuggingDisabled",
    "codeIntegrityEnabled",
    "events",
    "exp",
    "iat",
    "iss",
    "jku",
    "jti",
    "nbf",
    "nonce",
    "rp_data",
    "secureBootEnabled",
    "tpmVersion",
    "vbsEnabled",
];

/// Whether the service itself may give a token a claim of this name, rather than a policy alone.
pub(super) fn is_of_service(name: &str) -> bool {
    CLAIMS.iter().any(|(known, _)| *known == name)
        || FORMER.iter().any(|(former, _)| *former == name)
        || SERVICE.iter().any(|prefix| name.starts_with(prefix))
        || SERVICE_NAMES.contains(&name)
}

/// The claim of a name; a finding where there is none, or where the name is a former one.
pub(super) fn find(name: &str, place: &Place, findings: &mut Findings) -> Option<Found> {
    let (inner, bare) = match name.strip_prefix(INNER) {
        Some(bare) => (true, bare),
        None => (false, name),
    };
    let former = FORMER.iter().find(|(former, _)| *former == bare && !inner);
    let bare = former.map_or(bare, |(_, now)| now);
    let found = CLAIMS.iter().find(|(known, claim)| *known == bare && !(inner && claim.form == Form::Base64Url));
    match found {
        Some((now, claim)) => {
            if let Some((former, _)) = former {
                findings.add(
                    Code::Alias,
                    Some(place),
                    format!("`{former}` is the name that `{now}` had before 2021, and so it was understood"),
                    format!("write `{now}`"),
                );
            }
            Some(Found { claim, inner })
        }
        None => {
            findings.add(
                Code::NoCounterpart,
                Some(place),
                format!("`{}` has no exact counterpart in `std.maa`; what needs it is left out", excerpt(name)),
                "ask for another claim, or decide on the evidence itself with `std.snp`, `std.tdx` or `std.sgx`",
            );
            None
        }
    }
}

impl Found {
    /// The claim is there, and compares so. A claim that is absent fails every comparison.
    pub(super) fn compared(
        &self,
        comparison: Comparison,
        with: &Literal,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition {
        use Comparison::{Equal, Unequal};
        let field = format!("token.{}", self.claim.field);
        let sign = comparison.sign();
        let is_equality = matches!(comparison, Equal | Unequal);
        // A text that the claim never has.
        let mut never = |why: &str| {
            findings.add(
                Code::NeverHolds,
                Some(place),
                format!("the claim never equals {}: {why}", with.shown()),
                "mend the value in the source",
            );
            if comparison == Unequal { self.present(true) } else { Condition::Constant(false) }
        };
        match (self.claim.form, with) {
            (Form::Hex(length), Literal::Text(text)) if is_equality => match hex::decode(text) {
                Ok(bytes) if bytes.len() == length && hex::encode(&bytes) == *text => {
                    self.guarded(Condition::present(&field, format!("{field} {sign} hex\"{text}\"")))
                }
                _ => never(&format!("it is a text of {} lower-case hexadecimal digits", 2 * length)),
            },
            (Form::Base64Url, Literal::Text(text)) if is_equality => match URL_SAFE_NO_PAD.decode(text) {
                Ok(bytes) => {
                    self.guarded(Condition::present(&field, format!("{field} {sign} hex\"{}\"", hex::encode(bytes))))
                }
                Err(_) => never("it is a text in base64url, without padding"),
            },
            (Form::Int, Literal::Int(number)) => {
                self.guarded(Condition::present(&field, format!("{field} {sign} {number}")))
            }
            (Form::Text, Literal::Text(text)) if is_equality => {
                self.guarded(Condition::present(&field, format!("{field} {sign} {}", print_text(text))))
            }
            (Form::Bool, Literal::Bool(value)) if is_equality => {
                let holds = Condition::atom(field.clone());
                let holds = if *value == (comparison == Equal) { holds } else { holds.not() };
                self.guarded(Condition::All(vec![Condition::atom(format!("{field} is present")), holds]))
            }
            (Form::Debuggable, Literal::Bool(value)) if is_equality => {
                let holds = Condition::atom(field);
                self.guarded(if *value == (comparison == Equal) { holds } else { holds.not() })
            }
            (Form::Kind, Literal::Text(text)) if is_equality => {
                let whole = Condition::atom(WHOLE);
                let is = match (text.as_str(), self.inner) {
                    ("azurevm", false) => whole,
                    ("sgx", _) => self.guarded(Condition::atom(format!("{field} == sgx"))),
                    ("sevsnpvm", _) => self.guarded(Condition::atom(format!("{field} == sev_snp"))),
                    ("tdxvm", _) => self.guarded(Condition::atom(format!("{field} == tdx"))),
                    _ => return never("it is `sgx`, `sevsnpvm`, `tdxvm` or `azurevm`"),
                };
                if comparison == Equal { is } else { Condition::All(vec![self.present(true), is.not()]) }
            }
            _ => {
                findings.add(
                    Code::Value,
                    Some(place),
                    format!(
                        "{} is of another type than the claim, or has no such order; what needs it is left out",
                        with.shown()
                    ),
                    "write truths as `true` and `false` without quotes, versions as numbers, and digests as texts",
                );
                Condition::Unknown
            }
        }
    }

    /// The claim is there, or not.
    pub(super) fn present(&self, wanted: bool) -> Condition {
        let field = format!("token.{}", self.claim.field);
        let there = match self.claim.form {
            // Every token has one; of a whole machine it stands inside as well.
            Form::Kind if !self.inner => Condition::Constant(true),
            Form::Kind => Condition::atom(WHOLE),
            Form::Debuggable => self.guarded(Condition::Constant(true)),
            Form::Hex(_) | Form::Base64Url | Form::Int | Form::Text | Form::Bool => {
                self.guarded(Condition::atom(format!("{field} is present")))
            }
        };
        if wanted { there } else { there.not() }
    }

    /// The condition, in a token of the form that has the claim, and of an environment that states it.
    fn guarded(&self, condition: Condition) -> Condition {
        let mut all = Vec::new();
        // The policy's digest stands outside in either form.
        if self.claim.form != Form::Base64Url {
            all.push(Condition::atom(if self.inner { WHOLE } else { DIRECT }));
        }
        let is_shared = matches!(self.claim.field, "debuggable" | "report_data");
        if let Some(tee) = self.claim.tee.filter(|_| is_shared) {
            all.push(Condition::atom(format!("token.tee == {tee}")));
        }
        all.push(condition);
        Condition::All(all)
    }
}
