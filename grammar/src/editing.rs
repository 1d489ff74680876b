//! What an editor asks of a text that is still being written.
//!
//! [`crate::parse()`] leaves out what has errors; here is what can be said all the same: the tokens with their comments, where a declaration begins, and
//! which words the grammar allows next.

use crate::actions::Context;
use crate::findings::Findings;
use crate::grammar::DeclarationParser;
use crate::layout::Layout;
use crate::lexer::{self, Lexeme};
use crate::limits;
use crate::recover;
use crate::span::{FileId, MAX_FILE_BYTES};
use crate::token::Token;
use lalrpop_util::ParseError;
use std::cell::Cell;
use std::collections::HashSet;
use std::ops::Range;

/// What a token is, as far as it can be told from itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word that is never a name of a declaration or variable: `require`.
    Reserved,
    /// A word that is a keyword where the grammar expects it and a name elsewhere: `session`.
    Soft,
    /// Any other word.
    Name,
    /// `12`, `5m`, `2026-12-31`, `10.0.0.0/8`.
    Number,
    /// `"…"`, `hex"…"`.
    Text,
    /// `==`, `+` and the like, and punctuation that is no bracket.
    Sign,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// `/// …`
    Doc,
    /// `// …` or `/* … */`
    Comment,
    /// What is no token.
    Bad,
}

/// Every token and comment of a text with its place in bytes, in order.
pub fn tokens(text: &str) -> Vec<(TokenKind, Range<usize>)> {
    let mut tokens = Vec::new();
    let mut end = 0;
    for lexeme in lex(text) {
        let range = lexeme.start as usize..lexeme.end as usize;
        comments(text, end..range.start, &mut tokens);
        end = range.end;
        tokens.push((kind(lexeme.token), range));
    }
    comments(text, end..text.len(), &mut tokens);
    tokens
}

fn kind(token: Token) -> TokenKind {
    match token {
        Token::Integer | Token::Duration | Token::Instant | Token::Address => TokenKind::Number,
        Token::Text | Token::Quoted => TokenKind::Text,
        Token::Doc => TokenKind::Doc,
        Token::OpenParen | Token::OpenBracket | Token::OpenBrace => TokenKind::Open,
        Token::CloseParen | Token::CloseBracket | Token::CloseBrace => TokenKind::Close,
        Token::Identifier => TokenKind::Name,
        Token::Error => TokenKind::Bad,
        word if Token::RESERVED.contains(&word) => TokenKind::Reserved,
        word if Token::SOFT.contains(&word) => TokenKind::Soft,
        _ => TokenKind::Sign,
    }
}

/// The comments between two tokens, where nothing else stands but blanks and a byte order mark.
fn comments(text: &str, gap: Range<usize>, found: &mut Vec<(TokenKind, Range<usize>)>) {
    let mut at = gap.start;
    while let Some(begin) = text.get(at..gap.end).and_then(|rest| rest.find('/')).map(|found| at + found) {
        let rest = &text[begin..gap.end];
        let length = if rest.starts_with("/*") { rest.find("*/").map(|end| end + 2) } else { rest.find('\n') };
        at = begin + length.unwrap_or(rest.len());
        found.push((TokenKind::Comment, begin..at));
    }
}

/// Where the declaration begins that a text ends in, in bytes; `None` where the text ends between declarations. What stands before a declaration may
/// have errors.
pub fn unfinished_declaration(text: &str) -> Option<usize> {
    let lexemes = lex(text);
    let layout = Layout::new(text, &lexemes);
    let mut at = 0;
    while at < lexemes.len() {
        let end = layout.declaration_end(at);
        // A declaration that lost its end is not the one to go on with if another begins after it.
        let cut = layout.next_declaration(at, end - 1);
        at = match (end < lexemes.len(), cut) {
            (_, Some(next)) if !is_complete(&lexemes[at..end]) || end == lexemes.len() => next,
            (true, _) => end,
            (false, _) if is_complete(&lexemes[at..end]) => return None,
            (false, _) => return Some(lexemes[at].start as usize),
        };
    }
    None
}

/// Whether tokens are a whole declaration.
fn is_complete(lexemes: &[Lexeme]) -> bool {
    matches!(lexemes.last().map(|last| last.token), Some(Token::Semicolon | Token::CloseBrace))
        && expected(lexemes).is_none()
}

/// The words that can follow a beginning of a declaration: those that mean something to the grammar there, and no names. Faulty lines before the last
/// one do not matter.
pub fn following(text: &str) -> Vec<&'static str> {
    let mut lexemes = lex(text);
    let mut tries = 0;
    let expected = loop {
        tries += 1;
        match expected(&lexemes) {
            None => return Vec::new(),
            Some((at, expected)) if at >= lexemes.len() => break expected,
            Some((at, _)) => {
                if tries > MAX_TRIES || !recover::take_out_faulty_line(text, &mut lexemes, at) {
                    return Vec::new();
                }
            }
        }
    };
    // Where a field's name may stand, every word may, and none means anything.
    if [Token::And, Token::Where, Token::Require].iter().all(|word| expected.contains(word)) {
        return Vec::new();
    }
    let is_name = expected.contains(&Token::Identifier);
    let is_expression = expected.contains(&Token::Not);
    let begins_count = lexemes.iter().rev().map(|lexeme| lexeme.token).take(2).eq([Token::OpenParen, Token::Count]);
    let means_something = |token: &&Token| {
        let beside_names = match token {
            Token::Count => is_expression,
            Token::Distinct => begins_count,
            _ => false,
        };
        expected.contains(token) && (!is_name || !Token::SOFT.contains(token) || beside_names)
    };
    let words = [Token::RESERVED, Token::SOFT].into_iter().flatten();
    words.filter(means_something).filter_map(|token| token.fixed_text()).collect()
}

/// How many faulty lines are taken out before what follows is given up: nobody completes words in a declaration of mistakes.
const MAX_TRIES: usize = 16;

/// Where reading a declaration stops, and what could stand there; `None` where it does not stop.
fn expected(lexemes: &[Lexeme]) -> Option<(usize, HashSet<Token>)> {
    if limits::exceeded(FileId(0), lexemes).is_some() {
        return Some((lexemes.len(), HashSet::new()));
    }
    let taken = Cell::new(0);
    let tokens = lexemes.iter().map(|lexeme| {
        taken.set(taken.get() + 1);
        (lexeme.start as usize, lexeme.token, lexeme.end as usize)
    });
    // Actions read the text of names and literals only to keep it, and what they report is not wanted here.
    let mut findings = Findings::default();
    let mut context = Context { file: FileId(0), text: "", findings: &mut findings };
    let (at, expected) = match DeclarationParser::new().parse(&mut context, tokens) {
        Ok(_) => return None,
        Err(ParseError::UnrecognizedEof { expected, .. }) => (lexemes.len(), expected),
        Err(ParseError::UnrecognizedToken { expected, .. }) => (taken.get() - 1, expected),
        Err(ParseError::ExtraToken { .. } | ParseError::InvalidToken { .. }) => (taken.get() - 1, Vec::new()),
        Err(ParseError::User { error }) => match error {},
    };
    let tokens = expected.iter().filter_map(|written| Token::from_grammar(written.trim_matches('"'))).collect();
    Some((at, tokens))
}

fn lex(text: &str) -> Vec<Lexeme> {
    if text.len() > MAX_FILE_BYTES {
        return Vec::new();
    }
    lexer::lex(FileId(0), text, &mut Findings::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_tokens_here() {
        let text = "use a.B; // why\n/* and */ /// docs\nlet 5m \"//\"";
        let found: Vec<(TokenKind, &str)> =
            tokens(text).into_iter().map(|(kind, range)| (kind, &text[range])).collect();
        let wanted = [
            (TokenKind::Soft, "use"),
            (TokenKind::Name, "a"),
            (TokenKind::Sign, "."),
            (TokenKind::Name, "B"),
            (TokenKind::Sign, ";"),
            (TokenKind::Comment, "// why"),
            (TokenKind::Comment, "/* and */"),
            (TokenKind::Doc, "/// docs"),
            (TokenKind::Reserved, "let"),
            (TokenKind::Number, "5m"),
            (TokenKind::Text, "\"//\""),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_declaration_is_open_until_its_end() {
        let begins = |text: &str| unfinished_declaration(text);
        assert_eq!(begins(""), None);
        assert_eq!(begins("package a;\n"), None);
        assert_eq!(begins("package a;\npermit b for R\n  where "), Some(11));
        assert_eq!(begins("permit a for R where x in { y }\n{\n  require "), Some(0));
        assert_eq!(begins("permit a for R;\n"), None);
        // The one before lost its brace.
        assert_eq!(begins("permit a for R {\n  require x;\n\npermit b for "), Some(31));
        assert_eq!(begins("template t() {\n  permit a for R;\n  permit b for R { require "), Some(0));
    }

    #[test]
    fn the_grammar_says_which_words_follow() {
        assert_eq!(following("permit a "), ["for"]);
        assert_eq!(following("permit a for R "), ["where"]);
        let operators =
            ["and", "or", "implies", "in", "is", "matches", "starts_with", "ends_with", "contains", "subset_of"];
        assert_eq!(following("permit a for R { require x "), [operators.as_slice(), &["else"]].concat());
        assert_eq!(following("request R { session p: "), ["attested", "authenticated", "local", "asserted"]);
        assert_eq!(following("test \"t\" { expect "), ["permit", "grant", "deny", "valid_until"]);
        assert_eq!(following("permit a for R { require count("), ["distinct"]);
        assert!(following("permit a for R { require ").contains(&"count"));
        assert_eq!(following("permit a for "), Vec::<&str>::new());
        // A field may have any name.
        assert_eq!(following("record R { "), Vec::<&str>::new());
    }

    #[test]
    fn faulty_lines_before_do_not_matter() {
        assert_eq!(
            following("permit a for R { require x y z; unless p is Snp "),
            following("permit a for R { unless p is Snp ")
        );
        assert!(following("permit a for R { require x y z; unless p is Snp ").contains(&"and"));
    }
}
