//! What is counted, over a policy small enough to count by hand.
#![forbid(unsafe_code)]
#![expect(clippy::panic, reason = "a test that cannot go on fails")]

use atbac_engine::coverage::{Coverage, Share};
use atbac_engine::run::{EvidenceFile, Run};
use atbac_engine::{Bundle, Execution, SourceFile};
use std::collections::BTreeMap;

/// Every way of joining, a `where`, a template applied twice, and a reference that is not loaded.
const POLICY: &str = r#"
package demo;
floor circumstance: asserted;
enum Kind { one, two, three }
request Q { call kind: asserted Kind, call a: asserted Bool, call b: asserted Bool, call n: asserted Int }
reference strict: Bool;

permit joined for Q where kind == one {
  require not (a and b) else "not both";
  require a implies n > 5 else "too few";
}
permit open for Q where kind == two { when strict; unless n > 7; }
template t(least: Int) {
  permit at_least for Q where kind == three { when n >= least and (a or n != 4); }
}
apply t(3) as three;
apply t(9) as nine;

test "1" { given Q { kind: one, a: true, b: true, n: 6 } expect deny }
test "2" { given Q { kind: one, a: false, b: true, n: 6 } expect permit }
test "3" { given Q { kind: two, a: true, b: true, n: 9 } expect deny }
test "4" { given Q { kind: three, a: false, b: true, n: 4 } expect deny }
"#;

fn covered() -> (Coverage, Bundle) {
    let file = SourceFile { name: "demo.atbac".to_owned(), text: POLICY.to_owned() };
    let bundle = Bundle::open([file], Execution::Interpreter).unwrap_or_else(|error| panic!("{error:?}"));
    let mut coverage = Coverage::new(&bundle);
    let read = |_: EvidenceFile<'_>, _| Err("no files".to_owned());
    let run = Run { bundle: &bundle, read: &read, selected: &|_| true, threads: 2, finished: &|| {} };
    let results = run.run(Some(&mut coverage));
    assert!(results.iter().all(|result| result.failures.is_empty()), "{results:?}");
    (coverage, bundle)
}

/// In how many tests each atom was true and false, counted by hand.
#[test]
fn outcomes_of_atoms() {
    let (coverage, bundle) = covered();
    let mut found: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
    for line in coverage.rules().values().flat_map(|rule| rule.lines.values()) {
        for (span, outcomes) in &line.atoms {
            let text = bundle.sources().text(*span).to_owned();
            found.entry(text).or_default().push((outcomes.held, outcomes.failed));
        }
    }
    let wanted = [
        // Matches after `where` count in all four tests; those of the template in both applications.
        ("kind == one", vec![(2, 2)]),
        ("kind == two", vec![(1, 3)]),
        ("kind == three", vec![(2, 6)]),
        // Tests 1 and 2: in `joined`, once in each line; test 4: `or` in both applications.
        ("a", vec![(1, 1), (1, 1), (0, 2)]),
        ("b", vec![(2, 0)]),
        ("n > 5", vec![(2, 0)]),
        // Test 3: not loaded, so neither; and 9 > 7.
        ("strict", vec![(0, 0)]),
        ("n > 7", vec![(1, 0)]),
        // Test 4: 4 is at least 3 and not at least 9.
        ("n >= least", vec![(1, 1)]),
        ("n != 4", vec![(0, 2)]),
    ];
    assert_eq!(found, wanted.into_iter().map(|(text, outcomes)| (text.to_owned(), outcomes)).collect());
}

#[test]
fn rules_and_require_lines() {
    let (coverage, _) = covered();
    let summary = coverage.summary();
    // Only `joined` applied, in test 2; the template's rule is one.
    assert_eq!(summary.rules, Share { covered: 1, total: 3 });
    // "not both" failed in test 1 and held in test 2; "too few" held in both.
    assert_eq!(summary.requires, Share { covered: 1, total: 2 });
    // Twelve atoms. Both outcomes: three of `kind`, two of `a`, `n >= least`; one: `a` of the template, `b`, `n > 5`, `n > 7`, `n != 4`; none: `strict`.
    assert_eq!(summary.atoms, Share { covered: 6 * 2 + 5, total: 24 });
    let names: Vec<Vec<&str>> =
        coverage.rules().values().map(|rule| rule.names.iter().map(String::as_str).collect()).collect();
    assert_eq!(names, [vec!["joined"], vec!["open"], vec!["nine_at_least", "three_at_least"]]);
}

#[test]
fn a_share_of_nothing_is_all_of_it() {
    assert_eq!(Share { covered: 0, total: 0 }.percent(), None);
    assert_eq!(Share { covered: 2, total: 3 }.percent(), Some(66));
}
