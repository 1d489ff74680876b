//! What a question reads: which frames, and which elements.

use super::Lowering;
use crate::ir::{Count, Formula, Integer, Key, Scope, Set, Slot, TestKind, Text, Words};

impl Lowering<'_> {
    /// What a question reads.
    pub(super) fn reach(&self, kind: &TestKind) -> Reach {
        let mut reach = Reach { elements: 0, frame: Scope::Session };
        match kind {
            TestKind::Integer(_, left, right) => {
                reach.integer(left);
                reach.integer(right);
            }
            TestKind::IntegerIn(integer, _) | TestKind::IntegerInRow(integer, _) => reach.integer(integer),
            TestKind::Words(_, left, right)
            | TestKind::Order(_, _, left, right)
            | TestKind::TcbAtLeast(left, right)
            | TestKind::InNetwork(left, right)
            | TestKind::NetworkInNetwork(left, right) => {
                reach.words(left);
                reach.words(right);
            }
            TestKind::WordsIn(words, _) | TestKind::InNetworks(words, _) => reach.words(words),
            TestKind::Text(left, right) | TestKind::Holding(_, left, right) | TestKind::Matches(left, right) => {
                reach.text(left);
                reach.text(right);
            }
            TestKind::TextIn(text, _) => reach.text(text),
            TestKind::InSet(key, set, _) => {
                reach.key(key);
                reach.set(set);
            }
            TestKind::Subset(inner, outer, _) => {
                reach.set(inner);
                reach.set(outer);
            }
            TestKind::Age(_, slot, bound) => {
                reach.slot(slot);
                reach.integer(bound);
            }
            // Neither the clock nor a reference value is of a frame.
            TestKind::Before(instant) => reach.integer(instant),
            TestKind::Loaded(_) => {}
            TestKind::Count(count) => {
                reach.key_of_count(count);
                self.add_inner(&count.condition, &mut reach);
                // Its own elements are its own affair.
                reach.elements &= !(1 << count.depth);
                reach.slot(&count.list.slot);
                reach.integer(&count.bound);
            }
        }
        reach
    }

    /// Adds what the condition of a count reads.
    fn add_inner(&self, formula: &Formula, reach: &mut Reach) {
        match formula {
            Formula::Constant(_) | Formula::SessionValue(_) => {}
            Formula::Test(id) => {
                let inner = &self.reaches[id.0 as usize];
                reach.elements |= inner.elements;
                reach.frame = reach.frame.max(inner.frame);
            }
            Formula::Not(inner) => self.add_inner(inner, reach),
            Formula::And(operands) | Formula::Or(operands) => {
                for operand in operands {
                    self.add_inner(operand, reach);
                }
            }
        }
    }
}

/// What a question reads.
pub(super) struct Reach {
    /// The elements of the counts around it: a bit for each depth.
    pub(super) elements: u32,
    /// The latest frame.
    pub(super) frame: Scope,
}

impl Reach {
    fn integer(&mut self, integer: &Integer) {
        match integer {
            // Rows come later.
            Integer::Constant(_) | Integer::Row(_) | Integer::Reference(_) => {}
            Integer::Slot(slot) => self.slot(slot),
            Integer::Computed(_, left, right) => {
                self.integer(left);
                self.integer(right);
            }
        }
    }

    fn words(&mut self, words: &Words) {
        match words {
            Words::Constant(_) | Words::Row(_) | Words::Reference(_) => {}
            Words::Slot(slot) => self.slot(slot),
        }
    }

    fn text(&mut self, text: &Text) {
        match text {
            Text::Constant(_) | Text::Row(_) | Text::Reference(_) => {}
            Text::Slot(slot) => self.slot(slot),
            Text::Part { of, .. } => self.words(of),
            Text::Hash(_, inner) | Text::Slice { of: inner, .. } => self.text(inner),
        }
    }

    fn key(&mut self, key: &Key) {
        match key {
            Key::Integer(integer) => self.integer(integer),
            Key::Words(_, words) => self.words(words),
            Key::Text(text) => self.text(text),
        }
    }

    fn key_of_count(&mut self, count: &Count) {
        if let Some(key) = &count.distinct {
            self.key(key);
        }
    }

    fn set(&mut self, set: &Set) {
        match set {
            Set::Constant(_) | Set::Reference(_) => {}
            Set::Slot(slot) => self.slot(slot),
        }
    }

    fn slot(&mut self, slot: &Slot) {
        match slot.frame {
            Scope::Element(depth) => self.elements |= 1 << depth,
            Scope::Session | Scope::Call => self.frame = self.frame.max(slot.frame),
        }
    }
}
