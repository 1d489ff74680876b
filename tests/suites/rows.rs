//! Tables of as many rows as a filter has vectors to tell apart, and of more.

use atbac_engine::SourceFile;
use atbac_tests::twins::Twins;
use serde_json::{Value as Json, json};

/// Permits by a bound each: so many from above, and as many from below.
fn policy(rows: usize) -> SourceFile {
    let rule =
        |n| format!("permit at_most_{n} for Q where amount <= {n};\npermit at_least_{n} for Q where amount >= {n};\n");
    let rules: String = (0..rows).map(rule).collect();
    let text = format!("package p;\nfloor circumstance: asserted;\nrequest Q {{ call amount: asserted Int }}\n{rules}");
    SourceFile { name: "p.atbac".into(), text }
}

/// A filter has at most 256 vectors: with 255 bounds each has its own place, with more some share one.
#[test]
fn every_bound_counts() {
    for rows in [255, 257, 300] {
        let twins = Twins::open(&[policy(rows)]);
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut session = twins.open_session("Q", now, Ok).unwrap();
        for amount in 0..=rows {
            let call = session.call(|fields| fields.asserted("amount", &json!(amount))).unwrap();
            let mut expected: Vec<Json> = (amount..rows).map(|n| json!(format!("at_most_{n}"))).collect();
            expected.extend((0..rows.min(amount + 1)).map(|n| json!(format!("at_least_{n}"))));
            let mut found = session.decide(&call, now)["rules"].as_array().unwrap().clone();
            let name = |rule: &Json| rule.as_str().unwrap().to_owned();
            expected.sort_by_key(name);
            found.sort_by_key(name);
            assert_eq!(found, expected, "{amount} of {rows}");
        }
    }
}
