//! What comes out: tables for people, JSON for programs.

mod markdown;

use crate::engine::{Setting, surroundings::Figure};
use crate::measure::{Clock, Load, Stream, Times, median_of};
use crate::workload::Kind;
use serde::Serialize;

/// The figures of a run.
#[derive(Serialize)]
pub(crate) struct Report {
    /// What the clock costs a timed decision, in nanoseconds; it is taken off everywhere.
    pub(crate) clock: f64,
    /// Decisions.
    pub(crate) rows: Vec<Row>,
    /// Loading.
    pub(crate) loads: Vec<Loading>,
    /// What surrounds decisions.
    pub(crate) surroundings: Vec<Surroundings>,
    /// Decisions that are wrong: none, or the figures are worth nothing.
    pub(crate) wrong: Vec<String>,
}

/// One engine in one setting on one workload.
#[derive(Serialize)]
pub(crate) struct Row {
    workload: String,
    setting: &'static str,
    engine: &'static str,
    /// Nanoseconds.
    times: Times,
    /// The least and the greatest p50 of the repeats.
    noise: [f64; 2],
    allocations: f64,
}

impl Row {
    /// The figures of a stream.
    pub(crate) fn new(kind: Kind, engine: &'static str, setting: Setting, stream: &Stream) -> Self {
        Row {
            workload: kind.to_string(),
            setting: setting.name(),
            engine,
            times: stream.times(),
            noise: stream.noise(),
            allocations: stream.allocations,
        }
    }
}

/// Loading one engine with one workload, cold.
#[derive(Serialize)]
pub(crate) struct Loading {
    workload: String,
    engine: &'static str,
    policies: usize,
    source_bytes: Option<usize>,
    #[serde(flatten)]
    load: Load,
}

impl Loading {
    /// The medians of so many loads; nothing of none.
    pub(crate) fn new(
        kind: Kind,
        engine: &'static str,
        policies: usize,
        source_bytes: Option<usize>,
        loads: Vec<Load>,
    ) -> Option<Self> {
        let median = |pick: fn(&Load) -> f64| median_of(loads.iter().map(pick));
        let load = Load {
            seconds: median(|load| load.seconds),
            peak_bytes: median(|load| load.peak_bytes as f64) as u64,
            kept_bytes: median(|load| load.kept_bytes as f64) as u64,
        };
        (!loads.is_empty()).then(|| Loading { workload: kind.to_string(), engine, policies, source_bytes, load })
    }
}

/// What surrounds the decisions of a workload.
#[derive(Serialize)]
pub(crate) struct Surroundings {
    /// The workload.
    pub(crate) workload: String,
    /// The figures.
    pub(crate) figures: Vec<Figure>,
}

impl Report {
    /// An empty one.
    pub(crate) fn new(clock: Clock) -> Self {
        Report { clock: clock.0, rows: Vec::new(), loads: Vec::new(), surroundings: Vec::new(), wrong: Vec::new() }
    }

    /// The hand-written row that a row is compared with.
    fn base(&self, row: &Row) -> Option<&Row> {
        let is_base =
            |base: &&Row| base.engine == "rust-str" && base.workload == row.workload && base.setting == row.setting;
        self.rows.iter().find(is_base)
    }

    /// Prints it as one JSON object.
    pub(crate) fn print_json(&self) {
        println!("{}", serde_json::to_string_pretty(self).expect("plain numbers"));
    }

    /// Prints it as tables.
    pub(crate) fn print_tables(&self) {
        println!("clock and call overhead, taken off: {:.1} ns\n", self.clock);
        println!(
            "{:<10} {:<9} {:<20} {:>10} {:>10} {:>10} {:>10} {:>8} {:>8} {:>9}  noise of p50",
            "workload", "input", "engine", "p50", "p95", "p99", "mean", "x p50", "x p99", "allocs"
        );
        for row in &self.rows {
            let base = self.base(row);
            let ratio = |pick: fn(&Times) -> f64| base.map_or(f64::NAN, |base| pick(&row.times) / pick(&base.times));
            let Times { p50, p95, p99, mean } = row.times;
            println!(
                "{:<10} {:<9} {:<20} {:>10} {:>10} {:>10} {:>10} {:>8} {:>8} {:>9.1}  {} to {}",
                row.workload,
                row.setting,
                row.engine,
                time(p50),
                time(p95),
                time(p99),
                time(mean),
                times(ratio(|times| times.p50)),
                times(ratio(|times| times.p99)),
                row.allocations,
                time(row.noise[0]),
                time(row.noise[1]),
            );
        }
        if !self.loads.is_empty() {
            println!("\nfrom policies to ready, in a process of its own\n");
            println!(
                "{:<10} {:<20} {:>10} {:>10} {:>10} {:>10} {:>12}",
                "workload", "engine", "source", "time", "peak", "kept", "kept/policy"
            );
        }
        for Loading { workload, engine, policies, source_bytes, load } in &self.loads {
            println!(
                "{workload:<10} {engine:<20} {:>10} {:>10} {:>10} {:>10} {:>12}",
                source_bytes.map_or("-".to_owned(), |source| bytes(source as u64)),
                time(load.seconds * 1e9),
                bytes(load.peak_bytes),
                bytes(load.kept_bytes),
                bytes(load.kept_bytes / *policies as u64),
            );
        }
        for Surroundings { workload, figures } in &self.surroundings {
            println!("\naround a decision of atbac, {workload}\n");
            for Figure { name, p50, p99 } in figures {
                match p99 {
                    Some(p99) => println!("{name:<55} p50 {:>10}  p99 {:>10}", time(*p50), time(*p99)),
                    None => println!("{name:<55}     {p50:>10.2}"),
                }
            }
        }
    }
}

/// A time in nanoseconds, in the unit that suits it.
fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ns if ns < 1e3 => (ns, "ns"),
        ns if ns < 1e6 => (ns / 1e3, "µs"),
        ns if ns < 1e9 => (ns / 1e6, "ms"),
        ns => (ns / 1e9, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

fn bytes(count: u64) -> String {
    let (value, unit) = match count as f64 {
        bytes if bytes < 1024.0 => (bytes, "B"),
        bytes if bytes < 1024.0 * 1024.0 => (bytes / 1024.0, "KiB"),
        bytes => (bytes / 1024.0 / 1024.0, "MiB"),
    };
    format!("{} {unit}", three_digits(value))
}

fn times(ratio: f64) -> String {
    three_digits(ratio)
}

fn three_digits(value: f64) -> String {
    let digits = if value < 1.0 {
        3
    } else if value < 10.0 {
        2
    } else {
        usize::from(value < 100.0)
    };
    format!("{value:.digits$}")
}
