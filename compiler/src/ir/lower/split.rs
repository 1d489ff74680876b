//! What is fixed for a session is split off from rules; and formulas are joined.

use crate::ir::{Formula, Program, Scope, SessionValueId, Test};
use foldhash::HashMap;

/// Splits off what is fixed for a session from all conditions of a program that has no session values yet.
pub(super) fn split_session(program: &mut Program) {
    let Program { tests, session_values, rules, shapes, .. } = program;
    let mut splitting = Splitting::default();
    let conditions = rules.iter_mut().map(|rule| &mut rule.condition);
    for condition in conditions.chain(shapes.iter_mut().map(|shape| &mut shape.condition)) {
        *condition = splitting.split(std::mem::replace(condition, Formula::Constant(false)), tests);
    }
    *session_values = splitting.values;
}

/// Finds the largest parts of rules that read nothing of the call, and no row.
#[derive(Default)]
struct Splitting {
    values: Vec<Formula>,
    known: HashMap<Formula, SessionValueId>,
}

impl Splitting {
    fn split(&mut self, formula: Formula, tests: &[Test]) -> Formula {
        if of_session(&formula, tests) {
            return self.value(formula);
        }
        match formula {
            Formula::Not(inner) => not(self.split(*inner, tests)),
            Formula::And(operands) => and(self.split_operands(operands, tests, and)),
            Formula::Or(operands) => or(self.split_operands(operands, tests, or)),
            Formula::Constant(_) | Formula::Test(_) | Formula::SessionValue(_) => formula,
        }
    }

    /// The operands that read the call, each split, and one value for all that do not: `and` and `or` are associative and commutative.
    fn split_operands(
        &mut self,
        operands: Vec<Formula>,
        tests: &[Test],
        join: fn(Vec<Formula>) -> Formula,
    ) -> Vec<Formula> {
        let (session, call): (Vec<_>, Vec<_>) = operands.into_iter().partition(|operand| of_session(operand, tests));
        let session = (!session.is_empty()).then(|| self.value(join(session)));
        session.into_iter().chain(call.into_iter().map(|operand| self.split(operand, tests))).collect()
    }

    fn value(&mut self, formula: Formula) -> Formula {
        if let Formula::Constant(_) = formula {
            return formula;
        }
        let next = SessionValueId(self.values.len() as u32);
        let id = *self.known.entry(formula).or_insert_with_key(|formula| {
            self.values.push(formula.clone());
            next
        });
        Formula::SessionValue(id)
    }
}

fn of_session(formula: &Formula, tests: &[Test]) -> bool {
    match formula {
        Formula::Constant(_) | Formula::SessionValue(_) => true,
        Formula::Test(id) => {
            let test = &tests[id.0 as usize];
            test.scope == Scope::Session && !test.reads_row
        }
        Formula::Not(inner) => of_session(inner, tests),
        Formula::And(operands) | Formula::Or(operands) => operands.iter().all(|operand| of_session(operand, tests)),
    }
}

pub(super) fn not(formula: Formula) -> Formula {
    match formula {
        Formula::Constant(constant) => Formula::Constant(!constant),
        Formula::Not(inner) => *inner,
        Formula::Test(_) | Formula::SessionValue(_) | Formula::And(_) | Formula::Or(_) => {
            Formula::Not(Box::new(formula))
        }
    }
}

/// All of these. A constant false lasts forever, and so do the others beside it as far as the whole is concerned: it is the whole.
pub(super) fn and(operands: Vec<Formula>) -> Formula {
    let mut flat = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand {
            Formula::Constant(true) => {}
            Formula::Constant(false) => return Formula::Constant(false),
            Formula::And(inner) => flat.extend(inner),
            Formula::Test(_) | Formula::SessionValue(_) | Formula::Not(_) | Formula::Or(_) => flat.push(operand),
        }
    }
    single(flat, Formula::And, true)
}

/// Any of these; the dual of [`and`].
pub(super) fn or(operands: Vec<Formula>) -> Formula {
    let mut flat = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand {
            Formula::Constant(false) => {}
            Formula::Constant(true) => return Formula::Constant(true),
            Formula::Or(inner) => flat.extend(inner),
            Formula::Test(_) | Formula::SessionValue(_) | Formula::Not(_) | Formula::And(_) => flat.push(operand),
        }
    }
    single(flat, Formula::Or, false)
}

fn single(mut operands: Vec<Formula>, join: fn(Vec<Formula>) -> Formula, empty: bool) -> Formula {
    match operands.len() {
        0 => Formula::Constant(empty),
        1 => operands.remove(0),
        _ => join(operands),
    }
}
