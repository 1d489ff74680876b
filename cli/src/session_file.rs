//! The session file of `atbac decide`: what is known when a session opens.
//!
//! ```json
//! {
//!   "request": "PaymentCall",
//!   "opened_at": "2026-06-30T12:00:00Z",
//!   "session": {
//!     "principal": { "evidence": "snp", "report": "report.bin", "vek": "vcek.der" },
//!     "environment": "production"
//!   }
//! }
//! ```
//!
//! `attested` fields take evidence, by its files, whose paths are relative to this one, or a list of pieces where the field is a list; all other fields take their value. `request` may be left out where the policies declare
//! one, `opened_at` where the session opens at the time of the decision.

use crate::evidence::EvidenceFiles;
use crate::failure::{FORM, Failure, TIME};
use crate::{files, instant, timing};
use atbac_compiler::types::RequestField;
use atbac_engine::evidence::Expected;
use atbac_engine::input::{MAX_INPUT_BYTES, parse_json};
use atbac_engine::{Bundle, Session, SessionError};
use atbac_grammar::syntax::Provenance;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A session file, read.
pub(crate) struct SessionFile {
    path: PathBuf,
    content: Content,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with `session` and, optionally, `request` and `opened_at`")]
struct Content {
    request: Option<String>,
    opened_at: Option<String>,
    session: Map<String, Json>,
}

/// A session that opened, and what verifying its evidence took.
pub(crate) struct Opened {
    pub(crate) session: Session,
    /// The sum over all evidence, of each the median; `None` where there is no evidence.
    pub(crate) verification: Option<Duration>,
}

/// Why no session opened.
pub(crate) enum Stop {
    /// Evidence is refused, or a binding is not proven: an answer, and it is no.
    Refused(Refused),
    /// There is no answer.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(failure)
    }
}

/// What is refused.
pub(crate) struct Refused {
    /// The session field.
    pub(crate) field: String,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl SessionFile {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// [`Failure`] when it cannot be read, or is of another form.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        Ok(SessionFile {
            path: path.to_owned(),
            content: form(&format!("`{}`", path.display()), json(path, "a session file")?)?,
        })
    }

    /// Verifies the evidence and opens the session, `at` being the time of the decision. Simulated evidence is taken only where `simulated` says so.
    pub(crate) fn open(&self, bundle: &Bundle, at: Timestamp, simulated: bool) -> Result<Opened, Stop> {
        let opened_at = self.opened_at(at)?;
        let input = |error| Failure::input(&self.path, &error);
        let mut fields = bundle.session_fields(self.request(bundle)?).map_err(input)?;
        let mut verification = None;
        for (name, value) in &self.content.session {
            let is_attested = |field: &RequestField| field.name == *name && field.provenance == Provenance::Attested;
            if !fields.declared().fields.iter().any(is_attested) {
                fields = fields.dangerous_any_provenance(name, value).map_err(input)?;
                continue;
            }
            // A field that is a list takes several pieces.
            let pieces = if let Json::Array(pieces) = value { pieces.as_slice() } else { std::slice::from_ref(value) };
            for piece in pieces {
                let what = format!("`{}`: `session.{name}`", self.path.display());
                let evidence: EvidenceFiles = form(&what, piece.clone())?;
                evidence.check_simulated(simulated, &what)?;
                let evidence = evidence.read(self.path.parent().unwrap_or(Path::new("")))?;
                let verify = || evidence.verify(Expected::LeftToPolicy, opened_at);
                let verified = verify().map_err(|refusal| {
                    Stop::Refused(Refused { field: name.clone(), code: refusal.code(), message: refusal.to_string() })
                })?;
                let time = timing::verification(|| {
                    std::hint::black_box(verify().is_ok());
                });
                verification = Some(verification.unwrap_or_default() + time);
                fields = verified.fill(fields, name).map_err(input)?;
            }
        }
        match bundle.open_session(fields, opened_at) {
            Ok(session) => Ok(Opened { session, verification }),
            Err(SessionError::Input(error)) => Err(input(error).into()),
            Err(SessionError::Binding(error)) => Err(Stop::Refused(Refused {
                field: error.bound().to_owned(),
                code: error.code(),
                message: error.to_string(),
            })),
        }
    }

    fn opened_at(&self, at: Timestamp) -> Result<Timestamp, Failure> {
        let Some(text) = &self.content.opened_at else { return Ok(at) };
        let path = self.path.display();
        let opened_at = instant::rfc3339(text)
            .map_err(|expected| Failure::new(TIME, format!("`{path}`: `opened_at`: {expected}")))?;
        if opened_at > at {
            let message = format!(
                "`{path}`: `opened_at` is {opened_at}, later than the time of the decision, {at}: decide at or after it"
            );
            return Err(Failure::new(TIME, message));
        }
        Ok(opened_at)
    }

    fn request<'a>(&'a self, bundle: &'a Bundle) -> Result<&'a str, Failure> {
        match (&self.content.request, bundle.requests()) {
            (Some(name), _) => Ok(name),
            (None, [only]) => Ok(&only.name),
            (None, requests) => {
                let message = format!(
                    "`{}` names no `request`, and the policies declare {}: add one",
                    self.path.display(),
                    requests.len()
                );
                Err(Failure::new(FORM, message))
            }
        }
    }
}

/// The JSON in a file.
pub(crate) fn json(path: &Path, what: &str) -> Result<Json, Failure> {
    let bytes = files::read(path, what, MAX_INPUT_BYTES as u64)?;
    parse_json(&bytes).map_err(|error| Failure::input(path, &error))
}

/// The `T` that JSON states; `place` is where it stands, for the message.
pub(crate) fn form<T: DeserializeOwned>(place: &str, json: Json) -> Result<T, Failure> {
    serde_json::from_value(json).map_err(|error| Failure::new(FORM, format!("{place}: {error}")))
}
