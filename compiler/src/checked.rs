//! The checked tree: a policy in which every name is resolved and every type is known. What it means is defined by [`crate::interpret`].
//!
//! It has exactly the forms that both executions implement; whatever else the language has is refused by the checker until they do.

use crate::ir::Comparison;
use crate::types::{ReferenceId, RequestId, Schema, StructId, Type};
use crate::value::Value;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::Effect;
use std::sync::Arc;

/// A checked bundle.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Every type, request and reference.
    pub schema: Arc<Schema>,
    /// Every rule of every package, in order of writing.
    pub rules: Vec<Rule>,
    /// Every test.
    pub tests: Vec<Test>,
    /// Every invariant.
    pub invariants: Vec<Invariant>,
}

impl Policy {
    /// The rules about a request, in order of writing: the order in which a [`crate::ir::Program`] numbers them.
    pub fn rules_for(&self, request: RequestId) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.request == request)
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Permit or forbid.
    pub effect: Effect,
    /// Its name, unique in the package.
    pub name: String,
    /// The package.
    pub package: String,
    /// The request type it is about.
    pub request: RequestId,
    /// Every condition; the rule applies when all hold.
    pub lines: Vec<Line>,
    /// The sentence of a `reason` line.
    pub reason: Option<String>,
    /// What a permit gives: a value for each field of the request's grant; empty without a grant.
    pub grant: Vec<Term>,
    /// The team named by `@owner`.
    pub owner: Option<String>,
    /// Where its name stands.
    pub span: Span,
}

/// A condition of a rule.
#[derive(Clone, Debug)]
pub struct Line {
    /// The role it was written in.
    pub kind: LineKind,
    /// What must hold for the rule to apply; of an `unless`, the negation of what was written.
    pub condition: Condition,
    /// Where it is written.
    pub span: Span,
}

/// The role of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A match after `where`.
    Head,
    /// `require`, with the sentence a refused caller sees.
    Require(String),
    /// `when`.
    When,
    /// `unless`.
    Unless,
}

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// Always so.
    Constant(bool),
    /// A `Bool` is true.
    Holds(Term),
    /// Two numbers, durations or instants compare so; or two values of any one type are equal.
    Compare(Comparison, Term, Term),
    /// The first `Tcb` is at least the second in every component.
    AtLeast(Term, Term),
    /// A value is one of these.
    In(Term, Vec<Value>),
    /// A value is in a reference set.
    InReference(Term, ReferenceId),
    /// The evidence, of a union type, is of this kind.
    Is(Place, StructId),
    /// The optional value is there.
    Present(Place),
    /// The age of evidence, counted from the instant at this place, compares so with a duration; never by equality.
    Age(Comparison, Place, Term),
    /// The number of elements for which a condition holds compares so with a bound.
    Count {
        /// The list.
        list: Place,
        /// The number of the variable that stands for the element.
        variable: u32,
        /// The condition.
        condition: Box<Condition>,
        /// How the count compares.
        comparison: Comparison,
        /// With what.
        bound: i64,
    },
    /// Not so.
    Not(Box<Condition>),
    /// All of these.
    And(Vec<Condition>),
    /// Any of these.
    Or(Vec<Condition>),
    /// The decision is a permit; only in an invariant.
    Permitted,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Its type.
    pub ty: Type,
}

/// Every kind of value.
#[derive(Clone, Debug, PartialEq)]
pub enum TermKind {
    /// Written in the policy.
    Constant(Value),
    /// Of the request, or of a list's element.
    Place(Place),
    /// A reference value.
    Reference(ReferenceId),
}

/// The way to a value: where it starts, and each step from there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Where it starts.
    pub root: Root,
    /// The steps.
    pub steps: Vec<Step>,
}

/// Where a place starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// A field of the request.
    Field(usize),
    /// The element that a count's variable stands for.
    Variable(u32),
    /// A predicate's parameter; replaced by the argument before the tree is complete.
    Parameter(u32),
}

/// A step from a value to a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A field of a record or of evidence.
    Field(StructId, usize),
    /// The one alternative of a union, known from a test that this value is of that kind.
    Alternative(StructId),
    /// The value of an optional, known from a test that it is present.
    Present,
}

/// A test.
#[derive(Clone, Debug)]
pub struct Test {
    /// What is tested, for people.
    pub name: String,
    /// The request type.
    pub request: RequestId,
    /// The value of each field of the request.
    pub given: Vec<Value>,
    /// The reference values that are loaded.
    pub references: Vec<(ReferenceId, Value)>,
    /// The clock, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// What must come out.
    pub expectations: Vec<(Expectation, Span)>,
    /// Where its name stands.
    pub span: Span,
}

/// What a test expects.
#[derive(Clone, Debug)]
pub enum Expectation {
    /// A permit, by exactly these rules if any are named (indices into [`Policy::rules`], ascending).
    Permit(Vec<usize>),
    /// A denial; with this sentence among its reasons, and by exactly these forbids, if given.
    Deny {
        /// The sentence.
        because: Option<String>,
        /// The forbids, as indices into [`Policy::rules`], ascending.
        by: Vec<usize>,
    },
    /// These fields of the merged grant, by index.
    Grant(Vec<(usize, Value)>),
    /// The first instant at which the decision could change.
    ValidUntil(i64),
}

/// An invariant.
#[derive(Clone, Debug)]
pub struct Invariant {
    /// What must hold, for people.
    pub name: String,
    /// The request type.
    pub request: RequestId,
    /// What must hold.
    pub condition: Condition,
    /// Where its name stands.
    pub span: Span,
}

impl Condition {
    /// The conditions that this one consists of.
    pub fn parts(&self) -> &[Condition] {
        match self {
            Condition::Not(inner) | Condition::Count { condition: inner, .. } => std::slice::from_ref(inner),
            Condition::And(operands) | Condition::Or(operands) => operands,
            Condition::Constant(_)
            | Condition::Holds(_)
            | Condition::Compare(..)
            | Condition::AtLeast(..)
            | Condition::In(..)
            | Condition::InReference(..)
            | Condition::Is(..)
            | Condition::Present(_)
            | Condition::Age(..)
            | Condition::Permitted => &[],
        }
    }

    /// Visits every reference value that the condition reads, once for each place where it is read.
    pub fn each_reference(&self, visit: &mut impl FnMut(ReferenceId)) {
        let term = |term: &Term, visit: &mut dyn FnMut(ReferenceId)| {
            if let TermKind::Reference(id) = term.kind {
                visit(id);
            }
        };
        match self {
            Condition::Holds(value) | Condition::In(value, _) | Condition::Age(_, _, value) => term(value, visit),
            Condition::Compare(_, left, right) | Condition::AtLeast(left, right) => {
                term(left, visit);
                term(right, visit);
            }
            Condition::InReference(value, id) => {
                term(value, visit);
                visit(*id);
            }
            Condition::Count { .. } | Condition::Not(_) | Condition::And(_) | Condition::Or(_) => {}
            Condition::Constant(_) | Condition::Is(..) | Condition::Present(_) | Condition::Permitted => {}
        }
        for part in self.parts() {
            part.each_reference(visit);
        }
    }
}
