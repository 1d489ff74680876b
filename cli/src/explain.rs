//! `atbac explain`: a decision told as a story.

use crate::failure::Failure;
use crate::files;
use crate::policies::Engine;
use crate::question::{self, Question};
use crate::report::Report;
use crate::session_file::{Opened, Stop};
use crate::text::Text;
use crate::verdict;
use atbac_engine::json::{self, SENSITIVE};
use atbac_reports::story::{self, Tone};
use serde_json::json;
use std::path::PathBuf;

/// Explain a decision: which rules are about the call, which of their lines held, on what values, and what ends the answer
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac explain policies/ --evidence session.json --call call.json --references references.json --at now
         atbac explain policies/ --evidence session.json --call call.json --at now --html decision.html

The files are those of `atbac decide`. Of fields that are marked `@sensitive`, no value is shown. Rules are told by the reference interpreter, which defines \
what they mean. The answer is that of the decision.")]
pub(crate) struct Args {
    #[command(flatten)]
    question: question::Args,
    /// Write a page that shows the same
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Decides and tells.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    match args.question.ask(Engine::Interpreter) {
        Ok(question) => tell(&question, args, text),
        Err(Stop::Refused(refused)) => Ok(question::no_session(&refused, text)),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

fn tell(Question { opened, call }: &Question, args: &Args, mut text: Text) -> Result<Report, Failure> {
    let Opened { session, at_its_word, .. } = opened;
    let (bundle, at) = (session.bundle(), args.question.at);
    let mut memory = session.memory();
    let decision = session.decide(call, at, &mut memory);
    let explanation = session.explain(call, at);
    let told = session.tell(call, at);
    let details = verdict::details(session, &decision, &explanation, &told.masked);

    let mut json = json::decision(bundle.schema(), &decision, Some(&explanation));
    for field in &told.masked {
        json["grant"][field] = SENSITIVE.into();
    }
    if !at_its_word.is_empty() {
        json["at_its_word"] = json!({ "keys": at_its_word.keys, "nonces": at_its_word.nonces });
    }
    json["at"] = at.to_string().into();
    json["story"] = story::json(&told, bundle);

    verdict::show(&decision, &mut text);
    verdict::show_at_its_word(at_its_word, &mut text);
    verdict::show_details(&details, &mut text);
    show(&told, bundle, &mut text);
    if let Some(path) = &args.html {
        let word = if decision.is_permit() { "PERMIT" } else { "DENY" };
        let mut rows: Vec<(&str, String)> = Vec::new();
        rows.extend(decision.is_simulated().then(|| ("SIMULATED", verdict::SIMULATED.to_owned())));
        rows.extend(verdict::not_proven(at_its_word).into_iter().map(|what| ("NOT PROVEN", what)));
        rows.push(("decided at", at.to_string()));
        rows.extend(details);
        let headline = format!("{word} {}", verdict::why(&decision));
        files::write(path, &story::page(&told, bundle, (decision.is_permit(), &headline), &rows))?;
    }
    Ok(Report { answer: decision.is_permit().into(), json, text })
}

/// Adds the story in the colours of the terminal.
pub(crate) fn show(told: &atbac_engine::story::Story<'_>, bundle: &atbac_engine::Bundle, text: &mut Text) {
    story::text(told, bundle, &mut |tone, piece| match tone {
        Tone::Plain => text.add(piece),
        Tone::Good => text.good(piece),
        Tone::Bad => text.bad(piece),
        Tone::Strong => text.strong(piece),
    });
}
