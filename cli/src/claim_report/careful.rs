//! What a careful policy would refuse: the predicates of the standard library, asked of the evidence.

use super::library::{Asked, Library, REQUEST, summary};
use super::page::Page;
use crate::verified::VerifiedEvidence;
use atbac_engine::{Denial, Verdict};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Shows which predicates hold of the evidence, which conditions of the others do not, and what only a policy's author can ask.
pub(super) fn show(library: &Library, verified: &VerifiedEvidence, at: Timestamp, page: &mut Page<'_>) {
    page.heading("A careful policy", "a policy that asks what is REFUSED here refuses the evidence");
    let Some(broken) = broken(library, verified, at) else {
        page.paragraph(2, "The evidence does not count at this time, so nothing can be asked of it.");
        return;
    };
    let (refused, held): (Vec<&Asked>, Vec<&Asked>) = library
        .predicates
        .iter()
        .partition(|asked| asked.conditions.iter().any(|condition| broken.contains(&condition.rule)));
    for asked in refused {
        page.verdict(false, &asked.name, &summary(&asked.docs));
        for condition in asked.conditions.iter().filter(|condition| broken.contains(&condition.rule)) {
            let words: Vec<&str> = condition.text.split_whitespace().collect();
            page.paragraph(8, &format!("`{}` does not hold{}", words.join(" "), why(asked, &condition.text)));
        }
    }
    for asked in held {
        page.verdict(true, &asked.name, &summary(&asked.docs));
    }
    if !library.others.is_empty() {
        page.heading("What only you know", "ask these with values of your own");
        for (call, docs) in &library.others {
            page.paragraph(2, &format!("{call}: {docs}"));
        }
    }
}

/// The rules for conditions that do not hold; none where the evidence does not count at this time.
fn broken(library: &Library, verified: &VerifiedEvidence, at: Timestamp) -> Option<BTreeSet<String>> {
    let fields = verified.fill(library.bundle.session_fields(REQUEST).ok()?, &library.field).ok()?;
    let session = library.bundle.open_session(fields, at).ok()?;
    let call = session.call(session.call_fields()).ok()?;
    let mut memory = session.memory();
    let decision = session.decide(&call, at, &mut memory);
    match decision.verdict() {
        Verdict::Permit | Verdict::Deny(Denial::Forbid | Denial::NoPermit) => {
            Some(decision.rules().map(|rule| rule.name.to_owned()).collect())
        }
        Verdict::Deny(Denial::Expired | Denial::Indeterminate) => None,
    }
}

/// What the documentation of a predicate says of one of its conditions, in the item of its list that names it.
fn why(asked: &Asked, condition: &str) -> String {
    let mut items: Vec<String> = Vec::new();
    for line in asked.docs.iter().map(|line| line.trim()).skip_while(|line| !line.starts_with("- ")) {
        match (line.strip_prefix("- "), items.last_mut()) {
            (Some(item), _) => items.push(item.to_owned()),
            // A paragraph that is no item ends the list.
            (None, _) if line.is_empty() => break,
            (None, Some(item)) => *item = format!("{item} {line}"),
            (None, None) => {}
        }
    }
    // The longest name that the condition has decides: `debug` stands for `not p.td_attributes.debug`.
    let named = |item: &String| {
        let (names, reason) = item.split_once(": ")?;
        let quoted = names.split('`').skip(1).step_by(2);
        let fits = |name: &&str| *name == condition || condition.ends_with(&format!(".{name}"));
        quoted.filter(fits).map(str::len).max().map(|length| (length, reason.to_owned()))
    };
    items.iter().filter_map(named).max().map_or_else(String::new, |(_, reason)| format!(". Why it is asked: {reason}"))
}
