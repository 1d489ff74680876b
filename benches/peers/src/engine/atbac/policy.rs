//! The policies as their users write them: one rule after another, or one template applied to each.
//!
//! Every permit asks `snp.hardened`, which is more than the other engines are asked (debugging, migration and the privilege level): a permit
//! without it draws a warning. W1 reads its measurements from a reference, which a deployment changes without compiling; in W2 and W3 they
//! belong to the rule, and are written out.

use crate::workload::rule::{Forbid, Permit, Tool};
use crate::workload::{ACTIONS, ENVIRONMENTS, Field, Kind, Workload};
use atbac_engine::SourceFile;
use std::fmt::Write;

/// How rules that differ only in their constants are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Writing {
    /// Each by itself.
    EachRule,
    /// Once, and applied to the constants of each.
    Template,
}

/// How many rules go into a file: a file has at most 64 MiB.
const RULES_PER_FILE: usize = 10_000;

/// The files of a workload's policies.
pub(super) fn files(workload: &Workload, writing: Writing) -> Vec<SourceFile> {
    let mut texts = vec![declarations(workload, writing)];
    texts.extend(workload.permits.chunks(RULES_PER_FILE).map(|permits| match writing {
        Writing::EachRule => {
            permits.iter().fold("package tools;\nuse std.snp.Snp;\n".to_owned(), |text, each| text + &rule(each))
        }
        Writing::Template => permits.iter().fold("package tools;\n".to_owned(), |text, each| text + &application(each)),
    }));
    texts.extend(
        workload.forbids.chunks(RULES_PER_FILE).map(|forbids| {
            forbids.iter().fold("package tools;\n".to_owned(), |text, forbid| text + &unapproved(forbid))
        }),
    );
    let named = |(at, text)| SourceFile { name: format!("tools-{at}.atbac"), text };
    texts.into_iter().enumerate().map(named).collect()
}

/// The reference values: for W1 the released builds.
pub(super) fn references(workload: &Workload) -> String {
    match workload.kind {
        Kind::W1 => released(&workload.permits[0].measurements),
        Kind::W2(_) | Kind::W3(_) => r#"{ "format": 1, "references": {} }"#.to_owned(),
    }
}

/// A file of references that releases these builds.
pub(super) fn released(builds: &[[u8; 48]]) -> String {
    let builds: Vec<String> = builds.iter().map(|build| format!("\"{}\"", hex::encode(build))).collect();
    format!(r#"{{ "format": 1, "references": {{ "builds": [{}] }} }}"#, builds.join(","))
}

fn declarations(workload: &Workload, writing: Writing) -> String {
    let w1 = workload.kind == Kind::W1;
    let principal = if w1 { "Snp | Tdx" } else { "Snp" };
    let mut text = format!(
        "package tools;

use std.snp.Snp;
{}
enum Action {{ {} }}
enum Environment {{ {} }}

request Call {{
  session principal: attested {principal},
  session environment: local Environment,
",
        if w1 { "use std.tdx.Tdx;" } else { "" },
        ACTIONS.join(", "),
        ENVIRONMENTS.join(", "),
    );
    for field in workload.fields {
        text.push_str(match field {
            Field::Tool => "  call tool: asserted String,\n",
            Field::Action => "  call action: asserted Action,\n",
            Field::Tenant => "  call tenant: local String,\n",
            Field::Resource => "  call resource: local String,\n",
            Field::Amount => "  call amount: asserted Int,\n",
            Field::Approved => "  call approved: local Bool,\n",
        });
    }
    text.push_str("}\n");
    if w1 {
        text.push_str("reference builds: Set<Digest<48>>;\n");
    }
    if writing == Writing::Template {
        text.push_str(TEMPLATE);
    }
    text
}

const TEMPLATE: &str = r#"
template tool_access(
  name: String, owner: String, builds: Set<Digest<48>>, firmware: Tcb, places: Set<Environment>, freshness: Duration
) {
  permit use for Call
    where tool == name, action in { read, write }, tenant == owner
  {
    require principal.measurement in builds else "not a build that may do this";
    require principal.reported_tcb >= firmware else "the firmware is out of date";
    require environment in places else "not in this environment";
    require snp.hardened(principal) else "the guest is not hardened";
    require age(principal) < freshness else "the evidence is stale: attest again";
  }
}
"#;

/// An application of the template, which has the conditions of W2.
fn application(permit: &Permit) -> String {
    let (Tool::Named(tool), Some(tenant), Some(tcb)) = (&permit.tool, &permit.tenant, permit.least_tcb) else {
        unreachable!("policies of W2 name a tool and a tenant and ask for firmware");
    };
    let places: Vec<String> = permit.environments.iter().map(|name| format!("Environment.{name}")).collect();
    format!(
        "apply tool_access(\"{tool}\", \"{tenant}\", {}, {}, {{ {} }}, {}s) as {};\n",
        builds(permit),
        firmware(tcb),
        places.join(", "),
        permit.age_below,
        permit.name,
    )
}

/// A rule with the conditions that it has.
fn rule(permit: &Permit) -> String {
    let mut head = Vec::new();
    match &permit.tool {
        Tool::Any => {}
        Tool::Named(name) => head.push(format!("tool == \"{name}\"")),
        Tool::Like(glob) => head.push(format!("tool matches \"{}\"", glob.pattern())),
    }
    if !permit.actions.is_empty() {
        head.push(format!("action in {{ {} }}", permit.actions.join(", ")));
    }
    head.extend(permit.tenant.iter().map(|tenant| format!("tenant == \"{tenant}\"")));
    head.extend(permit.resource.map(|resource| format!("resource == \"{resource}\"")));
    head.extend(permit.amount.iter().map(|(least, most)| format!("amount >= {least}, amount <= {most}")));
    if permit.only_snp {
        head.push("principal is Snp".to_owned());
    }
    let mut text = format!("\npermit {} for Call\n  where {}\n{{\n", permit.name, head.join(", "));
    let mut require = |condition: String, sentence: &str| {
        writeln!(text, "  require {condition} else \"{sentence}\";").expect("writing to memory");
    };
    let builds = if permit.only_snp { "builds".to_owned() } else { builds(permit) };
    require(format!("principal.measurement in {builds}"), "not a build that may do this");
    if let Some(least) = permit.least_svn {
        require(format!("principal.guest_svn >= {least}"), "a build that was withdrawn");
    }
    if let Some(least) = permit.least_tcb {
        require(format!("principal.reported_tcb >= {}", firmware(least)), "the firmware is out of date");
    }
    if !permit.environments.is_empty() {
        require(format!("environment in {{ {} }}", permit.environments.join(", ")), "not in this environment");
    }
    require("snp.hardened(principal)".to_owned(), "the guest is not hardened");
    require(format!("age(principal) < {}s", permit.age_below), "the evidence is stale: attest again");
    text.push_str("}\n");
    text
}

fn builds(permit: &Permit) -> String {
    let digests = permit.measurements.map(|measurement| format!("sha384\"{}\"", hex::encode(measurement)));
    format!("{{ {} }}", digests.join(", "))
}

fn firmware([bootloader, tee, snp, microcode]: [u8; 4]) -> String {
    format!("tcb {{ bootloader: {bootloader}, tee: {tee}, snp: {snp}, microcode: {microcode} }}")
}

fn unapproved(forbid: &Forbid) -> String {
    format!(
        "
forbid {} for Call
  where tool == \"{}\", action == write, environment == production
{{
  unless approved;
  reason \"a write in production needs an approval\";
}}
",
        forbid.name, forbid.tool
    )
}
