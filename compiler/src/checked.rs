//! The checked tree: a policy in which every name is resolved and every type is known. What it means is defined by [`crate::interpret`].
//!
//! It has fewer forms than the language: `if`, `match`, `let`, predicates and templates are written out by the checker, so that both executions, the laws and the
//! lints meet only these.

use crate::glob::Glob;
use crate::ir::Comparison;
use crate::types::{Fact, ReferenceId, RequestId, Schema, StructId, Type};
use crate::value::Value;
use atbac_grammar::span::Span;
use atbac_grammar::syntax::{Effect, Provenance};
use std::sync::Arc;

/// A checked bundle.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Every type, request and reference.
    pub schema: Arc<Schema>,
    /// What each package that declares it demands of its permits.
    pub floors: Vec<Floors>,
    /// Every rule of every package, in order of writing.
    pub rules: Vec<Rule>,
    /// Every test.
    pub tests: Vec<Test>,
    /// Every invariant.
    pub invariants: Vec<Invariant>,
}

impl Policy {
    /// What a package demands of its permits.
    pub fn floors_of(&self, package: &str) -> &Floors {
        static DEFAULT: Floors = Floors::DEFAULT;
        self.floors.iter().find(|floors| floors.package == package).unwrap_or(&DEFAULT)
    }

    /// The rules about a request, in order of writing: the order in which a [`crate::ir::Program`] numbers them.
    pub fn rules_for(&self, request: RequestId) -> impl Iterator<Item = &Rule> {
        self.rules.iter().filter(move |rule| rule.request == request)
    }
}

/// What a package demands of its permits: for each kind of fact the least provenance of what must establish it. A package that declares none has [`Floors::DEFAULT`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Floors {
    /// The package.
    pub package: String,
    /// What code runs.
    pub code_identity: Option<Provenance>,
    /// What state the platform is in.
    pub platform_health: Option<Provenance>,
    /// Who the workload is.
    pub workload_identity: Option<Provenance>,
    /// Anything else.
    pub circumstance: Option<Provenance>,
    /// Where they are declared; `None` for the default.
    pub span: Option<Span>,
}

impl Floors {
    /// Of a package that declares none: hardware must say which code runs, and on what platform.
    pub const DEFAULT: Floors = Floors {
        package: String::new(),
        code_identity: Some(Provenance::Attested),
        platform_health: Some(Provenance::Attested),
        workload_identity: None,
        circumstance: None,
        span: None,
    };

    /// The floor of a kind of fact.
    pub fn of(&self, fact: Fact) -> Option<Provenance> {
        match fact {
            Fact::CodeIdentity => self.code_identity,
            Fact::PlatformHealth => self.platform_health,
            Fact::WorkloadIdentity => self.workload_identity,
            Fact::Circumstance => self.circumstance,
        }
    }

    /// The same, to set it.
    pub fn of_mut(&mut self, fact: Fact) -> &mut Option<Provenance> {
        match fact {
            Fact::CodeIdentity => &mut self.code_identity,
            Fact::PlatformHealth => &mut self.platform_health,
            Fact::WorkloadIdentity => &mut self.workload_identity,
            Fact::Circumstance => &mut self.circumstance,
        }
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
    pub package: Arc<str>,
    /// The request type it is about.
    pub request: RequestId,
    /// Every condition; the rule applies when all hold.
    pub lines: Vec<Line>,
    /// The sentence of a `reason` line.
    pub reason: Option<Arc<str>>,
    /// What a permit gives: a value for each field of the request's grant; empty without a grant.
    pub grant: Vec<Term>,
    /// The team named by `@owner`.
    pub owner: Option<String>,
    /// How bad it is when it applies or is broken, from `@severity`.
    pub severity: Option<String>,
    /// The ticket and the end of an `@exception`.
    pub exception: Option<Box<Exception>>,
    /// Where its name stands.
    pub span: Span,
}

/// Why a rule is an exception, and until when.
#[derive(Clone, Debug)]
pub struct Exception {
    /// The ticket that allows it.
    pub ticket: String,
    /// The instant from which on the rule no longer applies, in milliseconds since 1970-01-01T00:00:00Z.
    pub expires: i64,
    /// Where the attribute stands.
    pub span: Span,
}

/// A condition of a rule. Rules ask the same things in the same words, so equal conditions and sentences are shared.
#[derive(Clone, Debug)]
pub struct Line {
    /// The role it was written in.
    pub kind: LineKind,
    /// What must hold for the rule to apply; of an `unless`, the negation of what was written.
    pub condition: Arc<Condition>,
    /// Where it is written.
    pub span: Span,
}

/// The role of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// A match after `where`.
    Head,
    /// `require`, with the sentence a refused caller sees.
    Require(Arc<str>),
    /// `when`.
    When,
    /// `unless`.
    Unless,
    /// What an attribute or a grant demands: an exception is not expired, a reference value that is granted is there.
    Implied,
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Always so.
    Constant(bool),
    /// A `Bool` is true.
    Holds(Term),
    /// Two numbers, durations, instants or versions compare so; or two values of any one comparable type are equal.
    Compare(Comparison, Term, Term),
    /// The first `Tcb` is at least the second in every component.
    AtLeast(Term, Term),
    /// A value is one of these: ascending, each once.
    In(Term, Vec<Value>),
    /// A value is in a set: a constant, a field or a reference value.
    InSet(Term, Term),
    /// Every element of the first set is in the second.
    Subset(Term, Term),
    /// An address, or a whole network, lies in a network.
    InNetwork(Term, Term),
    /// An address lies in one of the networks of a reference set.
    InNetworks(Term, ReferenceId),
    /// A text or byte string holds another at its beginning, its end or anywhere.
    Holding(Part, Term, Term),
    /// A text has this form.
    Matches(Term, Glob),
    /// The evidence, of a union type, is of this kind.
    Is(Place, StructId),
    /// The optional value is there.
    Present(Place),
    /// The age of evidence, counted from the instant at this place, compares so with a duration; never by equality.
    Age(Comparison, Place, Term),
    /// The clock is before this instant, in milliseconds since 1970: the rule's exception is not expired.
    Before(i64),
    /// The reference value can be used: what is granted takes it. Indeterminate where it cannot.
    Loaded(ReferenceId),
    /// The number of elements for which a condition holds compares so with a bound.
    Count(Box<Count>),
    /// Not so.
    Not(Box<Condition>),
    /// All of these.
    And(Vec<Condition>),
    /// Any of these.
    Or(Vec<Condition>),
    /// The decision is a permit; only in an invariant.
    Permitted,
}

/// How many elements of a list are so, compared with a bound.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Count {
    /// The list.
    pub list: Place,
    /// The greatest length that the list's type allows.
    pub most: u32,
    /// The number of the variable that stands for the element: how many counts are around this one.
    pub variable: u32,
    /// What must hold of an element.
    pub condition: Condition,
    /// The value of each element by which it counts once; without it, every element counts.
    pub distinct: Option<Term>,
    /// How the count compares.
    pub comparison: Comparison,
    /// With what: an `Int`, of nothing that this count walks.
    pub bound: Term,
}

/// Where a text holds another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// `starts_with`
    Beginning,
    /// `ends_with`
    End,
    /// `contains`
    Anywhere,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// What it is.
    pub kind: TermKind,
    /// Its type.
    pub ty: Type,
}

/// Every kind of value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TermKind {
    /// Written in the policy.
    Constant(Value),
    /// Of the request, or of a list's element.
    Place(Place),
    /// A reference value.
    Reference(ReferenceId),
    /// Two numbers, durations or instants, computed as integers of 64 bits. The checker showed that the result fits; where a condition that
    /// rules this one out does not hold, it may wrap.
    Arithmetic(Arithmetic, Box<Term>, Box<Term>),
    /// The bytes from the first index up to, not including, the second, of bytes of fixed length.
    Slice(Box<Term>, u32, u32),
    /// The digest of a text's UTF-8 or of bytes.
    Hash(Hash, Box<Term>),
    /// One of two values; only in what is granted. Its condition reads neither the clock nor reference values.
    If(Box<Condition>, Box<Term>, Box<Term>),
    /// A set of these; only in what is granted.
    Set(Vec<Term>),
}

/// An operation on integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}

impl Arithmetic {
    /// The result, which wraps where it does not fit.
    pub fn apply(self, left: i64, right: i64) -> i64 {
        match self {
            Arithmetic::Add => left.wrapping_add(right),
            Arithmetic::Sub => left.wrapping_sub(right),
            Arithmetic::Mul => left.wrapping_mul(right),
        }
    }
}

/// A hash function of FIPS 180-4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hash {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

/// The way to a value: where it starts, and each step from there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Where it starts.
    pub root: Root,
    /// The steps.
    pub steps: Vec<Step>,
}

/// Where a place starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    /// A field of the request.
    Field(usize),
    /// The element that a count's variable stands for, by how many counts are around that count.
    Variable(u32),
    /// A predicate's parameter; replaced by the argument before the tree is complete.
    Parameter(u32),
}

/// A step from a value to a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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
    /// The value of each field of the request; absent for one that a file gives.
    pub given: Vec<Value>,
    /// The fields that a file gives.
    pub fixtures: Vec<Fixture>,
    /// The reference values that are loaded.
    pub references: Vec<(ReferenceId, Value)>,
    /// The clock, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// What must come out.
    pub expectations: Vec<(Expectation, Span)>,
    /// Where its name stands.
    pub span: Span,
}

/// `principal: evidence("snp.json")`: a field of a test's question whose evidence stands in a file, to be verified at the test's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixture {
    /// The field, by its position in the request.
    pub field: usize,
    /// The file, relative to that of the policy.
    pub path: String,
    /// Where it is written.
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
            Condition::Not(inner) => std::slice::from_ref(inner),
            Condition::Count(count) => std::slice::from_ref(&count.condition),
            Condition::And(operands) | Condition::Or(operands) => operands,
            Condition::Constant(_)
            | Condition::Holds(_)
            | Condition::Compare(..)
            | Condition::AtLeast(..)
            | Condition::In(..)
            | Condition::InSet(..)
            | Condition::Subset(..)
            | Condition::InNetwork(..)
            | Condition::InNetworks(..)
            | Condition::Holding(..)
            | Condition::Matches(..)
            | Condition::Is(..)
            | Condition::Present(_)
            | Condition::Age(..)
            | Condition::Before(_)
            | Condition::Loaded(_)
            | Condition::Permitted => &[],
        }
    }

    /// The values that the condition itself asks about, apart from those of its parts.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let (first, second) = match self {
            Condition::Holds(value)
            | Condition::In(value, _)
            | Condition::InNetworks(value, _)
            | Condition::Matches(value, _)
            | Condition::Age(_, _, value) => (Some(value), None),
            Condition::Compare(_, left, right)
            | Condition::AtLeast(left, right)
            | Condition::InSet(left, right)
            | Condition::Subset(left, right)
            | Condition::InNetwork(left, right)
            | Condition::Holding(_, left, right) => (Some(left), Some(right)),
            Condition::Count(count) => (Some(&count.bound), count.distinct.as_ref()),
            Condition::Constant(_)
            | Condition::Is(..)
            | Condition::Present(_)
            | Condition::Before(_)
            | Condition::Loaded(_)
            | Condition::Not(_)
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Permitted => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The same, to change them.
    pub fn terms_mut(&mut self) -> impl Iterator<Item = &mut Term> {
        let (first, second) = match self {
            Condition::Holds(value)
            | Condition::In(value, _)
            | Condition::InNetworks(value, _)
            | Condition::Matches(value, _)
            | Condition::Age(_, _, value) => (Some(value), None),
            Condition::Compare(_, left, right)
            | Condition::AtLeast(left, right)
            | Condition::InSet(left, right)
            | Condition::Subset(left, right)
            | Condition::InNetwork(left, right)
            | Condition::Holding(_, left, right) => (Some(left), Some(right)),
            Condition::Count(count) => (Some(&mut count.bound), count.distinct.as_mut()),
            Condition::Constant(_)
            | Condition::Is(..)
            | Condition::Present(_)
            | Condition::Before(_)
            | Condition::Loaded(_)
            | Condition::Not(_)
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Permitted => (None, None),
        };
        first.into_iter().chain(second)
    }

    /// The place that the condition itself asks about, if it is no term.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Condition::Is(place, _) | Condition::Present(place) | Condition::Age(_, place, _) => Some(place),
            Condition::Count(count) => Some(&count.list),
            Condition::Constant(_)
            | Condition::Holds(_)
            | Condition::Compare(..)
            | Condition::AtLeast(..)
            | Condition::In(..)
            | Condition::InSet(..)
            | Condition::Subset(..)
            | Condition::InNetwork(..)
            | Condition::InNetworks(..)
            | Condition::Holding(..)
            | Condition::Matches(..)
            | Condition::Before(_)
            | Condition::Loaded(_)
            | Condition::Not(_)
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Permitted => None,
        }
    }

    /// The same as [`Condition::parts`], to change them.
    pub fn parts_mut(&mut self) -> &mut [Condition] {
        match self {
            Condition::Not(inner) => std::slice::from_mut(inner),
            Condition::Count(count) => std::slice::from_mut(&mut count.condition),
            Condition::And(operands) | Condition::Or(operands) => operands,
            Condition::Constant(_)
            | Condition::Holds(_)
            | Condition::Compare(..)
            | Condition::AtLeast(..)
            | Condition::In(..)
            | Condition::InSet(..)
            | Condition::Subset(..)
            | Condition::InNetwork(..)
            | Condition::InNetworks(..)
            | Condition::Holding(..)
            | Condition::Matches(..)
            | Condition::Is(..)
            | Condition::Present(_)
            | Condition::Age(..)
            | Condition::Before(_)
            | Condition::Loaded(_)
            | Condition::Permitted => &mut [],
        }
    }

    /// The same as [`Condition::place`], to change it.
    pub fn place_mut(&mut self) -> Option<&mut Place> {
        match self {
            Condition::Is(place, _) | Condition::Present(place) | Condition::Age(_, place, _) => Some(place),
            Condition::Count(count) => Some(&mut count.list),
            Condition::Constant(_)
            | Condition::Holds(_)
            | Condition::Compare(..)
            | Condition::AtLeast(..)
            | Condition::In(..)
            | Condition::InSet(..)
            | Condition::Subset(..)
            | Condition::InNetwork(..)
            | Condition::InNetworks(..)
            | Condition::Holding(..)
            | Condition::Matches(..)
            | Condition::Before(_)
            | Condition::Loaded(_)
            | Condition::Not(_)
            | Condition::And(_)
            | Condition::Or(_)
            | Condition::Permitted => None,
        }
    }

    /// Visits every reference value that the condition reads, once for each place where it is read.
    pub fn each_reference(&self, visit: &mut impl FnMut(ReferenceId)) {
        if let Condition::InNetworks(_, id) | Condition::Loaded(id) = self {
            visit(*id);
        }
        for term in self.terms() {
            term.each_reference(visit);
        }
        for part in self.parts() {
            part.each_reference(visit);
        }
    }

    /// Visits every place that the condition reads, once for each time.
    pub fn each_place(&self, visit: &mut dyn FnMut(&Place)) {
        if let Some(place) = self.place() {
            visit(place);
        }
        for term in self.terms() {
            term.each_place(visit);
        }
        for part in self.parts() {
            part.each_place(visit);
        }
    }
}

impl Term {
    /// A value written in the policy.
    pub fn constant(value: Value, ty: Type) -> Self {
        Term { kind: TermKind::Constant(value), ty }
    }

    /// The values that this one is computed from.
    pub fn parts(&self) -> impl Iterator<Item = &Term> {
        let (few, many): ([Option<&Term>; 2], &[Term]) = match &self.kind {
            TermKind::Constant(_) | TermKind::Place(_) | TermKind::Reference(_) => ([None, None], &[]),
            TermKind::Arithmetic(_, left, right) | TermKind::If(_, left, right) => ([Some(left), Some(right)], &[]),
            TermKind::Slice(inner, ..) | TermKind::Hash(_, inner) => ([Some(inner), None], &[]),
            TermKind::Set(elements) => ([None, None], elements),
        };
        few.into_iter().flatten().chain(many)
    }

    /// The same, to change them.
    pub fn parts_mut(&mut self) -> impl Iterator<Item = &mut Term> {
        let (few, many): ([Option<&mut Term>; 2], &mut [Term]) = match &mut self.kind {
            TermKind::Constant(_) | TermKind::Place(_) | TermKind::Reference(_) => ([None, None], &mut []),
            TermKind::Arithmetic(_, left, right) | TermKind::If(_, left, right) => ([Some(left), Some(right)], &mut []),
            TermKind::Slice(inner, ..) | TermKind::Hash(_, inner) => ([Some(inner), None], &mut []),
            TermKind::Set(elements) => ([None, None], elements),
        };
        few.into_iter().flatten().chain(many)
    }

    /// Visits every reference value that the term reads.
    pub fn each_reference(&self, visit: &mut impl FnMut(ReferenceId)) {
        match &self.kind {
            TermKind::Reference(id) => visit(*id),
            TermKind::If(condition, ..) => condition.each_reference(visit),
            TermKind::Constant(_)
            | TermKind::Place(_)
            | TermKind::Arithmetic(..)
            | TermKind::Slice(..)
            | TermKind::Hash(..)
            | TermKind::Set(_) => {}
        }
        for part in self.parts() {
            part.each_reference(visit);
        }
    }

    /// Visits every place that the term reads.
    pub fn each_place(&self, visit: &mut dyn FnMut(&Place)) {
        match &self.kind {
            TermKind::Place(place) => visit(place),
            TermKind::If(condition, ..) => condition.each_place(visit),
            TermKind::Constant(_)
            | TermKind::Reference(_)
            | TermKind::Arithmetic(..)
            | TermKind::Slice(..)
            | TermKind::Hash(..)
            | TermKind::Set(_) => {}
        }
        for part in self.parts() {
            part.each_place(visit);
        }
    }
}
