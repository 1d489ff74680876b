//! Policy engines side by side: on the same requests, in one process, with one table at the end.
//!
//! In reading order:
//!
//! - [`workload`]: the rules as data, the stream of requests, and an oracle in plain Rust that says which are allowed;
//! - [`engine`]: hand-written Rust, atbac and its peers, each behind one trait and written as its documentation recommends;
//! - [`measure`]: rounds, percentiles, the clock's cost, loading, memory;
//! - [`report`]: the table, and the same as JSON.
//!
//! An engine that decides a single request otherwise than the oracle makes the program fail.

#![forbid(unsafe_code)]

mod engine;
mod measure;
mod report;
mod workload;

use clap::Parser;
use engine::{Engine, Entrant, Setting};
use measure::{Clock, Load, Stream};
use report::{Loading, Report, Row, Surroundings};
use std::process::{Command, ExitCode};
use workload::{Kind, Workload};

/// Compare policy engines on the same requests
#[derive(Parser)]
struct Arguments {
    /// The workloads: `w1`, `w2-N`, `w3-N`
    #[arg(long, value_delimiter = ',', default_value = "w1,w2-10,w2-1000,w2-10000,w3-1000,w3-10000")]
    workloads: Vec<Kind>,
    /// The engines, by name or the beginning of their names; `rust-str` always takes part
    #[arg(long, value_delimiter = ',')]
    engines: Vec<String>,
    /// How often everything is measured; the medians count
    #[arg(long, default_value_t = 3)]
    repeats: usize,
    /// Leave out loading in processes of their own
    #[arg(long)]
    no_loading: bool,
    /// Leave out what surrounds a decision: sessions, references, explanations, threads
    #[arg(long)]
    no_surroundings: bool,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Print the tables of `docs/performance.md`
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Load one engine with one workload in this process, and print what that took as JSON
    #[arg(long, value_names = ["ENGINE", "WORKLOAD"], num_args = 2, hide = true)]
    load_once: Option<Vec<String>>,
    /// Decide the whole stream so many times with one engine and nothing else, for counting instructions: see `instructions`
    #[arg(long, value_names = ["ENGINE", "WORKLOAD", "SETTING", "PASSES"], num_args = 4, hide = true)]
    decide_only: Option<Vec<String>>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some([engine, workload]) = arguments.load_once.as_deref() {
        return load_once(engine, workload);
    }
    if let Some([engine, workload, setting, passes]) = arguments.decide_only.as_deref() {
        return decide_only(engine, workload, setting, passes);
    }
    let entrants = entrants(&arguments.engines);
    if entrants.len() < 2 {
        eprintln!("no engine is called so: expected some of {}", names(engine::ENTRANTS.iter()));
        return ExitCode::from(2);
    }
    let clock = Clock::calibrate();
    let mut report = Report::new(clock);
    for kind in &arguments.workloads {
        run(*kind, &entrants, &arguments, clock, &mut report);
    }
    match (arguments.json, arguments.markdown) {
        (true, _) => report.print_json(),
        (false, true) => report.print_markdown(),
        (false, false) => report.print_tables(),
    }
    for wrong in &report.wrong {
        eprintln!("WRONG: {wrong}");
    }
    if report.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn names<'a>(entrants: impl Iterator<Item = &'a Entrant>) -> String {
    entrants.map(|entrant| entrant.name).collect::<Vec<_>>().join(", ")
}

fn entrants(asked: &[String]) -> Vec<&'static Entrant> {
    let takes_part = |entrant: &&Entrant| {
        asked.is_empty()
            || entrant.name == "rust-str"
            || asked.iter().any(|name| entrant.name.starts_with(name.as_str()))
    };
    engine::ENTRANTS.iter().filter(takes_part).collect()
}

/// Runs a workload on all engines that take it.
fn run(kind: Kind, entrants: &[&Entrant], arguments: &Arguments, clock: Clock, report: &mut Report) {
    let workload = Workload::new(kind);
    let entrants: Vec<&Entrant> = entrants.iter().copied().filter(|entrant| (entrant.takes)(kind)).collect();
    eprintln!("{kind}: {}", names(entrants.iter().copied()));
    let mut engines: Vec<Box<dyn Engine>> = Vec::new();
    for entrant in &entrants {
        let loaded = (entrant.load)(&workload);
        let mut engine = loaded.engine;
        engine.prepare(&workload);
        engines.push(engine);
        let loads = (0..if arguments.no_loading { 0 } else { arguments.repeats }).map(|_| load_apart(entrant, kind));
        report.loads.extend(Loading::new(kind, entrant.name, workload.permits.len(), loaded.source, loads.collect()));
    }

    // One after another, so that the engines take turns in each round.
    let mut streams: Vec<(usize, Setting, Stream)> = Vec::new();
    for setting in Setting::ALL {
        for (at, entrant) in entrants.iter().enumerate() {
            // The first of the settings is the prepared one.
            let prepared = (setting != Setting::Prepared).then(|| &streams[at].2);
            let (stream, wrong) = Stream::check(engines[at].as_mut(), setting, &workload.expected, prepared);
            if let Some(first) = wrong.first() {
                report.wrong.push(format!(
                    "{} decides {} of {} requests of {kind} otherwise than expected ({}), the first at {first}: {:?}",
                    entrant.name,
                    wrong.len(),
                    workload.requests.len(),
                    setting.name(),
                    workload.requests[*first],
                ));
            }
            streams.push((at, setting, stream));
        }
    }
    for _ in 0..arguments.repeats {
        for round in 0..Stream::most_rounds() {
            for (at, _, stream) in &mut streams {
                stream.round(engines[*at].as_mut(), round, clock);
            }
        }
        streams.iter_mut().for_each(|(_, _, stream)| stream.end_repeat());
    }
    for (at, setting, stream) in &streams {
        report.rows.push(Row::new(kind, entrants[*at].name, *setting, stream));
    }
    drop(engines);
    let atbac = entrants.iter().any(|entrant| entrant.name == "atbac");
    if atbac && !arguments.no_surroundings {
        let figures = engine::surroundings::measure(&workload, clock);
        report.surroundings.push(Surroundings { workload: kind.to_string(), figures });
    }
}

/// Loads an engine in a process of its own, in which nothing is warm.
fn load_apart(entrant: &Entrant, kind: Kind) -> Load {
    let program = std::env::current_exe().expect("the program knows where it is");
    let output = Command::new(program).args(["--load-once", entrant.name, &kind.to_string()]).output();
    let output = output.expect("the program can be started again");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!("loading {} with {kind} failed: {}", entrant.name, String::from_utf8_lossy(&output.stderr))
    })
}

fn load_once(engine: &str, workload: &str) -> ExitCode {
    let Some((entrant, kind)) = taking_part(engine, workload) else {
        return ExitCode::from(2);
    };
    let loaded = (entrant.load)(&Workload::new(kind));
    println!("{}", serde_json::to_string(&loaded.load).expect("plain numbers"));
    ExitCode::SUCCESS
}

fn decide_only(engine: &str, workload: &str, setting: &str, passes: &str) -> ExitCode {
    let setting = Setting::ALL.into_iter().find(|known| known.name() == setting);
    let (Some((entrant, kind)), Some(setting), Ok(passes)) =
        (taking_part(engine, workload), setting, passes.parse::<usize>())
    else {
        return ExitCode::from(2);
    };
    let workload = Workload::new(kind);
    let mut engine = (entrant.load)(&workload).engine;
    engine.prepare(&workload);
    let permits = decide_stream(engine.as_mut(), setting, workload.requests.len(), passes);
    println!("{permits} of {} permitted", passes * workload.requests.len());
    ExitCode::SUCCESS
}

/// By itself, so that what it takes can be told from all else.
#[inline(never)]
fn decide_stream(engine: &mut dyn Engine, setting: Setting, requests: usize, passes: usize) -> usize {
    (0..passes).map(|_| (0..requests).filter(|at| engine.decide(setting, *at)).count()).sum()
}

/// The engine of this name and the workload that it takes.
fn taking_part(engine: &str, workload: &str) -> Option<(&'static Entrant, Kind)> {
    let kind = workload.parse().ok()?;
    let entrant = engine::ENTRANTS.iter().find(|entrant| entrant.name == engine)?;
    (entrant.takes)(kind).then_some((entrant, kind))
}
