//! dcap-qvl, another verifier of quotes: what it says of the same bytes.

mod library;

use dcap_qvl::policy::{PckCertFlag, QuoteClaims};
use dcap_qvl::quote::{EnclaveReport, Report, TDReport10, TDReport15, TDReport15Ex};
use jiff::Timestamp;
use serde_json::{Value, json};

/// What dcap-qvl makes of a quote: its claims, or the texts of its error.
pub(crate) fn verify(quote: &[u8], collateral: &Value, root: &[u8], now: Timestamp) -> Result<QuoteClaims, String> {
    let collateral = serde_json::from_value(collateral.clone()).map_err(|error| error.to_string())?;
    library::verify(quote, &collateral, root, u64::try_from(now.as_second()).unwrap_or(0))
}

/// Its claims under our names, but for `expires_at`, `verified_at`, and the flags of attributes, of which there is `raw` only.
pub(crate) fn named(claims: &QuoteClaims) -> Value {
    let header = &claims.header;
    let mut named = json!({
        "version": header.version,
        "att_key_type": header.attestation_key_type,
        "tee_type": header.tee_type,
        "qe_vendor_id": hex::encode(header.qe_vendor_id),
        "user_data": hex::encode(header.user_data),
    });
    let mut add = |claims: Value| {
        let Value::Object(claims) = claims else { panic!("claims are an object") };
        named.as_object_mut().unwrap().extend(claims);
    };
    match &claims.report {
        Report::SgxEnclave(report) => {
            add(json!({ "qe_svn": header.qe_svn, "header_pce_svn": header.pce_svn }));
            add(enclave(report));
        }
        Report::TD10(report) => add(td10(report)),
        Report::TD15(report) => {
            add(td10(&report.base));
            add(td15(report));
        }
        Report::TD15Ex(report) => {
            add(td10(&report.base.base));
            add(td15(&report.base));
            add(td15_ex(report));
        }
    }
    let is_sgx = matches!(claims.report, Report::SgxEnclave(_));
    add(platform(claims, if is_sgx { "pck_cpu_svn" } else { "cpu_svn" }));
    named
}

fn enclave(report: &EnclaveReport) -> Value {
    json!({
        "cpu_svn": hex::encode(report.cpu_svn),
        "misc_select": report.misc_select,
        "attributes": { "raw": hex::encode(report.attributes) },
        "mr_enclave": hex::encode(report.mr_enclave),
        "mr_signer": hex::encode(report.mr_signer),
        "isv_prod_id": report.isv_prod_id,
        "isv_svn": report.isv_svn,
        "report_data": hex::encode(report.report_data),
    })
}

fn td10(report: &TDReport10) -> Value {
    json!({
        "tee_tcb_svn": hex::encode(report.tee_tcb_svn),
        "mr_seam": hex::encode(report.mr_seam),
        "mr_signer_seam": hex::encode(report.mr_signer_seam),
        "seam_attributes": hex::encode(report.seam_attributes),
        "td_attributes": { "raw": hex::encode(report.td_attributes) },
        "xfam": hex::encode(report.xfam),
        "mr_td": hex::encode(report.mr_td),
        "mr_config_id": hex::encode(report.mr_config_id),
        "mr_owner": hex::encode(report.mr_owner),
        "mr_owner_config": hex::encode(report.mr_owner_config),
        "rtmr0": hex::encode(report.rt_mr0),
        "rtmr1": hex::encode(report.rt_mr1),
        "rtmr2": hex::encode(report.rt_mr2),
        "rtmr3": hex::encode(report.rt_mr3),
        "report_data": hex::encode(report.report_data),
    })
}

fn td15(report: &TDReport15) -> Value {
    json!({ "tee_tcb_svn2": hex::encode(report.tee_tcb_svn2), "mr_service_td": hex::encode(report.mr_service_td) })
}

fn td15_ex(report: &TDReport15Ex) -> Value {
    json!({
        "vmid": report.vmid,
        "td_id": hex::encode(report.td_id),
        "dev_info": hex::encode(report.dev_info),
        "init_service_td_hash": hex::encode(report.init_service_td_hash),
        "init_service_td_attributes": hex::encode(report.init_service_td_attributes),
        "init_cpu_svn": hex::encode(report.init_cpu_svn),
        "init_tee_tcb_svn": hex::encode(report.init_tee_tcb_svn),
        "init_tee_fmspc": hex::encode(report.init_tee_fmspc),
        "cur_service_td_hash": hex::encode(report.cur_service_td_hash),
        "cur_service_td_attributes": hex::encode(report.cur_service_td_attributes),
    })
}

fn platform(claims: &QuoteClaims, cpu_svn: &str) -> Value {
    let (platform, qe) = (&claims.platform, &claims.qe.tcb_level);
    let (pck, current) = (&platform.pck, platform.current_tcb_level.as_ref());
    let sgx_type = ["Standard", "Scalable", "ScalableWithIntegrity"][usize::from(pck.sgx_type)];
    let time = |seconds: u64| Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap();
    let flag = |flag: PckCertFlag| match flag {
        PckCertFlag::True => Some(true),
        PckCertFlag::False => Some(false),
        PckCertFlag::Undefined => None,
    };
    let dates = [&platform.tcb_level.tcb_date, &qe.tcb_date];
    let dates = dates.into_iter().chain(current.map(|level| &level.tcb_date));
    let mut advisories: Vec<&String> =
        claims.tcb.advisory_ids.iter().chain(current.iter().flat_map(|level| &level.advisory_ids)).collect();
    advisories.sort();
    advisories.dedup();
    // Its verdict leaves out some of what the quoting enclave and the current TCB ask for: see docs/evidence.md.
    let parts = current.map(|level| level.tcb_status.to_string()).into_iter().chain([qe.tcb_status.to_string()]);
    let together = parts.fold(claims.tcb.status.to_string(), |so_far, part| converge(&so_far, &part));
    json!({
        "tcb_status": together,
        "qe_status": qe.tcb_status.to_string(),
        "platform_status": platform.tcb_level.tcb_status.to_string(),
        "current_status": current.map(|level| level.tcb_status.to_string()),
        "tcb_date": dates.map(|date| date.parse::<Timestamp>().unwrap()).min().unwrap().to_string(),
        "tcb_eval_data_number": claims.tcb.eval_data_number,
        "advisory_ids": advisories,
        "fmspc": hex::encode(pck.fmspc),
        "ppid": hex::encode(&pck.ppid),
        "platform_instance_id": pck.platform_instance_id.map(hex::encode),
        "pce_svn": pck.pce_svn,
        cpu_svn: hex::encode(pck.cpu_svn),
        "sgx_type": sgx_type,
        "dynamic_platform": flag(pck.dynamic_platform),
        "cached_keys": flag(pck.cached_keys),
        "smt_enabled": flag(pck.smt_enabled),
        "earliest_issue": time(claims.earliest_issue_date).to_string(),
        "earliest_expiration": time(claims.earliest_expiration_date).to_string(),
        "root_crl_number": platform.root_ca_crl_num,
        "pck_crl_number": platform.pck_crl_num,
    })
}

/// The table of statuses in docs/evidence.md: the worst of the patches, and configuration and hardening where either needs them.
fn converge(one: &str, other: &str) -> String {
    let patches = |status: &str| match status {
        "TDRelaunchAdvised" | "TDRelaunchAdvisedConfigurationNeeded" => 1,
        "OutOfDate" | "OutOfDateConfigurationNeeded" => 2,
        "Revoked" => 3,
        _ => 0,
    };
    let needs = |what: &str| one.contains(what) || other.contains(what);
    match (patches(one).max(patches(other)), needs("Configuration"), needs("SWHardening")) {
        (0, false, false) => "UpToDate",
        (0, false, true) => "SWHardeningNeeded",
        (0, true, false) => "ConfigurationNeeded",
        (0, true, true) => "ConfigurationAndSWHardeningNeeded",
        (1, false, _) => "TDRelaunchAdvised",
        (1, true, _) => "TDRelaunchAdvisedConfigurationNeeded",
        (2, false, _) => "OutOfDate",
        (2, true, _) => "OutOfDateConfigurationNeeded",
        _ => "Revoked",
    }
    .to_owned()
}
