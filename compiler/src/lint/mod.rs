//! Lints: what a policy may say, and its author probably does not mean.
//!
//! Each has a code, `atbac::lints::name`, and a [`Level`] that a package, a declaration or the caller sets. In reading order:
//!
//! - [`levels`]: which findings are shown, and which refuse the policy;
//! - `evidence`: permits that leave out what evidence of their kind needs;
//! - `redundant`: rules and conditions that change no decision;
//! - `exception`: exceptions that end;
//! - `unused`, `confusable`: names nobody needs, texts that look like others; on what was written, with its `words`.

mod confusable;
mod evidence;
mod exception;
pub mod levels;
mod redundant;
mod unused;
mod words;

pub use levels::{LEVELS, Level, Levels, Lint};
pub(crate) use words::Words;

use crate::checked::{Policy, Rule};
use atbac_grammar::codes::Code;
use atbac_grammar::diagnostic::{Diagnostic, Severity};
use atbac_grammar::parallel;
use atbac_grammar::span::Span;
use atbac_grammar::syntax;
use std::collections::HashSet;

/// What the caller sets.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The clock, in milliseconds since 1970-01-01T00:00:00Z; without it, no exception is found expired.
    pub now: Option<i64>,
    /// Levels of lints, which go before what packages and declarations say; the last of several counts.
    pub levels: Vec<(Lint, Level)>,
}

/// Reports what the lints find in a policy, the files that it was made from and what these mention. Of the files' rules no more than the outlines are needed.
pub(crate) fn check(
    policy: &Policy,
    files: &[syntax::File],
    words: &Words,
    options: &Options,
    report: &mut dyn FnMut(Diagnostic),
) {
    let levels = Levels::of(files, options, report);
    let suspects = suspects(policy);
    let mut findings = Findings::new(&levels, report);
    evidence::check(policy, &suspects, &mut findings);
    redundant::check(policy, &suspects, &mut findings);
    exception::check(policy, options.now, &mut findings);
    unused::check(files, words, &mut findings);
    confusable::check(files, words, &mut findings);
}

/// How many rules are worth a thread.
const RULES_FOR_A_THREAD: usize = 250;

/// Among the rules those of which, each by itself, something may be found. Of most there is nothing to say, which is found out on all cores; the others are
/// then looked at in order.
fn suspects(policy: &Policy) -> Vec<&Rule> {
    let parts = parallel::parts(policy.rules.len(), RULES_FOR_A_THREAD);
    if parts.len() == 1 {
        return policy.rules.iter().collect();
    }
    // By default, each of these lints warns.
    let levels = Levels::default();
    let is_suspect = |rule: &&Rule| {
        let mut is_suspect = false;
        let mut report = |_| is_suspect = true;
        let mut findings = Findings::new(&levels, &mut report);
        evidence::check_rule(policy, rule, &mut findings);
        redundant::check_rule(policy, rule, &mut findings);
        is_suspect
    };
    let found = parallel::map(&parts, |part| policy.rules[part.clone()].iter().filter(is_suspect).collect::<Vec<_>>());
    found.concat()
}

/// Where a finding is, as far as levels are concerned.
#[derive(Clone, Copy, Debug)]
struct Subject<'a> {
    package: &'a str,
    /// Where the name of the declaration stands.
    declaration: Span,
}

/// Passes findings on at the level of their lint.
struct Findings<'a> {
    levels: &'a Levels,
    /// What was reported: a template's rules are there once for each application.
    seen: HashSet<(Code, Span)>,
    report: &'a mut dyn FnMut(Diagnostic),
}

impl<'a> Findings<'a> {
    fn new(levels: &'a Levels, report: &'a mut dyn FnMut(Diagnostic)) -> Self {
        Findings { levels, seen: HashSet::new(), report }
    }

    /// A finding of a lint; `diagnostic` makes a warning of its code.
    fn add(&mut self, lint: Lint, about: Subject<'_>, diagnostic: Diagnostic) {
        // The standard packages are no business of who uses them.
        let is_own = about.package.split('.').next() != Some("std");
        if !is_own || !self.seen.insert((diagnostic.code, diagnostic.primary.span)) {
            return;
        }
        match self.levels.of_lint(lint, about.package, about.declaration) {
            Level::Allow => {}
            Level::Warn => (self.report)(diagnostic),
            Level::Deny => (self.report)(Diagnostic { severity: Severity::Error, ..diagnostic }),
        }
    }
}
