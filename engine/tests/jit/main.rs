//! Compiled code, called through the engine.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod asking;
mod counts;
mod differential;
mod door;
mod evaluate;
mod hashes;
mod programs;
mod questions;
mod read;
mod references;
mod refused;
mod scale;
mod shapes;
mod tape;
mod text;
mod times;
mod values;
mod world;
