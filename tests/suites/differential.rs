//! Compiled code against the interpreter over questions at random, and `valid_until` against the decisions themselves: over every policy of `run/`, those that are
//! accepted in `ui/`, and the example.
//!
//! A session is opened once and then asked at many times, forwards and backwards, while reference values are swapped.

use atbac_compiler::pipeline;
use atbac_compiler::types::{StructId, Type};
use atbac_engine::SourceFile;
use atbac_generator::Tape;
use atbac_grammar::parse_duration;
use atbac_grammar::syntax::Stage;
use atbac_tests::constants::Constants;
use atbac_tests::evidence::{Evidence, base, timely};
use atbac_tests::examples::Example;
use atbac_tests::files::{bundle, data, with_extension};
use atbac_tests::generate::Generator;
use atbac_tests::twins::{TwinCall, TwinSession, Twins};
use jiff::{SignedDuration, Timestamp};
use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How many sessions are opened for each policy.
const SESSIONS: u32 = 250;

/// How many questions each is asked at most.
const QUESTIONS: usize = 8;

#[test]
fn executions_agree_and_decisions_last_as_long_as_they_say() {
    let evidence = timely();
    let folders = [data("run"), data("ui/accepted")];
    let mut policies: Vec<Vec<SourceFile>> =
        folders.iter().flat_map(|folder| with_extension(folder, "atbac")).map(|path| bundle(&path)).collect();
    policies.push(Example::open("transaction-approver").files);
    let tally = RefCell::new(BTreeMap::new());
    for policy in &policies {
        explore(policy, &evidence, &tally);
    }
    // Agreement on nothing but one kind of denial would prove little.
    let tally = tally.into_inner();
    for (outcome, least) in [
        ("permit", 5000),
        ("no_permit", 500),
        ("forbid", 300),
        ("indeterminate", 1000),
        ("expired", 1000),
        ("ends", 1000),
    ] {
        let found = tally.get(outcome).copied().unwrap_or(0);
        assert!(found >= least, "only {found} questions were answered by `{outcome}`: {tally:?}");
    }
}

/// How often each kind of decision came out, and how often one that ends.
type Tally = RefCell<BTreeMap<String, usize>>;

fn count(tally: &Tally, decision: &Json) {
    let kind = decision["kind"].as_str().or(decision["effect"].as_str());
    let ends = decision["valid_until"].is_string().then_some("ends");
    for outcome in kind.into_iter().chain(ends) {
        *tally.borrow_mut().entry(outcome.to_owned()).or_default() += 1;
    }
}

/// Asks a policy at random; a failing case is shrunk and printed with its policy.
fn explore(policy: &[SourceFile], evidence: &[Evidence], tally: &Tally) {
    let twins = Twins::open(policy);
    let checked = pipeline::parse(policy.iter().cloned()).check().unwrap();
    let schema = twins.jit.schema();
    let mut constants = Constants::of(&checked.policy);
    for evidence in evidence {
        if let Some(id) = schema.structs.iter().position(|known| known.name == evidence.schema_name()) {
            let id = StructId(id as u32);
            constants.add(schema, &Type::Struct(id), &evidence.value(schema, id).unwrap());
        }
    }
    let generator = Generator { schema, constants: &constants, near: None, evidence, base: base().as_millisecond() };
    if generator.requests().is_empty() {
        // Nothing that it asks about can be given: its own tests state their questions.
        return;
    }
    let config = Config { cases: SESSIONS, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&vec(any::<u16>(), 0..1500), |tape| {
        ask(&twins, &generator, &mut Tape::new(&tape), tally);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{}: {error}", policy[0].name);
    }
}

/// Opens one session and asks it one question after the other.
fn ask(twins: &Twins, generator: &Generator<'_>, tape: &mut Tape<'_>, tally: &Tally) {
    let request = *tape.one_of(&generator.requests());
    twins.swap_references(&generator.references(tape));
    let fields = generator.fields(tape, request, Stage::Session);
    let opened_at = instant(generator, tape);
    let name = format!("{}.{}", request.package, request.name);
    let mut session = twins
        .open_session(&name, opened_at, |known| fields.set(known))
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    for _ in 0..QUESTIONS {
        if tape.one_in(3) {
            twins.swap_references(&generator.references(tape));
        }
        let fields = generator.fields(tape, request, Stage::Call);
        let call = session.call(|known| fields.set(known)).unwrap();
        let at = instant(generator, tape);
        let decision = session.decide(&call, at);
        count(tally, &decision);
        lasts(&mut session, &call, at, &decision, generator, tape);
        if tape.is_at_end() {
            break;
        }
    }
}

fn instant(generator: &Generator<'_>, tape: &mut Tape<'_>) -> Timestamp {
    Timestamp::from_millisecond(generator.instant(tape)).unwrap()
}

/// No instant from the decision to its `valid_until` changes it.
fn lasts(
    session: &mut TwinSession,
    call: &TwinCall,
    at: Timestamp,
    decision: &Json,
    generator: &Generator<'_>,
    tape: &mut Tape<'_>,
) {
    let millisecond = SignedDuration::from_millis(1);
    let until: Option<Timestamp> = decision["valid_until"].as_str().map(|until| until.parse().unwrap());
    assert!(until.is_none_or(|until| at < until), "a decision lasts for some time: {decision}");
    let mut instants = vec![at + millisecond];
    instants.extend((0..6).map(|_| instant(generator, tape)));
    if let Some(until) = until {
        // Both sides of the end: from it on anything may come out, but both executions must still agree.
        instants.extend([until - millisecond, until, until + millisecond]);
    }
    for later in instants {
        let then = session.decide(call, later);
        if later >= at && until.is_none_or(|until| later < until) {
            let (mut now, mut then) = (lasting(decision), lasting(&then));
            if is_cut(decision, at) || is_cut(&session.decide(call, later), later) {
                // What ends with the decision has the less time left the later one asks.
                for each in [&mut now, &mut then] {
                    each["grant"].as_object_mut().unwrap().remove("ttl");
                }
            }
            assert_eq!(then, now, "decided at {at}, asked again at {later}");
        }
    }
}

/// Whether what is granted ends with the decision, and not by itself.
fn is_cut(decision: &Json, at: Timestamp) -> bool {
    let (Some(ttl), Some(until)) = (decision["grant"]["ttl"].as_str(), decision["valid_until"].as_str()) else {
        return false;
    };
    let until: Timestamp = until.parse().unwrap();
    at.as_millisecond() + parse_duration(ttl).unwrap() == until.as_millisecond()
}

/// What of a decision must not change while it is valid: all but how long it is, and why it was denied.
fn lasting(decision: &Json) -> Json {
    let mut lasting = decision.clone();
    let fields = lasting.as_object_mut().unwrap();
    fields.retain(|key, _| !matches!(key.as_str(), "valid_until" | "reasons" | "details" | "inputs" | "references"));
    lasting
}
