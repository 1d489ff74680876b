//! Which tests are answered once for many formulas.

use super::facts::{Nature, ProgramFacts};
use crate::ir::{Formula, Program, TestId, TestKind};

/// The heaviest test that is answered again wherever it is asked: looking at two words costs no more than looking up
/// an answer.
const LIGHT: u32 = 2;

/// The tests that are answered first, each into a place of its own, for all formulas of one stage.
///
/// These are the tests asked more than once, and those that a list's condition asks without looking at an element.
/// Tests asked once are answered where they are asked, and only if it still matters there.
pub(super) struct Plan {
    /// In ascending order, so that what a count asks is answered before it.
    pub(super) shared: Vec<TestId>,
    places: Vec<Option<u32>>,
}

impl Plan {
    /// The plan for these formulas of the program, each with how often it is asked, if one is asked more than once.
    pub(super) fn new<'a>(
        program: &Program,
        facts: &ProgramFacts,
        formulas: impl Iterator<Item = (&'a Formula, u32)>,
    ) -> Self {
        let mut uses = vec![0u32; program.tests.len()];
        for (formula, times) in formulas {
            mark(program, formula, times, &mut uses);
        }
        let mut shared = Vec::new();
        let mut places = vec![None; program.tests.len()];
        for (index, &uses) in uses.iter().enumerate() {
            let id = TestId(index as u32);
            let facts = facts.test(id);
            let light = facts.weight <= LIGHT && facts.nature == Nature::default();
            if uses > 1 && !light && !facts.reads_element() && !facts.reads_row() {
                places[index] = Some(shared.len() as u32);
                shared.push(id);
            }
        }
        Plan { shared, places }
    }

    /// The place of a test's answer; `None` for a test that is answered where it is asked.
    pub(super) fn place(&self, id: TestId) -> Option<u32> {
        self.places[id.0 as usize]
    }
}

/// Counts how often each test is asked. One asked for each element of a list counts as asked `times` = 2.
fn mark(program: &Program, formula: &Formula, times: u32, uses: &mut [u32]) {
    match formula {
        Formula::Constant(_) | Formula::SessionValue(_) => {}
        Formula::Test(id) => {
            let count = &mut uses[id.0 as usize];
            let first = *count == 0;
            *count = count.saturating_add(times);
            if let (true, TestKind::Count(inner)) = (first, &program.tests[id.0 as usize].kind) {
                mark(program, &inner.condition, 2, uses);
            }
        }
        Formula::Not(inner) => mark(program, inner, times, uses),
        Formula::And(operands) | Formula::Or(operands) => {
            operands.iter().for_each(|operand| mark(program, operand, times, uses));
        }
    }
}
