//! The question of `decide`, `explain` and `repl`: policies, a session with its evidence, a call, reference values, and a time.

use crate::failure::Failure;
use crate::instant;
use crate::policies::{self, Engine};
use crate::report::{Answer, Report};
use crate::session_file::{self, Opened, Refused, SessionFile, Stop};
use crate::text::Text;
use atbac_engine::input::MAX_INPUT_BYTES;
use atbac_engine::{Bundle, Call, Session};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::path::{Path, PathBuf};

/// A question, by its files.
#[derive(clap::Args)]
#[group(skip)]
pub(crate) struct Args {
    /// Policies (.atbac), or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The call: a JSON object with a value for every call field
    #[arg(long, value_name = "FILE")]
    call: PathBuf,
    /// The session with its evidence, a JSON object
    #[arg(long, value_name = "FILE")]
    evidence: PathBuf,
    /// Reference values, a JSON object; without, none is loaded
    #[arg(long, value_name = "FILE")]
    references: Option<PathBuf>,
    /// Take evidence whose file says that it is simulated (`atbac simulate`): anyone can sign it, so the decision is to learn from, not to act on
    #[arg(long)]
    dangerous_simulated_evidence: bool,
    /// The time of the decision, RFC 3339 or `now`
    #[arg(long, value_name = "TIME", value_parser = instant::argument)]
    pub(crate) at: Timestamp,
}

/// A question, ready to be decided.
pub(crate) struct Question {
    pub(crate) opened: Opened,
    pub(crate) call: Call,
}

impl Args {
    /// Verifies the evidence, opens the session and reads the call.
    ///
    /// # Errors
    /// [`Stop`]: the evidence is refused, or something cannot be read.
    pub(crate) fn ask(&self, engine: Engine) -> Result<Question, Stop> {
        let bundle = policies::open(&self.paths, engine)?;
        if let Some(path) = &self.references {
            load_references(&bundle, path)?;
        }
        let session = SessionFile::read(&self.evidence)?;
        let opened = session.open(&bundle, self.at, self.dangerous_simulated_evidence)?;
        let call = read_call(&opened.session, &self.call)?;
        Ok(Question { opened, call })
    }
}

/// Puts the reference values of a file in force.
pub(crate) fn load_references(bundle: &Bundle, path: &Path) -> Result<(), Failure> {
    let input = |error| Failure::input(path, &error);
    let bytes = crate::files::read(path, "reference values", MAX_INPUT_BYTES as u64)?;
    bundle.swap_references(bundle.read_references(&bytes).map_err(input)?).map_err(input)
}

/// The call in a file.
pub(crate) fn read_call(session: &Session, path: &Path) -> Result<Call, Failure> {
    let input = |error| Failure::input(path, &error);
    let values: Map<String, Json> =
        session_file::form(&format!("`{}`", path.display()), session_file::json(path, "a call")?)?;
    let mut fields = session.call_fields();
    for (name, value) in &values {
        fields = fields.dangerous_any_provenance(name, value).map_err(input)?;
    }
    session.call(fields).map_err(input)
}

/// The answer where evidence is refused: there is nobody to decide for.
pub(crate) fn no_session(refused: &Refused, mut text: Text) -> Report {
    show_refused(refused, &mut text);
    let Refused { field, code, message } = refused;
    Report {
        answer: Answer::No,
        json: json!({ "refused": { "field": field, "code": code, "message": message } }),
        text,
    }
}

/// What is refused, and why.
pub(crate) fn show_refused(Refused { field, code, message }: &Refused, text: &mut Text) {
    text.bad("REFUSED");
    text.add(format_args!("  `{field}`: {message}\n  ({code})\n"));
}
