//! From `.atbac` text to a surface tree, and the diagnostics every phase speaks in.
#![forbid(unsafe_code)]

pub mod codes;
pub mod diagnostic;
pub mod span;
pub mod syntax;
