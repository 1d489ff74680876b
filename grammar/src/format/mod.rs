//! The canonical layout: a file with the same tokens and comments, laid out anew.
//!
//! Only blanks, line breaks, the comma after the last part of a list and the semicolon that may stand after a line change, so the layout never
//! changes what a policy means. What is written in one line stays in one if it has room there; what is written over several lines keeps a line
//! for each of its parts. In the order a text travels:
//!
//! - `trivia`: what stands between two tokens: comments, line breaks, blank lines.
//! - `walk`, `declaration`, `body`, `expression`: a walk over the tokens, which says where a line may break.
//! - `sheet`: what that walk writes; `columns`: what stands in columns in it; `render`: where lines do break.

mod body;
mod columns;
mod declaration;
mod expression;
mod render;
mod sheet;
mod trivia;
mod walk;

use crate::diagnostic::Diagnostic;
use crate::file::parse;
use crate::findings::Findings;
use crate::lexer;
use crate::span::FileId;
use walk::Walk;

/// The columns of a line, but for what cannot be broken: a long literal, or a comment.
pub const MAX_COLUMNS: usize = 120;

/// The text in its canonical layout. Formatting what comes out changes nothing.
///
/// # Errors
/// The syntax errors of the text, as [`parse()`] finds them: what cannot be read is not laid out.
pub fn format(file: FileId, text: &str) -> Result<String, Vec<Diagnostic>> {
    let diagnostics = parse(file, text).diagnostics;
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let lexemes = lexer::lex(file, text, &mut Findings::default());
    Ok(render::render(&Walk::file(text, &lexemes)))
}
