//! Policies that are empty, huge, deep, wide, or made to make the compiler work.

use atbac_compiler::pipeline::{self, Refused};
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_grammar::codes::{self, Code};
use atbac_tests::files::source;
use atbac_tests::twins::{Twins, set_all};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
use std::fmt::Write;

/// What is found in a bundle that must be refused.
fn refused(files: Vec<SourceFile>) -> Refused {
    match pipeline::parse(files).check() {
        Ok(_) => panic!("it must be refused"),
        Err(refused) => refused,
    }
}

/// The codes of all that is found, each once.
fn codes_of(text: impl Into<String>) -> Vec<Code> {
    let mut found: Vec<Code> = refused(source(text)).diagnostics.into_iter().map(|found| found.code).collect();
    found.sort();
    found.dedup();
    found
}

/// A text of many parts.
fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// Decides one call of `Call`, without session fields, on both executions.
fn decide(twins: &Twins, call: &Json) -> Json {
    let mut session = twins.open_session("Call", now(), Ok).unwrap();
    let call = session.call(|fields| set_all(fields, call.as_object().unwrap())).unwrap();
    session.decide(&call, now())
}

#[test]
fn what_is_no_policy() {
    for text in ["", " \n\t", "// nothing", "\u{feff}", "\0", "{}", "package", "permit a for B;", "\u{1F600}"] {
        let found = codes_of(text);
        let all_syntax = found.iter().all(|code| code.as_str().starts_with("atbac::syntax::"));
        assert!(all_syntax && !found.is_empty(), "{text:?}: {found:?}");
    }
    assert!(pipeline::parse([]).check().is_ok(), "a bundle of no files decides nothing");
    assert!(Bundle::open(source("package p;"), Execution::Jit).is_ok());
}

#[test]
fn a_file_of_a_hundred_megabytes() {
    let found = refused(source(" ".repeat(100 << 20)));
    assert_eq!(found.diagnostics.len(), 1);
    assert_eq!(found.diagnostics[0].code, codes::FILE_TOO_LARGE);
}

/// Errors beyond the first hundred of a file are counted, not shown.
#[test]
fn a_file_of_errors() {
    let found = refused(source(format!("package p;\n{}", many(5000, |at| format!("enum E{at} {{{{ }}\n")))));
    assert_eq!(found.diagnostics.len(), 101);
    assert_eq!(found.diagnostics[100].code, codes::TOO_MANY_ERRORS);
}

#[test]
fn megabytes_of_one_thing() {
    for part in ["(", "[", "{", "\"", "a ", "permit ", "/*", "@x", "a.", "not ", "hex\"", "1", "{ p: ", "\u{202e}"] {
        let text = format!("package p; predicate x() = {}", part.repeat((1 << 20) / part.len()));
        assert!(!refused(source(text)).diagnostics.is_empty(), "{part}");
    }
}

#[test]
fn names_as_long_as_a_book() {
    let name = "n".repeat(1 << 20);
    let text = format!(
        "package p; floor circumstance: asserted; request Call {{ call {name}: asserted Int }} permit {name} for Call where {name} == 1;"
    );
    let decision = decide(&Twins::open(&source(text)), &json!({ &name: 1 }));
    assert_eq!(decision["rules"][0].as_str().map(str::len), Some(1 << 20));
    let near = format!(
        "package p; floor circumstance: asserted; request Call {{ call {name}: asserted Int }} permit x for Call where {name}n == 1;"
    );
    assert_eq!(codes_of(near), [codes::UNKNOWN_NAME]);
}

/// One name for everything that may share it.
#[test]
fn names_that_collide() {
    let text = "package same; floor circumstance: asserted;
        enum Same { same, other }
        request Call { call same: asserted Same, call other: asserted Int }
        predicate holds(other: Int) = other == 1;
        permit same for Call where same == Same.same { when holds(other); }";
    let decision = decide(&Twins::open(&source(text)), &json!({ "same": "same", "other": 1 }));
    assert_eq!(decision["rules"], json!(["same"]));
    let twice = "package p; floor circumstance: asserted; enum A { x } enum A { y } request A { } permit A for A; predicate A() = true; reference A: Int;";
    let found = refused(source(twice));
    assert_eq!(found.diagnostics.iter().filter(|found| found.code == codes::DUPLICATE_NAME).count(), 5);
}

/// Ten thousand rules: each decides its own call, and all are one table.
#[test]
fn ten_thousand_rules() {
    let rules = many(10_000, |at| {
        format!(
            "permit rule_{at} for Call where tool == \"tool_{at}\", tenant == \"tenant_{}\" {{ when level >= 3; }}\n",
            at % 50
        )
    });
    let text = format!(
        "package p; floor circumstance: asserted; request Call {{ call tool: asserted String, call tenant: asserted String, call level: asserted Int }} {rules}"
    );
    let programs = pipeline::parse(source(text.clone())).check().unwrap().lower().unwrap();
    let [shape] = &programs[0].shapes[..] else { panic!("{} shapes", programs[0].shapes.len()) };
    assert_eq!((shape.rules.len(), programs[0].tests.len()), (10_000, 2), "the tenant, by the row, and the level");
    let twins = Twins::open(&source(text));
    for at in [0, 4711, 9999] {
        let call = json!({ "tool": format!("tool_{at}"), "tenant": format!("tenant_{}", at % 50), "level": 3 });
        assert_eq!(decide(&twins, &call)["rules"], json!([format!("rule_{at}")]));
    }
    let call = json!({ "tool": "tool_1", "tenant": "tenant_2", "level": 3 });
    assert_eq!(decide(&twins, &call)["kind"], "no_permit");
}

/// Every rule applies at once.
#[test]
fn ten_thousand_rules_that_all_apply() {
    let rules =
        many(10_000, |at| format!("permit rule_{at} for Call {{ grant {{ scopes: {{ \"s{at}\", \"all\" }} }} }}\n"));
    let text = format!(
        "package p; floor circumstance: asserted; request Call {{}} grant G for Call {{ scopes: Set<String> merge intersect }} {rules}"
    );
    let decision = decide(&Twins::open(&source(text)), &json!({}));
    assert_eq!(decision["rules"].as_array().map(Vec::len), Some(10_000));
    assert_eq!(decision["grant"], json!({ "scopes": ["all"] }));
}

/// Predicates that call the one before twice double at each step: refused where they pass the limit, before they are made.
#[test]
fn predicates_that_double() {
    let chain = |steps: usize| {
        let first = "package p; floor circumstance: asserted; request Call { call x: asserted Int } predicate p0(x: Int) = x == 1;".to_owned();
        let steps = many(steps, |at| format!("predicate p{}(x: Int) = p{at}(x) and p{at}(x);\n", at + 1));
        first + &steps
    };
    assert_eq!(codes_of(chain(40)), [codes::RULE_TOO_LARGE]);
    let ten = format!("{} permit one for Call {{ when p10(x); }}", chain(10));
    assert_eq!(decide(&Twins::open(&source(ten)), &json!({ "x": 1 }))["effect"], "permit");
}

/// A name stands for all that it was given, and a choice asks its condition twice: each is refused before it has used up the memory.
#[test]
fn names_and_choices_that_double() {
    let head = "package p; floor circumstance: asserted; request Call { call n: asserted Int, call b: asserted Bool }";
    let rule = |body: String| format!("{head} permit r for Call {{ {body} }}");
    let doubling = many(60, |at| format!("let c{} = c{at} and c{at};\n", at + 1));
    assert_eq!(codes_of(rule(format!("let c0 = n > 1; {doubling} when c60;"))), [codes::RULE_TOO_LARGE]);
    let sums = many(60, |at| format!("let c{} = c{at} * c{at};\n", at + 1));
    let bounded = "when n >= -1 and n <= 1; let c0 = n;";
    assert_eq!(codes_of(rule(format!("{bounded} {sums} when c60 == 0;"))), [codes::RULE_TOO_LARGE]);
    let members = many(9_000, |at| format!("{at}, "));
    let used = "when c or b;\n".repeat(9_000);
    assert_eq!(codes_of(rule(format!("let c = n in {{ {members} }}; {used}"))), [codes::RULE_TOO_LARGE]);
    let nested = format!("{}b{}", "if (".repeat(60), ") then b else not b".repeat(60));
    assert_eq!(codes_of(rule(format!("when {nested};"))), [codes::RULE_TOO_LARGE]);
    let few = format!("{}b{}", "if (".repeat(6), ") then b else not b".repeat(6));
    assert_eq!(
        decide(&Twins::open(&source(rule(format!("when {few};")))), &json!({ "n": 1, "b": true }))["effect"],
        "permit"
    );
    let chosen: Vec<String> = (0..13)
        .map(|at| format!("(if n in {{ {} }} then 1 else 0)", many(700, |of| format!("{}, ", at * 700 + of))))
        .collect();
    assert_eq!(codes_of(rule(format!("when {} >= 0;", chosen.join(" + ")))), [codes::RULE_TOO_LARGE]);
}

/// Each sign looks at what stands behind it once: two looks would double with each.
#[test]
fn a_chain_of_minus_signs() {
    let text = format!(
        "package p; floor circumstance: asserted; request Call {{ call n: asserted Int }} permit r for Call {{ when n == {}1; }}",
        "-".repeat(200)
    );
    assert_eq!(decide(&Twins::open(&source(text)), &json!({ "n": 1 }))["effect"], "permit");
}

/// A chain of calls is nested as deep as it is long.
#[test]
fn predicates_that_call_one_another_in_a_long_chain() {
    let text = many(20_000, |at| format!("predicate p{}(x: Bool) = not p{at}(x);\n", at + 1));
    let found = codes_of(format!("package p; predicate p0(x: Bool) = x; {text}"));
    assert_eq!(found, [codes::RULE_TOO_LARGE]);
}

/// The whole bundle has a limit too, and it is said once.
#[test]
fn conditions_beyond_the_bundles_limit() {
    let wide = format!("predicate wide(x: Int) = x in {{ 1, 2 }}{};", " or x == 3".repeat(250));
    let rules = many(20_000, |at| format!("permit r{at} for Call {{ when wide(x) or wide(x); }}\n"));
    let found = refused(source(format!(
        "package p; floor circumstance: asserted; request Call {{ call x: asserted Int }} {wide} {rules}"
    )));
    let messages: Vec<&str> = found.diagnostics.iter().map(|found| found.message.as_str()).collect();
    // `wide` is 1 for the `or`, 3 for the set and 2 for each of 250 comparisons: 504. A rule is twice that for its calls, and 1 more than that as a whole: 2,017.
    // After 1,983 rules there is no room for the next call.
    assert_eq!(
        messages,
        ["up to here, this bundle has 4000215 conditions once predicates are put in; at most 4000000 are allowed"]
    );
}

#[test]
fn records_that_double() {
    let text = many(60, |at| format!("record R{} {{ a: R{at}, b: R{at} }}\n", at + 1));
    assert_eq!(codes_of(format!("package p; record R0 {{ a: Int }} {text}")), [codes::TYPE_SIZE]);
}

/// Records nested deeper than any pass over values could follow, in either order of writing.
#[test]
fn records_nested_ninety_thousand_deep() {
    let inward = many(90_000, |at| format!("record R{at} {{ a: R{} }}\n", at + 1));
    let outward = many(90_000, |at| format!("record R{} {{ a: R{} }}\n", 90_000 - at - 1, 90_000 - at));
    for text in [format!("{inward} record R90000 {{ a: Int }}"), format!("record R90000 {{ a: Int }} {outward}")] {
        let found = refused(source(format!("package p; {text}")));
        assert_eq!(found.diagnostics.len(), 1);
        assert_eq!(found.diagnostics[0].code, codes::TYPE_SIZE);
    }
}

#[test]
fn types_nested_as_deep_as_brackets_go() {
    let ty = format!("{}Int{}", "[".repeat(100), "; 1]".repeat(100));
    let text = format!(
        "package p; floor circumstance: asserted; request Call {{ call x: asserted {ty} }} permit empty for Call {{ when count(y in x) == 0; }}"
    );
    let twins = Twins::open(&source(text));
    assert_eq!(decide(&twins, &json!({ "x": [] }))["effect"], "permit");
    assert_eq!(decide(&twins, &json!({ "x": [[]] }))["effect"], "deny");
}

#[test]
fn records_and_enums_of_too_many_parts() {
    let fields = many(100_000, |at| format!("f{at}: Int, "));
    assert_eq!(codes_of(format!("package p; record R {{ {fields} }}")), [codes::INVALID_TYPE]);
    let cases = many(100_000, |at| format!("c{at}, "));
    assert_eq!(codes_of(format!("package p; enum E {{ {cases} }}")), [codes::INVALID_TYPE]);
}

/// Sets of as many members as a rule may have, of each form that a set has; more are for a reference value.
#[test]
fn huge_sets() {
    let policy = |members: usize| {
        let numbers = many(members, |at| format!("{}, ", at * 2));
        let texts = many(members, |at| format!("\"text {at}\", "));
        let digests = many(members, |at| format!("hex\"{at:064x}\", "));
        format!(
            "package p; floor circumstance: asserted; request Call {{ call n: asserted Int, call t: asserted String, call d: asserted Digest<32> }}
             permit number for Call where n in {{ {numbers} }};
             permit text for Call where t in {{ {texts} }};
             permit digest for Call where d in {{ {digests} }};"
        )
    };
    assert_eq!(codes_of(policy(100_000)), [codes::RULE_TOO_LARGE]);
    let twins = Twins::open(&source(policy(9_000)));
    let call = |n: i64, t: &str, d: u32| json!({ "n": n, "t": t, "d": format!("{d:064x}") });
    assert_eq!(decide(&twins, &call(17_998, "text 8999", 8999))["rules"], json!(["number", "text", "digest"]));
    assert_eq!(decide(&twins, &call(17_999, "text 9000", 9000))["rules"], json!([]));
}

#[test]
fn twenty_thousand_unknown_names() {
    let declared = many(20_000, |at| format!("reference known_{at}: Int;\n"));
    let rules = many(20_000, |at| format!("permit r{at} for Call {{ when x < knwon_{at}; }}\n"));
    let found = refused(source(format!(
        "package p; floor circumstance: asserted; request Call {{ call x: asserted Int }} {declared} {rules}"
    )));
    let (last, shown) = found.diagnostics.split_last().unwrap();
    assert_eq!((shown.len(), last.code), (1_000, codes::TOO_MANY_ERRORS));
}

/// Five thousand packages that use one another in one long way, and in a circle.
#[test]
fn a_long_way_through_packages() {
    let file = |at: usize, next: usize| SourceFile {
        name: format!("{at}.atbac"),
        text: format!("package p{at}; use p{next}.E{next}; enum E{at} {{ c }}"),
    };
    let mut files: Vec<SourceFile> = (0..4999).map(|at| file(at, at + 1)).collect();
    files.push(SourceFile { name: "last.atbac".into(), text: "package p4999; enum E4999 { c }".into() });
    assert!(pipeline::parse(files.clone()).check().is_ok());
    files[4999] = file(4999, 0);
    let found = refused(files);
    let codes: Vec<Code> = found.diagnostics.iter().map(|found| found.code).collect();
    assert_eq!(codes, [codes::PACKAGE_CYCLE]);
}

/// Thousands of conditions of one rule, side by side: long conditions are flat, not deep.
#[test]
fn wide_conditions() {
    let mut predicates = String::new();
    for at in 0..30 {
        let chain: Vec<String> = (0..99).map(|step| format!("x != {}", at * 100 + step)).collect();
        writeln!(predicates, "predicate p{at}(x: Int) = {};", chain.join(" and ")).unwrap();
    }
    let all: Vec<String> = (0..30).map(|at| format!("p{at}(x)")).collect();
    let text = format!(
        "package p; floor circumstance: asserted; request Call {{ call x: asserted Int }} {predicates} permit r for Call {{ when {}; }}",
        all.join(" and ")
    );
    let twins = Twins::open(&source(text));
    assert_eq!(decide(&twins, &json!({ "x": -1 }))["effect"], "permit");
    assert_eq!(decide(&twins, &json!({ "x": 2998 }))["effect"], "deny");
}

/// As many warnings as findings are kept: what else is wrong is an error all the same.
#[test]
fn errors_behind_a_thousand_warnings() {
    let invariants = many(1_000, |at| format!("invariant \"{at}\" for Call {{ not permitted or x == {at} }}\n"));
    let text = format!(
        "package p; request Call {{ call x: asserted Int }} permit all_calls for Call where x == 1; {invariants}"
    );
    assert!(codes_of(text).contains(&codes::TOO_MANY_ERRORS));
}

/// A policy about two numbers, two truths, two addresses, a time and a set.
fn policy_of(body: &str) -> String {
    format!(
        "package p; floor circumstance: asserted;
         request Call {{
           call x: asserted Int, call n: asserted Int, call a: asserted Bool, call b: asserted Bool,
           call source: asserted IpAddr, call other: asserted IpAddr, call timeout: asserted Duration, call s: asserted Set<Int>
         }}
         {body}"
    )
}

/// What is written once is read once, however deep it stands.
#[test]
fn signs_before_a_number() {
    for value in ["timeout <= 1h", " 1h <= timeout"] {
        let text = policy_of(&format!("permit soon for Call {{ when {}{value}; }}", "- ".repeat(40)));
        let call = json!({ "x": 0, "n": 0, "a": true, "b": true, "source": "10.0.0.1", "other": "10.0.0.1", "timeout": "1h", "s": [] });
        assert_eq!(decide(&Twins::open(&source(text)), &call)["effect"], "permit", "{value}");
    }
}

/// Forms that hold what they are made of twice: refused where they pass the limit, before they are made.
#[test]
fn conditions_that_double() {
    let nested = |steps: usize, first: &str, step: &dyn Fn(&str) -> String| {
        (0..steps).fold(first.to_owned(), |inner, _| step(&inner))
    };
    let conditions = [
        nested(60, "a", &|inner| format!("({inner}) == b")),
        nested(60, "a", &|inner| format!("({inner}) != b")),
        nested(60, "a", &|inner| format!("(if {inner} then b else a)")),
        nested(30, "source", &|inner| format!("(if {inner} in {{ 10.0.0.0/8, 192.0.2.0/24 }} then source else other)"))
            + " == source",
        nested(30, "n", &|inner| format!("(if {{ {inner}, 1 }} subset_of s then n else x)")) + " == 1",
        nested(30, "n", &|inner| format!("(if {{ n, x }} subset_of {{ {inner} }} then n else x)")) + " == 1",
        nested(30, "n", &|inner| format!("(if s == (if {inner} == 1 then s else s) then n else x)")) + " == 1",
    ];
    for condition in conditions {
        let text = policy_of(&format!("permit r for Call {{ when {condition}; }}"));
        assert_eq!(codes_of(text), [codes::RULE_TOO_LARGE], "{condition}");
    }
}

/// A name may be used often, and each use is a copy.
#[test]
fn names_for_much_that_are_used_often() {
    let big = format!("x in {{ {} }}", many(4_000, |at| format!("{at}, ")));
    let lines = |line: &str| line.repeat(9_000);
    let doubled = |first: &str, step: &dyn Fn(usize) -> String, last: &str| {
        format!("let v0 = {first}; {} when {last};", many(60, step))
    };
    let bodies = [
        format!("let big = {big}; {}", lines("when big; ")),
        format!("let big = {big}; let v = if big then 1 else 2; {}", lines("when v == x; ")),
        format!("let big = {big}; let v = if big then 1 else 2; when v{} > 3;", " + v".repeat(12)),
        format!("let big = {big}; let c = if big then s else s; {}", lines("when x in c; ")),
        format!(
            "where x >= 0, x <= 1 {{ {} }}",
            doubled("x + x", &|at| format!("let v{} = v{at} + v{at}; ", at + 1), "v60 == 1")
        ),
        doubled("a or b", &|at| format!("let v{} = v{at} and v{at}; ", at + 1), "v60"),
        format!("let v0 = not a; {} when v5000;", many(5_000, |at| format!("let v{} = not v{at}; ", at + 1))),
    ];
    for body in bodies {
        let rule = if body.starts_with("where") { body } else { format!("{{ {body} }}") };
        let text = policy_of(&format!("permit r for Call {rule}"));
        assert_eq!(codes_of(text), [codes::RULE_TOO_LARGE]);
    }
}

/// What a predicate is given stands wherever its parameter does.
#[test]
fn arguments_that_are_used_often() {
    let numbers = many(9_000, |at| format!("{at}, "));
    let text = policy_of(&format!(
        "predicate often(n: Int, xs: Set<Int>) = n in xs{}; permit r for Call {{ when often(x, {{ {numbers} }}); }}",
        " or n in xs".repeat(200)
    ));
    assert_eq!(codes_of(text), [codes::RULE_TOO_LARGE]);
}

/// Beginnings that are told apart by their first bytes, and go on for long.
#[test]
fn long_beginnings() {
    let rules = many(300, |at| {
        format!(
            "permit r{at} for Call where tool starts_with \"{}{}{}\";\n",
            at / 26,
            (b'a' + (at % 26) as u8) as char,
            "x".repeat(20_000)
        )
    });
    let text =
        format!("package p; floor circumstance: asserted; request Call {{ call tool: asserted String }} {rules}");
    let twins = Twins::open(&source(text));
    let call = |at: usize, length: usize| json!({ "tool": format!("{}{}{}", at / 26, (b'a' + (at % 26) as u8) as char, "x".repeat(length)) });
    assert_eq!(decide(&twins, &call(299, 20_001))["rules"], json!(["r299"]));
    assert_eq!(decide(&twins, &call(299, 19_999))["rules"], json!([]));
}
