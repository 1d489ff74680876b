//! The truth table of the manual is what the engine answers, on both executions.

use super::pages::page;
use atbac_tests::files::source;
use atbac_tests::twins::Twins;
use serde_json::{Map, json};

/// Each column of the table that is worked out, under the name of its permit here.
const FORMS: [(&str, &str); 4] = [
    ("`a and b`", "conjunction"),
    ("`a or b`", "disjunction"),
    ("`a implies b`", "implication"),
    ("`a == b`", "equality"),
];

/// Every row: two references that are true, false or not loaded, and what is made of them.
#[test]
fn the_truth_table_is_what_the_engine_answers() {
    let page = page("expressions");
    let mut rows = page.lines().skip_while(|line| !line.starts_with("| `a` | `b` |"));
    let header = cells(rows.next().unwrap());
    let rows: Vec<Vec<&str>> = rows.skip(1).take_while(|line| line.starts_with('|')).map(cells).collect();
    assert_eq!(rows.len(), 9);
    for (form, name) in FORMS {
        let column = header.iter().position(|cell| *cell == form).unwrap();
        let policy = format!(
            "package p; floor circumstance: asserted; request Q {{ call n: asserted Int }}
             reference a: Bool; reference b: Bool; permit {name} for Q {{ when {}; }}",
            form.trim_matches('`'),
        );
        let twins = Twins::open(&source(policy));
        for row in &rows {
            assert_eq!(answer(&twins, row[0], row[1]), row[column], "{form} where {row:?}");
        }
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

/// T, F or I: whether a decision permits, has no permit or is indeterminate.
fn answer(twins: &Twins, a: &str, b: &str) -> &'static str {
    let mut references = Map::new();
    for (name, truth) in [("a", a), ("b", b)] {
        match truth {
            "T" | "F" => drop(references.insert(name.to_owned(), json!(truth == "T"))),
            "I" => {}
            other => panic!("`{other}` is no truth"),
        }
    }
    twins.swap_references(&references.into());
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    let mut session = twins.open_session("Q", now, Ok).unwrap();
    let call = session.call(|fields| fields.asserted("n", &json!(0))).unwrap();
    let decision = session.decide(&call, now);
    match (decision["effect"].as_str(), decision["kind"].as_str()) {
        (Some("permit"), _) => "T",
        (Some("deny"), Some("no_permit")) => "F",
        (Some("deny"), Some("indeterminate")) => "I",
        other => panic!("{other:?}"),
    }
}
