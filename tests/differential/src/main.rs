//! Compares the executions as often as it is told to.
//!
//! ```text
//! cargo run --release -p atbac-differential -- --comparisons 100000000 --seed 1
//! ```
//!
//! Every seed is one policy with its questions, and the next one is tried until there were enough comparisons. The command fails on any difference, and where some form of the
//! language or of what it is lowered to was never reached. A difference is made as small as it gets and printed; the same
//! seed finds it again.
#![forbid(unsafe_code)]

use atbac_differential::case::{Case, Ran};
use atbac_differential::coverage::Coverage;
use atbac_differential::difference::Difference;
use atbac_differential::explore::Tally;
use atbac_differential::laws::{self, Broken};
use atbac_differential::questions::Plan;
use atbac_tests::evidence::timely;
use clap::Parser;
use foldhash::fast::FixedState;
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Of how many policies one is asked strictly, and looked at for what it reaches.
const OBSERVED: u64 = 8;

/// Of how many policies one is broken.
const BROKEN: u64 = 32;

/// How often progress is printed.
const PROGRESS: Duration = Duration::from_secs(10);

/// Compares compiled code with the interpreter on generated policies.
#[derive(Parser)]
struct Options {
    /// How many comparisons of distinct policies, questions and times.
    #[arg(long, default_value_t = 1_000_000)]
    comparisons: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many threads; as many as there are cores without it.
    #[arg(long)]
    threads: Option<usize>,
}

/// What all threads found.
#[derive(Default)]
struct Found {
    tally: Tally,
    coverage: Coverage,
    policies: u64,
    refused: u64,
    /// The sources that were compared already, hashed.
    seen: HashSet<u64>,
    difference: Option<(u64, Box<Difference>)>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let threads = options.threads.or_else(|| std::thread::available_parallelism().ok().map(NonZero::get)).unwrap_or(1);
    // Panics are caught and told as differences.
    std::panic::set_hook(Box::new(|_| {}));
    let evidence = timely();
    let (next, found, stop) = (AtomicU64::new(options.seed), Mutex::new(Found::default()), AtomicBool::new(false));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    run(seed, &evidence, &found);
                    let Ok(found) = found.lock() else { return };
                    if found.difference.is_some() || found.tally.comparisons >= options.comparisons {
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            });
        }
        let mut printed = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(100));
            if printed.elapsed() >= PROGRESS {
                printed = Instant::now();
                if let Ok(found) = found.lock() {
                    eprintln!("{}", summary(&found, started.elapsed()));
                }
            }
        }
    });
    let Ok(found) = found.into_inner() else { return ExitCode::FAILURE };
    // Every seed that was begun is done: the next run goes on with this one.
    let next = next.into_inner();
    println!(
        "{}\nseeds {} to {}; go on with --seed {next}\n",
        summary(&found, started.elapsed()),
        options.seed,
        next - 1
    );
    println!("{}", found.coverage);
    let Some((seed, difference)) = found.difference else { return all_reached(&found.coverage) };
    println!("seed {seed}\n{difference}");
    eprintln!("seed {seed}: {:?}; making it smaller", difference.fault);
    let (_, smallest) = Case::of_seed(seed).shrunk(&evidence, Plan::MANY, difference);
    println!("seed {seed}, as small as it gets\n{smallest}");
    ExitCode::FAILURE
}

/// Fails where something was never reached: agreement proves nothing of it.
fn all_reached(coverage: &Coverage) -> ExitCode {
    let missing = coverage.missing();
    if missing.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("never reached:\n  {}", missing.join("\n  "));
    ExitCode::FAILURE
}

/// Runs one seed.
fn run(seed: u64, evidence: &[atbac_tests::evidence::Evidence], found: &Mutex<Found>) {
    let case = Case::of_seed(seed);
    let texts: Vec<String> = case.source().into_iter().map(|file| file.text).collect();
    let is_new = |found: &mut Found| found.seen.insert(FixedState::with_seed(0).hash_one(&texts));
    if !found.lock().is_ok_and(|mut found| is_new(&mut found)) {
        return;
    }
    let (mut tally, mut coverage) = (Tally::default(), Coverage::default());
    let observed = seed.is_multiple_of(OBSERVED).then_some(&mut coverage);
    let mut ran = case.run(evidence, Plan::MANY, &mut tally, observed);
    let mut broken = Broken::new();
    if ran.is_ok() && seed.is_multiple_of(BROKEN) {
        ran = ran.and_then(|ran| laws::check(seed, evidence, &mut broken).map(|()| ran));
    }
    coverage.add_outcomes(&tally);
    coverage.add_broken(&broken);
    let Ok(mut found) = found.lock() else { return };
    found.tally.add(&tally);
    found.coverage.add(&coverage);
    match ran {
        Ok(Ran::Compared) => found.policies += 1,
        Ok(Ran::Refused) => found.refused += 1,
        Err(difference) => {
            found.difference.get_or_insert((seed, difference));
        }
    }
}

fn summary(found: &Found, elapsed: Duration) -> String {
    let Found { tally, policies, refused, .. } = found;
    let rate = tally.comparisons as f64 / elapsed.as_secs_f64();
    let outcomes: Vec<String> = tally.outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
    format!(
        "{} comparisons in {:.0} s, {rate:.0} a second; {policies} policies, {refused} refused; {}; {} end, {} promises kept, {} ends reached, {} of them with a change",
        tally.comparisons,
        elapsed.as_secs_f64(),
        outcomes.join(", "),
        tally.ending,
        tally.promises,
        tally.ends_reached,
        tally.ends_changed,
    )
}
