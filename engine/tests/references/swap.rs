//! Other reference values put in force: all at once, for whoever decides next.

use crate::asking::{EXECUTIONS, POLICY, at, decide, load, open, question, verdict};
use atbac_compiler::value::Value;
use atbac_engine::{Bundle, Granted};
use serde_json::{Value as Json, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const NOW: &str = "2026-02-01T00:00:00Z";

#[test]
fn a_swap_changes_what_rests_on_what_it_changes() {
    let asked = [
        json!({ "ask": "build", "build": "a" }),
        json!({ "ask": "build", "build": "b" }),
        json!({ "ask": "limit", "amount": 5 }),
        json!({ "ask": "network", "address": "10.0.0.1" }),
        json!({ "ask": "free" }),
    ];
    for execution in EXECUTIONS {
        let bundle = open(POLICY, execution);
        let all = || -> Vec<Json> { asked.iter().map(|fields| decide(&bundle, &question(fields), at(NOW))).collect() };
        load(&bundle, &json!({ "released": ["a"], "limit": 5, "networks": ["10.0.0.0/8"] }));
        let before = all();
        assert_eq!(
            before.iter().map(verdict).collect::<Vec<_>>(),
            ["permit", "no_permit", "permit", "permit", "permit"]
        );
        let only_b = json!({ "values": [{ "value": "a", "state": "revoked" }, { "value": "b", "until": "2026-03-01T00:00:00Z" }] });
        load(&bundle, &json!({ "released": only_b, "limit": 5 }));
        let after = all();
        assert_eq!(
            after.iter().map(verdict).collect::<Vec<_>>(),
            ["no_permit", "permit", "permit", "indeterminate", "permit"]
        );
        assert_eq!(after[1]["valid_until"], "2026-03-01T00:00:00Z");
        for same in [2, 4] {
            assert_eq!(before[same], after[same]);
        }
    }
}

/// Both references always have the same value in a file, and the session's condition is found again for each.
const PAIRS: &str = r#"
package p;
floor circumstance: asserted;
request Call { session name: asserted String, call amount: asserted Int }
grant Pass for Call { one: Int merge same, other: Int merge same, names: Set<String> merge union }
reference one: Int;
reference other: Int;
reference names: Set<String>;
permit equal for Call {
  require one == other and amount > 0 else "torn";
  require name in names else "torn from the session";
  grant { one: one, other: other, names: names }
}
"#;

fn pair(number: i64) -> Json {
    json!({ "one": number, "other": number, "names": ["n", number.to_string()] })
}

#[test]
fn no_decision_of_eight_threads_sees_half_a_swap() {
    for execution in EXECUTIONS {
        let bundle = open(PAIRS, execution);
        load(&bundle, &pair(0));
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let deciders: Vec<_> = (0..8).map(|_| scope.spawn(|| decide_until(&bundle, &done))).collect();
            for number in 1..=300 {
                load(&bundle, &pair(number));
            }
            done.store(true, Ordering::Release);
            for decider in deciders {
                assert_eq!(decider.join().unwrap(), 300, "what is in force in the end is what was put there last");
            }
        });
    }
}

/// Decides until told to stop, and once after that; gives the number granted last.
fn decide_until(bundle: &Bundle, done: &AtomicBool) -> i64 {
    let fields = bundle.session_fields("Call").unwrap().asserted("name", &json!("n")).unwrap();
    let session = bundle.open_session(fields, at(NOW)).unwrap();
    let call = session.call(session.call_fields().asserted("amount", &json!(1)).unwrap()).unwrap();
    let mut memory = session.memory();
    let mut last = 0;
    loop {
        let stop = done.load(Ordering::Acquire);
        let decision = session.decide(&call, at(NOW), &mut memory);
        let grant = decision.grant().unwrap();
        let number = |name| match grant.get(name) {
            Some(Granted::Value(value)) => match *value {
                Value::Int(number) => number,
                _ => panic!("{value:?}"),
            },
            other => panic!("{other:?}"),
        };
        let Some(Granted::Set(names)) = grant.get("names") else { panic!("a set") };
        let names: Vec<_> = names.iter().map(|name| name.into_owned()).collect();
        assert_eq!(number("one"), number("other"));
        assert_eq!(names, [Value::string(number("one").to_string()), Value::string("n")]);
        assert!(last <= number("one"), "values go back from {last} to {}", number("one"));
        last = number("one");
        if stop {
            return last;
        }
    }
}

/// A grant is read from the values its decision was made with.
#[test]
fn a_decision_keeps_the_values_it_was_made_with() {
    for execution in EXECUTIONS {
        let bundle = open(PAIRS, execution);
        load(&bundle, &pair(1));
        let fields = bundle.session_fields("Call").unwrap().asserted("name", &json!("n")).unwrap();
        let session = bundle.open_session(fields, at(NOW)).unwrap();
        let call = session.call(session.call_fields().asserted("amount", &json!(1)).unwrap()).unwrap();
        let mut memory = session.memory();
        let decision = session.decide(&call, at(NOW), &mut memory);
        load(&bundle, &json!({}));
        let Some(Granted::Value(one)) = decision.grant().unwrap().get("one") else { panic!("a value") };
        assert_eq!(*one, Value::Int(1));
        assert!(!session.decide(&call, at(NOW), &mut memory).is_permit(), "and the next with those in force then");
    }
}

/// Also the first decision after a swap, which keeps other values than the one before.
#[test]
fn to_decide_with_granted_references_allocates_nothing() {
    for execution in EXECUTIONS {
        let bundle = open(PAIRS, execution);
        load(&bundle, &pair(1));
        let fields = bundle.session_fields("Call").unwrap().asserted("name", &json!("n")).unwrap();
        let session = bundle.open_session(fields, at(NOW)).unwrap();
        let call = session.call(session.call_fields().asserted("amount", &json!(1)).unwrap()).unwrap();
        let mut memory = session.memory();
        let now = at(NOW);
        assert!(session.decide(&call, now, &mut memory).is_permit());
        load(&bundle, &pair(2));
        let allocated = allocation_counter::measure(|| {
            let decision = session.decide(&call, now, &mut memory);
            let grant = decision.grant().unwrap();
            assert!(matches!(grant.get("one"), Some(Granted::Value(_))));
            assert!(matches!(grant.get("names"), Some(Granted::Set(names)) if names.iter().count() == 2));
        });
        assert_eq!(allocated.count_total, 0, "{execution:?}");
    }
}

/// More sessions than a memory keeps values for, in turn, with swaps and a clock that goes back and forth between: each is answered as in memory of its own.
#[test]
fn sessions_that_take_turns_in_one_memory_are_not_mixed_up() {
    const SESSIONS: usize = 150;
    for execution in EXECUTIONS {
        let bundle = open(PAIRS, execution);
        let sessions: Vec<_> = (0..SESSIONS)
            .map(|number| {
                let name = json!(number.to_string());
                let fields = bundle.session_fields("Call").unwrap().asserted("name", &name).unwrap();
                bundle.open_session(fields, at(NOW)).unwrap()
            })
            .collect();
        let call = sessions[0].call(sessions[0].call_fields().asserted("amount", &json!(1)).unwrap()).unwrap();
        let mut memory = sessions[0].memory();
        for (round, released) in [10, 70, 3, 70].into_iter().enumerate() {
            let next = released + 1;
            let names = json!({ "values": [
                { "value": released.to_string(), "until": "2026-03-01T00:00:00Z" }, { "value": next.to_string(), "from": "2026-03-01T00:00:00Z" },
            ] });
            load(&bundle, &json!({ "one": round, "other": round, "names": names }));
            for now in [NOW, "2026-03-01T00:00:00Z", NOW, NOW] {
                let expected = if now == NOW { released } else { next };
                for (number, session) in sessions.iter().enumerate() {
                    let decision = session.decide(&call, at(now), &mut memory);
                    assert_eq!(decision.is_permit(), number == expected, "{number} in round {round} at {now}");
                }
            }
        }
    }
}
