//! What appraisal policies are asked about: the claims of one attester's evidence, and the reference values that they are compared with.
//!
//! Source: the repository `confidential-containers/trustee`, `attestation-service/src/ear_token`: the claims of an attester stand under its name, and what the
//! service itself knows of the evidence beside it.

use super::reports::{ATTESTERS, Attester, Claim, Form, OTHERS, claim_at};
use super::vocabulary::{Constant, Part, Path, Root, Vocabulary};
use crate::claims::{Comparison, tcb_component};
use crate::condition::Condition;
use crate::finding::{Code, Findings, Place};
use crate::package::{Entry, Names, Reference, excerpt};
use crate::yaml::{self, Node, Value};
use crate::{Refusal, Source};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// The reference values that the package declares.
#[derive(Default)]
pub(super) struct References {
    /// What is known of them.
    known: BTreeMap<String, Node>,
    names: Names,
    /// By their name in the source and their type.
    declared: BTreeMap<(String, String), Reference>,
}

impl References {
    /// Reference values as the Reference Value Provider Service gives them: a JSON object of values, or lists of them, by name.
    pub(super) fn read(sources: &[&Source]) -> Result<Self, Refusal> {
        let mut references = References::default();
        for reserved in ["Appraise", "Attester", "attester", "principal"] {
            references.names.reserve(reserved);
        }
        for source in sources {
            match yaml::json(source)?.value {
                Value::Map(entries) => references.known.extend(entries),
                _ => {
                    return Err(Refusal::Other {
                        file: source.name.clone(),
                        expected: "file of reference values",
                        found: "an object with a value or a list for each name is expected".to_owned(),
                    });
                }
            }
        }
        Ok(references)
    }

    /// Those that the package needs, by name.
    pub(super) fn declared(self) -> Vec<Reference> {
        let mut declared: Vec<Reference> = self.declared.into_values().collect();
        declared.sort_by(|a, b| a.name.cmp(&b.name));
        declared
    }

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
pub(super) struct Reports {
    pub(super) attester: Attester,
    pub(super) references: References,
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

fn is_attester(key: &str) -> bool {
    ATTESTERS.iter().any(|attester| attester.key == key)
}

impl Reports {
    fn target(&self, path: &Path, place: &Place, findings: &mut Findings) -> Target {
        let keys = path.keys();
        let shown = excerpt(&keys.join("."));
        let mut none = |message: String, help: &str| {
            findings.add(Code::NoCounterpart, Some(place), message, help);
        };
        match (path.root, &keys[..], path.element) {
            (Root::Input, [key, ..], _) if *key != self.attester.key && is_attester(key) => Target::Other,
            (Root::Input, [key, ..], _) if OTHERS.contains(key) => {
                none(
                    format!("evidence of `{key}` is none that this engine verifies; the permit for it is left out"),
                    "keep that part of the policy where it is",
                );
                Target::Other
            }
            (Root::Input, [key], None) if *key == self.attester.key => Target::Evidence,
            (Root::Input, [key, rest @ ..], None) if *key == self.attester.key => {
                match claim_at(self.attester.tee, rest) {
                    Some(claim) => Target::Claim(claim),
                    None => {
                        none(
                            format!(
                                "`{shown}` has no counterpart in `{}`; what needs it is left out",
                                self.attester.tee.package()
                            ),
                            "ask for another claim, or have the code that is measured check it",
                        );
                        Target::Unknown
                    }
                }
            }
            _ => {
                none(
                    format!("`{shown}` has no counterpart in the evidence; what needs it is left out"),
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

/// A value as a constant, where it is a single one.
fn constant(node: &Node) -> Option<Constant> {
    match &node.value {
        Value::Null => Some(Constant::Null),
        Value::Bool(value) => Some(Constant::Bool(*value)),
        Value::Int(number) => Some(Constant::Int(*number)),
        Value::Text(text) => Some(Constant::Text(text.clone())),
        Value::List(_) | Value::Map(_) => None,
    }
}

/// All claims of an attester, compared with something.
fn whole(place: &Place, findings: &mut Findings) -> Condition {
    findings.add(
        Code::Form,
        Some(place),
        "all claims of an attester are compared with something; what needs it is left out",
        "compare one claim",
    );
    Condition::Unknown
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
            Target::Evidence => whole(place, findings),
            Target::Unknown => Condition::Unknown,
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
            Target::Evidence => return whole(place, findings),
            Target::Unknown => return Condition::Unknown,
        };
        let is_equality = matches!(comparison, Comparison::Equal | Comparison::Unequal);
        let known = self.references.known.get(name);
        // A list is no value, and no list holds a claim's.
        if is_equality && known.is_some_and(|node| matches!(node.value, Value::List(_) | Value::Map(_))) {
            findings.add(
                Code::NeverHolds,
                Some(place),
                format!("`{}` is no single value, and a claim is compared with it as with one", excerpt(name)),
                "write `in` in the source",
            );
            return Condition::Constant(comparison == Comparison::Unequal);
        }
        let Some(ty) = claim.form.reference() else {
            return match known.and_then(constant) {
                Some(constant) => self.compared(claim, comparison, &constant, place, findings),
                None => self.unheld(claim, name, place, findings),
            };
        };
        // Rego orders values of any type.
        let are_numbers = claim.form == Form::Int && known.is_none_or(|node| matches!(node.value, Value::Int(_)));
        if !is_equality && !are_numbers {
            return self.unheld(claim, name, place, findings);
        }
        let name = self.references.name(name, claim, &ty, false, findings);
        Condition::atom(format!("principal.{} {} {name}", claim.field, comparison.sign()))
    }

    fn in_reference(&mut self, path: &Path, name: &str, place: &Place, findings: &mut Findings) -> Condition {
        let claim = match self.target(path, place, findings) {
            Target::Claim(claim) => claim,
            Target::Other => return Condition::Constant(false),
            Target::Evidence => return whole(place, findings),
            Target::Unknown => return Condition::Unknown,
        };
        let known = self.references.known.get(name);
        let list = known.and_then(Node::list);
        match (known, claim.form.reference(), list) {
            (Some(node), _, None) => {
                let is_object = matches!(node.value, Value::Map(_));
                findings.add(
                    if is_object { Code::Form } else { Code::NeverHolds },
                    Some(place),
                    format!("`{}` is no list, and a claim is looked up in it", excerpt(name)),
                    "make it a list, or write `==` in the source",
                );
                // Of an object, Rego looks at the values.
                if is_object { Condition::Unknown } else { Condition::Constant(false) }
            }
            (_, Some(ty), _) => {
                let name = self.references.name(name, claim, &ty, true, findings);
                Condition::atom(format!("principal.{} in {name}", claim.field))
            }
            (_, None, Some(nodes)) => {
                let equal = |node: &Node| match constant(node) {
                    Some(constant) => self.compared(claim, Comparison::Equal, &constant, place, findings),
                    None => Condition::Constant(false),
                };
                Condition::Any(nodes.iter().map(equal).collect())
            }
            (None, None, None) => self.unheld(claim, name, place, findings),
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

    fn has_segments(&self, _: &Path) -> bool {
        false
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
