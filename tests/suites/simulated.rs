//! What is decided on simulated evidence says so, wherever it came in.

use atbac_engine::evidence::Simulated;
use atbac_engine::evidence::snp::{self, Chain, Expectations, Revocation, Snp};
use atbac_engine::{Bundle, Execution, Fields};
use atbac_simulation::{Product, SnpSimulation};
use atbac_tests::files::source;
use jiff::Timestamp;

const POLICY: &str = "package p; use std.snp.Snp; floor circumstance: asserted;
    request Call { session machine: attested Snp?, call other: attested Snp? }
    permit everything for Call;";

fn now() -> Timestamp {
    "2026-06-30T12:00:00Z".parse().unwrap()
}

fn report() -> Simulated<Snp> {
    let signed = SnpSimulation::new(Product::Milan, now()).unwrap().sign().unwrap();
    let evidence = snp::Evidence {
        report: &signed.evidence.report,
        vek: &signed.evidence.vek,
        chain: Chain::Given { ask: &signed.evidence.ask, ark: &signed.evidence.ark },
        revocation: Revocation::NotChecked,
        expected: Expectations::left_to_policy(),
    };
    snp::Verifier::dangerous_development().verify(&evidence, now()).unwrap()
}

/// In the session, in the call alone, in both; and in neither.
#[test]
fn a_decision_says_where_any_field_is_simulated() {
    let report = report();
    let given = |fields: Fields, name: &str, is_simulated: bool| {
        if is_simulated { fields.dangerous_simulated(name, &report).unwrap() } else { fields }
    };
    for execution in [Execution::Interpreter, Execution::Jit] {
        let bundle = Bundle::open(source(POLICY), execution).unwrap();
        for (in_session, in_call) in [(false, false), (true, false), (false, true), (true, true)] {
            let fields = given(bundle.session_fields("Call").unwrap(), "machine", in_session);
            let session = bundle.open_session(fields, now()).unwrap();
            assert_eq!(session.is_simulated(), in_session);
            let call = session.call(given(session.call_fields(), "other", in_call)).unwrap();
            let mut memory = session.memory();
            let decision = session.decide(&call, now(), &mut memory);
            assert!(decision.is_permit());
            assert_eq!(decision.is_simulated(), in_session || in_call, "session {in_session}, call {in_call}");
        }
    }
}
