//! The verifiers from outside: genuine evidence, forged evidence, and everything that is not evidence at all.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that panics has failed, in its helpers too")]

mod budget;
mod documented;
mod encodings;
mod files;
mod forged_collateral;
mod forged_gpu;
mod forged_gpu_chain;
mod forged_quote;
mod forged_snp;
mod forged_snp_chain;
mod genuine;
mod gpu;
mod hostile;
mod judgement;
mod vectors;
