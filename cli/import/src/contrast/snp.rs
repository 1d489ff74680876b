//! Reference values of SEV-SNP.
//!
//! Source: `internal/manifest` of Contrast; `google/go-sev-guest`, `validate`, for what a guest policy and platform information demand there.

use super::{PROSE, Reader, line, unknown};
use crate::finding::Code;
use crate::package::{Line, Reference};
use crate::yaml::{Node, Value};

impl Reader<'_> {
    pub(super) fn snp(&mut self, name: &str, values: &Node) -> Vec<Line> {
        // What Contrast demands of every guest, and what go-sev-guest checks in every report.
        let mut lines = vec![
            line("principal.vmpl == 0", "another privilege level than the highest asked for the report", &values.place),
            line(
                "principal.current_tcb >= principal.committed_tcb",
                "the platform's firmware is older than it committed to",
                &values.place,
            ),
            line(
                "principal.current_tcb >= principal.reported_tcb",
                "the platform's firmware is older than it reports",
                &values.place,
            ),
            line(
                "principal.current_version == principal.committed_version",
                "the platform's firmware is not the one that it committed to",
                &values.place,
            ),
        ];
        self.findings.add(
            Code::Narrower,
            Some(&values.place),
            "Contrast compares the numbers of the running firmware's version with the committed one's each by itself; the import asks that both are the same",
            "commit the firmware, or delete the line",
        );
        let keys = self.names.give(&format!("{name}_id_keys"));
        self.package.references.push(Reference {
            name: keys.clone(),
            ty: "Set<Digest<48>>".to_owned(),
            docs: "The key that Contrast derives from the measurement and the guest policy to sign the ID block: its digest is not in the manifest.".to_owned(),
            values: None,
        });
        lines.push(line(
            &format!("principal.id_key_digest in {keys}"),
            "not launched with this deployment's ID block",
            &values.place,
        ));
        for (key, node) in values.entries() {
            match key.as_str() {
                "ProductName" => lines.push(match node.text() {
                    Some(product @ ("Milan" | "Genoa" | "Turin")) => {
                        line(&format!("principal.product == {product}"), "another product line", &node.place)
                    }
                    _ => self.value(
                        node,
                        &format!(
                            "{} is no product line: `Milan`, `Genoa` and `Turin` are; the permit is left out",
                            node.described()
                        ),
                    ),
                }),
                "TrustedMeasurement" => {
                    lines.push(self.digest(name, "measurement", "measurement", "Digest<48>", 48, node))
                }
                "MinimumTCB" => lines.extend(self.minimum(node)),
                "GuestPolicy" => lines.extend(self.flags(node, GUEST_POLICY)),
                "PlatformInfo" => lines.extend(self.flags(node, PLATFORM_INFO)),
                "MinimumMitigationVector" => {
                    if !matches!(node.value, Value::Int(0)) {
                        self.form(node, "bits of the mitigation vector are demanded one by one, which the language does not compare; the permit is left out");
                        lines.push(unknown(&node.place));
                    }
                }
                "AllowedChipIDs" => lines.extend(self.chips(name, node)),
                key if PROSE.contains(&key) => {}
                key => lines.push(self.strange(key, node)),
            }
        }
        for (key, flags) in [("GuestPolicy", GUEST_POLICY), ("PlatformInfo", PLATFORM_INFO)] {
            if values.get(key).is_none() {
                self.findings.add(
                    Code::Narrower,
                    Some(&values.place),
                    format!("there is no `{key}`; as in the types of Contrast, every bit of it counts as not allowed"),
                    "write it out in the manifest",
                );
                lines.extend(self.flags(&Node { place: values.place.clone(), value: Value::Map(Vec::new()) }, flags));
            }
        }
        for key in ["ProductName", "TrustedMeasurement", "MinimumTCB"] {
            if values.get(key).is_none() {
                lines.push(self.value(
                    values,
                    &format!("`{key}` is missing, without which Contrast refuses the manifest; the permit is left out"),
                ));
            }
        }
        lines
    }

    fn minimum(&mut self, node: &Node) -> Vec<Line> {
        let parts = [
            ("BootloaderVersion", "bootloader"),
            ("TEEVersion", "tee"),
            ("SNPVersion", "snp"),
            ("MicrocodeVersion", "microcode"),
        ];
        let mut written = Vec::new();
        for (key, component) in parts {
            match node.get(key).map(|node| &node.value) {
                Some(Value::Int(version @ 0..=255)) => written.push(format!("{component}: {version}")),
                _ => {
                    return vec![
                        self.value(node, &format!("`{key}` must be a number from 0 to 255; the permit is left out")),
                    ];
                }
            }
        }
        if let Some((key, node)) = node.entries().iter().find(|(key, _)| !parts.iter().any(|(known, _)| known == key)) {
            return vec![self.strange(key, node)];
        }
        let minimum = format!("tcb {{ {} }}", written.join(", "));
        vec![
            line(
                &format!("principal.reported_tcb >= {minimum}"),
                "the platform's firmware is out of date",
                &node.place,
            ),
            line(
                &format!("principal.launch_tcb >= {minimum}"),
                "the guest was launched on firmware that is out of date",
                &node.place,
            ),
        ]
    }

    /// Conditions on bits, some of which may be missing: then they are false, as in the source's types.
    fn flags(&mut self, node: &Node, flags: &[Flag]) -> Vec<Line> {
        let mut lines = Vec::new();
        for (key, demanded, condition, sentence) in flags {
            match node.get(key).map_or(Value::Bool(false), |node| node.value.clone()) {
                Value::Bool(value) if value == *demanded => lines.push(line(condition, sentence, &node.place)),
                Value::Bool(_) => {}
                Value::Null | Value::Int(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                    lines.push(self.value(node, &format!("`{key}` must be a truth; the permit is left out")));
                }
            }
        }
        let (major, minor) = (self.number(node, "ABIMajor"), self.number(node, "ABIMinor"));
        match (major, minor) {
            (Some(0), Some(0)) => {}
            (Some(major), Some(minor)) => lines.push(line(
                &format!("(principal.policy.abi_major > {major} or principal.policy.abi_major == {major} and principal.policy.abi_minor >= {minor})"),
                "the guest may run on firmware with an older interface",
                &node.place,
            )),
            _ => lines.push(self.value(node, "`ABIMajor` and `ABIMinor` must be numbers; the permit is left out")),
        }
        for (key, node) in node.entries() {
            if !flags.iter().any(|(known, ..)| known == key) && !NO_DEMAND.contains(&key.as_str()) {
                lines.push(self.strange(key, node));
            }
        }
        lines
    }

    /// A number that is 0 where it is missing.
    fn number(&self, node: &Node, key: &str) -> Option<i64> {
        match node.get(key).map(|node| &node.value) {
            None => Some(0),
            Some(Value::Int(number)) => Some(*number),
            Some(Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_)) => None,
        }
    }

    fn chips(&mut self, name: &str, node: &Node) -> Vec<Line> {
        self.listed(
            name,
            node,
            "chips",
            "Bytes<64>",
            64,
            "principal.chip_id",
            &["principal.signer == VCEK"],
            "not one of this deployment's chips",
        )
    }
}

/// A bit of the manifest: its key, the value that demands something, the condition, and the sentence.
type Flag = (&'static str, bool, &'static str, &'static str);

/// Source: `google/go-sev-guest`, `validate`, `validatePolicy`.
const GUEST_POLICY: &[Flag] = &[
    ("SMT", false, "not principal.policy.smt_allowed", "two hardware threads may share a core"),
    ("MigrateMA", false, "not principal.policy.migrate_ma", "a migration agent may move the guest"),
    ("Debug", false, "not principal.policy.debug", "the guest can be debugged"),
    ("SingleSocket", true, "principal.policy.single_socket", "the guest may run on several sockets"),
    ("CXLAllowed", false, "not principal.policy.cxl_allow", "the guest may use CXL"),
    ("MemAES256XTS", true, "principal.policy.mem_aes_256_xts", "memory may be encrypted otherwise"),
    ("RAPLDis", true, "principal.policy.rapl_dis", "power limits may be measured"),
    ("CipherTextHidingDRAM", true, "principal.policy.ciphertext_hiding", "the host may see ciphertext"),
    ("PageSwapDisable", true, "principal.policy.page_swap_disable", "the host may swap pages"),
];

/// Source: the same, `validatePlatformInfo`; the last three are demanded as well, which newer versions of it may do.
const PLATFORM_INFO: &[Flag] = &[
    ("SMTEnabled", false, "not principal.platform_info.smt_en", "two hardware threads share a core"),
    ("TSMEEnabled", false, "not principal.platform_info.tsme_en", "transparent encryption of all memory is on"),
    ("RAPLDisabled", true, "principal.platform_info.rapl_dis", "power limits can be measured"),
    ("CiphertextHidingDRAMEnabled", true, "principal.platform_info.ciphertext_hiding_en", "the host sees ciphertext"),
    ("AliasCheckComplete", true, "principal.platform_info.alias_check_complete", "memory was not checked for aliases"),
];

/// Keys beside them that demand nothing by themselves.
const NO_DEMAND: [&str; 4] = ["ABIMajor", "ABIMinor", "ECCEnabled", "TIOEnabled"];
