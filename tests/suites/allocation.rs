//! A decision allocates nothing and frees nothing, whatever comes out, on both executions.
//!
//! The library that counts replaces the allocator of this whole test program and counts by thread.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not as expected fails the test")]

use atbac_engine::{Bundle, Call, Decision, Denial, Execution, Granted, Memory, Session, Verdict};
use atbac_tests::files::source;
use atbac_tests::twins::{open, set_all};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

/// One policy in which every kind of decision can come out, with every kind of condition and merge.
const POLICY: &str = r#"
package p;
use std.agent.{Session, Approval};
floor circumstance: asserted;
enum Action { read { query }, write { pay, cancel } }
request Call {
  session session: authenticated Session,
  call action: asserted Action,
  call text: asserted String,
  call digest: asserted Digest<48>,
  call firmware: asserted Tcb,
  call approvals: authenticated [Approval; 8],
  call audience: asserted String,
}
grant Pass for Call {
  ttl: Duration merge min,
  uses: Int merge max,
  audience: String merge same,
  scopes: Set<String> merge intersect,
  labels: Set<String> merge union,
}
reference digests: Set<Digest<48>>;
reference texts: Set<String>;
reference minimum: Tcb;
reference locked: Bool;

permit first for Call where action in Action.write {
  require digest in digests else "digest";
  require text in texts or text in { "a", "b", "cc" } else "text";
  require firmware >= minimum else "firmware";
  require age(session) <= 10m else "session";
  require count(a in approvals where age(a) <= 5m and a.group == "managers" and a.resource == session.tenant) >= 2 else "approvals";
  grant { ttl: 5m, uses: 1, audience: "acme", scopes: { "x", "y", "z" }, labels: { "x", "one" } }
}
permit second for Call where action in { pay, query } {
  grant { ttl: 4m, uses: 2, audience: audience, scopes: { "y", "z", "w" }, labels: { "x", "two" } }
}
forbid locked_out for Call where action == cancel { when locked; reason "locked"; }
"#;

fn start() -> Timestamp {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

fn approval() -> Json {
    json!({
        "id": "1", "issuer": "i", "approver": "p", "group": "managers", "action": "a", "resource": "t",
        "issued_at": "2026-01-01T12:00:00Z", "verified_at": "2026-01-01T12:00:00Z", "expires_at": "2026-01-01T13:00:00Z",
    })
}

/// A bundle, a session opened at the start, and everything that is asked of it.
struct World {
    bundle: Bundle,
    session: Session,
}

impl World {
    fn open(execution: Execution) -> Self {
        let bundle = open(&source(POLICY), execution);
        load(&bundle, &json!(false));
        let session = json!({
            "id": "s", "tenant": "t", "subject": "u", "issuer": "i", "key_digest": "00".repeat(64),
            "issued_at": "2026-01-01T12:00:00Z", "verified_at": "2026-01-01T12:00:00Z", "expires_at": "2026-01-01T14:00:00Z",
        });
        let fields = bundle.session_fields("Call").unwrap().authenticated("session", &session).unwrap();
        let session = bundle.open_session(fields, start()).unwrap();
        World { bundle, session }
    }

    fn call(&self, action: &str, audience: &str) -> Call {
        let values = json!({
            "action": action, "text": "a longer text than fits a word", "digest": "ab".repeat(48),
            "firmware": { "snp": 8, "microcode": 115 }, "approvals": [approval(), approval(), approval()], "audience": audience,
        });
        self.session.call(set_all(self.session.call_fields(), values.as_object().unwrap()).unwrap()).unwrap()
    }
}

/// Puts reference values in force; `locked` may be null, which leaves it out.
fn load(bundle: &Bundle, locked: &Json) {
    let mut references = json!({
        "digests": ["ab".repeat(48), "cd".repeat(48)], "texts": ["a longer text than fits a word", "another"],
        "minimum": { "snp": 8 }, "locked": locked,
    });
    references.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let file = json!({ "format": 1, "references": references }).to_string();
    bundle.swap_references(bundle.read_references(file.as_bytes()).unwrap()).unwrap();
}

/// Decides, reads all of the decision, and asserts that neither allocated nor freed anything.
fn measured(session: &Session, call: &Call, at: Timestamp, memory: &mut Memory, expected: Verdict) {
    let mut verdict = None;
    let info = allocation_counter::measure(|| verdict = Some(read(&session.decide(call, at, memory))));
    assert_eq!(verdict, Some(expected), "at {at}");
    assert_eq!(
        (info.count_total, info.count_current),
        (0, 0),
        "{:?}: {expected:?} at {at}",
        session.bundle().execution()
    );
}

/// Reads everything that a decision says.
fn read(decision: &Decision<'_>) -> Verdict {
    let mut read = decision.rules().map(|rule| rule.name.len() + rule.package.len()).sum::<usize>();
    read += decision.disagreements().map(str::len).sum::<usize>();
    if let Some(grant) = decision.grant() {
        for name in grant.fields() {
            read += match grant.get(name).unwrap() {
                Granted::Value(_) => 1,
                Granted::Set(set) => set.iter().count(),
            };
        }
    }
    std::hint::black_box((read, decision.valid_until(), decision.is_permit()));
    decision.verdict()
}

/// Each step is asked twice: the first time the memory may have held what another step found.
fn every_kind_of_decision(execution: Execution) {
    let world = World::open(execution);
    let World { bundle, session } = &world;
    let [pay, cancel, query] = ["pay", "cancel", "query"].map(|action| world.call(action, "acme"));
    let other_audience = world.call("pay", "globex");
    let mut memory = session.memory();
    // The interpreter's memory grows to what it needs when it is first used.
    read(&session.decide(&pay, start(), &mut memory));
    let after = |minutes| start() + SignedDuration::from_mins(minutes);
    let deny = Verdict::Deny;
    for _ in 0..2 {
        load(bundle, &json!(false));
        measured(session, &pay, start(), &mut memory, Verdict::Permit);
        measured(session, &query, start(), &mut memory, Verdict::Permit);
        measured(session, &cancel, after(1), &mut memory, Verdict::Permit);
        measured(session, &other_audience, start(), &mut memory, deny(Denial::Indeterminate));
        // Time passes: what was found for the session no longer holds.
        measured(session, &cancel, after(20), &mut memory, deny(Denial::NoPermit));
        measured(session, &cancel, after(2), &mut memory, Verdict::Permit);
        measured(session, &pay, after(90), &mut memory, deny(Denial::Expired));
        measured(session, &pay, after(300), &mut memory, deny(Denial::Expired));
        // Other reference values are in force.
        load(bundle, &json!(true));
        measured(session, &cancel, start(), &mut memory, deny(Denial::Forbid));
        measured(session, &pay, start(), &mut memory, Verdict::Permit);
        load(bundle, &json!(null));
        measured(session, &cancel, start(), &mut memory, deny(Denial::Indeterminate));
    }
}

#[test]
fn compiled_code_allocates_nothing() {
    every_kind_of_decision(Execution::Jit);
}

#[test]
fn the_interpreter_allocates_nothing_once_its_memory_has_grown() {
    every_kind_of_decision(Execution::Interpreter);
}

/// Without any decision before it, in memory made for the session.
#[test]
fn the_first_decision_of_compiled_code_allocates_nothing() {
    let world = World::open(Execution::Jit);
    let (call, mut memory) = (world.call("pay", "acme"), world.session.memory());
    measured(&world.session, &call, start(), &mut memory, Verdict::Permit);
}

/// On a thread that has never touched the bundle before it made its memory.
#[test]
fn the_first_decision_of_a_thread_allocates_nothing() {
    let world = World::open(Execution::Jit);
    let (session, call) = (&world.session, &world.call("pay", "acme"));
    std::thread::scope(|scope| {
        scope.spawn(|| measured(session, call, start(), &mut session.memory(), Verdict::Permit));
    });
}

/// What an agent says and what the service knows, both without any memory of their own: from a struct and from JSON, a decision each.
#[test]
fn a_call_in_memory_that_has_grown_allocates_nothing() {
    #[derive(atbac_engine::Call)]
    struct Known<'a> {
        #[atbac(local)]
        tenant: &'a str,
        #[atbac(local)]
        approved: bool,
    }
    let policy = r#"
package p;
floor circumstance: asserted;
enum Action { query, pay }
record Item { name: String, price: Int?, digest: Digest<2> }
request Call {
  call action: asserted Action,
  call items: asserted [Item; 4],
  call note: asserted String?,
  call tenant: local String,
  call approved: local Bool,
}
permit cheap for Call where action == pay, tenant == "acme" { require all i in items: i.price is present and i.price < 100 else "dear"; }
permit approved for Call where approved { require note is present else "say why"; }
"#;
    let bundle = open(&source(policy), Execution::Jit);
    let session = bundle.open_session(bundle.session_fields("Call").unwrap(), start()).unwrap();
    let form = bundle.call_form::<Known<'_>>("Call").unwrap();
    let (mut buffer, mut memory) = (session.call_buffer(), session.memory());
    let item = |name: &str, price: u32| format!(r#"{{"name":"{name}","price":{price},"digest":"00ff"}}"#);
    let cheap = format!(r#"{{"action":"pay","items":[{},{}]}}"#, item("a longer name", 5), item("b", 99));
    let dear = format!(r#"{{"note":"because","items":[{}],"action":"pay"}}"#, item("c", 100));
    let asked = [
        (&cheap, "acme", false, Verdict::Permit),
        (&cheap, "umbrella", false, Verdict::Deny(Denial::NoPermit)),
        (&dear, "acme", false, Verdict::Deny(Denial::NoPermit)),
        (&dear, "acme", true, Verdict::Permit),
    ];
    let mut ask = |expect_none: bool| {
        for &(said, tenant, approved, expected) in &asked {
            let mut verdict = None;
            let info = allocation_counter::measure(|| {
                let call = buffer.fill(|call| {
                    call.fields(&form, &Known { tenant, approved })?;
                    call.asserted(said.as_bytes())
                });
                verdict = Some(session.decide(call.unwrap(), start(), &mut memory).verdict());
            });
            assert_eq!(verdict, Some(expected), "{said} {tenant} {approved}");
            assert!(!expect_none || (info.count_total, info.count_current) == (0, 0), "{info:?}: {said}");
        }
    };
    ask(false);
    ask(true);
}

/// The counter sees what it should: a session that opens allocates.
#[test]
fn what_allocates_is_seen() {
    let info = allocation_counter::measure(|| drop(World::open(Execution::Interpreter)));
    assert!(info.count_total > 100, "{info:?}");
}
