//! Tries hostile inputs, each alone, and says which took longest.
//!
//! ```text
//! cargo run --release -p atbac-hostile -- --policies 1000 --inputs 1000 --seed 1
//! ```
//!
//! It fails where one takes longer than a second. On Linux that is the time that the processor worked on it, so that what else the machine does is no matter.
#![forbid(unsafe_code)]

use atbac_engine::{Bundle, Execution};
use atbac_hostile::attempt::{self, Outcome};
use atbac_hostile::{input, policy};
use clap::Parser;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The longest that one input may take.
const LIMIT: Duration = Duration::from_secs(1);

/// Tries inputs made to do harm, and says which took longest.
#[derive(Parser)]
struct Options {
    /// How many policies.
    #[arg(long, default_value_t = 1_000)]
    policies: u64,
    /// How many sets of reference values, session fields and calls.
    #[arg(long, default_value_t = 1_000)]
    inputs: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// One attempt.
struct Attempt {
    kind: &'static str,
    family: &'static str,
    seed: u64,
    bytes: usize,
    took: Duration,
    outcome: Outcome,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let bundle = match Bundle::open([input::policy()], Execution::Jit) {
        Ok(bundle) => bundle,
        Err(error) => {
            eprintln!("the policy that hostile inputs ask: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut attempts = Vec::new();
    for seed in options.seed..options.seed + options.policies {
        let (family, files) = policy::write(seed);
        let bytes = files.iter().map(|file| file.text.len()).sum();
        let (outcome, took) = timed(|| attempt::policy(files));
        attempts.push(Attempt { kind: "policy", family, seed, bytes, took, outcome });
    }
    for seed in options.seed..options.seed + options.inputs {
        let (family, sent) = input::write(seed);
        let bytes = sent.references.len() + sent.session.len() + sent.call.len();
        let (outcome, took) = timed(|| attempt::input(&bundle, &sent));
        attempts.push(Attempt { kind: "input", family, seed, bytes, took, outcome });
    }
    report(&mut attempts)
}

fn report(attempts: &mut [Attempt]) -> ExitCode {
    let mut families: BTreeMap<(&str, &str), (usize, usize, Duration)> = BTreeMap::new();
    for attempt in attempts.iter() {
        let (tried, refused, longest) = families.entry((attempt.kind, attempt.family)).or_default();
        *tried += 1;
        *refused += usize::from(matches!(attempt.outcome, Outcome::Refused(_)));
        *longest = attempt.took.max(*longest);
    }
    for ((kind, family), (tried, refused, longest)) in families {
        println!("{kind:6} {family:28} {tried:4} tried, {refused:4} refused, longest {:7.1} ms", milliseconds(longest));
    }
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.took));
    println!("\nslowest:");
    for Attempt { kind, family, seed, bytes, took, outcome } in attempts.iter().take(10) {
        println!("{:8.1} ms  {kind} {seed} ({family}, {bytes} bytes): {outcome:?}", milliseconds(*took));
    }
    let slow = attempts.iter().filter(|attempt| attempt.took > LIMIT).count();
    println!("{} tried, {slow} of them longer than {} ms", attempts.len(), LIMIT.as_millis());
    if slow == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What came of an attempt, and how long it took.
fn timed(attempt: impl FnOnce() -> Outcome) -> (Outcome, Duration) {
    let (worked, begun) = (worked(), Instant::now());
    let outcome = attempt();
    let elapsed = begun.elapsed();
    (outcome, worked.zip(self::worked()).map_or(elapsed, |(before, after)| after.saturating_sub(before)))
}

/// How long the processor has worked on this thread, where the system tells (Linux, `Documentation/scheduler/sched-stats.rst`: nanoseconds).
fn worked() -> Option<Duration> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    statistics.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
