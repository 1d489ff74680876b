//! Agent policies in YAML: which actions an agent may take, in what environment, on which TEE, with which code.
//!
//! The format was described in a practitioner's post and has no specification; this is what its words must mean. A policy has a `name`, its
//! `allowed_actions`, and conditions on the agent's evidence; `access_control`, inside a policy or beside them, lists resources with a permission. What
//! stands beside the policies is permitted only to who fulfils one of them.

use crate::claims::{Tee, union};
use crate::condition::{Condition, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Entry, Line, Names, Package, Reference, Rule, excerpt};
use crate::yaml::{self, Node, Value};
use crate::{Refusal, Source};
use atbac_grammar::print_text;
use serde_json::json;
use std::collections::BTreeSet;

/// Keys under which a policy groups its conditions.
const GROUPS: [&str; 4] = ["attestation", "attestation_requirements", "requirements", "conditions"];
/// Keys that say something to people.
const PROSE: [&str; 4] = ["description", "version", "owner", "comment"];
/// Keys for the measurement of the code, with the product whose word it is; none where it is everybody's.
const MEASUREMENTS: [(&str, Option<Tee>); 6] = [
    ("expected_mrenclave", Some(Tee::Sgx)),
    ("expected_mr_enclave", Some(Tee::Sgx)),
    ("expected_mrtd", Some(Tee::Tdx)),
    ("expected_mr_td", Some(Tee::Tdx)),
    ("expected_measurement", None),
    ("expected_launch_measurement", Some(Tee::Snp)),
];

pub(crate) fn read(sources: &[Source], findings: &mut Findings) -> Result<Package, Refusal> {
    let names: Vec<String> = sources.iter().map(|source| format!("`{}`", source.name)).collect();
    if names.is_empty() {
        return Err(Refusal::Files { found: 0, expected: "one file or more" });
    }
    let package = Package::new(format!("Agent policies, imported from {}.", names.join(", ")), "attested");
    let mut reader = Reader {
        package,
        findings,
        names: Names::default(),
        tees: BTreeSet::new(),
        policies: Vec::new(),
        shared: Vec::new(),
    };
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

/// A policy with what its evidence must fulfil.
struct Policy {
    name: String,
    tee: Option<Tee>,
    lines: Vec<Line>,
}

/// A permission on a resource.
struct Access {
    resource: String,
    permission: String,
    line: Option<Line>,
    place: Place,
}

struct Reader<'a> {
    package: Package,
    findings: &'a mut Findings,
    names: Names,
    tees: BTreeSet<Tee>,
    policies: Vec<Policy>,
    /// Permissions that stand beside the policies.
    shared: Vec<Access>,
}

impl Reader<'_> {
    fn document(&mut self, document: &Node, file: &str) -> Result<(), Refusal> {
        match &document.value {
            Value::List(policies) => policies.iter().for_each(|policy| self.policy(policy)),
            Value::Map(entries)
                if document.get("allowed_actions").is_some() || entries.iter().any(|(key, _)| key == "tee_type") =>
            {
                self.policy(document);
            }
            Value::Map(entries) => {
                for (key, node) in entries {
                    match (key.as_str(), node.list()) {
                        ("policies" | "agent_policies" | "policy" | "agent_policy", Some(policies)) => {
                            policies.iter().for_each(|policy| self.policy(policy));
                        }
                        ("policies" | "agent_policies" | "policy" | "agent_policy", None) => self.policy(node),
                        ("access_control", _) => {
                            let accesses = self.accesses(node);
                            self.shared.extend(accesses);
                        }
                        (key, _) if PROSE.contains(&key) => self.no_say(key, node),
                        _ => {
                            self.form(
                                node,
                                format!(
                                    "`{key}` is no part of an agent policy that this import knows; it was left out"
                                ),
                            );
                        }
                    }
                }
            }
            Value::Null => {}
            Value::Bool(_) | Value::Int(_) | Value::Text(_) => {
                return Err(Refusal::Other {
                    file: file.to_owned(),
                    expected: "agent policy",
                    found: format!("it is {}, and a map with `allowed_actions` is expected", document.described()),
                });
            }
        }
        Ok(())
    }

    fn policy(&mut self, node: &Node) {
        let keys = flattened(node);
        let place = node.place.clone();
        let wanted = keys.iter().find(|(key, _)| key == "name").and_then(|(_, name)| name.text()).unwrap_or("policy");
        let name = self.names.give(wanted);
        let tee = keys.iter().find(|(key, _)| key == "tee_type").and_then(|(_, node)| self.tee(node));
        let mut policy = Policy { name: name.clone(), tee, lines: Vec::new() };
        let mut accesses = Vec::new();
        let mut actions = None;
        let mut debugging = false;
        for (key, node) in &keys {
            match key.as_str() {
                "name" | "tee_type" => {}
                "allowed_actions" | "actions" => actions = self.actions(node),
                "runtime_environment" => policy.lines.push(self.environment(node)),
                "minimum_security_version" => policy.lines.push(self.security_version(node, tee)),
                "require_runtime_debug_disabled" => {
                    debugging = true;
                    policy.lines.extend(self.debugging(node, tee));
                }
                "access_control" => accesses = self.accesses(node),
                key if PROSE.contains(&key) => self.no_say(key, node),
                key => match MEASUREMENTS.iter().find(|(known, _)| *known == key) {
                    Some((_, whose)) => {
                        let line = self.measurement(key, node, *whose, tee, &name);
                        policy.lines.push(line);
                    }
                    None => {
                        self.form(node, format!("`{key}` is no condition that this import knows, and may be one that refuses: `{name}` is left out"));
                        policy.lines.push(unknown(node));
                    }
                },
            }
        }
        if tee.is_none() {
            if !keys.iter().any(|(key, _)| key == "tee_type") {
                self.form(node, format!("`{name}` does not say on which TEE its evidence comes from: it is left out"));
            }
            policy.lines.push(unknown(node));
        }
        if !debugging && let Some(tee) = tee {
            self.findings.add(
                Code::Narrower,
                Some(&place),
                format!("`{name}` says nothing of debugging; the import refuses debugged workloads, whose memory the host reads"),
                "delete the line from the policy where debugging is meant to be allowed",
            );
            policy.lines.push(not_debugged(tee, place.clone()));
        }
        self.permit_actions(&policy, actions, &place);
        for access in &accesses {
            self.permit_access(&policy, access);
        }
        self.policies.push(policy);
    }

    fn permit_actions(&mut self, policy: &Policy, actions: Option<Vec<String>>, place: &Place) {
        let Some(actions) = actions else { return };
        let listed: Vec<String> = actions.iter().map(|action| print_text(action)).collect();
        let rule = self.rule(policy, policy.name.clone(), "Call", place.clone());
        let head = match &listed[..] {
            [one] => format!("action == {one}"),
            _ => format!("action in {{ {} }}", listed.join(", ")),
        };
        self.package.rules.push(Rule { head: rule.head.iter().cloned().chain([head]).collect(), ..rule });
    }

    fn permit_access(&mut self, policy: &Policy, access: &Access) {
        let name = self.names.give(&format!("{}_{}_{}", policy.name, access.permission, access.resource));
        let mut rule = self.rule(policy, name, "Access", access.place.clone());
        rule.head.push(format!("resource == {}", print_text(&access.resource)));
        rule.head.push(format!("permission == {}", print_text(&access.permission)));
        rule.lines.extend(access.line.clone());
        self.package.rules.push(rule);
    }

    /// A permit that asks for what the policy asks of evidence.
    fn rule(&self, policy: &Policy, name: String, request: &'static str, place: Place) -> Rule {
        let head = match policy.tee {
            Some(tee) => vec![format!("principal is {}", tee.evidence())],
            None => Vec::new(),
        };
        let lines = policy.lines.clone();
        Rule { purpose: Use::Permit, name, request, docs: String::new(), place, head, lines, reason: String::new() }
    }

    fn tee(&mut self, node: &Node) -> Option<Tee> {
        let tee = node.text().and_then(Tee::named);
        match tee {
            Some(tee) => {
                self.tees.insert(tee);
            }
            None => self.findings.add(
                Code::Value,
                Some(&node.place),
                format!("{} is no TEE that this engine verifies; the policy is left out", node.described()),
                "write `sev-snp`, `tdx` or `sgx`",
            ),
        }
        tee
    }

    /// A list, or texts with commas between them.
    fn actions(&mut self, node: &Node) -> Option<Vec<String>> {
        let actions: Option<Vec<String>> = match &node.value {
            Value::Text(text) => Some(text.split(',').map(|action| action.trim().to_owned()).collect()),
            Value::List(elements) => elements.iter().map(|element| element.text().map(str::to_owned)).collect(),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Map(_) => None,
        };
        let actions = actions.filter(|actions| !actions.is_empty() && actions.iter().all(|action| !action.is_empty()));
        if actions.is_none() {
            self.value(node, "a list of names of actions", "no action is permitted by it");
        }
        actions
    }

    fn environment(&mut self, node: &Node) -> Line {
        let Some(text) = node.text() else {
            self.value(node, "the name of an environment", "the policy is left out");
            return unknown(node);
        };
        self.findings.add(
            Code::Local,
            Some(&node.place),
            format!("which environment evidence comes from (`{}`) stands in no report of hardware: `environment` is a fact of the service that embeds the engine", excerpt(text)),
            "let the service set it from how the evidence reached it, such as a virtual TPM of that cloud, never from what the caller says",
        );
        Line {
            condition: Condition::atom(format!("environment == {}", print_text(text))),
            sentence: format!("not in `{}`", excerpt(text)),
            place: node.place.clone(),
        }
    }

    fn measurement(&mut self, key: &str, node: &Node, whose: Option<Tee>, tee: Option<Tee>, policy: &str) -> Line {
        let Some(tee) = tee else { return unknown(node) };
        let (claim, word, length) = tee.measurement();
        if let Some(other) = whose.filter(|other| *other != tee) {
            self.findings.add(
                Code::Alias,
                Some(&node.place),
                format!("`{key}` is a word of {}; of {} evidence it can only mean `{claim}` ({word}), and so it was understood", other.product(), tee.product()),
                "write `expected_measurement`, which every product has",
            );
        }
        let nodes = node.list().unwrap_or(std::slice::from_ref(node));
        let mut entries = Vec::new();
        for node in nodes {
            match digest(node, length) {
                Ok(value) => entries.push(Entry { value: json!(value), place: node.place.clone() }),
                Err(found) => {
                    self.findings.add(
                        Code::Value,
                        Some(&node.place),
                        format!(
                            "{found}; {word} of {} is {length} bytes: {} hexadecimal digits; the policy is left out",
                            tee.product(),
                            2 * length
                        ),
                        "write the whole measurement of the released build",
                    );
                    return unknown(node);
                }
            }
        }
        if entries.is_empty() {
            self.value(node, "a measurement", "the policy is left out");
            return unknown(node);
        }
        let name = self.names.give(&format!("{policy}_builds"));
        self.package.references.push(Reference {
            name: name.clone(),
            ty: format!("Set<Digest<{length}>>"),
            docs: format!("Builds for `{policy}`, by their {word}."),
            values: Some(entries),
        });
        Line {
            condition: Condition::atom(format!("principal.{claim} in {name}")),
            sentence: "not a released build".to_owned(),
            place: node.place.clone(),
        }
    }

    fn security_version(&mut self, node: &Node, tee: Option<Tee>) -> Line {
        let (Some(tee), Value::Int(least)) = (tee, &node.value) else {
            if tee.is_some() {
                self.value(node, "a number", "the policy is left out");
            }
            return unknown(node);
        };
        let Some(claim) = tee.security_version() else {
            self.findings.add(
                Code::NoCounterpart,
                Some(&node.place),
                "a trust domain has no security version of its own: `TEE_TCB_SVN` is a vector of the platform's; the policy is left out",
                "withdraw builds by taking their measurements out, and ask for the platform's patches with `tcb_status` or `tcb_date`",
            );
            return unknown(node);
        };
        if tee == Tee::Snp {
            self.findings.add(
                Code::Careless,
                Some(&node.place),
                "`guest_svn` stands in the ID block, which the host hands in: alone it withdraws nothing",
                "ask for a known `id_key_digest` as well, as `snp.signed` does, or withdraw builds by their measurements",
            );
        }
        Line {
            condition: Condition::atom(format!("principal.{claim} >= {least}")),
            sentence: "this build's security version is withdrawn".to_owned(),
            place: node.place.clone(),
        }
    }

    fn debugging(&mut self, node: &Node, tee: Option<Tee>) -> Option<Line> {
        match (&node.value, tee) {
            (Value::Bool(true), Some(tee)) => Some(not_debugged(tee, node.place.clone())),
            (Value::Bool(false), Some(_)) => {
                self.findings.add(
                    Code::Careless,
                    Some(&node.place),
                    "the policy permits debugged workloads: the host reads and writes their memory under an unchanged measurement",
                    "set it to `true` but for development",
                );
                None
            }
            (_, None) => None,
            (_, Some(_)) => {
                self.value(node, "`true` or `false`", "the policy is left out");
                Some(unknown(node))
            }
        }
    }

    fn accesses(&mut self, node: &Node) -> Vec<Access> {
        let nodes = node.list().unwrap_or(std::slice::from_ref(node));
        nodes.iter().flat_map(|node| self.access(node)).collect()
    }

    fn access(&mut self, node: &Node) -> Vec<Access> {
        let Some(resource) = node.get("resource").and_then(Node::text) else {
            self.value(node, "a map with `resource` and `permission`", "nothing is permitted by it");
            return Vec::new();
        };
        let permissions = match node.get("permission").or_else(|| node.get("permissions")) {
            Some(permissions) => self.actions(permissions).unwrap_or_default(),
            None => {
                self.value(node, "a map with `resource` and `permission`", "nothing is permitted by it");
                Vec::new()
            }
        };
        let mut line = None;
        for (key, node) in node.entries() {
            match key.as_str() {
                "resource" | "permission" | "permissions" => {}
                "principal_attestation_claim" => line = Some(self.oid(node)),
                key if PROSE.contains(&key) => self.no_say(key, node),
                key => {
                    self.form(node, format!("`{key}` is no part of an access rule that this import knows, and may be one that refuses: the rule is left out"));
                    line = Some(unknown(node));
                }
            }
        }
        let access = |permission| Access {
            resource: resource.to_owned(),
            permission,
            line: line.clone(),
            place: node.place.clone(),
        };
        permissions.into_iter().map(access).collect()
    }

    /// `oid:1.2.3.4.5`: an extension of the principal's certificate.
    fn oid(&mut self, node: &Node) -> Line {
        let oid = node.text().and_then(|text| text.strip_prefix("oid:")).map(str::trim);
        let Some(oid) = oid.filter(|oid| is_oid(oid)) else {
            self.value(node, "`oid:` and an object identifier, such as `oid:1.2.3.4.5`", "the rule is left out");
            return unknown(node);
        };
        self.findings.add(
            Code::Local,
            Some(&node.place),
            format!("no verifier of this engine reads extensions of the principal's certificate (`{oid}`): `certificate_extensions` is a fact of the service that embeds the engine"),
            "let the service set it to the identifiers of the extensions in the certificate that it has verified",
        );
        Line {
            condition: Condition::atom(format!("oid\"{oid}\" in certificate_extensions")),
            sentence: format!("the certificate does not have the extension {oid}"),
            place: node.place.clone(),
        }
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
        let message = format!("`{key}` has no say in who is permitted");
        self.findings.add(Code::NoSay, Some(&node.place), message, "keep it as a comment where people need it");
    }

    fn finish(mut self) -> Package {
        let policies = std::mem::take(&mut self.policies);
        let shared = std::mem::take(&mut self.shared);
        if !shared.is_empty()
            && let Some(first) = shared.first()
        {
            self.findings.add(
                Code::Narrower,
                Some(&first.place),
                "the rules of `access_control` do not say whose evidence they need; the import asks for what a policy of the file asks for",
                "put `access_control` into the policy that it belongs to",
            );
        }
        for access in &shared {
            for policy in &policies {
                self.permit_access(policy, access);
            }
        }
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

/// The keys of a policy, with those of the groups in it.
fn flattened(node: &Node) -> Vec<(String, Node)> {
    let mut keys = Vec::new();
    for (key, node) in node.entries() {
        if GROUPS.contains(&key.as_str()) && matches!(node.value, Value::Map(_)) {
            keys.extend(node.entries().iter().cloned());
        } else {
            keys.push((key.clone(), node.clone()));
        }
    }
    keys
}

fn not_debugged(tee: Tee, place: Place) -> Line {
    let condition = Condition::atom(format!("principal.{}", tee.debug())).not();
    Line { condition, sentence: "the workload can be debugged".to_owned(), place }
}

fn unknown(node: &Node) -> Line {
    Line { condition: Condition::Unknown, sentence: String::new(), place: node.place.clone() }
}

/// A digest in hexadecimal digits, in lower case; or what was found.
fn digest(node: &Node, length: usize) -> Result<String, String> {
    let Some(text) = node.text() else { return Err(format!("{} is no measurement", node.described())) };
    let digits = text.trim().strip_prefix("0x").unwrap_or(text.trim());
    if digits.contains("..") || digits.contains('…') {
        return Err(format!("`{}` is cut short", excerpt(text)));
    }
    match hex::decode(digits) {
        Ok(bytes) if bytes.len() == length => Ok(hex::encode(bytes)),
        Ok(bytes) => Err(format!("this has {} bytes", bytes.len())),
        Err(_) => Err(format!("`{}` is not hexadecimal", excerpt(text))),
    }
}

fn is_oid(text: &str) -> bool {
    let mut arcs = 0;
    let fine = text.split('.').all(|arc| {
        arcs += 1;
        !arc.is_empty()
            && arc.len() <= 18
            && arc.bytes().all(|byte| byte.is_ascii_digit())
            && (arc == "0" || !arc.starts_with('0'))
    });
    fine && (2..=32).contains(&arcs)
}
