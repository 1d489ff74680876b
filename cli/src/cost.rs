//! `atbac cost`: the most that an answer can cost.

use crate::failure::Failure;
use crate::policies;
use crate::report::{Answer, Report};
use crate::text::Text;
use atbac_compiler::cost::{self, Cost, Work};
use serde_json::{Value as Json, json};
use std::fmt::Write;
use std::path::PathBuf;

/// Show the most that a decision can cost, for each request type
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac cost policies/

A step is reading one word of 64 bits and comparing it, or combining two answers. Every number is an upper limit, for a call that reaches every rule.")]
pub(crate) struct Args {
    /// Policies (.atbac), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Checks the policies and tells what they cost.
pub(crate) fn run(args: &Args, mut text: Text) -> Result<Report, Failure> {
    let checked = policies::check(&args.paths)?;
    let mut requests = Vec::new();
    for program in checked.lower().map_err(|error| Failure::new(error.code(), error.to_string()))? {
        let request = checked.policy.schema.request(program.request);
        let cost = cost::of(&program);
        text.add(shown(&format!("{}.{}", request.package, request.name), &cost));
        requests.push(object(&request.package, &request.name, &cost));
    }
    Ok(Report { answer: Answer::Yes, json: json!({ "requests": requests }), text })
}

fn shown(name: &str, cost: &Cost) -> String {
    let rules = if cost.rules == 1 { "rule" } else { "rules" };
    let mut shown = format!("{name}: {} {rules}\n", cost.rules);
    let tests = [cost.session_tests, cost.call_tests, cost.element_tests];
    // Writing to a string cannot fail.
    let _ =
        writeln!(shown, "  tests    {} a session, {} a call, {} an element of a list", tests[0], tests[1], tests[2]);
    let _ = writeln!(shown, "  frames   {} words a session, {} words a call", cost.session_words, cost.call_words);
    let _ = writeln!(shown, "  session  {}", work(&cost.session));
    let _ = writeln!(shown, "  call     {}\n", work(&cost.call));
    shown
}

/// `at most 40 steps, 1 more a byte of text; 8 elements, 2 searches`
fn work(work: &Work) -> String {
    let mut steps = format!("at most {} steps", work.steps);
    for (more, what) in [(work.steps_a_byte, "byte of text"), (work.steps_an_entry, "entry of reference values")] {
        if more > 0 {
            let _ = write!(steps, ", {more} more for each {what}");
        }
    }
    let among: Vec<String> = [
        (work.elements, "elements of lists"),
        (work.searches, "searches of sets"),
        (work.hashed_bytes, "bytes hashed"),
        (work.hashed_texts, "texts hashed"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if among.is_empty() { steps } else { format!("{steps}; among them {}", among.join(", ")) }
}

fn object(package: &str, name: &str, cost: &Cost) -> Json {
    json!({
        "package": package,
        "request": name,
        "rules": cost.rules,
        "tests": { "session": cost.session_tests, "call": cost.call_tests, "element": cost.element_tests },
        "frame_words": { "session": cost.session_words, "call": cost.call_words },
        "session": fields(&cost.session),
        "call": fields(&cost.call),
    })
}

fn fields(work: &Work) -> Json {
    json!({
        "steps": work.steps,
        "steps_a_byte": work.steps_a_byte,
        "steps_an_entry": work.steps_an_entry,
        "elements": work.elements,
        "searches": work.searches,
        "hashed_bytes": work.hashed_bytes,
        "hashed_texts": work.hashed_texts,
    })
}
