//! What Intel's collateral makes of a platform: every part of it counts in `tcb_status`, `advisory_ids` and `tcb_date`.

use atbac_evidence::dcap::Platform;
use atbac_simulation::QuoteForgery;
use serde_json::{Value, json};

use crate::files::at;
use crate::forged_quote::{changed, now, tdx};

/// The platform of a TDX 1.5 quote whose module had the security version `launch` at launch and has `current` now.
/// By the collateral, 6 is up to date and 5 is missing what an advisory of 2024 says.
fn updated(launch: u8, current: u8, change: impl FnOnce(&mut QuoteForgery)) -> Platform {
    let mut forgery = QuoteForgery::tdx15();
    forgery.tcb_info["tdxModuleIdentities"][0]["tcbLevels"] = json!([
        { "tcb": { "isvsvn": 6 }, "tcbDate": "2025-08-13T00:00:00Z", "tcbStatus": "UpToDate" },
        {
            "tcb": { "isvsvn": 5 },
            "tcbDate": "2024-08-13T00:00:00Z",
            "tcbStatus": "OutOfDate",
            "advisoryIDs": ["INTEL-SA-01036"],
        },
    ]);
    forgery.quote.body[0] = launch;
    forgery.quote.body[584] = current;
    change(&mut forgery);
    tdx(&forgery.mint(), now()).unwrap().platform.clone()
}

fn advisories(platform: &Platform) -> Vec<&str> {
    platform.advisory_ids.iter().map(String::as_str).collect()
}

#[test]
fn a_platform_out_of_date_verifies_and_says_so() {
    let minted = changed(|f| f.tcb_info["tcbLevels"][0]["tcb"]["pcesvn"] = json!(12));
    let platform = tdx(&minted, now()).unwrap().platform.clone();
    assert_eq!(platform.tcb_status.name(), "OutOfDate");
    assert_eq!(platform.platform_status.name(), "OutOfDate");
    assert_eq!(platform.qe_status.name(), "UpToDate");
    assert_eq!(advisories(&platform), ["INTEL-SA-00960"]);
}

#[test]
fn a_module_updated_since_the_launch_advises_a_relaunch() {
    let platform = updated(5, 6, |_| {});
    assert_eq!(platform.tcb_status.name(), "TDRelaunchAdvised");
    assert_eq!(platform.platform_status.name(), "OutOfDate");
    assert_eq!(platform.current_status.unwrap().name(), "UpToDate");
    assert_eq!(platform.tcb_date, at("2024-08-13T00:00:00Z"));
    assert_eq!(advisories(&platform), ["INTEL-SA-01036"]);
}

#[test]
fn a_module_out_of_date_now_counts() {
    let platform = updated(6, 5, |_| {});
    assert_eq!(platform.tcb_status.name(), "OutOfDate");
    assert_eq!(platform.platform_status.name(), "UpToDate");
    assert_eq!(platform.current_status.unwrap().name(), "OutOfDate");
    assert_eq!(platform.tcb_date, at("2024-08-13T00:00:00Z"));
    assert_eq!(advisories(&platform), ["INTEL-SA-01036"]);
}

#[test]
fn a_module_revoked_since_the_launch_is_refused() {
    let mut forgery = QuoteForgery::tdx15();
    forgery.tcb_info["tdxModuleIdentities"][0]["tcbLevels"] = json!([
        { "tcb": { "isvsvn": 6 }, "tcbDate": "2025-08-13T00:00:00Z", "tcbStatus": "UpToDate" },
        { "tcb": { "isvsvn": 5 }, "tcbDate": "2024-08-13T00:00:00Z", "tcbStatus": "Revoked" },
    ]);
    forgery.quote.body[584] = 5;
    assert_eq!(tdx(&forgery.mint(), now()).unwrap_err().code(), "tcb_revoked");
}

/// A module without a version has no levels of its own: the platform's levels speak of it.
#[test]
fn a_module_without_a_version_is_judged_with_the_platform() {
    let of_module = |svn: u8| {
        changed(|f| {
            f.quote.body[..2].copy_from_slice(&[svn, 0]);
            f.tcb_info["tcbLevels"][1]["tcb"]["tdxtcbcomponents"][0]["svn"] = json!(3);
        })
    };
    for (svn, status) in [(5, "UpToDate"), (4, "OutOfDate"), (3, "OutOfDate")] {
        assert_eq!(tdx(&of_module(svn), now()).unwrap().platform.tcb_status.name(), status);
    }
    assert_eq!(tdx(&of_module(2), now()).unwrap_err().code(), "tcb_level_unsupported");
}

#[test]
fn everything_that_the_quoting_enclave_asks_for_counts() {
    fn status(forgery: &mut QuoteForgery, status: &str) {
        forgery.qe_identity["tcbLevels"][0]["tcbStatus"] = json!(status);
    }
    for (qe, together) in [
        ("OutOfDate", "OutOfDate"),
        ("ConfigurationNeeded", "ConfigurationNeeded"),
        ("OutOfDateConfigurationNeeded", "OutOfDateConfigurationNeeded"),
    ] {
        let platform = tdx(&changed(|f| status(f, qe)), now()).unwrap().platform.clone();
        assert_eq!((platform.qe_status.name(), platform.tcb_status.name()), (qe, together));
        assert_eq!(platform.platform_status.name(), "UpToDate");
    }
    let relaunch = updated(5, 6, |f| status(f, "ConfigurationNeeded"));
    assert_eq!(relaunch.tcb_status.name(), "TDRelaunchAdvisedConfigurationNeeded");
    // A relaunch mends nothing where the quoting enclave is what is out of date.
    for qe in ["OutOfDate", "OutOfDateConfigurationNeeded"] {
        let platform = updated(5, 6, |f| status(f, qe));
        assert_eq!(platform.tcb_status.name(), qe);
    }

    let level: fn(&mut QuoteForgery) -> &mut Value = |f| &mut f.qe_identity["tcbLevels"][0];
    let minted = changed(|f| {
        level(f)["tcbDate"] = json!("2023-02-15T00:00:00Z");
        level(f)["advisoryIDs"] = json!(["INTEL-SA-00615"]);
    });
    let platform = tdx(&minted, now()).unwrap().platform.clone();
    assert_eq!(platform.tcb_date, at("2023-02-15T00:00:00Z"));
    assert_eq!(advisories(&platform), ["INTEL-SA-00615"]);
    let minted = changed(|f| level(f)["tcbDate"] = json!("lately"));
    assert_eq!(tdx(&minted, now()).unwrap_err().code(), "collateral_malformed");
}
