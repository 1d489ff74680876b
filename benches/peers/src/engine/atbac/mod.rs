//! atbac: policies as a user writes them ([`policy`]), sessions of verified evidence ([`evidence`]), calls ([`call`]), and what surrounds a
//! decision ([`surroundings`]).
//!
//! The evidence is simulated, since no machine of the right kind is at hand. It is signed, verified before the timing begins, and taken as
//! genuine evidence is: a session cannot tell them apart but by a flag. What the timing leaves out is the verification, which is measured in
//! `benches/benches/evidence.rs`.

mod call;
mod evidence;
mod policy;
pub(crate) mod surroundings;

use super::{Engine, Loaded, Setting};
use crate::measure::Load;
use crate::workload::{Request, Workload};
use atbac_engine::{Bundle, BundleError, Call, CallBuffer, Execution, Limits, Memory, Session, SourceFile};
use call::Form;
use jiff::Timestamp;
use policy::Writing;

pub(super) fn load(workload: &Workload) -> Loaded {
    loaded(workload, Writing::EachRule, Execution::Jit)
}

pub(super) fn load_template(workload: &Workload) -> Loaded {
    loaded(workload, Writing::Template, Execution::Jit)
}

pub(super) fn load_interpreter(workload: &Workload) -> Loaded {
    loaded(workload, Writing::EachRule, Execution::Interpreter)
}

fn loaded(workload: &Workload, writing: Writing, execution: Execution) -> Loaded {
    let files = policy::files(workload, writing);
    let source = files.iter().map(|file| file.text.len()).sum();
    let (bundle, load) = open(workload, files, execution);
    let (sessions, requests, calls, json) = Default::default();
    let engine = Atbac { bundle, sessions, requests, calls, json, stream: None };
    Loaded { engine: Box::new(engine), load, source: Some(source) }
}

/// W2-100000 has more rules, and more conditions, than a bundle may have by itself.
fn limits() -> Limits {
    Limits { declarations: 1_000_000, bundle_conditions: 10_000_000, ..Limits::default() }
}

/// Opens a bundle, with the references that W1 reads.
fn open(workload: &Workload, files: Vec<SourceFile>, execution: Execution) -> (Bundle, Load) {
    let references = policy::references(workload);
    Load::measure(|| {
        let bundle = match Bundle::open_within(files, execution, limits()) {
            Ok(bundle) => bundle,
            Err(BundleError::Refused(refused)) => {
                panic!("the generated policies are refused: {:?}", refused.diagnostics.first())
            }
            Err(BundleError::Jit(error)) => panic!("{error}"),
        };
        let references = bundle.read_references(references.as_bytes()).expect("the generated references fit");
        bundle.swap_references(references).expect("they were read for this bundle");
        bundle
    })
}

struct Atbac {
    bundle: Bundle,
    sessions: Vec<Session>,
    requests: Vec<(Request, Timestamp)>,
    calls: Vec<Call>,
    json: Vec<String>,
    stream: Option<Stream>,
}

/// What decisions of the stream are made with.
struct Stream {
    form: Form,
    buffer: CallBuffer,
    memory: Memory,
}

impl Engine for Atbac {
    fn prepare(&mut self, workload: &Workload) {
        self.sessions = evidence::open_sessions(&self.bundle, workload);
        self.requests = workload.requests.iter().map(|request| (request.clone(), instant(request.now))).collect();
        self.calls = self
            .requests
            .iter()
            .map(|(request, _)| call::kept(&self.sessions[request.session], workload.fields, request))
            .collect();
        self.json.clone_from(&workload.json);
        let session = &self.sessions[0];
        let form = Form::new(&self.bundle, workload);
        self.stream = Some(Stream { form, buffer: session.call_buffer(), memory: session.memory() });
    }

    fn decide(&mut self, setting: Setting, at: usize) -> bool {
        let (request, now) = &self.requests[at];
        let session = &self.sessions[request.session];
        let Stream { form, buffer, memory } = self.stream.as_mut().expect("the stream was prepared");
        let call = match setting {
            Setting::Prepared => &self.calls[at],
            Setting::Fields => form.fill(buffer, request),
            Setting::Json => call::read(buffer, &self.json[at]),
        };
        session.decide(call, *now, memory).is_permit()
    }
}

/// An instant of the stream.
fn instant(millisecond: i64) -> Timestamp {
    Timestamp::from_millisecond(millisecond).expect("an instant of 2026")
}
