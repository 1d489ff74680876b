//! The verifiers from outside: genuine evidence, forged evidence, and everything that is not evidence at all.

mod files;
mod vectors;
