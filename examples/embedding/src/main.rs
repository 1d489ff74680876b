//! A program that embeds the engine: from a challenge over evidence that answers it to a decision. `docs/embedding.md` explains it step by step.

#![forbid(unsafe_code)]

mod agent;

use atbac_engine::evidence::snp::{AmdRoots, Chain, Evidence, Expectations, Revocation, Verifier};
use atbac_engine::nonce::{NonceIssuer, SystemRandom};
use atbac_engine::{Bundle, Execution, SourceFile};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    // A service asks its clock; the agent's simulated evidence is of a day in 2026.
    let opened: Timestamp = "2026-01-15T00:00:00Z".parse()?;
    let now: Timestamp = "2026-01-15T00:01:00Z".parse()?;

    // Once: compile the policies, load what the deployment trusts today, and make what issues challenges.
    let text = include_str!("ledger.atbac").into();
    let bundle = Bundle::open([SourceFile { name: "ledger.atbac".into(), text }], Execution::Jit)?;
    bundle.swap_references(bundle.read_references(include_bytes!("references.json"))?)?;
    let issuer = NonceIssuer::new(SignedDuration::from_mins(1), 10_000, &SystemRandom)?;

    // The root to trust is the service's choice, never the agent's. For genuine hardware it is `AmdRoots::built_in()`, and the chain `Chain::BuiltIn`.
    let verifier = Verifier::new(AmdRoots::given(&agent::vendor_root())?);

    // When an agent comes: challenge it, and verify what it answers with.
    let answer = agent::attest(&issuer.issue(opened)?)?;
    let chain = Chain::Given { ask: &answer.ask, ark: &answer.ark };
    let (report, vek, revocation) = (&answer.report, &answer.vek, Revocation::Crl(&answer.crl));
    let evidence = Evidence { report, vek, chain, revocation, expected: Expectations::left_to_policy() };
    let verified = verifier.verify(&evidence, opened)?;
    let redeemed = issuer.redeem(&verified, None, opened)?;

    // Open its session with what proves that the evidence is of now, and that token and evidence are of the one who holds the key.
    let fields = bundle.session_fields("Query")?.attested("principal", &verified)?.answers(["principal"], redeemed)?;
    let fields = fields.authenticated("session", &agent::token()?)?.held_key("session", &agent::key()?)?;
    let session = bundle.open_session(fields, opened)?;

    // At every call: what this service knows of it.
    let call = session.call(session.call_fields().local("tenant", &json!("acme"))?)?;
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
