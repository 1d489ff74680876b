//! Evidence, from bytes to verified claims, and from bytes to a decision.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "criterion's macros make undocumented functions; what fails here fails the bench"
)]

use atbac_engine::evidence::dcap::{self, Collateral, IntelRoot, Tdx};
use atbac_engine::evidence::snp::{self, AmdRoots, Chain, Revocation, Snp};
use atbac_engine::evidence::{Expected, Verified};
use atbac_engine::{Bundle, Fields, Session};
use atbac_tests::examples::Example;
use atbac_tests::twins::set_all;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use criterion::{Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use serde_json::Value as Json;
use std::hint::black_box;

#[path = "../../engine/evidence/tests/evidence/oracle/library.rs"]
mod oracle;

const INTEL_ROOT: &[u8] = include_bytes!("../../engine/evidence/roots/intel/sgx-root-ca.der");

const REPORT_DATA: Expected<'_> = Expected::LeftToPolicy;

fn snp(criterion: &mut Criterion) {
    let example = Example::open("transaction-approver");
    let (report, vek) = (example.bytes("evidence/report_milan.bin"), example.bytes("evidence/vcek_milan.der"));
    let now: Timestamp = "2026-06-30T12:00:00Z".parse().unwrap();
    let verifier = snp::Verifier::new(AmdRoots::built_in());
    let verify = || -> Verified<Snp> {
        let (report, vek) = (black_box(&report), black_box(&vek));
        let evidence = snp::Evidence {
            report,
            vek,
            chain: Chain::BuiltIn,
            revocation: Revocation::NotChecked,
            report_data: REPORT_DATA,
        };
        verifier.verify(&evidence, now).unwrap()
    };
    let endorsement = verifier.endorse(&vek, Chain::BuiltIn, Revocation::NotChecked, now).unwrap();
    let question = Question::of(&example, "snp.json", "calls/approve-payment.json");
    let mut group = criterion.benchmark_group("SNP");
    group.bench_function("report and its certificate chain", |bencher| bencher.iter(verify));
    group.bench_function("report under a chain already verified", |bencher| {
        bencher.iter(|| endorsement.verify(black_box(&report), REPORT_DATA, now).unwrap());
    });
    group.bench_function("bytes to decision", |bencher| {
        bencher.iter(|| question.decide(now, |fields| fields.attested("principal", &verify()).unwrap()));
    });
    group.bench_function("bytes to decision, chain already verified", |bencher| {
        let verify = || endorsement.verify(black_box(&report), REPORT_DATA, now).unwrap();
        bencher.iter(|| question.decide(now, |fields| fields.attested("principal", &verify()).unwrap()));
    });
    group.finish();
}

fn tdx(criterion: &mut Criterion) {
    let example = Example::open("transaction-approver");
    let (quote, collateral) =
        (example.bytes("evidence/tdx_quote.bin"), example.bytes("evidence/tdx_quote_collateral.json"));
    let now: Timestamp = "2025-07-04T10:16:31Z".parse().unwrap();
    let verifier = dcap::Verifier::new(IntelRoot::built_in());
    let parsed = Collateral::from_json(&collateral).unwrap();
    let verify_with = |verifier: &dcap::Verifier, collateral: &Collateral| -> Verified<Tdx> {
        let evidence = dcap::Evidence { quote: black_box(&quote), collateral, report_data: REPORT_DATA };
        verifier.verify_tdx(&evidence, now).unwrap()
    };
    let verify = || verify_with(&verifier, &parsed);
    let question = Question::of(&example, "tdx.json", "calls/approve-payment-tdx.json");
    let mut group = criterion.benchmark_group("TDX");
    group.bench_function("two bare P-256 verifications", |bencher| {
        // Header and body, their signature, and the attestation key of a version 4 quote.
        let (signed, rest) = quote.split_at(48 + 584);
        let (signature, key) = (&rest[4..68], [&[4], &rest[68..132]].concat());
        let bare = || {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, black_box(&key));
            key.verify(black_box(signed), black_box(signature)).unwrap();
        };
        bencher.iter(|| (bare(), bare()));
    });
    group.bench_function("quote of a platform seen before", |bencher| bencher.iter(verify));
    group.bench_function("quote, nothing kept", |bencher| {
        bencher.iter(|| verify_with(&dcap::Verifier::new(IntelRoot::built_in()), &parsed));
    });
    group.bench_function("quote and collateral from JSON, nothing kept", |bencher| {
        bencher.iter(|| {
            let collateral = Collateral::from_json(black_box(&collateral)).unwrap();
            verify_with(&dcap::Verifier::new(IntelRoot::built_in()), &collateral)
        });
    });
    group.bench_function("quote by dcap-qvl", |bencher| {
        let collateral = serde_json::from_slice(&collateral).unwrap();
        let now = u64::try_from(now.as_second()).unwrap();
        bencher.iter(|| oracle::verify(black_box(&quote), &collateral, INTEL_ROOT, now).unwrap());
    });
    group.bench_function("bytes to decision, platform seen before", |bencher| {
        bencher.iter(|| question.decide(now, |fields| fields.attested("principal", &verify()).unwrap()));
    });
    group.finish();
}

/// What is asked once evidence is there.
struct Question {
    bundle: Bundle,
    session: Json,
    call: Json,
}

impl Question {
    fn of(example: &Example, session: &str, call: &str) -> Self {
        example.load_references("references.json");
        let mut session = example.json(session)["session"].clone();
        session.as_object_mut().unwrap().remove("principal");
        Question { bundle: example.twins.jit.clone(), session, call: example.json(call) }
    }

    /// Opens a session with evidence that was just verified, and decides one call.
    fn decide(&self, now: Timestamp, attest: impl FnOnce(Fields) -> Fields) -> bool {
        let fields = attest(self.bundle.session_fields("PaymentCall").unwrap());
        let fields = set_all(fields, self.session.as_object().unwrap()).unwrap();
        let session: Session = self.bundle.open_session(fields, now).unwrap();
        let call = session.call(set_all(session.call_fields(), self.call.as_object().unwrap()).unwrap()).unwrap();
        let permit = session.decide(&call, now, &mut session.memory()).is_permit();
        assert!(permit, "the example's payment is permitted");
        permit
    }
}

criterion_group!(benches, snp, tdx);
criterion_main!(benches);
