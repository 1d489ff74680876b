//! The walk over the tokens of a file, and what all of it writes: tokens with their comments, places for line breaks, lists, bodies in braces. The file is well
//! formed, so what a token is follows from what stands before it.

use super::sheet::{Kind, Line, Piece, Sheet};
use super::trivia::{self, Gap, Stand};
use crate::lexer::Lexeme;
use crate::token::Token;

/// The columns of a level.
pub(super) const STEP: usize = 2;

/// What becomes of blank lines before what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blank {
    /// One stays.
    Keep,
    /// None before the first thing after a bracket.
    First,
    /// None before a closing bracket.
    Last,
    /// None.
    Drop,
    /// One is put there.
    Put,
}

pub(super) struct Walk<'a> {
    text: &'a str,
    lexemes: &'a [Lexeme],
    gaps: Vec<Gap<'a>>,
    /// The next token.
    at: usize,
    /// The first gap whose comments are not yet on the sheet.
    gap: usize,
    pub(super) sheet: Sheet<'a>,
}

impl<'a> Walk<'a> {
    /// Everything of a well-formed file.
    pub(super) fn file(text: &'a str, lexemes: &'a [Lexeme]) -> Sheet<'a> {
        let gaps = trivia::gaps(text, lexemes);
        let mut walk = Walk { text, lexemes, gaps, at: 0, gap: 0, sheet: Sheet::default() };
        walk.line(Kind::Hard, "", Blank::First);
        let mut before = None;
        while walk.at < lexemes.len() {
            let keyword = walk.keyword();
            match before {
                None => {}
                Some(Token::Package) => walk.line(Kind::Hard, "", Blank::Put),
                Some(Token::Use) if keyword != Some(Token::Use) => walk.line(Kind::Hard, "", Blank::Put),
                Some(_) => walk.line(Kind::Hard, "", Blank::Keep),
            }
            walk.item();
            before = keyword;
        }
        walk.line(Kind::Hard, "", Blank::Last);
        walk.sheet.settle();
        walk.sheet
    }

    // ---- Tokens ----

    pub(super) fn peek(&self, ahead: usize) -> Option<Token> {
        self.lexemes.get(self.at + ahead).map(|lexeme| lexeme.token)
    }

    pub(super) fn is(&self, token: Token) -> bool {
        self.peek(0) == Some(token)
    }

    /// Whether the author began a new line before the token so many ahead.
    pub(super) fn newline(&self, ahead: usize) -> bool {
        self.gaps.get(self.at + ahead).is_some_and(|gap| gap.newline)
    }

    /// Whether comments stand before the token so many ahead.
    pub(super) fn has_comments(&self, ahead: usize) -> bool {
        self.gaps.get(self.at + ahead).is_some_and(|gap| !gap.comments.is_empty())
    }

    /// Writes the next token, and before it the comments that have not been written.
    pub(super) fn token(&mut self) {
        self.write_gap();
        if let Some(lexeme) = self.lexemes.get(self.at) {
            self.sheet.text(self.text[lexeme.start as usize..lexeme.end as usize].trim_end());
            self.at += 1;
        }
    }

    /// Writes the next token if it is this one.
    pub(super) fn token_if(&mut self, token: Token) -> bool {
        let found = self.is(token);
        if found {
            self.token();
        }
        found
    }

    /// Writes so many tokens with a blank after each.
    pub(super) fn words(&mut self, count: usize) {
        for _ in 0..count {
            self.token();
            self.sheet.text(" ");
        }
    }

    /// Leaves the next token out if it is this one; its comments stay.
    pub(super) fn leave_out(&mut self, token: Token) {
        if self.is(token) {
            self.write_gap();
            self.at += 1;
        }
    }

    fn write_gap(&mut self) {
        if self.gap > self.at {
            return;
        }
        let tight = self.peek(0).is_some_and(|token| {
            use Token::*;
            matches!(token, Comma | Semicolon | Colon | Dot | CloseParen | CloseBracket | CloseBrace)
        });
        for index in 0..self.gaps[self.at].comments.len() {
            let mut comment = self.gaps[self.at].comments[index];
            // Before a line it is the line that keeps the blank one.
            comment.blank = false;
            match comment.stand {
                Stand::Inline => self.sheet.inline(comment.text, tight),
                Stand::Trailing | Stand::Own => self.sheet.pieces.push(Piece::Waiting(comment)),
            }
        }
        self.gap = self.at + 1;
    }

    // ---- Places for line breaks ----

    pub(super) fn line(&mut self, kind: Kind, flat: &'static str, blank: Blank) {
        self.line_with(kind, flat, blank, None);
    }

    pub(super) fn line_with(&mut self, kind: Kind, flat: &'static str, blank: Blank, cell: Option<usize>) {
        let gap = &mut self.gaps[self.at];
        let mut line = Line {
            kind,
            flat,
            comments: Line::own(&gap.comments),
            blank: gap.blank,
            parted: blank == Blank::Put,
            cell,
        };
        if blank == Blank::Drop {
            line.comments.iter_mut().for_each(|comment| comment.blank = false);
        }
        let first = match line.comments.first_mut() {
            Some(comment) => &mut comment.blank,
            None => &mut line.blank,
        };
        match blank {
            Blank::Keep | Blank::Put => {}
            Blank::First => *first = false,
            Blank::Last | Blank::Drop => line.blank = false,
        }
        for comment in gap.comments.iter().filter(|comment| comment.stand == Stand::Trailing) {
            self.sheet.pieces.push(Piece::Waiting(*comment));
        }
        gap.comments.retain(|comment| comment.stand == Stand::Inline);
        self.sheet.pieces.push(Piece::Line(line));
    }

    /// What stands between brackets, each part by `part`, with commas between them; `space` stands inside of the brackets in one line.
    pub(super) fn list(&mut self, space: &'static str, mut part: impl FnMut(&mut Self)) {
        if self.is_one_part() {
            self.token();
            part(self);
            return self.token();
        }
        let group = self.sheet.open();
        let close = self.closing();
        self.sheet.force(group, self.newline(1) && self.peek(1) != close);
        self.token();
        if self.peek(0) == close {
            self.line(Kind::Closing, "", Blank::Last);
        } else {
            self.sheet.indent(STEP);
            self.line(Kind::Soft, space, Blank::First);
            self.parts(close, &mut part);
            self.sheet.dedent(STEP);
            self.line(Kind::Closing, space, Blank::Last);
        }
        self.token();
        self.sheet.close();
    }

    /// Whether one token, or one list, stands in parentheses: a line of its own would give it no more room.
    fn is_one_part(&self) -> bool {
        if !self.is(Token::OpenParen) || self.peek(1) == Some(Token::CloseParen) {
            return false;
        }
        let close = 1 + self.closed_after(1);
        self.peek(close) == Some(Token::CloseParen) && !self.has_comments(1) && !self.has_comments(close)
    }

    fn parts(&mut self, close: Option<Token>, part: &mut impl FnMut(&mut Self)) {
        loop {
            let is_rest = self.is(Token::Range);
            part(self);
            let is_last = self.peek(0) == close || self.is(Token::Comma) && self.peek(1) == close;
            if is_last || !self.is(Token::Comma) {
                self.leave_out(Token::Comma);
                if !is_rest {
                    self.sheet.pieces.push(Piece::IfBroken(","));
                }
                return;
            }
            self.token();
            self.line(Kind::Soft, " ", Blank::Keep);
        }
    }

    /// What closes the bracket that comes next.
    fn closing(&self) -> Option<Token> {
        match self.peek(0)? {
            Token::OpenParen => Some(Token::CloseParen),
            Token::OpenBracket => Some(Token::CloseBracket),
            Token::OpenBrace => Some(Token::CloseBrace),
            _ => None,
        }
    }

    /// A body in braces, each line by `part`.
    pub(super) fn block(&mut self, mut part: impl FnMut(&mut Self, usize)) {
        let group = self.sheet.open();
        let table = self.sheet.table();
        self.sheet.force(group, self.newline(1) && self.peek(1) != Some(Token::CloseBrace));
        self.token();
        if self.is(Token::CloseBrace) {
            self.line(Kind::Closing, "", Blank::Last);
        } else {
            self.sheet.indent(STEP);
            let mut blank = Blank::First;
            while self.peek(0).is_some_and(|token| token != Token::CloseBrace) {
                self.line(Kind::Soft, " ", blank);
                part(self, table);
                blank = Blank::Keep;
            }
            self.sheet.dedent(STEP);
            self.line(Kind::Closing, " ", Blank::Last);
        }
        self.token();
        self.sheet.close();
    }

    /// How many tokens the brackets so many tokens ahead take, with what stands in them.
    pub(super) fn closed_after(&self, ahead: usize) -> usize {
        let mut depth = 0usize;
        let mut length = 0;
        while let Some(token) = self.peek(ahead + length) {
            length += 1;
            match token {
                Token::OpenParen | Token::OpenBracket | Token::OpenBrace => depth += 1,
                Token::CloseParen | Token::CloseBracket | Token::CloseBrace => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        length
    }
}
