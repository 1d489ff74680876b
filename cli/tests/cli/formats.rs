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

/// The required properties of SARIF 2.1.0 and the constraints that this log could break (sections 3.13, 3.14, 3.19, 3.27, 3.29, 3.30, 3.49, 3.55 to 3.57).
fn assert_is_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    let [run] = log["runs"].as_array().unwrap().as_slice() else { panic!("{log}") };
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert!(run["tool"]["driver"]["name"].is_string());
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let is_uri =
        |uri: &Value| uri.as_str().is_some_and(|uri| !uri.is_empty() && !uri.contains([' ', '\\']) && uri.is_ascii());
    let is_region = |region: &Value| {
        let number = |key: &str| region[key].as_u64().filter(|number| *number >= 1).unwrap();
        (number("startLine"), number("startColumn")) <= (number("endLine"), number("endColumn"))
    };
    for rule in rules {
        assert!(rule["id"].is_string() && rule["shortDescription"]["text"].is_string(), "{rule}");
        assert!(rule["help"]["text"].is_string() && rule["help"]["markdown"].is_string(), "{rule}");
    }
    for result in run["results"].as_array().unwrap() {
        assert!(result["message"]["text"].is_string());
        assert!(matches!(result["level"].as_str(), Some("error" | "warning")));
        let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        for location in result["locations"].as_array().unwrap() {
            let place = &location["physicalLocation"];
            assert!(is_uri(&place["artifactLocation"]["uri"]) && is_region(&place["region"]), "{location}");
        }
        for fix in result["fixes"].as_array().into_iter().flatten() {
            for change in fix["artifactChanges"].as_array().unwrap() {
                assert!(is_uri(&change["artifactLocation"]["uri"]));
                for replacement in change["replacements"].as_array().unwrap() {
                    assert!(
                        is_region(&replacement["deletedRegion"]) && replacement["insertedContent"]["text"].is_string()
                    );
                }
            }
        }
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
