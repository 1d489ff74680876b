//! A finding with its place, whichever verb found it.

use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::span::{Position, SourceMap, Span};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The answer is no.
    Error,
    /// The answer may be yes.
    Warning,
}

/// Where a finding is: lines and columns from 1, columns in characters, the end exclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was given.
    pub file: String,
    /// Where it begins.
    pub start: (usize, usize),
    /// Where it ends.
    pub end: (usize, usize),
}

/// An edit that a tool can offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is replaced.
    pub place: Place,
    /// By what.
    pub replacement: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The stable code.
    pub code: String,
    /// How bad it is.
    pub level: Level,
    /// What was found and what was expected.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where it is.
    pub place: Place,
    /// The edit that the help proposes.
    pub fix: Option<Fix>,
}

impl Place {
    /// Where a span stands.
    pub fn of(span: Span, sources: &SourceMap) -> Self {
        let source = sources.get(span.file);
        let point = |offset| {
            let Position { line, column } = source.position(offset);
            (line, column)
        };
        Place { file: source.name.clone(), start: point(span.start), end: point(span.end) }
    }
}

impl Finding {
    /// A diagnostic of the compiler.
    pub fn of(diagnostic: &Diagnostic, sources: &SourceMap) -> Self {
        Finding {
            code: diagnostic.code.as_str().to_owned(),
            level: match diagnostic.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
            },
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            place: Place::of(diagnostic.primary.span, sources),
            fix: diagnostic
                .edit
                .as_ref()
                .map(|edit| Fix { place: Place::of(edit.span, sources), replacement: edit.replacement.clone() }),
        }
    }

    /// The message, and what to do.
    pub fn told(&self) -> String {
        match &self.help {
            Some(help) => format!("{}\n{help}", self.message),
            None => self.message.clone(),
        }
    }
}
