//! Manifests of Edgeless Contrast: which workloads may join a deployment.
//!
//! A workload is valid where its evidence fits any of the reference values, and its policy, whose digest the host data holds, is one of `Policies`. Each reference
//! value becomes a permit for workloads, and one for the Coordinator.
//!
//! Source: the repository `edgelesssys/contrast`, `internal/manifest`: the form of a manifest and what is validated; `google/go-sev-guest`, `validate`, for what a guest
//! policy and platform information demand there; the documentation "The Manifest".
//!
//! [`snp`] and [`tdx`] read what a reference value asks of evidence of each kind.

mod snp;
mod tdx;

use crate::claims::{Tee, union};
use crate::condition::{Condition, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Entry, Line, Names, Package, Reference, Rule, excerpt};
use crate::yaml::{self, Node, Value};
use crate::{Refusal, Source};
use serde_json::json;

/// Keys of reference values that say something to people.
const PROSE: [&str; 2] = ["Platform", "CPUs"];
/// Keys of a policy.
const POLICY: [&str; 3] = ["Role", "SANs", "WorkloadSecretID"];

pub(crate) fn read(source: &Source, findings: &mut Findings) -> Result<Package, Refusal> {
    let root = yaml::json(source)?;
    let other =
        |found: &str| Refusal::Other { file: source.name.clone(), expected: "manifest", found: found.to_owned() };
    let (Some(policies), Some(values)) = (root.get("Policies"), root.get("ReferenceValues")) else {
        return Err(other("`Policies` and `ReferenceValues` are expected in it"));
    };
    if !matches!((&policies.value, &values.value), (Value::Map(_), Value::Map(_))) {
        return Err(other("`Policies` and `ReferenceValues` are objects"));
    }
    let package = Package::new(format!("Which workloads may join, imported from `{}`.", source.name), "attested");
    let mut reader = Reader { package, findings, names: Names::default(), tees: Vec::new() };
    for reserved in ["Join", "Role", "principal", "role", "platform_info"] {
        reader.names.reserve(reserved);
    }
    for (key, node) in root.entries() {
        match key.as_str() {
            "Policies" | "ReferenceValues" => {}
            "WorkloadOwnerKeyDigests" | "SeedshareOwnerPubKeys" => {
                reader.no_say(node, &format!("`{key}` say who may change the manifest and recover the Coordinator, not which workloads are valid"));
            }
            key => {
                return Err(other(&format!(
                    "it has `{}` in line {}, which a manifest does not",
                    excerpt(key),
                    node.place.line
                )));
            }
        }
    }
    let roles = reader.policies(policies);
    for (key, node) in values.entries() {
        let tee = match key.as_str() {
            "snp" => Tee::Snp,
            "tdx" => Tee::Tdx,
            key => {
                reader.form(node, &format!("`{}` is no kind of reference values that this import knows", excerpt(key)));
                continue;
            }
        };
        match &node.value {
            Value::List(values) => values.iter().for_each(|value| reader.reference_values(tee, value, &roles)),
            Value::Null => {}
            Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Map(_) => {
                reader
                    .form(node, &format!("`{key}` is a list of reference values, and here it is {}", node.described()));
            }
        }
    }
    Ok(reader.finish())
}

/// A role, and the reference with the digests of its policies.
struct Role {
    name: &'static str,
    policies: String,
}

struct Reader<'a> {
    package: Package,
    findings: &'a mut Findings,
    names: Names,
    tees: Vec<Tee>,
}

impl Reader<'_> {
    /// The digests of policies, by role.
    fn policies(&mut self, policies: &Node) -> Vec<Role> {
        let mut workloads = Vec::new();
        let mut coordinators = Vec::new();
        for (digest, node) in policies.entries() {
            let Some(value) = hex_of(digest, 32) else {
                self.value(
                    node,
                    &format!(
                        "`{}` is no SHA-256 digest in hexadecimal digits; the policy is left out",
                        excerpt(digest)
                    ),
                );
                continue;
            };
            if !self.is_known(node) {
                continue;
            }
            let entry = || Entry { value: json!(value), place: node.place.clone() };
            match node.get("Role").map(|role| role.text()) {
                None | Some(Some("")) => {}
                Some(Some("coordinator")) => coordinators.push(entry()),
                Some(_) => {
                    self.value(node, "this role is none that this import knows; the policy is left out");
                    continue;
                }
            }
            workloads.push(entry());
        }
        if policies
            .entries()
            .iter()
            .any(|(_, node)| node.get("SANs").is_some() || node.get("WorkloadSecretID").is_some())
        {
            self.no_say(policies, "`SANs` and `WorkloadSecretID` say what a valid workload gets, not who is valid");
        }
        let mut roles = Vec::new();
        let described = [
            (
                "workload",
                "workload_policies",
                "Digests of the policies (init-data documents) of all workloads.",
                workloads,
            ),
            (
                "coordinator",
                "coordinator_policies",
                "Digests of the policies (init-data documents) of the Coordinator.",
                coordinators,
            ),
        ];
        for (name, wanted, docs, entries) in described {
            if !entries.is_empty() {
                let reference = self.names.give(wanted);
                self.package.references.push(Reference {
                    name: reference.clone(),
                    ty: "Set<Bytes<32>>".to_owned(),
                    docs: docs.to_owned(),
                    values: Some(entries),
                });
                roles.push(Role { name, policies: reference });
            }
        }
        roles
    }

    /// Whether all that is said of a policy is known. Anything else may be a condition.
    fn is_known(&mut self, policy: &Node) -> bool {
        if !matches!(policy.value, Value::Map(_) | Value::Null) {
            self.value(policy, &format!("{} says nothing of a policy; it is left out", policy.described()));
            return false;
        }
        let strange: Vec<&(String, Node)> =
            policy.entries().iter().filter(|(key, _)| !POLICY.contains(&key.as_str())).collect();
        for (key, node) in &strange {
            self.form(node, &format!("`{}` is nothing of a policy that this import knows, and may be a condition; the policy is left out", excerpt(key)));
        }
        strange.is_empty()
    }

    fn reference_values(&mut self, tee: Tee, values: &Node, roles: &[Role]) {
        let platform = values.get("Platform").and_then(Node::text).unwrap_or_default();
        let product = values.get("ProductName").and_then(Node::text).unwrap_or_default();
        let parts: Vec<&str> =
            [tee.evidence(), product, platform].into_iter().filter(|part| !part.is_empty()).collect();
        if platform.to_ascii_lowercase().contains("insecure") {
            self.form(values, "an insecure platform has no evidence of hardware: the permit is left out");
            return;
        }
        let name = self.names.give(&parts.join("_"));
        let lines = match tee {
            Tee::Snp => self.snp(&name, values),
            Tee::Tdx => self.tdx(&name, values),
            // Contrast has no reference values for enclaves.
            Tee::Sgx => vec![unknown(&values.place)],
        };
        if !self.tees.contains(&tee) {
            self.tees.push(tee);
        }
        for role in roles {
            let rule = self.names.give(&format!("{}_on_{name}", role.name));
            let policy = match tee {
                Tee::Snp | Tee::Sgx => format!("principal.host_data in {}", role.policies),
                // 32 bytes of digest, with zeros after them.
                Tee::Tdx => format!(
                    "principal.mr_config_id[0..32] in {} and principal.mr_config_id[32..48] == hex\"{}\"",
                    role.policies,
                    "00".repeat(16)
                ),
            };
            let policy = Line {
                condition: Condition::atom(policy),
                sentence: "not a policy of this deployment".to_owned(),
                place: values.place.clone(),
            };
            self.package.rules.push(Rule {
                purpose: Use::Permit,
                name: rule,
                request: "Join",
                docs: String::new(),
                place: values.place.clone(),
                head: vec![format!("principal is {}", tee.evidence()), format!("role == {}", role.name)],
                lines: lines.iter().cloned().chain([policy]).collect(),
                reason: String::new(),
            });
        }
    }

    /// A value of a claim, as a reference value.
    fn digest(&mut self, name: &str, what: &str, field: &str, ty: &str, length: usize, node: &Node) -> Line {
        let Some(value) = node.text().and_then(|text| hex_of(text, length)) else {
            return self.value(
                node,
                &format!(
                    "{} is no text of {} hexadecimal digits; the permit is left out",
                    node.described(),
                    2 * length
                ),
            );
        };
        let reference = self.names.give(&format!("{name}_{what}"));
        self.package.references.push(Reference {
            name: reference.clone(),
            ty: ty.to_owned(),
            docs: format!("What `{field}` must be."),
            values: Some(vec![Entry { value: json!(value), place: node.place.clone() }]),
        });
        line(
            &format!("principal.{field} == {reference}"),
            &format!("another `{field}` than this deployment's"),
            &node.place,
        )
    }

    /// A claim is one of a list; an empty list asks nothing.
    #[expect(clippy::too_many_arguments, reason = "two callers, each with one table's row")]
    fn listed(
        &mut self,
        name: &str,
        node: &Node,
        what: &str,
        ty: &str,
        length: usize,
        claim: &str,
        first: &[&str],
        sentence: &str,
    ) -> Vec<Line> {
        let elements = match &node.value {
            Value::Null => return Vec::new(),
            Value::List(elements) if elements.is_empty() => return Vec::new(),
            Value::List(elements) => elements,
            Value::Bool(_) | Value::Int(_) | Value::Text(_) | Value::Map(_) => {
                return vec![self.value(node, "a list is expected; the permit is left out")];
            }
        };
        let mut entries = Vec::new();
        for element in elements {
            match element.text().and_then(|text| hex_of(text, length)) {
                Some(value) => entries.push(Entry { value: json!(value), place: element.place.clone() }),
                None => {
                    self.value(
                        element,
                        &format!(
                            "{} is no text of {} hexadecimal digits; it is left out",
                            element.described(),
                            2 * length
                        ),
                    );
                }
            }
        }
        let reference = self.names.give(&format!("{name}_{what}"));
        self.package.references.push(Reference {
            name: reference.clone(),
            ty: format!("Set<{ty}>"),
            docs: format!("Where workloads may run: `{what}` of this deployment."),
            values: Some(entries),
        });
        let conditions: Vec<String> =
            first.iter().map(|first| (*first).to_owned()).chain([format!("{claim} in {reference}")]).collect();
        vec![line(&conditions.join(" and "), sentence, &node.place)]
    }

    fn strange(&mut self, key: &str, node: &Node) -> Line {
        self.form(node, &format!("`{}` is no reference value that this import knows, and may be one that refuses; the permit is left out", excerpt(key)));
        unknown(&node.place)
    }

    fn value(&mut self, node: &Node, message: &str) -> Line {
        self.findings.add(Code::Value, Some(&node.place), message, "mend the manifest, or write the rule by hand");
        unknown(&node.place)
    }

    fn form(&mut self, node: &Node, message: &str) {
        self.findings.add(Code::Form, Some(&node.place), message, "write the rule by hand");
    }

    fn no_say(&mut self, node: &Node, message: &str) {
        self.findings.add(
            Code::NoSay,
            Some(&node.place),
            message,
            "nothing is to do: the import is about which workloads are valid",
        );
    }

    fn finish(mut self) -> Package {
        if self.tees.is_empty() {
            self.tees.push(Tee::Snp);
        }
        for tee in &self.tees {
            self.package.uses(tee.package(), tee.evidence());
        }
        if let [_] = self.tees[..] {
            for rule in &mut self.package.rules {
                rule.head.retain(|head| !head.starts_with("principal is "));
            }
        }
        self.package.ages.push("age(principal)".to_owned());
        self.package.declarations.push("/// What a workload may be.\nenum Role { workload, coordinator }".to_owned());
        self.package.declarations.push(format!(
            "/// A workload wants to join.\nrequest Join {{\nsession principal: attested {},\n\
             /// What whoever asks wants it to be.\ncall role: local Role,\n}}",
            union(&self.tees)
        ));
        self.package
    }
}

fn line(condition: &str, sentence: &str, place: &Place) -> Line {
    Line { condition: Condition::atom(condition), sentence: sentence.to_owned(), place: place.clone() }
}

fn unknown(place: &Place) -> Line {
    Line { condition: Condition::Unknown, sentence: String::new(), place: place.clone() }
}

/// The bytes of hexadecimal digits, in lower case: the source compares bytes.
fn hex_of(text: &str, length: usize) -> Option<String> {
    hex::decode(text).ok().filter(|bytes| bytes.len() == length).map(hex::encode)
}
