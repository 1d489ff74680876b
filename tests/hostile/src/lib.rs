//! Inputs made to do harm, as many as one likes, each from a seed.
//!
//! - [`policy`]: sources that want the compiler to work without end: deep, wide, doubling, colliding, garbled.
//! - [`input`]: files of reference values, session fields and calls that want the same of the engine.
//! - [`attempt`]: each tried as an embedder would, and what came of it: an error with its code, or a decision.
//!
//! The tests look at what comes of them; how long that takes is measured by the command (`main.rs`), where nothing else runs.
#![forbid(unsafe_code)]

pub mod attempt;
pub mod input;
pub mod policy;

use atbac_generator::tape::Tape;

/// The most bytes of one hostile text: what a service might take from a stranger in one go. Work grows with size, so a time says something only beside it.
pub const MAX_BYTES: usize = 256 * 1024;

/// A size from 1 to `most`, small ones as often as large ones: where a limit is, one seed lies below it and another beyond.
fn size(tape: &mut Tape<'_>, most: usize) -> usize {
    let bits = most.ilog2() as usize + 1;
    let top = 1 << tape.below(bits);
    (top + tape.below(top)).min(most)
}

/// A text of many parts, as far as there is room for them and for what stands around: none is cut in two.
fn many(count: usize, part: impl FnMut(usize) -> String) -> String {
    let mut room = MAX_BYTES - 16 * 1024;
    let fits = |part: &String| {
        let left = room.checked_sub(part.len());
        room = left.unwrap_or_default();
        left.is_some()
    };
    (0..count).map(part).take_while(fits).collect()
}

/// The beginning of a text, of at most [`MAX_BYTES`].
fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_BYTES));
    text
}
