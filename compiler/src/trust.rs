//! What each rule rests on: whose honesty its truth needs, and which of its conditions meet the floors of its package.

use crate::checked::{Condition, Place, Policy, Rule, Step};
use crate::laws::floors::{self, Outcome};
use crate::laws::origin::Scope;
use crate::types::{Fact, ReferenceId};
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{Effect, Provenance};
use std::collections::{BTreeMap, BTreeSet};

pub use crate::laws::unmet::fact_word;

/// What a rule rests on.
#[derive(Clone, Debug)]
pub struct Trust<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Every field of the request that it reads: the best provenance first, then in order of the request.
    pub sources: Vec<Source<'a>>,
    /// The reference values that it reads, in order of declaration.
    pub references: Vec<ReferenceId>,
    /// Whether the clock can change its answer.
    pub reads_clock: bool,
    /// Every floor of its package that demands anything; none for a forbid, which needs none.
    pub floors: Vec<MetFloor>,
}

/// A field of the request that a rule reads.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// Whose word it is.
    pub provenance: Provenance,
    /// Its name.
    pub field: &'a str,
    /// The field that it is proven to belong to.
    pub bound_to: Option<&'a str>,
    /// What is read of it: each value by its path from the field, with the kind of fact it states. The path of the field itself is empty.
    pub claims: BTreeSet<(String, Fact)>,
}

/// A floor, and where it is met.
#[derive(Clone, Debug)]
pub struct MetFloor {
    /// The kind of fact.
    pub fact: Fact,
    /// The least provenance of what must establish it.
    pub least: Provenance,
    /// The lines of the rule that meet it, in order.
    pub lines: Vec<Span>,
}

/// What every rule rests on, in order of writing.
pub fn of(policy: &Policy) -> Vec<Trust<'_>> {
    policy.rules.iter().map(|rule| of_rule(policy, rule)).collect()
}

/// What one rule rests on.
pub fn of_rule<'a>(policy: &'a Policy, rule: &'a Rule) -> Trust<'a> {
    let request = policy.schema.request(rule.request);
    let scope = Scope::new(&policy.schema, request);
    let mut base = Base::default();
    for line in &rule.lines {
        base.of_condition(&scope, &line.condition);
    }
    for term in &rule.grant {
        term.each_place(&mut |place| base.add(&scope, place));
        term.each_reference(&mut |reference| base.references.extend([reference]));
    }
    let mut sources: Vec<Source<'a>> = base
        .claims
        .into_iter()
        .map(|(field, claims)| {
            let declared = &request.fields[field];
            let bound_to = declared.bound_to.map(|other| request.fields[other].name.as_str());
            Source { provenance: declared.provenance, field: &declared.name, bound_to, claims }
        })
        .collect();
    // Stable, so that fields of one provenance stay in their order.
    sources.sort_by_key(|source| std::cmp::Reverse(source.provenance));
    let reads_clock = base.reads_clock;
    let references = base.references.into_iter().collect();
    Trust { rule, sources, references, reads_clock, floors: met_floors(policy, rule) }
}

fn met_floors(policy: &Policy, rule: &Rule) -> Vec<MetFloor> {
    if rule.effect == Effect::Forbid {
        return Vec::new();
    }
    let floors = policy.floors_of(&rule.package);
    let met = floors::demanded(floors).map(|(fact, least)| {
        let lines: BTreeSet<usize> = match floors::outcome(policy, rule, fact, least) {
            Outcome::Met(witnesses) => witnesses.into_iter().map(|(_, line)| line).collect(),
            // No checked policy has such a permit.
            Outcome::Missing(..) => BTreeSet::new(),
        };
        MetFloor { fact, least, lines: lines.into_iter().map(|line| rule.lines[line].span).collect() }
    });
    met.collect()
}

/// What is read, as it is found.
#[derive(Default)]
struct Base {
    claims: BTreeMap<usize, BTreeSet<(String, Fact)>>,
    references: BTreeSet<ReferenceId>,
    reads_clock: bool,
}

impl Base {
    fn of_condition(&mut self, scope: &Scope<'_>, condition: &Condition) {
        self.reads_clock |= matches!(condition, Condition::Age(..) | Condition::Before(_));
        if let Condition::InNetworks(_, reference) | Condition::Loaded(reference) = condition {
            self.references.insert(*reference);
        }
        if let Some(place) = condition.place() {
            self.add(scope, place);
        }
        let inside = match condition {
            Condition::Count(count) => scope.inside(&count.list),
            _ => scope.clone(),
        };
        for term in condition.terms() {
            // A count's bound reads nothing of an element, so both scopes show it the same.
            term.each_place(&mut |place| self.add(&inside, place));
            term.each_reference(&mut |reference| self.references.extend([reference]));
        }
        for part in condition.parts() {
            self.of_condition(&inside, part);
        }
    }

    fn add(&mut self, scope: &Scope<'_>, place: &Place) {
        let Some(field) = scope.field(place) else { return };
        let whole = scope.show(place);
        let name = &scope.request().fields[field].name;
        let path = whole.strip_prefix(name.as_str()).unwrap_or(&whole).trim_start_matches('.').to_owned();
        let is_whole = !place.steps.iter().any(|step| matches!(step, Step::Field(..)));
        let claims = self.claims.entry(field).or_default();
        // To test which kind something is, or that it is there, is to read the field and no claim of it.
        if is_whole && scope.piece(place).is_some() {
            return;
        }
        claims.insert((path, scope.fact(place)));
    }
}
