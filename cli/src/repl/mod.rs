//! `atbac repl`: expressions and calls, tried on policies with evidence loaded.
//!
//! - [`workbench`]: what is loaded, and what can be asked of it;
//! - [`command`]: what a line means;
//! - [`lines`]: where lines come from: an editor at a terminal, else standard input.
//!
//! Nothing that is typed ends it but `:quit` and the end of the input.

mod command;
mod lines;
mod workbench;

use crate::failure::Failure;
use crate::instant;
use crate::report::{Answer, Report};
use crate::text::Text;
use command::Command;
use jiff::Timestamp;
use lines::Lines;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use workbench::Workbench;

/// Try expressions and calls on policies, with evidence loaded
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac repl policies/
         atbac repl policies/ --evidence session.json --call call.json --references references.json --at 2026-06-30T12:01:00Z

Type an expression of a rule to see its value and its type, `:help` for what else there is. Where standard input is no terminal, each of its lines is \
taken as typed, and the answer is no if one of them could not be done. History is kept in `$XDG_STATE_HOME/atbac`, of a terminal only.")]
pub(crate) struct Args {
    /// Policies (.atbac), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// A session with its evidence, as for `atbac decide`
    #[arg(long, value_name = "FILE")]
    evidence: Option<PathBuf>,
    /// A call, as for `atbac decide`
    #[arg(long, value_name = "FILE", requires = "evidence")]
    call: Option<PathBuf>,
    /// Reference values
    #[arg(long, value_name = "FILE")]
    references: Option<PathBuf>,
    /// Take evidence whose file says that it is simulated (`atbac simulate`)
    #[arg(long)]
    dangerous_simulated_evidence: bool,
    /// The time of decisions, RFC 3339 or `now`
    #[arg(long, value_name = "TIME", value_parser = instant::argument, default_value = "now")]
    at: Timestamp,
}

/// Reads, answers, and begins again.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    let mut bench = Workbench::new(args.dangerous_simulated_evidence, args.at);
    let mut failed = 0;
    let beginning = [
        Some(Command::Load(args.paths.clone())),
        args.references.clone().map(Command::References),
        args.evidence.clone().map(Command::Evidence),
        args.call.clone().map(Command::Call),
    ];
    for command in beginning.into_iter().flatten() {
        failed += usize::from(!done(&mut bench, command, &text)?);
    }
    let mut lines = Lines::open();
    while let Some(line) = lines.next()? {
        match line.and_then(|line| Command::parse(&line)) {
            Ok(None) => {}
            Ok(Some(Command::Quit)) => break,
            Ok(Some(command)) => failed += usize::from(!done(&mut bench, command, &text)?),
            Err(failure) => {
                failed += 1;
                print(&failure.text(text.anew()))?;
            }
        }
    }
    lines.close();
    let answer = if lines.is_interactive() { Answer::Yes } else { (failed == 0).into() };
    Ok(Report { answer, json: json!({ "failed": failed }), text })
}

/// Does what a command says and prints what comes of it; `false` where it could not be done.
fn done(bench: &mut Workbench, command: Command, text: &Text) -> Result<bool, Failure> {
    let mut said = text.anew();
    let is_done = match bench.answer(command, &mut said) {
        Ok(is_done) => is_done,
        Err(failure) => {
            said = failure.text(said);
            false
        }
    };
    print(&said)?;
    Ok(is_done)
}

fn print(text: &Text) -> Result<(), Failure> {
    let mut stdout = std::io::stdout();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::output)
}
