//! How things are measured.
//!
//! **Decisions** ([`Stream`]), in rounds in which the engines take turns, each round from another place of the stream. A round first decides
//! the whole stream and times that at once: the mean, which no clock disturbs, and in which the processor works on several decisions at a
//! time. Then it times each decision by itself, which nothing overlaps: what a caller waits. What the clock and the call through a trait
//! object cost is measured with an engine that does nothing, and taken off. Of the rounds of a repeat a decision's time is the mean of the
//! middle half, since the clock's ticks are coarse and some rounds are interrupted; the percentiles are over the decisions of the stream.
//! What is reported is the median over the repeats, with the least and the greatest as the noise.
//!
//! **Loading** ([`Load`]), in a process of its own, so that nothing is warm. Memory is the greater of two counts, each of which misses
//! something: the kernel's of resident memory has machine code and every thread in it, but not what reuses memory that making the source had
//! freed; the allocator's has just that, but only of the thread that loads.
//!
//! **Allocations** are counted by a counting allocator, on the thread that decides. It costs each allocation some nanoseconds, in every
//! engine alike.

use crate::engine::{Engine, Setting};
use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// What loading took.
#[derive(Debug, Clone, Copy, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Load {
    /// Seconds until ready.
    pub(crate) seconds: f64,
    /// The greatest growth of memory meanwhile, in bytes.
    pub(crate) peak_bytes: u64,
    /// The growth of memory that stayed, in bytes.
    pub(crate) kept_bytes: u64,
}

impl Load {
    /// Does it, and measures it. Memory is meaningful only in a process that has done little before.
    pub(crate) fn measure<T>(load: impl FnOnce() -> T) -> (T, Load) {
        // The kernel then begins the greatest resident size anew (Linux, Documentation/filesystems/proc.rst, `clear_refs`).
        _ = fs::write("/proc/self/clear_refs", "5");
        let before = resident("VmRSS:");
        let mut loaded = None;
        let begin = Instant::now();
        let heap = allocation_counter::measure(|| loaded = Some(load()));
        let seconds = begin.elapsed().as_secs_f64();
        let peak_bytes = resident("VmHWM:").saturating_sub(before).max(heap.bytes_max);
        let kept_bytes = resident("VmRSS:").saturating_sub(before).max(heap.bytes_current.max(0) as u64);
        (loaded.expect("it was loaded just now"), Load { seconds, peak_bytes, kept_bytes })
    }
}

/// A line of `/proc/self/status` that counts resident memory in kB, in bytes; zero where there is none.
fn resident(kind: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(kind));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// The times of one engine in one setting, in nanoseconds a decision.
#[derive(Debug, Clone, Copy, Default, serde::Serialize)]
pub(crate) struct Times {
    /// Half of the decisions take no longer.
    pub(crate) p50: f64,
    /// So many of a hundred take no longer.
    pub(crate) p95: f64,
    /// So many of a hundred take no longer.
    pub(crate) p99: f64,
    /// Of a whole pass timed at once.
    pub(crate) mean: f64,
}

/// The most rounds of a repeat.
const ROUNDS: usize = 31;

/// How long the rounds of one engine and setting may take in a repeat.
const BUDGET: Duration = Duration::from_millis(500);

/// The fewest decisions that percentiles are made of, however long they take.
const FEWEST: usize = 64;

/// From here on the whole stream is long.
const LONG: Duration = Duration::from_secs(5);

/// The measurement of one engine and setting on a stream.
pub(crate) struct Stream {
    setting: Setting,
    /// How long the whole stream takes.
    pass: Duration,
    /// The positions that are decided, in order: all, or every so manyth for a slow engine.
    positions: Vec<usize>,
    rounds: usize,
    /// For each position the times of a repeat's rounds.
    samples: Vec<Vec<f64>>,
    passes: Vec<f64>,
    repeats: Vec<Times>,
    /// Allocations in a decision, on average.
    pub(crate) allocations: f64,
}

impl Stream {
    /// Decides all requests once, and plans how many of them to time. Gives the positions that were decided otherwise than expected.
    ///
    /// An engine that needs long for the stream decides all of it prepared, and every sixteenth request in the other settings.
    pub(crate) fn check(
        engine: &mut dyn Engine,
        setting: Setting,
        expected: &[bool],
        prepared: Option<&Stream>,
    ) -> (Self, Vec<usize>) {
        let every = if prepared.is_some_and(|prepared| prepared.pass > LONG) { 16 } else { 1 };
        let checked = || (0..expected.len()).step_by(every);
        let begin = Instant::now();
        let wrong = checked().filter(|&at| engine.decide(setting, at) != expected[at]).collect();
        let pass = (begin.elapsed() * every as u32).max(Duration::from_micros(1));
        let fits = BUDGET.as_secs_f64() / pass.as_secs_f64();
        let decided = ((expected.len() as f64 * fits) as usize).clamp(FEWEST, expected.len());
        let positions: Vec<usize> = (0..decided).map(|at| at * expected.len() / decided).collect();
        let counted = allocation_counter::measure(|| {
            for &at in &positions {
                black_box(engine.decide(setting, at));
            }
        });
        let stream = Stream {
            setting,
            pass,
            rounds: (fits as usize).clamp(1, ROUNDS),
            samples: vec![Vec::new(); positions.len()],
            passes: Vec::new(),
            repeats: Vec::new(),
            allocations: counted.count_total as f64 / positions.len() as f64,
            positions,
        };
        (stream, wrong)
    }

    /// Times one round, if the repeat has so many.
    pub(crate) fn round(&mut self, engine: &mut dyn Engine, round: usize, clock: Clock) {
        if round >= self.rounds {
            return;
        }
        let count = self.positions.len();
        let start = round * count / self.rounds;
        let ordered = |positions: &[usize]| [&positions[start..], &positions[..start]].concat();
        let positions = ordered(&self.positions);
        if self.rounds > 1 {
            let begin = Instant::now();
            for &at in &positions {
                black_box(engine.decide(self.setting, black_box(at)));
            }
            self.passes.push(begin.elapsed().as_nanos() as f64 / count as f64);
        }
        for (nth, &at) in positions.iter().enumerate() {
            let begin = Instant::now();
            black_box(engine.decide(self.setting, black_box(at)));
            let time = begin.elapsed().as_nanos() as f64;
            self.samples[(start + nth) % count].push((time - clock.0).max(0.0));
        }
    }

    /// The most rounds that any stream has.
    pub(crate) const fn most_rounds() -> usize {
        ROUNDS
    }

    /// Ends a repeat.
    pub(crate) fn end_repeat(&mut self) {
        let mut each: Vec<f64> = self.samples.iter_mut().map(|times| middle_mean(times)).collect();
        self.samples.iter_mut().for_each(Vec::clear);
        each.sort_by(f64::total_cmp);
        let percentile = |part: usize| each[(each.len() - 1) * part / 100];
        let mean = if self.passes.is_empty() {
            each.iter().sum::<f64>() / each.len() as f64
        } else {
            median_of(self.passes.drain(..))
        };
        self.repeats.push(Times { p50: percentile(50), p95: percentile(95), p99: percentile(99), mean });
    }

    /// The medians over the repeats.
    pub(crate) fn times(&self) -> Times {
        let of = |pick: fn(&Times) -> f64| median_of(self.repeats.iter().map(pick));
        Times {
            p50: of(|times| times.p50),
            p95: of(|times| times.p95),
            p99: of(|times| times.p99),
            mean: of(|times| times.mean),
        }
    }

    /// The least and the greatest p50 of the repeats.
    pub(crate) fn noise(&self) -> [f64; 2] {
        let p50 = self.repeats.iter().map(|times| times.p50);
        [p50.clone().fold(f64::INFINITY, f64::min), p50.fold(0.0, f64::max)]
    }
}

/// What a timed decision costs that decides nothing, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(pub(crate) f64);

impl Clock {
    /// Measures it.
    pub(crate) fn calibrate() -> Self {
        struct Nothing;
        impl Engine for Nothing {
            fn prepare(&mut self, _: &crate::workload::Workload) {}
            fn decide(&mut self, _: Setting, at: usize) -> bool {
                at & 1 == 0
            }
        }
        let mut nothing: Box<dyn Engine> = black_box(Box::new(Nothing));
        let sample = |at| {
            let begin = Instant::now();
            black_box(nothing.decide(Setting::Prepared, black_box(at)));
            begin.elapsed().as_nanos() as f64
        };
        Clock(middle_mean(&mut (0..100_000).map(sample).collect::<Vec<f64>>()))
    }
}

/// The mean of the middle half.
fn middle_mean(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = &values[values.len() / 4..values.len() - values.len() / 4];
    middle.iter().sum::<f64>() / middle.len() as f64
}

/// The median.
pub(crate) fn median_of(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The time that something takes, repeated so often, in nanoseconds: the median and the 99th percentile.
pub(crate) fn repeat(times: usize, clock: Clock, mut what: impl FnMut(usize)) -> (f64, f64) {
    let sample = |at| {
        let begin = Instant::now();
        what(at);
        (begin.elapsed().as_nanos() as f64 - clock.0).max(0.0)
    };
    let mut samples: Vec<f64> = (0..times).map(sample).collect();
    samples.sort_unstable_by(f64::total_cmp);
    (samples[times / 2], samples[(times - 1) * 99 / 100])
}
