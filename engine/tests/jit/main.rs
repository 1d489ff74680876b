//! Compiled code, called through the engine.

mod differential;
mod evaluate;
mod programs;
mod tape;
mod values;
mod world;
