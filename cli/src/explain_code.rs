//! `atbac explain-code`: what a code means, why it matters, and how to mend what has it.
//!
//! - [`pages`]: the texts, embedded.

mod pages;

use crate::failure::Failure;
use crate::report::{Answer, Report};
use crate::text::Text;
use serde_json::{Value as Json, json};

/// Explain the code of a diagnostic, a refusal or an error
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac explain-code atbac::types::mismatch

The end of a code suffices where no other code has it: `types::mismatch`, `mismatch`.")]
#[group(required = true, multiple = false)]
pub(crate) struct Args {
    /// The code, as a diagnostic or an error names it
    code: Option<String>,
    /// List every code with a line about it
    #[arg(long)]
    list: bool,
}

/// No code has this name, or several.
const UNKNOWN_CODE: &str = "atbac::cli::unknown_code";

/// What is known about one code.
struct Explanation {
    code: &'static str,
    /// One line.
    summary: &'static str,
    /// The whole page, in Markdown.
    page: String,
}

/// Shows one page, or the list.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    match &args.code {
        Some(code) => find(code, &all()).map(|found| show(found, text)),
        None => Ok(list(&all(), text)),
    }
}

fn show(found: &Explanation, mut text: Text) -> Report {
    text.add(&found.page);
    let json = json!({ "code": found.code, "summary": found.summary, "page": found.page });
    Report { answer: Answer::Yes, json, text }
}

fn list(explanations: &[Explanation], mut text: Text) -> Report {
    let width = explanations.iter().map(|known| known.code.len()).max().unwrap_or(0);
    for Explanation { code, summary, .. } in explanations {
        text.add(format_args!("{code:<width$}  {summary}\n"));
    }
    let codes: Vec<Json> =
        explanations.iter().map(|known| json!({ "code": known.code, "summary": known.summary })).collect();
    Report { answer: Answer::Yes, json: json!({ "codes": codes }), text }
}

/// The summary and the page of a code.
pub(crate) fn explained(code: &str) -> Option<(&'static str, String)> {
    all().into_iter().find(|known| known.code == code).map(|known| (known.summary, known.page))
}

/// Every code that this version can give: the compiler's, then those of what runs its policies.
fn all() -> Vec<Explanation> {
    let pages = pages::PAGES.iter().filter_map(|page| {
        let mut lines = page.lines();
        let code = lines.next()?.strip_prefix("# ")?;
        Some(Explanation { code, summary: lines.nth(1)?, page: (*page).to_owned() })
    });
    let rows = pages::TABLES.iter().flat_map(|table| table.lines().filter_map(row));
    pages.chain(rows).collect()
}

/// A row of a table: the code, what it means, what to do.
fn row(line: &'static str) -> Option<Explanation> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
    let [code, summary, mend] = cells[..] else { return None };
    let code = code.strip_prefix('`')?.strip_suffix('`')?;
    Some(Explanation { code, summary, page: format!("# {code}\n\n{summary}\n\n## What to do\n\n{mend}\n") })
}

/// The code that is meant by its whole name, or by an end of it that no other code has.
fn find<'a>(wanted: &str, known: &'a [Explanation]) -> Result<&'a Explanation, Failure> {
    if let Some(exact) = known.iter().find(|known| known.code == wanted) {
        return Ok(exact);
    }
    let ends = |code: &str| code.strip_suffix(wanted).is_some_and(|rest| rest.ends_with("::"));
    let meant: Vec<&Explanation> = known.iter().filter(|known| ends(known.code)).collect();
    match meant[..] {
        [one] => Ok(one),
        [] => Err(Failure::new(UNKNOWN_CODE, unknown(wanted, known))),
        _ => {
            let codes: Vec<String> = meant.iter().map(|known| format!("`{}`", known.code)).collect();
            let message = format!("`{wanted}` is the end of several codes: write {}", codes.join(" or "));
            Err(Failure::new(UNKNOWN_CODE, message))
        }
    }
}

fn unknown(wanted: &str, known: &[Explanation]) -> String {
    match nearest(wanted, known) {
        Some(code) => format!("there is no code `{wanted}`: did you mean `{code}`?"),
        None => format!("there is no code `{wanted}`: `atbac explain-code --list` shows all"),
    }
}

/// The code that a slip of the keyboard makes `wanted` of: about one letter in three may be wrong.
fn nearest(wanted: &str, known: &[Explanation]) -> Option<&'static str> {
    let parts = wanted.split("::").count();
    let distance = |code: &'static str| {
        // As much of the code as was written.
        let start = code.rmatch_indices("::").nth(parts - 1).map_or(0, |(at, separator)| at + separator.len());
        let end = &code[start..];
        let distance = strsim::damerau_levenshtein(wanted, end);
        (distance <= end.len().div_ceil(3).min(3)).then_some((distance, code))
    };
    known.iter().filter_map(|known| distance(known.code)).min().map(|(_, code)| code)
}
