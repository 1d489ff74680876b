//! A decision for people: the verdict, what it rests on that nobody proved, what stood in the way, what is granted, and how long it lasts.

use crate::session_file::AtItsWord;
use crate::text::Text;
use atbac_compiler::types::Schema;
use atbac_compiler::value::Value;
use atbac_engine::references::{Fault, ReferenceFault};
use atbac_engine::{Decision, Denial, Explanation, Grant, Granted, Session, Verdict, json};
use std::borrow::Cow;

/// The first line: what is decided, and by what.
pub(crate) fn show(decision: &Decision<'_>, text: &mut Text) {
    match decision.verdict() {
        Verdict::Permit => text.good("PERMIT"),
        Verdict::Deny(_) => text.bad("DENY"),
    }
    text.add(format_args!("  {}\n", why(decision)));
    if decision.is_simulated() {
        text.bad("  SIMULATED");
        text.add(format_args!("   {SIMULATED}\n"));
    }
}

/// What is said of a decision over simulated evidence.
pub(crate) const SIMULATED: &str =
    "the evidence is signed under a development root: anyone can sign it, so do not act on this decision";

/// By what is decided.
pub(crate) fn why(decision: &Decision<'_>) -> String {
    let rules: Vec<String> = decision.rules().map(|rule| format!("`{}` of {}", rule.name, rule.package)).collect();
    let rules = rules.join(", ");
    match decision.verdict() {
        Verdict::Permit => format!("by {rules}"),
        Verdict::Deny(Denial::Forbid) => format!("forbidden by {rules}"),
        Verdict::Deny(Denial::NoPermit) => "no rule permits this call".to_owned(),
        Verdict::Deny(Denial::Expired) => "an input is expired or does not count yet".to_owned(),
        Verdict::Deny(Denial::Indeterminate) => format!("it cannot be said whether this applies: {rules}"),
    }
}

/// What the decision rests on that only the session file says.
pub(crate) fn show_at_its_word(at_its_word: &AtItsWord, text: &mut Text) {
    for what in not_proven(at_its_word) {
        text.bad("  NOT PROVEN");
        text.add(format_args!("  {what}\n"));
    }
}

/// A sentence for each proof that nobody gave.
pub(crate) fn not_proven(AtItsWord { keys, nonces }: &AtItsWord) -> Vec<String> {
    let keys = keys.iter().map(|field| format!("that the peer holds the key of `{field}`"));
    let nonces = nonces.iter().map(|field| format!("that the nonce of `{field}` was redeemed, once and in time"));
    keys.chain(nonces).map(|what| format!("{what}: taken at the session file's word")).collect()
}

/// What stood in the way, the grant and the end: a label and a line for each; no label where the line goes on with what was said before. The fields
/// of the grant that are `masked` are named, and not told.
pub(crate) fn details(
    session: &Session,
    decision: &Decision<'_>,
    explanation: &Explanation,
    masked: &[&str],
) -> Vec<(&'static str, String)> {
    let schema = session.bundle().schema();
    let mut lines = Vec::new();
    for reason in &explanation.reasons {
        let at = &reason.location;
        lines.push(("because", reason.sentence.clone().unwrap_or_else(|| "a condition does not hold".to_owned())));
        lines.push(("", format!("{}:{}:{} (`{}`)", at.file, at.line, at.column, reason.rule)));
        lines.extend(reason.references.iter().map(|fault| ("", reference_fault(schema, fault))));
    }
    if decision.verdict() == Verdict::Deny(Denial::Expired) {
        lines.extend(explanation.inputs.iter().map(|input| {
            let mend = "ask again with one that holds at this time";
            ("because", format!("`{input}` is expired or does not count yet: {mend}"))
        }));
    }
    lines.extend(explanation.references.iter().map(|fault| ("because", reference_fault(schema, fault))));
    lines.extend(
        decision
            .disagreements()
            .map(|field| ("because", format!("the rules give different values for `{field}`, which must be the same"))),
    );
    for name in decision.grant().iter().flat_map(Grant::fields) {
        let value = |value: Cow<'_, Value>| json::value(schema, &value).to_string();
        let granted = match decision.grant().and_then(|grant| grant.get(name)) {
            Some(_) if masked.contains(&name) => json::SENSITIVE.to_owned(),
            Some(Granted::Value(one)) => value(one),
            Some(Granted::Set(set)) => set.iter().map(value).collect::<Vec<_>>().join(", "),
            None => continue,
        };
        lines.push(("grants", format!("{name} = {granted}")));
    }
    lines.push(match decision.valid_until() {
        Some(end) => ("valid until", format!("{end}: use this answer again before then; from then on, ask again")),
        None => ("valid", "until something other than time changes".to_owned()),
    });
    lines
}

/// Adds such lines.
pub(crate) fn show_details(lines: &[(&'static str, String)], text: &mut Text) {
    for (label, line) in lines {
        text.add(format_args!("  {label:<11} {line}\n"));
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
