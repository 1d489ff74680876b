//! Diagnostics for tools: JSON values with lines and columns.

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::span::{Position, SourceMap};
use serde::Serialize;
use serde_json::Value;

/// The diagnostic as a JSON object:
///
/// ```json
/// {
///   "code": "atbac::syntax::unexpected_token", "severity": "error", "message": "…", "help": "…",
///   "primary": { "file": "a.atbac", "start": { "line": 1, "column": 9, "offset": 8 }, "end": { … }, "text": "…" },
///   "secondary": []
/// }
/// ```
///
/// Where what to do is to replace one text by another, there is also an `edit`: a place as above with a `replacement`.
///
/// Lines and columns count from 1, columns in characters; offsets count bytes from 0; `help` is `null` where there is none. Every file that
/// the diagnostic points into must be in `sources`.
pub fn value(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let place = |label: &Label| Place::new(label, sources);
    let object = Object {
        code: diagnostic.code.as_str(),
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        primary: place(&diagnostic.primary),
        secondary: diagnostic.secondary.iter().map(place).collect(),
        edit: diagnostic.edit.as_ref().map(|edit| Edit {
            place: place(&Label { span: edit.span, text: String::new() }),
            replacement: edit.replacement.clone(),
        }),
    };
    serde_json::json!(object)
}

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    help: Option<&'a str>,
    primary: Place,
    secondary: Vec<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<Edit>,
}

#[derive(Serialize)]
struct Edit {
    #[serde(flatten)]
    place: Place,
    replacement: String,
}

#[derive(Serialize)]
struct Place {
    file: String,
    start: Point,
    end: Point,
    text: String,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
    offset: u32,
}

impl Place {
    fn new(label: &Label, sources: &SourceMap) -> Self {
        let source = sources.get(label.span.file);
        let point = |offset: u32| {
            let Position { line, column } = source.position(offset);
            Point { line, column, offset }
        };
        Place {
            file: source.name.clone(),
            start: point(label.span.start),
            end: point(label.span.end),
            text: label.text.clone(),
        }
    }
}
