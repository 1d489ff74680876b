//! Colours, for terminals whose owner has not said no to them.

use anstyle::AnsiColor;
use std::fmt::Display;

/// Whether to use colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Style {
    color: bool,
}

impl Style {
    /// The style of an output stream, which is a terminal or is not. `NO_COLOR` (no-color.org) turns colours off, as does a `dumb` terminal.
    pub(crate) fn new(terminal: bool) -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Style { color: terminal && !refused && !dumb }
    }

    /// How to draw diagnostics.
    pub(crate) fn diagnostics(self) -> atbac_grammar::render::Style {
        atbac_grammar::render::Style { color: self.color, ..Default::default() }
    }

    /// Good news.
    pub(crate) fn good(self, text: impl Display) -> String {
        self.paint(AnsiColor::Green, text)
    }

    /// Bad news.
    pub(crate) fn bad(self, text: impl Display) -> String {
        self.paint(AnsiColor::Red, text)
    }

    fn paint(self, color: AnsiColor, text: impl Display) -> String {
        if !self.color {
            return text.to_string();
        }
        let style = color.on_default().bold();
        format!("{style}{text}{style:#}")
    }
}
