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
    hidden: usize,
}

impl Findings {
    /// Adds a finding, unless it is known.
    pub(crate) fn report(&mut self, diagnostic: Diagnostic) {
        if self.shown.len() == MAX_DIAGNOSTICS {
            self.hidden += 1;
        } else if self.seen.insert((diagnostic.code, diagnostic.primary.span)) {
            self.shown.push(diagnostic);
        }
    }

    /// Adds a finding, if there is one.
    pub(crate) fn extend(&mut self, diagnostic: Option<Diagnostic>) {
        if let Some(diagnostic) = diagnostic {
            self.report(diagnostic);
        }
    }

    /// How many findings there are: it grows with every new one.
    pub(crate) fn count(&self) -> usize {
        self.shown.len() + self.hidden
    }

    /// Whether another finding would not be shown.
    pub(crate) fn is_full(&self) -> bool {
        self.shown.len() == MAX_DIAGNOSTICS
    }

    /// Everything found, in the order of the text; if there were too many, the last says so.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut diagnostics = self.shown;
        diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span.start, diagnostic.primary.span.end));
        if let (hidden @ 1.., Some(last)) = (self.hidden, diagnostics.last()) {
            let message = format!("at least {hidden} more syntax errors in this file are not shown");
            let rest =
                Diagnostic::error(codes::TOO_MANY_ERRORS, last.primary.span, message).help("mend those above first");
            diagnostics.push(rest);
        }
        diagnostics
    }
}
