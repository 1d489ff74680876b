//! Both executions on generated policies, and the end of every decision. The command of this crate does the same for as long as it is told to.

use atbac_differential::case::{Case, Ran};
use atbac_differential::coverage::Coverage;
use atbac_differential::explore::Tally;
use atbac_differential::questions::Plan;
use atbac_engine::run::{DISAGREE, run_tests};
use atbac_engine::{Bundle, Execution};
use atbac_tests::evidence::timely;

/// How many policies.
const POLICIES: u64 = 200;

/// Of how many forms so few policies may have none.
const MISSING: usize = 40;

#[test]
fn executions_agree_and_decisions_last() {
    let evidence = timely();
    let (mut tally, mut coverage, mut refused) = (Tally::default(), Coverage::default(), 0);
    for seed in 0..POLICIES {
        let case = Case::of_seed(seed);
        match case.run(&evidence, Plan::FEW, &mut tally, Some(&mut coverage)) {
            Ok(Ran::Compared) => {}
            Ok(Ran::Refused) => refused += 1,
            Err(found) => {
                let (case, found) = case.shrunk(&evidence, Plan::FEW, found);
                panic!("seed {seed}, tape {:?}\n{found}", case.policy);
            }
        }
    }
    assert!(refused * 20 < POLICIES, "{refused} of {POLICIES} policies are refused");
    assert!(tally.comparisons > 10_000, "{tally:?}");
    // Agreement on one kind of answer only would prove little.
    for outcome in ["permit", "forbid", "no_permit", "expired", "indeterminate"] {
        assert!(tally.outcomes.get(outcome).is_some_and(|count| *count > 100), "{outcome}: {tally:?}");
    }
    assert!(tally.ends_changed > 100 && tally.promises > 10_000, "{tally:?}");
    // So few policies do not reach everything; the command of this crate must.
    coverage.add_outcomes(&tally);
    let missing = coverage.missing();
    assert!(missing.len() < MISSING, "{} forms were never reached: {missing:?}", missing.len());
}

/// What comes out is unknown; that both executions say the same is not.
#[test]
fn executions_agree_on_tests_that_are_generated() {
    let mut run = 0;
    for seed in 0..POLICIES {
        let Ok(bundle) = Bundle::open(Case::of_seed(seed).source(), Execution::Jit) else { continue };
        for result in run_tests(&bundle) {
            run += 1;
            let disagreement = result.failures.iter().find(|failure| failure.message.starts_with(DISAGREE));
            assert!(disagreement.is_none(), "seed {seed}: {disagreement:?}");
        }
    }
    assert!(run > 100, "only {run} tests were generated");
}
