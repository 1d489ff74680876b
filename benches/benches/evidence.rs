//! Evidence, from bytes to verified claims, and from bytes to a decision.
#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "criterion's macros make undocumented functions; what fails here fails the bench"
)]

use atbac_engine::evidence::dcap::{self, Collateral, IntelRoot, Tdx};
use atbac_engine::evidence::snp::{self, AmdRoots, Chain, Expectations, Revocation, Snp};
use atbac_engine::evidence::{Expected, Verified};
use atbac_engine::{Bundle, Fields, Session};
use atbac_tests::examples::Example;
use atbac_tests::twins::set_all;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use jiff::Timestamp;
use serde_json::Value as Json;
use sev::certs::snp::builtin::milan;
use sev::certs::snp::{Verifiable, ca};
use sev::firmware::guest::AttestationReport;
use sev::parser::ByteParser;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};
use x509_cert::Certificate;
use x509_cert::der::Decode;

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
            expected: Expectations::left_to_policy(),
        };
        verifier.verify(&evidence, now).unwrap()
    };
    let caching = snp::Verifier::caching(AmdRoots::built_in(), NonZeroUsize::new(1024).unwrap());
    let cached = || -> Verified<Snp> {
        let evidence = snp::Evidence {
            report: black_box(&report),
            vek: black_box(&vek),
            chain: Chain::BuiltIn,
            revocation: Revocation::NotChecked,
            expected: Expectations::left_to_policy(),
        };
        caching.verify(&evidence, now).unwrap()
    };
    let (key, signature) = (public_key(&vek), signature(&report));
    let bare = || {
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, black_box(&key));
        key.verify(&report[..SIGNED], black_box(&signature)).unwrap();
    };
    let question = Question::of(&example, "snp.json", "calls/approve-payment.json");
    let mut group = criterion.benchmark_group("SNP");
    group.bench_function("report and its certificate chain", |bencher| bencher.iter(verify));
    group.bench_function("the same by the package sev", |bencher| bencher.iter(|| verify_with_sev(&report, &vek)));
    group.bench_function("report under a chain already verified", |bencher| bencher.iter(cached));
    group.bench_function("the same by two threads", |bencher| {
        bencher.iter_custom(|times| by_two_threads(times, cached))
    });
    group.bench_function("one signature on P-384, bare", |bencher| bencher.iter(bare));
    // What the machine makes of two threads that share nothing: the two above are to be read against these two.
    group.bench_function("the same signature by two threads", |bencher| {
        bencher.iter_custom(|times| by_two_threads(times, bare))
    });
    group.bench_function("bytes to decision", |bencher| {
        bencher.iter(|| question.decide(now, |fields| fields.attested("principal", &verify()).unwrap()));
    });
    group.bench_function("bytes to decision, chain already verified", |bencher| {
        bencher.iter(|| question.decide(now, |fields| fields.attested("principal", &cached()).unwrap()));
    });
    group.finish();
}

/// The bytes of a report that are signed, and where its R and S are: 48 bytes each, little-endian (AMD 56860, `ATTESTATION_REPORT`).
const SIGNED: usize = 0x2A0;
const COMPONENTS: [usize; 2] = [0x2A0, 0x2E8];

/// The signature as r ‖ s, big-endian.
fn signature(report: &[u8]) -> Vec<u8> {
    COMPONENTS.iter().flat_map(|at| report[*at..at + 48].iter().rev().copied()).collect()
}

fn public_key(vek: &[u8]) -> Vec<u8> {
    let certificate = Certificate::from_der(vek).unwrap();
    certificate.tbs_certificate().subject_public_key_info().subject_public_key.raw_bytes().to_vec()
}

/// What `sev` calls verification: four signatures, and nothing else that a report must be.
fn verify_with_sev(report: &[u8], vek: &[u8]) {
    let report = AttestationReport::from_bytes(black_box(report)).unwrap();
    let ca = ca::Chain { ark: milan::ark().unwrap(), ask: milan::ask().unwrap() };
    let chain = sev::certs::snp::Chain { ca, vek: sev::certs::snp::Certificate::from_der(black_box(vek)).unwrap() };
    (&chain, &report).verify().unwrap();
}

/// The time that two threads take for half of `times` each: half of one thread's where nothing is in their way.
fn by_two_threads<T>(times: u64, work: impl Fn() -> T + Sync) -> Duration {
    let start = Instant::now();
    std::thread::scope(|scope| {
        for share in [times / 2, times - times / 2] {
            let work = &work;
            scope.spawn(move || {
                for _ in 0..share {
                    black_box(work());
                }
            });
        }
    });
    start.elapsed()
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
    // Header and body, their signature, and the attestation key of a version 4 quote.
    let (signed, rest) = quote.split_at(48 + 584);
    let (signature, key) = (&rest[4..68], [&[4], &rest[68..132]].concat());
    let bare = || {
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, black_box(&key));
        key.verify(black_box(signed), black_box(signature)).unwrap();
    };
    let both = || (bare(), bare());
    group.bench_function("two bare P-256 verifications", |bencher| bencher.iter(both));
    group.bench_function("the same verifications by two threads", |bencher| {
        bencher.iter_custom(|times| by_two_threads(times, both));
    });
    group.bench_function("quote of a platform seen before", |bencher| bencher.iter(verify));
    group.bench_function("the same by two threads", |bencher| {
        bencher.iter_custom(|times| by_two_threads(times, verify))
    });
    // Making a verifier, with room for what it will keep, is no part of a verification.
    let forgetful = || dcap::Verifier::new(IntelRoot::built_in());
    group.bench_function("quote, nothing kept", |bencher| {
        bencher.iter_batched_ref(forgetful, |verifier| verify_with(verifier, &parsed), BatchSize::SmallInput);
    });
    group.bench_function("quote and collateral from JSON, nothing kept", |bencher| {
        let verify = |verifier: &mut dcap::Verifier| {
            let collateral = Collateral::from_json(black_box(&collateral)).unwrap();
            verify_with(verifier, &collateral)
        };
        bencher.iter_batched_ref(forgetful, verify, BatchSize::SmallInput);
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
