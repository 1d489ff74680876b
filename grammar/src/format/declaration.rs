//! The walk over the tokens of a file, declaration by declaration. The file is well formed, so what a token is follows from what stands before it.

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
        let plain = |ahead: usize| self.gaps.get(self.at + ahead).is_some_and(|gap| gap.comments.is_empty());
        self.peek(close) == Some(Token::CloseParen) && plain(1) && plain(close)
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
    fn block(&mut self, mut part: impl FnMut(&mut Self, usize)) {
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

    // ---- Declarations ----

    /// The keyword of the next declaration.
    fn keyword(&self) -> Option<Token> {
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

    fn item(&mut self) {
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
                self.block(|walk, _| walk.test_line());
            }
            Some(Invariant) => {
                self.words(4);
                self.block(|walk, _| walk.expression(false));
            }
            _ => self.token(),
        }
    }

    fn path(&mut self) {
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
        if self.is(Token::CloseBrace) && self.gaps[self.at].comments.is_empty() {
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

    // ---- Rules ----

    fn rule(&mut self) {
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
    fn assigned(&mut self) {
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

    fn test_line(&mut self) {
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
    fn filled(&mut self, mut part: impl FnMut(&mut Self)) {
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
