//! After an error, reading goes on: every error is found, and none twice.

use crate::support::{errors, messages};
use atbac_grammar::limits::MAX_DIAGNOSTICS;
use atbac_grammar::span::FileId;
use atbac_grammar::{parse, print};

/// The lines, from 1 in `text`, at which errors are reported.
fn lines(text: &str) -> Vec<usize> {
    let first_line = "package p;\n".len();
    errors(text)
        .iter()
        .map(|diagnostic| text[..diagnostic.primary.span.start as usize - first_line].matches('\n').count() + 1)
        .collect()
}

/// One slip of each kind in a rule of its own, with where it must be reported; every rule between is well formed.
const SLIPS: &[&str] = &[
    "permit a for R { require x y else \"s\"; }",
    "permit a for R { require else \"s\"; }",
    "permit a for R { require (x; }",
    "permit a for R { require x in { y, z; }",
    "permit a for R { require x) else \"s\"; }",
    "permit a for R { require x } else \"s\"; }",
    "permit a for R { require x else \"s\" }",
    "permit a for R { require x else \"s; }",
    "permit a for R { require x = y; }",
    "permit a for R { require x $ y; }",
    "permit a for R { require x < y < z; }",
    "permit a for R { reqire x; }",
    "permit a for R where { require x; }",
    "permit a for R where x y { require x; }",
    "permit a R { require x; }",
    "permit for R { require x; }",
    "permitt a for R { require x; }",
    "permit a for R { require x; ",
    "permit a for R require x; }",
    "permit a for R { require x; }}",
    "permit a for R",
    "enum E { a b }",
    "enum E { a, ",
    "record R { a T }",
    "request R { sesion a: local T }",
    "reference r Set<T>;",
    "reference r: Set<T;",
    "reference r: Set<T>",
    "predicate p(x) = y;",
    "predicate p( = y;",
    "test \"t\" { given R { a: 1 } expect }",
    "test \"t\" { given R { a 1 } expect permit }",
    "test t { expect permit }",
    "invariant \"i\" for R { x and }",
    "template t(x: T) { permit a R; }",
    "apply t(x as y;",
    "floor a attested;",
    "@owner(\"x\" permit a for R;",
    "/// nothing follows\n;",
    "}",
    "{",
    "predicate p() = \"unclosed;",
    "???",
];

#[test]
fn an_error_is_reported_once_and_hides_nothing_after_it() {
    for slip in SLIPS {
        let text = format!("permit before for R;\n{slip}\npermit after for R;\nreference last T;\n");
        let found = lines(&text);
        let slip_lines = 2..2 + slip.matches('\n').count() + 2;
        assert_eq!(found.len(), 2, "{slip}\n{:#?}", messages(&text));
        assert!(slip_lines.contains(&found[0]), "{slip}: reported in line {}", found[0]);
        assert_eq!(found[1], text.matches('\n').count(), "{slip}: {:#?}", messages(&text));
        let kept = parse(FileId(0), &format!("package p;\n{text}")).file;
        let kept = print(&kept);
        assert!(kept.contains("permit before") && kept.contains("permit after"), "{slip}: only this is left:\n{kept}");
    }
}

#[test]
fn every_faulty_rule_is_reported() {
    let count = 50;
    let rules: String = (0..count).map(|n| format!("permit r{n} for R {{ require x y; }}\n")).collect();
    assert_eq!(lines(&rules), (1..=count).collect::<Vec<_>>());
}

#[test]
fn every_faulty_line_of_a_declaration_is_reported() {
    for (text, expected) in [
        (
            "permit a for R\n where x y,\n       z,\n       in\n{\n require ;\n require x else \"ok\";\n require (a;\n wen x;\n let = 3;\n grant { a: }\n}",
            vec![2, 4, 6, 8, 9, 10, 11],
        ),
        ("permit for R\n{\n require ;\n require x;\n unless;\n}", vec![1, 3, 5]),
        ("enum E {\n a b,\n c,\n d { e f },\n 5,\n}", vec![2, 4, 5]),
        ("record {\n a: T,\n b T,\n c: ,\n}", vec![1, 3, 4]),
        ("request R {\n call a: T,\n call b: local T,\n c: local T,\n}", vec![2, 4]),
        ("grant G for R {\n a: T,\n b: T merge min,\n c: T merge,\n}", vec![2, 4]),
        ("evidence E \"e\" @ {\n a: T,\n b: ,\n}", vec![1, 3]),
        ("test \"t\" {\n given R { a 1 }\n with x 3\n at ;\n expect permitt\n expect permit\n}", vec![2, 3, 4, 5]),
        (
            "template t(x: T) {\n permit a R;\n permit b for R {\n  require ;\n  when;\n }\n reference r: ;\n}",
            vec![2, 4, 5, 7],
        ),
    ] {
        assert_eq!(lines(text), expected, "{text}\n{:#?}", messages(text));
    }
}

#[test]
fn bad_literals_and_bad_syntax_are_reported_together() {
    let text = "permit a for R {\n require x == 1.5;\n require y z;\n require x == hex\"0\";\n}";
    assert_eq!(lines(text), [2, 3, 4]);
}

#[test]
fn a_missing_brace_ends_where_the_next_declaration_begins() {
    let text = "permit a for R {\n  require x;\n\n/// about b\n@owner(\"o\")\npermit b for R { require y; }\npermit c for R;\n";
    let found = errors(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].message.contains("`}`"), "{}", found[0].message);
    assert_eq!(found[0].secondary.len(), 1, "the open brace is shown");
    let kept = parse(FileId(0), &format!("package p;\n{text}")).file.items;
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].docs, ["about b"]);
}

#[test]
fn well_formed_files_may_be_laid_out_in_any_way() {
    let text = include_str!("../policies/every_form.atbac");
    let without_docs: Vec<&str> = text.lines().filter(|line| !line.contains("///")).map(str::trim_start).collect();
    for text in [without_docs.join("\n"), without_docs.join(" ")] {
        assert_eq!(parse(FileId(0), &text).diagnostics, [], "{text}");
    }
}

#[test]
fn reading_stops_when_there_are_too_many_errors() {
    let faulty =
        |count: usize| (0..count).map(|n| format!("permit r{n} for R {{ require x y; }}\n")).collect::<String>();
    assert_eq!(errors(&faulty(MAX_DIAGNOSTICS)).len(), MAX_DIAGNOSTICS);
    for found in [errors(&faulty(MAX_DIAGNOSTICS + 1)), errors(&"$ ".repeat(MAX_DIAGNOSTICS + 1))] {
        assert_eq!(found.len(), MAX_DIAGNOSTICS + 1);
        assert_eq!(found[MAX_DIAGNOSTICS].code.as_str(), "atbac::syntax::too_many_errors");
    }
}

#[test]
fn diagnostics_stand_in_the_order_of_the_text() {
    let found =
        lines("permit a for R { require x y; }\npredicate p() = \"unclosed;\npermit b for R { require 1.5 z; }\n??\n");
    assert_eq!(found, [1, 2, 3, 4]);
}
