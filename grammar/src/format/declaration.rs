//! Declarations, apart from rules and tests.

use super::sheet::Kind;
use super::walk::{Blank, STEP, Walk};
use crate::token::Token;

impl Walk<'_> {
    /// The keyword of the next declaration.
    pub(super) fn keyword(&self) -> Option<Token> {
        let mut ahead = 0;
        loop {
            match self.peek(ahead)? {
                Token::Doc => ahead += 1,
                Token::AtSign => {
                    ahead += 2;
                    if self.peek(ahead) == Some(Token::OpenParen) {
                        ahead += self.closed_after(ahead);
                    }
                }
                keyword => return Some(keyword),
            }
        }
    }

    /// Doc comments and attributes.
    fn prefix(&mut self) {
        loop {
            if self.is(Token::Doc) {
                self.token();
                self.line(Kind::Hard, "", Blank::Drop);
            } else if self.is(Token::AtSign) {
                self.attribute();
                let kind = if self.newline(0) { Kind::Hard } else { Kind::Fill };
                self.line(kind, " ", Blank::Drop);
            } else {
                return;
            }
        }
    }

    fn attribute(&mut self) {
        self.token();
        self.token();
        if self.is(Token::OpenParen) {
            self.list("", |walk| {
                if walk.peek(1) == Some(Token::Colon) {
                    walk.label();
                }
                walk.value();
            });
        }
    }

    /// A name, a colon, a blank.
    fn label(&mut self) {
        self.token();
        self.token();
        self.sheet.text(" ");
    }

    pub(super) fn item(&mut self) {
        use Token::*;
        self.prefix();
        match self.peek(0) {
            Some(Package) => {
                self.words(1);
                self.path();
                self.token();
            }
            Some(Use) => self.use_names(),
            Some(Enum) => {
                self.words(2);
                self.members();
            }
            Some(Record) => {
                self.words(2);
                self.list(" ", Self::field);
            }
            Some(Evidence) => self.evidence(),
            Some(Request) => {
                self.words(2);
                self.rows(Self::request_field);
            }
            Some(Grant) => {
                self.words(4);
                self.rows(Self::grant_field);
            }
            Some(Reference) => {
                self.words(1);
                self.label();
                self.ty();
                self.token();
            }
            Some(Predicate) => {
                self.words(1);
                self.token();
                self.list("", Self::parameter);
                self.sheet.text(" ");
                self.token();
                self.assigned();
                self.token();
            }
            Some(Permit | Forbid) => self.rule(),
            Some(Floor) => {
                self.words(1);
                self.filled(|walk| {
                    walk.label();
                    walk.token();
                });
                self.token();
            }
            Some(Template) => {
                self.words(1);
                self.token();
                self.list("", Self::parameter);
                self.sheet.text(" ");
                self.template_body();
            }
            Some(Apply) => {
                self.words(1);
                self.token();
                self.list("", |walk| walk.expression(true));
                self.sheet.text(" ");
                self.words(1);
                self.token();
                self.token();
            }
            Some(Test) => {
                self.words(2);
                self.block(Self::test_line);
            }
            Some(Invariant) => {
                self.words(4);
                self.block(|walk, _| walk.expression(false));
            }
            _ => self.token(),
        }
    }

    pub(super) fn path(&mut self) {
        self.token();
        while self.is(Token::Dot) {
            self.token();
            self.token();
        }
    }

    fn use_names(&mut self) {
        self.words(1);
        self.token();
        while self.token_if(Token::Dot) {
            if self.is(Token::OpenBrace) {
                self.list("", Self::token);
            } else {
                self.token();
            }
        }
        self.token();
    }

    fn members(&mut self) {
        self.rows(|walk, table| {
            walk.prefix();
            walk.sheet.begin_row(table);
            walk.token();
            if walk.is(Token::OpenBrace) {
                walk.sheet.cell(table);
                walk.list(" ", |walk| {
                    walk.prefix();
                    walk.token();
                });
            }
            walk.sheet.end_row(table);
        });
    }

    /// A list whose parts are rows of a table.
    fn rows(&mut self, mut part: impl FnMut(&mut Self, usize)) {
        let mut table = None;
        self.list(" ", |walk| {
            let table = *table.get_or_insert_with(|| walk.sheet.table());
            part(walk, table);
        });
    }

    fn field(&mut self) {
        self.prefix();
        self.label();
        self.ty();
    }

    fn evidence(&mut self) {
        self.words(2);
        self.token();
        let group = self.sheet.open();
        self.sheet.indent(STEP);
        self.sheet.force(group, self.is(Token::AtSign) && self.newline(0));
        while self.is(Token::AtSign) {
            self.line(Kind::Soft, " ", Blank::Drop);
            self.attribute();
        }
        self.sheet.dedent(STEP);
        self.line(Kind::Soft, " ", Blank::Drop);
        self.sheet.close();
        self.list(" ", Self::field);
    }

    fn request_field(&mut self, table: usize) {
        self.prefix();
        self.sheet.begin_row(table);
        self.words(1);
        self.token();
        self.token();
        self.sheet.cell(table);
        self.words(1);
        self.ty();
        if self.is(Token::Bound) {
            self.sheet.text(" ");
            self.words(2);
            self.token();
        }
        self.sheet.end_row(table);
    }

    fn grant_field(&mut self, table: usize) {
        self.prefix();
        self.sheet.begin_row(table);
        self.token();
        self.token();
        self.sheet.cell(table);
        self.ty();
        self.sheet.cell(table);
        self.words(1);
        self.token();
        self.sheet.end_row(table);
    }

    fn parameter(&mut self) {
        self.label();
        self.ty();
    }

    fn template_body(&mut self) {
        self.token();
        if self.is(Token::CloseBrace) && !self.has_comments(0) {
            self.token();
            return;
        }
        self.sheet.indent(STEP);
        let mut blank = Blank::First;
        while self.peek(0).is_some_and(|token| token != Token::CloseBrace) {
            self.line(Kind::Hard, "", blank);
            self.item();
            blank = Blank::Keep;
        }
        self.sheet.dedent(STEP);
        // Hard, but with comments as deep as what is inside.
        let group = self.sheet.open();
        self.sheet.force(group, true);
        self.line(Kind::Closing, "", Blank::Last);
        self.sheet.close();
        self.token();
    }
}
