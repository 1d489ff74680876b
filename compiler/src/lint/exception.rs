//! Exceptions that end: one that has ended is a rule nobody needs, one that ends soon a decision somebody has to take.

use super::{Findings, Lint, Subject};
use crate::checked::Policy;
use atbac_grammar::diagnostic::Diagnostic;

/// How long before its end an exception is near it: 30 days, in milliseconds. A team that plans by the month learns of it in time.
const NEAR: i64 = 30 * 24 * 60 * 60 * 1000;

/// Reports exceptions that have ended at `now`, or will soon; nothing without a clock.
pub(super) fn check(policy: &Policy, now: Option<i64>, findings: &mut Findings<'_>) {
    let Some(now) = now else { return };
    for rule in &policy.rules {
        let Some(exception) = &rule.exception else { continue };
        let subject = Subject { package: &rule.package, declaration: rule.span };
        let owner = rule.owner.as_deref().unwrap_or("its owner");
        let left = exception.expires.saturating_sub(now);
        let (lint, message, help) = if left <= 0 {
            (
                Lint::ExceptionExpired,
                format!("the exception `{}` has expired: it no longer applies", rule.name),
                format!("remove it, or ask `{owner}` to renew `{}`", exception.ticket),
            )
        } else if left <= NEAR {
            (
                Lint::ExceptionNearExpiry,
                format!("the exception `{}` expires in {}", rule.name, days(left)),
                format!("ask `{owner}` whether what `{}` allows is still needed then", exception.ticket),
            )
        } else {
            continue;
        };
        findings.add(lint, subject, Diagnostic::warning(lint.code(), exception.span, message).help(help));
    }
}

/// So many milliseconds in whole days, for people.
fn days(milliseconds: i64) -> String {
    match milliseconds / (24 * 60 * 60 * 1000) {
        0 => "less than a day".to_owned(),
        1 => "a day".to_owned(),
        days => format!("{days} days"),
    }
}
