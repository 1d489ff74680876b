//! What a verb found out.

use crate::text::Text;
use serde_json::Value as Json;

/// The answer to the question that a verb asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// No errors, verified, permitted, passed: exit code 0.
    Yes,
    /// Exit code 1.
    No,
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Answer::Yes } else { Answer::No }
    }
}

/// An answer, for programs and for people.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) answer: Answer,
    /// One document.
    pub(crate) json: Json,
    /// Whole lines.
    pub(crate) text: Text,
}
