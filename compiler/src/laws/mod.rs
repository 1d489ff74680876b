//! What a permit must ask, whatever else it asks: laws 5 and 6 of the language.
//!
//! All of them are about paths: what must hold whichever way a permit's conditions come out true. In reading order:
//!
//! - `demand`: a rule's conditions as what they demand on every path;
//! - `origin`, `pieces`: whose word a value is, what kind of fact, and which piece of evidence it is part of;
//! - `question`, `line`, `facts`: what answers to questions say together, for conditions that only seem to ask;
//! - `endorsement`: what equality with better data makes of a value;
//! - `identity`, `floors`, `unmet`: a condition on each kind of fact that the package has a floor for, and what is said where it lacks;
//! - `binding`: pieces of evidence belong together;
//! - `freshness`, `ttl`: evidence is recent, and no grant outlives it;
//! - `mend`: what to write where something lacks.
//!
//! Forbids have no such laws: what they ask can only take away.

mod binding;
pub(crate) mod demand;
mod endorsement;
pub(crate) mod facts;
pub(crate) mod floors;
mod freshness;
mod identity;
mod line;
mod mend;
pub(crate) mod origin;
mod pieces;
pub(crate) mod question;
mod ttl;
pub(crate) mod unmet;

use crate::checked::Policy;
use atbac_grammar::codes::Code;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::Effect;
use origin::Scope;
use std::collections::{HashMap, HashSet};

/// Reports every permit that breaks a law.
pub fn check(policy: &Policy, report: &mut dyn FnMut(Diagnostic)) {
    let mut hopeless = HashSet::new();
    // A template's rules stand in one place under several names: what one application lacks, the others do too.
    let mut said: HashMap<(Code, Span), &str> = HashMap::new();
    for rule in policy.rules.iter().filter(|rule| rule.effect == Effect::Permit) {
        let scope = Scope::new(&policy.schema, policy.schema.request(rule.request));
        let pieces = pieces::read_by(&scope, rule);
        let report = &mut |finding: Diagnostic| {
            if *said.entry((finding.code, finding.primary.span)).or_insert(&rule.name) == rule.name {
                report(finding);
            }
        };
        unmet::check(policy, rule, &mut hopeless, report);
        binding::check(&scope, rule, &pieces, report);
        freshness::check(&scope, rule, &pieces, report);
        ttl::check(&scope, rule, &pieces, report);
    }
}
