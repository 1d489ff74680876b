//! `--format`, and what tests cover.

use crate::support::{Run, argument, atbac, example, failure, file, folder, json, root};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Line 3 has `Strnig` at column 23; the compiler proposes `String`.
const MISTAKE: &str = "package demo;\n\nrecord Ledger { name: Strnig }\n";

fn run(arguments: &[&str], format: &str) -> Run {
    atbac(&[arguments, &["--format", format]].concat())
}

/// Valid by the schema that OASIS publishes with the standard; and the rule that a result names is the one that its index names.
fn assert_is_sarif(log: &Value) {
    assert_eq!(violations(log), [""; 0]);
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("{log}") };
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for rule in rules {
        assert!(rule["help"]["text"].is_string() && rule["help"]["markdown"].is_string(), "{rule}");
    }
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
    }
}

/// What of a log the schema forbids, with its place.
fn violations(log: &Value) -> Vec<String> {
    let path = root().join("cli/tests/sarif/sarif-schema-2.1.0.json");
    // A bracket that stands by itself must be escaped in the strict reading of patterns, which the library has.
    let (written, escaped) = ("[a-zA-Z]{2}]?$", r"[a-zA-Z]{2}\\]?$");
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.matches(written).count(), 2);
    let schema: Value = serde_json::from_str(&text.replace(written, escaped)).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// What the schema forbids is found: a log that lacks something, has something of another type, or has something more.
#[test]
fn a_log_that_is_none_is_found() {
    let driver = json!({ "driver": { "name": "atbac" } });
    let valid = json!({ "version": "2.1.0", "runs": [{ "tool": driver, "results": [] }] });
    assert_eq!(violations(&valid), [""; 0]);
    for (pointer, value) in [
        ("/version", json!("2.0.0")),
        ("/runs", json!({})),
        ("/runs/0", json!({ "results": [] })),
        ("/runs/0/tool", json!({ "driver": {} })),
        ("/runs/0/results", json!([{ "message": { "text": "m" }, "level": "fatal" }])),
        ("/runs/0/results", json!([{ "message": {} }])),
        ("/runs/0/results", json!([{ "message": { "text": "m" }, "ruleIndex": -2 }])),
        ("/runs/0/results", json!([{ "message": { "text": "m" }, "colour": "red" }])),
    ] {
        let mut log = valid.clone();
        *log.pointer_mut(pointer).unwrap() = value.clone();
        assert!(!violations(&log).is_empty(), "{pointer}: {value}");
    }
}

#[test]
fn findings_are_sarif_with_rules_and_fixes() {
    let folder = folder("sarif");
    let path = file(&folder, "de mo.atbac", MISTAKE);
    let run = run(&["check", &path], "sarif");
    assert_eq!((run.code, run.stderr.as_str()), (1, ""));
    let log: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_is_sarif(&log);
    let result = &log["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "atbac::names::unknown");
    let place = &result["locations"][0]["physicalLocation"];
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("/de%20mo.atbac"));
    let region = json!({ "startLine": 3, "startColumn": 23, "endLine": 3, "endColumn": 29 });
    assert_eq!(place["region"], region);
    let change = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!((&change["deletedRegion"], &change["insertedContent"]["text"]), (&region, &"String".into()));
}

#[test]
fn syntax_errors_propose_edits_too() {
    let folder = folder("sarif_syntax");
    let path = file(&folder, "demo.atbac", "package demo;\npredicate p(a: Bool) = a && a\nreference r: Int;\n");
    let log: Value = serde_json::from_str(&run(&["check", &path], "sarif").stdout).unwrap();
    assert_is_sarif(&log);
    let edits: Vec<_> = log["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| {
            let edit = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
            (
                edit["deletedRegion"]["startColumn"].as_u64(),
                edit["deletedRegion"]["endColumn"].as_u64(),
                edit["insertedContent"]["text"].clone(),
            )
        })
        .collect();
    assert_eq!(edits, [(Some(26), Some(28), "and".into()), (Some(30), Some(30), ";".into())], "{log:#}");
}

#[test]
fn findings_are_annotations() {
    let folder = folder("github");
    let path = file(&folder, "demo.atbac", MISTAKE);
    let run = run(&["check", &path], "github");
    let wanted =
        format!("::error file={path},line=3,endLine=3,col=23,endColumn=29,title=atbac%3A%3Anames%3A%3Aunknown::");
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with(&wanted) && run.stdout.contains("%0Adid you mean `String`?"), "{}", run.stdout);
    assert_eq!(run.stdout.lines().count(), 1);
}

#[test]
fn checks_tests_and_layouts_are_junit() {
    let folder = folder("junit");
    let path = file(&folder, "demo.atbac", MISTAKE);
    let checked = run(&["check", &path], "junit");
    assert_eq!(checked.code, 1);
    assert!(
        checked.stdout.contains("<testsuites name=\"atbac check\" tests=\"1\" failures=\"1\" errors=\"0\">"),
        "{}",
        checked.stdout
    );
    let tested = run(&["test", &example("")], "junit");
    assert_eq!(tested.code, 0);
    assert!(tested.stdout.contains("<testcase name=\"a debug guest is refused\""), "{}", tested.stdout);
    let fine = file(&folder, "fine.atbac", "package demo;\n");
    let laid_out = run(&["fmt", "--check", &fine], "junit");
    assert_eq!(laid_out.code, 0);
    assert!(laid_out.stdout.contains("tests=\"1\" failures=\"0\""), "{}", laid_out.stdout);
}

#[test]
fn a_failed_test_and_a_loose_layout_are_findings() {
    let folder = folder("findings");
    let wrong = file(
        &folder,
        "wrong_test.atbac",
        "package payments.approver;\ntest \"x, 100%\" { given PaymentCall.sample expect permit }\n",
    );
    let tested = run(&["test", &example("approver.atbac"), &wrong], "github");
    assert_eq!(tested.code, 2, "a request is written as a record: {}", tested.stderr);
    let wrong = file(
        &folder,
        "wrong_test.atbac",
        "package payments.approver;\ntest \"x, 100%\" { given PaymentCall { ..PaymentCall.sample } expect permit }\n",
    );
    let tested = run(&["test", &example("approver.atbac"), &wrong], "github");
    assert_eq!(tested.code, 1);
    assert!(tested.stdout.starts_with(&format!("::error file={wrong},line=2,")), "{}", tested.stdout);
    assert!(tested.stdout.contains("test \"x, 100%25\""), "{}", tested.stdout);
    for (verb, code) in [("test", "atbac::cli::test_failed"), ("fmt", "atbac::cli::not_laid_out")] {
        let arguments = match verb {
            "test" => vec!["test", "examples/transaction-approver/approver.atbac", &wrong],
            _ => vec!["fmt", "--check", &wrong],
        };
        file(
            &folder,
            "wrong_test.atbac",
            fs::read_to_string(&wrong).unwrap().replace("expect permit", "expect   permit"),
        );
        let run = run(&arguments, "sarif");
        let log: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_is_sarif(&log);
        assert_eq!((run.code, &log["runs"][0]["results"][0]["ruleId"]), (1, &code.into()));
    }
}

/// What the files for CI run, on an example: the words after `atbac` of every line that calls it.
#[test]
fn the_files_for_ci_run() {
    for (name, calls) in [("github.yml", 3), ("pre-commit", 3)] {
        let text = fs::read_to_string(root().join("examples/ci").join(name)).unwrap();
        let lines = text.lines().map(|line| line.trim().trim_start_matches("run: "));
        let lines: Vec<&str> = lines.filter_map(|line| line.strip_prefix("atbac ")).collect();
        assert_eq!(lines.len(), calls, "{name}");
        for line in lines {
            let arguments: Vec<String> = line.replace("policies", &example("")).split(' ').map(str::to_owned).collect();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let run = atbac(&arguments);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{line}: {}", run.stdout);
        }
    }
}

/// The command answers, and again when the policy has changed: what it says first is read before anything is written.
#[test]
fn tests_are_run_again_when_a_policy_changes() {
    let folder = folder("watch");
    let text = |expected: &str| {
        format!(
            "package demo;\nfloor circumstance: asserted;\nrequest Q {{ call a: asserted Bool }}\npermit p for Q where a;\n\
             test \"t\" {{ given Q {{ a: true }} expect {expected} }}\n"
        )
    };
    let path = file(&folder, "demo.atbac", text("permit"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_atbac"));
    let mut child = command.args(["test", &path, "--watch"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut summary = || lines.find(|line| line.ends_with("failed")).unwrap();
    assert_eq!(summary(), "1 passed, 0 failed");
    fs::write(&path, text("deny")).unwrap();
    assert_eq!(summary(), "0 passed, 1 failed");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn json_is_the_same_by_either_name() {
    let path = example("approver.atbac");
    let (code, document) = json(&["check", &path]);
    let other = run(&["check", &path], "json");
    assert_eq!((other.code, serde_json::from_str::<Value>(&other.stdout).unwrap()), (code, document));
}

#[test]
fn a_filter_chooses_tests() {
    let path = example("");
    let (code, document) = json(&["test", &path, "--filter", "debug", "--jobs", "2"]);
    assert_eq!(code, 0);
    let names: Vec<&str> =
        document["tests"].as_array().unwrap().iter().map(|test| test["name"].as_str().unwrap()).collect();
    assert!(!names.is_empty() && names.iter().all(|name| name.contains("debug")), "{names:?}");
    assert_eq!(failure(&["test", &path, "--filter", "no such test"]).0, "atbac::cli::no_tests");
}

#[test]
fn tests_run_at_once_give_the_same_answer_in_the_same_order() {
    let (_, one) = json(&["test", &example(""), "--jobs", "1", "--coverage"]);
    let (_, four) = json(&["test", &example(""), "--jobs", "4", "--coverage"]);
    assert_eq!(one, four);
}

/// Of four outcomes the test has two.
#[test]
fn coverage_is_shown_written_and_demanded() {
    let folder = folder("coverage");
    let text = "package demo;\nfloor circumstance: asserted;\nrequest Q { call a: asserted Bool, call b: asserted Bool }\n\
                permit p for Q { require a or b else \"<neither>\"; }\ntest \"a\" { given Q { a: true, b: false } expect permit }\n";
    let path = file(&folder, "demo.atbac", text);
    let out = |name: &str| argument(&folder.join(name));
    let (json_file, lcov, html) = (out("c.json"), out("c.info"), out("c.html"));
    let covering = [
        "test",
        &path,
        "--coverage",
        "--coverage-json",
        &json_file,
        "--coverage-lcov",
        &lcov,
        "--coverage-html",
        &html,
    ];
    let run = atbac(&covering);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for said in [
        "rules            100%  1 of 1\n".to_owned(),
        "require lines      0%  0 of 1\n".to_owned(),
        "atom outcomes     50%  2 of 4\n".to_owned(),
        format!("{path}:4:18: this `require` is never false\n"),
        format!("{path}:4:26: `a` is never false\n"),
        format!("{path}:4:31: `b` is never true\n"),
    ] {
        assert!(run.stdout.contains(&said), "{said}{}", run.stdout);
    }
    let document: Value = serde_json::from_str(&fs::read_to_string(&json_file).unwrap()).unwrap();
    assert_eq!(document["summary"]["atoms"], json!({ "covered": 2, "total": 4, "percent": 50 }));
    let atoms = document["rules"][0]["lines"][0]["atoms"].as_array().unwrap();
    let outcomes: Vec<_> = atoms.iter().map(|atom| (atom["held"].as_u64(), atom["failed"].as_u64())).collect();
    assert_eq!(outcomes, [(Some(1), Some(0)), (Some(0), Some(1))]);
    let lcov = fs::read_to_string(&lcov).unwrap();
    let branches = "BRDA:4,0,0,1\nBRDA:4,0,1,0\nBRDA:4,1,0,0\nBRDA:4,1,1,1\nBRF:4\nBRH:2\n";
    assert!(lcov.starts_with(&format!("TN:\nSF:{path}\nFN:4,p\n")) && lcov.contains(branches), "{lcov}");
    let html = fs::read_to_string(&html).unwrap();
    assert!(
        html.contains("<mark class=\"part\" title=\"never false; true in 1 test(s), false in 0\">a</mark>"),
        "{html}"
    );
    assert!(html.contains("&quot;&lt;neither&gt;&quot;"), "{html}");
    for (least, code) in [("0", 0), ("1", 1)] {
        assert_eq!(atbac(&["test", &path, "--fail-under", least]).code, code, "the `require` line is never false");
    }
}

/// Every form says that there is no answer: a report without findings would look like one that found none.
#[test]
fn what_cannot_be_answered_is_so_in_every_form() {
    let folder = folder("formats_unanswered");
    let broken = file(&folder, "broken.atbac", MISTAKE);
    let missing = argument(&folder.join("missing"));
    for arguments in [&["test", &broken][..], &["test", &missing], &["check", &missing], &["fmt", "--check", &missing]]
    {
        let code = if arguments[1] == broken { "atbac::cli::policies_refused" } else { "atbac::cli::not_found" };
        for format in ["json", "sarif", "github", "junit"] {
            let run = run(arguments, format);
            assert_eq!(run.code, 2, "{arguments:?} {format}");
            assert!(run.stderr.contains(code), "{arguments:?} {format}: {}", run.stderr);
            match format {
                "json" => {
                    let document: Value = serde_json::from_str(&run.stdout).unwrap();
                    assert_eq!(document["error"]["code"], code);
                }
                "sarif" => {
                    let log: Value = serde_json::from_str(&run.stdout).unwrap();
                    assert_is_sarif(&log);
                    let invocation = &log["runs"][0]["invocations"][0];
                    assert_eq!(invocation["executionSuccessful"], false);
                    assert_eq!(invocation["toolExecutionNotifications"][0]["descriptor"]["id"], code);
                }
                "github" => {
                    let title = format!("::error title={}::", code.replace(':', "%3A"));
                    assert!(run.stdout.lines().any(|line| line.starts_with(&title)), "{}", run.stdout);
                }
                _ => {
                    assert!(
                        run.stdout.contains("tests=\"1\" failures=\"1\"") && run.stdout.contains(code),
                        "{}",
                        run.stdout
                    )
                }
            }
            let names_the_mistake = run.stdout.contains("Strnig");
            assert_eq!(names_the_mistake, arguments[1] == broken, "{arguments:?} {format}: {}", run.stdout);
        }
    }
}

/// A misspelt name of a test must not look like tests that passed.
#[test]
fn every_filter_is_in_the_name_of_a_test() {
    let all = example("");
    for filter in [&["--filter", "no such test"][..], &["--filter", "debug", "--filter", "no such test"]] {
        let (code, message) = failure(&[&["test", all.as_str()], filter].concat());
        assert_eq!(code, "atbac::cli::no_tests");
        assert!(message.contains("no such test") && !message.contains("debug"), "{message}");
    }
    assert_eq!(failure(&["test", &all, "--filter", ""]).0, "atbac::cli::usage");
    assert_eq!(json(&["test", &all, "--filter", "debug"]).0, 0);
}

/// Where there is nothing to cover, nothing is covered: a wrong path is not a hundred percent.
#[test]
fn nothing_to_cover_is_not_enough() {
    let folder = folder("nothing_to_cover");
    let test = "test \"nobody\" { given Q { x: 1 } expect deny }\n";
    let none = file(&folder, "none.atbac", format!("package none;\nrequest Q {{ call x: asserted Int }}\n{test}"));
    let (code, document) = json(&["test", &none, "--fail-under", "0"]);
    assert_eq!((code, &document["failed"]), (1, &0.into()), "{document}");
    assert_eq!(document["coverage"]["rules"], json!({ "covered": 0, "total": 0, "percent": null }));
    let run = atbac(&["test", &none, "--coverage", "--fail-under", "90"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("there is no rule to cover") && !run.stdout.contains("100%"), "{}", run.stdout);

    // A rule without a `require` is covered by a test in which it applies.
    let rule = "floor circumstance: asserted;\npermit one for Q where x == 1;\ntest \"two\" { given Q { x: 2 } expect deny }\n";
    let yes = test.replace("deny", "permit");
    let one = file(&folder, "one.atbac", format!("package one;\nrequest Q {{ call x: asserted Int }}\n{rule}{yes}"));
    let (code, document) = json(&["test", &one, "--fail-under", "100"]);
    assert_eq!((code, &document["coverage"]["requires"]["percent"]), (0, &Value::Null), "{document}");
}
