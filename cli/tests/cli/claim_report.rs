//! The report of `atbac verify` for people, whole: over genuine and over simulated evidence.
//!
//! The expected texts are in `cli/tests/reports`. `UPDATE=1` writes them anew, to be read before they are committed.

use crate::support::{argument, atbac, example, folder, json, root};
use std::fs;

const AT: &str = "2026-06-30T12:00:00Z";

fn check(name: &str, arguments: &[&str]) -> String {
    let run = atbac(arguments);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{name}");
    let path = root().join("cli/tests/reports").join(name);
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&path, &run.stdout).unwrap();
    }
    assert_eq!(run.stdout, fs::read_to_string(&path).unwrap(), "{name}");
    run.stdout
}

fn simulated(name: &str, arguments: &[&str]) -> String {
    let path = argument(&folder(name).join("evidence.json"));
    assert_eq!(json(&[&["simulate"], arguments, &["--at", AT, "--out", &path]].concat()).0, 0);
    check(&format!("{name}.txt"), &["verify", "file", &path, "--dangerous-simulated-evidence", "--at", AT])
}

#[test]
fn genuine_reports_and_quotes() {
    let snp = "tests/evidence/snp/genuine/milan";
    let (report, vek) = (format!("{snp}.report.bin"), format!("{snp}.vcek.der"));
    check("genuine_snp.txt", &["verify", "snp", "--report", &report, "--vek", &vek, "--at", AT]);
    let (quote, collateral) = (example("evidence/tdx_quote.bin"), example("evidence/tdx_quote_collateral.json"));
    let at = "2025-07-04T10:16:31Z";
    check("genuine_tdx.txt", &["verify", "tdx", "--quote", &quote, "--collateral", &collateral, "--at", at]);
}

#[test]
fn simulated_reports_and_quotes() {
    let text = simulated("simulated_snp", &["snp", "--product", "turin"]);
    assert!(text.starts_with("SIMULATED under the development root `atbac development ARK-Turin`\n"), "{text}");
    let worst = ["snp", "--set", "policy.debug=true", "--set", "policy.migrate_ma=true", "--set", "vmpl=3"];
    simulated("simulated_snp_not_hardened", &worst);
    simulated(
        "simulated_tdx_out_of_date",
        &["tdx", "--set", "tcb_status=OutOfDate", "--set", "advisory_ids=INTEL-SA-00960"],
    );
    simulated("simulated_sgx_debug", &["sgx", "--set", "attributes.debug=true"]);
}

/// What is refused follows the predicates of the standard library, condition by condition.
#[test]
fn a_broken_condition_is_named_with_its_reason() {
    for (claim, condition, reason) in [
        ("policy.debug=true", "`not p.policy.debug` does not hold", "the host reads and writes the guest's memory"),
        ("policy.migrate_ma=true", "`not p.policy.migrate_ma` does not hold", "hands the memory to whomever it obeys"),
        ("vmpl=1", "`p.vmpl == 0` does not hold", "could have asked in its name"),
    ] {
        let path = argument(&folder("claim_report_broken").join("evidence.json"));
        json(&["simulate", "snp", "--set", claim, "--at", AT, "--out", &path]);
        let run = atbac(&["verify", "file", &path, "--dangerous-simulated-evidence", "--at", AT]);
        let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let refused = text.split("REFUSED hardened ").nth(1).unwrap_or_else(|| panic!("{claim}: {text}"));
        let refused = refused.split("REFUSED").next().unwrap().split(" holds ").next().unwrap();
        assert!(refused.contains(condition) && refused.contains(reason), "{claim}: {refused}");
        assert_eq!(refused.matches("does not hold").count(), 1, "{claim}: {refused}");
    }
}
