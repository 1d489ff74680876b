//! From the checked tree to the decision IR.
//!
//! Names and types become slots of frames; equal questions become one test, of which [`reach`] tells what it reads; rules of one shape become tables, by
//! [`group`]; and of each condition, what is fixed for a session is split off, by [`split`].

mod reach;
mod split;

use super::{
    Comparison, Count, Element, Formula, Integer, Key, List, Program, Rule, Scope, Set, Slot, Test, TestId, TestKind,
    Text, Words, group,
};
use crate::checked::{self, Condition, Place, Policy, Root, Step, Term, TermKind};
use crate::layout::{self, Layout, SetTable, VERSION_WORDS, byte_words, tcb_words};
use crate::types::{Request, RequestId, Schema, Type};
use crate::value::Value;
use atbac_grammar::syntax::Stage;
use reach::Reach;
use split::{and, not, or, split_session};
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
            symbols: Vec::new(),
            words: 0,
        })
    };
    let (session, call) = (layout(Stage::Session), layout(Stage::Call));
    let mut lowering = Lowering {
        schema,
        request: declared,
        session: &session,
        call: &call,
        elements: Vec::new(),
        tests: Vec::new(),
        reaches: Vec::new(),
        known: HashMap::new(),
    };
    let rules = policy.rules_for(request).zip(0..).map(|(rule, number)| {
        let lines = rule.lines.iter().map(|line| lowering.condition(&line.condition)).collect();
        Rule { number, effect: rule.effect, condition: and(lines) }
    });
    let rules = rules.collect();
    let tests = lowering.tests;
    let mut program = group(Program {
        request,
        session: Arc::new(session),
        call: Arc::new(call),
        tests,
        session_values: Vec::new(),
        rules,
        shapes: Vec::new(),
        columns: Vec::new(),
    });
    split_session(&mut program);
    program
}

struct Lowering<'a> {
    schema: &'a Schema,
    request: &'a Request,
    session: &'a Layout,
    call: &'a Layout,
    /// The element type of the list of each count around this point, the outermost first.
    elements: Vec<Type>,
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
                self.integer_test(Comparison::Eq, operand, Integer::Constant(1))
            }
            Condition::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            Condition::AtLeast(newer, older) => {
                let (newer, older) = (self.words(newer), self.words(older));
                self.test(TestKind::TcbAtLeast(newer, older))
            }
            Condition::In(term, values) => self.membership(term, values),
            Condition::InSet(term, set) => {
                let Some(element) = element_of(self.schema, &set.ty) else { return Formula::Constant(false) };
                let (key, set) = (self.key(term), self.set(set));
                self.test(TestKind::InSet(key, set, element))
            }
            Condition::Subset(inner, outer) => {
                let Some(element) = element_of(self.schema, &outer.ty) else { return Formula::Constant(false) };
                let (inner, outer) = (self.set(inner), self.set(outer));
                self.test(TestKind::Subset(inner, outer, element))
            }
            Condition::InNetwork(inner, network) => {
                let of_network = inner.ty == Type::Cidr;
                let (inner, network) = (self.words(inner), self.words(network));
                let kind = if of_network { TestKind::NetworkInNetwork } else { TestKind::InNetwork };
                self.test(kind(inner, network))
            }
            Condition::InNetworks(address, networks) => {
                let address = self.words(address);
                self.test(TestKind::InNetworks(address, *networks))
            }
            Condition::Holding(part, whole, piece) => {
                let (whole, piece) = (self.text(whole), self.text(piece));
                self.test(TestKind::Holding(*part, whole, piece))
            }
            Condition::Matches(term, glob) => {
                let text = self.text(term);
                self.test(TestKind::Matches(text, Text::Constant(glob.pattern().into())))
            }
            Condition::Is(place, kind) => {
                let (slot, _) = self.slot(place);
                self.integer_test(Comparison::Eq, Integer::Slot(slot), Integer::Constant(i64::from(kind.0)))
            }
            Condition::Present(place) => {
                let (slot, _) = self.slot(place);
                self.integer_test(Comparison::Eq, Integer::Slot(slot), Integer::Constant(1))
            }
            Condition::Age(comparison, place, bound) => {
                let (slot, _) = self.slot(place);
                let bound = self.integer(bound);
                self.test(TestKind::Age(*comparison, slot, bound))
            }
            Condition::Before(instant) => self.test(TestKind::Before(Integer::Constant(*instant))),
            Condition::Loaded(reference) => self.test(TestKind::Loaded(*reference)),
            Condition::Count(count) => self.count(count),
            Condition::Not(inner) => not(self.condition(inner)),
            Condition::And(operands) => and(operands.iter().map(|operand| self.condition(operand)).collect()),
            Condition::Or(operands) => or(operands.iter().map(|operand| self.condition(operand)).collect()),
            // The checker admits it in invariants only, which are not lowered; a rule that asked would not apply.
            Condition::Permitted => Formula::Constant(false),
        }
    }

    fn count(&mut self, count: &checked::Count) -> Formula {
        let (slot, ty) = self.slot(&count.list);
        // The checker counts the elements of lists only.
        let Type::List(element, most) = ty else { return Formula::Constant(false) };
        let list = List { slot, stride: self.size(&element), most };
        let bound = self.integer(&count.bound);
        let depth = count.variable as u8;
        // The counts around this one have left the types of theirs.
        self.elements.truncate(count.variable as usize);
        self.elements.push(*element);
        let condition = self.condition(&count.condition);
        let distinct = count.distinct.as_ref().map(|term| self.key(term));
        self.elements.truncate(count.variable as usize);
        let comparison = count.comparison;
        self.test(TestKind::Count(Box::new(Count { list, depth, condition, distinct, comparison, bound })))
    }

    fn compare(&mut self, comparison: Comparison, left: &Term, right: &Term) -> Formula {
        match &left.ty {
            Type::String | Type::Bytes | Type::Oid => self.text_equal(left, right),
            Type::FixedBytes(_) | Type::Digest(_) => {
                if right.ty == Type::Bytes || is_computed(left) || is_computed(right) {
                    return self.text_equal(left, right);
                }
                self.words_equal(left, right)
            }
            Type::Version if comparison != Comparison::Eq => {
                let (left, right) = (self.words(left), self.words(right));
                self.test(TestKind::Order(comparison, VERSION_WORDS, left, right))
            }
            Type::Tcb | Type::Version | Type::IpAddr | Type::Cidr => self.words_equal(left, right),
            _ => {
                let (left, right) = (self.integer(left), self.integer(right));
                match left {
                    Integer::Constant(_) => self.integer_test(comparison.mirrored(), right, left),
                    Integer::Slot(_) | Integer::Reference(_) | Integer::Row(_) | Integer::Computed(..) => {
                        self.integer_test(comparison, left, right)
                    }
                }
            }
        }
    }

    // Of two values one is put on the right, if it is a constant, so that equal questions look equal.

    fn text_equal(&mut self, left: &Term, right: &Term) -> Formula {
        let (left, right) = (self.text(left), self.text(right));
        let exchange = matches!(left, Text::Constant(_));
        self.test(if exchange { TestKind::Text(right, left) } else { TestKind::Text(left, right) })
    }

    fn words_equal(&mut self, left: &Term, right: &Term) -> Formula {
        let words = self.size(&left.ty);
        let (left, right) = (self.words(left), self.words(right));
        let exchange = matches!(left, Words::Constant(_));
        self.test(if exchange { TestKind::Words(words, right, left) } else { TestKind::Words(words, left, right) })
    }

    fn membership(&mut self, term: &Term, values: &[Value]) -> Formula {
        // One value is an equality; and a reference value may not be there, which equalities know of.
        let mut reads_reference = false;
        term.each_reference(&mut |_| reads_reference = true);
        if values.len() == 1 || reads_reference {
            let equalities = values.iter().map(|value| {
                let value = Term::constant(value.clone(), term.ty.clone());
                self.compare(Comparison::Eq, term, &value)
            });
            return or(equalities.collect());
        }
        let texts = || {
            let mut set: Vec<Box<[u8]>> = values.iter().map(text_of).collect();
            set.sort();
            set.into()
        };
        let words = || {
            let mut set: Vec<Box<[u64]>> = values.iter().map(words_of).collect();
            set.sort();
            set.into()
        };
        let kind = match &term.ty {
            Type::String | Type::Bytes | Type::Oid => TestKind::TextIn(self.text(term), texts()),
            Type::FixedBytes(_) | Type::Digest(_) if is_computed(term) => TestKind::TextIn(self.text(term), texts()),
            Type::FixedBytes(_) | Type::Digest(_) | Type::Tcb | Type::Version | Type::IpAddr | Type::Cidr => {
                TestKind::WordsIn(self.words(term), words())
            }
            _ => {
                let mut set: Vec<i64> = values.iter().map(integer_of).collect();
                set.sort_unstable();
                TestKind::IntegerIn(self.integer(term), set.into())
            }
        };
        self.test(kind)
    }

    fn integer_test(&mut self, comparison: Comparison, left: Integer, right: Integer) -> Formula {
        self.test(TestKind::Integer(comparison, left, right))
    }

    fn integer(&self, term: &Term) -> Integer {
        match &term.kind {
            TermKind::Constant(value) => Integer::Constant(integer_of(value)),
            TermKind::Place(place) => Integer::Slot(self.slot(place).0),
            TermKind::Reference(id) => Integer::Reference(*id),
            TermKind::Arithmetic(operation, left, right) => {
                Integer::Computed(*operation, Box::new(self.integer(left)), Box::new(self.integer(right)))
            }
            TermKind::Slice(..) | TermKind::Hash(..) | TermKind::If(..) | TermKind::Set(_) => Integer::Constant(0),
        }
    }

    fn words(&self, term: &Term) -> Words {
        match &term.kind {
            TermKind::Constant(value) => Words::Constant(words_of(value)),
            TermKind::Place(place) => Words::Slot(self.slot(place).0),
            TermKind::Reference(id) => Words::Reference(*id),
            // Bytes that are computed are text; nothing else that is words can be computed.
            TermKind::Arithmetic(..)
            | TermKind::Slice(..)
            | TermKind::Hash(..)
            | TermKind::If(..)
            | TermKind::Set(_) => Words::Constant(vec![0; self.size(&term.ty) as usize].into()),
        }
    }

    fn text(&self, term: &Term) -> Text {
        let fixed = match term.ty {
            Type::FixedBytes(length) | Type::Digest(length) => Some(length),
            _ => None,
        };
        match (&term.kind, fixed) {
            (TermKind::Constant(value), _) => Text::Constant(text_of(value)),
            (TermKind::Place(_) | TermKind::Reference(_), Some(length)) => {
                Text::Part { of: self.words(term), words: self.size(&term.ty), skip: 0, length }
            }
            (TermKind::Place(place), None) => Text::Slot(self.slot(place).0),
            (TermKind::Reference(id), None) => Text::Reference(*id),
            (TermKind::Slice(inner, from, to), _) => match self.text(inner) {
                Text::Part { of, words, skip, .. } => {
                    Text::Part { of, words, skip: skip + from, length: to.saturating_sub(*from) }
                }
                Text::Constant(bytes) => {
                    Text::Constant(bytes.get(*from as usize..*to as usize).unwrap_or_default().into())
                }
                Text::Slice { of, skip, .. } => Text::Slice { of, skip: skip + from, length: to.saturating_sub(*from) },
                digest @ Text::Hash(..) => {
                    Text::Slice { of: Box::new(digest), skip: *from, length: to.saturating_sub(*from) }
                }
                // The checker refuses slices of what is of any length.
                other @ (Text::Slot(_) | Text::Reference(_) | Text::Row(_)) => other,
            },
            (TermKind::Hash(hash, inner), _) => Text::Hash(*hash, Box::new(self.text(inner))),
            (TermKind::Arithmetic(..) | TermKind::If(..) | TermKind::Set(_), _) => Text::Constant(Box::default()),
        }
    }

    fn key(&self, term: &Term) -> Key {
        match &term.ty {
            Type::String | Type::Bytes | Type::Oid | Type::FixedBytes(_) | Type::Digest(_) => {
                Key::Text(self.text(term))
            }
            Type::Tcb | Type::Version | Type::IpAddr | Type::Cidr => Key::Words(self.size(&term.ty), self.words(term)),
            _ => Key::Integer(self.integer(term)),
        }
    }

    fn set(&self, term: &Term) -> Set {
        match (&term.kind, &term.ty) {
            (TermKind::Place(place), _) => Set::Slot(self.slot(place).0),
            (TermKind::Reference(id), _) => Set::Reference(*id),
            (TermKind::Constant(Value::Set(values)), Type::Set(element)) => {
                let elements = values.iter().map(|value| layout::element_bytes(self.schema, element, value));
                // Source files are far smaller than a table can be.
                Set::Constant(SetTable::encode(elements).unwrap_or_default().into())
            }
            // The checker lets nothing else stand for a set in a condition.
            _ => Set::Constant(Box::default()),
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
            Root::Variable(variable) => {
                // A variable stands inside its count.
                let ty = self.elements.get(variable as usize).cloned().unwrap_or(Type::Bool);
                (Scope::Element(variable as u8), 0, ty)
            }
            // Substituted by the checker.
            Root::Parameter(_) => (Scope::Session, 0, Type::Bool),
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
        let scope = match reach.elements.checked_ilog2() {
            Some(depth) => Scope::Element(depth as u8),
            None => reach.frame,
        };
        let test = Test {
            kind: kind.clone(),
            scope,
            reads_clock: reach.clock,
            reads_reference: reach.reference,
            reads_row: false,
        };
        self.tests.push(test);
        self.reaches.push(reach);
        self.known.insert(kind, id);
        Formula::Test(id)
    }
}

/// Whether bytes are computed, and so lie in no frame as words.
fn is_computed(term: &Term) -> bool {
    match term.kind {
        TermKind::Slice(..) | TermKind::Hash(..) => true,
        TermKind::Constant(_)
        | TermKind::Place(_)
        | TermKind::Reference(_)
        | TermKind::Arithmetic(..)
        | TermKind::If(..)
        | TermKind::Set(_) => false,
    }
}

/// The form of the elements of a set of this type; `None` for what is no set that can be asked.
pub fn element_of(schema: &Schema, set: &Type) -> Option<Element> {
    let Type::Set(element) = set else { return None };
    match &**element {
        Type::Bool | Type::Int | Type::Duration | Type::Instant | Type::Enum(_) => Some(Element::Integer),
        Type::String | Type::Bytes | Type::Oid => Some(Element::Text),
        Type::FixedBytes(length) | Type::Digest(length) => Some(Element::Bytes(*length)),
        Type::Tcb | Type::Version | Type::IpAddr | Type::Cidr => Some(Element::Words(layout::size(schema, element)?)),
        Type::Set(_) | Type::List(..) | Type::Optional(_) | Type::Struct(_) | Type::Union(_) => None,
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
        Value::Version(numbers) => Box::from(*numbers),
        Value::IpAddr(address) => Box::from(layout::address_words(*address)),
        Value::Cidr(network, prefix) => Box::from(layout::network_words(*network, *prefix)),
        _ => Box::default(),
    }
}

fn text_of(value: &Value) -> Box<[u8]> {
    match value {
        Value::String(text) => text.as_bytes().into(),
        Value::Bytes(bytes) => bytes.clone(),
        Value::Oid(arcs) => layout::oid_bytes(arcs).into(),
        _ => Box::default(),
    }
}
