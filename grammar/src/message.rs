//! From a failure of the parser to a diagnostic: what was found, what was expected, where, what to do.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expected;
use crate::layout::Layout;
use crate::lexer::Lexeme;
use crate::slips::{self, Slip};
use crate::span::{FileId, Span};
use crate::token::Token;
use std::collections::HashSet;

/// Where the parser could not go on.
pub(crate) struct Failure {
    /// The index of the token that could not be; the number of tokens if the declaration should have gone on.
    pub(crate) at: usize,
    /// Every token that could have been, as the grammar writes it.
    pub(crate) expected: Vec<String>,
}

/// A failure with what a message needs to know.
pub(crate) struct Scene<'a> {
    pub(crate) text: &'a str,
    pub(crate) layout: &'a Layout<'a>,
    pub(crate) at: usize,
    pub(crate) expected: HashSet<Token>,
    /// The token that was found; the first of the next declaration if this one should have gone on; `None` at the end of the file.
    pub(crate) found: Option<Lexeme>,
}

impl Scene<'_> {
    pub(crate) fn lexeme_text(&self, lexeme: Lexeme) -> &str {
        self.text.get(lexeme.start as usize..lexeme.end as usize).unwrap_or("")
    }

    /// The token before the one found.
    pub(crate) fn previous(&self) -> Option<Lexeme> {
        self.layout.lexemes().get(self.at.checked_sub(1)?).copied()
    }

    /// The token that stands `count` before the one found.
    pub(crate) fn back(&self, count: usize) -> Option<Token> {
        self.layout.token(self.at.checked_sub(count)?)
    }

    /// The innermost bracket that is open at the token found.
    pub(crate) fn inside(&self) -> Option<Token> {
        self.layout.open_bracket(self.at).and_then(|open| self.layout.token(open))
    }

    /// Whether an expression of a rule, a predicate or an invariant ends before the token found.
    pub(crate) fn in_condition(&self) -> bool {
        let keyword = self.layout.token(self.layout.keyword(0));
        let conditions = matches!(keyword, Some(Token::Permit | Token::Forbid | Token::Predicate | Token::Invariant));
        conditions && [Token::And, Token::Else, Token::Semicolon].into_iter().any(|token| self.expects(token))
    }

    pub(crate) fn expects(&self, token: Token) -> bool {
        self.expected.contains(&token)
    }

    /// Whether the token found is the first on its line, or there is none.
    pub(crate) fn line_is_over(&self) -> bool {
        self.at >= self.layout.lexemes().len() || self.layout.indent(self.at).is_some()
    }
}

/// The diagnostic for a failure in the declaration of `layout`, before the token `next`; `None` if the lexer has said what is wrong.
pub(crate) fn describe(
    file: FileId,
    text: &str,
    layout: &Layout<'_>,
    failure: &Failure,
    next: Option<Lexeme>,
) -> Option<Diagnostic> {
    let own = layout.lexemes().get(failure.at).copied();
    let expected =
        failure.expected.iter().filter_map(|written| Token::from_grammar(written.trim_matches('"'))).collect();
    let scene = Scene { text, layout, at: failure.at, expected, found: own.or(next) };
    if scene.found.is_some_and(|found| found.token == Token::Error) {
        return None;
    }
    let end_of_previous = scene.previous().map_or(0, |previous| previous.end);
    let end_of_previous = Span { file, start: end_of_previous, end: end_of_previous };
    if let Some(mark) = slips::missing_mark(&scene) {
        let message = format!("expected `{mark}`, found {}", found(&scene, own));
        return Some(
            Diagnostic::error(codes::UNEXPECTED_TOKEN, end_of_previous, message)
                .help(format!("add `{mark}`"))
                .replace_by(mark),
        );
    }
    let (code, place) = match scene.found {
        Some(found) => (codes::UNEXPECTED_TOKEN, found.span(file)),
        None => (codes::UNEXPECTED_END, end_of_previous),
    };
    let Slip { message, help, replacement } = slips::known(&scene).unwrap_or_default();
    let message = message.unwrap_or_else(|| match expected::phrase(&scene.expected) {
        nothing if nothing.is_empty() => format!("did not expect {}", found(&scene, own)),
        alternatives => format!("expected {alternatives}, found {}", found(&scene, own)),
    });
    let mut diagnostic = Diagnostic::error(code, place, message);
    if let Some(open) = unclosed(&scene) {
        diagnostic = diagnostic.and(open.span(file), "not closed");
    }
    diagnostic.help = help;
    Some(match replacement {
        Some(replacement) => diagnostic.replace_by(replacement),
        None => diagnostic,
    })
}

/// The open bracket whose partner should have come; or the first in the declaration that never has one, since that may be the cause.
fn unclosed(scene: &Scene<'_>) -> Option<Lexeme> {
    let Scene { layout, at, .. } = scene;
    let innermost = layout.open_bracket(*at).filter(|&open| {
        let close = match layout.token(open) {
            Some(Token::OpenParen) => Token::CloseParen,
            Some(Token::OpenBracket) => Token::CloseBracket,
            _ => Token::CloseBrace,
        };
        let ends = scene.found.is_none_or(|found| match found.token {
            Token::CloseParen | Token::CloseBracket | Token::CloseBrace => true,
            _ => *at >= layout.lexemes().len() || layout.partner(open).is_none(),
        });
        ends && scene.expects(close)
    });
    innermost.or_else(|| layout.first_unclosed(*at)).map(|open| layout.lexemes()[open])
}

/// What was found, as a person would say it; `own` if it is a token of the same declaration.
fn found(scene: &Scene<'_>, own: Option<Lexeme>) -> String {
    let Some(lexeme) = scene.found else {
        return "the end of the file".to_owned();
    };
    let text = scene.lexeme_text(lexeme);
    match lexeme.token {
        Token::Text | Token::SingleQuoted | Token::Quoted | Token::Doc => lexeme.token.human(),
        token if own.is_none() && token.begins_declaration() => {
            format!("the next declaration, `{text}`")
        }
        _ => format!("`{}`", shortened(text)),
    }
}

fn shortened(text: &str) -> String {
    const MAX_SHOWN: usize = 40;
    match text.char_indices().nth(MAX_SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    }
}
