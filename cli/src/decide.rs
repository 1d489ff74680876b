//! `atbac decide`: one call, decided with evidence and policies.

use crate::failure::Failure;
use crate::instant;
use crate::policies::{self, Engine};
use crate::report::{Answer, Report};
use crate::session_file::{self, AtItsWord, Opened, Refused, SessionFile, Stop};
use crate::text::Text;
use crate::timing;
use atbac_compiler::types::Schema;
use atbac_compiler::value::Value;
use atbac_engine::input::MAX_INPUT_BYTES;
use atbac_engine::json;
use atbac_engine::references::{Fault, ReferenceFault};
use atbac_engine::{Bundle, Call, Decision, Denial, Explanation, Grant, Granted, Session, Verdict};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::borrow::Cow;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Decide a call: verify the evidence, open the session, ask the policies
#[derive(clap::Args)]
#[command(after_help = "\
Example: atbac decide policies/ --evidence session.json --call call.json --references references.json --at now

The session file is a JSON object: `session` with a value for every session field, `request` where the policies declare several, and `opened_at`, \
the time at which the session opened and its evidence was verified (without, it is the time of the decision). An attested field takes evidence, by \
its files, relative to the session file: {\"evidence\": \"snp\", \"report\", \"vek\", \"chain\": [ASK, ARK], \"crl\", \"trust_anchor\"} or \
{\"evidence\": \"tdx\" (or \"sgx\"), \"quote\", \"collateral\", \"trust_anchor\"} or {\"evidence\": \"gpu\" (or \"nvswitch\"), \"report\", \
\"chain\", \"root_crl\", \"identity_crl\", \"trust_anchor\"}. An object that `atbac simulate` wrote does as well. \
An authenticated field takes a token or an identity, {\"evidence\": \"ear\" (or \"nras\", \"maa\", \"confidential-space\", \"jwt-svid\"), \"token\", \"keys\", \
\"lifetime\", \"algorithm\", \"issuer\", \"audience\", \"nonce\", \"part\"} or {\"evidence\": \"x509-svid\", \"chain\", \"bundle\", \"trust_domain\"}. \
What stands in all other fields is taken on your word.

Answers yes for a permit; no for a denial, and when evidence is refused or a binding is not proven, so that there is nobody to decide for.")]
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
    at: Timestamp,
    /// How to decide
    #[arg(long, value_enum, default_value = "jit")]
    engine: Engine,
}

/// Verifies, opens and decides.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    let bundle = policies::open(&args.paths, args.engine)?;
    if let Some(path) = &args.references {
        load_references(&bundle, path)?;
    }
    let session_file = SessionFile::read(&args.evidence)?;
    match session_file.open(&bundle, args.at, args.dangerous_simulated_evidence) {
        Ok(opened) => decide(&opened, args, text),
        Err(Stop::Refused(refused)) => Ok(no_session(&refused, text)),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

fn load_references(bundle: &Bundle, path: &Path) -> Result<(), Failure> {
    let input = |error| Failure::input(path, &error);
    let bytes = crate::files::read(path, "reference values", MAX_INPUT_BYTES as u64)?;
    bundle.swap_references(bundle.read_references(&bytes).map_err(input)?).map_err(input)
}

fn no_session(refused: &Refused, mut text: Text) -> Report {
    let Refused { field, code, message } = refused;
    text.bad("REFUSED");
    text.add(format_args!("  `{field}`: {message}\n  ({code})\n"));
    Report {
        answer: Answer::No,
        json: json!({ "refused": { "field": field, "code": code, "message": message } }),
        text,
    }
}

fn read_call(session: &Session, path: &Path) -> Result<Call, Failure> {
    let input = |error| Failure::input(path, &error);
    let values: Map<String, Json> =
        session_file::form(&format!("`{}`", path.display()), session_file::json(path, "a call")?)?;
    let mut fields = session.call_fields();
    for (name, value) in &values {
        fields = fields.dangerous_any_provenance(name, value).map_err(input)?;
    }
    session.call(fields).map_err(input)
}

fn decide(opened: &Opened, args: &Args, mut text: Text) -> Result<Report, Failure> {
    let Opened { session, verification, at_its_word } = opened;
    let call = read_call(session, &args.call)?;
    let mut memory = session.memory();
    let took = timing::decision(|| {
        black_box(session.decide(black_box(&call), args.at, &mut memory).is_permit());
    });
    let decision = session.decide(&call, args.at, &mut memory);
    let explanation = session.explain(&call, args.at);

    let schema = session.bundle().schema();
    let mut json = json::decision(schema, &decision, Some(&explanation));
    if !at_its_word.is_empty() {
        json["at_its_word"] = json!({ "keys": at_its_word.keys, "nonces": at_its_word.nonces });
    }
    json["engine"] = args.engine.word().into();
    json["timing"] = json!({
        "verification_us": verification.map(|time| time.as_micros() as u64),
        "decision_ns": took.as_nanos() as u64,
    });
    show_verdict(&decision, &mut text);
    show_at_its_word(at_its_word, &mut text);
    show_details(session, &decision, &explanation, &mut text);
    show_times(*verification, took, args.engine, &mut text);
    Ok(Report { answer: decision.is_permit().into(), json, text })
}

/// The first line: what is decided, and by what.
fn show_verdict(decision: &Decision<'_>, text: &mut Text) {
    let rules: Vec<String> = decision.rules().map(|rule| format!("`{}` of {}", rule.name, rule.package)).collect();
    let rules = rules.join(", ");
    let why = match decision.verdict() {
        Verdict::Permit => format!("by {rules}"),
        Verdict::Deny(Denial::Forbid) => format!("forbidden by {rules}"),
        Verdict::Deny(Denial::NoPermit) => "no rule permits this call".to_owned(),
        Verdict::Deny(Denial::Expired) => "an input is expired or does not count yet".to_owned(),
        Verdict::Deny(Denial::Indeterminate) => format!("it cannot be said whether this applies: {rules}"),
    };
    match decision.verdict() {
        Verdict::Permit => text.good("PERMIT"),
        Verdict::Deny(_) => text.bad("DENY"),
    }
    text.add(format_args!("  {why}\n"));
    if decision.is_simulated() {
        text.bad("  SIMULATED");
        text.add(
            "   the evidence is signed under a development root: anyone can sign it, so do not act on this decision\n",
        );
    }
}

/// What the decision rests on that only the session file says.
fn show_at_its_word(AtItsWord { keys, nonces }: &AtItsWord, text: &mut Text) {
    let mut line = |what: String| {
        text.bad("  NOT PROVEN");
        text.add(format_args!("  {what}: taken at the session file's word\n"));
    };
    keys.iter().for_each(|field| line(format!("that the peer holds the key of `{field}`")));
    nonces.iter().for_each(|field| line(format!("that the nonce of `{field}` was redeemed, once and in time")));
}

/// What stood in the way, the grant and the end, a line each.
fn show_details(session: &Session, decision: &Decision<'_>, explanation: &Explanation, text: &mut Text) {
    let schema = session.bundle().schema();
    let mut line = |label: &str, line: String| text.add(format_args!("  {label:<11} {line}\n"));
    for reason in &explanation.reasons {
        let at = &reason.location;
        line("because", reason.sentence.clone().unwrap_or_else(|| "a condition does not hold".to_owned()));
        line("", format!("{}:{}:{} (`{}`)", at.file, at.line, at.column, reason.rule));
        for fault in &reason.references {
            line("", reference_fault(schema, fault));
        }
    }
    if decision.verdict() == Verdict::Deny(Denial::Expired) {
        for input in &explanation.inputs {
            line(
                "because",
                format!("`{input}` is expired or does not count yet: ask again with one that holds at this time"),
            );
        }
    }
    for fault in &explanation.references {
        line("because", reference_fault(schema, fault));
    }
    for field in decision.disagreements() {
        line("because", format!("the rules give different values for `{field}`, which must be the same"));
    }
    for name in decision.grant().iter().flat_map(Grant::fields) {
        let value = |value: Cow<'_, Value>| json::value(schema, &value).to_string();
        let granted = match decision.grant().and_then(|grant| grant.get(name)) {
            Some(Granted::Value(one)) => value(one),
            Some(Granted::Set(set)) => set.iter().map(value).collect::<Vec<_>>().join(", "),
            None => continue,
        };
        line("grants", format!("{name} = {granted}"));
    }
    match decision.valid_until() {
        Some(end) => line("valid until", format!("{end}: use this answer again before then; from then on, ask again")),
        None => line("valid", "until something other than time changes".to_owned()),
    }
}

/// Why a reference value does not count, where it comes from, and what to do.
fn reference_fault(schema: &Schema, fault: &ReferenceFault) -> String {
    let ReferenceFault { reference, value, fault, origin } = fault;
    let element = value.as_ref().map_or_else(String::new, |value| format!("{} in ", json::value(schema, value)));
    let origin = origin.as_ref().map_or_else(String::new, |origin| format!(" (origin: {origin})"));
    let mend = match fault {
        Fault::NotLoaded => ": give it with `--references`",
        Fault::Candidate => ": it counts once its state is `active`",
        Fault::Ended(_) => ": issue reference values that hold at this time",
        Fault::NotYet(_) | Fault::Revoked => "",
    };
    format!("{element}`{reference}`{origin} {fault}{mend}")
}

/// What it took, verification and decision apart.
fn show_times(verification: Option<Duration>, decision: Duration, engine: Engine, text: &mut Text) {
    let how = match engine {
        Engine::Jit => "machine code",
        Engine::Interpreter => "interpreter",
    };
    text.add("\n");
    if let Some(time) = verification {
        text.add(format_args!("  verification of the evidence  {time:>9.1?}  median of {}\n", timing::VERIFICATIONS));
    }
    text.add(format_args!(
        "  decision over the session     {decision:>9.1?}  median of {} runs, {how}\n",
        timing::DECISIONS
    ));
    let build = if cfg!(debug_assertions) { ", in a debug build: a release build is many times faster" } else { "" };
    text.add(format_args!("  (measured here and now, on this machine alone{build})\n"));
}
