//! Policies of Azure Attestation: who gets a token.
//!
//! The import asks of a token what the policy asks of the incoming claims of the same names. `permit()` becomes a permit and `deny()` a forbid: rules apply in order,
//! and the documentation does not say whether a permit outlasts a later denial, so here the denial wins. `add()` makes claims for later rules, which are followed.
//!
//! Source: Microsoft, "Claim and claim rules", "How to author an attestation policy", "Attestation policy version 1.0".

use super::claims::{self, Literal};
use super::rules::{self, ClaimCondition, ClaimRule, Operand, Property};
use super::{declare, with_form};
use crate::claims::Comparison;
use crate::condition::{Condition, MAX_PARTS, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Line, Names, Package, Rule, excerpt};
use crate::{Refusal, Source};

/// The versions of the grammar.
const VERSIONS: [&str; 3] = ["1.0", "1.1", "1.2"];

pub(crate) fn read(source: &Source, findings: &mut Findings) -> Result<Package, Refusal> {
    let policy = rules::read(source)?;
    if !VERSIONS.contains(&policy.version.as_str()) {
        return Err(Refusal::Other {
            file: source.name.clone(),
            expected: "attestation policy",
            found: format!("its version is `{}`, and {} are known", excerpt(&policy.version), VERSIONS.join(", ")),
        });
    }
    let mut package = Package::new(format!("Which tokens are good, imported from `{}`.", source.name), "authenticated");
    declare(&mut package, "Whoever shows this token wants what it is good for.");
    let mut reader = Reader { findings, added: Vec::new(), names: Names::default(), parts: 0 };
    for section in &policy.sections {
        match section.name.as_str() {
            "authorizationrules" => {
                for rule in &section.rules {
                    package.rules.extend(reader.rule(rule));
                    if reader.parts > MAX_PARTS {
                        return Err(Refusal::TooManyConditions { file: source.name.clone(), most: MAX_PARTS });
                    }
                }
            }
            "issuancerules" => {
                reader.no_say(&section.place, "`issuancerules` say what stands in a token, not who gets one")
            }
            "configurationrules" => {
                reader.no_say(&section.place, "`configurationrules` set up the provider, not who gets a token")
            }
            name => {
                return Err(Refusal::Syntax {
                    place: section.place.clone(),
                    message: format!(
                        "`{}` is no section of a policy: `authorizationrules`, `issuancerules` and `configurationrules` are",
                        excerpt(name)
                    ),
                });
            }
        }
    }
    Ok(package)
}

/// A claim that a rule added.
struct Added {
    /// Its type; none where that is not known.
    claim: Option<String>,
    value: Option<Literal>,
    condition: Condition,
}

struct Reader<'a> {
    findings: &'a mut Findings,
    added: Vec<Added>,
    names: Names,
    /// Rules read, and parts of conditions made of them with what was added written out: of the whole policy.
    parts: usize,
}

impl Reader<'_> {
    fn rule(&mut self, rule: &ClaimRule) -> Option<Rule> {
        self.parts += 1;
        let purpose = match rule.action.as_str() {
            "permit" => Use::Permit,
            "deny" => Use::Forbid,
            "add" => {
                self.add(rule);
                return None;
            }
            _ => Use::Forbid,
        };
        let mut lines: Vec<Line> = rule.conditions.iter().map(|condition| self.line(condition)).collect();
        if !matches!(rule.action.as_str(), "permit" | "deny") {
            let message = format!(
                "`{}` is no action of authorization rules, and may be one that refuses: here it does",
                excerpt(&rule.action)
            );
            let condition = self.form(&rule.place, message);
            lines.push(Line { condition, sentence: String::new(), place: rule.place.clone() });
        }
        if lines.is_empty() && purpose == Use::Permit {
            self.findings.add(
                Code::Careless,
                Some(&rule.place),
                "the policy permits every token that the provider signs, whatever it says",
                "ask for what must run, and on what platform",
            );
        }
        let (name, reason) = match purpose {
            Use::Permit => ("permitted", String::new()),
            Use::Forbid => ("denied", "the policy denies such a token".to_owned()),
        };
        let lines = with_form(lines);
        Some(Rule {
            purpose,
            name: self.names.give(name),
            request: "Release",
            docs: String::new(),
            place: rule.place.clone(),
            head: Vec::new(),
            lines,
            reason,
        })
    }

    fn add(&mut self, rule: &ClaimRule) {
        let given = |name: &str| {
            let mut given = rule.arguments.iter().filter(|argument| argument.name == name);
            given.next().filter(|_| given.next().is_none()).map(|argument| &argument.value)
        };
        let claim = match given("type") {
            Some(Operand::Text(claim)) => Some(claim.clone()),
            _ => {
                self.form(
                    &rule.place,
                    "`add()` without one type of its claim, so it may be any; what needs a claim is left out"
                        .to_owned(),
                );
                None
            }
        };
        let value = given("value").and_then(literal);
        let parts = rule.conditions.iter().map(|condition| self.counted(condition)).collect();
        let condition = Condition::All(parts);
        self.added.push(Added { claim, value, condition });
    }

    fn line(&mut self, condition: &ClaimCondition) -> Line {
        let properties: Vec<String> = condition.properties.iter().map(shown).collect();
        let sentence = match condition.negated {
            false => format!("no claim is as required: {}", properties.join(", ")),
            true => format!("a claim is as it must not be: {}", properties.join(", ")),
        };
        Line { condition: self.counted(condition), sentence, place: condition.place.clone() }
    }

    /// A condition, counted; nothing of it where there are too many already, since then nothing is imported.
    fn counted(&mut self, condition: &ClaimCondition) -> Condition {
        if self.parts > MAX_PARTS {
            return Condition::Unknown;
        }
        let made = self.condition(condition);
        self.parts = self.parts.saturating_add(made.size());
        made
    }

    /// Whether a claim has all of these properties.
    fn condition(&mut self, condition: &ClaimCondition) -> Condition {
        let place = &condition.place;
        let mut claim = None;
        let mut issuer = None;
        let mut values = Vec::new();
        for property in &condition.properties {
            match (property.name.as_str(), property.comparison, &property.value) {
                ("type", Some(Comparison::Equal), Operand::Text(name)) if claim.is_none() => claim = Some(name),
                ("issuer", Some(Comparison::Equal), Operand::Text(name)) if issuer.is_none() => {
                    issuer = Some(name.as_str());
                }
                ("value", Some(comparison), value) => match literal(value) {
                    Some(literal) => values.push((comparison, literal, &property.place)),
                    None => return self.form(&property.place, format!("{}; what needs it is left out", unread(value))),
                },
                _ => {
                    return self.form(
                        &property.place,
                        format!(
                            "`{}` is asked in a way that this import does not know; what needs it is left out",
                            excerpt(&property.name)
                        ),
                    );
                }
            }
        }
        let Some(claim) = claim else {
            return self.form(place, "a condition without the type of its claim; what needs it is left out".to_owned());
        };
        let (service, policy) = match issuer {
            None => (true, true),
            Some("AttestationService") => (true, false),
            Some("AttestationPolicy") => (false, true),
            Some(_) => {
                self.findings.add(
                    Code::NoCounterpart,
                    Some(place),
                    format!("`{}` is a claim that the client adds, and `std.maa` has none of these; what needs it is left out", excerpt(claim)),
                    "ask for a claim of the service",
                );
                return Condition::Unknown;
            }
        };
        let mut any = Vec::new();
        if policy {
            let added = self.added.iter().filter(|added| added.claim.as_ref().is_none_or(|added| added == claim));
            any.extend(added.map(|added| added.satisfies(&values)));
        }
        // A claim that a rule added stands beside the service's of the same name, and does not replace it.
        if service && (any.is_empty() || issuer.is_some() || claims::is_of_service(claim)) {
            any.push(match claims::find(claim, place, self.findings) {
                Some(found) if values.is_empty() => found.present(true),
                Some(found) => {
                    let compare = |(comparison, literal, place): &(Comparison, Literal, &Place)| {
                        found.compared(*comparison, literal, place, self.findings)
                    };
                    Condition::All(values.iter().map(compare).collect())
                }
                None => Condition::Unknown,
            });
        }
        if !condition.negated {
            return Condition::Any(any);
        }
        if issuer.is_none() {
            // The client may add a claim of any name, and then there is one.
            any.push(self.form(place, "a client may add a claim of this name, and `std.maa` would not show it; what needs its absence is left out".to_owned()));
        }
        Condition::Any(any).not()
    }

    fn form(&mut self, place: &Place, message: String) -> Condition {
        self.findings.add(Code::Form, Some(place), message, "write `type`, `value` and `issuer` with constants, and `issuer==\"AttestationService\"` where a claim must be the service's");
        Condition::Unknown
    }

    fn no_say(&mut self, place: &Place, message: &str) {
        self.findings.add(Code::NoSay, Some(place), message, "nothing is to do: the import is about who is permitted");
    }
}

impl Added {
    /// Whether the claim, where it was added, has these values.
    fn satisfies(&self, values: &[(Comparison, Literal, &Place)]) -> Condition {
        let holds = |(comparison, literal, _): &(Comparison, Literal, &Place)| match &self.value {
            None => Condition::Unknown,
            Some(value) => decided(value, *comparison, literal).map_or(Condition::Unknown, Condition::Constant),
        };
        let is_it = if self.claim.is_some() { Condition::Constant(true) } else { Condition::Unknown };
        Condition::all(values.iter().map(holds).chain([self.condition.clone(), is_it]))
    }
}

fn decided(left: &Literal, comparison: Comparison, right: &Literal) -> Option<bool> {
    match (comparison, left, right) {
        (Comparison::Equal, left, right) => Some(left == right),
        (Comparison::Unequal, left, right) => Some(left != right),
        (comparison, Literal::Int(left), Literal::Int(right)) => Some(comparison.decides(left.cmp(right))),
        _ => None,
    }
}

fn literal(operand: &Operand) -> Option<Literal> {
    match operand {
        Operand::Text(text) => Some(Literal::Text(text.clone())),
        Operand::Int(number) => Some(Literal::Int(*number)),
        Operand::Bool(value) => Some(Literal::Bool(*value)),
        Operand::Other(_) => None,
    }
}

fn unread(operand: &Operand) -> String {
    match operand {
        Operand::Other(text) => format!("`{}` is computed, which this import does not follow", excerpt(text)),
        Operand::Text(_) | Operand::Int(_) | Operand::Bool(_) => "this value is of another type".to_owned(),
    }
}

fn shown(property: &Property) -> String {
    let sign = property.comparison.map_or("=", Comparison::sign);
    let value = match literal(&property.value) {
        Some(literal) => literal.shown(),
        None => "…".to_owned(),
    };
    format!("{} {sign} {value}", excerpt(&property.name))
}
