//! How much a bundle may hold, as far as whoever compiles it may say so.
//!
//! These bound work and memory, which a service may have more or less of. What bounds the stack or the form of code is fixed, and stands beside the code that rests on it;
//! `docs/language/limits.md` lists all of them.

/// How much a bundle may hold. What exceeds a limit is refused with an error that names it and what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of all source files together.
    pub source_bytes: usize,
    /// The most declarations of all files together, standard packages included, with what applications of templates declare.
    pub declarations: usize,
    /// The most conditions of one rule or predicate, once the predicates it calls are put in.
    pub rule_conditions: usize,
    /// The most conditions of all rules and predicates together, counted the same way.
    pub bundle_conditions: usize,
    /// The most bytes of machine code for one request.
    pub code_bytes: usize,
}

impl Limits {
    /// For policies of strangers: chosen so that, whatever they are, they compile or are refused within a second; `tests/hostile` measures it.
    pub const fn for_strangers() -> Self {
        Limits {
            source_bytes: 256 * 1024,
            declarations: 5_000,
            rule_conditions: 2_000,
            bundle_conditions: 20_000,
            code_bytes: 16 * 1024 * 1024,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            source_bytes: 256 * 1024 * 1024,
            declarations: 100_000,
            rule_conditions: 10_000,
            bundle_conditions: 4_000_000,
            code_bytes: 1024 * 1024 * 1024,
        }
    }
}
