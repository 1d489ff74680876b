//! What a policy asks of evidence: the build, its security version, and that nobody debugs it.

use super::{Reader, unknown};
use crate::claims::Tee;
use crate::condition::Condition;
use crate::finding::{Code, Place};
use crate::package::{Entry, Line, Reference, excerpt};
use crate::yaml::{Node, Value};
use serde_json::json;

/// Keys for the measurement of the code, with the product whose word it is; none where it is everybody's.
pub(super) const MEASUREMENTS: [(&str, Option<Tee>); 6] = [
    ("expected_mrenclave", Some(Tee::Sgx)),
    ("expected_mr_enclave", Some(Tee::Sgx)),
    ("expected_mrtd", Some(Tee::Tdx)),
    ("expected_mr_td", Some(Tee::Tdx)),
    ("expected_measurement", None),
    ("expected_launch_measurement", Some(Tee::Snp)),
];

impl Reader<'_> {
    pub(super) fn measurement(
        &mut self,
        key: &str,
        node: &Node,
        whose: Option<Tee>,
        tee: Option<Tee>,
        policy: &str,
    ) -> Line {
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

    pub(super) fn security_version(&mut self, node: &Node, tee: Option<Tee>) -> Line {
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

    pub(super) fn debugging(&mut self, node: &Node, tee: Option<Tee>) -> Option<Line> {
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
}

pub(super) fn not_debugged(tee: Tee, place: Place) -> Line {
    let condition = Condition::atom(format!("principal.{}", tee.debug())).not();
    Line { condition, sentence: "the workload can be debugged".to_owned(), place }
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
