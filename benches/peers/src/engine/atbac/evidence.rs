//! Sessions: simulated reports and quotes with the claims of the workload's sessions, verified and bound.

use super::instant;
use crate::workload::{self, Workload};
use atbac_engine::evidence::Expected;
use atbac_engine::evidence::Simulated;
use atbac_engine::evidence::dcap::{self, Collateral, Tdx};
use atbac_engine::evidence::snp::{self, Chain, Expectations, Revocation, Snp};
use atbac_engine::{Bundle, Fields, Session};
use atbac_simulation::{Product, QuoteKind, QuoteSimulation, SnpSimulation};

/// The evidence of a session, verified.
pub(super) enum Verified {
    Snp(Box<Simulated<Snp>>),
    Tdx(Box<Simulated<Tdx>>),
}

/// Verified evidence that says what this session's evidence says.
pub(super) fn verified(session: &workload::Session) -> Verified {
    match session.tee {
        "snp" => Verified::Snp(Box::new(snp(session))),
        _ => Verified::Tdx(Box::new(tdx(session))),
    }
}

fn snp(session: &workload::Session) -> Simulated<Snp> {
    let now = instant(session.verified_at);
    let mut simulation = SnpSimulation::new(Product::Milan, now).expect("an instant of 2026");
    let [bootloader, tee, snp, microcode] = session.tcb.map(|part| part.to_string());
    let (svn, debug) = (session.svn.to_string(), session.debug.to_string());
    for (claim, value) in [
        ("measurement", session.measurement_hex.as_str()),
        ("guest_svn", &svn),
        ("policy.debug", &debug),
        ("reported_tcb.bootloader", &bootloader),
        ("reported_tcb.tee", &tee),
        ("reported_tcb.snp", &snp),
        ("reported_tcb.microcode", &microcode),
    ] {
        simulation.set(claim, value).expect("a report can say this");
    }
    let signed = simulation.sign().expect("nothing in it contradicts itself").evidence;
    let evidence = snp::Evidence {
        report: &signed.report,
        vek: &signed.vek,
        chain: Chain::Given { ask: &signed.ask, ark: &signed.ark },
        revocation: Revocation::Crl(&signed.crl),
        expected: Expectations::left_to_policy(),
    };
    snp::Verifier::dangerous_development().verify(&evidence, now).expect("the report is well signed")
}

fn tdx(session: &workload::Session) -> Simulated<Tdx> {
    let now = instant(session.verified_at);
    let mut simulation = QuoteSimulation::new(QuoteKind::Tdx, now).expect("an instant of 2026");
    simulation.set("mr_td", &session.measurement_hex).expect("a quote can say this");
    let signed = simulation.sign().expect("nothing in it contradicts itself");
    let collateral = Collateral::from_json(signed.collateral.to_string().as_bytes()).expect("collateral as Intel's");
    let evidence =
        dcap::Evidence { quote: &signed.quote, collateral: &collateral, report_data: Expected::LeftToPolicy };
    dcap::Verifier::dangerous_development().verify_tdx(&evidence, now).expect("the quote is well signed")
}

/// The session fields of a request.
pub(super) fn fields(bundle: &Bundle, session: &workload::Session, verified: &Verified) -> Fields {
    let fields = bundle.session_fields("Call").expect("the policies declare it");
    let fields = match verified {
        Verified::Snp(evidence) => fields.dangerous_simulated("principal", evidence),
        Verified::Tdx(evidence) => fields.dangerous_simulated("principal", evidence),
    };
    fields.and_then(|fields| fields.local("environment", &session.environment.into())).expect("the fields fit")
}

/// The workload's sessions, each open from the instant its evidence was verified.
pub(super) fn open_sessions(bundle: &Bundle, workload: &Workload) -> Vec<Session> {
    let open = |session: &workload::Session| {
        let fields = fields(bundle, session, &verified(session));
        bundle.open_session(fields, instant(session.verified_at)).expect("every field is there")
    };
    workload.sessions.iter().map(open).collect()
}
