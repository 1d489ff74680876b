//! From `.atbac` text to a surface tree, and the diagnostics every phase speaks in.
//!
//! A guided tour, in the order a text travels:
//!
//! - [`span`]: files, byte ranges, and values with a place.
//! - `token`, `lexer`: text to tokens; bad characters are reported and never stop anything.
//! - `layout`: where each declaration of the file begins and ends.
//! - `limits`: how deep and how long anything may be.
//! - `grammar.lalrpop`, `actions`, `literal`: one declaration's tokens to its part of the tree.
//! - `parser`, `recover`: what happens after an error, so that every error of a file is found in one run.
//! - `file`, `outline`: a whole file at once, and a large one in two steps.
//! - [`parallel`]: how large files, and what is made of them, are worked on by all cores.
//! - `expected`, `slips`, `message`: what is said about it.
//! - [`syntax`]: the tree. [`print()`]: the tree as text again. [`format()`]: a text in its canonical layout.
//! - [`editing`]: what can be said of a text that is still being written.
//! - [`diagnostic`], [`codes`]: findings as values. `render` draws them, `json` hands them to tools (each behind a feature of its name).
#![forbid(unsafe_code)]

mod actions;
pub mod codes;
pub mod diagnostic;
pub mod editing;
mod expected;
mod file;
mod findings;
mod format;
#[cfg(feature = "json")]
pub mod json;
mod layout;
mod lexer;
pub mod limits;
mod literal;
mod message;
mod outline;
pub mod parallel;
mod parser;
mod print;
mod recover;
#[cfg(feature = "render")]
pub mod render;
mod slips;
pub mod span;
pub mod syntax;
mod token;

lalrpop_util::lalrpop_mod!(
    #[allow(
        clippy::all,
        clippy::unwrap_used,
        clippy::panic,
        unreachable_pub,
        reason = "generated code keeps its own style"
    )]
    grammar
);

pub use file::{Parsed, parse};
pub use format::{MAX_COLUMNS, format};
pub use outline::{Rules, outline};
pub use print::{duration as print_duration, print, text as print_text};

/// The milliseconds of a duration written as in the language: `5m`, `1h30m`.
///
/// # Errors
/// What is wrong with it, as a sentence.
pub fn parse_duration(text: &str) -> Result<i64, String> {
    let digits_and_units = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !digits_and_units || !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err(format!("`{text}` is not a duration, such as `5m` or `1h30m`"));
    }
    literal::duration(text).map_err(|fault| fault.message)
}
