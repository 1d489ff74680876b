//! Operators, their precedence, and every form of expression.

use crate::support::{expression, only_error, shape, under};

fn check(text: &str, expected: &str) {
    assert_eq!(shape(&expression(text)), expected, "{text}");
}

#[test]
fn the_connectives_bind_from_implies_to_not() {
    check("a implies b or c and not d", "(implies a (or b (and c (not d))))");
    check("not a and b or c implies d", "(implies (or (and (not a) b) c) d)");
    check("a or b and c or d", "(or (or a (and b c)) d)");
    check("not not a", "(not (not a))");
    check("not a == b", "(not (eq a b))");
}

#[test]
fn implies_groups_to_the_right_and_the_others_to_the_left() {
    check("a implies b implies c", "(implies a (implies b c))");
    check("a or b or c", "(or (or a b) c)");
    check("a and b and c", "(and (and a b) c)");
    check("a - b + c", "(add (sub a b) c)");
    check("a * b * c", "(mul (mul a b) c)");
}

#[test]
fn arithmetic_binds_tighter_than_comparison() {
    check("a + b * -c >= d - 1", "(ge (add a (mul b (neg c))) (sub d 1))");
    check("(a + b) * c == 2", "(eq (mul (add a b) c) 2)");
    check("-a.b", "(neg (. a b))");
    check("--1 < 0", "(lt (neg (neg 1)) 0)");
}

#[test]
fn every_comparison_is_read() {
    for (text, name) in [
        ("==", "eq"),
        ("!=", "ne"),
        ("<", "lt"),
        ("<=", "le"),
        (">", "gt"),
        (">=", "ge"),
        ("in", "in"),
        ("matches", "matches"),
        ("starts_with", "startswith"),
        ("ends_with", "endswith"),
        ("contains", "contains"),
        ("subset_of", "subsetof"),
    ] {
        check(&format!("a {text} b"), &format!("({name} a b)"));
    }
    check("p is Snp", "(is p Snp)");
    check("a + b is present", "(present (add a b))");
}

#[test]
fn comparisons_do_not_chain() {
    for (text, second) in
        [("a < b < c", "<"), ("a == b != c", "!="), ("a in b in c", "in"), ("p is Snp is present", "is")]
    {
        let (message, place) = only_error(&format!("predicate p() = {text};"));
        assert_eq!((message.as_str(), place.as_str()), ("comparisons do not chain", second), "{text}");
    }
    check("(a == b) == c", "(eq (eq a b) c)");
}

#[test]
fn quantifiers_reach_as_far_right_as_they_can() {
    check("any x in xs: x == 1 or y", "(any x xs (or (eq x 1) y))");
    check("a and all x in xs: p implies q", "(and a (all x xs (implies p q)))");
    check("a implies any x in xs: p", "(implies a (any x xs p))");
    check("a or not any x in xs: p and q", "(or a (not (any x xs (and p q))))");
    check("(any x in xs: p) and q", "(and (any x xs p) q)");
    check("any x in xs: all y in x.ys: p", "(any x xs (all y (. x ys) p))");
    check("any x in { a, b }: p", "(any x {a b} p)");
}

#[test]
fn a_choice_reaches_as_far_right_as_it_can() {
    check("if a then b else c and d", "(if a b (and c d))");
    check("x and if a then b else c", "(and x (if a b c))");
    check("if a then if b then c else d else e", "(if a (if b c d) e)");
    check("if a then b else if c then d else e", "(if a b (if c d e))");
    check("if any x in xs: p then b else c", "(if (any x xs p) b c)");
    check("1 + (if a then 1 else 2)", "(add 1 (if a 1 2))");
}

#[test]
fn counts_with_and_without_conditions() {
    check("count(x in xs)", "(count x xs)");
    check(
        "count(a in approvals where a.group == g and b) >= 2",
        "(ge (count a approvals (and (eq (. a group) g) b)) 2)",
    );
    check("count(distinct x.who for x in xs)", "(count distinct (. x who) x xs)");
    check("count(distinct x.who for x in xs where p)", "(count distinct (. x who) x xs p)");
    check("count(distinct in xs)", "(count distinct xs)");
}

#[test]
fn matches_have_arms() {
    check("match p { Snp s => s.vmpl == 0, Tdx t => true }", "(match p (Snp s (eq (. s vmpl) 0)) (Tdx t true))");
    check("match p { Snp s => 1, } + 1 == 2", "(eq (add (match p (Snp s 1)) 1) 2)");
}

#[test]
fn postfix_forms() {
    check("p.policy.debug", "(. (. p policy) debug)");
    check("age(p)", "(call age p)");
    check("snp.hardened(p, 1,)", "(call snp.hardened p 1)");
    check("f()", "(call f)");
    check("p.report_data[0..32]", "(slice (. p report_data) 0 32)");
    check("f(x).y[1..2].z", "(. (slice (. (call f x) y) 1 2) z)");
    check("{ a, b, }.c", "(. {a b} c)");
}

#[test]
fn sets_and_lists_and_records_in_them() {
    check("{}", "{}");
    check("[a, b,]", "[a b]");
    check("x in { A { b: 1, c.d: { 2 }, ..A.sample }, y }", "(in x {(record A b:1 c.d:{2} ..(. A sample)) y})");
    check("[A {}, A { ..b, }]", "[(record A) (record A ..b)]");
}

#[test]
fn a_record_is_no_operand_of_a_condition() {
    let (message, place) = only_error("predicate p() = x == A { b: 1 };");
    assert_eq!(place, "{");
    assert!(message.starts_with("expected"), "{message}");
}

#[test]
fn only_names_are_called() {
    let (message, place) = only_error("predicate p() = {a}.b(c);");
    assert_eq!(place, "{a}.b");
    assert!(message.contains("can be called"), "{message}");
}

#[test]
fn spans_cover_what_was_written() {
    let text = "package p;\npredicate p() =  (a or b) and not c.d ;";
    let file = atbac_grammar::parse(atbac_grammar::span::FileId(0), text).file;
    let atbac_grammar::syntax::ItemKind::Predicate(predicate) = &file.items[0].kind else { panic!("not a predicate") };
    let and = &predicate.body;
    assert_eq!(under(text, and.span), "(a or b) and not c.d");
    let atbac_grammar::syntax::ExprKind::Binary(op, a, b) = &and.value else { panic!("not an operator") };
    assert_eq!(under(text, op.span), "and");
    assert_eq!(under(text, a.span), "a or b");
    assert_eq!(under(text, b.span), "not c.d");
    assert_eq!(under(text, file.items[0].span), "predicate p() =  (a or b) and not c.d ;");
}
