//! From a surface tree to a checked policy, its meaning, and compiled code.
#![forbid(unsafe_code)]

pub mod ir;
pub mod layout;
pub mod time;
pub mod truth;
pub mod types;
pub mod value;
