//! Agent policies in YAML: which actions an agent may take, in what environment, on which TEE, with which code.
//!
//! The format was described in a practitioner's post and has no specification; this is what its words must mean. A policy has a `name`, its
//! `allowed_actions`, and conditions on the agent's evidence; `access_control`, inside a policy or beside them, lists resources with a permission. What
//! stands beside the policies is permitted only to who fulfils one of those in the same document.
//!
//! A word that is not known may be a condition that refuses. So whatever it stands in permits nothing: the access rule, the policy, or all policies of a document.
//!
//! [`policy`] reads a policy, [`evidence`] what it asks of evidence, [`access`] what stands under `access_control`.

mod access;
mod evidence;
mod policy;

use crate::claims::{Tee, union};
use crate::condition::{Condition, MAX_PARTS};
use crate::finding::{Code, Findings};
use crate::package::{Line, Names, Package, excerpt};
use crate::yaml::{self, Node, Value};
use crate::{Refusal, Source};
use access::Access;
use policy::Policy;
use std::collections::BTreeSet;

/// Keys of a document under which its policies stand.
const POLICIES: [&str; 4] = ["policies", "agent_policies", "policy", "agent_policy"];
/// Keys that say something to people.
const PROSE: [&str; 4] = ["description", "version", "owner", "comment"];
pub(crate) fn read(sources: &[Source], findings: &mut Findings) -> Result<Package, Refusal> {
    let names: Vec<String> = sources.iter().map(|source| format!("`{}`", source.name)).collect();
    if names.is_empty() {
        return Err(Refusal::Files { found: 0, expected: "one file or more" });
    }
    let package = Package::new(format!("Agent policies, imported from {}.", names.join(", ")), "attested");
    let mut reader = Reader { package, findings, names: Names::default(), tees: BTreeSet::new(), shared: 0 };
    for reserved in
        ["Call", "Access", "principal", "environment", "certificate_extensions", "action", "resource", "permission"]
    {
        reader.names.reserve(reserved);
    }
    for source in sources {
        for document in yaml::documents(source)? {
            reader.document(&document, &source.name)?;
        }
    }
    Ok(reader.finish())
}

struct Reader<'a> {
    package: Package,
    findings: &'a mut Findings,
    names: Names,
    tees: BTreeSet<Tee>,
    /// How many permits were made of what stands beside policies: one for each policy of its document.
    shared: usize,
}

impl Reader<'_> {
    fn document(&mut self, document: &Node, file: &str) -> Result<(), Refusal> {
        match &document.value {
            Value::List(policies) => self.group(&policies.iter().collect::<Vec<_>>(), &[], &[], file),
            Value::Map(_) if document.get("allowed_actions").is_some() || document.get("tee_type").is_some() => {
                self.group(&[document], &[], &[], file)
            }
            Value::Map(entries) => {
                let (mut policies, mut shared, mut beside) = (Vec::new(), Vec::new(), Vec::new());
                for (key, node) in entries {
                    match (key.as_str(), node.list()) {
                        (key, Some(list)) if POLICIES.contains(&key) => policies.extend(list),
                        (key, None) if POLICIES.contains(&key) => policies.push(node),
                        ("access_control", _) => shared.extend(self.accesses(node)),
                        (key, _) if PROSE.contains(&key) => self.no_say(key, node),
                        (key, _) => {
                            self.form(node, format!("`{}` is no part of an agent policy that this import knows, and may be one that refuses: the policies beside it are left out", excerpt(key)));
                            beside.push(unknown(node));
                        }
                    }
                }
                self.group(&policies, &shared, &beside, file)
            }
            Value::Null => Ok(()),
            Value::Bool(_) | Value::Int(_) | Value::Text(_) => Err(Refusal::Other {
                file: file.to_owned(),
                expected: "agent policy",
                found: format!("it is {}, and a map with `allowed_actions` is expected", document.described()),
            }),
        }
    }

    /// The policies of a document, with the access rules and the conditions that stand beside them.
    fn group(&mut self, policies: &[&Node], shared: &[Access], beside: &[Line], file: &str) -> Result<(), Refusal> {
        let policies: Vec<Policy> = policies.iter().map(|policy| self.policy(policy, beside)).collect();
        let Some(first) = shared.first() else { return Ok(()) };
        self.shared = self.shared.saturating_add(shared.len().saturating_mul(policies.len()));
        if self.shared > MAX_PARTS {
            return Err(Refusal::TooManyConditions { file: file.to_owned(), most: MAX_PARTS });
        }
        if policies.is_empty() {
            self.findings.add(
                Code::Form,
                Some(&first.place),
                "no policy stands beside `access_control`, so whose evidence its rules need is not known: they are left out",
                "put `access_control` into the policy that it belongs to",
            );
        } else {
            self.findings.add(
                Code::Narrower,
                Some(&first.place),
                "the rules of `access_control` do not say whose evidence they need; the import asks for what a policy of the document asks for",
                "put `access_control` into the policy that it belongs to",
            );
        }
        for access in shared {
            for policy in &policies {
                self.permit_access(policy, access);
            }
        }
        Ok(())
    }

    fn value(&mut self, node: &Node, expected: &str, outcome: &str) {
        let message = format!("{} stands here; expected {expected}; {outcome}", node.described());
        self.findings.add(Code::Value, Some(&node.place), message, "mend it in the source, or write the rule by hand");
    }

    fn form(&mut self, node: &Node, message: String) {
        self.findings.add(
            Code::Form,
            Some(&node.place),
            message,
            "say it in the words of the format, or write the rule by hand",
        );
    }

    fn no_say(&mut self, key: &str, node: &Node) {
        let message = format!("`{}` has no say in who is permitted", excerpt(key));
        self.findings.add(Code::NoSay, Some(&node.place), message, "keep it as a comment where people need it");
    }

    /// Reports words of a map that stand twice: as they are, by another name, or in a group. Which one counts is not known.
    fn repeated(&mut self, keys: &[(String, Node)]) -> Vec<Line> {
        let mut seen = BTreeSet::new();
        let mut lines = Vec::new();
        for (key, node) in keys {
            if !PROSE.contains(&key.as_str()) && !seen.insert(canonical(key)) {
                self.form(
                    node,
                    format!(
                        "`{}` is said twice, and which one counts is not known: what it stands in is left out",
                        excerpt(key)
                    ),
                );
                lines.push(unknown(node));
            }
        }
        lines
    }

    fn finish(mut self) -> Package {
        let tees: Vec<Tee> = if self.tees.is_empty() { vec![Tee::Snp] } else { self.tees.iter().copied().collect() };
        for tee in &tees {
            self.package.uses(tee.package(), tee.evidence());
        }
        let accesses = self.package.rules.iter().any(|rule| rule.request == "Access");
        let union = union(&tees);
        let mut declare = |text: String| self.package.declarations.push(text);
        declare(format!(
            "/// What an agent asks to do.\nrequest Call {{\nsession principal: attested {union},\n\
             /// Where the agent runs, as the service knows from how its evidence came.\nsession environment: local String,\n\
             call action: asserted String,\n}}"
        ));
        if accesses {
            declare(format!(
                "/// What an agent asks to do with a resource.\nrequest Access {{\nsession principal: attested {union},\n\
                 /// Where the agent runs, as the service knows from how its evidence came.\nsession environment: local String,\n\
                 /// Extensions of the agent's certificate, which the service has verified.\nsession certificate_extensions: local Set<Oid>,\n\
                 call resource: local String,\ncall permission: asserted String,\n}}"
            ));
        }
        self.package.ages.push("age(principal)".to_owned());
        // A head that is only `principal is …` says nothing where there is one kind.
        if let [_] = tees[..] {
            for rule in &mut self.package.rules {
                rule.head.retain(|head| !head.starts_with("principal is "));
            }
        }
        self.package
    }
}

/// The word that another one stands for.
fn canonical(key: &str) -> &str {
    match key {
        "actions" => "allowed_actions",
        "permissions" => "permission",
        "expected_mr_enclave" => "expected_mrenclave",
        "expected_mr_td" => "expected_mrtd",
        key => key,
    }
}

fn unknown(node: &Node) -> Line {
    Line { condition: Condition::Unknown, sentence: String::new(), place: node.place.clone() }
}
