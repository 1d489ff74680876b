//! Why nothing was imported.

use crate::MAX_SOURCE_BYTES;
use crate::finding::Place;

/// A source of which no policy comes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Over [`MAX_SOURCE_BYTES`].
    #[error("`{file}` has {bytes} bytes; a policy to import has at most {MAX_SOURCE_BYTES}: is this the right file?")]
    TooLarge {
        /// The file.
        file: String,
        /// Its length.
        bytes: usize,
    },
    /// More or fewer files than a policy of this kind has.
    #[error("{found} files were given; a policy of this kind is {expected}")]
    Files {
        /// How many.
        found: usize,
        /// What it is.
        expected: &'static str,
    },
    /// The text does not follow the grammar of its format.
    #[error("{place}: {message}")]
    Syntax {
        /// Where.
        place: Place,
        /// What was found and what was expected.
        message: String,
    },
    /// It follows the grammar, and is no policy of this kind.
    #[error("`{file}` is no {expected}: {found}")]
    Other {
        /// The file.
        file: String,
        /// What it should be.
        expected: &'static str,
        /// What it is instead.
        found: String,
    },
    /// Rules that use rules, written out, become more than is imported.
    #[error("`{file}`: written out, its rules have more than {most} conditions; import the parts that you need")]
    TooManyConditions {
        /// The file.
        file: String,
        /// The most.
        most: usize,
    },
    /// An age that no evidence can have.
    #[error(
        "the greatest age is {found}; it must be more than nothing and less than 24h, the most that evidence may have"
    )]
    Age {
        /// The age, as the language writes it.
        found: String,
    },
    /// What came out does not compile.
    #[error("what comes of it is no policy: {message}")]
    Policy {
        /// The compiler's first error.
        message: String,
    },
}

impl Refusal {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Refusal::TooLarge { .. } => "atbac::import::too_large",
            Refusal::Files { .. } => "atbac::import::files",
            Refusal::Syntax { .. } => "atbac::import::syntax",
            Refusal::Other { .. } => "atbac::import::other_format",
            Refusal::TooManyConditions { .. } => "atbac::import::too_many_conditions",
            Refusal::Age { .. } => "atbac::import::max_age",
            Refusal::Policy { .. } => "atbac::import::policy",
        }
    }
}
