//! Reference values of TDX.
//!
//! Source: `internal/manifest` of Contrast, and what its validator of TDX asks beside them.

use super::{PROSE, Reader, line};
use crate::package::Line;
use crate::yaml::{Node, Value};

/// 48 bytes of zeros, as the service domain's hash of a domain without one.
const NO_SERVICE: &str =
    "hex\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\"";

impl Reader<'_> {
    pub(super) fn tdx(&mut self, name: &str, values: &Node) -> Vec<Line> {
        let mut lines = Vec::new();
        for (key, node) in values.entries() {
            match key.as_str() {
                "MrTd" => lines.push(self.digest(name, "mr_td", "mr_td", "Digest<48>", 48, node)),
                "MrSeam" => lines.push(self.digest(name, "mr_seam", "mr_seam", "Digest<48>", 48, node)),
                "Xfam" => lines.push(self.digest(name, "xfam", "xfam", "Bytes<8>", 8, node)),
                "TdAttributes" => {
                    lines.push(self.digest(name, "td_attributes", "td_attributes.raw", "Bytes<8>", 8, node))
                }
                "Rtmrs" | "Rtrms" => {
                    let registers = node.list().unwrap_or_default();
                    if registers.len() != 4 {
                        lines.push(self.value(node, "four registers are expected; the permit is left out"));
                    }
                    for (at, register) in registers.iter().enumerate().take(4) {
                        let field = format!("rtmr{at}");
                        lines.push(self.digest(name, &field, &field, "Digest<48>", 48, register));
                    }
                }
                "MinTCBEvaluationDataNumber" => lines.push(match node.value {
                    Value::Int(least) => line(
                        &format!("principal.tcb_eval_data_number >= {least}"),
                        "Intel's judgement is from too old an evaluation",
                        &node.place,
                    ),
                    _ => self.value(node, "a number is expected; the permit is left out"),
                }),
                "AllowedPIIDs" => lines.extend(self.platforms(name, node)),
                "MemoryIntegrity" => lines.extend(self.demanded(
                    node,
                    "principal.sgx_type == ScalableWithIntegrity",
                    "memory without cryptographic integrity",
                )),
                "SMTDisabled" => lines.extend(self.demanded(
                    node,
                    "principal.smt_enabled is present and not principal.smt_enabled",
                    "two hardware threads may share a core",
                )),
                "StaticPlatform" => lines.extend(self.demanded(
                    node,
                    "principal.dynamic_platform is present and not principal.dynamic_platform",
                    "packages can be added to the platform",
                )),
                key if PROSE.contains(&key) => {}
                key => lines.push(self.strange(key, node)),
            }
        }
        for key in ["MrTd", "MrSeam", "Xfam"] {
            if values.get(key).is_none() {
                lines.push(self.value(
                    values,
                    &format!("`{key}` is missing, without which Contrast refuses the manifest; the permit is left out"),
                ));
            }
        }
        if values.get("Rtmrs").or(values.get("Rtrms")).is_none() {
            lines.push(self.value(
                values,
                "`Rtmrs` is missing, without which Contrast refuses the manifest; the permit is left out",
            ));
        }
        if values.get("TdAttributes").is_none() {
            // Contrast demands these where the manifest has none: bit 28, `SEPT_VE_DISABLE`, and no other.
            lines.push(line(
                "principal.td_attributes.raw == hex\"0000001000000000\"",
                "other attributes than Contrast's",
                &values.place,
            ));
        }
        lines.push(line("principal.tcb_status == UpToDate", "the platform's patches are out of date", &values.place));
        // Contrast knows no service domains.
        lines.push(line(
            &format!("principal.mr_service_td is present implies principal.mr_service_td == {NO_SERVICE}"),
            "a service domain acts on this one",
            &values.place,
        ));
        lines
    }

    fn platforms(&mut self, name: &str, node: &Node) -> Vec<Line> {
        let claim = "principal.platform_instance_id";
        self.listed(
            name,
            node,
            "platforms",
            "Bytes<16>",
            16,
            claim,
            &[&format!("{claim} is present")],
            "not one of this deployment's platforms",
        )
    }

    fn demanded(&mut self, node: &Node, condition: &str, sentence: &str) -> Option<Line> {
        match node.value {
            Value::Bool(true) => Some(line(condition, sentence, &node.place)),
            Value::Bool(false) | Value::Null => None,
            Value::Int(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                Some(self.value(node, "a truth is expected; the permit is left out"))
            }
        }
    }
}
