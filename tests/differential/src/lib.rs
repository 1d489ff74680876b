//! Compiled code against the reference interpreter, over generated policies, on whole decisions.
//!
//! One *comparison* is one policy, one session and call, one issue of reference values, and one instant, all of which were not asked together before: both executions decide,
//! and must agree on verdict, rules, grant and `valid_until`. In reading order:
//!
//! - [`subject`]: a generated policy, opened on both executions.
//! - [`questions`]: what it is asked: sessions, calls, reference values, instants at and around every bound.
//! - [`moment`]: a decision, as far as executions must agree, and as far as it must last.
//! - [`explore`]: asks everything, and looks for a change before any `valid_until`.
//! - [`strict`], [`soundness`]: asks it again where nothing may be absent, mistyped or too large, which no accepted policy reaches.
//! - [`laws`]: each law, broken in policies that keep it.
//! - [`case`]: all of it for one pair of tapes.
//! - [`difference`]: what went wrong, for a person; [`shrink`]: with the smallest policy.
//! - [`coverage`]: what was reached of everything there is in language, checked tree and IR, and how often each condition was true, false or indeterminate.
//! - [`layout`]: the formatter on the same programs.
//!
//! `cargo run --release -p atbac-differential -- --comparisons 100000000 --seed 1` runs any number of them on every core; `--example layout -- --programs 100000` lays out any number of
//! programs.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a harness that meets what it does not expect fails the test")]

pub mod case;
pub mod coverage;
pub mod difference;
pub mod explore;
pub mod laws;
pub mod layout;
pub mod moment;
pub mod questions;
pub mod shrink;
pub mod soundness;
pub mod strict;
pub mod subject;
pub mod targets;
