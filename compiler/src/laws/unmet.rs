//! What is said of floors that are not met: what is missing, which line comes nearest, and what would mend it.

use super::floors::{Outcome, Shortfall, demanded, is_met_for, outcome};
use super::mend;
use super::origin::Scope;
use crate::checked::{Policy, Rule};
use crate::types::Fact;
use atbac_grammar::codes;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::Provenance;
use std::collections::HashSet;
use std::sync::Arc;

/// Refuses permits that do not meet their package's floors.
pub(super) fn check(policy: &Policy, rule: &Rule, hopeless: &mut Hopeless, report: &mut dyn FnMut(Diagnostic)) {
    let floors = policy.floors_of(&rule.package);
    for (fact, least) in demanded(floors) {
        if let Outcome::Missing(shortfall, line) = outcome(policy, rule, fact, least) {
            let scope = Scope::new(&policy.schema, policy.schema.request(rule.request));
            let mut claims = mend::claims(&scope, fact, least);
            // First those of a kind of evidence that the permit takes without asking.
            claims.sort_by_cached_key(|claim| is_met_for(policy, rule, fact, least, claim.assumption().as_ref()));
            if claims.is_empty() {
                if hopeless.insert((Arc::clone(&rule.package), rule.request.0)) {
                    report(nothing_can(&scope, rule, fact, least, floors.span));
                }
                return;
            }
            let line = line.map(|at| (rule.lines[at].span, shortfall));
            report(missing(rule, fact, least, line, floors.span).help(mend::advice(&scope, fact, &claims)));
        }
    }
}

/// Packages and requests of which it was said that no permit can meet the floors: every permit of them would say the same.
pub(super) type Hopeless = HashSet<(Arc<str>, u32)>;

fn missing(
    rule: &Rule,
    fact: Fact,
    least: Provenance,
    line: Option<(Span, Shortfall)>,
    declared: Option<Span>,
) -> Diagnostic {
    let (question, kind) = (asked_word(fact), fact_word(fact));
    let message = format!("permit `{}` does not ask on every path {question}", rule.name);
    let mut found = Diagnostic::error(codes::FLOOR, rule.span, message)
        .labelled(format!("needs a condition on a claim of kind `{kind}` that is {}", at_least(least)));
    if let Some((span, shortfall)) = line {
        let text = match shortfall {
            Shortfall::OtherPath => "one way to satisfy this asks for it, another does not".to_owned(),
            Shortfall::Vacuous => "whatever the evidence says satisfies this: it leaves nothing out".to_owned(),
            Shortfall::ChosenWord => {
                "compared with what the caller chooses, or the code that is to be identified".to_owned()
            }
            Shortfall::EmptyList => "an empty list satisfies this too".to_owned(),
            Shortfall::Turned => {
                "what is empty, or takes everything in, satisfies this: ask about the claim, on the left".to_owned()
            }
            Shortfall::Zeros => {
                "evidence without such code or key says zeros too: compare with one that exists".to_owned()
            }
            Shortfall::Older => "the oldest firmware satisfies this: ask what it is at the least, `>=`".to_owned(),
            Shortfall::EmptyClaim => {
                "evidence that names none satisfies this too: ask for one that must be in it, `\"…\" in …`".to_owned()
            }
            Shortfall::NoIdentity => "an identity is told by equality or membership: `==`, `in`".to_owned(),
            Shortfall::Weak(provenance) => format!("this is only `{}`", provenance.word()),
            Shortfall::Nothing => String::new(),
        };
        if shortfall != Shortfall::Nothing {
            found = found.and(span, text);
        }
    }
    with_declaration(found, declared)
}

fn nothing_can(scope: &Scope<'_>, rule: &Rule, fact: Fact, least: Provenance, declared: Option<Span>) -> Diagnostic {
    let request = scope.request();
    let message = format!(
        "permit `{}` does not ask {}, and `{}` has no claim that tells it",
        rule.name,
        asked_word(fact),
        request.name
    );
    let found = Diagnostic::error(codes::FLOOR, rule.span, message).and(
        request.span,
        format!("no field here is {} and has a claim of kind `{}`", at_least(least), fact_word(fact)),
    );
    with_declaration(found, declared).help(
        "add evidence to the request; or say what this package asks for instead: `floor workload_identity: authenticated;` where identities that an \
         issuer signed are enough, `floor circumstance: asserted;` where it asks for no evidence",
    )
}

fn with_declaration(found: Diagnostic, declared: Option<Span>) -> Diagnostic {
    match declared {
        Some(span) => found.and(span, "the floor is declared here"),
        None => found,
    }
}

/// A provenance and everything better, for a sentence.
fn at_least(least: Provenance) -> String {
    let better = if least == Provenance::Attested { "" } else { " at the least" };
    format!("`{}`{better}", least.word())
}

/// The word for a kind of fact, as policies write it.
pub fn fact_word(fact: Fact) -> &'static str {
    match fact {
        Fact::CodeIdentity => "code_identity",
        Fact::PlatformHealth => "platform_health",
        Fact::WorkloadIdentity => "workload_identity",
        Fact::Circumstance => "circumstance",
    }
}

/// What a kind of fact answers.
fn asked_word(fact: Fact) -> &'static str {
    match fact {
        Fact::CodeIdentity => "which code runs",
        Fact::PlatformHealth => "in which state the platform is",
        Fact::WorkloadIdentity => "who the workload is",
        Fact::Circumstance => "about the circumstances",
    }
}
