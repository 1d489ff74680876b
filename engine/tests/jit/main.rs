//! Compiled code, called through the engine.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod asking;
mod differential;
mod door;
mod evaluate;
mod programs;
mod references;
mod refused;
mod scale;
mod tape;
mod text;
mod values;
mod world;
