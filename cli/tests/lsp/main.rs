//! The language server as an editor drives it: the real binary, over its standard input and output.
//!
//! - `session`: a scripted editing session, from the first keystroke to the end.
//! - `bundles`: which files belong together, on disk and unsaved, while they come and go.
//! - `hostile`: what no well-behaved client sends.
//! - `client`: the editor's side.

#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails, in its helpers too")]

mod bundles;
mod client;
mod hostile;
mod session;
