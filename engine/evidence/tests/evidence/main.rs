//! The verifiers from outside: genuine evidence, forged evidence, and everything that is not evidence at all.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed, in its helpers too")]

mod encodings;
mod files;
mod forged_quote;
mod forged_snp;
mod genuine;
mod hostile;
mod judgement;
mod vectors;
