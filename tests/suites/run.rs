//! What policies decide: the `test` blocks of every policy in `run/` and of every example, and the tables of whole decisions beside them.

use atbac_engine::run::{TestResult, run_tests};
use atbac_engine::{Bundle, Execution, SourceFile};
use atbac_tests::examples::Example;
use atbac_tests::files::{bundle, data, with_extension};
use atbac_tests::reorder::reordered;
use atbac_tests::table;
use atbac_tests::twins::open;

/// Policies with tests: each file of `run/`, those that `ui/` accepts, and the example.
fn policies() -> Vec<Vec<SourceFile>> {
    let folders = [data("run"), data("ui/accepted")];
    let mut policies: Vec<_> =
        folders.iter().flat_map(|folder| with_extension(folder, "atbac")).map(|path| bundle(&path)).collect();
    policies.push(Example::open("transaction-approver").files);
    policies
}

/// Runs the tests of a bundle on both executions; gives how many there are.
fn run(files: &[SourceFile]) -> usize {
    let results = run_tests(&open(files, Execution::Jit));
    let failed: Vec<&TestResult> = results.iter().filter(|result| !result.failures.is_empty()).collect();
    assert!(failed.is_empty(), "{}: {failed:#?}", files[0].name);
    results.len()
}

#[test]
fn tests_in_policies_pass() {
    let ran: usize = policies().iter().map(|policy| run(policy)).sum();
    assert!(ran >= 50, "only {ran} tests were found");
}

/// Two files, two rules, two lines may be swapped with no change in any decision.
#[test]
fn tests_in_policies_pass_in_another_order_of_writing() {
    let mut turned = 0;
    for policy in policies() {
        let (other, changed) = reordered(&policy);
        run(&other);
        turned += changed;
    }
    assert!(turned >= 30, "only {turned} rules could be written otherwise");
}

#[test]
fn tables_come_out_as_expected() {
    let failures: Vec<String> = with_extension(&data("run"), "json")
        .iter()
        .flat_map(|path| table::failures(path).into_iter().map(|failure| format!("{}: {failure}", path.display())))
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A test that expects what does not come out fails, and says what came out.
#[test]
fn tests_in_policies_can_fail() {
    let text = "package p; floor circumstance: asserted;
        request Q { call x: asserted Int }
        grant G for Q { n: Int merge min }
        permit small for Q { require x < 10 else \"too much\"; grant { n: x } }
        permit tiny for Q { require x < 5 else \"more than tiny\"; grant { n: 1 } }
        forbid zero for Q where x == 0 { reason \"nothing\"; }
        invariant \"not seven\" for Q { permitted implies x != 7 }
        test \"a\" { given Q { x: 9 } expect permit by tiny }
        test \"b\" { given Q { x: 9 } expect deny }
        test \"c\" { given Q { x: 10 } expect permit }
        test \"d\" { given Q { x: 10 } expect deny because \"nothing\" }
        test \"e\" { given Q { x: 9 } expect grant { n: 8 } }
        test \"f\" { given Q { x: 9 } expect valid_until 2026-01-01 }
        test \"g\" { given Q { x: 7 } expect permit }
        test \"h\" { given Q { x: 11 } expect deny by zero }
        test \"i\" { given Q { x: 11 } expect grant { n: 1 } }";
    let bundle = Bundle::open(atbac_tests::files::source(text), Execution::Jit).unwrap();
    let messages: Vec<String> = run_tests(&bundle)
        .into_iter()
        .map(|result| {
            let [failure] = &result.failures[..] else { panic!("{result:#?}") };
            format!("{}: {} ({})", result.name, failure.message, failure.location.line)
        })
        .collect();
    assert_eq!(
        messages,
        [
            "a: expected a permit by `tiny`, but it was by `small` (8)",
            "b: expected a denial, but it was permitted by `small` (9)",
            "c: expected a permit, but it was denied: \"too much\", \"more than tiny\" (10)",
            "d: expected a denial because \"nothing\", but it was denied: \"too much\", \"more than tiny\" (11)",
            "e: expected `n` to be 8, but it is 9 (12)",
            "f: expected the decision to be valid until 2026-01-01T00:00:00Z, but time alone does not end it (13)",
            "g: the invariant \"not seven\" does not hold for this question (7)",
            "h: expected a denial by `zero`, but it was by nothing (15)",
            "i: expected a grant, but it was denied: \"too much\", \"more than tiny\" (16)",
        ]
    );
}
