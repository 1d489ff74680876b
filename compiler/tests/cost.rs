//! What decisions cost, worked out by hand from what a step is: a word that is read and compared, or two answers that are combined.
#![expect(clippy::panic, reason = "a test that cannot go on fails, in its helpers too")]

use atbac_compiler::cost::{self, Cost, Work};
use atbac_compiler::pipeline::{self, SourceFile};

/// The cost of forbids with these conditions.
fn cost(conditions: &[&str]) -> Cost {
    let rules: String = (conditions.iter().enumerate())
        .map(|(at, condition)| format!("forbid rule_{at} for Call {{ when {condition}; reason \"\"; }}\n"))
        .collect();
    let text = format!(
        "package costs;
         reference names: Set<String>;
         reference nets: Set<Cidr>;
         request Call {{
           session ready: local Bool,
           call n:     asserted Int,
           call m:     asserted Int,
           call name:  asserted String,
           call other: asserted String,
           call key:   asserted Bytes<32>,
           call from:  asserted IpAddr,
           call list:  asserted [Int; 4],
         }}
         {rules}"
    );
    let sources = [SourceFile { name: "costs".into(), text }];
    let checked = pipeline::parse(sources).check().unwrap_or_else(|refused| panic!("{:#?}", refused.diagnostics));
    cost::of(&checked.lower().expect("what is accepted can be lowered")[0])
}

/// What a call costs with one such forbid.
fn call(condition: &str) -> Work {
    cost(&[condition]).call
}

fn steps(steps: u64) -> Work {
    Work { steps, ..Work::default() }
}

/// Each with the step in which the rule takes the answer.
#[test]
fn a_comparison_takes_a_step_a_word() {
    assert_eq!(call("n > 5"), steps(2));
    assert_eq!(
        call("n in { 0, 1 } and m in { 0, 1 } and n + m > 1").steps,
        2 + 2 + 2 + 4,
        "two sets of two, a sum and what it is compared with, an `and` of three"
    );
    assert_eq!(call("name == \"eight by\""), steps(2));
    assert_eq!(call("name == \"nine byte\""), steps(3));
    assert_eq!(call("name == other"), Work { steps_a_byte: 1, ..steps(2) });
    assert_eq!(call("from in 10.0.0.0/8"), steps(4), "an address is three words");
}

#[test]
fn what_no_frame_bounds_is_stated_a_piece() {
    // One for each part of the pattern: `a`, any, `b`.
    assert_eq!(call("name matches \"a*b\""), Work { steps_a_byte: 3, ..steps(2) });
    assert_eq!(call("from in nets"), Work { steps_an_entry: 3, ..steps(2) });
    // By halves, and a set has at most 2^32 elements.
    assert_eq!(call("name in names"), Work { steps: 33, steps_a_byte: 32, searches: 1, ..Work::default() });
}

#[test]
fn a_list_is_walked_to_its_end() {
    // Four elements: each is begun, asked, and its answer taken; then the count is compared, and the rule takes that.
    assert_eq!(call("any x in list: x == 1"), Work { elements: 4, ..steps(4 * 3 + 1 + 1) });
    // What is not about the element is asked once, and its answer taken for each.
    let cost = cost(&["any x in list: x == 1 and n == 2"]);
    assert_eq!((cost.call_tests, cost.element_tests), (2, 1));
    assert_eq!(cost.call, Work { elements: 4, ..steps(4 * (1 + 3 + 1) + 1 + 1 + 1) });
}

#[test]
fn a_hash_takes_a_step_a_byte() {
    let digest = "0000000000000000000000000000000000000000000000000000000000000000";
    let hashed = call(&format!("sha256(key) == hex\"{digest}\""));
    assert_eq!((hashed.hashed_bytes, hashed.hashed_texts), (32, 0));
    assert_eq!(hashed.steps, 32 + 4 + 1);
    let hashed = call(&format!("sha256(name) == hex\"{digest}\""));
    assert_eq!((hashed.hashed_bytes, hashed.hashed_texts, hashed.steps_a_byte), (0, 1, 1));
}

#[test]
fn what_a_session_fixes_costs_a_call_nothing_but_the_answer() {
    let cost = cost(&["ready"]);
    assert_eq!((cost.session_tests, cost.call_tests), (1, 0));
    assert_eq!((cost.session, cost.call), (steps(2), steps(1)));
}

#[test]
fn rules_that_ask_the_same_ask_once() {
    let (one, two) = (cost(&["n > 5"]), cost(&["n > 5", "n > 5 and m > 5"]));
    assert_eq!((one.rules, one.call_tests), (1, 1));
    assert_eq!((two.rules, two.call_tests), (2, 2));
    // One more question; and an `and` of two.
    assert_eq!(two.call.steps, one.call.steps + 1 + 3);
}
