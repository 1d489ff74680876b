//! What is known of tests and formulas before any code is made: what [`check`](super::check) found out while it proved
//! that they keep to their frames.

use super::check::Checker;
use super::error::{EmitError, Place};
use super::row::Rows;
use crate::ir::{Formula, MAX_COUNT_DEPTH, Program, TestId};

/// The deepest nesting of a formula. Code is made by recursion, which must fit the stack of any thread.
pub const MAX_DEPTH: usize = 200;

/// The most elements that counts inside one another may walk together: the work of a decision is bounded by it.
pub const MAX_WALKED: u32 = 1 << 16;

/// The longest list whose elements may count once by a value: each is compared with each.
pub const MAX_DISTINCT: u32 = 1024;

/// The most tests, session values, rules or reference values: their places are computed in 32 bits.
pub(super) const MAX_PARTS: usize = 1 << 24;

pub(super) const TOO_MANY: &str = "is beyond the greatest number";

/// The top bit of each lane of a `Tcb` in words: see [`crate::layout::tcb_words`].
pub(super) const TCB_TOP_BITS: u64 = 0x8000_8000_8000_8000;

/// How an answer can differ from a plain true or false that stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Nature {
    /// It may be indeterminate.
    pub(super) partial: bool,
    /// It may change by the passing of time.
    pub(super) timed: bool,
}

/// What is known of a test or a formula.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts {
    /// How its answer can differ from a plain one.
    pub(super) nature: Nature,
    /// Whether it reads the call frame.
    pub(super) reads_call: bool,
    /// The least and the greatest column it reads of the row of a shape.
    pub(super) columns: Option<(u32, u32)>,
    /// Of each list walked around it, by depth: how many words an element must have, if it reads one.
    pub(super) element_words: [Option<u32>; MAX_COUNT_DEPTH as usize],
    /// The most elements that are walked, list within list, where it is answered.
    pub(super) walked: u32,
    /// The least depth at which it walks where it is answered.
    pub(super) walks: Option<u8>,
    /// How many levels of recursion it takes to make its code.
    pub(super) levels: usize,
    /// A measure of the work to answer it: about the number of words looked at.
    pub(super) weight: u32,
}

impl Facts {
    /// That it weighs so much.
    pub(super) fn weighing(weight: u32) -> Self {
        Facts { weight, ..Facts::default() }
    }

    /// Whether it asks something else of each row.
    pub(super) fn reads_row(&self) -> bool {
        self.columns.is_some()
    }

    /// Whether it can only be answered while a list is walked.
    pub(super) fn reads_element(&self) -> bool {
        self.element_words.iter().any(Option::is_some)
    }

    /// Whether it reads an element of this depth or a greater one.
    pub(super) fn reads_from(&self, depth: u8) -> bool {
        self.element_words.iter().skip(usize::from(depth)).any(Option::is_some)
    }

    pub(super) fn join(self, other: Facts) -> Facts {
        let mut element_words = self.element_words;
        for (words, more) in element_words.iter_mut().zip(other.element_words) {
            *words = (*words).max(more);
        }
        Facts {
            nature: Nature {
                partial: self.nature.partial || other.nature.partial,
                timed: self.nature.timed || other.nature.timed,
            },
            reads_call: self.reads_call || other.reads_call,
            columns: match (self.columns, other.columns) {
                (Some((least, greatest)), Some((also, more))) => Some((least.min(also), greatest.max(more))),
                (one, other) => one.or(other),
            },
            element_words,
            walked: self.walked.max(other.walked),
            walks: self.walks.into_iter().chain(other.walks).min(),
            levels: self.levels.max(other.levels),
            weight: self.weight.saturating_add(other.weight),
        }
    }
}

/// Room for the answers of a list's elements and for their keys: where it begins, or how much it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ElementRoom {
    pub(super) answers: usize,
    pub(super) keys: usize,
}

impl ElementRoom {
    fn and(self, other: ElementRoom) -> Self {
        ElementRoom { answers: self.answers + other.answers, keys: self.keys + other.keys }
    }

    /// What is enough for both at different times.
    pub(super) fn or(self, other: ElementRoom) -> Self {
        ElementRoom { answers: self.answers.max(other.answers), keys: self.keys.max(other.keys) }
    }
}

/// What is known of a whole program that keeps the rules of the decision IR.
pub(super) struct ProgramFacts {
    pub(super) tests: Vec<Facts>,
    pub(super) session_values: Vec<Facts>,
    /// How the tables of shapes lie in memory.
    pub(super) rows: Rows,
    /// One more than the greatest reference value read.
    pub(super) references: usize,
    /// The room that counts of each depth need.
    pub(super) room: [ElementRoom; MAX_COUNT_DEPTH as usize],
}

impl ProgramFacts {
    /// Checks the whole program.
    ///
    /// # Errors
    /// [`EmitError::Malformed`] where it breaks a rule of the IR, [`EmitError::TooDeep`] where it nests too deep.
    pub(super) fn new(program: &Program) -> Result<Self, EmitError> {
        let tests = Vec::with_capacity(program.tests.len());
        let room = [ElementRoom::default(); _];
        let rows = Rows::new(program);
        let mut facts = ProgramFacts { tests, session_values: Vec::new(), rows, references: 0, room };
        for (index, test) in program.tests.iter().enumerate() {
            // A count's condition sees only the tests before it, so tests cannot go in a circle.
            let checker = Checker { program, place: Place::Test(index) };
            checker.require(index < MAX_PARTS, TOO_MANY)?;
            let checked = checker.test(&mut facts, &test.kind)?;
            facts.tests.push(checked);
        }
        let mut session_values = Vec::with_capacity(program.session_values.len());
        for (index, formula) in program.session_values.iter().enumerate() {
            let checker = Checker { program, place: Place::SessionValue(index) };
            checker.require(index < MAX_PARTS, TOO_MANY)?;
            let checked = checker.formula(&facts, formula)?;
            checker.require(!checked.reads_call, "reads the call frame")?;
            checker.require(!checked.reads_row(), "reads a row")?;
            checker.require(!checked.reads_element(), "reads an element outside of its list")?;
            session_values.push(checked);
        }
        facts.session_values = session_values;
        for (index, rule) in program.rules.iter().enumerate() {
            let checker = Checker { program, place: Place::Rule(index) };
            checker.require(index < MAX_PARTS, TOO_MANY)?;
            checker.require((rule.number as usize) < program.rule_count(), "has a number that is not there")?;
            let checked = checker.formula(&facts, &rule.condition)?;
            checker.require(!checked.reads_row(), "reads a row")?;
            checker.require(!checked.reads_element(), "reads an element outside of its list")?;
        }
        for (index, shape) in program.shapes.iter().enumerate() {
            let checker = Checker { program, place: Place::Shape(index) };
            let checked = checker.formula(&facts, &shape.condition)?;
            checker.require(!checked.reads_element(), "reads an element outside of its list")?;
            checker.shape(shape, checked)?;
        }
        Ok(facts)
    }

    /// What is known of a test.
    pub(super) fn test(&self, id: TestId) -> Facts {
        self.tests[id.0 as usize]
    }

    /// What is known of a formula of this program.
    pub(super) fn formula(&self, formula: &Formula) -> Facts {
        match formula {
            Formula::Constant(_) => Facts::default(),
            Formula::Test(id) => self.tests[id.0 as usize],
            // Its answer lies ready.
            Formula::SessionValue(id) => {
                Facts { nature: self.session_values[id.0 as usize].nature, ..Facts::weighing(1) }
            }
            Formula::Not(inner) => self.formula(inner),
            Formula::And(operands) | Formula::Or(operands) => {
                operands.iter().map(|operand| self.formula(operand)).fold(Facts::default(), Facts::join)
            }
        }
    }

    /// Where the room of the counts of a depth begins: behind that of the counts that may be around them.
    pub(super) fn element_room(&self, depth: u8) -> ElementRoom {
        self.room[..usize::from(depth)].iter().copied().fold(ElementRoom::default(), ElementRoom::and)
    }

    /// The room that all depths need together.
    pub(super) fn all_element_room(&self) -> ElementRoom {
        self.element_room(MAX_COUNT_DEPTH)
    }
}
