//! The registry of diagnostic codes: one home for the names users search for, configure and link to.
//!
//! A code is `atbac::phase::name`. Once released it is never given to another finding.

use std::fmt;

/// A stable diagnostic code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(&'static str);

impl Code {
    /// The code as users write it.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        $($(#[doc = $doc])+ pub const $name: Code = Code($code);)+

        /// Every code with its one-line description, in order of phase.
        pub const ALL: &[(Code, &str)] = &[$(($name, concat!($($doc),+)),)+];
    };
}

codes! {
    // Reading the text.
    /// A character that begins no token.
    UNEXPECTED_CHARACTER = "atbac::syntax::unexpected_character";
    /// A token where another was expected.
    UNEXPECTED_TOKEN = "atbac::syntax::unexpected_token";
    /// The file ends in the middle of a declaration.
    UNEXPECTED_END = "atbac::syntax::unexpected_end";
    /// A string, comment or quoted literal without its end.
    UNTERMINATED = "atbac::syntax::unterminated";
    /// A literal that is not well formed: an impossible date, an odd number of hex digits, an unknown escape.
    INVALID_LITERAL = "atbac::syntax::invalid_literal";
    /// Nesting deeper than the parser allows.
    NESTING_TOO_DEEP = "atbac::syntax::nesting_too_deep";
    /// A source file over the size limit.
    FILE_TOO_LARGE = "atbac::syntax::file_too_large";
}
