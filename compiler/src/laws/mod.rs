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

use crate::checked::{Policy, Rule};
use atbac_grammar::codes::Code;
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::parallel;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::Effect;
use origin::Scope;
use std::collections::HashMap;
use unmet::Hopeless;

/// How many permits are worth a thread.
const PERMITS_FOR_A_THREAD: usize = 250;

/// Reports every permit that breaks a law.
pub fn check(policy: &Policy, report: &mut dyn FnMut(Diagnostic)) {
    let permits: Vec<&Rule> = policy.rules.iter().filter(|rule| rule.effect == Effect::Permit).collect();
    let parts = parallel::parts(permits.len(), PERMITS_FOR_A_THREAD);
    let keeps_all = |rule: &&Rule| {
        let mut keeps = true;
        Laws::of(policy).check(rule, &mut |_| keeps = false);
        keeps
    };
    // Most keep them: only where some do not must it be said in order, and each thing once.
    let kept = match parts.len() {
        1 => vec![false],
        _ => parallel::map(&parts, |part| permits[part.clone()].iter().all(keeps_all)),
    };
    let mut laws = Laws::of(policy);
    for (part, _) in parts.into_iter().zip(kept).filter(|(_, kept)| !kept) {
        for rule in &permits[part] {
            laws.check(rule, report);
        }
    }
}

/// The laws, and what was said of those that broke them.
struct Laws<'a> {
    policy: &'a Policy,
    hopeless: Hopeless,
    /// A template's rules stand in one place under several names: what one application lacks, the others do too.
    said: HashMap<(Code, Span), &'a str>,
}

impl<'a> Laws<'a> {
    fn of(policy: &'a Policy) -> Self {
        Laws { policy, hopeless: Hopeless::default(), said: HashMap::new() }
    }

    fn check(&mut self, rule: &'a Rule, report: &mut dyn FnMut(Diagnostic)) {
        let Laws { policy, hopeless, said } = self;
        let scope = Scope::new(&policy.schema, policy.schema.request(rule.request));
        let pieces = pieces::read_by(&scope, rule);
        let report = &mut |finding: Diagnostic| {
            if *said.entry((finding.code, finding.primary.span)).or_insert(&rule.name) == rule.name {
                report(finding);
            }
        };
        unmet::check(policy, rule, hopeless, report);
        binding::check(&scope, rule, &pieces, report);
        freshness::check(&scope, rule, &pieces, report);
        ttl::check(&scope, rule, &pieces, report);
    }
}
