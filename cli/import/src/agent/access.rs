//! `access_control`: resources, each with a permission and whose certificate may use it.

use super::{PROSE, Reader, unknown};
use crate::condition::Condition;
use crate::finding::{Code, Place};
use crate::package::{Line, excerpt};
use crate::yaml::Node;

/// A permission on a resource.
pub(super) struct Access {
    pub(super) resource: String,
    pub(super) permission: String,
    /// What it asks beside what the policy asks.
    pub(super) lines: Vec<Line>,
    pub(super) place: Place,
}

impl Reader<'_> {
    pub(super) fn accesses(&mut self, node: &Node) -> Vec<Access> {
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
        let mut lines = self.repeated(node.entries());
        for (key, node) in node.entries() {
            match key.as_str() {
                "resource" | "permission" | "permissions" => {}
                "principal_attestation_claim" => lines.push(self.oid(node)),
                key if PROSE.contains(&key) => self.no_say(key, node),
                key => {
                    self.form(node, format!("`{}` is no part of an access rule that this import knows, and may be one that refuses: the rule is left out", excerpt(key)));
                    lines.push(unknown(node));
                }
            }
        }
        let access = |permission| Access {
            resource: resource.to_owned(),
            permission,
            lines: lines.clone(),
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
