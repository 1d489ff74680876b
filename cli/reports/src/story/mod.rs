//! A decision told rule by rule, as text, JSON and a page.

mod json;
mod page;
mod text;

pub use json::json;
pub use page::page;
pub use text::{Tone, text};

use crate::finding::Place;
use atbac_compiler::checked::LineKind;
use atbac_compiler::interpret::{Read, Reading};
use atbac_compiler::truth::Truth;
use atbac_engine::Bundle;
use atbac_engine::json::{SENSITIVE, shown};
use atbac_engine::story::{End, Input, LineStory};
use atbac_grammar::span::{SourceMap, Span};
use atbac_grammar::syntax::Provenance;
use serde_json::Value as Json;

/// The longest value that is written out for people, in characters.
const LONGEST: usize = 100;

/// Whether something holds, in a word.
fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "holds",
        Truth::False => "fails",
        Truth::Indeterminate => "unknown",
    }
}

/// Whether a rule applies, in words.
fn applies(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "applies",
        Truth::False => "does not apply",
        Truth::Indeterminate => "may apply: it cannot be said",
    }
}

/// A line as it is written, in one line.
fn written(line: &LineStory<'_>, sources: &SourceMap) -> String {
    let text = one_line(sources.text(line.line.span));
    match line.line.kind {
        LineKind::Head => format!("where {text}"),
        LineKind::Require(_) | LineKind::When | LineKind::Unless | LineKind::Implied => text,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `policies/approver.atbac:41`
fn place(span: Span, sources: &SourceMap) -> String {
    let Place { file, start, .. } = Place::of(span, sources);
    format!("{file}:{}", start.0)
}

/// What was read and what was found, for people: `principal.vmpl = 0`.
pub fn told(reading: &Reading, bundle: &Bundle) -> String {
    let what = &reading.what;
    match &reading.found {
        Read::Value(value) => format!("{what} = {}", shortened(&shown(bundle.schema(), value))),
        Read::Kind(kind) => format!("{what} is {}", bundle.schema().structure(*kind).name),
        Read::Elements(so, all) => format!("{what}: {so} of {}", counted(*all, "element")),
        Read::Entries(count) => format!("{what} has {}", counted(*count, "value")),
        Read::Sensitive => format!("{what} = {SENSITIVE}"),
        Read::NotThere => format!("{what} is absent"),
        Read::NotLoaded => format!("{what} is not loaded, or does not count now"),
    }
}

/// So many of something: "1 value", "2 values".
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A value in JSON, cut where it is long.
fn shortened(value: &Json) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}… ({} characters)", &text[..at], text.chars().count()),
        None => text,
    }
}

/// Whose word a reading is.
fn source(reading: &Reading) -> &'static str {
    reading.provenance.map_or("reference", Provenance::word)
}

/// When evidence counts, for people.
fn counts(input: &Input<'_>) -> String {
    let Input { from, until, counts, .. } = input;
    let from = from.map(|from| format!("from {from} ")).unwrap_or_default();
    let until = until.map_or_else(|| "without end".to_owned(), |until| format!("until {until}"));
    let now = if *counts { "counts" } else { "does NOT count now, but" };
    format!("{now} {from}{until}")
}

/// What a decision ends with, for people.
fn ended_by(end: &End<'_>, sources: &SourceMap) -> String {
    match end {
        End::Input(field) => format!("the evidence in `{field}` begins or ceases to count"),
        End::Line(rule, line) => {
            let text = one_line(sources.text(line.span));
            format!("`{text}` of `{}` can change ({})", rule.name, place(line.span, sources))
        }
    }
}
