//! Diagnostics drawn for people, by `miette`.

mod clip;

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::lexer::is_bidi_control;
use crate::span::{FileId, SourceMap};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource};
use std::fmt;
use std::sync::Arc;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The longest line, in columns; messages are wrapped to it, source text is not: of lines far longer, a part is drawn.
    pub width: usize,
    /// Lines of box characters, or only ASCII.
    pub unicode: bool,
    /// Colours, as ANSI escape sequences.
    pub color: bool,
}

impl Default for Style {
    fn default() -> Self {
        Style { width: 100, unicode: true, color: false }
    }
}

/// The diagnostic with the source lines it is about. Every file that it points into must be in `sources`.
pub fn report(diagnostic: &Diagnostic, sources: &SourceMap, style: Style) -> String {
    let mut theme = if style.unicode { GraphicalTheme::unicode() } else { GraphicalTheme::ascii() };
    if !style.color {
        theme.styles = GraphicalTheme::none().styles;
    }
    let handler = GraphicalReportHandler::new_themed(theme).with_width(style.width).with_links(false);
    let mut text = String::new();
    match handler.render_report(&mut text, &Drawn::new(diagnostic, sources)) {
        Ok(()) => text,
        // Only a span outside its file can lead here: better the message without its place than none.
        Err(fmt::Error) => format!("{}: {}\n", diagnostic.code, diagnostic.message),
    }
}

/// One diagnostic, or the labels of one in another file, in the form that `miette` draws.
#[derive(Debug)]
struct Drawn {
    code: Option<String>,
    severity: miette::Severity,
    message: String,
    help: Option<String>,
    source: NamedSource<Arc<str>>,
    labels: Vec<LabeledSpan>,
    /// `miette` draws one source a diagnostic: labels in other files follow as diagnostics of their own.
    elsewhere: Vec<Drawn>,
}

impl Drawn {
    fn new(diagnostic: &Diagnostic, sources: &SourceMap) -> Self {
        let home = diagnostic.primary.span.file;
        let (here, there): (Vec<_>, Vec<_>) = diagnostic.secondary.iter().partition(|label| label.span.file == home);
        let labels = std::iter::once(primary(&diagnostic.primary)).chain(here.into_iter().map(secondary)).collect();
        let (home, labels) = source(sources, home, labels);
        let elsewhere = there.into_iter().map(|label| {
            let labels = vec![secondary(&Label { text: String::new(), ..*label })];
            let (source, labels) = source(sources, label.span.file, labels);
            Drawn {
                code: None,
                severity: miette::Severity::Advice,
                message: displayable(&label.text),
                help: None,
                source,
                labels,
                elsewhere: Vec::new(),
            }
        });
        Drawn {
            code: Some(diagnostic.code.to_string()),
            severity: match diagnostic.severity {
                Severity::Error => miette::Severity::Error,
                Severity::Warning => miette::Severity::Warning,
            },
            message: displayable(&diagnostic.message),
            help: diagnostic.help.as_deref().map(displayable),
            source: home,
            labels,
            elsewhere: elsewhere.collect(),
        }
    }
}

/// A file as it is drawn, and labels in it.
fn source(sources: &SourceMap, file: FileId, labels: Vec<LabeledSpan>) -> (NamedSource<Arc<str>>, Vec<LabeledSpan>) {
    let source = sources.get(file);
    let name = displayable(&source.name);
    let text = if source.text.contains(is_unsafe) { displayable(&source.text).into() } else { source.text.clone() };
    let starts: Vec<usize> = labels.iter().map(LabeledSpan::offset).collect();
    let Some(clipped) = clip::clipped(&text, &starts) else { return (NamedSource::new(name, text), labels) };
    let moved = labels.into_iter().map(|label| {
        let (start, end) = (clipped.offset(label.offset()), clipped.offset(label.offset() + label.len()));
        let (text, span) = (label.label().map(str::to_owned), start..end);
        if label.primary() {
            LabeledSpan::new_primary_with_span(text, span)
        } else {
            LabeledSpan::new_with_span(text, span)
        }
    });
    let moved = moved.collect();
    (NamedSource::new(name, clipped.text.into()), moved)
}

/// The text with a stand-in of the same length in bytes for every character that could command the terminal or reorder the line: policies may
/// come from strangers.
fn displayable(text: &str) -> String {
    let stand_in = |c: char| match (is_unsafe(c), c.len_utf8()) {
        (false, _) => c,
        (true, 1) => '?',
        (true, 2) => '\u{bf}',
        (true, _) => char::REPLACEMENT_CHARACTER,
    };
    text.chars().map(stand_in).collect()
}

fn is_unsafe(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\r' | '\t') || is_bidi_control(c)
}

fn primary(label: &Label) -> LabeledSpan {
    LabeledSpan::new_primary_with_span(text(label), label.span.start as usize..label.span.end as usize)
}

fn secondary(label: &Label) -> LabeledSpan {
    LabeledSpan::new_with_span(text(label), label.span.start as usize..label.span.end as usize)
}

fn text(label: &Label) -> Option<String> {
    Some(displayable(&label.text)).filter(|text| !text.is_empty())
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn {}

impl miette::Diagnostic for Drawn {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.as_ref().map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        Some(Box::new(self.elsewhere.iter().map(|drawn| drawn as &dyn miette::Diagnostic)))
    }
}
