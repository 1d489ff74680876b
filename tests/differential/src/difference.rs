//! What went wrong, for a person: the policy, the question and both answers.

use crate::questions::Questions;
use atbac_engine::SourceFile;
use atbac_tests::generate::Fields;
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
    /// What the checker accepted reached what cannot be, or the strict evaluator and the interpreter differ on a rule.
    Unsound,
    /// What breaks a law is accepted, or refused for another reason.
    Lawless,
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

/// A question, for a person.
#[derive(Clone, Copy)]
pub struct Posed<'a> {
    /// Everything that is asked of the policy.
    pub questions: &'a Questions<'a>,
    /// The file of reference values.
    pub issue: &'a Json,
    /// The session.
    pub session: &'a Fields<'a>,
    /// When it was opened.
    pub opened_at: Timestamp,
}

impl Posed<'_> {
    /// All of it, with a call at an instant.
    pub fn show(&self, call: Option<&Fields<'_>>, at: Timestamp) -> Json {
        let stage = |fields: &Fields<'_>| {
            let mut json = fields.json.clone();
            for (field, evidence) in &fields.attested {
                json.insert(field.clone(), format!("evidence of `{}`", evidence.verifier()).into());
            }
            Json::Object(json)
        };
        serde_json::json!({
            "request": self.questions.request.name,
            "opened_at": self.opened_at.to_string(),
            "session": stage(self.session),
            "call": call.map(stage),
            "references": self.issue["references"],
            "at": at.to_string(),
        })
    }
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
            Fault::Unsound => ("strict evaluator", "interpreter"),
            Fault::Lawless => ("found", "expected"),
        };
        writeln!(f, "{:?}\n{one}: {}\n{other}: {}", self.fault, self.one, self.other)
    }
}
