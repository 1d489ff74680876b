//! `atbac fmt`: policies in the canonical layout.

use crate::failure::Failure;
use crate::files;
use crate::format::{self, Found, NOT_LAID_OUT};
use crate::policies;
use crate::progress;
use crate::report::Report;
use crate::text::Text;
use atbac_compiler::pipeline::SourceFile;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::{FileId, MAX_FILE_BYTES, SourceMap};
use atbac_grammar::{format as lay_out, json};
use atbac_reports::finding::{Finding, Level, Place};
use serde_json::{Value as Json, json};
use similar::{ChangeTag, TextDiff};
use std::path::{Path, PathBuf};

/// Lay policies out in the canonical form; comments and meaning stay
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac fmt policies/
         atbac fmt --check policies/
         atbac fmt - < policy.atbac

What is written in one line stays in one if it has room there; what is written over several lines keeps a line for each of its parts. Files with \
syntax errors are left as they are, and the answer is then no. With `--check` or `--diff`, the answer is yes when nothing would change.")]
pub(crate) struct Args {
    /// Policies (.atbac), or folders of them; `-` reads standard input and writes standard output
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; name the files that would change
    #[arg(long)]
    check: bool,
    /// Write nothing; show what would change
    #[arg(long)]
    diff: bool,
    #[command(flatten)]
    format: format::Args,
}

/// What became of one file.
enum Outcome {
    Same,
    Changed(String),
    Refused(Vec<Diagnostic>),
}

/// What the files that were looked at are together.
const SUITE: &str = "atbac fmt";

/// Lays out.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    all_laid_out(args, text).map_err(|failure| args.format.failure(SUITE, failure))
}

fn all_laid_out(args: &Args, mut text: Text) -> Result<Report, Failure> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        if args.paths.len() > 1 {
            return Err(Failure::usage("`-` stands alone: standard input is one policy"));
        }
        let read = files::standard_input(MAX_FILE_BYTES as u64)?;
        return Ok(stream(args, SourceFile { name: "standard input".to_owned(), text: read }, text));
    }
    let mut done = Done::default();
    let policies = policies::collect(&args.paths)?;
    progress::during("laying out", |progress| -> Result<(), Failure> {
        progress.all(policies.len());
        policies.into_iter().try_for_each(|source| {
            let (sources, outcome) = laid_out(&source);
            match &outcome {
                Outcome::Changed(laid_out) if args.writes() => files::write(Path::new(&source.name), laid_out)?,
                Outcome::Changed(_) | Outcome::Same | Outcome::Refused(_) => {}
            }
            done.add(args, &source, &sources, outcome, &mut text);
            progress.one_more();
            Ok(())
        })
    })?;
    let kept = if done.diagnostics.is_empty() { "" } else { "; files with syntax errors are left as they are" };
    let what = if args.writes() { "laid out anew" } else { "to be laid out anew" };
    let summary = format!("{} looked at: {} {what}{kept}\n", done.files.len(), done.changed.len());
    if done.answer(args) {
        text.good(summary)
    } else {
        text.bad(summary)
    }
    Ok(done.report(args, text))
}

/// Standard input to standard output.
fn stream(args: &Args, source: SourceFile, mut text: Text) -> Report {
    let (sources, outcome) = laid_out(&source);
    let mut done = Done::default();
    match &outcome {
        Outcome::Same if args.writes() => text.verbatim(&source.text),
        Outcome::Changed(laid_out) if args.writes() => {
            text.verbatim(laid_out);
            return done.report(args, text);
        }
        Outcome::Same | Outcome::Changed(_) | Outcome::Refused(_) => {}
    }
    done.add(args, &source, &sources, outcome, &mut text);
    done.report(args, text)
}

fn laid_out(source: &SourceFile) -> (SourceMap, Outcome) {
    let mut sources = SourceMap::default();
    // What is read has room in a source map; a text that has none is refused all the same.
    let file = sources.add(source.name.clone(), source.text.as_str()).unwrap_or(FileId(0));
    let outcome = match lay_out(file, &source.text) {
        Ok(laid_out) if laid_out == source.text => Outcome::Same,
        Ok(laid_out) => Outcome::Changed(laid_out),
        Err(diagnostics) => Outcome::Refused(diagnostics),
    };
    (sources, outcome)
}

impl Args {
    fn writes(&self) -> bool {
        !self.check && !self.diff
    }
}

/// What became of every file.
#[derive(Default)]
struct Done {
    files: Vec<String>,
    changed: Vec<String>,
    diagnostics: Vec<Json>,
    findings: Vec<Finding>,
}

impl Done {
    fn add(&mut self, args: &Args, source: &SourceFile, sources: &SourceMap, outcome: Outcome, text: &mut Text) {
        self.files.push(source.name.clone());
        match outcome {
            Outcome::Same => {}
            Outcome::Changed(laid_out) => {
                show(args, source, &laid_out, text);
                if !args.writes() {
                    self.findings.push(not_laid_out(&source.name));
                }
                self.changed.push(source.name.clone());
            }
            Outcome::Refused(found) => {
                text.diagnostics(&found, sources);
                self.diagnostics.extend(found.iter().map(|finding| json::value(finding, sources)));
                self.findings.extend(found.iter().map(|finding| Finding::of(finding, sources)));
            }
        }
    }

    fn answer(&self, args: &Args) -> bool {
        self.diagnostics.is_empty() && (args.writes() || self.changed.is_empty())
    }

    fn report(self, args: &Args, text: Text) -> Report {
        let answer = self.answer(args).into();
        let cases = self.files.iter().map(|name| format::case(name, &self.findings)).collect();
        let json = json!({ "files": self.files.len(), "changed": self.changed, "diagnostics": self.diagnostics });
        args.format.report(SUITE, Found { answer, json, text, findings: self.findings, cases })
    }
}

fn not_laid_out(name: &str) -> Finding {
    Finding {
        code: NOT_LAID_OUT.to_owned(),
        level: Level::Error,
        message: "this file is not in the canonical layout".to_owned(),
        help: Some(format!("run `atbac fmt {name}`")),
        place: Place { file: name.to_owned(), start: (1, 1), end: (1, 1) },
        fix: None,
    }
}

/// Names a file that changes, or shows how.
fn show(args: &Args, source: &SourceFile, laid_out: &str, text: &mut Text) {
    if !args.diff {
        text.add(format_args!("{}\n", source.name));
        return;
    }
    text.strong(format_args!("--- {0}\n+++ {0}\n", source.name));
    let diff = TextDiff::from_lines(source.text.as_str(), laid_out);
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        text.add(format_args!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            let line = change.value().trim_end_matches('\n');
            match change.tag() {
                ChangeTag::Equal => text.add(format_args!(" {line}")),
                ChangeTag::Delete => text.bad(format_args!("-{line}")),
                ChangeTag::Insert => text.good(format_args!("+{line}")),
            }
            text.add("\n");
        }
    }
}
