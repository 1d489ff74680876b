//! What went wrong, for a person: the policy, the question and both answers.

use atbac_engine::SourceFile;
use jiff::Timestamp;
use serde_json::Value as Json;
use std::fmt;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The executions give different decisions.
    Disagreement,
    /// One execution takes a question that the other refuses.
    Refusal,
    /// A decision changed before its `valid_until`.
    Changed {
        /// When it was made.
        from: Timestamp,
    },
    /// A decision ends before it is made.
    EndsAtOnce,
    /// The engine panicked.
    Panic,
}

/// Something went wrong.
#[derive(Clone, Debug)]
pub struct Difference {
    /// What.
    pub fault: Fault,
    /// The policy.
    pub files: Vec<SourceFile>,
    /// The question: request, session, call, references, clock.
    pub question: Json,
    /// The decision of compiled code, or the earlier one.
    pub one: String,
    /// The decision of the interpreter, or the later one.
    pub other: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for file in &self.files {
            writeln!(f, "//// {}\n{}", file.name, file.text)?;
        }
        writeln!(f, "{:#}", self.question)?;
        let (one, other) = match self.fault {
            Fault::Disagreement | Fault::Refusal | Fault::Panic | Fault::EndsAtOnce => ("compiled code", "interpreter"),
            Fault::Changed { .. } => ("before", "after"),
        };
        writeln!(f, "{:?}\n{one}: {}\n{other}: {}", self.fault, self.one, self.other)
    }
}
