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
           call net:   asserted Cidr,
           call tags:  asserted Set<String>,
           call list:  asserted [Int; 4],
           call words: asserted [String; 4],
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
fn a_text_is_compared_by_the_word() {
    assert_eq!(call("name in { \"eight by\", \"nine byte\" }"), steps(1 + 2 + 1));
    assert_eq!(call("name starts_with \"abc\""), steps(2));
    assert_eq!(call("name ends_with \"nine byte\""), steps(3));
    assert_eq!(call("name starts_with other"), Work { steps_a_byte: 1, ..steps(2) });
    // The search for a part looks at no byte more than twice.
    assert_eq!(call("name contains \"abc\""), Work { steps_a_byte: 2, ..steps(2) });
    assert_eq!(call("net subset_of 10.0.0.0/8"), steps(5), "a network is four words");
}

#[test]
fn a_set_is_searched_by_halves() {
    let searched = |steps, steps_a_byte| Work { steps, steps_a_byte, searches: 1, ..Work::default() };
    // Two elements take two comparisons. No element of the set that is given takes less than a byte, and so each byte may begin one.
    assert_eq!(call("tags subset_of { \"batch\", \"night\" }"), searched(2, 2));
    // A set that no policy writes out has at most 2^32 elements.
    assert_eq!(call("tags subset_of names"), searched(2, 32));
    assert_eq!(call("names subset_of tags"), Work { steps_an_entry: 32, ..searched(2, 0) });
    assert_eq!(call("tags contains \"batch\""), searched(32 + 1, 0));
    assert_eq!(call("tags contains name"), searched(32 + 1, 32));
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
fn different_values_are_looked_for_among_those_before() {
    // Four elements, each begun, asked, and its answer taken; then each compared with each.
    let numbers = call("count(distinct x for x in list where x > 0) >= 2");
    assert_eq!(numbers, Work { elements: 4, ..steps(4 * 3 + 4 * 4 + 1 + 1) });
    // One more for `!=`, which is a `not`; and all texts of the list together once more for each element.
    let texts = call("count(distinct x for x in words where x != \"\") >= 2");
    assert_eq!(texts, Work { elements: 4, steps_a_byte: 4, ..steps(4 * 4 + 4 * 4 + 1 + 1) });
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

/// What a call costs with so many forbids that differ in constants only: rows of one table.
fn rows(count: usize, condition: impl Fn(usize) -> String) -> Work {
    let conditions: Vec<String> = (0..count).map(condition).collect();
    cost(&conditions.iter().map(String::as_str).collect::<Vec<_>>()).call
}

#[test]
fn a_call_meets_the_rows_of_its_value() {
    // The name is hashed and compared, and its rows are found. At most two have the same one: each is asked, and its answer taken.
    let names = ["a", "b", "c", "c"];
    let found = rows(4, |at| format!("name == \"{}\" and n > {at}", names[at]));
    assert_eq!(found, Work { steps_a_byte: 2, ..steps(1 + 1 + 2 * 2) });
    // All seventy ask for one of the numbers.
    let found = rows(70, |at| format!("n in {{ {at}, {}, 1000 }} and m > {at}", at + 1));
    assert_eq!(found, steps(1 + 70 * 2));
}

/// Seventy bounds or pieces are searched by seven comparisons. Seventy rows are two words of bits for each of the filters, and are all counted as met: each asks its questions,
/// and an `and` takes the answers.
#[test]
fn rows_without_a_value_are_filtered() {
    let between = rows(70, |at| format!("n >= {at} and n <= {} and m > {at}", at + 5));
    assert_eq!(between, Work { searches: 3, ..steps(3 * 2 + 3 * 7 + 70 * (3 + 4)) });
    // A beginning is looked for again with a byte less, at most once for each of its three.
    let beginning = rows(70, |at| format!("name starts_with \"{at:03}\" and m > {at}"));
    let looked_for = 7 * (1 + 3);
    let expected = Work { steps_a_byte: looked_for, searches: 2, ..steps(2 * 2 + looked_for + 7 + 70 * (2 + 3)) };
    assert_eq!(beginning, expected);
    // Nothing finds a part that may stand anywhere: the rows ask it, of each byte twice.
    let anywhere = rows(70, |at| format!("name contains \"x{at:03}\" and m > {at}"));
    assert_eq!(anywhere, Work { steps_a_byte: 70 * 2, searches: 1, ..steps(2 + 7 + 70 * (2 + 3)) });
    // The end of all patterns is one piece of one byte, and each pattern has seven characters.
    let matching = rows(70, |at| format!("name matches \"*x{at:03}*y\" and m > {at}"));
    assert_eq!(matching, Work { steps_a_byte: 2 + 70 * 7, searches: 2, ..steps(2 * 2 + 2 + 7 + 70 * (2 + 3)) });
}
