//! `atbac fmt`: policies in the canonical layout.

use crate::failure::{Failure, UNWRITABLE};
use crate::files;
use crate::policies;
use crate::report::Report;
use crate::text::Text;
use atbac_compiler::pipeline::SourceFile;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::{FileId, MAX_FILE_BYTES, SourceMap};
use atbac_grammar::{format, json};
use serde_json::{Value as Json, json};
use similar::{ChangeTag, TextDiff};
use std::fs;
use std::path::PathBuf;

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
}

/// What became of one file.
enum Outcome {
    Same,
    Changed(String),
    Refused(Vec<Diagnostic>),
}

/// Formats.
pub(crate) fn run(args: &Args, mut text: Text) -> Result<Report, Failure> {
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        if args.paths.len() > 1 {
            return Err(Failure::usage("`-` stands alone: standard input is one policy"));
        }
        let source =
            SourceFile { name: "standard input".to_owned(), text: files::standard_input(MAX_FILE_BYTES as u64)? };
        return Ok(stream(args, source, text));
    }
    let writes = !args.check && !args.diff;
    let (mut changed, mut diagnostics, mut count) = (Vec::new(), Vec::new(), 0);
    for source in policies::collect(&args.paths)? {
        count += 1;
        let (sources, outcome) = laid_out(&source);
        match outcome {
            Outcome::Same => {}
            Outcome::Changed(laid_out) => {
                if writes {
                    fs::write(&source.name, &laid_out).map_err(|error| unwritable(&source.name, &error))?;
                }
                show(args, &source, &laid_out, &mut text);
                changed.push(source.name);
            }
            Outcome::Refused(found) => {
                text.diagnostics(&found, &sources);
                diagnostics.extend(found.iter().map(|finding| json::value(finding, &sources)));
            }
        }
    }
    let kept = if diagnostics.is_empty() { "" } else { "; files with syntax errors are left as they are" };
    let done = if writes { "laid out anew" } else { "to be laid out anew" };
    let answer = diagnostics.is_empty() && (writes || changed.is_empty());
    let summary = format!("{count} looked at: {} {done}{kept}\n", changed.len());
    if answer {
        text.good(summary)
    } else {
        text.bad(summary)
    }
    Ok(Report { answer: answer.into(), json: document(count, &changed, diagnostics), text })
}

/// Standard input to standard output.
fn stream(args: &Args, source: SourceFile, mut text: Text) -> Report {
    let (sources, outcome) = laid_out(&source);
    let writes = !args.check && !args.diff;
    let (answer, changed, diagnostics) = match outcome {
        Outcome::Same => {
            if writes {
                text.verbatim(&source.text);
            }
            (true, Vec::new(), Vec::new())
        }
        Outcome::Changed(laid_out) => {
            if writes {
                text.verbatim(&laid_out);
            } else {
                show(args, &source, &laid_out, &mut text);
            }
            (writes, vec![source.name], Vec::new())
        }
        Outcome::Refused(found) => {
            text.diagnostics(&found, &sources);
            (false, Vec::new(), found.iter().map(|finding| json::value(finding, &sources)).collect())
        }
    };
    Report { answer: answer.into(), json: document(1, &changed, diagnostics), text }
}

fn laid_out(source: &SourceFile) -> (SourceMap, Outcome) {
    let mut sources = SourceMap::default();
    // What is read has room in a source map; a text that has none is refused by `format`.
    let file = sources.add(source.name.clone(), source.text.as_str()).unwrap_or(FileId(0));
    let outcome = match format(file, &source.text) {
        Ok(laid_out) if laid_out == source.text => Outcome::Same,
        Ok(laid_out) => Outcome::Changed(laid_out),
        Err(diagnostics) => Outcome::Refused(diagnostics),
    };
    (sources, outcome)
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

fn document(files: usize, changed: &[String], diagnostics: Vec<Json>) -> Json {
    json!({ "files": files, "changed": changed, "diagnostics": diagnostics })
}

fn unwritable(path: &str, error: &std::io::Error) -> Failure {
    let reason = error.to_string().to_lowercase();
    Failure::new(UNWRITABLE, format!("`{path}` cannot be written: {reason}; check its permissions"))
}
