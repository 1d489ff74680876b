//! The meaning of a program, by plain recursion over it: what compiled code is compared with.

use atbac_compiler::ir::{Constant, Element, Formula, Operand, Program, Scope, Slot, TestId, TestKind};
use atbac_compiler::layout::{Frame, byte_words, tcb_words};
use atbac_compiler::time::FOREVER;
use atbac_compiler::truth::{Timed, Truth, age_test, count};
use atbac_compiler::types::ReferenceId;
use atbac_compiler::value::Value;
use atbac_grammar::syntax::Effect;

/// Everything a program can look at.
#[derive(Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub(crate) program: &'a Program,
    pub(crate) session: &'a Frame,
    pub(crate) call: &'a Frame,
    pub(crate) references: &'a [Option<Value>],
    pub(crate) session_values: &'a [Timed],
    pub(crate) now: i64,
    /// The frame and first word of the current element.
    pub(crate) element: Option<(Scope, u32)>,
}

/// What a decision must find.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The rules that are not false, and whether each is indeterminate.
    pub(crate) fired: Vec<(usize, bool)>,
    pub(crate) permit_until: i64,
    pub(crate) forbid_until: i64,
}

impl<'a> Situation<'a> {
    pub(crate) fn session_values(self) -> Vec<Timed> {
        self.program.session_values.iter().map(|value| self.formula(value)).collect()
    }

    pub(crate) fn decide(self) -> Expected {
        let mut expected = Expected { fired: Vec::new(), permit_until: FOREVER, forbid_until: FOREVER };
        for (index, rule) in self.program.rules.iter().enumerate() {
            let answer = self.formula(&rule.condition);
            if answer.truth != Truth::False {
                expected.fired.push((index, answer.truth == Truth::Indeterminate));
            }
            let until = match rule.effect {
                Effect::Permit => &mut expected.permit_until,
                Effect::Forbid => &mut expected.forbid_until,
            };
            *until = answer.until.min(*until);
        }
        expected
    }

    pub(crate) fn formula(self, formula: &Formula) -> Timed {
        match formula {
            Formula::Constant(value) => Timed::fixed(*value),
            Formula::Test(id) => self.test(*id),
            Formula::SessionValue(id) => self.session_values[id.0 as usize],
            Formula::Not(inner) => self.formula(inner).negated(),
            Formula::And(operands) => Timed::all(operands.iter().map(|operand| self.formula(operand))),
            Formula::Or(operands) => Timed::any(operands.iter().map(|operand| self.formula(operand))),
        }
    }

    fn test(self, id: TestId) -> Timed {
        self.try_test(id).unwrap_or(Timed::fixed(Truth::Indeterminate))
    }

    /// `None` if a reference value is missing.
    fn try_test(self, id: TestId) -> Option<Timed> {
        Some(match &self.program.tests[id.0 as usize].kind {
            TestKind::Integer(comparison, left, right) => {
                let (left, right) = (self.integer(left)?, self.integer(right)?);
                Timed::fixed(comparison.holds(left, right))
            }
            TestKind::IntegerIn(slot, values) => Timed::fixed(values.contains(&(self.words(*slot, 1)[0] as i64))),
            TestKind::Bytes(words, left, right) => {
                Timed::fixed(self.bytes(left, *words)? == self.bytes(right, *words)?)
            }
            TestKind::BytesIn(slot, values) => {
                let found = self.words(*slot, values[0].len() as u32);
                Timed::fixed(values.iter().any(|value| **value == *found))
            }
            TestKind::Text(left, right) => Timed::fixed(self.text(left)? == self.text(right)?),
            TestKind::TextIn(slot, values) => {
                let found = self.slot_text(*slot);
                Timed::fixed(values.iter().any(|value| value.as_bytes() == found))
            }
            TestKind::TcbAtLeast(left, right) => {
                let (left, right) = (lanes(&self.bytes(left, 6)?), lanes(&self.bytes(right, 6)?));
                Timed::fixed(left.iter().zip(&right).all(|(left, right)| left >= right))
            }
            TestKind::InReference(operand, element, set) => match self.reference(*set)? {
                Value::Set(set) => Timed::fixed(self.contains(set, operand, *element)?),
                other => panic!("{other:?} is not a set"),
            },
            TestKind::Age(comparison, since, bound) => {
                let since = self.words(*since, 1)[0] as i64;
                age_test(*comparison, since, self.integer(bound)?, self.now)
            }
            TestKind::Count { list, condition, comparison, bound } => {
                let length = self.words(list.slot, 1)[0] as u32;
                let element = |index| Some((list.slot.frame, list.slot.word + 1 + index * list.stride));
                let mut answers: Vec<_> =
                    (0..length).map(|index| Situation { element: element(index), ..self }.formula(condition)).collect();
                count(*comparison, *bound, &mut answers)
            }
        })
    }

    fn contains(self, set: &[Value], operand: &Operand<Constant>, element: Element) -> Option<bool> {
        let words = match element {
            Element::Text => {
                let text = match operand {
                    Operand::Constant(Constant::Text(text)) => text.as_bytes(),
                    Operand::Constant(other) => panic!("{other:?} is not text"),
                    Operand::Slot(slot) => self.slot_text(*slot),
                    Operand::Reference(reference) => value_text(self.reference(*reference)?),
                };
                return Some(set.iter().any(|value| value_text(value) == text));
            }
            Element::Integer => 1,
            Element::Bytes(words) => words,
            Element::Tcb => 6,
        };
        let found = match operand {
            Operand::Constant(Constant::Integer(value)) => vec![*value as u64],
            Operand::Constant(Constant::Words(words)) => words.to_vec(),
            Operand::Constant(Constant::Text(text)) => panic!("{text:?} is not of words"),
            Operand::Slot(slot) => self.words(*slot, words).to_vec(),
            Operand::Reference(reference) => value_words(self.reference(*reference)?),
        };
        Some(set.iter().any(|value| value_words(value) == found))
    }

    fn reference(self, reference: ReferenceId) -> Option<&'a Value> {
        self.references[reference.index()].as_ref()
    }

    fn integer(self, operand: &Operand<i64>) -> Option<i64> {
        Some(match operand {
            Operand::Constant(value) => *value,
            Operand::Slot(slot) => self.words(*slot, 1)[0] as i64,
            Operand::Reference(reference) => value_words(self.reference(*reference)?)[0] as i64,
        })
    }

    fn bytes(self, operand: &Operand<Box<[u64]>>, words: u32) -> Option<Vec<u64>> {
        Some(match operand {
            Operand::Constant(words) => words.to_vec(),
            Operand::Slot(slot) => self.words(*slot, words).to_vec(),
            Operand::Reference(reference) => value_words(self.reference(*reference)?),
        })
    }

    fn text<'t>(self, operand: &'t Operand<Box<str>>) -> Option<&'t [u8]>
    where
        'a: 't,
    {
        Some(match operand {
            Operand::Constant(text) => text.as_bytes(),
            Operand::Slot(slot) => self.slot_text(*slot),
            Operand::Reference(reference) => value_text(self.reference(*reference)?),
        })
    }

    /// The frame a slot lies in, and its first word there.
    fn locate(self, slot: Slot) -> (&'a Frame, usize) {
        let (frame, word) = match slot.frame {
            Scope::Element => {
                let (frame, first) = self.element.expect("an element is read only in a count");
                (frame, first + slot.word)
            }
            frame => (frame, slot.word),
        };
        (if frame == Scope::Session { self.session } else { self.call }, word as usize)
    }

    fn words(self, slot: Slot, words: u32) -> &'a [u64] {
        let (frame, word) = self.locate(slot);
        &frame.words()[word..][..words as usize]
    }

    fn slot_text(self, slot: Slot) -> &'a [u8] {
        let (frame, word) = self.locate(slot);
        let word = frame.words()[word];
        &frame.heap()[(word & 0xffff_ffff) as usize..][..(word >> 32) as usize]
    }
}

fn value_text(value: &Value) -> &[u8] {
    match value {
        Value::String(text) => text.as_bytes(),
        other => panic!("{other:?} is not text"),
    }
}

fn value_words(value: &Value) -> Vec<u64> {
    match value {
        Value::Int(value) | Value::Duration(value) | Value::Instant(value) => vec![*value as u64],
        Value::Case(_, case) => vec![u64::from(*case)],
        Value::Bytes(bytes) => byte_words(bytes).collect(),
        Value::Tcb(tcb) => tcb_words(tcb).to_vec(),
        other => panic!("{other:?} is not of words"),
    }
}

fn lanes(words: &[u64]) -> Vec<u16> {
    words.iter().flat_map(|word| (0..4).map(move |lane| (word >> (16 * lane)) as u16)).collect()
}
