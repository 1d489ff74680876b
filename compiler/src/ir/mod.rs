//! The decision IR: what is left of a policy when names, types and structure are gone.
//!
//! A [`Program`] answers one request type. Conditions are formulas over [`Test`]s, which are shared: the same question asked by a thousand
//! rules is one test. Each test knows its stage, so everything that is fixed for a session is evaluated when the session opens
//! ([`Program::session_values`]) and a call evaluates the rest.
//!
//! Rules that differ in their constants only are one [`Shape`]: a condition over a table with a row a rule. The rows that a
//! call can meet are found by a [`Search`] without a look at each. So a thousand rules more are a larger table.
//!
//! # Truth over time
//!
//! A formula has one of three truths (true, false, indeterminate: a reference value that was never loaded) and an instant *until* which it is certain to
//! keep it if nothing but time passes:
//!
//! | formula | truth | until |
//! |---|---|---|
//! | a test that reads neither the clock nor a reference value | as it says | forever |
//! | a test that reads reference values | as it says; indeterminate if one of them cannot be used | the earliest instant at which one of them begins or ceases to count |
//! | not a | the opposite; indeterminate stays | that of a |
//! | and, some operand false | false | the **latest** among the false operands |
//! | and, none false, some indeterminate | indeterminate | the **earliest** among all operands |
//! | and, all true | true | the **earliest** among all operands |
//! | or | the dual of and | the dual of and |
//!
//! Both operations are associative and commutative in truth and until alike: the order of rules, lines and operands never matters.

mod dispatch;
mod filter;
mod lower;
mod shape;

pub use dispatch::{Dispatch, Search};
pub use filter::{By, Filter, MOST_VECTORS, Pieces, bounds_within, longest_beginning};
pub use lower::{Malformed, element_of, layouts, lower};
pub use shape::{Column, ColumnId, LEAST_ROWS, Shape, group};

use crate::checked::{Arithmetic, Hash, Part};
use crate::layout::Layout;
use crate::types::{ReferenceId, RequestId};
use atbac_grammar::syntax::Effect;
use std::sync::Arc;

/// The decision procedure of one request type.
#[derive(Clone, Debug)]
pub struct Program {
    /// The request type.
    pub request: RequestId,
    /// The session frame.
    pub session: Arc<Layout>,
    /// The call frame.
    pub call: Arc<Layout>,
    /// Every distinct test.
    pub tests: Vec<Test>,
    /// Formulas over session-stage tests only, evaluated when a session opens; rules refer to them by index.
    pub session_values: Vec<Formula>,
    /// The rules of which there are too few of one shape.
    pub rules: Vec<Rule>,
    /// All others.
    pub shapes: Vec<Shape>,
    /// The columns of the tables of all shapes, those of one shape after the other.
    pub columns: Vec<Column>,
}

impl Program {
    /// How many rules there are: they have the numbers below.
    pub fn rule_count(&self) -> usize {
        self.rules.len() + self.shapes.iter().map(|shape| shape.rules.len()).sum::<usize>()
    }
}

/// A rule: what it does when its condition is true.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its position among the rules about the request, in the order of the checked tree.
    pub number: u32,
    /// Permit or forbid.
    pub effect: Effect,
    /// Its whole condition: head and body.
    pub condition: Formula,
}

/// The position of a test in [`Program::tests`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TestId(pub u32);

/// The position of a formula in [`Program::session_values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionValueId(pub u32);

/// A condition over tests.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Formula {
    /// Always so.
    Constant(bool),
    /// A test.
    Test(TestId),
    /// What was found when the session opened; only in rules.
    SessionValue(SessionValueId),
    /// Not so.
    Not(Box<Formula>),
    /// All of two or more.
    And(Vec<Formula>),
    /// Any of two or more.
    Or(Vec<Formula>),
}

impl Formula {
    /// Every test in it, in order.
    pub fn each_test(&self, visit: &mut impl FnMut(TestId)) {
        match self {
            Formula::Constant(_) | Formula::SessionValue(_) => {}
            Formula::Test(id) => visit(*id),
            Formula::Not(inner) => inner.each_test(visit),
            Formula::And(operands) | Formula::Or(operands) => {
                operands.iter().for_each(|operand| operand.each_test(visit));
            }
        }
    }

    /// Every test in it, in order, to be put in another's place.
    fn each_test_mut(&mut self, visit: &mut impl FnMut(&mut TestId)) {
        match self {
            Formula::Constant(_) | Formula::SessionValue(_) => {}
            Formula::Test(id) => visit(id),
            Formula::Not(inner) => inner.each_test_mut(visit),
            Formula::And(operands) | Formula::Or(operands) => {
                operands.iter_mut().for_each(|operand| operand.each_test_mut(visit));
            }
        }
    }
}

/// A question about the frames, the reference values or the clock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Test {
    /// The question.
    pub kind: TestKind,
    /// The latest stage whose data it reads.
    pub scope: Scope,
    /// Whether it reads the row of a [`Shape`], and so asks something else of each.
    pub reads_row: bool,
}

/// What must be known to answer a test, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The session frame alone.
    Session,
    /// The call frame too.
    Call,
    /// One element of the list that a [`Count`] walks, by the number of counts around that one.
    Element(u8),
}

/// The most counts that may stand inside one another.
pub const MAX_COUNT_DEPTH: u8 = 4;

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The frame; for [`Scope::Element`] the words of the current element.
    pub frame: Scope,
    /// The first word.
    pub word: u32,
}

/// A list in a frame or in an element: its length stands in the first word, elements of equal size follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct List {
    /// The word that holds the length.
    pub slot: Slot,
    /// Words an element takes.
    pub stride: u32,
    /// The greatest length.
    pub most: u32,
}

/// An integer of 64 bits: `Int`, `Duration`, `Instant`, and what is one word, such as a `Bool` or an enum's case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Integer {
    /// Known when compiled.
    Constant(i64),
    /// In a frame.
    Slot(Slot),
    /// The reference value.
    Reference(ReferenceId),
    /// In the row: a column of values of one word.
    Row(ColumnId),
    /// Computed of two; it wraps where it does not fit.
    Computed(Arithmetic, Box<Integer>, Box<Integer>),
}

/// A value of a fixed number of words, such as a digest, a `Tcb` or an address.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Words {
    /// Known when compiled.
    Constant(Box<[u64]>),
    /// In a frame.
    Slot(Slot),
    /// The reference value.
    Reference(ReferenceId),
    /// In the row: a column of values of so many words.
    Row(ColumnId),
}

/// A byte string of any length: text in UTF-8, `Bytes`, an `Oid`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Text {
    /// Known when compiled.
    Constant(Box<[u8]>),
    /// In the heap that a slot points to.
    Slot(Slot),
    /// The reference value, of a type that is text in frames.
    Reference(ReferenceId),
    /// In the row: a column of texts.
    Row(ColumnId),
    /// So many bytes, after so many that are left out, of a byte string that lies in words. Never beyond them.
    Part {
        /// All of it.
        of: Words,
        /// How many words that is.
        words: u32,
        /// How many bytes to leave out.
        skip: u32,
        /// How many bytes to take.
        length: u32,
    },
    /// The digest of another.
    Hash(Hash, Box<Text>),
    /// So many bytes, after so many that are left out, of a [`Text::Hash`]. Never beyond it.
    Slice {
        /// The digest.
        of: Box<Text>,
        /// How many bytes to leave out.
        skip: u32,
        /// How many bytes to take.
        length: u32,
    },
}

/// A value that may be an element of a set. Its bytes are those that [`crate::layout::element_bytes`] gives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// One word.
    Integer(Integer),
    /// So many words.
    Words(u32, Words),
    /// Bytes. A byte string of fixed length is always one of these.
    Text(Text),
}

/// A set of values whose [`Key`]s are of one form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Set {
    /// Known when compiled: a [`crate::layout::SetTable`].
    Constant(Box<[u8]>),
    /// In the heap that a slot points to, as a [`crate::layout::SetTable`].
    Slot(Slot),
    /// The reference set.
    Reference(ReferenceId),
}

/// How two integers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Less, signed.
    Lt,
    /// Less or equal, signed.
    Le,
    /// Greater, signed.
    Gt,
    /// Greater or equal, signed.
    Ge,
}

impl Comparison {
    /// Whether it holds between two integers.
    pub fn holds(self, left: i64, right: i64) -> bool {
        self.holds_between(&left, &right)
    }

    /// The same with its sides exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Comparison::Eq => Comparison::Eq,
            Comparison::Lt => Comparison::Gt,
            Comparison::Le => Comparison::Ge,
            Comparison::Gt => Comparison::Lt,
            Comparison::Ge => Comparison::Le,
        }
    }

    /// Whether it holds between two values of an ordered type.
    pub fn holds_between<T: Ord>(self, left: &T, right: &T) -> bool {
        match self {
            Comparison::Eq => left == right,
            Comparison::Lt => left < right,
            Comparison::Le => left <= right,
            Comparison::Gt => left > right,
            Comparison::Ge => left >= right,
        }
    }
}

/// Every kind of question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TestKind {
    /// Compares two words as signed integers: `Int`, `Duration`, `Instant`, and by equality `Bool`, enum cases, which alternative, presence.
    Integer(Comparison, Integer, Integer),
    /// Whether a word is one of these: ascending, two or more.
    IntegerIn(Integer, Box<[i64]>),
    /// Whether a word is one of those in the row: a column of sets.
    IntegerInRow(Integer, ColumnId),
    /// Whether two values of so many words are equal.
    Words(u32, Words, Words),
    /// Whether a value in words is one of these: ascending, each of the same number of words.
    WordsIn(Words, Box<[Box<[u64]>]>),
    /// Compares two values of so many words in order, the first word weighing most, each as an unsigned number; never by equality.
    Order(Comparison, u32, Words, Words),
    /// Whether two byte strings are equal.
    Text(Text, Text),
    /// Whether a byte string is one of these: ascending.
    TextIn(Text, Box<[Box<[u8]>]>),
    /// Whether the first byte string holds the second.
    Holding(Part, Text, Text),
    /// Whether the first text has the form of the second, a [`crate::glob::Glob::pattern`] in the policy or in the row.
    Matches(Text, Text),
    /// Whether the first `Tcb` is at least the second in every component: see [`crate::layout::tcb_words`].
    TcbAtLeast(Words, Words),
    /// Whether an address lies in a network: see [`crate::layout::in_network`].
    InNetwork(Words, Words),
    /// Whether a network lies in another: see [`crate::layout::network_in_network`].
    NetworkInNetwork(Words, Words),
    /// Whether an address lies in one of the networks of a reference set.
    InNetworks(Words, ReferenceId),
    /// Whether a value is in a set.
    InSet(Key, Set, Element),
    /// Whether every element of the first set is in the second; with the form of the elements of each.
    Subset(Set, Set, [Element; 2]),
    /// Compares the age at the clock of what is dated by the slot with a bound in milliseconds: see [`crate::time::age`]. Never by equality.
    Age(Comparison, Slot, Integer),
    /// Whether the clock is before an instant in milliseconds, in the policy or in the row.
    Before(Integer),
    /// Whether a reference value can be used: true, or else indeterminate.
    Loaded(ReferenceId),
    /// Counts the elements of a list for which a formula is true and compares the count with a bound: see [`crate::truth::count`].
    Count(Box<Count>),
}

/// Counting the elements of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Count {
    /// The list, of this or an outer element, or of a frame.
    pub list: List,
    /// How many counts are around this one: the elements are [`Scope::Element`] of this depth.
    pub depth: u8,
    /// The condition, over tests that stand before this one and read elements of at most this depth.
    pub condition: Formula,
    /// The value by which elements count once: of those that have the same, the condition is whether it holds for any.
    pub distinct: Option<Key>,
    /// How the count compares.
    pub comparison: Comparison,
    /// With what; reads no element of this depth.
    pub bound: Integer,
}

/// The form of the elements of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// One word.
    Integer,
    /// So many words.
    Words(u32),
    /// So many bytes.
    Bytes(u32),
    /// Any number of bytes.
    Text,
}
