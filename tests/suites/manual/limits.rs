//! Each limit that the manual states: one more than it allows is refused with the code that stands there, by a message that says what was found and what is allowed.

use super::pages::page;
use atbac_compiler::pipeline;
use atbac_engine::{Bundle, BundleError, Execution, Limits, SourceFile};
use atbac_grammar::codes;
use atbac_tests::files::source;
use serde_json::json;
use std::collections::BTreeSet;

/// What stands in the manual of one limit.
struct Row {
    what: String,
    limit: usize,
    setting: String,
    code: String,
}

/// The rows of the tables of four columns, and of the table of values.
fn rows() -> Vec<Row> {
    let page = page("limits");
    let (until, _) = page.split_once("## Evidence").expect("the page has a part about evidence");
    let rows = until.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| |"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [what, limit, setting, code] = cells[..] else { panic!("{line}") };
        Row {
            what: what.to_owned(),
            limit: limit.replace(',', "").parse().unwrap(),
            setting: setting.trim_matches('`').to_owned(),
            code: code.trim_matches('`').to_owned(),
        }
    })
    .collect()
}

/// What refuses something that is one beyond a limit.
type Refusal = (String, String);

/// A text of many parts.
fn many(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect()
}

const HEAD: &str = "package p; floor circumstance: asserted;
request Call { call n: asserted Int, call b: asserted Bool, call w: asserted Duration, call ns: asserted [Int; 256], call t: asserted String }\n";

fn rule(condition: &str) -> String {
    format!("{HEAD}permit r for Call {{ when {condition}; }}")
}

/// The finding of a bundle that is the last of its kind: where findings are cut off, that says so.
fn finding(files: Vec<SourceFile>, limits: Limits) -> Refusal {
    match pipeline::parse_within(files, limits).check() {
        Ok(_) => panic!("it must be refused"),
        Err(refused) => {
            let cut_off = refused.diagnostics.iter().find(|found| found.code == codes::TOO_MANY_ERRORS);
            let found = cut_off.or(refused.diagnostics.last()).unwrap();
            (found.code.as_str().to_owned(), found.message.clone())
        }
    }
}

fn policy(text: impl Into<String>) -> Refusal {
    finding(source(text.into()), Limits::default())
}

/// The bundle of values that the limits of values are tried on.
fn values() -> Bundle {
    let text = "package p; floor circumstance: asserted; request Call { call t: asserted String, call h: asserted Bytes } reference names: Set<String>; permit r for Call where t in names;";
    Bundle::open(source(text), Execution::Interpreter).unwrap()
}

fn field(name: &str, value: &serde_json::Value) -> Refusal {
    let bundle = values();
    let session = bundle.open_session(bundle.session_fields("Call").unwrap(), "2026-01-01T00:00:00Z".parse().unwrap());
    let error = session.unwrap().call_fields().asserted(name, value).unwrap_err();
    (error.code().to_owned(), error.to_string())
}

fn references(references: &serde_json::Value) -> Refusal {
    let file = json!({ "format": 1, "references": references }).to_string();
    let error = values().read_references(file.as_bytes()).err().expect("it must be refused");
    (error.code().to_owned(), error.to_string())
}

fn json_text(text: &str) -> Refusal {
    let error = atbac_engine::input::parse_json(text.as_bytes()).unwrap_err();
    (error.code().to_owned(), error.to_string())
}

/// One beyond the limit of a row, and what must be found there: the number that is too large, where it is known.
fn beyond(row: &Row) -> (Refusal, Option<usize>) {
    let more = row.limit + 1;
    let exactly = Some(more);
    let default = Limits::default();
    match row.what.as_str() {
        "bytes of a source file" => (policy(" ".repeat(more)), exactly),
        "bytes of all source files of a bundle" => {
            let limits = Limits { source_bytes: 40, ..default };
            let file = |name: &str| SourceFile {
                name: name.to_owned(),
                text: format!("package {name}; // {}", "x".repeat(7)),
            };
            (finding(vec![file("p"), file("q"), file("r")], limits), Some(63))
        }
        "brackets inside one another" => (policy(rule(&format!("{}b{}", "(".repeat(more), ")".repeat(more)))), None),
        "depth of an expression: so many conditions one chain of `and` joins" => {
            (policy(rule(&format!("b{}", " and b".repeat(more)))), None)
        }
        "syntax errors shown for one file" => {
            (policy(format!("package p;\n{}", "enum E { 1 }\n".repeat(10 * more))), None)
        }
        "findings shown for a bundle" => (policy(format!("{HEAD}{}", "record R { a: Int }\n".repeat(more + 1))), None),
        "declarations of a bundle, with what templates write out" => {
            let (written, applied) =
                (many(11, |at| format!("permit r{at} for Call;")), many(5, |at| format!("apply f({at}) as a{at};")));
            let limits = Limits { declarations: 10, ..default };
            let (code, message) = finding(source(format!("package p; request Call {{}} {written}")), limits);
            assert_eq!((code.as_str(), message.contains("12")), (row.code.as_str(), true), "{message}");
            let limits = Limits { declarations: 16, ..default };
            let template = "template f(x: Int) { permit r for Call where n == x; permit s for Call where n == x; }";
            // A floor, a request, a template and five applications; two for each of these.
            (finding(source(format!("{HEAD}{template}{applied}")), limits), Some(18))
        }
        "lines of a rule" => (policy(format!("{HEAD}permit r for Call {{ {} }}", "when b;".repeat(more))), exactly),
        "conditions of one rule or predicate, with the predicates it calls" => {
            let limits = Limits { rule_conditions: 10, ..default };
            let members = many(11, |at| format!("{at}, "));
            (finding(source(rule(&format!("n in {{ {members} }}"))), limits), None)
        }
        "conditions that choices by `if` and `match` multiply to" => {
            let sum = "(if b then 1ms else w) + ".repeat(14);
            (policy(rule(&format!("{sum} w <= 1d"))), Some(1 << 14))
        }
        "conditions of a bundle, each use of a predicate or of a name that `let` gives counted" => {
            let limits = Limits { bundle_conditions: 10, ..default };
            let rules = many(11, |at| format!("permit r{at} for Call {{ when n == {at}; }}"));
            (finding(source(format!("{HEAD}{rules}")), limits), None)
        }
        "nesting of conditions, with the predicates they call" => {
            let steps = many(more, |at| format!("predicate p{}(x: Bool) = not p{at}(x);\n", at + 1));
            (policy(format!("package p; predicate p0(x: Bool) = x; {steps}")), None)
        }
        "parameters of a predicate" => {
            let parameters = many(more, |at| format!("x{at}: Int, "));
            (policy(format!("package p; predicate f({parameters}) = x0 == 1;")), exactly)
        }
        "parameters of a template" => {
            let (parameters, arguments) =
                (many(more, |at| format!("x{at}: Int, ")), many(more, |at| format!("{at}, ")));
            let items = "{ predicate p(x: Int) = x == x0; }";
            (policy(format!("package p; template f({parameters}) {items} apply f({arguments}) as a;")), exactly)
        }
        "records inside one another" => {
            let records = many(more, |at| format!("record R{at} {{ a: R{} }}\n", at + 1));
            (policy(format!("package p; {records} record R{more} {{ a: Int }}")), None)
        }
        "fields of a record, evidence, request or grant" => {
            (policy(format!("package p; record R {{ {} }}", many(more, |at| format!("f{at}: Int, ")))), exactly)
        }
        "cases of an enum" => {
            (policy(format!("package p; enum E {{ {} }}", many(more, |at| format!("c{at}, ")))), exactly)
        }
        "alternatives of a union" => {
            let evidence = |at| {
                format!(
                    "evidence E{at} \"e\" @verifier(\"approval\") @age_from(verified_at) @max_age(1h) {{ verified_at: Instant, expires_at: Instant }}\n"
                )
            };
            let names: Vec<String> = (0..more).map(|at| format!("E{at}")).collect();
            let request = format!("request Call {{ call x: authenticated {} }}", names.join(" | "));
            (policy(format!("package p; {} {request}", many(more, evidence))), exactly)
        }
        "elements of a list type" => (policy(format!("package p; record R {{ a: [Int; {more}] }}")), None),
        "bytes of a `Bytes<N>` or `Digest<N>`" => (policy(format!("package p; record R {{ a: Bytes<{more}> }}")), None),
        "KiB of the values of one stage of a request, apart from text" => (
            policy(
                "package p; record R { a: [[Int; 256]; 255] } request Call { call x: asserted R, call y: asserted R }",
            ),
            None,
        ),
        "lists inside one another, in `any`, `all` and `count`" => {
            let walks = many(more, |at| format!("any x{at} in ns: "));
            (policy(rule(&format!("{walks} x0 > n"))), None)
        }
        "elements that lists inside one another have together" => {
            (policy(rule("any x in ns: any y in ns: any z in ns: x > y and y > z")), None)
        }
        "bytes of a pattern after `matches`" => {
            (policy(rule(&format!("t matches \"*{}\"", "a".repeat(row.limit)))), exactly)
        }
        "days of a duration" => (policy(rule(&format!("w <= {more}d"))), None),
        "bytes of machine code of a request" => {
            let limits = Limits { code_bytes: 16, ..default };
            let error = match Bundle::open_within(source(rule("n > 1")), Execution::Jit, limits) {
                Err(BundleError::Jit(error)) => error,
                Err(BundleError::Refused(refused)) => panic!("{:?}", refused.diagnostics),
                Ok(_) => panic!("it must be refused"),
            };
            ((error.code().to_owned(), error.to_string()), None)
        }
        "bytes of JSON read at once" => (json_text(&" ".repeat(more)), exactly),
        "arrays and objects of JSON inside one another" => {
            assert!(
                atbac_engine::input::parse_json(
                    format!("{}{}", "[".repeat(row.limit), "]".repeat(row.limit)).as_bytes()
                )
                .is_ok()
            );
            (json_text(&format!("{}{}", "[".repeat(more), "]".repeat(more))), None)
        }
        "bytes of one text from outside" => (field("t", &json!("x".repeat(more))), exactly),
        "bytes of one value in hex" => (field("h", &json!("a0".repeat(more))), exactly),
        "values in one file of references" => (references(&json!({ "names": vec![""; more] })), exactly),
        "bytes of an `origin` or `environment` in it" => {
            (references(&json!({ "names": { "values": [{ "value": "x", "origin": "x".repeat(more) }] } })), exactly)
        }
        other => panic!("no test goes beyond the limit `{other}`"),
    }
}

#[test]
fn each_limit_of_the_manual_is_kept_and_named() {
    for row in rows() {
        let ((code, message), found) = beyond(&row);
        assert_eq!(code, row.code, "{}: {message}", row.what);
        if let Some(found) = found {
            assert!(message.contains(&found.to_string()), "{}: {found} is not in: {message}", row.what);
        }
        assert!(
            message.contains(|c: char| c.is_ascii_digit()) || row.code == "atbac::input::syntax",
            "{}: {message}",
            row.what
        );
    }
}

#[test]
fn each_setting_of_the_manual_is_one_and_stands_where_the_manual_says() {
    let Limits { source_bytes, declarations, rule_conditions, bundle_conditions, code_bytes } = Limits::default();
    let settings = [
        ("source_bytes", source_bytes),
        ("declarations", declarations),
        ("rule_conditions", rule_conditions),
        ("bundle_conditions", bundle_conditions),
        ("code_bytes", code_bytes),
    ];
    let rows = rows();
    for row in rows.iter().filter(|row| !row.setting.is_empty()) {
        let setting = settings.iter().find(|(name, _)| *name == row.setting);
        assert_eq!(setting.map(|(_, default)| *default), Some(row.limit), "{}", row.what);
    }
    let named: BTreeSet<&str> = rows.iter().map(|row| row.setting.as_str()).filter(|name| !name.is_empty()).collect();
    assert_eq!(named, settings.iter().map(|(name, _)| *name).collect());
}
