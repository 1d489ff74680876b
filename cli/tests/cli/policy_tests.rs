//! `atbac test`.

use crate::support::{EXAMPLE, argument, atbac, example, failure, file, folder, json, root};
use std::fs;

#[test]
fn the_tests_of_the_example_pass_on_both_engines() {
    let written = fs::read_to_string(root().join(example("approver_test.atbac"))).unwrap();
    let count = written.lines().filter(|line| line.starts_with("test \"")).count();
    assert!(count > 0);
    for engine in ["jit", "interpreter"] {
        let (code, document) = json(&["test", EXAMPLE, "--engine", engine]);
        assert_eq!(code, 0, "{document}");
        assert_eq!((&document["passed"], &document["failed"]), (&count.into(), &0.into()));
        let tests = document["tests"].as_array().unwrap();
        assert_eq!(tests.len(), count);
        assert!(tests.iter().all(|test| test["passed"] == true && test["failures"] == serde_json::json!([])));
        assert_eq!(tests[0]["name"], "a released, hardened, fresh build may pay");
        assert_eq!((&tests[0]["line"], &tests[0]["column"]), (&8.into(), &6.into()));
    }
    let run = atbac(&["test", EXAMPLE]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("ok      a debug guest is refused\n"), "{}", run.stdout);
    assert!(run.stdout.ends_with(&format!("\n{count} passed, 0 failed\n")), "{}", run.stdout);
}

/// Nothing is loaded, so the sample question cannot be permitted; line 6 expects that it is.
const WRONG: &str = "package payments.approver;

test \"nothing is loaded\" { given PaymentCall { ..PaymentCall.sample } expect deny }
test \"wrong on purpose\" {
  given PaymentCall { ..PaymentCall.sample }
  expect permit
}
";

#[test]
fn a_test_that_fails_is_named_with_its_place() {
    let folder = folder("a_test_that_fails");
    let path = file(&folder, "wrong_test.atbac", WRONG);
    let policy = example("approver.atbac");
    for engine in ["jit", "interpreter"] {
        let (code, document) = json(&["test", &policy, &path, "--engine", engine]);
        assert_eq!((code, &document["passed"], &document["failed"]), (1, &1.into(), &1.into()), "{document}");
        let [passed, failed] = document["tests"].as_array().unwrap().as_slice() else { panic!("{document}") };
        assert_eq!((&passed["passed"], &failed["passed"]), (&true.into(), &false.into()));
        assert_eq!((&failed["name"], &failed["line"]), (&"wrong on purpose".into(), &4.into()));
        let failure = &failed["failures"][0];
        assert_eq!((&failure["file"], &failure["line"]), (&path.as_str().into(), &6.into()), "{document}");
        assert!(failure["message"].as_str().unwrap().starts_with("expected a permit, but it was denied"), "{failure}");
    }
    let run = atbac(&["test", &policy, &path]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("FAILED  wrong on purpose\n"), "{}", run.stdout);
    assert!(run.stdout.contains(&format!("{path}:6:")), "{}", run.stdout);
    assert!(run.stdout.ends_with("\n1 passed, 1 failed\n"), "{}", run.stdout);
}

#[test]
fn no_tests_and_policies_with_errors_are_no_answer() {
    assert_eq!(failure(&["test", &example("approver.atbac")]).0, "atbac::cli::no_tests");
    let folder = folder("no_tests");
    let path = file(&folder, "broken.atbac", "package broken;\nrecord R { a: Strnig }\n");
    let (code, document) = json(&["test", &path]);
    assert_eq!((code, &document["error"]["code"]), (2, &"atbac::cli::policies_refused".into()));
    assert_eq!(document["error"]["diagnostics"][0]["primary"]["start"]["line"], 2);
    let run = atbac(&["test", &argument(&folder)]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("broken.atbac:2:15"), "{}", run.stderr);
}
