//! Every family of hostile inputs, a few seeds each: each ends, in what can be told. The command (`src/main.rs`) tries many more, and measures.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "what is not as expected fails the test")]

use atbac_engine::{Bundle, Execution};
use atbac_hostile::attempt::{self, Outcome};
use atbac_hostile::{MAX_BYTES, input, policy};
use std::collections::BTreeSet;

/// So many seeds of each family.
const SEEDS: u64 = 3;

/// Codes of diagnostics end an attempt as a policy's author may read; a code of anything else would be a defect of ours.
fn is_a_finding(code: &str) -> bool {
    let of =
        ["syntax", "names", "types", "schema", "rules", "laws", "lints", "templates", "tests", "input", "references"];
    of.iter().any(|phase| code.starts_with(&format!("atbac::{phase}::"))) || code == "atbac::codegen::too_large"
}

fn check(what: &str, outcome: &Outcome) {
    if let Outcome::Refused(codes) = outcome {
        let odd: Vec<&String> = codes.iter().filter(|code| !is_a_finding(code)).collect();
        assert!(!codes.is_empty() && odd.is_empty(), "{what}: {odd:?}");
    }
}

#[test]
fn tob_t4_hostile_policies_end_in_an_error_or_an_answer() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..SEEDS * policy::FAMILIES.len() as u64 {
        let (family, files) = policy::write(seed);
        let outcome = attempt::policy(files);
        check(&format!("{family}, seed {seed}"), &outcome);
        outcomes.insert(outcome);
    }
    // Were all of them refused at the door, nothing would be shown.
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Decided(_))), "{outcomes:?}");
    assert!(outcomes.len() > 10, "{outcomes:?}");
}

#[test]
fn tob_t3_hostile_inputs_end_in_an_error_or_an_answer() {
    let bundle = Bundle::open([input::policy()], Execution::Jit).unwrap();
    let mut outcomes = BTreeSet::new();
    for seed in 0..4 * SEEDS * input::FAMILIES.len() as u64 {
        let (family, sent) = input::write(seed);
        let outcome = attempt::input(&bundle, &sent);
        check(&format!("{family}, seed {seed}"), &outcome);
        outcomes.insert(outcome);
    }
    assert!(outcomes.iter().any(|outcome| matches!(outcome, Outcome::Decided(_))), "{outcomes:?}");
    assert!(outcomes.len() > 5, "{outcomes:?}");
}

#[test]
fn a_seed_gives_the_same_input_again_within_its_size() {
    for seed in 0..policy::FAMILIES.len() as u64 {
        let texts = |seed| policy::write(seed).1.into_iter().map(|file| file.text).collect::<Vec<_>>();
        let first = texts(seed);
        assert!(first.iter().map(String::len).sum::<usize>() <= MAX_BYTES);
        assert_eq!(first, texts(seed));
    }
    for seed in 0..input::FAMILIES.len() as u64 {
        let first = input::write(seed).1;
        assert!([&first.references, &first.session, &first.call].iter().all(|text| text.len() <= MAX_BYTES));
        assert_eq!(format!("{first:?}"), format!("{:?}", input::write(seed).1));
    }
}
