//! Rules and tests: the lines of bodies.

use super::sheet::{Kind, Piece};
use super::walk::{Blank, STEP, Walk};
use crate::token::Token;

impl Walk<'_> {
    // ---- Rules ----

    pub(super) fn rule(&mut self) {
        self.words(3);
        self.token();
        let group = self.sheet.open();
        if self.is(Token::Where) {
            self.sheet.force(group, self.newline(0));
            self.sheet.indent(STEP);
            self.line(Kind::Soft, " ", Blank::Drop);
            self.words(1);
            self.matches();
            self.sheet.dedent(STEP);
            if self.is(Token::OpenBrace) {
                self.sheet.force(group, self.newline(0));
                self.line(Kind::Soft, " ", Blank::Drop);
            }
        } else if self.is(Token::OpenBrace) {
            self.sheet.text(" ");
        }
        self.sheet.close();
        if !self.token_if(Token::Semicolon) {
            self.block(Self::statement);
        }
    }

    /// What stands after `where`, in one line or below each other.
    fn matches(&mut self) {
        let columns = "where ".len();
        let group = self.sheet.open();
        self.sheet.indent(columns);
        self.expression(false);
        while self.is(Token::Comma) {
            self.token();
            self.sheet.force(group, self.newline(0));
            self.line(Kind::Soft, " ", Blank::Drop);
            self.expression(false);
        }
        self.sheet.dedent(columns);
        self.sheet.close();
    }

    fn statement(&mut self, table: usize) {
        match self.peek(0) {
            Some(Token::Require) => self.require(table),
            Some(Token::When | Token::Unless) => {
                self.words(1);
                self.expression(true);
                self.token();
            }
            Some(Token::Let) => {
                self.words(2);
                self.token();
                self.assigned();
                self.token();
            }
            Some(Token::Grant) => {
                self.words(1);
                self.list(" ", Self::given);
                self.leave_out(Token::Semicolon);
            }
            _ => {
                self.words(1);
                self.token();
                self.token();
            }
        }
    }

    fn require(&mut self, table: usize) {
        self.sheet.pieces.push(Piece::Begin);
        self.sheet.begin_row(table);
        let group = self.sheet.open();
        self.words(1);
        self.expression(true);
        if self.is(Token::Else) {
            self.sheet.force(group, self.newline(0));
            let cell = self.sheet.new_cell(table);
            self.line_with(Kind::Continuation, " ", Blank::Drop, Some(cell));
            self.words(1);
            self.token();
        }
        self.sheet.close();
        self.sheet.end_row(table);
        self.token();
    }

    /// What stands after `=`: in the same line, or below.
    pub(super) fn assigned(&mut self) {
        let group = self.sheet.open();
        self.sheet.force(group, self.newline(0));
        self.sheet.indent(STEP);
        self.line(Kind::Soft, " ", Blank::Drop);
        if self.is_one_match() {
            self.sheet.dedent(STEP);
            self.sheet.close();
            self.expression(false);
        } else {
            self.expression(false);
            self.sheet.dedent(STEP);
            self.sheet.close();
        }
    }

    /// Whether a `match` stands here and nothing after it: it has lines of its own, so it may begin where its name does.
    fn is_one_match(&self) -> bool {
        if !self.is(Token::Match) {
            return false;
        }
        let mut ahead = 1;
        while self.peek(ahead).is_some_and(|token| token != Token::OpenBrace) {
            ahead += self.closed_after(ahead);
        }
        self.peek(ahead + self.closed_after(ahead)) == Some(Token::Semicolon)
    }

    /// A field of a record with its value, or what fills the others.
    pub(super) fn given(&mut self) {
        if self.is(Token::Range) {
            self.token();
            self.expression(true);
            return;
        }
        self.path();
        self.token();
        self.sheet.text(" ");
        self.value();
    }

    // ---- Tests ----

    /// A line of a test; of a case, with the lines that are its own.
    pub(super) fn test_line(&mut self, table: usize) {
        if !self.is(Token::Case) {
            return self.step();
        }
        self.sheet.begin_row(table);
        self.words(1);
        self.token();
        self.sheet.cell(table);
        self.list(" ", Self::given);
        self.leave_out(Token::Semicolon);
        self.sheet.indent(STEP);
        let mut is_first = true;
        while self.peek(0).is_some_and(|token| !matches!(token, Token::Case | Token::CloseBrace)) {
            let kind = if self.newline(0) { Kind::Soft } else { Kind::Fill };
            let cell = (is_first && kind == Kind::Fill).then(|| self.sheet.new_cell(table));
            self.line_with(kind, " ", Blank::Keep, cell);
            self.step();
            is_first = false;
        }
        self.sheet.dedent(STEP);
        self.sheet.end_row(table);
    }

    fn step(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some(Token::Given), _) => {
                self.words(1);
                self.value();
            }
            (Some(Token::With), _) => {
                self.words(3);
                self.value();
            }
            (Some(Token::Expect), Some(Token::Permit | Token::Deny)) => {
                self.words(1);
                self.token();
                if self.is(Token::Because) {
                    self.sheet.text(" ");
                    self.words(1);
                    self.token();
                }
                if self.is(Token::By) {
                    self.sheet.indent(STEP);
                    self.line(Kind::Fill, " ", Blank::Drop);
                    self.sheet.dedent(STEP);
                    self.words(1);
                    self.filled(Self::token);
                }
            }
            (Some(Token::Expect), Some(Token::Grant)) => {
                self.words(2);
                self.list(" ", Self::given);
            }
            (first, _) => {
                self.words(if first == Some(Token::Expect) { 2 } else { 1 });
                self.expression(true);
            }
        }
        self.leave_out(Token::Semicolon);
    }

    /// Parts with commas between them, as many on each line as have room.
    pub(super) fn filled(&mut self, mut part: impl FnMut(&mut Self)) {
        self.sheet.indent(STEP);
        part(self);
        while self.is(Token::Comma) {
            self.token();
            self.line(Kind::Fill, " ", Blank::Drop);
            part(self);
        }
        self.sheet.dedent(STEP);
    }
}
