//! wirefilter: one filter a rule. `wirefilter` asks one after another, forbids first; `wirefilter-picked` finds those about a tool by a hash of
//! its name in the host, as the documentation expects of hosts that know which filters are about what.
//!
//! Its expressions have neither arithmetic nor nested claims, so the host gives the age and each part of the firmware. Globs are regular
//! expressions, behind the cheaper comparisons. Fields that no filter of the workload reads are not declared.

use super::call::Call;
use super::pick::{self, Picks};
use super::{Engine, Loaded, Setting};
use crate::measure::Load;
use crate::workload::rule::{Permit, Tool};
use crate::workload::{Field, FieldValue, Request, Session, Workload};
use std::fmt::Write;
use wirefilter::{ExecutionContext, Filter, LhsValue, Scheme, Type};

/// Filters and contexts borrow their scheme and their values, so these live as long as the program.
struct Wirefilter {
    scheme: &'static Scheme,
    permits: Vec<Filter<'static>>,
    forbids: Vec<Filter<'static>>,
    /// Of a host that picks.
    picks: Option<Picks>,
    fields: &'static [Field],
    stream: &'static [(Request, String)],
    /// A context for each request, and one for each session, whose call is set anew.
    prepared: Vec<ExecutionContext<'static>>,
    sessions: Vec<(Session, ExecutionContext<'static>)>,
}

pub(super) fn load(workload: &Workload) -> Loaded {
    loaded(workload, false)
}

pub(super) fn load_picked(workload: &Workload) -> Loaded {
    loaded(workload, true)
}

fn loaded(workload: &Workload, picks: bool) -> Loaded {
    let permits: Vec<String> = workload.permits.iter().map(expression).collect();
    let forbids: Vec<String> = workload
        .forbids
        .iter()
        .map(|forbid| {
            format!(r#"tool == "{}" && action == "write" && environment == "production" && not approved"#, forbid.tool)
        })
        .collect();
    let source = permits.iter().chain(&forbids).map(String::len).sum();
    let (engine, load) = Load::measure(|| {
        let scheme: &'static Scheme = Box::leak(Box::new(scheme(workload.fields)));
        let compile = |text: &String| scheme.parse(text).expect("the generated filter is valid").compile();
        Wirefilter {
            scheme,
            permits: permits.iter().map(compile).collect(),
            forbids: forbids.iter().map(compile).collect(),
            picks: picks.then(|| Picks::new(workload)),
            fields: workload.fields,
            stream: &[],
            prepared: Vec::new(),
            sessions: Vec::new(),
        }
    });
    Loaded { engine: Box::new(engine), load, source: Some(source) }
}

fn scheme(fields: &[Field]) -> Scheme {
    let call = fields.iter().map(|field| {
        let ty = match field {
            Field::Tool | Field::Action | Field::Tenant | Field::Resource => Type::Bytes,
            Field::Amount => Type::Int,
            Field::Approved => Type::Bool,
        };
        (field.name(), ty)
    });
    let session = [("tee", Type::Bytes), ("measurement", Type::Bytes), ("environment", Type::Bytes)];
    let numbers = ["svn", "bootloader", "tee_svn", "snp", "microcode", "age"].map(|name| (name, Type::Int));
    let all = call.chain(session).chain(numbers).chain([("debug", Type::Bool)]);
    Scheme::try_from_iter(all.map(|(name, ty)| (name.to_owned(), ty))).expect("no name twice")
}

/// A rule, what is cheap and tells most apart first.
fn expression(permit: &Permit) -> String {
    let mut all = Vec::new();
    if let Tool::Named(name) = &permit.tool {
        all.push(format!("tool == \"{name}\""));
    }
    all.extend(permit.amount.map(|(least, most)| format!("amount in {{{least}..{most}}}")));
    all.extend(permit.tenant.iter().map(|tenant| format!("tenant == \"{tenant}\"")));
    all.extend(permit.resource.map(|resource| format!("resource == \"{resource}\"")));
    if !permit.actions.is_empty() {
        all.push(format!("action in {{{}}}", quoted(&permit.actions)));
    }
    all.push("not debug".to_owned());
    all.push(format!("age < {}", permit.age_below * 1_000));
    if permit.only_snp {
        all.push("tee == \"snp\"".to_owned());
    }
    all.extend(permit.least_svn.map(|least| format!("svn >= {least}")));
    all.extend(permit.least_tcb.map(|[bootloader, tee, snp, microcode]| {
        format!("bootloader >= {bootloader} && tee_svn >= {tee} && snp >= {snp} && microcode >= {microcode}")
    }));
    if !permit.environments.is_empty() {
        all.push(format!("environment in {{{}}}", quoted(&permit.environments)));
    }
    let measurements = permit.measurements.map(|measurement| {
        measurement.iter().enumerate().fold(String::new(), |mut text, (at, byte)| {
            write!(text, "{}{byte:02x}", if at == 0 { "" } else { ":" }).expect("writing to memory");
            text
        })
    });
    all.push(format!("measurement in {{{}}}", measurements.join(" ")));
    if let Tool::Like(glob) = &permit.tool {
        let escaped = |text: &str| text.replace('.', "\\.");
        let last = glob.last.map(|last| format!(".*{}$", escaped(last))).unwrap_or_default();
        all.push(format!("tool matches \"^{}{last}\"", escaped(&glob.first)));
    }
    all.join(" && ")
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" ")
}

impl Wirefilter {
    fn set(context: &mut ExecutionContext<'static>, name: &str, value: impl Into<LhsValue<'static>>) {
        context.set_field_value(name, value).expect("the scheme has this field");
    }

    fn set_call(
        fields: &[Field],
        context: &mut ExecutionContext<'static>,
        value: impl Fn(Field) -> FieldValue<'static>,
    ) {
        for field in fields {
            match value(*field) {
                FieldValue::Text(text) => Self::set(context, field.name(), text),
                FieldValue::Number(number) => Self::set(context, field.name(), number as i32),
                FieldValue::Flag(flag) => Self::set(context, field.name(), flag),
            }
        }
    }

    fn of_session(&self, session: &'static Session) -> ExecutionContext<'static> {
        let mut context = ExecutionContext::new(self.scheme);
        Self::set(&mut context, "tee", session.tee);
        Self::set(&mut context, "measurement", &session.measurement[..]);
        Self::set(&mut context, "environment", session.environment);
        Self::set(&mut context, "svn", session.svn as i32);
        for (name, part) in ["bootloader", "tee_svn", "snp", "microcode"].into_iter().zip(session.tcb) {
            Self::set(&mut context, name, i32::from(part));
        }
        Self::set(&mut context, "debug", session.debug);
        context
    }
}

impl Engine for Wirefilter {
    fn prepare(&mut self, workload: &Workload) {
        self.stream = Vec::leak(workload.requests.iter().cloned().zip(workload.json.iter().cloned()).collect());
        let sessions: &'static [Session] = Vec::leak(workload.sessions.clone());
        let mut prepared = Vec::new();
        for (request, _) in self.stream {
            let session = &sessions[request.session];
            let mut context = self.of_session(session);
            Self::set_call(self.fields, &mut context, |field| field.of(request));
            Self::set(&mut context, "age", request.age(session) as i32);
            prepared.push(context);
        }
        self.prepared = prepared;
        self.sessions = sessions.iter().map(|session| (session.clone(), self.of_session(session))).collect();
    }

    fn decide(&mut self, setting: Setting, at: usize) -> bool {
        let (request, json) = &self.stream[at];
        let mut tool = request.tool.as_str();
        let context = if setting == Setting::Prepared {
            &self.prepared[at]
        } else {
            let (session, context) = &mut self.sessions[request.session];
            if setting == Setting::Json {
                let call = Call::read(json);
                tool = call.tool;
                Self::set_call(self.fields, context, |field| call.get(field));
            } else {
                Self::set_call(self.fields, context, |field| field.of(request));
            }
            Self::set(context, "age", request.age(session) as i32);
            &*context
        };
        pick::decide(&self.permits, &self.forbids, self.picks.as_ref(), tool, |filter| {
            filter.execute(context).expect("one scheme")
        })
    }
}
