//! Reference values: their file, the time in which they count, their swap, and what permits grant of them, on both executions.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod asking;
mod explanations;
mod expressions;
mod file;
mod grants;
mod readings;
mod swap;
mod time;
