//! What the grammar promises, seen from outside: text in, tree and diagnostics out.

mod declarations;
mod diagnostics;
mod errors;
mod expressions;
mod format;
mod garbage;
mod limits;
mod literals;
mod names;
mod recovery;
mod round_trip;
mod support;
