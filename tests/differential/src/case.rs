//! One case: a policy and what it is asked, both read off tapes.

use crate::coverage::Coverage;
use crate::difference::{Difference, Fault};
use crate::explore::{Tally, explore};
use crate::questions::{Plan, Questions};
use crate::shrink::shrink;
use crate::soundness;
use crate::subject::{self, Subject};
use atbac_generator::{Arrangement, Tape, tape};
use atbac_tests::evidence::Evidence;
use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many numbers a tape of questions has.
const QUESTIONS: usize = 30_000;

/// A policy and what it is asked.
#[derive(Clone, Debug)]
pub struct Case {
    /// The tape of the policy.
    pub policy: Vec<u16>,
    /// How it is arranged.
    pub arrangement: Arrangement,
    /// The tape of the questions.
    pub questions: Vec<u16>,
}

/// Whether a case could be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ran {
    /// Everything was asked.
    Compared,
    /// The compiler refuses the policy.
    Refused,
}

impl Case {
    /// The case of a seed.
    pub fn of_seed(seed: u64) -> Self {
        let arrangement = Arrangement::ALL[(seed % Arrangement::ALL.len() as u64) as usize];
        Case { policy: subject::tape_of(seed), arrangement, questions: tape::random(!seed, QUESTIONS) }
    }

    /// The policy as source.
    pub fn source(&self) -> Vec<atbac_engine::SourceFile> {
        subject::source(&self.policy, self.arrangement)
    }

    /// Runs it. If `coverage` is given, also asks strictly, and notes what was reached.
    ///
    /// # Errors
    /// What went wrong, a panic of the engine among it.
    pub fn run(
        &self,
        evidence: &[Evidence],
        plan: Plan,
        tally: &mut Tally,
        coverage: Option<&mut Coverage>,
    ) -> Result<Ran, Box<Difference>> {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let Some(subject) = Subject::open(self.source(), evidence) else { return Ok(Ran::Refused) };
            let Some(questions) = Questions::new(&subject, evidence, plan, &mut Tape::new(&self.questions)) else {
                return Ok(Ran::Compared);
            };
            explore(&subject, &questions, tally)?;
            if let Some(coverage) = coverage {
                coverage.observe(&subject, &questions);
                soundness::check(&subject, &questions, &mut |condition, truth, depth| {
                    coverage.came_out(condition, truth, depth);
                })?;
            }
            Ok(Ran::Compared)
        }));
        ran.unwrap_or_else(|panic| {
            let message = panic.downcast_ref::<String>().cloned();
            let message = message.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let one = message.unwrap_or_default();
            let files = self.source();
            Err(Box::new(Difference { fault: Fault::Panic, files, question: Json::Null, one, other: String::new() }))
        })
    }

    /// The smallest case found that goes wrong in the same way, and how.
    pub fn shrunk(&self, evidence: &[Evidence], plan: Plan, found: Box<Difference>) -> (Case, Box<Difference>) {
        let mut smallest = (self.clone(), found);
        let policy = shrink(&self.policy, |policy| {
            let case = Case { policy: policy.to_vec(), ..smallest.0.clone() };
            case.fails_as(evidence, plan, &mut smallest)
        });
        smallest.0.policy = policy;
        let questions = smallest.0.questions.clone();
        shrink(&questions, |questions| {
            let case = Case { questions: questions.to_vec(), ..smallest.0.clone() };
            case.fails_as(evidence, plan, &mut smallest)
        });
        smallest
    }

    fn fails_as(self, evidence: &[Evidence], plan: Plan, smallest: &mut (Case, Box<Difference>)) -> bool {
        let kind = |fault: &Fault| std::mem::discriminant(fault);
        let mut coverage = Coverage::default();
        let observed = (smallest.1.fault == Fault::Unsound).then_some(&mut coverage);
        match self.run(evidence, plan, &mut Tally::default(), observed) {
            Err(found) if kind(&found.fault) == kind(&smallest.1.fault) => {
                *smallest = (self, found);
                true
            }
            Ok(_) | Err(_) => false,
        }
    }
}
