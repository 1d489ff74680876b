//! What a package asks and says, for other tools and for people. Checked policies in, texts out: nothing here reads or writes files.
//!
//! - [`json_schema`]: the calls and sessions that a package takes, as JSON Schema;
//! - [`describe()`]: a package's documentation as a [`Document`]; [`markdown`], [`html`]: the same as text.
#![forbid(unsafe_code)]

mod describe;
mod document;
pub mod html;
pub mod json_schema;
pub mod markdown;

pub use describe::describe;
pub use document::{Block, Document, Section};
