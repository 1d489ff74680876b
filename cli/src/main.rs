//! The `atbac` command.
//!
//! Every verb is a module with its arguments and one function, which asks the libraries and gives a [`Report`] or a [`Failure`]; this file
//! prints either and answers with an exit code. In reading order:
//!
//! - [`new`], [`check`], [`fmt`], [`verify`], [`simulate`], [`decide`], [`explain`], [`repl`], [`mod@test`], [`trust`], [`cost`], [`explain_code`], [`lsp`], [`shell`]: the verbs;
//! - [`import`], [`export`]: policies of other systems, and what a package asks and says;
//! - [`policies`], [`question`], [`evidence`], [`source`], [`verified`], [`session_file`]: what they read;
//! - [`claim_report`]: what verified evidence says, for people;
//! - [`watch`]: doing it again when files change;
//! - [`files`], [`instant`]: bytes and times from outside, within limits; [`lint`]: levels of lints;
//! - [`report`], [`failure`], [`text`], [`verdict`]: what they say; [`pager`], [`progress`]: to people at a terminal;
//!   [`mod@format`], [`coverage`]: the same for other tools.
//!
//! This is the one place of the project that reads files and may read the clock.

#![forbid(unsafe_code)]

mod check;
mod claim_report;
mod cost;
mod coverage;
mod decide;
mod evidence;
mod explain;
mod explain_code;
mod export;
mod failure;
mod files;
mod fmt;
mod format;
mod import;
mod instant;
mod lint;
mod lsp;
mod new;
mod pager;
mod policies;
mod progress;
mod question;
mod repl;
mod report;
mod session_file;
mod shell;
mod simulate;
mod source;
mod test;
mod text;
mod timing;
mod token;
mod trust;
mod verdict;
mod verified;
mod verify;
mod watch;

use crate::failure::Failure;
use crate::report::{Answer, Report};
use crate::text::Text;
use clap::{CommandFactory, Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Attestation-based access control: policies over evidence that hardware signed.
#[derive(Parser)]
#[command(name = "atbac", version, after_help = EXIT_CODES)]
struct Cli {
    /// Answer with one JSON document on standard output, errors too
    #[arg(long, global = true)]
    json: bool,
    /// Print long answers at once, not a page at a time
    #[arg(long, global = true)]
    no_pager: bool,
    #[command(subcommand)]
    verb: Verb,
}

const EXIT_CODES: &str = "\
Exit codes: 0 for yes (no errors, verified, permitted, passed), 1 for no, 2 when the question could not be answered.";

#[derive(Subcommand)]
enum Verb {
    New(new::Args),
    Check(check::Args),
    Fmt(fmt::Args),
    Verify(verify::Args),
    Simulate(simulate::Args),
    Decide(decide::Args),
    Explain(explain::Args),
    Repl(repl::Args),
    Test(test::Args),
    Trust(trust::Args),
    Cost(cost::Args),
    ExplainCode(explain_code::Args),
    Lsp(lsp::Args),
    Import(import::Args),
    Export(export::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    // Answers that may be longer than a screen.
    let is_long = matches!(cli.verb, Verb::Explain(_) | Verb::ExplainCode(_) | Verb::Trust(_));
    let paged = is_long && !cli.no_pager && !cli.json;
    let terminal = std::io::stdout().is_terminal();
    let text = Text::new(terminal);
    let outcome = match cli.verb {
        Verb::New(args) => new::run(&args, text),
        Verb::Check(args) => check::run(&args, text),
        Verb::Fmt(args) => fmt::run(&args, text),
        Verb::Verify(args) => verify::run(args, text),
        Verb::Simulate(args) => simulate::run(&args, text),
        Verb::Decide(args) => decide::run(&args, text),
        Verb::Explain(args) => explain::run(&args, text),
        Verb::Repl(args) => repl::run(&args, text),
        Verb::Test(args) => match args.watched() {
            Some((paths, written)) => return watched(paths, &written, cli.json, || test::run(&args, text.anew())),
            None => test::run(&args, text),
        },
        Verb::Trust(args) => trust::run(&args, text),
        Verb::Cost(args) => cost::run(&args, text),
        Verb::ExplainCode(args) => explain_code::run(&args, text),
        Verb::Lsp(args) => return lsp::run(&args),
        Verb::Import(args) => import::run(&args, text),
        Verb::Export(args) => export::run(&args, text),
        Verb::Completions(args) => Ok(shell::completions(&args, Cli::command(), text)),
        Verb::Man(args) => shell::man(&args, Cli::command(), text),
    };
    if let Ok(report) = &outcome
        && paged
        && pager::show(report.text.as_bytes())
    {
        return exit_code(report.answer);
    }
    answer(outcome, cli.json)
}

fn exit_code(answer: Answer) -> ExitCode {
    match answer {
        Answer::Yes => ExitCode::SUCCESS,
        Answer::No => ExitCode::from(1),
    }
}

/// Prints what came out, and gives the exit code for it.
fn answer(outcome: Result<Report, Failure>, json: bool) -> ExitCode {
    let outcome = outcome.and_then(|report| {
        let mut stdout = std::io::stdout();
        let written = if json { writeln!(stdout, "{}", report.json) } else { stdout.write_all(report.text.as_bytes()) };
        // A yes that nobody could read is not given.
        written.and_then(|()| stdout.flush()).map_err(Failure::output)?;
        Ok(report.answer)
    });
    match outcome {
        Ok(answer) => exit_code(answer),
        Err(failure) => {
            // Where this cannot be written either, the exit code still says it.
            let _ = if json {
                writeln!(std::io::stdout(), "{}", failure.json())
            } else {
                let document = failure.document().unwrap_or_default();
                let _ = std::io::stdout().write_all(document.as_bytes());
                let text = failure.text(Text::new(std::io::stderr().is_terminal()));
                std::io::stderr().write_all(text.as_bytes())
            };
            ExitCode::from(2)
        }
    }
}

/// Answers now and after every change; ends only when the files cannot be watched.
fn watched(
    paths: &[PathBuf],
    written: &[&Path],
    json: bool,
    mut run: impl FnMut() -> Result<Report, Failure>,
) -> ExitCode {
    let outcome = watch::on_changes(paths, written, || {
        answer(run(), json);
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => answer(Err(failure), json),
    }
}

/// Answers arguments that ask for help, or that are none of this command's.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        return answer(Err(Failure::usage(error.to_string())), true);
    }
    match error.print() {
        Ok(()) if !error.use_stderr() => ExitCode::SUCCESS,
        Ok(()) | Err(_) => ExitCode::from(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;

    /// Every verb that does something, with the words that call it.
    fn verbs(command: &Command, words: &[String], found: &mut Vec<(String, String)>) {
        for verb in command.get_subcommands().filter(|verb| verb.get_name() != "help") {
            let words = [words, &[verb.get_name().to_owned()]].concat();
            if verb.has_subcommands() {
                verbs(verb, &words, found);
            } else {
                let help = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
                found.push((words.join(" "), help));
            }
        }
    }

    /// The lines of the part of a help that begins with `Example:`.
    fn examples(help: &str) -> Vec<&str> {
        let rest = help.split_once("Example:").map_or("", |(_, rest)| rest);
        let lines = rest.lines().map(str::trim).take_while(|line| !line.is_empty());
        lines.map(|line| line.split(['>', '<']).next().unwrap_or_default()).collect()
    }

    #[test]
    fn every_verb_shows_examples_that_can_be_typed() {
        let mut found = Vec::new();
        verbs(&Cli::command(), &["atbac".to_owned()], &mut found);
        assert!(found.len() > 15, "{found:?}");
        for (verb, help) in found {
            let examples = examples(&help);
            assert!(examples.iter().any(|example| example.starts_with(&verb)), "{verb}: {help}");
            for example in examples {
                // Words in quotation marks are one.
                let pieces = example.split('"').enumerate();
                let words: Vec<&str> = pieces
                    .flat_map(|(at, piece)| if at % 2 == 1 { vec![piece] } else { piece.split_whitespace().collect() })
                    .collect();
                if let Err(error) = Cli::try_parse_from(&words) {
                    assert!(!error.use_stderr(), "{example}: {error}");
                }
            }
        }
    }
}
