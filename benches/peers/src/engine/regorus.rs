//! regorus: Rego on its register machine, which its documentation recommends for evaluating one policy often. The policies are data, and one
//! rule says what they mean, as Rego is written for large sets: `regorus` goes through all of them, `regorus-keyed` finds the one about a
//! tool by its name. W1 is a single policy, with its constants in the rule.
//!
//! The session's claims are one value, shared by the inputs of its calls.

use super::pick::tool_name;
use super::{Engine, Loaded, Setting};
use crate::measure::Load;
use crate::workload::rule::{Permit, Tool};
use crate::workload::{Field, FieldValue, Kind, Request, Session, Workload};
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::vm::RegoVM;
use regorus::{Rc, Value};
use serde_json::{Map, json};

/// What the host asks.
const ENTRY_POINT: &str = "data.tools.allow";

struct Regorus {
    machine: RegoVM,
    fields: &'static [Field],
    sessions: Vec<(Session, Value)>,
    stream: Vec<(Request, String, Value)>,
}

pub(super) fn load(workload: &Workload) -> Loaded {
    let (rules, data) = match workload.kind {
        Kind::W1 => (w1(&workload.permits[0]), json!({})),
        Kind::W2(_) => {
            let permits: Vec<_> = workload.permits.iter().map(policy).collect();
            let forbids: Vec<_> = workload.forbids.iter().map(|forbid| forbid.tool.as_str()).collect();
            (
                w2(
                    "some policy in data.permits\n  policy.tool == input.tool",
                    "some tool in data.forbids\n  tool == input.tool",
                ),
                json!({ "permits": permits, "forbids": forbids }),
            )
        }
        Kind::W3(_) => {
            let permits: Vec<_> = workload.permits.iter().map(policy).collect();
            (W3.to_owned(), json!({ "permits": permits }))
        }
    };
    loaded(workload, rules, &data.to_string())
}

pub(super) fn load_keyed(workload: &Workload) -> Loaded {
    let permits: Map<_, _> =
        workload.permits.iter().map(|permit| (tool_name(permit).to_owned(), policy(permit))).collect();
    let forbids: Map<_, _> = workload.forbids.iter().map(|forbid| (forbid.tool.clone(), true.into())).collect();
    let data = json!({ "permits": permits, "forbids": forbids });
    loaded(workload, w2("policy := data.permits[input.tool]", "data.forbids[input.tool]"), &data.to_string())
}

fn loaded(workload: &Workload, rules: String, data: &str) -> Loaded {
    let source = rules.len() + data.len();
    let (machine, load) = Load::measure(|| {
        let mut engine = regorus::Engine::new();
        engine.add_policy("tools.rego".to_owned(), rules).expect("the rules are valid");
        let entry_point: Rc<str> = ENTRY_POINT.into();
        let policy = engine.compile_with_entrypoint(&entry_point).expect("the rules compile");
        let program = Compiler::compile_from_policy(&policy, &[ENTRY_POINT]).expect("the rules compile");
        let mut machine = RegoVM::new_with_policy(policy);
        machine.load_program(program);
        machine.set_data(Value::from_json_str(data).expect("valid JSON")).expect("no rule has a name of the data");
        machine
    });
    let engine = Regorus { machine, fields: workload.fields, sessions: Vec::new(), stream: Vec::new() };
    Loaded { engine: Box::new(engine), load, source: Some(source) }
}

/// A policy as data.
fn policy(permit: &Permit) -> serde_json::Value {
    let mut policy = json!({
        "measurements": permit.measurements.map(hex::encode),
        "age_below": permit.age_below * 1_000,
    });
    match &permit.tool {
        Tool::Any => {}
        Tool::Named(name) => policy["tool"] = json!(name),
        Tool::Like(glob) => {
            policy["first"] = json!(glob.first);
            policy["last"] = json!(glob.last.unwrap_or_default());
        }
    }
    if let Some(tenant) = &permit.tenant {
        policy["tenant"] = json!(tenant);
        policy["actions"] = json!(permit.actions);
        policy["environments"] = json!(permit.environments);
        policy["least_tcb"] = json!(permit.least_tcb);
    }
    if let Some((least, most)) = permit.amount {
        policy["least"] = json!(least);
        policy["most"] = json!(most);
    }
    policy
}

fn w1(permit: &Permit) -> String {
    let [bootloader, tee, snp, microcode] = permit.least_tcb.expect("W1 asks for firmware");
    format!(
        r#"package tools

default allow := false

allow if {{
  input.action in {{"approve_payment", "query_ledger"}}
  input.resource == "ledger_db"
  input.session.tee == "snp"
  input.session.measurement in {{{measurements}}}
  input.session.svn >= {svn}
  not input.session.debug
  input.session.environment == "production"
  input.session.tcb[0] >= {bootloader}
  input.session.tcb[1] >= {tee}
  input.session.tcb[2] >= {snp}
  input.session.tcb[3] >= {microcode}
  input.age < {age}
}}
"#,
        measurements = permit.measurements.map(|measurement| format!("\"{}\"", hex::encode(measurement))).join(", "),
        svn = permit.least_svn.expect("W1 asks for a security version"),
        age = permit.age_below * 1_000,
    )
}

/// W2, with how a policy and a forbid about the tool are found.
fn w2(find_policy: &str, find_forbid: &str) -> String {
    format!(
        r#"package tools

default allow := false

allow if {{
  {find_policy}
  input.action in policy.actions
  input.tenant == policy.tenant
  not input.session.debug
  input.age < policy.age_below
  input.session.tcb[0] >= policy.least_tcb[0]
  input.session.tcb[1] >= policy.least_tcb[1]
  input.session.tcb[2] >= policy.least_tcb[2]
  input.session.tcb[3] >= policy.least_tcb[3]
  input.session.environment in policy.environments
  input.session.measurement in policy.measurements
  not forbidden
}}

forbidden if {{
  input.action == "write"
  input.session.environment == "production"
  not input.approved
  {find_forbid}
}}
"#
    )
}

const W3: &str = r#"package tools

default allow := false

allow if {
  not input.session.debug
  some policy in data.permits
  input.amount >= policy.least
  input.amount <= policy.most
  startswith(input.tool, policy.first)
  endswith(input.tool, policy.last)
  input.age < policy.age_below
  input.session.measurement in policy.measurements
}
"#;

fn session_value(session: &Session) -> Value {
    let claims = json!({
        "tee": session.tee,
        "measurement": session.measurement_hex,
        "environment": session.environment,
        "svn": session.svn,
        "debug": session.debug,
        "tcb": session.tcb,
    });
    Value::from(claims)
}

/// Adds what is not of the call.
fn with_session(mut input: Value, session: &Value, age: i64) -> Value {
    let object = input.as_object_mut().expect("a call is an object");
    object.insert("session".into(), session.clone());
    object.insert("age".into(), age.into());
    input
}

fn of_fields(fields: &[Field], request: &Request) -> Value {
    let mut input = Value::new_object();
    let object = input.as_object_mut().expect("made as one");
    for field in fields {
        let value = match field.of(request) {
            FieldValue::Text(text) => text.into(),
            FieldValue::Number(number) => number.into(),
            FieldValue::Flag(flag) => flag.into(),
        };
        object.insert(field.name().into(), value);
    }
    input
}

impl Engine for Regorus {
    fn prepare(&mut self, workload: &Workload) {
        self.sessions = workload.sessions.iter().map(|session| (session.clone(), session_value(session))).collect();
        let stream = workload.requests.iter().zip(&workload.json).map(|(request, json)| {
            let (session, claims) = &self.sessions[request.session];
            let input = with_session(of_fields(self.fields, request), claims, request.age(session));
            (request.clone(), json.clone(), input)
        });
        self.stream = stream.collect();
    }

    fn decide(&mut self, setting: Setting, at: usize) -> bool {
        let (request, json, prepared) = &self.stream[at];
        let (session, claims) = &self.sessions[request.session];
        let input = match setting {
            Setting::Prepared => prepared.clone(),
            Setting::Fields => with_session(of_fields(self.fields, request), claims, request.age(session)),
            Setting::Json => {
                let call = Value::from_json_str(json).expect("the stream is valid JSON");
                with_session(call, claims, request.age(session))
            }
        };
        self.machine.set_input(input);
        self.machine.execute_entry_point_by_index(0).expect("the rules do not fail") == Value::from(true)
    }
}
