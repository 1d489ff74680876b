//! Which words are names where.

use crate::support::{expression, file, item, messages, only_error, shape};
use atbac_grammar::syntax::ItemKind;

/// The words of the language that stay usable as names of declarations and variables.
const SOFT: &str = "package use enum record evidence request grant reference predicate floor template apply test invariant as session call attested \
    authenticated local asserted bound to merge reason count distinct given with case at expect deny because by valid_until present permitted sample version \
    policy min same intersect hex ip oid";

/// The words that begin or join expressions.
const RESERVED: &str = "and or not implies in is matches starts_with ends_with contains subset_of any all if then else match true false tcb permit \
    forbid for where require when unless let";

#[test]
fn soft_words_name_declarations_and_variables() {
    for word in SOFT.split_whitespace() {
        file(&format!(
            "enum {word} {{ {word}, g {{ {word} }} }}
             record {word} {{ {word}: {word} }}
             request {word} {{ session {word}: attested {word} bound to {word} }}
             grant {word} for {word} {{ {word}: {word} merge {word} }}
             reference {word}: Set<{word}>;
             predicate {word}({word}: {word}) = {word} == 1 or any {word} in {word}: {word}.{word};
             permit {word} for {word} where {word} in {{ {word} }}, {word} {{ let {word} = {word}; require {word}; grant {{ {word}: {word} }} }}
             template {word}({word}: {word}) {{ permit {word} for {word}; }}
             apply {word}({word}) as {word};
             floor {word}: local;
             test \"t\" {{
               given {word} {{ {word}.{word}: {word}, ..{word}.{word} }}
               with {word} = {word} {{ }}
               at {word}
               expect permit by {word}, {word}
               expect deny because \"x\" by {word}
               expect valid_until {word}
             }}
             invariant \"i\" for {word} {{ match {word} {{ {word} {word} => {word} }} }}"
        ));
    }
}

#[test]
fn every_word_names_a_field() {
    for word in SOFT.split_whitespace().chain(RESERVED.split_whitespace()) {
        file(&format!(
            "record R {{ {word}: T }}
             evidence E \"e\" {{ @{word}({word}: 1) {word}: T }}
             grant G for R {{ {word}: T merge {word} }}
             permit p for R {{ require a.{word} == tcb {{ {word}: 1 }}; grant {{ {word}: a.{word}.{word} }} }}
             permit q for R where a.{word} {{ reason \"r\"; }}
             template t() {{ permit p for R where x == a.{word} {{ reason \"r\"; grant {{ }} }} permit q for R; }}
             test \"t\" {{ given R {{ {word}: 1, a.{word}: 2 }} }}"
        ));
    }
}

#[test]
fn reserved_words_name_nothing_else() {
    for word in RESERVED.split_whitespace() {
        for text in [
            format!("enum {word} {{ a }}"),
            format!("permit {word} for R;"),
            format!("request R {{ call {word}: local T }}"),
            format!("reference {word}: T;"),
        ] {
            assert!(!messages(&text).is_empty(), "{text}");
        }
    }
    let (message, place) = only_error("reference match: T;");
    assert_eq!((message.as_str(), place.as_str()), ("expected a name, found `match`", "match"));
}

#[test]
fn stages_are_told_from_names_by_place() {
    let ItemKind::Request(request) = item("request R { session session: local T, call call: asserted call }") else {
        panic!("not a request")
    };
    let names: Vec<&str> = request.fields.iter().map(|field| field.name.value.as_str()).collect();
    assert_eq!(names, ["session", "call"]);
}

#[test]
fn count_is_an_aggregate_before_a_parenthesis_and_a_name_elsewhere() {
    assert_eq!(
        shape(&expression("count == count.count + count(x in count)")),
        "(eq count (add (. count count) (count x count)))"
    );
}

#[test]
fn a_test_line_begins_where_an_expression_ends() {
    let ItemKind::Test(test) = item("test \"t\" { with x = with with at = at at at expect permit }") else {
        panic!("not a test")
    };
    assert_eq!(test.lines.len(), 4);
}
