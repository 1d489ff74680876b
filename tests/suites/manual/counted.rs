//! What the limits of the manual allow to the last is accepted, and what counts against those of conditions is each use.
//!
//! A condition counts one, and so does each value in it that is written out or computed; a field and a reference count nothing, since nothing is copied with them.

use atbac_compiler::pipeline;
use atbac_engine::Limits;
use atbac_tests::files::source;

const HEAD: &str = "package p; floor circumstance: asserted;
request Call { call n: asserted Int, call b: asserted Bool, call w: asserted Duration, call ns: asserted [Int; 256], call t: asserted String }\n";

/// Whether a bundle of this text is accepted.
fn is_accepted(text: &str, limits: Limits) -> bool {
    match pipeline::parse_within(source(text), limits).check() {
        Ok(_) => true,
        Err(refused) => {
            let messages: Vec<&str> = refused.diagnostics.iter().map(|found| found.message.as_str()).collect();
            assert_eq!(messages.len(), 1, "{text}: {messages:#?}");
            assert!(messages[0].contains("at most") || messages[0].contains("up to"), "{text}: {messages:#?}");
            false
        }
    }
}

fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

/// Of each thing so many are accepted, and one more is not.
#[test]
fn as_much_as_a_limit_allows_is_accepted() {
    type Text = fn(usize) -> String;
    let default = Limits::default();
    let ten_in_a_rule = Limits { rule_conditions: 10, ..default };
    let sixteen_in_a_rule = Limits { rule_conditions: 16, ..default };
    let cases: [(usize, Limits, Text); 9] = [
        // Lines of a rule.
        (10, ten_in_a_rule, |count| format!("{HEAD}permit r for Call {{ {} }}", "when b;".repeat(count))),
        // Conditions of a rule: the membership itself is one.
        (9, ten_in_a_rule, |count| {
            format!("{HEAD}permit r for Call {{ when n in {{ {} }}; }}", many(count, |at| format!("{at}, ")))
        }),
        // What choices multiply to: 2 x 2 x 2 x 2.
        (4, sixteen_in_a_rule, |count| {
            let choices = "(if b then 1ms else w) + ".repeat(count);
            format!(
                "{HEAD}grant G for Call {{ w: Duration merge min }} permit r for Call {{ grant {{ w: {choices} w }} }}"
            )
        }),
        // Conditions of a bundle: a comparison with a number is two.
        (10, Limits { bundle_conditions: 20, ..default }, |count| {
            format!("{HEAD}{}", many(count, |at| format!("permit r{at} for Call {{ when n == {at}; }}")))
        }),
        // Nesting: a `Bool` is a condition with a value in it, and each `not` is one more around it.
        (198, default, |count| {
            let steps = many(count, |at| format!("predicate p{}(x: Bool) = not p{at}(x);\n", at + 1));
            format!("package p; predicate p0(x: Bool) = x; {steps}")
        }),
        (64, default, |count| {
            let (parameters, arguments) =
                (many(count, |at| format!("x{at}: Int, ")), many(count, |at| format!("{at}, ")));
            let items = "{ predicate p(x: Int) = x == x0; }";
            format!("package p; template f({parameters}) {items} apply f({arguments}) as a;")
        }),
        (1_024, default, |count| {
            format!("package p; predicate f({}) = x0 == 1;", many(count, |at| format!("x{at}: Int, ")))
        }),
        (1_024, default, |count| format!("package p; record R {{ {} }}", many(count, |at| format!("f{at}: Int, ")))),
        (4_096, default, |count| format!("package p; enum E {{ {} }}", many(count, |at| format!("c{at}, ")))),
    ];
    for (most, limits, text) in cases {
        assert!(is_accepted(&text(most), limits), "{most}: {}", text(1));
        assert!(!is_accepted(&text(most + 1), limits), "{}: {}", most + 1, text(1));
    }
}

/// What is used twice counts twice, and so does what is copied by a choice.
#[test]
fn each_use_counts() {
    let cases = [
        ("permit r for Call { when n == 1; }", 2),
        ("invariant \"i\" for Call { n == 1 }", 2),
        // Each call copies two, and the rule holds them.
        ("predicate p(x: Int) = x == 1; permit r for Call { when p(n); when p(n); }", 2 * 2 + 4),
        // The name's own, each use, and what the rule holds.
        ("permit r for Call { let c = n == 1; when c; when c; }", 2 + 2 * 2 + 4),
        ("permit r for Call { let x = \"x\"; when t == x; when t == x; }", 1 + 2 + 4),
        ("permit r for Call { let c = count(x in ns where x > 1); when c >= 2; when c >= 3; }", 2 + 2 * 2 + 8),
        // Both sides are needed twice: both hold, or neither.
        ("permit r for Call { when (n > 1) == b; }", 3 + 11),
        // What chooses is needed twice.
        ("permit r for Call { when if b then n == 1 else n == 2; }", 1 + 10),
        // So is what stands beside a choice, and there is a comparison for each alternative.
        ("permit r for Call { when \"x\" == (if b then t else \"y\"); }", 1 + 2 + 1 + 1 + 9),
        // A count is copied for each bound, as what is walked and as a part of the comparison.
        ("permit r for Call { when count(x in ns where x > 1) >= (if b then 2 else 3); }", 2 * 2 + 2 * 4 + 1 + 14),
        // Of two counts there is a case for each number that both can be, from 0 to 256: both counts, compared with it.
        ("permit r for Call { when count(x in ns where x > 1) == count(x in ns where x > 2); }", 4 * 257 + 1 + 257 * 9),
        // The set is asked for each element that is written out.
        ("permit r for Call { when { \"x\", \"y\" } subset_of { t, \"z\" }; }", 2 + 9),
    ];
    for (rules, conditions) in cases {
        let text = format!("{HEAD}{rules}");
        let within = |bundle_conditions| is_accepted(&text, Limits { bundle_conditions, ..Limits::default() });
        let least = (1..=10_000).collect::<Vec<_>>().partition_point(|&limit| !within(limit)) + 1;
        assert_eq!(least, conditions, "{rules}");
    }
}
