//! Text to tokens. Bad input is reported here, once, and never stops the lexer.
//!
//! What has an obvious meaning is handed on as what is meant (`&&` as `and`), so that reading goes on as if it had been written so. What has none becomes
//! a [`Token::Error`], at which the parser stops without another message.

use crate::codes::{self, Code};
use crate::diagnostic::Diagnostic;
use crate::findings::Findings;
use crate::span::{FileId, Span};
use crate::token::Token;
use logos::Logos;
use std::ops::Range;

/// A token and where it stands, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexeme {
    pub(crate) token: Token,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Lexeme {
    /// Where it stands.
    pub(crate) fn span(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.end }
    }
}

/// The tokens of a text that is no longer than [`crate::span::MAX_FILE_BYTES`].
pub(crate) fn lex(file: FileId, text: &str, findings: &mut Findings) -> Vec<Lexeme> {
    let mut lexer = Lexer { file, text, findings, lexemes: Vec::new(), bad: None };
    lexer.report_bidi_controls();
    // A byte order mark says how the file is encoded and is no part of the text.
    let begin = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    for (result, range) in Token::lexer(&text[begin..]).spanned() {
        let range = range.start + begin..range.end + begin;
        match result {
            Ok(token) => lexer.accept(token, range),
            Err(()) => lexer.reject(range),
        }
    }
    lexer.end_bad_run();
    lexer.lexemes.shrink_to_fit();
    lexer.lexemes
}

struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    findings: &'a mut Findings,
    lexemes: Vec<Lexeme>,
    /// The run of characters just read that begin no token.
    bad: Option<Range<usize>>,
}

impl Lexer<'_> {
    fn accept(&mut self, token: Token, range: Range<usize>) {
        self.end_bad_run();
        let token = match token {
            Token::SingleQuoted => {
                let slip = self.slip(
                    codes::UNEXPECTED_CHARACTER,
                    &range,
                    "a string stands in double quotes",
                    "write `\"` on both sides",
                );
                let inner = &self.text[range.start + 1..range.end - 1];
                // A quote or a backslash in it would mean another thing in double quotes.
                self.findings.report(match inner.contains(['"', '\\']) {
                    true => slip,
                    false => slip.replace_by(format!("\"{inner}\"")),
                });
                Token::Text
            }
            Token::UnterminatedText => {
                let help = "add `\"`; a line break inside a string is written `\\n`";
                let slip = self.slip(codes::UNTERMINATED, &range, "this string has no closing `\"` on its line", help);
                // Where the line ends in a semicolon, that is hardly meant to be text.
                let text = self.text[range.clone()].trim_end();
                let end = range.start + text.strip_suffix(';').unwrap_or(text).len();
                self.findings.report(slip.mended_at(Span::new(self.file, end, end), "\""));
                Token::Error
            }
            Token::UnterminatedComment => {
                self.report(
                    codes::UNTERMINATED,
                    &(range.start..range.start + 2),
                    "this comment is never closed",
                    "add `*/`",
                );
                Token::Error
            }
            other => match other.meant() {
                Some(meant) => {
                    let message = format!("`{}` is not a mark of this language", &self.text[range.clone()]);
                    let span = Span::new(self.file, range.start, range.end);
                    let slip = Diagnostic::error(codes::UNEXPECTED_CHARACTER, span, message)
                        .help(format!("write {}", meant.human()));
                    self.findings.report(match meant.fixed_text() {
                        Some(text) => slip.replace_by(text),
                        None => slip,
                    });
                    meant
                }
                None => other,
            },
        };
        self.push(token, range);
    }

    fn reject(&mut self, range: Range<usize>) {
        match &mut self.bad {
            Some(run) if run.end == range.start => run.end = range.end,
            _ => {
                self.end_bad_run();
                self.bad = Some(range);
            }
        }
    }

    /// Reports the run of bad characters, if one has just ended, and puts an error token in its place.
    fn end_bad_run(&mut self) {
        let Some(range) = self.bad.take() else { return };
        let text = &self.text[range.clone()];
        // Bidirectional controls are reported wherever they stand.
        if let Some(first) = text.chars().find(|&c| !is_bidi_control(c)) {
            let (message, help) = describe_bad(text, first);
            self.report(codes::UNEXPECTED_CHARACTER, &range, message, help);
        }
        self.push(Token::Error, range);
    }

    fn report_bidi_controls(&mut self) {
        // In UTF-8 each of them begins with one of two bytes, which hardly any other character does.
        let text = self.text;
        let candidates =
            memchr::memchr2_iter(0xd8, 0xe2, text.as_bytes()).filter_map(|at| Some((at, text[at..].chars().next()?)));
        for (at, control) in candidates.filter(|&(_, c)| is_bidi_control(c)) {
            let message = format!(
                "the text contains U+{:04X}, which changes the order in which the line is displayed",
                u32::from(control)
            );
            let help = "remove it: with it, a policy can read otherwise than it is compiled; in a string, write it as an escape, `\\u{…}`";
            let slip = self.slip(codes::BIDI_CONTROL, &(at..at + control.len_utf8()), message, help);
            self.findings.report(slip.replace_by(""));
        }
    }

    fn push(&mut self, token: Token, range: Range<usize>) {
        let Span { start, end, .. } = Span::new(self.file, range.start, range.end);
        self.lexemes.push(Lexeme { token, start, end });
    }

    fn report(&mut self, code: Code, range: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let slip = self.slip(code, range, message, help);
        self.findings.report(slip);
    }

    fn slip(
        &self,
        code: Code,
        range: &Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, Span::new(self.file, range.start, range.end), message).help(help)
    }
}

/// Whether a character changes the direction of the text around it: the list of CVE-2021-42574, and the marks of the same kind (Unicode
/// Standard Annex #9, section 2).
pub(crate) fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Message and help for characters that begin no token; `first` is the first that matters.
fn describe_bad(text: &str, first: char) -> (String, &'static str) {
    let shown: String = text.chars().take(16).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    match first {
        '/' | '%' => (
            format!("`{first}` is not an operator of this language"),
            "there is no division: compare with a product instead",
        ),
        '“' | '”' | '‘' | '’' | '„' => {
            (format!("`{first}` does not quote a string"), "write `\"`, the straight double quote")
        }
        '"' | '\'' => (format!("a `{first}` without its partner"), "a string stands in `\"` on one line"),
        c if c.is_alphabetic() => {
            (format!("`{shown}` is not a name"), "names are made of the letters a to z, digits and `_`")
        }
        c if c.is_control() || c.is_whitespace() || !c.is_ascii() && !c.is_alphanumeric() => {
            (format!("the character U+{:04X} means nothing here", u32::from(c)), "remove it")
        }
        _ => (format!("`{shown}` means nothing in this language"), "remove it"),
    }
}
