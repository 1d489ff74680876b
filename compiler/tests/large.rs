//! Large bundles are checked on all cores, and their rules read only then. What is found must be what would be found in a small one, one rule after another:
//! the same findings, each once, in their order.

use atbac_compiler::limits::Limits;
use atbac_compiler::pipeline::{self, Checked, Refused, SourceFile};
use atbac_grammar::codes::{self, Code};
use atbac_grammar::diagnostic::Diagnostic;
use std::fmt::Write;

/// Enough for several parts, whatever the number of cores.
const RULES: usize = 3_000;

/// A bundle of forbids about a request, each of which says what `lines` says.
fn bundle(beginning: &str, lines: impl Fn(usize) -> String) -> String {
    let declarations = "package large;\nfloor circumstance: asserted;\nrequest Call { call n: asserted Int, call flag: asserted Bool }\n";
    let mut text = format!("{declarations}{beginning}\n");
    for at in 0..RULES {
        writeln!(text, "forbid rule_{at} for Call {{ when n == {at}; {} reason \"\"; }}", lines(at))
            .expect("writing to memory");
    }
    text
}

fn check(text: &str, limits: Limits) -> Result<Checked, Refused> {
    pipeline::parse_within([SourceFile { name: "large".to_owned(), text: text.to_owned() }], limits).check()
}

fn refused(text: &str, limits: Limits) -> Vec<Diagnostic> {
    check(text, limits).expect_err("this bundle has mistakes").diagnostics
}

fn codes_of(found: &[Diagnostic]) -> Vec<Code> {
    found.iter().map(|found| found.code).collect()
}

#[test]
fn rules_keep_their_order() {
    let checked = check(&bundle("", |_| String::new()), Limits::default()).expect("a bundle without mistakes");
    let names: Vec<&str> = checked.policy.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, (0..RULES).map(|at| format!("rule_{at}")).collect::<Vec<_>>());
    assert!(checked.warnings.is_empty(), "{:?}", checked.warnings);
}

#[test]
fn mistakes_in_several_parts_are_all_found() {
    let mistaken = [10, 1_400, 2_990];
    let text = bundle("", |at| if mistaken.contains(&at) { format!("when nobody_{at};") } else { String::new() });
    let found = refused(&text, Limits::default());
    assert_eq!(codes_of(&found), [codes::UNKNOWN_NAME; 3]);
    for (found, at) in found.iter().zip(mistaken) {
        assert!(found.message.contains(&format!("nobody_{at}")), "{}", found.message);
    }
}

/// Each part stays below the limit, all of them together do not.
#[test]
fn the_limit_is_that_of_the_whole_bundle() {
    let text = bundle("", |_| String::new());
    let checked = check(&text, Limits::default()).expect("a bundle without mistakes");
    let conditions: usize = checked.policy.rules.iter().map(|rule| rule.lines.len()).sum();
    let limits = Limits { bundle_conditions: conditions * 2 - 1, ..Limits::default() };
    // A comparison counts as two: itself and what it compares with.
    assert_eq!(codes_of(&refused(&text, limits)), [codes::RULE_TOO_LARGE]);
    assert!(check(&text, Limits { bundle_conditions: conditions * 2, ..limits }).is_ok());
}

/// Every permit lacks the same, which no permit can have: it is said once.
#[test]
fn what_was_said_is_not_said_again() {
    let mut text = "package large;\nrequest Call { call n: asserted Int }\n".to_owned();
    for at in 0..RULES {
        writeln!(text, "permit rule_{at} for Call {{ require n == {at} else \"\"; }}").expect("writing to memory");
    }
    assert_eq!(codes_of(&refused(&text, Limits::default())), [codes::FLOOR]);
}

/// A template's rule stands in one place, however often it is applied.
#[test]
fn a_template_is_warned_of_once() {
    let mut beginning =
        "template t(x: Int) { forbid it for Call { when n == x; when n == x; reason \"\"; } }\n".to_owned();
    for at in 0..RULES {
        writeln!(beginning, "apply t({}) as t_{at};", RULES + at).expect("writing to memory");
    }
    let checked = check(&bundle(&beginning, |_| String::new()), Limits::default()).expect("a bundle without mistakes");
    assert_eq!(codes_of(&checked.warnings), [codes::ALWAYS_TRUE]);
}

/// What is wrong with a rule is told in the same words, whether its file is read at once or its rules are left for later.
#[test]
fn mistakes_are_told_as_in_a_small_bundle() {
    let slips = [
        // Of one rule.
        "permit a for Call { require; }",
        "permit a for Call { require n == 1; }",
        "permit a for Call { require \"\\x\" == n else \"\"; }",
        "permit a for Call",
        "permit a for Call { require nobody == 1 else \"\"; }",
        "@owner permit a for Call;",
        "@lint(shadowed_rule: never) forbid a for Call { when n == -1; reason \"\"; }",
        "@lint(always_true: deny) forbid a for Call { when n == -1; when n == -1; reason \"\"; }",
        "forbid a for Nothing { reason \"\"; }",
        // Of other declarations.
        "enum E { }",
        "reference r: Nothing;",
        "use std.snp.Snp;",
        "test \"a\" { given Call { n: 1, flag: true } expect deny by nobody }",
        // Of names and texts that rules mention: one is needed, one is not, and two look alike.
        "reference used: Int; reference unused: Int; forbid a for Call { when n == used; reason \"\"; }",
        "predicate p() = n == 1; forbid a for Call { when p(); reason \"\"; }",
        "record R { s: String } request Other { call r: asserted R }
         forbid a for Other { when r.s == \"paypal\"; reason \"\"; } forbid b for Other { when r.s == \"p\u{430}yp\u{430}l\"; reason \"\"; }",
    ];
    for slip in slips {
        let large = bundle(slip, |_| String::new());
        let end = large.find("forbid rule_0 ").expect("there is a rule");
        let found = |text: &str| match check(text, Limits::default()) {
            Ok(checked) => (true, format!("{:?}", checked.warnings)),
            Err(refused) => (false, format!("{:?}", refused.diagnostics)),
        };
        // A few rules, since a declaration may reach into the next.
        let few = large.match_indices('\n').map(|(at, _)| at + 1).find(|at| *at > end + 2_000).expect("there are more");
        let (small, large) = (found(&large[..few]), found(&large));
        assert_ne!(small, (true, "[]".to_owned()), "{slip}");
        assert_eq!(small, large, "{slip}");
    }
}

/// Read at once, as by an editor, a large file means the same.
#[test]
fn both_ways_of_reading_come_to_the_same_policy() {
    let text = bundle("", |_| "when flag;".to_owned());
    let later = check(&text, Limits::default()).expect("a bundle without mistakes");
    let at_once = pipeline::parse_at_once([SourceFile { name: "large".to_owned(), text }]).check();
    let at_once = at_once.expect("the same bundle");
    assert_eq!(format!("{:?}", later.policy), format!("{:?}", at_once.policy));
}

/// The findings of mistakes in several rules come in their order, syntax errors among them, and none is lost.
#[test]
fn syntax_errors_in_several_parts_are_all_found() {
    let mistaken = [10, 1_400, 2_990];
    let text = bundle("", |at| match at {
        10 | 2_990 => "when;".to_owned(),
        1_400 => "when n == ;".to_owned(),
        _ => String::new(),
    });
    let found = refused(&text, Limits::default());
    let lines: Vec<usize> =
        found.iter().map(|found| text[..found.primary.span.start as usize].matches('\n').count()).collect();
    let first = text[..text.find("forbid rule_0 ").expect("there is a rule")].matches('\n').count();
    assert_eq!(lines, mistaken.map(|at| first + at));
}
