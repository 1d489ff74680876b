//! The manual says what is so: its grammar is the parser's, its samples do what the page says, and its links lead somewhere.
//!
//! - [`pages`]: the pages and their blocks of code.
//! - [`samples`]: the blocks of policy text.
//! - [`grammar`], with [`ebnf`], [`derive`], [`earley`] and [`tokens`]: the grammar.
//! - [`truth`], [`numbers`]: what its tables say; [`limits`], [`counted`]: what happens beyond each limit, and at it.
//! - [`links`]: the links.

mod counted;
mod derive;
mod earley;
mod ebnf;
mod grammar;
mod limits;
mod links;
mod numbers;
mod pages;
mod samples;
mod tokens;
mod truth;
