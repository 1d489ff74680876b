//! Expressions and types: `and`, `or` and `implies` begin lines where a condition takes several; what stands in brackets takes a line for each part.

use super::sheet::Kind;
use super::walk::{Blank, STEP, Walk};
use crate::token::Token;

impl Walk<'_> {
    /// An expression or a record.
    pub(super) fn value(&mut self) {
        if self.peek(0).is_some_and(Token::is_name) && self.peek(1) == Some(Token::OpenBrace) {
            self.words(1);
            self.list(" ", Self::given);
        } else {
            self.expression(true);
        }
    }

    /// `hanging` is whether lines that begin with what joins stand a level deeper than the line that the expression begins on.
    pub(super) fn expression(&mut self, hanging: bool) {
        let group = self.sheet.open();
        self.disjunction(hanging);
        if self.is(Token::Implies) {
            self.deeper(true, |walk| {
                walk.joint(group);
                walk.expression(false);
            });
        }
        self.sheet.close();
    }

    fn disjunction(&mut self, hanging: bool) {
        let group = self.sheet.open();
        self.conjunction(hanging);
        self.deeper(hanging, |walk| {
            while walk.is(Token::Or) {
                walk.joint(group);
                walk.conjunction(false);
            }
        });
        self.sheet.close();
    }

    fn conjunction(&mut self, hanging: bool) {
        let group = self.sheet.open();
        self.negation();
        self.deeper(hanging, |walk| {
            while walk.is(Token::And) {
                walk.joint(group);
                walk.negation();
            }
        });
        self.sheet.close();
    }

    /// What joins two conditions, at the beginning of a line where the group breaks.
    fn joint(&mut self, group: usize) {
        self.sheet.force(group, self.newline(0) || self.newline(1));
        self.line(Kind::Soft, " ", Blank::Drop);
        self.words(1);
    }

    /// Lines within stand a level deeper if they are to.
    fn deeper(&mut self, deeper: bool, within: impl FnOnce(&mut Self)) {
        let columns = if deeper { STEP } else { 0 };
        self.sheet.indent(columns);
        within(self);
        self.sheet.dedent(columns);
    }

    fn negation(&mut self) {
        while self.is(Token::Not) {
            self.words(1);
        }
        match self.peek(0) {
            Some(Token::Any | Token::All) => self.quantifier(),
            Some(Token::If) => self.choice(),
            _ => self.comparison(),
        }
    }

    fn quantifier(&mut self) {
        self.words(3);
        self.sum();
        self.token();
        self.deeper(true, |walk| {
            let group = walk.sheet.open();
            walk.sheet.force(group, walk.newline(0));
            walk.line(Kind::Soft, " ", Blank::Drop);
            walk.expression(false);
            walk.sheet.close();
        });
    }

    fn choice(&mut self) {
        let group = self.sheet.open();
        self.words(1);
        self.deeper(true, |walk| {
            walk.expression(true);
            for _ in ["then", "else"] {
                walk.joint(group);
                walk.expression(true);
            }
        });
        self.sheet.close();
    }

    fn comparison(&mut self) {
        self.sum();
        if self.peek(0).is_some_and(Token::compares) {
            let group = self.sheet.open();
            self.deeper(true, |walk| {
                walk.sheet.force(group, walk.newline(0));
                walk.line(Kind::Soft, " ", Blank::Drop);
                walk.words(1);
            });
            self.sheet.close();
            self.sum();
        }
    }

    fn sum(&mut self) {
        self.negative();
        while matches!(self.peek(0), Some(Token::Plus | Token::Minus | Token::Star)) {
            self.sheet.text(" ");
            self.words(1);
            self.negative();
        }
    }

    fn negative(&mut self) {
        while self.token_if(Token::Minus) {}
        self.primary();
        loop {
            match self.peek(0) {
                Some(Token::Dot) => {
                    self.token();
                    self.token();
                }
                Some(Token::OpenBracket) => (0..5).for_each(|_| self.token()),
                Some(Token::OpenParen) => self.list("", |walk| walk.expression(true)),
                _ => return,
            }
        }
    }

    fn primary(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (Some(Token::OpenParen), _) => self.parentheses(|walk| walk.expression(false)),
            (Some(Token::Tcb), _) => {
                self.words(1);
                self.list(" ", Self::given);
            }
            (Some(Token::OpenBrace), _) => self.list(" ", |walk| walk.value()),
            (Some(Token::OpenBracket), _) => self.list("", |walk| walk.value()),
            (Some(Token::Match), _) => {
                self.words(1);
                self.expression(false);
                self.sheet.text(" ");
                self.list(" ", |walk| {
                    walk.words(3);
                    walk.expression(true);
                });
            }
            (Some(Token::Count), Some(Token::OpenParen)) => {
                self.token();
                self.parentheses(Self::counted);
            }
            _ => self.token(),
        }
    }

    fn parentheses(&mut self, within: impl FnOnce(&mut Self)) {
        let group = self.sheet.open();
        self.sheet.force(group, self.newline(1));
        self.token();
        self.sheet.indent(STEP);
        self.line(Kind::Soft, "", Blank::Drop);
        within(self);
        self.sheet.dedent(STEP);
        self.line(Kind::Closing, "", Blank::Drop);
        self.token();
        self.sheet.close();
    }

    /// `distinct e for x in xs where p`
    fn counted(&mut self) {
        // `distinct` is also a name: of what is counted, when `in` follows it.
        if self.is(Token::Distinct) && self.peek(1) != Some(Token::In) {
            self.words(1);
            self.expression(false);
            self.sheet.text(" ");
            self.words(1);
        }
        self.words(2);
        self.sum();
        if self.is(Token::Where) {
            let group = self.sheet.open();
            self.joint(group);
            self.expression(true);
            self.sheet.close();
        }
    }

    // ---- Types ----

    pub(super) fn ty(&mut self) {
        self.optional();
        while self.is(Token::Bar) {
            self.sheet.text(" ");
            self.words(1);
            self.optional();
        }
    }

    fn optional(&mut self) {
        match self.peek(0) {
            Some(Token::OpenParen) => {
                self.token();
                self.ty();
                self.token();
            }
            Some(Token::OpenBracket) => {
                self.token();
                self.ty();
                self.words(1);
                self.token();
                self.token();
            }
            _ => {
                self.token();
                if self.token_if(Token::Less) {
                    self.ty();
                    while self.is(Token::Comma) {
                        self.words(1);
                        self.ty();
                    }
                    self.token();
                }
            }
        }
        while self.token_if(Token::Question) {}
    }
}
