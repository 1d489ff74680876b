//! From a surface tree to a checked policy, its meaning, and compiled code.
//!
//! [`pipeline`] tells the story; read it first. A policy's meaning is [`interpret`]; what runs is made by [`codegen`] from the [`ir`]; values lie in frames
//! as [`layout`] says. Nothing here reads a file or the clock.
#![forbid(unsafe_code)]

pub mod check;
pub mod checked;
pub mod codegen;
pub mod cost;
pub mod fired;
pub mod fits;
pub mod glob;
pub mod interpret;
pub mod ir;
pub mod laws;
pub mod layout;
pub mod limits;
pub mod lint;
pub mod pipeline;
pub mod reference;
pub mod time;
pub mod trust;
pub mod truth;
pub mod types;
pub mod validity;
pub mod value;
pub mod verifier;
