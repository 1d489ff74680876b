//! What is loaded, and what can be asked of it.

use super::command::{Command, HELP};
use crate::failure::{FORM, Failure};
use crate::policies::{self, Engine};
use crate::question::{load_references, show_refused};
use crate::session_file::{self, Opened, SessionFile, Stop};
use crate::text::Text;
use crate::{explain, verdict};
use atbac_compiler::interpret::Read;
use atbac_compiler::truth::Truth;
use atbac_compiler::types::RequestId;
use atbac_engine::expression::{Evaluated, Outcome};
use atbac_engine::input::parse_json;
use atbac_engine::json::{SENSITIVE, shown};
use atbac_engine::{Bundle, Call, InputError};
use atbac_reports::story::{counted, told};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use std::fmt::Display;
use std::path::PathBuf;

/// The policies, the session and the call at hand.
pub(super) struct Workbench {
    simulated: bool,
    at: Timestamp,
    paths: Vec<PathBuf>,
    bundle: Option<Bundle>,
    references: Option<PathBuf>,
    evidence: Option<PathBuf>,
    opened: Option<Opened>,
    /// The fields of the call, which are read anew for each session.
    call: Option<(String, Map<String, Json>)>,
}

impl Workbench {
    /// Nothing is loaded yet.
    pub(super) fn new(simulated: bool, at: Timestamp) -> Self {
        Workbench {
            simulated,
            at,
            paths: Vec::new(),
            bundle: None,
            references: None,
            evidence: None,
            opened: None,
            call: None,
        }
    }

    /// What a command gives, added to `text`; `false` where evidence or an expression is refused.
    ///
    /// # Errors
    /// [`Failure`] where it cannot be done; what was loaded before then stays.
    pub(super) fn answer(&mut self, command: Command, text: &mut Text) -> Result<bool, Failure> {
        match command {
            Command::Expression(expression) => return self.evaluate(&expression, true, text),
            Command::Type(expression) => return self.evaluate(&expression, false, text),
            Command::Load(paths) => return self.load(paths, text),
            Command::Evidence(path) => {
                let before = self.evidence.replace(path);
                return self.open(text).inspect_err(|_| self.evidence = before);
            }
            Command::Call(path) => {
                let Json::Object(call) = session_file::json(&path, "a call")? else {
                    return Err(Failure::new(FORM, format!("`{}`: expected a JSON object", path.display())));
                };
                self.take_call(path.display().to_string(), call, text)?;
            }
            Command::CallOf(json) => {
                let input = |error: InputError| Failure::new(error.code(), format!("the call: {error}"));
                let Json::Object(call) = parse_json(json.as_bytes()).map_err(input)? else {
                    return Err(Failure::new(FORM, "the call: expected a JSON object"));
                };
                self.take_call("the call".to_owned(), call, text)?;
            }
            Command::References(path) => {
                load_references(self.bundle()?, &path)?;
                text.add(format_args!("reference values of {}\n", path.display()));
                self.references = Some(path);
            }
            Command::At(at) => {
                let before = std::mem::replace(&mut self.at, at);
                text.add(format_args!("at {at}\n"));
                // Evidence is verified at the time at which the session opens.
                return self.open(text).inspect_err(|_| self.at = before);
            }
            Command::Decide => self.decide(false, text)?,
            Command::Explain => self.decide(true, text)?,
            Command::Help => text.add(HELP),
            // The loop around this ends.
            Command::Quit => {}
        }
        Ok(true)
    }

    fn bundle(&self) -> Result<&Bundle, Failure> {
        self.bundle.as_ref().ok_or_else(|| Failure::usage("no policies are loaded: `:load PATH`"))
    }

    fn opened(&self) -> Result<&Opened, Failure> {
        self.opened.as_ref().ok_or_else(|| Failure::usage("no session is open: `:evidence FILE`"))
    }

    /// Other policies, with the same files around them.
    fn load(&mut self, paths: Vec<PathBuf>, text: &mut Text) -> Result<bool, Failure> {
        let paths = if paths.is_empty() { self.paths.clone() } else { paths };
        let bundle = policies::open(&paths, Engine::Interpreter)?;
        let requests: Vec<&str> = bundle.requests().iter().map(|request| request.name.as_str()).collect();
        text.add(format_args!("loaded; requests: {}\n", requests.join(", ")));
        if let Some(path) = &self.references {
            load_references(&bundle, path)?;
        }
        (self.paths, self.bundle, self.opened) = (paths, Some(bundle), None);
        self.open(text)
    }

    /// Verifies the evidence, if there is any, and opens the session; `false` where it is refused.
    fn open(&mut self, text: &mut Text) -> Result<bool, Failure> {
        let (Some(path), bundle) = (&self.evidence, self.bundle()?) else { return Ok(true) };
        match SessionFile::read(path)?.open(bundle, self.at, self.simulated) {
            Ok(opened) => {
                text.add(format_args!("session of {}\n", path.display()));
                verdict::show_at_its_word(&opened.at_its_word, text);
                self.opened = Some(opened);
                Ok(true)
            }
            Err(Stop::Refused(refused)) => {
                // There is nobody any more to ask about.
                self.opened = None;
                show_refused(&refused, text);
                Ok(false)
            }
            Err(Stop::Failed(failure)) => Err(failure),
        }
    }

    fn take_call(&mut self, name: String, call: Map<String, Json>, text: &mut Text) -> Result<(), Failure> {
        let opened = self.opened()?;
        made(opened, &name, &call)?;
        text.add(format_args!("{name} is taken\n"));
        self.call = Some((name, call));
        Ok(())
    }

    /// The call, for the session that is open.
    fn call(&self, opened: &Opened) -> Result<Option<Call>, Failure> {
        self.call.as_ref().map(|(name, call)| made(opened, name, call)).transpose()
    }

    fn decide(&self, with_story: bool, text: &mut Text) -> Result<(), Failure> {
        let opened = self.opened()?;
        let none = || Failure::usage("there is no call: `:call FILE` or `:call { … }`");
        let call = self.call(opened)?.ok_or_else(none)?;
        let session = &opened.session;
        let mut memory = session.memory();
        let decision = session.decide(&call, self.at, &mut memory);
        let explanation = session.explain(&call, self.at);
        let told = session.tell(&call, self.at);
        verdict::show(&decision, text);
        verdict::show_at_its_word(&opened.at_its_word, text);
        verdict::show_details(&verdict::details(session, &decision, &explanation, &told.masked), text);
        if with_story {
            explain::show(&told, session.bundle(), text);
        }
        Ok(())
    }

    /// An expression's value, what that rests on, and its type.
    fn evaluate(&self, expression: &str, with_value: bool, text: &mut Text) -> Result<bool, Failure> {
        let bundle = self.bundle()?;
        let evaluated = match (&self.opened, bundle.requests()) {
            (Some(opened), _) => opened.session.evaluate(self.call(opened)?.as_ref(), expression, self.at),
            (None, [_]) => bundle.evaluate(RequestId(0), expression, self.at),
            (None, requests) => {
                let message = format!(
                    "there are {} requests to ask about: `:evidence FILE` opens a session for one",
                    requests.len()
                );
                return Err(Failure::usage(message));
            }
        };
        let Evaluated { ty, outcome } = match evaluated {
            Ok(evaluated) => evaluated,
            Err(refused) => {
                text.diagnostics(&refused.diagnostics, &refused.sources);
                return Ok(false);
            }
        };
        if !with_value {
            text.add(format_args!("{ty}\n"));
            return Ok(true);
        }
        let mut line = |value: &dyn Display| text.add(format_args!("{value} : {ty}\n"));
        match &outcome {
            Outcome::Condition(truth, readings) => {
                line(match truth {
                    Truth::True => &"true",
                    Truth::False => &"false",
                    Truth::Indeterminate => &"unknown",
                });
                for reading in readings {
                    text.add(format_args!("  {}\n", told(reading, bundle)));
                }
            }
            Outcome::Value(Read::Value(value)) => line(&shown(bundle.schema(), value)),
            Outcome::Value(Read::Kind(kind)) => line(&bundle.schema().structure(*kind).name),
            Outcome::Value(Read::Elements(_, all)) => line(&counted(*all, "element")),
            Outcome::Value(Read::Entries(count)) => line(&counted(*count, "value")),
            Outcome::Value(Read::Sensitive) => line(&SENSITIVE),
            Outcome::Value(Read::NotThere) => line(&"absent"),
            Outcome::Value(Read::NotLoaded) => line(&"not loaded"),
            Outcome::Missing(fields) => {
                line(&"no value");
                let mend = "`:evidence FILE` gives those of the session, `:call FILE` those of the call";
                text.add(format_args!("  `{}` is not given: {mend}\n", fields.join("`, `")));
            }
        }
        Ok(true)
    }
}

fn made(opened: &Opened, name: &str, call: &Map<String, Json>) -> Result<Call, Failure> {
    let input = |error: InputError| Failure::new(error.code(), format!("`{name}`: {error}"));
    let mut fields = opened.session.call_fields();
    for (name, value) in call {
        fields = fields.dangerous_any_provenance(name, value).map_err(input)?;
    }
    opened.session.call(fields).map_err(input)
}
