//! Roto: machine code, one function a rule. The host looks texts up, gives numbers, and where rules name their tool calls only the function
//! about it; that is how a host makes Roto fast, not how a script's author first writes it.
//!
//! Claims are a context type, whose fields scripts read in place.

use super::call::Call;
use super::pick::{self, Picks};
use super::symbols::Symbols;
use super::{Engine, Loaded, Setting};
use crate::measure::Load;
use crate::workload::rule::{Forbid, Permit, Tool};
use crate::workload::{Field, FieldValue, Kind, Request, Session, Workload};
use roto::{Context, Ctx, FileTree, RotoString, Runtime, TypedFunc};

#[derive(Clone, Context)]
struct Claims {
    pub snp: bool,
    pub measurement: u32,
    pub environment: u32,
    pub svn: i64,
    pub debug: bool,
    pub bootloader: u8,
    pub tee_svn: u8,
    pub snp_svn: u8,
    pub microcode: u8,
    pub tool: RotoString,
    pub action: u32,
    pub tenant: u32,
    pub resource: u32,
    pub amount: i64,
    pub approved: bool,
    pub age: i64,
}

type Function = TypedFunc<Ctx<Claims>, fn() -> bool>;

struct Roto {
    symbols: Symbols,
    permits: Vec<Function>,
    forbids: Vec<Function>,
    picks: Option<Picks>,
    fields: &'static [Field],
    sessions: Vec<(Session, Claims)>,
    stream: Vec<(Request, String)>,
    prepared: Vec<Claims>,
}

pub(super) fn load(workload: &Workload) -> Loaded {
    let mut symbols = Symbols::default();
    let permits = workload.permits.iter().map(|rule| permit(rule, &mut symbols));
    let mut text: String = permits.collect();
    text.extend(workload.forbids.iter().map(|rule| forbid(rule, &mut symbols)));
    let source = text.len();
    let ((permits, forbids, picks), load) = Load::measure(|| {
        let runtime = Runtime::new().with_context_type::<Claims>().expect("a context of plain types");
        let mut package = match FileTree::test_file("tools.roto", &text, 0).compile(&runtime) {
            Ok(package) => package,
            Err(report) => panic!("{report}"),
        };
        let mut function = |name: &String| package.get_function(name).expect("it was compiled with this name");
        let permits = workload.permits.iter().map(|rule| function(&rule.name)).collect();
        let forbids = workload.forbids.iter().map(|rule| function(&rule.name)).collect();
        (permits, forbids, matches!(workload.kind, Kind::W2(_)).then(|| Picks::new(workload)))
    });
    let (sessions, stream, prepared) = Default::default();
    let engine = Roto { symbols, permits, forbids, picks, fields: workload.fields, sessions, stream, prepared };
    Loaded { engine: Box::new(engine), load, source: Some(source) }
}

/// A rule, what is cheap and tells most apart first. Which tool a rule of W2 is about, the host knows.
fn permit(permit: &Permit, symbols: &mut Symbols) -> String {
    let mut all = Vec::new();
    all.extend(permit.amount.map(|(least, most)| format!("amount >= {least} && amount <= {most}")));
    all.extend(permit.tenant.iter().map(|tenant| format!("tenant == {}", symbols.add(tenant))));
    all.extend(permit.resource.map(|resource| format!("resource == {}", symbols.add(resource))));
    let mut one_of = |name: &str, values: &[&str]| {
        let each: Vec<String> = values.iter().map(|value| format!("{name} == {}", symbols.add(value))).collect();
        (!each.is_empty()).then(|| format!("({})", each.join(" || ")))
    };
    all.extend(one_of("action", &permit.actions));
    all.push("!debug".to_owned());
    all.push(format!("age < {}", permit.age_below * 1_000));
    if permit.only_snp {
        all.push("snp".to_owned());
    }
    all.extend(permit.least_svn.map(|least| format!("svn >= {least}")));
    all.extend(permit.least_tcb.map(|[bootloader, tee, snp, microcode]| {
        format!("bootloader >= {bootloader} && tee_svn >= {tee} && snp_svn >= {snp} && microcode >= {microcode}")
    }));
    all.extend(one_of("environment", &permit.environments));
    let measurements = permit.measurements.map(hex::encode);
    all.extend(one_of("measurement", &measurements.each_ref().map(String::as_str)));
    if let Tool::Like(glob) = &permit.tool {
        all.push(format!("tool.starts_with(\"{}\")", glob.first));
        all.extend(glob.last.map(|last| format!("tool.ends_with(\"{last}\")")));
    }
    format!("fn {}() -> bool {{\n  {}\n}}\n", permit.name, all.join("\n  && "))
}

fn forbid(forbid: &Forbid, symbols: &mut Symbols) -> String {
    let (write, production) = (symbols.add("write"), symbols.add("production"));
    format!("fn {}() -> bool {{ action == {write} && environment == {production} && !approved }}\n", forbid.name)
}

impl Roto {
    fn of_session(&self, session: &Session) -> Claims {
        let [bootloader, tee_svn, snp_svn, microcode] = session.tcb;
        Claims {
            snp: session.tee == "snp",
            measurement: self.symbols.get(&session.measurement_hex),
            environment: self.symbols.get(session.environment),
            svn: session.svn,
            debug: session.debug,
            bootloader,
            tee_svn,
            snp_svn,
            microcode,
            tool: RotoString::from(""),
            action: 0,
            tenant: 0,
            resource: 0,
            amount: 0,
            approved: false,
            age: 0,
        }
    }

    fn of_call<'a>(&self, request: &Request, value: impl Fn(Field) -> FieldValue<'a>) -> Claims {
        let (session, claims) = &self.sessions[request.session];
        let mut claims = Claims { age: request.age(session), ..claims.clone() };
        for field in self.fields {
            match (field, value(*field)) {
                // Rules about a tool by name are picked, and do not ask.
                (Field::Tool, FieldValue::Text(text)) if self.picks.is_none() => claims.tool = RotoString::from(text),
                (Field::Action, FieldValue::Text(text)) => claims.action = self.symbols.get(text),
                (Field::Tenant, FieldValue::Text(text)) => claims.tenant = self.symbols.get(text),
                (Field::Resource, FieldValue::Text(text)) => claims.resource = self.symbols.get(text),
                (_, FieldValue::Number(number)) => claims.amount = number,
                (_, FieldValue::Flag(flag)) => claims.approved = flag,
                (_, FieldValue::Text(_)) => {}
            }
        }
        claims
    }
}

impl Engine for Roto {
    fn prepare(&mut self, workload: &Workload) {
        let session = |session: &Session| (session.clone(), self.of_session(session));
        self.sessions = workload.sessions.iter().map(session).collect();
        self.prepared =
            workload.requests.iter().map(|request| self.of_call(request, |field| field.of(request))).collect();
        self.stream = workload.requests.iter().cloned().zip(workload.json.iter().cloned()).collect();
    }

    fn decide(&mut self, setting: Setting, at: usize) -> bool {
        let (request, json) = &self.stream[at];
        let mut tool = request.tool.as_str();
        let mut made;
        let claims = match setting {
            Setting::Prepared => &mut self.prepared[at],
            Setting::Fields => {
                made = self.of_call(request, |field| field.of(request));
                &mut made
            }
            Setting::Json => {
                let call = Call::read(json);
                tool = call.tool;
                made = self.of_call(request, |field| call.get(field));
                &mut made
            }
        };
        pick::decide(&self.permits, &self.forbids, self.picks.as_ref(), tool, |function| function.call(claims))
    }
}
