//! Manifests of Edgeless Contrast: which workloads may join a deployment.
//!
//! A workload is valid where its evidence fits any of the reference values, and its policy, whose digest the host data holds, is one of `Policies`. Each reference
//! value becomes a permit for workloads, and one for the Coordinator.
//!
//! Source: the repository `edgelesssys/contrast`, `internal/manifest`: the form of a manifest and what is validated; `google/go-sev-guest`, `validate`, for what a guest
//! policy and platform information demand there; the documentation "The Manifest".

use crate::claims::{Tee, union};
use crate::condition::{Condition, Use};
use crate::finding::{Code, Findings, Place};
use crate::package::{Entry, Line, Names, Package, Reference, Rule, excerpt};
use crate::yaml::{self, Node, Value};
use crate::{Refusal, Source};
use serde_json::json;

/// Keys of reference values that say something to people.
const PROSE: [&str; 2] = ["Platform", "CPUs"];
/// 48 bytes of zeros, as the service domain's hash of a domain without one.
const NO_SERVICE: &str =
    "hex\"000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\"";

pub(crate) fn read(source: &Source, findings: &mut Findings) -> Result<Package, Refusal> {
    let root = yaml::json(source)?;
    let other =
        |found: &str| Refusal::Other { file: source.name.clone(), expected: "manifest", found: found.to_owned() };
    let (Some(policies), Some(values)) = (root.get("Policies"), root.get("ReferenceValues")) else {
        return Err(other("`Policies` and `ReferenceValues` are expected in it"));
    };
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
        for value in node.list().unwrap_or_default() {
            reader.reference_values(tee, value, &roles);
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

    fn snp(&mut self, name: &str, values: &Node) -> Vec<Line> {
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

    fn tdx(&mut self, name: &str, values: &Node) -> Vec<Line> {
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

    fn demanded(&mut self, node: &Node, condition: &str, sentence: &str) -> Option<Line> {
        match node.value {
            Value::Bool(true) => Some(line(condition, sentence, &node.place)),
            Value::Bool(false) | Value::Null => None,
            Value::Int(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => {
                Some(self.value(node, "a truth is expected; the permit is left out"))
            }
        }
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
