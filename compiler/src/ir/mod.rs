//! The decision IR: what is left of a policy when names, types and structure are gone.
//!
//! A [`Program`] answers one request type. Conditions are formulas over [`Test`]s, which are shared: the same question asked by a thousand
//! rules is one test. Each test knows its stage, so everything that is fixed for a session is evaluated when the session opens
//! ([`Program::session_values`]) and a call evaluates the rest.
//!
//! # Truth over time
//!
//! A formula has one of three truths (true, false, indeterminate: a reference value that was never loaded) and an instant *until* which it is certain to
//! keep it if nothing but time passes:
//!
//! | formula | truth | until |
//! |---|---|---|
//! | a test that does not read the clock | as it says | forever |
//! | not a | the opposite; indeterminate stays | that of a |
//! | and, some operand false | false | the **latest** among the false operands |
//! | and, none false, some indeterminate | indeterminate | the **earliest** among all operands |
//! | and, all true | true | the **earliest** among all operands |
//! | or | the dual of and | the dual of and |
//!
//! Both operations are associative and commutative in truth and until alike: the order of rules, lines and operands never matters.

mod lower;

pub use lower::lower;

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
    /// Every rule, in the order of the checked tree.
    pub rules: Vec<Rule>,
}

/// A rule: what it does when its condition is true.
#[derive(Clone, Debug)]
pub struct Rule {
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

/// A question about the frames, the reference values or the clock.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Test {
    /// The question.
    pub kind: TestKind,
    /// The latest stage whose data it reads.
    pub scope: Scope,
    /// Whether its answer may change by the passing of time.
    pub reads_clock: bool,
    /// Whether it may be indeterminate: it reads a reference value.
    pub reads_reference: bool,
}

/// What must be known to answer a test, least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// The session frame alone.
    Session,
    /// The call frame too.
    Call,
    /// One element of the list that a [`TestKind::Count`] walks.
    Element,
}

/// Where a value lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The frame; for [`Scope::Element`] the words of the current element.
    pub frame: Scope,
    /// The first word.
    pub word: u32,
}

/// A list in a frame: its length stands in the first word, elements of equal size follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct List {
    /// The word that holds the length. Never in an element.
    pub slot: Slot,
    /// Words an element takes.
    pub stride: u32,
    /// The greatest length.
    pub most: u32,
}

/// A value of one or more words: a constant, in a frame, or a reference value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Operand<C> {
    /// Known when compiled.
    Constant(C),
    /// In a frame.
    Slot(Slot),
    /// The reference value, which may not be loaded.
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
    Integer(Comparison, Operand<i64>, Operand<i64>),
    /// Whether a word is one of these: ascending, two or more.
    IntegerIn(Slot, Box<[i64]>),
    /// Whether two byte strings of the same number of words are equal.
    Bytes(u32, Operand<Box<[u64]>>, Operand<Box<[u64]>>),
    /// Whether a byte string is one of these: ascending, each of the same number of words.
    BytesIn(Slot, Box<[Box<[u64]>]>),
    /// Whether two texts are equal.
    Text(Operand<Box<str>>, Operand<Box<str>>),
    /// Whether a text is one of these: ascending.
    TextIn(Slot, Box<[Box<str>]>),
    /// Whether the first `Tcb` is at least the second in every component: see [`crate::layout::tcb_words`].
    TcbAtLeast(Operand<Box<[u64]>>, Operand<Box<[u64]>>),
    /// Whether a value is in a reference set, whose elements are of this form.
    InReference(Operand<Constant>, Element, ReferenceId),
    /// Compares the age at the clock of what is dated by the slot with a bound in milliseconds: see [`crate::time::age`]. Never by equality.
    Age(Comparison, Slot, Operand<i64>),
    /// Counts the elements of a list for which a formula is true and compares the count with a bound: see [`crate::truth::count`].
    Count {
        /// The list.
        list: List,
        /// The condition, over tests of any scope that stand before this one.
        condition: Formula,
        /// How the count compares.
        comparison: Comparison,
        /// With what.
        bound: i64,
    },
}

/// The form of the elements of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// One word.
    Integer,
    /// So many words of bytes.
    Bytes(u32),
    /// Text.
    Text,
    /// A `Tcb` in words.
    Tcb,
}

/// A constant of any form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Constant {
    /// One word.
    Integer(i64),
    /// Words of bytes, or of a `Tcb`.
    Words(Box<[u64]>),
    /// Text.
    Text(Box<str>),
}
