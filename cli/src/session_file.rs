//! The session file of `atbac decide`: what is known when a session opens.
//!
//! ```json
//! {
//!   "request": "PaymentCall",
//!   "opened_at": "2026-06-30T12:00:00Z",
//!   "session": {
//!     "principal": { "evidence": "snp", "report": "report.bin", "vek": "vcek.der" },
//!     "environment": "production"
//!   },
//!   "keys": { "session": { "kty": "EC", "crv": "P-256", "x": "…", "y": "…" } },
//!   "nonces": { "principal": "3f9a…" }
//! }
//! ```
//!
//! `attested` fields take evidence, by its files, whose paths are relative to this one, or a list of pieces where the field is a list; all other fields take their value. `request` may be left out where the policies declare
//! one, `opened_at` where the session opens at the time of the decision.
//!
//! `keys` are the public keys, as JSON Web Keys, by which fields are bound. Where none is given, the digest that the field states is taken at its word: a file that records a
//! session is no service, and evidence outlives the keys it speaks of. `nonces` are the challenges that fields answer, in hexadecimal: the file says that they were redeemed.
//! A decision says which of both were taken at the file's word ([`AtItsWord`]).

use crate::evidence::EvidenceFiles;
use crate::failure::{FORM, Failure, TIME};
use crate::{files, instant, timing};
use atbac_compiler::types::{RequestField, Schema, Type};
use atbac_compiler::verifier::{Proof, Verifier, proof};
use atbac_engine::evidence::Expected;
use atbac_engine::input::{MAX_INPUT_BYTES, parse_json};
use atbac_engine::{Bundle, Fields, HeldKey, Redeemed, Session, SessionError};
use atbac_grammar::syntax::Provenance;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A session file, read.
pub(crate) struct SessionFile {
    path: PathBuf,
    content: Content,
}

#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with `session` and, optionally, `request`, `opened_at`, `keys` and `nonces`"
)]
struct Content {
    request: Option<String>,
    opened_at: Option<String>,
    session: Map<String, Json>,
    #[serde(default)]
    keys: Map<String, Json>,
    #[serde(default)]
    nonces: Map<String, Json>,
}

/// A session that opened, and what verifying its evidence took.
pub(crate) struct Opened {
    pub(crate) session: Session,
    /// The sum over all evidence, of each the median; `None` where there is no evidence.
    pub(crate) verification: Option<Duration>,
    pub(crate) at_its_word: AtItsWord,
}

/// What no one but the session file vouches for, by the fields it is about.
pub(crate) struct AtItsWord {
    /// Those that are bound by a key that is not given: the digest that they state was compared, and nobody's key.
    pub(crate) keys: Vec<String>,
    /// Those whose nonce the file says was redeemed.
    pub(crate) nonces: Vec<String>,
}

impl AtItsWord {
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.nonces.is_empty()
    }
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

/// The verifiers of the evidence that a field can be.
fn verifiers<'a>(schema: &'a Schema, ty: &'a Type) -> impl Iterator<Item = &'static Verifier> + 'a {
    let ty = match ty {
        Type::Optional(inner) | Type::List(inner, _) => inner,
        ty => ty,
    };
    let kinds = match ty {
        Type::Struct(id) => std::slice::from_ref(id),
        Type::Union(kinds) => kinds.as_slice(),
        _ => &[],
    };
    kinds.iter().filter_map(|id| Verifier::named(&schema.structure(*id).evidence.as_ref()?.verifier))
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
            let takes_evidence = |field: &RequestField| {
                field.name == *name
                    && match field.provenance {
                        Provenance::Attested => true,
                        // What an issuer signed comes with its files, or on the word of who replays the question.
                        Provenance::Authenticated => states_evidence(value),
                        Provenance::Local | Provenance::Asserted => false,
                    }
            };
            if !fields.declared().fields.iter().any(takes_evidence) {
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
        let at_its_word = self.at_its_word(bundle.schema(), &fields);
        let fields = self.proofs(fields)?;
        match bundle.open_session(fields, opened_at) {
            Ok(session) => Ok(Opened { session, verification, at_its_word }),
            Err(SessionError::Input(error)) => Err(input(error).into()),
            Err(SessionError::Binding(error)) => Err(Stop::Refused(Refused {
                field: error.field().to_owned(),
                code: error.code(),
                message: error.to_string(),
            })),
        }
    }

    /// Adds what the file says to prove that its fields belong together.
    fn proofs(&self, mut fields: Fields) -> Result<Fields, Failure> {
        let input = |error| Failure::input(&self.path, &error);
        let wrong = |what: &str, name: &str, why: &dyn Display| {
            Failure::new(FORM, format!("`{}`: `{what}.{name}`: {why}", self.path.display()))
        };
        for (name, nonce) in &self.content.nonces {
            let bytes: Option<[u8; 32]> =
                nonce.as_str().and_then(|text| hex::decode(text).ok()).and_then(|bytes| bytes.try_into().ok());
            let bytes = bytes.ok_or_else(|| wrong("nonces", name, &"expected 32 bytes in hexadecimal"))?;
            fields = fields.answers([name.as_str()], Redeemed::dangerous_elsewhere(bytes)).map_err(input)?;
        }
        for (name, jwk) in &self.content.keys {
            let key = HeldKey::from_jwk(jwk).map_err(|error| wrong("keys", name, &error))?;
            fields = fields.held_key(name, &key).map_err(input)?;
        }
        let bound = fields.declared().fields.iter().filter(|field| field.bound_to.is_some());
        let unknown: Vec<String> =
            bound.map(|field| field.name.clone()).filter(|name| !self.content.keys.contains_key(name)).collect();
        unknown.iter().try_fold(fields, |fields, name| fields.dangerous_key_digest_at_its_word(name).map_err(input))
    }

    /// What of the proofs rests on the file alone.
    fn at_its_word(&self, schema: &Schema, fields: &Fields) -> AtItsWord {
        let declared = &fields.declared().fields;
        let is_given = |name: &str| self.content.session.get(name).is_some_and(|value| !value.is_null());
        let is_bound_by_key = |field: &RequestField| {
            field.bound_to.is_some_and(|anchor| {
                verifiers(schema, &field.ty).any(|one| {
                    verifiers(schema, &declared[anchor].ty).any(|other| proof(one, other) == Some(Proof::Key))
                })
            })
        };
        let has_no_key = |field: &&RequestField| !self.content.keys.contains_key(&field.name);
        let bound = declared.iter().filter(|field| is_given(&field.name) && is_bound_by_key(field));
        AtItsWord {
            keys: bound.filter(has_no_key).map(|field| field.name.clone()).collect(),
            nonces: self.content.nonces.keys().cloned().collect(),
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

/// Whether a value, or the first of a list, is a piece of evidence by its files.
fn states_evidence(value: &Json) -> bool {
    let first = if let Json::Array(pieces) = value { pieces.first() } else { Some(value) };
    first.is_some_and(|piece| piece.get("evidence").is_some())
}
