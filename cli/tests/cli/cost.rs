//! `atbac cost`.

use crate::support::{EXAMPLE, atbac, file, folder, json};

/// A call compares one number, and one rule takes the answer: two steps.
#[test]
fn every_request_has_its_cost() {
    let folder = folder("every_request_has_its_cost");
    let policy = "package demo;\nrequest Call { call n: asserted Int }\nrequest Other { call n: asserted Int }\n\
                  forbid large for Call { when n > 5; reason \"large\"; }\n";
    let path = file(&folder, "demo.atbac", policy);
    let (code, document) = json(&["cost", &path]);
    assert_eq!(code, 0);
    let [call, other] = document["requests"].as_array().unwrap().as_slice() else { panic!("{document}") };
    assert_eq!((&call["package"], &call["request"], &call["rules"]), (&"demo".into(), &"Call".into(), &1.into()));
    assert_eq!((&call["call"]["steps"], &call["tests"]["call"]), (&2.into(), &1.into()));
    assert_eq!((&other["call"]["steps"], &other["rules"]), (&0.into(), &0.into()));
    let run = atbac(&["cost", &path]);
    assert!(run.stdout.starts_with("demo.Call: 1 rule\n") && run.stdout.contains("at most 2 steps"), "{}", run.stdout);
}

#[test]
fn the_example_has_bounded_calls() {
    let (code, document) = json(&["cost", EXAMPLE]);
    assert_eq!(code, 0);
    let work = &document["requests"][0]["call"];
    // Its forbid walks the four approvals.
    assert!(work["elements"].as_u64().unwrap() >= 4 && work["steps"].as_u64().unwrap() > 4, "{document}");
}
