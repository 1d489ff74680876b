//! Which claim of the Attestation Service's input is which claim of a report or quote.
//!
//! Source: the repository `confidential-containers/trustee`, `deps/verifier`: what its verifiers of SNP, TDX and SGX put into their claims. Bytes are texts
//! of lower-case hexadecimal digits there, and numbers of SGX are bytes, least significant first. `init_data` and `report_data` are not among them: the service takes
//! these two out of an attester's claims (`attestation-service/src/ear_token/broker.rs`, `transform_claims`).

use crate::claims::Tee;

/// An attester of Confidential Containers, whose claims stand under its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attester {
    /// The key of its claims.
    pub(crate) key: &'static str,
    /// The same as a name of the language.
    pub(crate) name: &'static str,
    pub(crate) tee: Tee,
}

/// The attesters whose evidence this engine verifies.
pub(crate) const ATTESTERS: [Attester; 5] = [
    Attester { key: "snp", name: "snp", tee: Tee::Snp },
    Attester { key: "az-snp-vtpm", name: "az_snp_vtpm", tee: Tee::Snp },
    Attester { key: "tdx", name: "tdx", tee: Tee::Tdx },
    Attester { key: "az-tdx-vtpm", name: "az_tdx_vtpm", tee: Tee::Tdx },
    Attester { key: "sgx", name: "sgx", tee: Tee::Sgx },
];

/// The keys of the attesters whose evidence it does not. Evidence of one attester has the claims of no other; any other key may be the service's own.
/// Source: the repository `virtee/kbs-types`, `Tee`.
pub(crate) const OTHERS: [&str; 10] =
    ["cca", "csv", "hygondcu", "nvidia", "nvidiadpu", "sample", "sampledevice", "se", "sev", "tpm"];

/// What a claim is on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Hexadecimal digits: `Digest<N>`.
    Digest(usize),
    /// Hexadecimal digits: `Bytes<N>`.
    Bytes(usize),
    /// A number.
    Int,
    /// True or false.
    Bool,
    /// A number: a component of a `Tcb`.
    Component(&'static str),
    /// Hexadecimal digits of so many bytes, least significant first: `Int`.
    LittleEndian(usize),
    /// Intel's word for the state of its patches.
    TcbStatus,
    /// `"0"` where Intel's collateral has not ended. A quote with collateral that has never reaches a policy of this engine.
    InDate,
}

/// A claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    /// Its path under the attester's key.
    path: &'static str,
    /// Its path from the evidence.
    pub(crate) field: &'static str,
    pub(crate) form: Form,
}

const fn claim(path: &'static str, field: &'static str, form: Form) -> Claim {
    Claim { path, field, form }
}

const SNP: &[Claim] = &[
    claim("measurement", "measurement", Form::Digest(48)),
    claim("chip_id", "chip_id", Form::Bytes(64)),
    claim("policy_abi_major", "policy.abi_major", Form::Int),
    claim("policy_abi_minor", "policy.abi_minor", Form::Int),
    claim("policy_smt_allowed", "policy.smt_allowed", Form::Bool),
    claim("policy_migrate_ma", "policy.migrate_ma", Form::Bool),
    claim("policy_debug_allowed", "policy.debug", Form::Bool),
    claim("policy_single_socket", "policy.single_socket", Form::Bool),
    claim("platform_tsme_enabled", "platform_info.tsme_en", Form::Bool),
    claim("platform_smt_enabled", "platform_info.smt_en", Form::Bool),
    claim("reported_tcb_bootloader", "reported_tcb", Form::Component("bootloader")),
    claim("reported_tcb_tee", "reported_tcb", Form::Component("tee")),
    claim("reported_tcb_snp", "reported_tcb", Form::Component("snp")),
    claim("reported_tcb_microcode", "reported_tcb", Form::Component("microcode")),
];

const TDX: &[Claim] = &[
    claim("quote.header.att_key_type", "att_key_type", Form::LittleEndian(2)),
    claim("quote.header.tee_type", "tee_type", Form::LittleEndian(4)),
    claim("quote.header.vendor_id", "qe_vendor_id", Form::Bytes(16)),
    claim("quote.header.user_data", "user_data", Form::Bytes(20)),
    claim("quote.body.tcb_svn", "tee_tcb_svn", Form::Bytes(16)),
    claim("quote.body.mr_seam", "mr_seam", Form::Digest(48)),
    claim("quote.body.mrsigner_seam", "mr_signer_seam", Form::Digest(48)),
    claim("quote.body.seam_attributes", "seam_attributes", Form::Bytes(8)),
    claim("quote.body.td_attributes", "td_attributes.raw", Form::Bytes(8)),
    claim("quote.body.xfam", "xfam", Form::Bytes(8)),
    claim("quote.body.mr_td", "mr_td", Form::Digest(48)),
    claim("quote.body.mr_config_id", "mr_config_id", Form::Digest(48)),
    claim("quote.body.mr_owner", "mr_owner", Form::Digest(48)),
    claim("quote.body.mr_owner_config", "mr_owner_config", Form::Digest(48)),
    claim("quote.body.rtmr_0", "rtmr0", Form::Digest(48)),
    claim("quote.body.rtmr_1", "rtmr1", Form::Digest(48)),
    claim("quote.body.rtmr_2", "rtmr2", Form::Digest(48)),
    claim("quote.body.rtmr_3", "rtmr3", Form::Digest(48)),
    claim("quote.body.report_data", "report_data", Form::Bytes(64)),
    claim("td_attributes.debug", "td_attributes.debug", Form::Bool),
    claim("td_attributes.septve_disable", "td_attributes.sept_ve_disable", Form::Bool),
    claim("td_attributes.protection_keys", "td_attributes.pks", Form::Bool),
    claim("td_attributes.key_locker", "td_attributes.kl", Form::Bool),
    claim("td_attributes.perfmon", "td_attributes.perfmon", Form::Bool),
    claim("tcb_status", "tcb_status", Form::TcbStatus),
    claim("collateral_expiration_status", "", Form::InDate),
];

const SGX: &[Claim] = &[
    claim("body.mr_enclave", "mr_enclave", Form::Digest(32)),
    claim("body.mr_signer", "mr_signer", Form::Digest(32)),
    claim("body.isv_prod_id", "isv_prod_id", Form::LittleEndian(2)),
    claim("body.isv_svn", "isv_svn", Form::LittleEndian(2)),
    claim("body.report_data", "report_data", Form::Bytes(64)),
    claim("tcb_status", "tcb_status", Form::TcbStatus),
    claim("collateral_expiration_status", "", Form::InDate),
];

/// The claim at a path under an attester's key.
pub(crate) fn claim_at(tee: Tee, path: &[&str]) -> Option<&'static Claim> {
    let claims = match tee {
        Tee::Snp => SNP,
        Tee::Tdx => TDX,
        Tee::Sgx => SGX,
    };
    claims.iter().find(|claim| claim.path.split('.').eq(path.iter().copied()))
}

impl Form {
    /// The type of a reference value that it is compared with; none where the language compares it otherwise.
    pub(crate) fn reference(self) -> Option<String> {
        match self {
            Form::Digest(length) => Some(format!("Digest<{length}>")),
            Form::Bytes(length) => Some(format!("Bytes<{length}>")),
            Form::Int => Some("Int".to_owned()),
            Form::Bool => Some("Bool".to_owned()),
            Form::Component(_) | Form::LittleEndian(_) | Form::TcbStatus | Form::InDate => None,
        }
    }
}
