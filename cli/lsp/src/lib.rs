//! The language server: what the compiler knows, for editors, over the Language Server Protocol (version 3.17).
//!
//! A guided tour, in the order a keystroke travels:
//!
//! - [`server`]: messages in, answers out. One thread answers; another checks bundles with the compiler, so that no answer waits for it. What a newer
//!   text supersedes is not checked, or its result is dropped.
//! - [`transport`]: messages on standard input and output, within limits.
//! - [`workspace`]: documents as the client has them over files as they are on disk, and which of them are one bundle.
//! - [`positions`]: bytes to lines and columns in UTF-16 or UTF-8, and back. [`uri`]: paths to URIs, and back.
//! - [`symbols`]: what every name stands for, from surface trees alone.
//! - [`features`]: one file for each thing an editor asks.
//! - [`standard`]: the standard library's sources as documents.
//!
//! Two crates carry the protocol: `lsp-types` and `lsp-server`, both of rust-analyzer. They are synchronous and small. The alternative, the family of
//! `tower-lsp`, brings an asynchronous runtime, and nothing here waits: an answer is a computation over texts in memory.
//!
//! This library opens no file of its own accord: [`Files`] reads for it, and whoever starts it says how. It knows no clock.

#![forbid(unsafe_code)]

pub mod features;
pub mod files;
pub mod positions;
pub mod server;
pub mod standard;
pub mod symbols;
pub mod transport;
pub mod uri;
pub mod workspace;

pub use files::{Files, TestOutcome};
pub use server::{Services, serve};
