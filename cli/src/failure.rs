//! Why a question could not be answered: exit code 2.

use crate::text::Text;
use atbac_compiler::pipeline::Refused;
use atbac_engine::{BundleError, InputError};
use atbac_grammar::json;
use serde_json::{Value as Json, json};
use std::io;
use std::path::Path;

/// A question that could not be answered.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The policies are refused, so nothing can be asked of them.
    Policies(Box<Refused>),
    /// Anything else.
    Other {
        /// The stable code.
        code: &'static str,
        /// What was found, what was expected, what to do.
        message: String,
    },
    /// The same for another tool too: `document` goes to standard output.
    Formatted {
        /// What is told on standard error.
        failure: Box<Failure>,
        /// The form that the tool reads.
        document: String,
    },
}

/// Arguments that are none of this command's.
const USAGE: &str = "atbac::cli::usage";
/// Nothing at a path.
const NOT_FOUND: &str = "atbac::cli::not_found";
/// A file or folder that cannot be read.
pub(crate) const UNREADABLE: &str = "atbac::cli::unreadable";
/// The answer could not be written.
const OUTPUT: &str = "atbac::cli::output";
/// A folder, device or pipe where a file is expected.
pub(crate) const NOT_A_FILE: &str = "atbac::cli::not_a_file";
/// A file that cannot be written.
pub(crate) const UNWRITABLE: &str = "atbac::cli::unwritable";
/// A file or folder where a new one is to be made.
pub(crate) const EXISTS: &str = "atbac::cli::exists";
/// A file over its limit.
pub(crate) const TOO_LARGE: &str = "atbac::cli::too_large";
/// A policy that is not UTF-8.
pub(crate) const NOT_UTF8: &str = "atbac::cli::not_utf8";
/// Folders without a policy.
pub(crate) const NO_POLICIES: &str = "atbac::cli::no_policies";
/// Policies without a test.
pub(crate) const NO_TESTS: &str = "atbac::cli::no_tests";
/// A certificate chain that is not ASK and ARK.
pub(crate) const CHAIN: &str = "atbac::cli::chain";
/// Simulated evidence where nobody said that it is wanted.
pub(crate) const SIMULATED: &str = "atbac::cli::simulated_evidence";
/// A session or call file of another form.
pub(crate) const FORM: &str = "atbac::cli::form";
/// A time that cannot be meant.
pub(crate) const TIME: &str = "atbac::cli::time";
/// Policies that do not parse or check.
const POLICIES: &str = "atbac::cli::policies_refused";

impl Failure {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Failure::Other { code, message: message.into() }
    }

    /// Arguments were given that `message` explains.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Failure::new(USAGE, message.into().trim_end())
    }

    /// A file or folder could not be read.
    pub(crate) fn read(path: &Path, error: &io::Error) -> Self {
        let path = path.display();
        match error.kind() {
            io::ErrorKind::NotFound => Failure::new(NOT_FOUND, format!("`{path}` does not exist: check the path")),
            _ => {
                let reason = error.to_string().to_lowercase();
                Failure::new(UNREADABLE, format!("`{path}` cannot be read: {reason}; check its permissions"))
            }
        }
    }

    /// Standard output could not be written.
    pub(crate) fn output(error: io::Error) -> Self {
        Failure::new(OUTPUT, format!("the answer cannot be written: {}", error.to_string().to_lowercase()))
    }

    /// What stands in a file does not fit the policies.
    pub(crate) fn input(path: &Path, error: &InputError) -> Self {
        Failure::new(error.code(), format!("`{}`: {error}", path.display()))
    }

    /// `{"error": {"code", "message"}}`; with `diagnostics` where policies are refused.
    pub(crate) fn json(&self) -> Json {
        match self {
            Failure::Policies(refused) => {
                let diagnostics: Vec<Json> =
                    refused.diagnostics.iter().map(|finding| json::value(finding, &refused.sources)).collect();
                json!({ "error": { "code": POLICIES, "message": POLICIES_REFUSED, "diagnostics": diagnostics } })
            }
            Failure::Other { code, message } => json!({ "error": { "code": code, "message": message } }),
            Failure::Formatted { failure, .. } => failure.json(),
        }
    }

    /// The same for people, added to `text`.
    pub(crate) fn text(&self, mut text: Text) -> Text {
        match self {
            Failure::Policies(refused) => text.diagnostics(&refused.diagnostics, &refused.sources),
            Failure::Formatted { failure, .. } => return failure.text(text),
            Failure::Other { .. } => {}
        }
        text.bad("error");
        text.add(format_args!(": {}\n  ({})\n", self.message(), self.code()));
        text
    }

    /// What was found, what was expected, what to do.
    pub(crate) fn message(&self) -> &str {
        match self {
            Failure::Policies(_) => POLICIES_REFUSED,
            Failure::Other { message, .. } => message,
            Failure::Formatted { failure, .. } => failure.message(),
        }
    }

    /// What another tool reads, if one was named.
    pub(crate) fn document(&self) -> Option<&str> {
        match self {
            Failure::Formatted { document, .. } => Some(document),
            Failure::Policies(_) | Failure::Other { .. } => None,
        }
    }

    /// The stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Failure::Policies(_) => POLICIES,
            Failure::Other { code, .. } => code,
            Failure::Formatted { failure, .. } => failure.code(),
        }
    }
}

const POLICIES_REFUSED: &str = "the policies have errors, so nothing can be asked of them";

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Self {
        match error {
            BundleError::Refused(refused) => Failure::Policies(refused),
            BundleError::Jit(error) => {
                Failure::new(error.code(), format!("{error}; here, that is `--engine interpreter`"))
            }
        }
    }
}
