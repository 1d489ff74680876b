//! Policies of the Attestation Service: they appraise evidence, and what comes out is an attestation result (EAR).
//!
//! A policy gives each trust claim a number. The result affirms where no claim is worse than affirming and one at least affirms: its status is the worst of its
//! claims' (EAR, `ear_status`). The import permits exactly then, and asks of the evidence itself what the policy asks.
//!
//! Source: the repository `confidential-containers/trustee`, `attestation-service/docs/policy.md` and its default policy; AR4SI, section 2.3.2, for the tiers.

use super::TRUST_CLAIMS;
use super::evidence::{References, Reports};
use super::module::Module;
use super::query::{Reader, Scope};
use super::reports::ATTESTERS;
use super::value::Outcomes;
use super::vocabulary::{Constant, Term};
use crate::claims::{Tee, union};
use crate::condition::{Condition, MAX_PARTS, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Line, Package, Rule, excerpt};
use crate::{Refusal, Source};
use regorus::unstable::{Expr, ExprRef};

pub(crate) fn read(sources: &[Source], findings: &mut Findings) -> Result<Package, Refusal> {
    let (values, policies): (Vec<&Source>, Vec<&Source>) =
        sources.iter().partition(|source| source.name.ends_with(".json"));
    let [source] = policies[..] else {
        let expected = "one file in Rego, and any number of `.json` files with reference values";
        return Err(Refusal::Files { found: sources.len(), expected });
    };
    let mut references = References::read(&values)?;
    let module = Module::read(source, findings)?;
    let claims = trust_claims(&module, source)?;
    let mut package = Package::new(format!("How evidence is appraised, imported from `{}`.", source.name), "attested");
    let mut tees: Vec<Tee> = Vec::new();
    for attester in ATTESTERS {
        if !source.text.contains(attester.key) {
            continue;
        }
        let vocabulary = Reports { attester, references };
        let mut reader = Reader::new(&module, vocabulary, findings);
        let mut lines = appraised(&mut reader, &claims);
        if reader.is_too_large() {
            return Err(Refusal::TooManyConditions { file: source.name.clone(), most: MAX_PARTS });
        }
        lines.extend(reader.contradictions.into_values());
        references = reader.vocabulary.references;
        // Even if all that was not understood were so, nothing of this attester is affirmed: the policy is not about it.
        if lines.iter().any(|line| line.condition.settled(Use::Forbid) == Condition::Constant(false)) {
            continue;
        }
        if !tees.contains(&attester.tee) {
            tees.push(attester.tee);
        }
        package.rules.push(Rule {
            purpose: Use::Permit,
            name: attester.name.to_owned(),
            request: "Appraise",
            docs: format!("Evidence of {}, where the policy affirms it.", attester.tee.product()),
            place: lines
                .first()
                .map_or(Place { file: source.name.clone(), line: 1, column: 1 }, |line| line.place.clone()),
            head: vec![format!("principal is {}", attester.tee.evidence()), format!("attester == {}", attester.name)],
            lines,
            reason: String::new(),
        });
    }
    if package.rules.is_empty() {
        findings.add(
            Code::Narrower,
            None,
            "the policy affirms nothing of an attester that it names and this engine verifies, so nothing is permitted",
            "name the attester in the policy, as in `input.snp`",
        );
    }
    declare(&mut package, tees);
    package.references = references.declared();
    findings.add(
        Code::Local,
        None,
        "the service keeps evidence that came through a virtual TPM (`az-snp-vtpm`) apart from the same evidence without one (`snp`); `attester` says which it is",
        "let the service that embeds the engine set it from how it got the evidence",
    );
    Ok(package)
}

fn declare(package: &mut Package, mut tees: Vec<Tee>) {
    if tees.is_empty() {
        tees.push(Tee::Snp);
    }
    for tee in &tees {
        package.uses(tee.package(), tee.evidence());
    }
    package.ages.push("age(principal)".to_owned());
    if let [_] = tees[..] {
        for rule in &mut package.rules {
            rule.head.retain(|head| !head.starts_with("principal is "));
        }
    }
    let names: Vec<&str> = ATTESTERS.iter().map(|attester| attester.name).collect();
    package.declarations.push(format!("/// How evidence is had.\nenum Attester {{ {} }}", names.join(", ")));
    package.declarations.push(format!(
        "/// Whether the policy affirms evidence.\nrequest Appraise {{\nsession principal: attested {},\n\
         /// How the service that embeds the engine got the evidence.\nsession attester: local Attester,\n}}",
        union(&tees)
    ));
}

/// Where the number of a trust claim stands.
enum Number {
    /// In the rule of this name.
    Rule(String),
    /// In this place, as it is.
    Written(ExprRef),
}

/// The trust claims that the policy sets. Where it has no rule that lists them, each stands in the rule that is named after it.
fn trust_claims(module: &Module, source: &Source) -> Result<Vec<(&'static str, Number)>, Refusal> {
    let other = |found: &str| Refusal::Other {
        file: source.name.clone(),
        expected: "policy of the attestation service",
        found: found.to_owned(),
    };
    let Some(rules) = module.rules("trust_claims") else {
        let named = TRUST_CLAIMS.iter().filter(|(_, rule)| module.rules(rule).is_some());
        let claims: Vec<_> = named.map(|(claim, rule)| (*claim, Number::Rule((*rule).to_owned()))).collect();
        return match claims.is_empty() {
            true => Err(other("it has no rule `trust_claims` and none that is named after a trust claim")),
            false => Ok(claims),
        };
    };
    let list = match (&rules.default, &rules.definitions[..]) {
        (None, [only]) if only.bodies.is_empty() && !rules.is_partial => only.value.as_deref(),
        _ => None,
    };
    let Some(Expr::Object { fields, .. }) = list else {
        return Err(other(
            "`trust_claims` is one object without a condition, a default or a second definition, and here it is not",
        ));
    };
    let mut claims: Vec<(&'static str, Number)> = Vec::new();
    for (_, key, value) in fields {
        let name = match &**key {
            Expr::String { value, .. } => value.as_string().ok(),
            _ => None,
        };
        let claim = TRUST_CLAIMS.iter().find(|(claim, _)| name.is_some_and(|name| **name == **claim));
        let number = match &**value {
            Expr::Var { span, .. } => Some(Number::Rule(span.text().to_owned())),
            Expr::Number { .. } | Expr::UnaryExpr { .. } => Some(Number::Written(value.clone())),
            _ => None,
        };
        match (claim, number) {
            (Some((claim, _)), Some(_)) if claims.iter().any(|(set, _)| set == claim) => {
                return Err(other(&format!("`trust_claims` sets `{claim}` twice")));
            }
            (Some((claim, _)), Some(number)) => claims.push((*claim, number)),
            _ => {
                let expected =
                    "`trust_claims` holds something else than trust claims with numbers or the names of rules";
                return Err(other(&format!("{expected}: `{}`", excerpt(key.span().text()))));
            }
        }
    }
    match claims.is_empty() {
        true => Err(other("`trust_claims` sets no trust claim")),
        false => Ok(claims),
    }
}

/// What a result must be for its status to be `affirming`: a line for each claim that it is no worse, and one that not all say nothing.
fn appraised(reader: &mut Reader<'_, Reports>, claims: &[(&'static str, Number)]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut affirmed = Vec::new();
    let nowhere = Place { file: reader.module.file().to_owned(), line: 1, column: 1 };
    for (claim, number) in claims {
        let outcomes = match number {
            Number::Rule(rule) => reader.outcomes(rule, &nowhere),
            Number::Written(expr) => {
                let value = reader.term(expr, &Scope::new());
                Some(Outcomes::always(value, reader.module.place(expr.span())))
            }
        };
        let (fine, affirms, place) = match outcomes {
            Some(outcomes) => {
                let place = outcomes.all.first().map_or(&nowhere, |outcome| &outcome.place).clone();
                let fine = reader
                    .when(&outcomes, |reader, value, place| tier(reader, value, place, &[Tier::None, Tier::Affirming]));
                let affirms =
                    reader.when(&outcomes, |reader, value, place| tier(reader, value, place, &[Tier::Affirming]));
                (fine, affirms, place)
            }
            None => (Condition::Unknown, Condition::Unknown, nowhere.clone()),
        };
        affirmed.push(affirms);
        lines.push(Line { condition: fine, sentence: format!("`{claim}` is not affirmed"), place });
    }
    // Where one line needs a claim to affirm, saying it again says nothing.
    let alternatives: Vec<Condition> = affirmed.iter().map(|condition| condition.settled(Use::Permit)).collect();
    let is_said = lines.iter().map(|line| line.condition.settled(Use::Permit)).any(|line| alternatives.contains(&line));
    if !is_said {
        lines.push(Line {
            condition: Condition::Any(affirmed),
            sentence: "no trust claim is affirmed".to_owned(),
            place: nowhere,
        });
    }
    lines
}

/// Whether a value is a number of one of these tiers.
fn tier(reader: &mut Reader<'_, Reports>, value: &Term, place: &Place, wanted: &[Tier]) -> Condition {
    match value {
        Term::Constant(Constant::Int(number)) => {
            Condition::Constant(Tier::of(*number).is_some_and(|tier| wanted.contains(&tier)))
        }
        // The service refuses a claim that is no number.
        Term::Constant(Constant::Null | Constant::Bool(_) | Constant::Text(_)) | Term::Array(_) | Term::Set(_) => {
            Condition::Constant(false)
        }
        Term::Path(_) | Term::Split(_) | Term::Reference(_) | Term::Count(_) => {
            reader.unknown(place, "a trust claim whose number does not stand in the policy")
        }
        Term::Unknown => Condition::Unknown,
    }
}

/// The tiers that a result may have and still affirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    None,
    Affirming,
}

impl Tier {
    /// Source: AR4SI, section 2.3.2: -1 to 1 say nothing, 2 to 31 affirm. Every other number is worse, or the verifier's own.
    fn of(number: i64) -> Option<Tier> {
        match number {
            -1..=1 => Some(Tier::None),
            2..=31 => Some(Tier::Affirming),
            _ => None,
        }
    }
}
