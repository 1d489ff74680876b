//! `atbac decide`: one call, decided with evidence and policies.

use crate::failure::Failure;
use crate::policies::Engine;
use crate::question::{self, Question};
use crate::report::Report;
use crate::session_file::{Opened, Stop};
use crate::text::Text;
use crate::{timing, verdict};
use atbac_engine::json;
use serde_json::json;
use std::hint::black_box;
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
    #[command(flatten)]
    question: question::Args,
    /// How to decide
    #[arg(long, value_enum, default_value = "jit")]
    engine: Engine,
}

/// Verifies, opens and decides.
pub(crate) fn run(args: &Args, text: Text) -> Result<Report, Failure> {
    match args.question.ask(args.engine) {
        Ok(question) => Ok(decide(&question, args, text)),
        Err(Stop::Refused(refused)) => Ok(question::no_session(&refused, text)),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

fn decide(Question { opened, call }: &Question, args: &Args, mut text: Text) -> Report {
    let Opened { session, verification, at_its_word } = opened;
    let at = args.question.at;
    let mut memory = session.memory();
    let took = timing::decision(|| {
        black_box(session.decide(black_box(call), at, &mut memory).is_permit());
    });
    let decision = session.decide(call, at, &mut memory);
    let explanation = session.explain(call, at);

    let mut json = json::decision(session.bundle().schema(), &decision, Some(&explanation));
    if !at_its_word.is_empty() {
        json["at_its_word"] = json!({ "keys": at_its_word.keys, "nonces": at_its_word.nonces });
    }
    json["engine"] = args.engine.word().into();
    json["timing"] = json!({
        "verification_us": verification.map(|time| time.as_micros() as u64),
        "decision_ns": took.as_nanos() as u64,
    });
    verdict::show(&decision, &mut text);
    verdict::show_at_its_word(at_its_word, &mut text);
    verdict::show_details(&verdict::details(session, &decision, &explanation, &[]), &mut text);
    show_times(*verification, took, args.engine, &mut text);
    Report { answer: decision.is_permit().into(), json, text }
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
