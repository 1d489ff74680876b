//! A policy on both executions, and questions to it.

use atbac_engine::{Bundle, BundleError, Execution, SourceFile, json};
use jiff::Timestamp;
use serde_json::{Value as Json, json};

/// Each rule is asked by its name.
pub(crate) const POLICY: &str = r#"
package p;
floor circumstance: asserted;

request Call {
  call ask: asserted String,
  call build: asserted String,
  call builds: asserted Set<String>,
  call amount: asserted Int,
  call address: asserted IpAddr,
}
grant Pass for Call {
  ttl: Duration merge min,
  labels: Set<String> merge union,
}

reference released: Set<String>;
reference limit: Int;
reference networks: Set<Cidr>;
reference oldest: Version;

permit built for Call where ask == "build" {
  require build in released else "not a released build";
  grant { ttl: 5m, labels: {} }
}
permit all_built for Call where ask == "builds" {
  require builds subset_of released else "not all released";
  grant { ttl: 5m, labels: {} }
}
permit small for Call where ask == "limit" {
  require amount <= limit else "too much";
  grant { ttl: 5m, labels: {} }
}
permit near for Call where ask == "network" {
  require address in networks else "from elsewhere";
  grant { ttl: 5m, labels: {} }
}
forbid withdrawn for Call where ask == "forbid" {
  when build in released;
  reason "released builds only look";
}
permit free for Call where ask in { "free", "forbid" } {
  grant { ttl: 5m, labels: { "free" } }
}
"#;

pub(crate) const EXECUTIONS: [Execution; 2] = [Execution::Jit, Execution::Interpreter];

pub(crate) fn open(policy: &str, execution: Execution) -> Bundle {
    let file = SourceFile { name: "p.atbac".into(), text: policy.into() };
    Bundle::open([file], execution).unwrap_or_else(|error| match error {
        BundleError::Refused(refused) => panic!("{:?}", refused.diagnostics),
        BundleError::Jit(error) => panic!("{error}"),
    })
}

/// Puts the references of a file in force.
pub(crate) fn load(bundle: &Bundle, references: &Json) {
    let file = json!({ "format": "atbac-references/1", "references": references }).to_string();
    bundle.swap_references(bundle.read_references(file.as_bytes()).unwrap()).unwrap();
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A question of [`POLICY`], with fields that are not given at values that nothing is loaded for.
pub(crate) fn question(fields: &Json) -> Json {
    let mut question =
        json!({ "ask": "", "build": "none", "builds": ["none"], "amount": 1_000_000, "address": "192.0.2.1" });
    for (name, value) in fields.as_object().unwrap() {
        question[name] = value.clone();
    }
    question
}

/// What a bundle decides at a time, with its explanation. Every field is asserted.
pub(crate) fn decide(bundle: &Bundle, question: &Json, now: Timestamp) -> Json {
    let session = bundle.open_session(bundle.session_fields("Call").unwrap(), now).unwrap();
    let mut fields = session.call_fields();
    for (name, value) in question.as_object().unwrap() {
        fields = fields.asserted(name, value).unwrap();
    }
    let call = session.call(fields).unwrap();
    let mut memory = session.memory();
    let decision = session.decide(&call, now, &mut memory);
    let explanation = session.explain(&call, now);
    json::decision(bundle.schema(), &decision, Some(&explanation))
}

/// What both executions decide of [`POLICY`] with these references: they must agree.
pub(crate) fn both(references: &Json, fields: &Json, now: Timestamp) -> Json {
    let [jit, interpreter] = EXECUTIONS.map(|execution| {
        let bundle = open(POLICY, execution);
        load(&bundle, references);
        decide(&bundle, &question(fields), now)
    });
    assert_eq!(jit, interpreter, "{references} {fields} {now}");
    jit
}

/// `permit`, or the kind of a denial.
pub(crate) fn verdict(decision: &Json) -> &str {
    decision.get("kind").unwrap_or(&decision["effect"]).as_str().unwrap()
}
