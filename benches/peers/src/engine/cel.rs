//! CEL, by the Rust interpreter: one expression a rule. `cel` asks one after another, forbids first; `cel-picked` finds those about a tool by
//! a hash of its name in the host.
//!
//! Variables come from a resolver, which hands out the values it has instead of copying them. The session's are in a context of its own, of
//! which the call's is an inner scope.

use super::call::Call;
use super::pick::{self, Picks};
use super::{Engine, Loaded, Setting};
use crate::measure::Load;
use crate::workload::rule::{Forbid, Permit, Tool};
use crate::workload::{Field, FieldValue, Request, Session, Workload};
use cel::common::types::{CelBool, CelInt, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, Program, Value};
use std::sync::Arc;

struct Cel {
    env: Arc<Env>,
    permits: Vec<Program>,
    forbids: Vec<Program>,
    /// Of a host that picks.
    picks: Option<Picks>,
    sessions: Vec<Session>,
    /// Contexts borrow their values, so these live as long as the program.
    contexts: Vec<&'static Context<'static, 'static>>,
    stream: &'static [(Request, String)],
    prepared: Vec<Context<'static, 'static>>,
}

/// What is known of a session.
struct SessionVariables {
    tee: CelString<'static>,
    measurement: CelString<'static>,
    environment: CelString<'static>,
    svn: CelInt,
    debug: CelBool,
    tcb: [CelInt; 4],
}

impl VariableResolver for SessionVariables {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let value: &dyn Val = match name {
            "tee" => &self.tee,
            "measurement" => &self.measurement,
            "environment" => &self.environment,
            "svn" => &self.svn,
            "debug" => &self.debug,
            "bootloader" => &self.tcb[0],
            "tee_svn" => &self.tcb[1],
            "snp" => &self.tcb[2],
            "microcode" => &self.tcb[3],
            _ => return None,
        };
        Some(CowVal::Borrowed(value))
    }
}

/// What is known of a call.
struct CallVariables<'a> {
    tool: CelString<'a>,
    action: CelString<'a>,
    tenant: CelString<'a>,
    resource: CelString<'a>,
    amount: CelInt,
    approved: CelBool,
    age: CelInt,
}

impl VariableResolver for CallVariables<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let value: &'b dyn Val = match name {
            "tool" => &self.tool,
            "action" => &self.action,
            "tenant" => &self.tenant,
            "resource" => &self.resource,
            "amount" => &self.amount,
            "approved" => &self.approved,
            "age" => &self.age,
            _ => return None,
        };
        Some(CowVal::Borrowed(value))
    }
}

impl<'a> CallVariables<'a> {
    fn new(age: i64, value: impl Fn(Field) -> FieldValue<'a>) -> Self {
        let text = |field| match value(field) {
            FieldValue::Text(text) => CelString::from(text),
            FieldValue::Number(_) | FieldValue::Flag(_) => unreachable!("this field is a text"),
        };
        let amount = match value(Field::Amount) {
            FieldValue::Number(number) => number,
            FieldValue::Text(_) | FieldValue::Flag(_) => unreachable!("an amount is a number"),
        };
        CallVariables {
            tool: text(Field::Tool),
            action: text(Field::Action),
            tenant: text(Field::Tenant),
            resource: text(Field::Resource),
            amount: CelInt::from(amount),
            approved: CelBool::from(matches!(value(Field::Approved), FieldValue::Flag(true))),
            age: CelInt::from(age),
        }
    }
}

pub(super) fn load(workload: &Workload) -> Loaded {
    loaded(workload, false)
}

pub(super) fn load_picked(workload: &Workload) -> Loaded {
    loaded(workload, true)
}

fn loaded(workload: &Workload, picks: bool) -> Loaded {
    let permits: Vec<String> = workload.permits.iter().map(permit).collect();
    let forbids: Vec<String> = workload.forbids.iter().map(forbid).collect();
    let source = permits.iter().chain(&forbids).map(String::len).sum();
    let (engine, load) = Load::measure(|| {
        let env = Arc::new(Env::stdlib());
        let compile = |text: &String| env.compile(text).expect("the generated expression is valid");
        Cel {
            permits: permits.iter().map(compile).collect(),
            forbids: forbids.iter().map(compile).collect(),
            env,
            picks: picks.then(|| Picks::new(workload)),
            sessions: Vec::new(),
            contexts: Vec::new(),
            stream: &[],
            prepared: Vec::new(),
        }
    });
    Loaded { engine: Box::new(engine), load, source: Some(source) }
}

/// A rule, what is cheap and tells most apart first.
fn permit(permit: &Permit) -> String {
    let mut all = Vec::new();
    match &permit.tool {
        Tool::Any | Tool::Like(_) => {}
        Tool::Named(name) => all.push(format!("tool == '{name}'")),
    }
    all.extend(permit.amount.map(|(least, most)| format!("amount >= {least} && amount <= {most}")));
    if let Tool::Like(glob) = &permit.tool {
        all.push(format!("tool.startsWith('{}')", glob.first));
        all.extend(glob.last.map(|last| format!("tool.endsWith('{last}')")));
    }
    all.extend(permit.tenant.iter().map(|tenant| format!("tenant == '{tenant}'")));
    all.extend(permit.resource.map(|resource| format!("resource == '{resource}'")));
    if !permit.actions.is_empty() {
        all.push(format!("action in {:?}", permit.actions));
    }
    all.push("!debug".to_owned());
    all.push(format!("age < {}", permit.age_below * 1_000));
    if permit.only_snp {
        all.push("tee == 'snp'".to_owned());
    }
    all.extend(permit.least_svn.map(|least| format!("svn >= {least}")));
    all.extend(permit.least_tcb.map(|[bootloader, tee, snp, microcode]| {
        format!("bootloader >= {bootloader} && tee_svn >= {tee} && snp >= {snp} && microcode >= {microcode}")
    }));
    if !permit.environments.is_empty() {
        all.push(format!("environment in {:?}", permit.environments));
    }
    all.push(format!("measurement in {:?}", permit.measurements.map(hex::encode)));
    all.join(" && ")
}

fn forbid(forbid: &Forbid) -> String {
    format!("tool == '{}' && action == 'write' && environment == 'production' && !approved", forbid.tool)
}

impl Cel {
    fn decide_in(&self, context: &Context<'_, '_>, tool: &str) -> bool {
        pick::decide(&self.permits, &self.forbids, self.picks.as_ref(), tool, |program| {
            program.execute(context) == Ok(Value::Bool(true))
        })
    }

    fn decide_call<'a>(&self, session: usize, tool: &str, age: i64, value: impl Fn(Field) -> FieldValue<'a>) -> bool {
        let variables = CallVariables::new(age, value);
        let mut context = self.contexts[session].new_inner_scope();
        context.set_variable_resolver(&variables);
        self.decide_in(&context, tool)
    }
}

impl Engine for Cel {
    fn prepare(&mut self, workload: &Workload) {
        self.sessions.clone_from(&workload.sessions);
        for session in &workload.sessions {
            let variables = SessionVariables {
                tee: CelString::from(session.tee),
                measurement: CelString::from(session.measurement_hex.clone()),
                environment: CelString::from(session.environment),
                svn: CelInt::from(session.svn),
                debug: CelBool::from(session.debug),
                tcb: session.tcb.map(|part| CelInt::from(i64::from(part))),
            };
            let mut context = Context::with_env(Arc::clone(&self.env));
            context.set_variable_resolver(Box::leak(Box::new(variables)));
            self.contexts.push(Box::leak(Box::new(context)));
        }
        self.stream = Vec::leak(workload.requests.iter().cloned().zip(workload.json.iter().cloned()).collect());
        for (request, _) in self.stream {
            let age = request.age(&self.sessions[request.session]);
            let variables = Box::leak(Box::new(CallVariables::new(age, |field| field.of(request))));
            let mut context = self.contexts[request.session].new_inner_scope();
            context.set_variable_resolver(variables);
            self.prepared.push(context);
        }
    }

    fn decide(&mut self, setting: Setting, at: usize) -> bool {
        let (request, json) = &self.stream[at];
        let age = request.age(&self.sessions[request.session]);
        match setting {
            Setting::Prepared => self.decide_in(&self.prepared[at], &request.tool),
            Setting::Fields => self.decide_call(request.session, &request.tool, age, |field| field.of(request)),
            Setting::Json => {
                let call = Call::read(json);
                self.decide_call(request.session, call.tool, age, |field| call.get(field))
            }
        }
    }
}
