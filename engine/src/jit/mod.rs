//! Compiled programs: machine code in memory, called safely. The only unsafe code of the project.
//!
//! [`CompiledProgram`] compiles a program, opens sessions and decides calls; everything public here is safe to use in
//! any way. In order of trust:
//!
//! - `entry` checks everything that the [contract](atbac_compiler::codegen::abi) with compiled code asks of its
//!   caller, then calls it;
//! - `module` owns the memory of code and constants, which is freed when the last handle goes and is never both
//!   writable and executable;
//! - `host` has the functions that compiled code calls back;
//! - `references` lays out reference values for compiled code, `set` those that are sets.
//!
//! What the code itself does is the compiler's to prove: see [`atbac_compiler::codegen`].

mod entry;
mod host;
mod module;
mod references;
mod set;

pub use entry::{CompiledProgram, Outcome, Scratch, SessionValues};
pub use module::JitError;
pub(crate) use references::CompiledReferences;
