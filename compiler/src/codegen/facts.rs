//! What is known of tests and formulas before any code is made, and the proof that they keep to their frames.
//!
//! [`ProgramFacts::new`] walks the program once, tests in order, and refuses whatever the decision IR does not allow.
//! Compiled code does not check again: that every slot lies in its frame, that elements are read only while their
//! list is walked, and that functions of the session never read the call frame rest on this walk.

use super::error::{EmitError, Place};
use crate::ir::{Comparison, Constant, Element, Formula, List, Operand, Program, Scope, Slot, TestId, TestKind};
use crate::layout::TCB_WORDS;
use crate::types::ReferenceId;

/// The deepest nesting of a formula. Code is made by recursion, which must fit the stack of any thread.
pub const MAX_DEPTH: usize = 200;

/// The most tests, session values, rules or reference values: their places are computed in 32 bits.
const MAX_PARTS: usize = 1 << 24;

const TOO_MANY: &str = "is beyond the greatest number";

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
    reads_call: bool,
    /// If it reads an element, how many words the element must have.
    element_words: Option<u32>,
    /// A measure of the work to answer it: about the number of words looked at.
    pub(super) weight: u32,
}

impl Facts {
    /// Whether it can only be answered while a list is walked.
    pub(super) fn reads_element(&self) -> bool {
        self.element_words.is_some()
    }

    fn join(self, other: Facts) -> Facts {
        Facts {
            nature: Nature {
                partial: self.nature.partial || other.nature.partial,
                timed: self.nature.timed || other.nature.timed,
            },
            reads_call: self.reads_call || other.reads_call,
            element_words: self.element_words.max(other.element_words),
            weight: self.weight.saturating_add(other.weight),
        }
    }
}

/// What is known of a whole program that keeps the rules of the decision IR.
pub(super) struct ProgramFacts {
    tests: Vec<Facts>,
    session_values: Vec<Facts>,
    /// One more than the greatest reference value read.
    pub(super) references: usize,
    /// The greatest length of a list that is counted.
    pub(super) elements: usize,
}

impl ProgramFacts {
    /// Checks the whole program.
    ///
    /// # Errors
    /// [`EmitError::Malformed`] where it breaks a rule of the IR, [`EmitError::TooDeep`] where it nests too deep.
    pub(super) fn new(program: &Program) -> Result<Self, EmitError> {
        let tests = Vec::with_capacity(program.tests.len());
        let mut facts = ProgramFacts { tests, session_values: Vec::new(), references: 0, elements: 0 };
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
            let checked = checker.formula(&facts, formula, 0)?;
            checker.require(!checked.reads_call, "reads the call frame")?;
            checker.require(!checked.reads_element(), "reads an element outside of its list")?;
            session_values.push(checked);
        }
        facts.session_values = session_values;
        for (index, rule) in program.rules.iter().enumerate() {
            let checker = Checker { program, place: Place::Rule(index) };
            checker.require(index < MAX_PARTS, TOO_MANY)?;
            let checked = checker.formula(&facts, &rule.condition, 0)?;
            checker.require(!checked.reads_element(), "reads an element outside of its list")?;
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
            Formula::SessionValue(id) => Facts { weight: 1, ..self.session_values[id.0 as usize] },
            Formula::Not(inner) => self.formula(inner),
            Formula::And(operands) | Formula::Or(operands) => {
                operands.iter().map(|operand| self.formula(operand)).fold(Facts::default(), Facts::join)
            }
        }
    }
}

/// Checks one part of a program.
struct Checker<'a> {
    program: &'a Program,
    place: Place,
}

impl Checker<'_> {
    fn require(&self, holds: bool, what: &'static str) -> Result<(), EmitError> {
        if holds { Ok(()) } else { Err(EmitError::Malformed { place: self.place, what }) }
    }

    fn formula(&self, facts: &ProgramFacts, formula: &Formula, depth: usize) -> Result<Facts, EmitError> {
        if depth > MAX_DEPTH {
            return Err(EmitError::TooDeep { place: self.place, limit: MAX_DEPTH });
        }
        match formula {
            Formula::Constant(_) => {}
            Formula::Test(id) => self.require((id.0 as usize) < facts.tests.len(), "refers to a later test")?,
            Formula::SessionValue(id) => {
                // Those of rules are checked last, when the session values are known; no other formula has any.
                self.require((id.0 as usize) < facts.session_values.len(), "refers to an unknown session value")?;
            }
            Formula::Not(inner) => return self.formula(facts, inner, depth + 1),
            Formula::And(operands) | Formula::Or(operands) => {
                return operands.iter().try_fold(Facts::default(), |sum, operand| {
                    Ok(sum.join(self.formula(facts, operand, depth + 1)?))
                });
            }
        }
        Ok(facts.formula(formula))
    }

    fn test(&self, facts: &mut ProgramFacts, kind: &TestKind) -> Result<Facts, EmitError> {
        match kind {
            TestKind::Integer(_, left, right) => {
                Ok(self.operand(facts, left, 1, |_| true)?.join(self.operand(facts, right, 1, |_| true)?))
            }
            TestKind::IntegerIn(slot, values) => {
                self.require(values.is_sorted(), "has a set that is not ascending")?;
                self.slot(*slot, 1)
            }
            TestKind::Bytes(words, left, right) => {
                let fits = |constant: &[u64]| constant.len() == *words as usize;
                let left = self.operand(facts, left, *words, |constant| fits(constant))?;
                Ok(left.join(self.operand(facts, right, *words, |constant| fits(constant))?))
            }
            TestKind::BytesIn(slot, values) => {
                let words = values.first().map_or(0, |first| first.len());
                self.require(values.iter().all(|value| value.len() == words), "has byte strings of two lengths")?;
                self.require(values.is_sorted(), "has a set that is not ascending")?;
                let words = u32::try_from(words).unwrap_or(u32::MAX);
                Ok(self.slot(*slot, words)?.join(search_of(values.len())))
            }
            TestKind::Text(left, right) => {
                Ok(self.operand(facts, left, 1, |_| true)?.join(self.operand(facts, right, 1, |_| true)?).join(TEXT))
            }
            TestKind::TextIn(slot, values) => {
                self.require(values.is_sorted(), "has a set that is not ascending")?;
                Ok(self.slot(*slot, 1)?.join(TEXT).join(search_of(values.len())))
            }
            TestKind::TcbAtLeast(left, right) => {
                let left = self.operand(facts, left, TCB_WORDS, |constant| is_tcb(constant))?;
                Ok(left.join(self.operand(facts, right, TCB_WORDS, |constant| is_tcb(constant))?))
            }
            TestKind::InReference(operand, element, reference) => {
                let words = match element {
                    Element::Integer | Element::Text => 1,
                    Element::Bytes(words) => *words,
                    Element::Tcb => TCB_WORDS,
                };
                let operand = self.operand(facts, operand, words, |constant| is_element(constant, *element))?;
                Ok(operand.join(self.reference(facts, *reference)?).join(SEARCH))
            }
            TestKind::Age(comparison, since, bound) => {
                self.require(*comparison != Comparison::Eq, "compares an age by equality")?;
                let mut age = self.slot(*since, 1)?.join(self.operand(facts, bound, 1, |_| true)?);
                age.nature.timed = true;
                Ok(age)
            }
            TestKind::Count { list, condition, .. } => self.count(facts, list, condition),
        }
    }

    fn count(&self, facts: &mut ProgramFacts, list: &List, condition: &Formula) -> Result<Facts, EmitError> {
        self.require(list.slot.frame != Scope::Element, "counts a list in an element")?;
        let words = u64::from(list.most) * u64::from(list.stride) + 1;
        let words = u32::try_from(words).unwrap_or(u32::MAX);
        let place = self.slot(list.slot, words)?;
        let element = self.formula(facts, condition, 0)?;
        self.require(element.element_words.unwrap_or(0) <= list.stride, "reads beyond an element")?;
        facts.elements = facts.elements.max(list.most as usize);
        let weight = element.weight.saturating_mul(list.most);
        Ok(Facts { element_words: None, weight, ..place.join(element) })
    }

    fn operand<C>(
        &self,
        facts: &mut ProgramFacts,
        operand: &Operand<C>,
        words: u32,
        fits: impl Fn(&C) -> bool,
    ) -> Result<Facts, EmitError> {
        match operand {
            Operand::Constant(constant) => {
                self.require(fits(constant), "has a constant of another form")?;
                Ok(Facts::default())
            }
            Operand::Slot(slot) => self.slot(*slot, words),
            Operand::Reference(reference) => self.reference(facts, *reference),
        }
    }

    fn reference(&self, facts: &mut ProgramFacts, reference: ReferenceId) -> Result<Facts, EmitError> {
        self.require(reference.index() < MAX_PARTS, TOO_MANY)?;
        facts.references = facts.references.max(reference.index() + 1);
        Ok(Facts { nature: Nature { partial: true, timed: false }, weight: 1, ..Facts::default() })
    }

    fn slot(&self, slot: Slot, words: u32) -> Result<Facts, EmitError> {
        let end = slot.word.saturating_add(words);
        let facts = Facts { weight: words, ..Facts::default() };
        match slot.frame {
            Scope::Session => {
                self.require(end <= self.program.session.words, "reads beyond the session frame")?;
                Ok(facts)
            }
            Scope::Call => {
                self.require(end <= self.program.call.words, "reads beyond the call frame")?;
                Ok(Facts { reads_call: true, ..facts })
            }
            Scope::Element => Ok(Facts { element_words: Some(end), ..facts }),
        }
    }
}

/// What it costs more to look at text than at a word.
const TEXT: Facts = weighing(8);

/// What a search by a helper costs.
const SEARCH: Facts = weighing(16);

fn search_of(values: usize) -> Facts {
    weighing(values.min(16) as u32)
}

const fn weighing(weight: u32) -> Facts {
    let nature = Nature { partial: false, timed: false };
    Facts { nature, reads_call: false, element_words: None, weight }
}

fn is_tcb(words: &[u64]) -> bool {
    words.len() == TCB_WORDS as usize && words.iter().all(|word| word & TCB_TOP_BITS == 0)
}

fn is_element(constant: &Constant, element: Element) -> bool {
    match (constant, element) {
        (Constant::Integer(_), Element::Integer) | (Constant::Text(_), Element::Text) => true,
        (Constant::Words(words), Element::Bytes(length)) => words.len() == length as usize,
        (Constant::Words(words), Element::Tcb) => is_tcb(words),
        (Constant::Integer(_) | Constant::Words(_) | Constant::Text(_), _) => false,
    }
}
