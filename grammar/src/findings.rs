//! The syntax errors of one file, each once, and not more of them than a person reads.

use crate::codes::{self, Code};
use crate::diagnostic::Diagnostic;
use crate::limits::MAX_DIAGNOSTICS;
use crate::span::Span;
use std::collections::HashSet;

/// What was found so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    shown: Vec<Diagnostic>,
    /// A part of a file may be read twice, and its errors with it.
    seen: HashSet<(Code, Span)>,
    too_many: bool,
}

impl Findings {
    /// Adds a finding, unless it is known.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if self.seen.contains(&(diagnostic.code, diagnostic.primary.span)) {
            return;
        }
        if self.shown.len() == MAX_DIAGNOSTICS {
            self.too_many = true;
        } else {
            self.seen.insert((diagnostic.code, diagnostic.primary.span));
            self.shown.push(diagnostic);
        }
    }

    /// How many findings are shown: it grows with every new one until there are too many.
    pub(crate) fn count(&self) -> usize {
        self.shown.len()
    }

    /// Whether there are more than are shown, so that looking for others is of no use.
    pub(crate) fn too_many(&self) -> bool {
        self.too_many
    }

    /// Everything found, in the order of the text; if there was too much, the last says so.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.shown;
        diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span.start, diagnostic.primary.span.end));
        if let (true, Some(last)) = (self.too_many, diagnostics.last()) {
            let message = format!("more than {MAX_DIAGNOSTICS} syntax errors: the rest of this file was not read");
            let rest = Diagnostic::error(codes::TOO_MANY_ERRORS, last.primary.span, message);
            diagnostics.push(rest.help("mend the errors above first"));
        }
        diagnostics
    }
}
