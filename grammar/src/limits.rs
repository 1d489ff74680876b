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

/// How many operators may stand above or beside one another in one expression: the depth of its tree. A longer chain of `or` wants a set.
pub const MAX_OPERATORS: usize = 1_000;

/// How many syntax errors of a file are shown.
pub const MAX_DIAGNOSTICS: usize = 100;

/// How many tokens of a file are read again after errors, to find the errors behind them.
pub(crate) const MAX_REREAD: usize = 1_000_000;

/// What is open at one level of brackets, while its tokens go by.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators since the last comma or semicolon.
    operators: usize,
    /// The deepest bracket since then.
    inner: usize,
    /// The deepest of the parts before it.
    before: usize,
}

impl Level {
    fn depth(self) -> usize {
        self.before.max(self.operators + self.inner)
    }
}

/// Checks that a declaration stays within [`MAX_NESTING`] and [`MAX_OPERATORS`].
///
/// # Errors
/// The first token that goes over a limit, as a diagnostic.
pub(crate) fn check(file: FileId, lexemes: &[Lexeme]) -> Result<(), Diagnostic> {
    let mut levels = vec![Level::default()];
    for lexeme in lexemes {
        match lexeme.token {
            Token::OpenParen | Token::OpenBracket | Token::OpenBrace => {
                levels.push(Level::default());
                if levels.len() > MAX_NESTING {
                    let message = format!("brackets nest more than {MAX_NESTING} deep here");
                    return Err(Diagnostic::error(
                        codes::NESTING_TOO_DEEP,
                        lexeme.span(file),
                        message,
                    )
                    .help("name the inner conditions with `let` or `predicate`"));
                }
            }
            Token::CloseParen | Token::CloseBracket | Token::CloseBrace => {
                // A stray closing bracket is the parser's to report.
                if levels.len() > 1 {
                    let closed = levels.pop().unwrap_or_default().depth() + 1;
                    raise(&mut levels, |level| level.inner = level.inner.max(closed));
                }
            }
            Token::Comma | Token::Semicolon => {
                raise(&mut levels, |level| {
                    *level = Level {
                        before: level.depth(),
                        ..Level::default()
                    }
                });
            }
            token if deepens(token) => raise(&mut levels, |level| level.operators += 1),
            _ => {}
        }
        if levels
            .last()
            .is_some_and(|level| level.depth() > MAX_OPERATORS)
        {
            let message = format!("this expression has more than {MAX_OPERATORS} operators");
            return Err(Diagnostic::error(codes::EXPRESSION_TOO_LONG, lexeme.span(file), message)
                .help("test for membership in a set instead of a chain of `or`, or name parts of it with `predicate`"));
        }
    }
    Ok(())
}

fn raise(levels: &mut [Level], change: impl FnOnce(&mut Level)) {
    if let Some(level) = levels.last_mut() {
        change(level);
    }
}

/// Whether a token that is no bracket makes a level of the tree.
fn deepens(token: Token) -> bool {
    use Token::*;
    token.compares()
        || matches!(
            token,
            And | Or | Not | Implies | Any | All | If | Plus | Minus | Star | Dot | Question
        )
}
