//! Inputs that nobody would write by hand: each gets a clear error or an answer, never a panic, and work that grows no faster than the input.

mod evidence;
mod policies;
mod values;
