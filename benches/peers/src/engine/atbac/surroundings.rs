//! What surrounds a decision: sessions, references, explanations, threads.

use super::{evidence, instant, limits, open, policy};
use crate::engine::{Engine, Setting, cedar, rust};
use crate::measure::{Clock, median_of, repeat};
use crate::workload::Workload;
use atbac_compiler::pipeline;
use atbac_engine::{Bundle, Call, Execution, Memory, Session};
use std::hint::black_box;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

/// A figure, in nanoseconds unless its name says otherwise.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: &'static str,
    /// The median.
    pub(crate) p50: f64,
    /// The 99th percentile, or the greatest of few; none for a ratio.
    pub(crate) p99: Option<f64>,
}

/// How many digests the references have that are swapped.
const DIGESTS: usize = 10_000;

/// Measures all of it on machine code.
pub(crate) fn measure(workload: &Workload, clock: Clock) -> Vec<Figure> {
    let (bundle, _) = open(workload, policy::files(workload, policy::Writing::EachRule), Execution::Jit);
    let verified: Vec<_> = workload.sessions.iter().map(evidence::verified).collect();
    let fields = |at: usize| evidence::fields(&bundle, &workload.sessions[at], &verified[at]);
    let sessions: Vec<Session> = (0..verified.len())
        .map(|at| {
            bundle.open_session(fields(at), instant(workload.sessions[at].verified_at)).expect("every field is there")
        })
        .collect();
    let calls: Vec<Call> = workload
        .requests
        .iter()
        .map(|request| super::call::kept(&sessions[request.session], workload.fields, request))
        .collect();
    let asked = Asked { workload, sessions, calls };
    let figure = |name, (p50, p99): (f64, f64)| Figure { name, p50, p99: Some(p99) };

    let opened = repeat(2_000, clock, |at| {
        let at = at % verified.len();
        let now = instant(workload.sessions[at].verified_at);
        drop(black_box(bundle.open_session(fields(at), now).expect("every field is there")));
    });
    let mut memory = asked.sessions[0].memory();
    let first = repeat(2_000, clock, |at| {
        let request = &workload.requests[at];
        let session = bundle.open_session(fields(request.session), instant(request.now)).expect("every field is there");
        let call = super::call::kept(&session, workload.fields, request);
        black_box(session.decide(&call, instant(request.now), &mut memory).is_permit());
    });
    let denied: Vec<usize> = (0..asked.calls.len()).filter(|at| !workload.expected[*at]).collect();
    let explained = repeat(denied.len(), clock, |nth| {
        let request = &workload.requests[denied[nth]];
        let explanation = asked.sessions[request.session].explain(&asked.calls[denied[nth]], instant(request.now));
        black_box(explanation.reasons.len());
    });
    let mut figures = vec![
        figure("open a session from verified evidence", opened),
        figure("verified evidence to the first decision", first),
        figure("explain a denial", explained),
        Figure {
            name: "two threads against one, times the decisions",
            p50: two_threads(|| asked.sessions[0].memory(), |memory| asked.decide(memory)),
            p99: None,
        },
        Figure {
            name: "the same of hand-written Rust, which shares nothing",
            p50: two_threads(|| by_hand(workload), |engine| decide_by(&mut **engine, workload.requests.len())),
            p99: None,
        },
    ];
    if workload.permits[0].only_snp {
        figures.extend(swaps(&bundle, &asked, clock));
    }
    figures.extend(front_ends(workload));
    figures
}

/// The most policies that Cedar is asked to read.
const MOST_OF_CEDAR: usize = 20_000;

/// Reading and checking the source, and Cedar's parsing and validating, by turns: what a policy costs at the median and at most, and how many are read in
/// the time that Cedar takes for one.
fn front_ends(workload: &Workload) -> Vec<Figure> {
    let policies = workload.permits.len() + workload.forbids.len();
    if policies > MOST_OF_CEDAR {
        return Vec::new();
    }
    let cedar = cedar::Source::of(workload);
    let by_turns = (0..5).map(|_| {
        let files = policy::files(workload, policy::Writing::EachRule);
        let own = timed(|| pipeline::parse_within(files, limits()).check().map_err(|refused| refused.diagnostics));
        (own / policies as f64, timed(|| cedar.read()) / policies as f64)
    });
    let (own, theirs): (Vec<f64>, Vec<f64>) = by_turns.unzip();
    let most = |times: &[f64]| times.iter().copied().reduce(f64::max);
    let [median, of_cedar] = [&own, &theirs].map(|times| median_of(times.iter().copied()));
    vec![
        Figure { name: "read and check a policy", p50: median, p99: most(&own) },
        Figure { name: "parse and validate a policy by Cedar", p50: of_cedar, p99: most(&theirs) },
        Figure { name: "policies that are read meanwhile, times", p50: of_cedar / median, p99: None },
    ]
}

/// How long it takes, in nanoseconds. What comes of it is dropped afterwards.
fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let begin = Instant::now();
    let done = work();
    let taken = begin.elapsed().as_nanos() as f64;
    drop(black_box(done));
    taken
}

/// The stream, prepared.
struct Asked<'a> {
    workload: &'a Workload,
    sessions: Vec<Session>,
    calls: Vec<Call>,
}

impl Asked<'_> {
    /// Decides the whole stream.
    fn decide(&self, memory: &mut Memory) {
        for (request, call) in self.workload.requests.iter().zip(&self.calls) {
            let session = &self.sessions[request.session];
            black_box(session.decide(call, instant(request.now), memory).is_permit());
        }
    }
}

/// Hand-written Rust with this workload, for a thread of its own.
fn by_hand(workload: &Workload) -> Box<dyn Engine> {
    let mut engine = rust::load_str(workload).engine;
    engine.prepare(workload);
    engine
}

/// Decides the whole stream.
fn decide_by(engine: &mut dyn Engine, requests: usize) {
    for at in 0..requests {
        black_box(engine.decide(Setting::Prepared, at));
    }
}

/// How many times the work of one thread two threads do in the same time, a fifth of a second at least. Each makes what it needs before the time begins.
fn two_threads<T>(make: impl Fn() -> T + Sync, work: impl Fn(&mut T) + Sync) -> f64 {
    let begin = Instant::now();
    let mut once = make();
    let made = begin.elapsed();
    work(&mut once);
    let passes = (0.2 / (begin.elapsed() - made).as_secs_f64()).clamp(1.0, 10_000.0) as usize;
    let taken = |threads: usize| {
        let ready = Barrier::new(threads + 1);
        let begin = thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut own = make();
                    ready.wait();
                    (0..passes).for_each(|_| work(&mut own));
                });
            }
            ready.wait();
            Instant::now()
        });
        begin.elapsed().as_secs_f64()
    };
    median_of((0..5).map(|_| 2.0 * taken(1) / taken(2)))
}

/// Swapping the reference values, and what decisions on another thread feel of it. The new values have the released builds among them.
fn swaps(bundle: &Bundle, asked: &Asked<'_>, clock: Clock) -> Vec<Figure> {
    let mut builds = asked.workload.permits[0].measurements.to_vec();
    builds.extend((builds.len()..DIGESTS).map(|number| {
        let mut digest = [0xa5; 48];
        digest[..8].copy_from_slice(&(number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        digest
    }));
    let json = policy::released(&builds);
    let read = || bundle.read_references(json.as_bytes()).expect("the references fit");
    let reading = repeat(25, clock, |_| drop(black_box(read())));
    let mut tables: Vec<_> = (0..100).map(|_| read()).collect();
    let swapping = repeat(100, clock, |_| {
        bundle.swap_references(tables.pop().expect("one for each")).expect("they were read for this bundle");
    });

    let mut memory = asked.sessions[0].memory();
    let mut decide = |at: usize| {
        let at = at % asked.calls.len();
        let request = &asked.workload.requests[at];
        let session = &asked.sessions[request.session];
        black_box(session.decide(&asked.calls[at], instant(request.now), &mut memory).is_permit());
    };
    let alone = repeat(400_000, clock, &mut decide);
    let over = AtomicBool::new(false);
    let beside = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                bundle.swap_references(read()).expect("they were read for this bundle");
            }
        });
        let beside = repeat(400_000, clock, &mut decide);
        over.store(true, Ordering::Relaxed);
        beside
    });
    let figure = |name, (p50, p99): (f64, f64)| Figure { name, p50, p99: Some(p99) };
    vec![
        figure("read 10,000 reference digests from JSON", reading),
        figure("swap them in", swapping),
        figure("decision with 10,000 reference digests", alone),
        figure("the same while another thread swaps without pause", beside),
    ]
}
