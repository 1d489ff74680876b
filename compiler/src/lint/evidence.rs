//! Permits that leave out what evidence of their kind needs, whatever else it shows.

use super::{Findings, Lint, Subject};
use crate::checked::{Condition, Place, Policy, Root, Rule, Step};
use crate::ir::Comparison;
use crate::laws::demand::{Assumption, Demand, Known};
use crate::laws::floors;
use crate::laws::origin::{Scope, identified};
use crate::types::{StructId, Type};
use atbac_grammar::diagnostic::Diagnostic;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{Effect, Provenance};
use foldhash::{HashSet, HashSetExt};

/// What must be asked of evidence of one kind.
struct Needed {
    /// The verifier that produces it.
    verifier: &'static str,
    lint: Lint,
    /// Each claim by its name, with what may be the case where it is not asked about.
    claims: &'static [(&'static str, &'static str)],
    /// The standard predicates that ask about all of them.
    predicates: &'static str,
}

const NEEDED: [Needed; 4] = [
    Needed {
        verifier: "sev-snp",
        lint: Lint::PermitWithoutDebugOrVmpl,
        claims: &[
            ("debug", "its host may read a guest that can be debugged"),
            ("vmpl", "less privileged code may speak for the guest"),
        ],
        predicates: "`snp.hardened`",
    },
    Needed {
        verifier: "tdx",
        lint: Lint::PermitWithoutDebugOrTcbStatus,
        claims: &[
            ("debug", "its host may read a trust domain that can be debugged"),
            ("migratable", "a migration domain may move it to any platform"),
            ("tcb_status", "a quote from an outdated platform verifies too"),
        ],
        predicates: "`tdx.hardened` and `tdx.up_to_date`",
    },
    Needed {
        verifier: "nras",
        lint: Lint::PermitWithoutVerdict,
        claims: &[("overall_result", "NVIDIA signs what it found wrong as well")],
        predicates: "`nras.hardened`",
    },
    Needed {
        verifier: "ear",
        lint: Lint::PermitWithoutVerdict,
        claims: &[("status", "its issuer signs what it found wrong as well")],
        predicates: "`ear.hardened`",
    },
];

/// Reports permits that ask too little of evidence, and comparisons of security versions that age badly.
pub(super) fn check(policy: &Policy, suspects: &[&Rule], findings: &mut Findings<'_>) {
    for rule in suspects {
        check_rule(policy, rule, findings);
    }
    check_packages(policy, findings);
}

/// The same of one rule.
pub(super) fn check_rule(policy: &Policy, rule: &Rule, findings: &mut Findings<'_>) {
    let scope = Scope::new(&policy.schema, policy.schema.request(rule.request));
    if rule.effect == Effect::Permit {
        for (field, kinds) in evidence_of(&scope, rule) {
            check_field(&scope, rule, field, &kinds, findings);
        }
    }
    for line in &rule.lines {
        check_versions(&scope, rule, &line.condition, line.span, findings);
    }
}

/// The fields of the request that a rule reads and somebody signed, each with the kinds of evidence it may be.
fn evidence_of(scope: &Scope<'_>, rule: &Rule) -> Vec<(usize, Vec<StructId>)> {
    let mut read = vec![false; scope.request().fields.len()];
    for line in &rule.lines {
        line.condition.each_place(&mut |place| {
            if let Root::Field(field) = place.root {
                read[field] = true;
            }
        });
    }
    let fields = scope.request().fields.iter().enumerate();
    let is_signed = |provenance| matches!(provenance, Provenance::Attested | Provenance::Authenticated);
    let signed = fields.filter(|(at, field)| read[*at] && is_signed(field.provenance));
    signed.map(|(at, field)| (at, kinds(&field.ty))).collect()
}

fn kinds(ty: &Type) -> Vec<StructId> {
    match ty {
        Type::Struct(kind) => vec![*kind],
        Type::Union(kinds) => kinds.clone(),
        Type::Optional(inner) => kinds(inner),
        _ => Vec::new(),
    }
}

/// The names of the claims of one field that are asked about on every path.
#[derive(Default)]
struct Asked<'a>(HashSet<&'a str>);

impl Known for Asked<'_> {
    fn both(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn either(self, other: Self) -> Self {
        Asked(self.0.intersection(&other.0).copied().collect())
    }
}

/// What a question asks of a field: of each claim it reads the name, but nothing where it only asks how old it is.
fn asked<'a>(scope: &Scope<'a>, field: usize, demand: &Demand<'_>) -> Asked<'a> {
    let Demand::Question(condition, _) = demand else { return Asked::default() };
    if matches!(condition, Condition::Age(..) | Condition::Is(..) | Condition::Present(_)) {
        return Asked::default();
    }
    let mut names = HashSet::new();
    condition.each_place(&mut |place| {
        if place.root == Root::Field(field) {
            names.extend(last_claim(scope, place));
        }
    });
    Asked(names)
}

/// The name of the claim at the end of a place.
fn last_claim<'a>(scope: &Scope<'a>, place: &Place) -> Option<&'a str> {
    place.steps.iter().rev().find_map(|step| match step {
        Step::Field(id, at) => scope.schema().structure(*id).fields.get(*at).map(|field| field.name.as_str()),
        Step::Alternative(_) | Step::Present => None,
    })
}

fn check_field(scope: &Scope<'_>, rule: &Rule, field: usize, kinds: &[StructId], findings: &mut Findings<'_>) {
    let mut unasked = Vec::new();
    for &kind in kinds {
        let assumption = Assumption { field, kind };
        let demand = Demand::all(rule.lines.iter().map(|line| Demand::of(&line.condition, true, Some(&assumption))));
        match demand.known_by(&|demand| asked(scope, field, demand)) {
            // Without a path, the permit does not take evidence of this kind.
            None => {}
            Some(Asked(names)) if names.is_empty() && kinds.len() > 1 => unasked.push(kind),
            Some(Asked(names)) => check_kind(scope, rule, field, kind, &names, findings),
        }
    }
    if !unasked.is_empty() {
        let names: Vec<String> =
            unasked.iter().map(|kind| format!("`{}`", scope.schema().structure(*kind).name)).collect();
        let (lint, shown) = (Lint::UnknownEvidenceKind, &scope.request().fields[field].name);
        let message =
            format!("permit `{}` takes `{shown}` of the kind {} and asks nothing of it", rule.name, names.join(" or "));
        let found = Diagnostic::warning(lint.code(), rule.span, message);
        findings.add(lint, subject(rule), found.help(format!("say which kinds it takes: `where {shown} is …`")));
    }
}

fn subject(rule: &Rule) -> Subject<'_> {
    Subject { package: &rule.package, declaration: rule.span }
}

fn check_kind(
    scope: &Scope<'_>,
    rule: &Rule,
    field: usize,
    kind: StructId,
    names: &HashSet<&str>,
    findings: &mut Findings<'_>,
) {
    let (structure, shown) = (scope.schema().structure(kind), &scope.request().fields[field].name);
    let verifier = structure.evidence.as_ref().map(|evidence| evidence.verifier.as_str());
    for needed in NEEDED.iter().filter(|needed| Some(needed.verifier) == verifier) {
        let missing = || needed.claims.iter().filter(|(claim, _)| !names.contains(*claim));
        let claims: Vec<String> = missing().map(|(claim, _)| format!("`{claim}`")).collect();
        if claims.is_empty() {
            continue;
        }
        let reasons: Vec<&str> = missing().map(|(_, reason)| *reason).collect();
        let claims = claims.join(" and ");
        let message = format!("permit `{}` does not ask on every path for {claims} of `{shown}`", rule.name);
        let found = Diagnostic::warning(needed.lint.code(), rule.span, message).labelled(reasons.join("; "));
        findings.add(needed.lint, subject(rule), found.help(format!("require {} of it", needed.predicates)));
    }
}

/// Reports security versions that are compared for equality.
fn check_versions(scope: &Scope<'_>, rule: &Rule, condition: &Condition, span: Span, findings: &mut Findings<'_>) {
    if let Condition::Count(count) = condition {
        return check_versions(&scope.inside(&count.list), rule, &count.condition, span, findings);
    }
    if let Condition::Compare(Comparison::Eq, left, right) = condition
        && let Some(place) = [left, right].into_iter().filter_map(identified).find(|place| is_version(scope, place))
    {
        let shown = scope.show(place);
        let message = format!("`{shown}` is compared for equality: the next version, with its fixes, is refused");
        let lint = Lint::EqualityOnSvn;
        findings.add(
            lint,
            subject(rule),
            Diagnostic::warning(lint.code(), span, message).help(format!("ask for a minimum: `{shown} >= …`")),
        );
    }
    for part in condition.parts() {
        check_versions(scope, rule, part, span, findings);
    }
}

/// Whether a claim of evidence is a security version: by its type or by its name.
fn is_version(scope: &Scope<'_>, place: &Place) -> bool {
    let named = last_claim(scope, place).is_some_and(|name| name == "svn" || name.ends_with("_svn"));
    scope.piece(place).is_some() && (named || scope.type_of(place) == Some(&Type::Tcb))
}

/// Reports packages that permit without any evidence.
fn check_packages(policy: &Policy, findings: &mut Findings<'_>) {
    for declared in &policy.floors {
        let Some(span) = declared.span else { continue };
        let permits = |rule: &&Rule| rule.effect == Effect::Permit && *rule.package == *declared.package;
        if floors::demanded(declared).next().is_none() && policy.rules.iter().any(|rule| permits(&rule)) {
            let lint = Lint::PermitWithoutEvidence;
            let message = format!("package `{}` permits what nobody signed anything for", declared.package);
            let subject = Subject { package: &declared.package, declaration: span };
            findings.add(
                lint,
                subject,
                Diagnostic::warning(lint.code(), span, message).help("state a floor above `asserted`"),
            );
        }
    }
}
