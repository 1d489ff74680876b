//! Diagnostics as values: what is wrong, where, and what to do. Rendering is the caller's business.

use crate::codes::Code;
use crate::span::Span;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The policy means something, but probably not what was intended.
    Warning,
    /// The policy is refused.
    Error,
}

/// A place in the source with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The remark; may be empty where underlining says enough.
    pub text: String,
}

/// An edit that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, such as `atbac::types::digest_length`.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence, lower case, without a full stop: what was found and what was expected.
    pub message: String,
    /// Where it is.
    pub primary: Label,
    /// Other places that matter, such as an earlier definition.
    pub secondary: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// The same as an edit, where what to do is to replace one text by another.
    pub edit: Option<Edit>,
}

impl Diagnostic {
    /// An error at `span`.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        let primary = Label { span, text: String::new() };
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            primary,
            secondary: Vec::new(),
            help: None,
            edit: None,
        }
    }

    /// A warning at `span`.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// Puts a remark on the primary place.
    #[must_use]
    pub fn labelled(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds another place that matters.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what to put in the place of the primary one.
    #[must_use]
    pub fn replace_by(self, replacement: impl Into<String>) -> Self {
        let span = self.primary.span;
        self.mended_at(span, replacement)
    }

    /// Says what to put in the place of another one.
    #[must_use]
    pub fn mended_at(mut self, span: Span, replacement: impl Into<String>) -> Self {
        self.edit = Some(Edit { span, replacement: replacement.into() });
        self
    }

    /// Points elsewhere with every place it names: for a text that was read as part of another.
    pub fn move_spans(&mut self, to: impl Fn(Span) -> Span) {
        let labels = self.secondary.iter_mut().chain([&mut self.primary]).map(|label| &mut label.span);
        labels.chain(self.edit.as_mut().map(|edit| &mut edit.span)).for_each(|span| *span = to(*span));
    }
}
