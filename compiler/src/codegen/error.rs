//! Why a program could not be turned into code.

use crate::ir;
use cranelift_module::ModuleError;
use std::fmt;

/// The part of a program at which something is wrong, by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A test.
    Test(usize),
    /// A session value.
    SessionValue(usize),
    /// A rule.
    Rule(usize),
    /// A shape.
    Shape(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Test(index) => write!(f, "test {index}"),
            Place::SessionValue(index) => write!(f, "session value {index}"),
            Place::Rule(index) => write!(f, "rule {index}"),
            Place::Shape(index) => write!(f, "shape {index}"),
        }
    }
}

/// Why a program could not be turned into code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// The program breaks a rule of the decision IR.
    #[error("the compiler made a malformed decision program: {place} {what}; please report this as a defect of atbac")]
    Malformed {
        /// Where.
        place: Place,
        /// The rule it breaks.
        what: &'static str,
    },
    /// A condition nests deeper than code is made for.
    #[error(
        "the condition of {place} nests deeper than {limit} levels: split it into several rules, or use the interpreter"
    )]
    TooDeep {
        /// Where.
        place: Place,
        /// The deepest nesting.
        limit: usize,
    },
    /// The code of one request is larger than the limit.
    #[error(
        "the machine code of this request has {found} bytes so far; at most {limit} are made: split its rules into several bundles, or use the interpreter"
    )]
    TooLarge {
        /// The bytes made when the limit was passed.
        found: usize,
        /// The most that may be made.
        limit: usize,
    },
    /// The machine is not one that code can be made for.
    #[error("code can only be made for 64-bit little-endian machines, not for `{0}`: use the interpreter")]
    UnsupportedTarget(String),
    /// The code generator refused, or had no memory left.
    #[error("the code generator failed: {0}; use the interpreter, and please report this as a defect of atbac")]
    Generator(#[from] Box<ModuleError>),
}

impl EmitError {
    /// The stable code of this error.
    pub fn code(&self) -> &'static str {
        match self {
            EmitError::Malformed { .. } => "atbac::codegen::malformed_program",
            EmitError::TooDeep { .. } => "atbac::codegen::nesting_too_deep",
            EmitError::TooLarge { .. } => "atbac::codegen::too_large",
            EmitError::UnsupportedTarget(_) => "atbac::codegen::unsupported_target",
            EmitError::Generator(_) => "atbac::codegen::generator_failed",
        }
    }
}

impl From<ir::Malformed> for EmitError {
    fn from(ir::Malformed { rule, what }: ir::Malformed) -> Self {
        EmitError::Malformed { place: Place::Rule(rule as usize), what }
    }
}

impl From<ModuleError> for EmitError {
    fn from(error: ModuleError) -> Self {
        EmitError::Generator(Box::new(error))
    }
}
