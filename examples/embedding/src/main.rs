//! A program that embeds the engine: from a policy and a genuine report to a decision. `docs/embedding.md` explains it step by step.

#![forbid(unsafe_code)]

use atbac_engine::evidence::snp::{AmdRoots, Chain, Evidence, Expectations, Revocation, Verifier};
use atbac_engine::{Bundle, Execution, SourceFile};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../transaction-approver");
    // A service asks its clock; this evidence is of a day in 2026.
    let opened: Timestamp = "2026-06-30T12:00:00Z".parse()?;
    let now: Timestamp = "2026-06-30T12:01:00Z".parse()?;

    // Once: compile the policies, and load what the deployment trusts today.
    let text = fs::read_to_string(folder.join("approver.atbac"))?;
    let bundle = Bundle::open([SourceFile { name: "approver.atbac".into(), text }], Execution::Jit)?;
    bundle.swap_references(bundle.read_references(&fs::read(folder.join("references.json"))?)?)?;

    // When an agent comes: verify its evidence. Whose key the report data commits to is for the session's binding to prove.
    let report = fs::read(folder.join("evidence/report_milan.bin"))?;
    let vek = fs::read(folder.join("evidence/vcek_milan.der"))?;
    let (chain, revocation) = (Chain::BuiltIn, Revocation::NotChecked);
    let evidence = Evidence { report: &report, vek: &vek, chain, revocation, expected: Expectations::left_to_policy() };
    let verified = Verifier::new(AmdRoots::built_in()).verify(&evidence, opened)?;

    // Open its session. The identity is what a token says whose signature this service has verified; here, it is from a file.
    let recorded: Value = serde_json::from_slice(&fs::read(folder.join("snp.json"))?)?;
    let fields = bundle.session_fields("PaymentCall")?;
    let fields = fields.attested("principal", &verified)?.authenticated("session", &recorded["session"]["session"])?;
    let session = bundle.open_session(fields.local("environment", &json!("production"))?, opened)?;

    // At every call: what the agent asserts, and what this service knows.
    let fields = session.call_fields().asserted("action", &json!("query_ledger"))?.asserted("amount", &json!(0))?;
    let fields = fields.local("resource", &json!({ "name": "ledger_db", "tenant": "acme" }))?;
    let call = session.call(fields.authenticated("approvals", &json!([]))?)?;
    let mut memory = session.memory();
    let decision = session.decide(&call, now, &mut memory);
    if !decision.is_permit() {
        let reasons: Vec<_> =
            session.explain(&call, now).reasons.into_iter().filter_map(|reason| reason.sentence).collect();
        return Err(format!("denied: {}", reasons.join("; ")).into());
    }
    let rules: Vec<_> = decision.rules().map(|rule| rule.name).collect();
    let end = decision.valid_until().map_or("further notice".into(), |end| end.to_string());
    println!("permitted by {} until {end}", rules.join(", "));
    Ok(())
}
