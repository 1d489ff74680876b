//! How deep and how long anything may be, and that what is allowed can be walked over.

use crate::support::{expression, file, messages, only_error, shape};
use atbac_grammar::limits::{MAX_DEPTH, MAX_NESTING};
use atbac_grammar::span::MAX_FILE_BYTES;

fn nested(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

#[test]
fn brackets_nest_up_to_the_limit() {
    for (open, close) in [("(", ")"), ("{", "}"), ("f(", ")"), ("[", "]")] {
        expression(&nested(open, "x", close, MAX_NESTING));
        let (message, _) = only_error(&format!("predicate p() = {};", nested(open, "x", close, MAX_NESTING + 1)));
        assert_eq!(message, format!("brackets nest more than {MAX_NESTING} deep here"));
    }
}

#[test]
fn operators_chain_up_to_the_limit() {
    for operator in ["and", "or", "implies", "+", "*", "."] {
        expression(&format!("x{}", format!(" {operator} x").repeat(MAX_DEPTH)));
        let (message, _) = only_error(&format!("predicate p() = x{};", format!(" {operator} x").repeat(MAX_DEPTH + 1)));
        assert_eq!(message, format!("this expression chains more than {MAX_DEPTH} operators"), "{operator}");
    }
}

#[test]
fn prefixes_nest_up_to_the_limit() {
    for prefix in ["not ", "- ", "any x in xs: ", "if a then b else "] {
        expression(&format!("{}x", prefix.repeat(MAX_DEPTH - 1)));
        let (message, _) = only_error(&format!("predicate p() = {}x;", prefix.repeat(MAX_DEPTH + 1)));
        assert_eq!(message, format!("this expression chains more than {MAX_DEPTH} operators"), "{prefix}");
    }
}

#[test]
fn types_nest_up_to_the_limit() {
    file(&format!("reference r: T{};", "?".repeat(MAX_DEPTH)));
    assert_eq!(messages(&format!("reference r: T{};", "?".repeat(MAX_DEPTH + 1))).len(), 1);
    file(&format!("reference r: {};", nested("Set<", "T", ">", MAX_DEPTH / 2)));
    assert_eq!(messages(&format!("reference r: {};", nested("Set<", "T", ">", MAX_DEPTH))).len(), 1);
}

/// Depth comes from operators before, inside and after a bracket alike.
#[test]
fn brackets_and_operators_count_together() {
    let half = MAX_DEPTH / 2;
    for (before, after) in [(half, 0), (0, half)] {
        let inner = format!("x{}", " and x".repeat(half));
        let text = format!("{}({inner}){}", "x implies ".repeat(before), " or x".repeat(after));
        let (message, _) = only_error(&format!("predicate p() = {text};"));
        assert_eq!(message, format!("this expression chains more than {MAX_DEPTH} operators"));
    }
}

/// What stands beside one another does not add up.
#[test]
fn long_conditions_are_joined_up_to_the_limit() {
    let clause = "not p.policy.flags.debug == q.a.b + 1";
    expression(&vec![clause; MAX_DEPTH / 3].join(" and "));
}

#[test]
fn a_long_list_is_not_deep() {
    let element = format!("x{}", " and x".repeat(MAX_DEPTH / 2));
    let elements = vec![element; 100].join(", ");
    expression(&format!("f({elements})"));
    file(&format!("permit a for R where {elements} {{ {} }}", "require a.b.c;".repeat(10_000)));
}

/// A tree of the greatest depth is built, walked and dropped on the small stack of a test thread.
#[test]
fn the_deepest_tree_fits_the_stack() {
    let deep = expression(&format!("x{}", " and x".repeat(MAX_DEPTH)));
    assert_eq!(shape(&deep).matches("(and").count(), MAX_DEPTH);
    assert_eq!(deep.clone(), deep);
}

#[test]
fn an_error_over_a_limit_does_not_hide_the_next() {
    let long = format!("x{}", " and x".repeat(MAX_DEPTH + 1));
    let text = format!("predicate a() = {long};\npredicate b() = ;\n");
    assert_eq!(messages(&text).len(), 2);
}

#[test]
fn a_file_over_the_size_limit_is_not_read() {
    let text = " ".repeat(MAX_FILE_BYTES + 1);
    let parsed = atbac_grammar::parse(atbac_grammar::span::FileId(0), &text);
    let codes: Vec<&str> = parsed.diagnostics.iter().map(|diagnostic| diagnostic.code.as_str()).collect();
    assert_eq!(codes, ["atbac::syntax::file_too_large"]);
}
