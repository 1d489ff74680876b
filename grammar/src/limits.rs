//! How much of anything is read, so that no input can hang the parser or exhaust the stack of a pass over the tree.
//!
//! The parser itself keeps its stack on the heap. The passes after it recurse over the tree, so its depth is bounded here, over the tokens, before
//! there is a tree: every level of an expression comes from a bracket or from an operator.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::lexer::Lexeme;
use crate::span::FileId;
use crate::token::Token;

/// How deep brackets may nest. Policies written by people stay under ten.
pub const MAX_NESTING: usize = 128;

/// How deep the tree of an expression or a type may be, brackets and operators together: so many conditions can a chain of `and` join. A pass
/// that recurses over it with a few kilobytes a level stays within the two megabytes that a thread has.
pub const MAX_DEPTH: usize = 256;

/// How many syntax errors of a file are shown.
pub const MAX_DIAGNOSTICS: usize = 100;

/// How many tokens of a file are read again after errors, to find the errors behind them.
pub(crate) const MAX_REREAD: usize = 1_000_000;

/// One level of brackets, while its tokens go by.
#[derive(Clone, Copy, Default)]
struct Level {
    /// In the expression so far: what may stand above other operands, such as `and`, `not` and `any`.
    joints: usize,
    /// The operators within the operand so far, such as `.` and `<`.
    operand: usize,
    /// The deepest operand before it.
    operands: usize,
    /// The deepest bracket in the expression.
    inner: usize,
    /// The depth of the deepest expression before it.
    before: usize,
}

impl Level {
    fn depth(self) -> usize {
        self.before.max(self.joints + self.operands.max(self.operand) + self.inner)
    }

    fn take(&mut self, token: Token) {
        use Token::*;
        match token {
            And | Or | Implies | Not | Any | All | If => {
                self.joints += 1;
                self.operands = self.operands.max(self.operand);
                self.operand = 0;
            }
            Plus | Minus | Star | Dot | Question => self.operand += 1,
            // Between two of these stands one expression.
            Comma | Semicolon | Equals => *self = Level { before: self.depth(), ..Level::default() },
            token if token.compares() => self.operand += 1,
            _ => {}
        }
    }
}

/// The first token of a declaration that goes over [`MAX_NESTING`] or [`MAX_DEPTH`], as a diagnostic; `None` if it stays within them.
pub(crate) fn exceeded(file: FileId, lexemes: &[Lexeme]) -> Option<Diagnostic> {
    let mut outer: Vec<Level> = Vec::new();
    let mut level = Level::default();
    for lexeme in lexemes {
        match lexeme.token {
            Token::OpenParen | Token::OpenBracket | Token::OpenBrace => {
                outer.push(level);
                level = Level::default();
                if outer.len() > MAX_NESTING {
                    let message = format!("brackets nest more than {MAX_NESTING} deep here");
                    let diagnostic = Diagnostic::error(codes::NESTING_TOO_DEEP, lexeme.span(file), message);
                    return Some(diagnostic.help("name the inner conditions as predicates"));
                }
            }
            Token::CloseParen | Token::CloseBracket | Token::CloseBrace => {
                // A stray closing bracket is the parser's to report.
                if let Some(mut around) = outer.pop() {
                    around.inner = around.inner.max(level.depth() + 1);
                    level = around;
                }
            }
            token => level.take(token),
        }
        if level.depth() > MAX_DEPTH {
            let message = format!("this expression chains more than {MAX_DEPTH} operators");
            let diagnostic = Diagnostic::error(codes::EXPRESSION_TOO_DEEP, lexeme.span(file), message);
            return Some(diagnostic.help(
                "test for membership in a set instead of a chain of `or`, or name parts of it with `predicate`",
            ));
        }
    }
    None
}
