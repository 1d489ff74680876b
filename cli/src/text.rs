//! Text for people: safe to show, and in colours on terminals whose owner has not said no to them.

use anstyle::{AnsiColor, Style};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::render;
use atbac_grammar::span::SourceMap;
use std::cmp::Reverse;
use std::fmt::Display;

/// The most diagnostics that are drawn.
const MAX_DRAWN: usize = 100;

/// Text that is put together.
#[derive(Debug)]
pub(crate) struct Text {
    terminal: bool,
    color: bool,
    text: String,
}

impl Text {
    /// For an output stream, which is a terminal or is not. `NO_COLOR` (no-color.org) turns colours off, as does a `dumb` terminal.
    pub(crate) fn new(terminal: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Text { terminal, color: terminal && !refused && !dumb, text: String::new() }
    }

    /// For the same stream, with nothing in it.
    pub(crate) fn anew(&self) -> Self {
        Text { terminal: self.terminal, color: self.color, text: String::new() }
    }

    /// Adds text. What could command the terminal in it is replaced: names in files, policies and certificates may come from strangers.
    pub(crate) fn add(&mut self, text: impl Display) {
        self.text.extend(text.to_string().chars().map(|c| if is_unsafe(c) { char::REPLACEMENT_CHARACTER } else { c }));
    }

    /// Adds text that a program reads on: as it is, unless a person looks at it on a terminal.
    pub(crate) fn verbatim(&mut self, text: &str) {
        if self.terminal { self.add(text) } else { self.text.push_str(text) }
    }

    /// Adds good news.
    pub(crate) fn good(&mut self, text: impl Display) {
        self.paint(AnsiColor::Green, text);
    }

    /// Adds bad news.
    pub(crate) fn bad(&mut self, text: impl Display) {
        self.paint(AnsiColor::Red, text);
    }

    /// Adds a heading.
    pub(crate) fn strong(&mut self, text: impl Display) {
        self.styled(Style::new().bold(), text);
    }

    /// The columns of the terminal that this is for; none where it is for no terminal.
    pub(crate) fn columns(&self) -> Option<usize> {
        self.terminal.then(terminal_size::terminal_size).flatten().map(|(width, _)| width.0.into())
    }

    /// Adds diagnostics, each with the source lines it is about: the first of them, errors before warnings, for nobody reads more, and drawing one
    /// takes as long as its file is.
    pub(crate) fn diagnostics(&mut self, diagnostics: &[Diagnostic], sources: &SourceMap) {
        let style = render::Style { color: self.color, ..render::Style::default() };
        let mut shown: Vec<&Diagnostic> = diagnostics.iter().collect();
        if shown.len() > MAX_DRAWN {
            shown.sort_by_key(|diagnostic| Reverse(diagnostic.severity));
            shown.truncate(MAX_DRAWN);
        }
        for diagnostic in &shown {
            self.text.push_str(&render::report(diagnostic, sources, style));
            self.text.push('\n');
        }
        if shown.len() < diagnostics.len() {
            self.add(format_args!("… and {} more: mend these first\n\n", diagnostics.len() - shown.len()));
        }
    }

    /// The whole.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    fn paint(&mut self, color: AnsiColor, text: impl Display) {
        self.styled(color.on_default().bold(), text);
    }

    fn styled(&mut self, style: Style, text: impl Display) {
        if self.color {
            self.text.push_str(&style.render().to_string());
        }
        self.add(text);
        if self.color {
            self.text.push_str(&style.render_reset().to_string());
        }
    }
}

/// Control characters but for those of layout, and characters that reorder a line (Unicode UAX #9, explicit formatting).
fn is_unsafe(c: char) -> bool {
    let reorders =
        matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() && !matches!(c, '\n' | '\t') || reorders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals() {
        let said = |color| {
            let mut text = Text { terminal: color, color, text: String::new() };
            text.good("yes");
            text.add(" or ");
            text.bad("no");
            text.text
        };
        assert_eq!(said(false), "yes or no");
        // ECMA-48, "Select graphic rendition": 1 bold, 32 green, 31 red, 0 all off.
        assert_eq!(said(true), "\u{1b}[1m\u{1b}[32myes\u{1b}[0m or \u{1b}[1m\u{1b}[31mno\u{1b}[0m");
    }

    #[test]
    fn names_do_not_command_the_terminal() {
        let mut text = Text { terminal: true, color: true, text: String::new() };
        text.add("a\u{1b}[2Jb\u{9b}c\u{202e}d\re\n");
        assert_eq!(text.text, "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}e\n");
    }
}
