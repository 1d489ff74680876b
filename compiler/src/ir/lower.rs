//! From the checked tree to the decision IR.
//!
//! Names and types become slots of frames; equal questions become one test; and of each rule, what is fixed for a session is split off.

use super::{
    Comparison, Constant, Element, Formula, List, Operand, Program, Rule, Scope, SessionValueId, Slot, Test, TestId,
    TestKind,
};
use crate::checked::{Condition, Place, Policy, Root, Step, Term, TermKind};
use crate::layout::{self, Layout, byte_words, tcb_words};
use crate::types::{Request, RequestId, Schema, Type};
use crate::value::Value;
use atbac_grammar::syntax::Stage;
use std::collections::HashMap;
use std::sync::Arc;

/// The decision procedure of a request type.
pub fn lower(policy: &Policy, request: RequestId) -> Program {
    let schema = &*policy.schema;
    let declared = schema.request(request);
    // The checker refused requests too large for a frame, so the default is never taken.
    let layout = |stage| {
        Layout::new(schema, declared, stage).unwrap_or(Layout {
            stage,
            fields: vec![None; declared.fields.len()],
            words: 0,
        })
    };
    let (session, call) = (layout(Stage::Session), layout(Stage::Call));
    let mut lowering = Lowering {
        schema,
        request: declared,
        session: &session,
        call: &call,
        element: None,
        tests: Vec::new(),
        reaches: Vec::new(),
        known: HashMap::new(),
    };
    let mut splitting = Splitting::default();
    let mut rules = Vec::new();
    for rule in policy.rules_for(request) {
        let lines = rule.lines.iter().map(|line| lowering.condition(&line.condition)).collect();
        let condition = splitting.split(and(lines), &lowering.tests);
        rules.push(Rule { effect: rule.effect, condition });
    }
    let tests = lowering.tests;
    Program {
        request,
        session: Arc::new(session),
        call: Arc::new(call),
        tests,
        session_values: splitting.values,
        rules,
    }
}

struct Lowering<'a> {
    schema: &'a Schema,
    request: &'a Request,
    session: &'a Layout,
    call: &'a Layout,
    /// The element type of the list that the count around this point walks.
    element: Option<Type>,
    tests: Vec<Test>,
    /// For each test, what it reads.
    reaches: Vec<Reach>,
    known: HashMap<TestKind, TestId>,
}

impl Lowering<'_> {
    fn condition(&mut self, condition: &Condition) -> Formula {
        match condition {
            Condition::Constant(constant) => Formula::Constant(*constant),
            Condition::Holds(term) => {
                let operand = self.integer(term);
                self.integer_test(Comparison::Eq, operand, Operand::Constant(1))
            }
            Condition::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            Condition::AtLeast(newer, older) => {
                let (newer, older) = (self.words(newer), self.words(older));
                self.test(TestKind::TcbAtLeast(newer, older))
            }
            Condition::In(term, values) => self.membership(term, values),
            Condition::InReference(term, reference) => {
                let (operand, element) = self.any_operand(term);
                self.test(TestKind::InReference(operand, element, *reference))
            }
            Condition::Is(place, kind) => {
                let (slot, _) = self.slot(place);
                self.integer_test(Comparison::Eq, Operand::Slot(slot), Operand::Constant(i64::from(kind.0)))
            }
            Condition::Present(place) => {
                let (slot, _) = self.slot(place);
                self.integer_test(Comparison::Eq, Operand::Slot(slot), Operand::Constant(1))
            }
            Condition::Age(comparison, place, bound) => {
                let (slot, _) = self.slot(place);
                let bound = self.integer(bound);
                self.test(TestKind::Age(*comparison, slot, bound))
            }
            Condition::Count { list, condition, comparison, bound, .. } => {
                let (slot, ty) = self.slot(list);
                let (element, most) = match ty {
                    Type::List(element, most) => (*element, most),
                    // The checker counts lists only.
                    _ => return Formula::Constant(false),
                };
                let stride = self.size(&element);
                let outer = self.element.replace(element);
                let condition = self.condition(condition);
                self.element = outer;
                self.test(TestKind::Count {
                    list: List { slot, stride, most },
                    condition,
                    comparison: *comparison,
                    bound: *bound,
                })
            }
            Condition::Not(inner) => not(self.condition(inner)),
            Condition::And(operands) => and(operands.iter().map(|operand| self.condition(operand)).collect()),
            Condition::Or(operands) => or(operands.iter().map(|operand| self.condition(operand)).collect()),
            // The checker admits it in invariants only, which are not lowered; a rule that asked would not apply.
            Condition::Permitted => Formula::Constant(false),
        }
    }

    fn compare(&mut self, comparison: Comparison, left: &Term, right: &Term) -> Formula {
        match &left.ty {
            Type::FixedBytes(_) | Type::Digest(_) | Type::Tcb => {
                let words = self.size(&left.ty);
                let (left, right) = constant_last(self.words(left), self.words(right));
                self.test(TestKind::Bytes(words, left, right))
            }
            Type::String => {
                let (left, right) = constant_last(self.text(left), self.text(right));
                self.test(TestKind::Text(left, right))
            }
            _ => {
                let (left, right) = (self.integer(left), self.integer(right));
                match left {
                    Operand::Constant(_) => self.integer_test(mirrored(comparison), right, left),
                    Operand::Slot(_) | Operand::Reference(_) => self.integer_test(comparison, left, right),
                }
            }
        }
    }

    fn membership(&mut self, term: &Term, values: &[Value]) -> Formula {
        // One value is an equality; and only what lies in a frame is looked up in a set.
        let slot = match &term.kind {
            TermKind::Place(place) if values.len() > 1 => self.slot(place).0,
            TermKind::Place(_) | TermKind::Constant(_) | TermKind::Reference(_) => {
                let equalities = values.iter().map(|value| {
                    let value = Term { kind: TermKind::Constant(value.clone()), ty: term.ty.clone() };
                    self.compare(Comparison::Eq, term, &value)
                });
                return or(equalities.collect());
            }
        };
        let kind = match &term.ty {
            Type::FixedBytes(_) | Type::Digest(_) | Type::Tcb => {
                let mut set: Vec<Box<[u64]>> = values.iter().map(words_of).collect();
                set.sort();
                TestKind::BytesIn(slot, set.into())
            }
            Type::String => {
                let mut set: Vec<Box<str>> = values.iter().map(text_of).collect();
                set.sort();
                TestKind::TextIn(slot, set.into())
            }
            _ => {
                let mut set: Vec<i64> = values.iter().map(integer_of).collect();
                set.sort_unstable();
                TestKind::IntegerIn(slot, set.into())
            }
        };
        self.test(kind)
    }

    fn integer_test(&mut self, comparison: Comparison, left: Operand<i64>, right: Operand<i64>) -> Formula {
        self.test(TestKind::Integer(comparison, left, right))
    }

    fn integer(&self, term: &Term) -> Operand<i64> {
        self.operand(term, integer_of)
    }

    fn words(&self, term: &Term) -> Operand<Box<[u64]>> {
        self.operand(term, words_of)
    }

    fn text(&self, term: &Term) -> Operand<Box<str>> {
        self.operand(term, text_of)
    }

    fn any_operand(&self, term: &Term) -> (Operand<Constant>, Element) {
        match &term.ty {
            Type::FixedBytes(_) | Type::Digest(_) => {
                (self.operand(term, |value| Constant::Words(words_of(value))), Element::Bytes(self.size(&term.ty)))
            }
            Type::Tcb => (self.operand(term, |value| Constant::Words(words_of(value))), Element::Tcb),
            Type::String => (self.operand(term, |value| Constant::Text(text_of(value))), Element::Text),
            _ => (self.operand(term, |value| Constant::Integer(integer_of(value))), Element::Integer),
        }
    }

    fn operand<C>(&self, term: &Term, constant: impl FnOnce(&Value) -> C) -> Operand<C> {
        match &term.kind {
            TermKind::Constant(value) => Operand::Constant(constant(value)),
            TermKind::Place(place) => Operand::Slot(self.slot(place).0),
            TermKind::Reference(id) => Operand::Reference(*id),
        }
    }

    /// Where a place lies, and the type it has there.
    fn slot(&self, place: &Place) -> (Slot, Type) {
        let schema = self.schema;
        let (frame, mut word, mut ty) = match place.root {
            Root::Field(at) => {
                let (frame, layout) = match self.request.fields[at].stage {
                    Stage::Session => (Scope::Session, self.session),
                    Stage::Call => (Scope::Call, self.call),
                };
                (frame, layout.fields[at].unwrap_or(0), self.request.fields[at].ty.clone())
            }
            // Parameters are substituted by the checker, and a variable stands inside its count.
            Root::Variable(_) | Root::Parameter(_) => (Scope::Element, 0, self.element.clone().unwrap_or(Type::Bool)),
        };
        for step in &place.steps {
            ty = match (step, ty) {
                (Step::Field(id, at), _) => {
                    word += layout::field_offset(schema, *id, *at);
                    schema.structure(*id).fields[*at].ty.clone()
                }
                (Step::Alternative(id), Type::Union(kinds)) => {
                    word += layout::alternative_offset(schema, &kinds, *id);
                    Type::Struct(*id)
                }
                (Step::Alternative(id), _) => Type::Struct(*id),
                (Step::Present, Type::Optional(inner)) => {
                    word += 1;
                    *inner
                }
                (Step::Present, ty) => ty,
            };
        }
        (Slot { frame, word }, ty)
    }

    fn size(&self, ty: &Type) -> u32 {
        layout::size(self.schema, ty).unwrap_or(0)
    }

    /// The formula that asks this question, which is asked once however often it is written.
    fn test(&mut self, kind: TestKind) -> Formula {
        if let Some(id) = self.known.get(&kind) {
            return Formula::Test(*id);
        }
        let id = TestId(self.tests.len() as u32);
        let reach = self.reach(&kind);
        let scope = if reach.element { Scope::Element } else { reach.outer };
        self.tests.push(Test { kind: kind.clone(), scope, reads_clock: reach.clock, reads_reference: reach.reference });
        self.reaches.push(reach);
        self.known.insert(kind, id);
        Formula::Test(id)
    }

    /// What a question reads.
    fn reach(&self, kind: &TestKind) -> Reach {
        let mut reach = Reach { element: false, outer: Scope::Session, clock: false, reference: false };
        match kind {
            TestKind::Integer(_, left, right) => {
                reach.add(left);
                reach.add(right);
            }
            TestKind::Bytes(_, left, right) | TestKind::TcbAtLeast(left, right) => {
                reach.add(left);
                reach.add(right);
            }
            TestKind::Text(left, right) => {
                reach.add(left);
                reach.add(right);
            }
            TestKind::IntegerIn(slot, _) | TestKind::BytesIn(slot, _) | TestKind::TextIn(slot, _) => {
                reach.add_slot(slot)
            }
            TestKind::InReference(operand, ..) => {
                reach.add(operand);
                reach.reference = true;
            }
            TestKind::Age(_, slot, bound) => {
                reach.add_slot(slot);
                reach.add(bound);
                reach.clock = true;
            }
            TestKind::Count { list, condition, .. } => {
                reach.add_slot(&list.slot);
                self.add_inner(condition, &mut reach);
            }
        }
        reach
    }

    /// Adds what the condition of a count reads, apart from the elements, which are the count's own.
    fn add_inner(&self, formula: &Formula, reach: &mut Reach) {
        match formula {
            Formula::Constant(_) | Formula::SessionValue(_) => {}
            Formula::Test(id) => {
                let inner = &self.reaches[id.0 as usize];
                reach.outer = reach.outer.max(inner.outer);
                reach.clock |= inner.clock;
                reach.reference |= inner.reference;
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
struct Reach {
    /// The element of the count around it.
    element: bool,
    /// The latest frame.
    outer: Scope,
    /// The clock.
    clock: bool,
    /// A reference value.
    reference: bool,
}

impl Reach {
    fn add<C>(&mut self, operand: &Operand<C>) {
        match operand {
            Operand::Constant(_) => {}
            Operand::Slot(slot) => self.add_slot(slot),
            Operand::Reference(_) => self.reference = true,
        }
    }

    fn add_slot(&mut self, slot: &Slot) {
        match slot.frame {
            Scope::Element => self.element = true,
            Scope::Session | Scope::Call => self.outer = self.outer.max(slot.frame),
        }
    }
}

/// Finds the largest parts of rules that read nothing of the call.
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
        Formula::Test(id) => tests[id.0 as usize].scope == Scope::Session,
        Formula::Not(inner) => of_session(inner, tests),
        Formula::And(operands) | Formula::Or(operands) => operands.iter().all(|operand| of_session(operand, tests)),
    }
}

fn not(formula: Formula) -> Formula {
    match formula {
        Formula::Constant(constant) => Formula::Constant(!constant),
        Formula::Not(inner) => *inner,
        Formula::Test(_) | Formula::SessionValue(_) | Formula::And(_) | Formula::Or(_) => {
            Formula::Not(Box::new(formula))
        }
    }
}

/// All of these. A constant false lasts forever, and so do the others beside it as far as the whole is concerned: it is the whole.
fn and(operands: Vec<Formula>) -> Formula {
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
fn or(operands: Vec<Formula>) -> Formula {
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

/// Both operands, a constant on the right, so that equal questions look equal.
fn constant_last<C>(left: Operand<C>, right: Operand<C>) -> (Operand<C>, Operand<C>) {
    if matches!(left, Operand::Constant(_)) { (right, left) } else { (left, right) }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Eq => Comparison::Eq,
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
    }
}

/// The word of a value of one word; the checker has matched values to types.
fn integer_of(value: &Value) -> i64 {
    match value {
        Value::Bool(value) => i64::from(*value),
        Value::Int(value) | Value::Duration(value) | Value::Instant(value) => *value,
        Value::Case(_, case) => i64::from(*case),
        _ => 0,
    }
}

fn words_of(value: &Value) -> Box<[u64]> {
    match value {
        Value::Bytes(bytes) => byte_words(bytes).collect(),
        Value::Tcb(tcb) => tcb_words(tcb).into(),
        _ => Box::default(),
    }
}

fn text_of(value: &Value) -> Box<str> {
    match value {
        Value::String(text) => text.clone(),
        _ => Box::default(),
    }
}
