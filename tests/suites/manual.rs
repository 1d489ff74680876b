//! The manual says what is so: its grammar is the parser's, and its samples do what the page says.
//!
//! - [`pages`]: the pages and their blocks of code.
//! - [`grammar`], with [`ebnf`], [`derive`], [`earley`] and [`tokens`]: the grammar.

mod derive;
mod earley;
mod ebnf;
mod grammar;
mod pages;
mod tokens;
