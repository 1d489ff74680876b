//! How a file falls into declarations, told from its tokens alone: brackets first and, where those do not match up, lines and columns.
//!
//! A file without errors is divided by brackets and semicolons only, so that no layout is forced on anyone.

use crate::lexer::Lexeme;
use crate::token::Token;
use std::ops::Range;

/// Tokens with their text and their brackets matched.
pub(crate) struct Layout<'a> {
    text: &'a str,
    lexemes: &'a [Lexeme],
    /// For every bracket, its partner; [`UNMATCHED`] for a lone one and for every other token.
    partners: Vec<u32>,
}

const UNMATCHED: u32 = u32::MAX;

impl<'a> Layout<'a> {
    pub(crate) fn new(text: &'a str, lexemes: &'a [Lexeme]) -> Self {
        Layout { text, lexemes, partners: match_brackets(lexemes) }
    }

    pub(crate) fn lexemes(&self) -> &'a [Lexeme] {
        self.lexemes
    }

    pub(crate) fn token(&self, at: usize) -> Option<Token> {
        self.lexemes.get(at).map(|lexeme| lexeme.token)
    }

    /// The bracket that belongs to the one at `at`.
    pub(crate) fn partner(&self, at: usize) -> Option<usize> {
        self.partners.get(at).copied().filter(|&partner| partner != UNMATCHED).map(|partner| partner as usize)
    }

    /// Where the declaration that begins at `at` ends: after its `;` or its last `}`. Always past `at`.
    pub(crate) fn declaration_end(&self, at: usize) -> usize {
        let mut here = at;
        while let Some(token) = self.token(here) {
            match token {
                Token::Semicolon => return here + 1,
                Token::CloseBrace => return here.max(at + 1),
                Token::OpenBrace => match self.partner(here) {
                    Some(close) if self.begins_after_brace(close + 1) => return close + 1,
                    Some(close) => here = close + 1,
                    None => {
                        return self.next_declaration(at, self.lexemes.len()).unwrap_or(self.lexemes.len());
                    }
                },
                Token::OpenParen | Token::OpenBracket => here = self.partner(here).unwrap_or(here) + 1,
                _ => here += 1,
            }
        }
        self.lexemes.len()
    }

    /// Whether a token right after a closing brace begins a declaration rather than continuing one, as in `where x in { a, b }, …`.
    fn begins_after_brace(&self, at: usize) -> bool {
        use Token::*;
        self.token(at).is_none_or(|token| match token {
            Doc | AtSign | CloseBrace => true,
            Comma | Semicolon | OpenBrace | Dot | OpenBracket | CloseParen | CloseBracket | Plus | Minus | Star => {
                false
            }
            And | Or | Implies | Then | Else | For => false,
            token if token.compares() => false,
            // Nothing else follows a brace within a declaration: a misspelt keyword, unless it stands on the same line.
            token => token.begins_declaration() || self.indent(at).is_some(),
        })
    }

    /// The first token after the declaration's own keyword and not after `upto` at which, from its looks, another declaration begins: first on its
    /// line, no further right than this one, and what declarations begin with.
    pub(crate) fn next_declaration(&self, at: usize, upto: usize) -> Option<usize> {
        let column = self.indent(at).unwrap_or(0);
        (self.keyword(at) + 1..=upto).find(|&here| {
            let begins = matches!(self.token(here), Some(Token::Doc | Token::AtSign)) || self.declares(here);
            begins && self.indent(here).is_some_and(|indent| indent <= column)
        })
    }

    /// Where reading goes on after a declaration that began at `from` and failed, ending at `at`: fragments of it are passed over.
    pub(crate) fn after_failure(&self, from: usize, at: usize) -> usize {
        let column = self.indent(from).unwrap_or(0);
        let anew = |here: &usize| match (self.token(*here), self.indent(*here)) {
            (Some(Token::CloseBrace) | None, _) => false,
            (_, Some(indent)) => indent <= column || self.declares(*here),
            (_, None) => false,
        };
        (at..self.lexemes.len()).find(anew).unwrap_or(self.lexemes.len())
    }

    /// The keyword of the declaration that begins at `at`, past its doc comments and attributes.
    pub(crate) fn keyword(&self, at: usize) -> usize {
        let mut here = at;
        loop {
            match self.token(here) {
                Some(Token::Doc) => here += 1,
                Some(Token::AtSign) => {
                    here += 2;
                    if self.token(here) == Some(Token::OpenParen) {
                        here = self.partner(here).unwrap_or(here) + 1;
                    }
                }
                _ => return here,
            }
        }
    }

    /// The braces that hold the lines of the declaration in `range`: the first that are never closed, since then the last brace belongs to
    /// something inside them, or else those that end it. The range is of what stands between.
    pub(crate) fn body(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let unclosed = |at: &usize| {
            let body = self.token(*at) == Some(Token::OpenBrace) && !opens_value(self.lexemes, *at);
            body && self.partner(*at).is_none()
        };
        if let Some(open) = range.clone().find(unclosed) {
            return Some(open + 1..range.end);
        }
        let last = range.end.checked_sub(1).filter(|&last| self.token(last) == Some(Token::CloseBrace))?;
        let open = self.partner(last).filter(|open| range.contains(open))?;
        Some(open + 1..last)
    }

    /// The first bracket before `at` that has no partner.
    pub(crate) fn first_unclosed(&self, at: usize) -> Option<usize> {
        (0..at.min(self.lexemes.len())).find(|&here| self.opens(here) && self.partner(here).is_none())
    }

    fn opens(&self, at: usize) -> bool {
        matches!(self.token(at), Some(Token::OpenParen | Token::OpenBracket | Token::OpenBrace))
    }

    /// The innermost bracket before `at` that is still open there.
    pub(crate) fn open_bracket(&self, at: usize) -> Option<usize> {
        let open = |here: &usize| self.opens(*here) && self.partner(*here).is_none_or(|partner| partner >= at);
        (0..at.min(self.lexemes.len())).rev().find(open)
    }

    /// Whether a keyword that begins declarations stands at `at` with what follows it in one: a name or a title.
    fn declares(&self, at: usize) -> bool {
        let followed = self.token(at + 1).is_some_and(|next| next.is_name() || next == Token::Text);
        followed && self.token(at).is_some_and(Token::begins_declaration)
    }

    /// The column in bytes, from 0, of a token that is the first on its line.
    pub(crate) fn indent(&self, at: usize) -> Option<usize> {
        let start = self.lexemes.get(at)?.start as usize;
        let before = match at.checked_sub(1) {
            Some(previous) => self.lexemes[previous].end as usize,
            None => 0,
        };
        let gap = self.text.get(before..start)?;
        let line = gap.rfind('\n').map(|newline| newline + 1);
        match line {
            Some(line) => Some(gap.len() - line),
            None => (at == 0).then_some(gap.len()),
        }
    }
}

/// The partner of every bracket. A closing brace closes what is open inside it; a semicolon the parentheses and value braces before it, since
/// it never stands in those.
fn match_brackets(lexemes: &[Lexeme]) -> Vec<u32> {
    let mut partners = vec![UNMATCHED; lexemes.len()];
    let mut open: Vec<usize> = Vec::new();
    let is = |at: usize, token: Token| lexemes[at].token == token;
    for (at, lexeme) in lexemes.iter().enumerate() {
        let opening = match lexeme.token {
            Token::OpenParen | Token::OpenBracket | Token::OpenBrace => {
                open.push(at);
                continue;
            }
            Token::Semicolon => {
                while open.pop_if(|top| is(*top, Token::OpenParen) || opens_value(lexemes, *top)).is_some() {}
                continue;
            }
            Token::CloseParen => Token::OpenParen,
            Token::CloseBracket => Token::OpenBracket,
            Token::CloseBrace => Token::OpenBrace,
            _ => continue,
        };
        if opening == Token::OpenBrace {
            while open.pop_if(|top| !is(*top, Token::OpenBrace)).is_some() {}
        }
        if let Some(partner) = open.pop_if(|top| is(*top, opening)) {
            partners[partner] = at as u32;
            partners[at] = partner as u32;
        }
    }
    partners
}

/// Whether a brace, from what stands before and after it, opens a set or the like rather than a body. In a well-formed file no body's brace
/// looks so: a reserved word before one is the name of a field, after a `.`.
fn opens_value(lexemes: &[Lexeme], at: usize) -> bool {
    use Token::*;
    let back = |count: usize| at.checked_sub(count).map(|before| lexemes[before].token);
    let value = back(1).is_some_and(|before| match before {
        Equals | Colon | OpenParen | OpenBracket => true,
        Tcb | Not | And | Or | Implies | Then | Else => back(2) != Some(Dot),
        before => before.compares() && back(2) != Some(Dot),
    });
    let statement = lexemes.get(at + 1).is_some_and(|after| matches!(after.token, Require | When | Unless | Let));
    lexemes[at].token == OpenBrace && value && !statement
}
