//! Policies of the Attestation Service: they appraise evidence, and what comes out is an attestation result (EAR).
//!
//! A policy gives each trust claim a number. The result affirms where no claim is worse than affirming and one at least affirms: its status is the worst of its
//! claims' (EAR, `ear_status`). The import permits exactly then, and asks of the evidence itself what the policy asks.
//!
//! Source: the repository `confidential-containers/trustee`, `attestation-service/docs/policy.md` and its default policy; AR4SI, section 2.3.2, for the tiers.

use super::module::Module;
use super::query::{Constant, MAX_STATEMENTS, Part, Path, Reader, Root, Term, Vocabulary};
use super::reports::{ATTESTERS, Attester, Claim, Form, claim_at};
use crate::claims::{Comparison, Tee, tcb_component, union};
use crate::condition::{Condition, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Entry, Line, Names, Package, Reference, Rule, excerpt};
use crate::yaml::{self, Node, Value};
use crate::{Refusal, Source};
use regorus::unstable::Expr;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Every trust claim: its name in a result, and the rule that gives it where a policy does not say. Source: AR4SI, section 2.3.4.
const TRUST_CLAIMS: [(&str, &str); 8] = [
    ("instance-identity", "instance_identity"),
    ("configuration", "configuration"),
    ("executables", "executables"),
    ("file-system", "file_system"),
    ("hardware", "hardware"),
    ("runtime-opaque", "runtime_opaque"),
    ("storage-opaque", "storage_opaque"),
    ("sourced-data", "sourced_data"),
];

pub(crate) fn read(sources: &[Source], findings: &mut Findings) -> Result<Package, Refusal> {
    let (values, policies): (Vec<&Source>, Vec<&Source>) =
        sources.iter().partition(|source| source.name.ends_with(".json"));
    let [source] = policies[..] else {
        let expected = "one file in Rego, and any number of `.json` files with reference values";
        return Err(Refusal::Files { found: sources.len(), expected });
    };
    let mut known = BTreeMap::new();
    for source in values {
        known.extend(reference_values(source)?);
    }
    let module = Module::read(source, findings)?;
    let claims = trust_claims(&module, source)?;
    let mut package = Package::new(format!("How evidence is appraised, imported from `{}`.", source.name), "attested");
    let mut references = References { known, ..References::default() };
    for reserved in ["Appraise", "Attester", "attester", "principal"] {
        references.names.reserve(reserved);
    }
    let mut tees: Vec<Tee> = Vec::new();
    for attester in ATTESTERS {
        if !source.text.contains(attester.key) {
            continue;
        }
        let vocabulary = Reports { attester, references };
        let mut reader = Reader::new(&module, vocabulary, findings);
        let lines = appraised(&mut reader, &claims);
        let is_too_much = reader.statements > MAX_STATEMENTS;
        references = reader.vocabulary.references;
        if is_too_much {
            return Err(Refusal::TooManyConditions { file: source.name.clone(), most: MAX_STATEMENTS });
        }
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
    declare(&mut package, tees);
    package.references = references.declared.into_values().collect();
    package.references.sort_by(|a, b| a.name.cmp(&b.name));
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

/// The rule behind each trust claim that the policy sets.
fn trust_claims(module: &Module, source: &Source) -> Result<Vec<(&'static str, String)>, Refusal> {
    let named = |name: &str| TRUST_CLAIMS.iter().find(|(claim, _)| *claim == name).map(|(claim, _)| *claim);
    let mut claims: Vec<(&'static str, String)> = Vec::new();
    if let Some([definition]) = module.rules("trust_claims").map(|rules| &rules.definitions[..])
        && let Some(Expr::Object { fields, .. }) = definition.value.as_deref()
    {
        for (_, key, value) in fields {
            if let Expr::String { value: key, .. } = &**key
                && let Ok(key) = key.as_string()
                && let Some(claim) = named(key)
                && let Expr::Var { span, .. } = &**value
            {
                claims.push((claim, span.text().to_owned()));
            } else {
                return Err(Refusal::Other {
                    file: source.name.clone(),
                    expected: "policy of the attestation service",
                    found: "`trust_claims` holds something else than trust claims with the names of rules".to_owned(),
                });
            }
        }
    } else {
        let rules = TRUST_CLAIMS.iter().filter(|(_, rule)| module.rules(rule).is_some());
        claims.extend(rules.map(|(claim, rule)| (*claim, (*rule).to_owned())));
    }
    if claims.is_empty() {
        return Err(Refusal::Other {
            file: source.name.clone(),
            expected: "policy of the attestation service",
            found: "it has no rule `trust_claims` and none that is named after a trust claim".to_owned(),
        });
    }
    Ok(claims)
}

/// What a result must be for its status to be `affirming`: a line for each claim that it is no worse, and one that not all say nothing.
fn appraised(reader: &mut Reader<'_, Reports>, claims: &[(&'static str, String)]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut affirmed = Vec::new();
    let nowhere = Place { file: reader.module.file().to_owned(), line: 1, column: 1 };
    for (claim, rule) in claims {
        let (fine, affirms, place) = match reader.outcomes(rule, &nowhere) {
            Some(outcomes) => {
                let about_it = outcomes
                    .all
                    .iter()
                    .find(|outcome| outcome.condition.settled(Use::Forbid) != Condition::Constant(false));
                let place = about_it.map_or(&nowhere, |outcome| &outcome.place).clone();
                let fine = outcomes.when(|value| tier(value).is_some());
                (fine, outcomes.when(|value| tier(value) == Some(Tier::Affirming)), place)
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

/// The tiers that a result may have and still affirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tier {
    None,
    Affirming,
}

/// Source: AR4SI, section 2.3.2: -1 to 1 say nothing, 2 to 31 affirm. Every other number is worse, or the verifier's own.
fn tier(value: &Term) -> Option<Tier> {
    match value {
        Term::Constant(Constant::Int(-1..=1)) => Some(Tier::None),
        Term::Constant(Constant::Int(2..=31)) => Some(Tier::Affirming),
        _ => None,
    }
}

/// Reference values as the Reference Value Provider Service gives them: a JSON object of values, or lists of them, by name.
fn reference_values(source: &Source) -> Result<BTreeMap<String, Node>, Refusal> {
    let node = yaml::json(source)?;
    match node.value {
        Value::Map(entries) => Ok(entries.into_iter().collect()),
        _ => Err(Refusal::Other {
            file: source.name.clone(),
            expected: "file of reference values",
            found: "an object with a value or a list for each name is expected".to_owned(),
        }),
    }
}

/// The reference values that the package declares.
#[derive(Default)]
struct References {
    /// What is known of them.
    known: BTreeMap<String, Node>,
    names: Names,
    /// By their name in the source and their type.
    declared: BTreeMap<(String, String), Reference>,
}

impl References {
    /// The name of a reference value of a type, declared where it is new.
    fn name(&mut self, source: &str, claim: &Claim, one: &str, is_set: bool, findings: &mut Findings) -> String {
        let ty = if is_set { format!("Set<{one}>") } else { one.to_owned() };
        let key = (source.to_owned(), ty.clone());
        if let Some(reference) = self.declared.get(&key) {
            return reference.name.clone();
        }
        let name = self.names.give(source);
        let values = self.known.get(source).cloned().map(|node| entries(&node, claim.form, findings));
        let docs = format!("`{}` of the Reference Value Provider Service.", excerpt(source));
        self.declared.insert(key, Reference { name: name.clone(), ty, docs, values });
        name
    }

    /// The values that the source holds.
    fn nodes(&self, source: &str) -> Option<Vec<Node>> {
        let node = self.known.get(source)?;
        Some(node.list().map_or_else(|| vec![node.clone()], <[Node]>::to_vec))
    }
}

fn entries(node: &Node, form: Form, findings: &mut Findings) -> Vec<Entry> {
    let nodes = node.list().unwrap_or(std::slice::from_ref(node));
    let mut entries = Vec::new();
    for node in nodes {
        let value: Option<Json> = match (form, &node.value) {
            (Form::Digest(length) | Form::Bytes(length), Value::Text(text)) => {
                lower_hex(text, length).map(|_| json!(text))
            }
            (Form::Int, Value::Int(number)) => Some(json!(number)),
            (Form::Bool, Value::Bool(value)) => Some(json!(value)),
            _ => None,
        };
        match value {
            Some(value) => entries.push(Entry { value, place: node.place.clone() }),
            None => findings.add(
                Code::NeverHolds,
                Some(&node.place),
                format!("{} never equals its claim: bytes are lower-case hexadecimal digits of one length, numbers and conditions no texts; it is left out", node.described()),
                "mend the reference value",
            ),
        }
    }
    entries
}

/// The bytes of lower-case hexadecimal digits: the service compares texts, and writes these.
fn lower_hex(text: &str, length: usize) -> Option<Vec<u8>> {
    let bytes = hex::decode(text).ok()?;
    (bytes.len() == length && hex::encode(&bytes) == text).then_some(bytes)
}

/// The claims of one attester's evidence.
struct Reports {
    attester: Attester,
    references: References,
}

/// What a path leads to.
enum Target {
    Claim(&'static Claim),
    /// The attester's claims as a whole.
    Evidence,
    /// The claims of another attester: not there.
    Other,
    /// Nothing that is known, and said so.
    Unknown,
}

impl Reports {
    fn target(&self, path: &Path, place: &Place, findings: &mut Findings) -> Target {
        let dotted = path.steps.join(".");
        let (first, rest) = dotted.split_once('.').unwrap_or((&dotted, ""));
        let known = ATTESTERS.iter().any(|attester| attester.key == first);
        let mut none = |message: String, help: &str| {
            findings.add(Code::NoCounterpart, Some(place), message, help);
        };
        match (path.root, known) {
            (Root::Input, true) if first != self.attester.key => Target::Other,
            (Root::Input, true) if rest.is_empty() => Target::Evidence,
            (Root::Input, true) => match claim_at(self.attester.tee, rest) {
                Some(claim) => Target::Claim(claim),
                None => {
                    none(
                        format!(
                            "`{}` has no counterpart in `{}`; what needs it is left out",
                            excerpt(&dotted),
                            self.attester.tee.package()
                        ),
                        "ask for another claim, or have the code that is measured check it",
                    );
                    Target::Unknown
                }
            },
            (Root::Input, false) if first != "init_data_claims" && !first.is_empty() => {
                none(
                    format!(
                        "evidence of `{}` is none that this engine verifies; the permit for it is left out",
                        excerpt(first)
                    ),
                    "keep that part of the policy where it is",
                );
                Target::Other
            }
            _ => {
                none(
                    format!("`{}` has no counterpart in the evidence; what needs it is left out", excerpt(&dotted)),
                    "compare a digest of it, such as `host_data`, instead",
                );
                Target::Unknown
            }
        }
    }

    fn compared(
        &self,
        claim: &Claim,
        comparison: Comparison,
        with: &Constant,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition {
        use Comparison::{Equal, Unequal};
        let field = format!("principal.{}", claim.field);
        // What a constant that the claim cannot have means for a comparison.
        let mut never = |why: &str| {
            findings.add(
                Code::NeverHolds,
                Some(place),
                format!("`{}` never equals this: {why}", claim.field),
                "mend the value in the source",
            );
            Condition::Constant(comparison == Unequal)
        };
        match (claim.form, with, comparison) {
            (Form::Digest(length) | Form::Bytes(length), Constant::Text(text), Equal | Unequal) => {
                match lower_hex(text, length) {
                    Some(bytes) => {
                        Condition::atom(format!("{field} {} hex\"{}\"", comparison.sign(), hex::encode(bytes)))
                    }
                    None => never("it is compared as a text of lower-case hexadecimal digits of its length"),
                }
            }
            (Form::Int, Constant::Int(number), _) => Condition::atom(format!("{field} {} {number}", comparison.sign())),
            (Form::Bool, Constant::Bool(value), Equal | Unequal) => {
                let holds = Condition::atom(field);
                if *value == (comparison == Equal) { holds } else { holds.not() }
            }
            (Form::Component(component), Constant::Int(number), _) => {
                tcb_component(&field, component, comparison, *number)
            }
            (Form::LittleEndian(length), Constant::Text(text), Equal | Unequal) => match lower_hex(text, length) {
                Some(bytes) => {
                    let number = bytes.iter().rev().fold(0_i64, |number, byte| number * 256 + i64::from(*byte));
                    Condition::atom(format!("{field} {} {number}", comparison.sign()))
                }
                None => never("it is compared as a text of hexadecimal digits, least significant byte first"),
            },
            (Form::TcbStatus, Constant::Text(text), Equal) => match tcb_status(text) {
                Some(status) => Condition::atom(format!("{field} == {status}")),
                None => never("Intel has no such status"),
            },
            // This engine refuses a quote whose collateral has ended, so no policy is asked about one.
            (Form::InDate, Constant::Text(text), Equal) => Condition::Constant(text == "0"),
            _ => {
                findings.add(
                    Code::Value,
                    Some(place),
                    format!("`{}` is compared with a value of another type, or in another way than this import knows; what needs it is left out", claim.field),
                    "compare it as the service's own policies do",
                );
                Condition::Unknown
            }
        }
    }

    /// Without values, the source's reference cannot be taken apart.
    fn unheld(&self, claim: &Claim, name: &str, place: &Place, findings: &mut Findings) -> Condition {
        findings.add(
            Code::NoCounterpart,
            Some(place),
            format!("`{}` is compared with `{}`, and no reference value of the language is compared with a part of a claim; what needs it is left out", claim.field, excerpt(name)),
            "give the reference values as a JSON file beside the policy: they are then written into it",
        );
        Condition::Unknown
    }
}

/// A status by the name that Intel gives it. Source: PCS, `tcbStatus`.
fn tcb_status(text: &str) -> Option<&'static str> {
    [
        "UpToDate",
        "SWHardeningNeeded",
        "ConfigurationNeeded",
        "ConfigurationAndSWHardeningNeeded",
        "OutOfDate",
        "OutOfDateConfigurationNeeded",
        "TDRelaunchAdvised",
        "TDRelaunchAdvisedConfigurationNeeded",
    ]
    .into_iter()
    .find(|status| *status == text)
}

fn constant(node: &Node) -> Constant {
    match &node.value {
        Value::Bool(value) => Constant::Bool(*value),
        Value::Int(number) => Constant::Int(*number),
        Value::Text(text) => Constant::Text(text.clone()),
        Value::Null | Value::List(_) | Value::Map(_) => Constant::Null,
    }
}

impl Vocabulary for Reports {
    fn defined(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition {
        match self.target(path, place, findings) {
            Target::Evidence | Target::Claim(_) => Condition::Constant(true),
            Target::Other => Condition::Constant(false),
            Target::Unknown => Condition::Unknown,
        }
    }

    fn truthy(&mut self, path: &Path, place: &Place, findings: &mut Findings) -> Condition {
        match self.target(path, place, findings) {
            Target::Evidence => Condition::Constant(true),
            Target::Claim(claim) if claim.form == Form::Bool => Condition::atom(format!("principal.{}", claim.field)),
            Target::Claim(_) => Condition::Constant(true),
            Target::Other => Condition::Constant(false),
            Target::Unknown => Condition::Unknown,
        }
    }

    fn compare(
        &mut self,
        path: &Path,
        comparison: Comparison,
        with: &Constant,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition {
        match self.target(path, place, findings) {
            Target::Claim(claim) => self.compared(claim, comparison, with, place, findings),
            Target::Other => Condition::Constant(false),
            Target::Evidence | Target::Unknown => Condition::Unknown,
        }
    }

    fn compare_reference(
        &mut self,
        path: &Path,
        comparison: Comparison,
        name: &str,
        place: &Place,
        findings: &mut Findings,
    ) -> Condition {
        let claim = match self.target(path, place, findings) {
            Target::Claim(claim) => claim,
            Target::Other => return Condition::Constant(false),
            Target::Evidence | Target::Unknown => return Condition::Unknown,
        };
        // A list is no value.
        if self.references.known.get(name).is_some_and(|node| node.list().is_some()) {
            findings.add(
                Code::NeverHolds,
                Some(place),
                format!("`{}` is a list, and a claim is compared with it as with one value", excerpt(name)),
                "write `in` in the source",
            );
            return Condition::Constant(comparison == Comparison::Unequal);
        }
        let Some(ty) = claim.form.reference() else {
            return match self.references.nodes(name).as_deref() {
                Some([node]) => self.compared(claim, comparison, &constant(node), place, findings),
                _ => self.unheld(claim, name, place, findings),
            };
        };
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::Unequal);
        if ordered && claim.form != Form::Int {
            return self.unheld(claim, name, place, findings);
        }
        let name = self.references.name(name, claim, &ty, false, findings);
        Condition::atom(format!("principal.{} {} {name}", claim.field, comparison.sign()))
    }

    fn in_reference(&mut self, path: &Path, name: &str, place: &Place, findings: &mut Findings) -> Condition {
        let claim = match self.target(path, place, findings) {
            Target::Claim(claim) => claim,
            Target::Other => return Condition::Constant(false),
            Target::Evidence | Target::Unknown => return Condition::Unknown,
        };
        match claim.form.reference() {
            Some(ty) => {
                let name = self.references.name(name, claim, &ty, true, findings);
                Condition::atom(format!("principal.{} in {name}", claim.field))
            }
            None => match self.references.nodes(name) {
                Some(nodes) => {
                    let equal = |node: &Node| self.compared(claim, Comparison::Equal, &constant(node), place, findings);
                    Condition::Any(nodes.iter().map(equal).collect())
                }
                None => self.unheld(claim, name, place, findings),
            },
        }
    }

    fn part(&mut self, path: &Path, _: Part, _: &str, place: &Place, findings: &mut Findings) -> Condition {
        self.without_parts(path, place, findings)
    }

    fn count(&mut self, path: &Path, _: Comparison, _: i64, place: &Place, findings: &mut Findings) -> Condition {
        self.without_parts(path, place, findings)
    }

    fn list(&mut self, _: &Path) -> Option<&'static str> {
        None
    }
}

impl Reports {
    fn without_parts(&self, path: &Path, place: &Place, findings: &mut Findings) -> Condition {
        match self.target(path, place, findings) {
            Target::Other => Condition::Constant(false),
            Target::Claim(_) | Target::Evidence | Target::Unknown => {
                findings.add(
                    Code::Form,
                    Some(place),
                    "a part of a claim is asked for; what needs it is left out",
                    "compare the whole claim",
                );
                Condition::Unknown
            }
        }
    }
}
