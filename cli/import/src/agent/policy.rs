//! A policy: its name, its actions, and the conditions that its evidence must fulfil.

use super::access::Access;
use super::evidence::{MEASUREMENTS, not_debugged};
use super::{PROSE, Reader, unknown};
use crate::claims::Tee;
use crate::condition::{Condition, Use};
use crate::finding::{Code, Place};
use crate::package::{Line, Rule, excerpt};
use crate::yaml::{Node, Value};
use atbac_grammar::print_text;

/// Keys under which a policy groups its conditions.
const GROUPS: [&str; 4] = ["attestation", "attestation_requirements", "requirements", "conditions"];
/// A policy with what its evidence must fulfil.
pub(super) struct Policy {
    name: String,
    tee: Option<Tee>,
    lines: Vec<Line>,
}

impl Reader<'_> {
    /// Reads a policy and makes its permits. `beside`: conditions that stand beside it.
    pub(super) fn policy(&mut self, node: &Node, beside: &[Line]) -> Policy {
        let keys = flattened(node);
        let place = node.place.clone();
        let wanted = keys.iter().find(|(key, _)| key == "name").and_then(|(_, name)| name.text()).unwrap_or("policy");
        let name = self.names.give(wanted);
        let tee = keys.iter().find(|(key, _)| key == "tee_type").and_then(|(_, node)| self.tee(node));
        let mut policy = Policy { name: name.clone(), tee, lines: beside.to_vec() };
        policy.lines.extend(self.repeated(&keys));
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
                        self.form(node, format!("`{}` is no condition that this import knows, and may be one that refuses: `{name}` is left out", excerpt(key)));
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
        policy
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

    pub(super) fn permit_access(&mut self, policy: &Policy, access: &Access) {
        let name = self.names.give(&format!("{}_{}_{}", policy.name, access.permission, access.resource));
        let mut rule = self.rule(policy, name, "Access", access.place.clone());
        rule.head.push(format!("resource == {}", print_text(&access.resource)));
        rule.head.push(format!("permission == {}", print_text(&access.permission)));
        rule.lines.extend(access.lines.iter().cloned());
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
    pub(super) fn actions(&mut self, node: &Node) -> Option<Vec<String>> {
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
