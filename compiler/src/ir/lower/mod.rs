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
use crate::types::{ReferenceId, Request, RequestId, Schema, Type};
use crate::value::Value;
use atbac_grammar::syntax::Stage;
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use reach::Reach;
use split::{and, not, or, split_session};
use std::hash::BuildHasher;
use std::sync::Arc;

/// How the frames of a request type are laid out: that of its session, and that of its calls. A program may put numbers of values behind the fields.
pub fn layouts(schema: &Schema, request: &Request) -> [Layout; 2] {
    // The checker refused requests too large for a frame, so the default is never taken.
    [Stage::Session, Stage::Call].map(|stage| {
        Layout::new(schema, request, stage).unwrap_or(Layout {
            stage,
            fields: vec![None; request.fields.len()],
            symbols: Vec::new(),
            words: 0,
            wide: Vec::new(),
        })
    })
}

/// The decision procedure of a request type.
///
/// # Errors
/// [`Malformed`] for a rule that no checked policy has: it is refused rather than given another meaning.
pub fn lower(policy: &Policy, request: RequestId) -> Result<Program, Malformed> {
    let schema = &*policy.schema;
    let declared = schema.request(request);
    let [session, call] = layouts(schema, declared);
    let mut lowering = Lowering {
        schema,
        request: declared,
        session: &session,
        call: &call,
        elements: Vec::new(),
        tests: Vec::new(),
        reaches: Vec::new(),
        known: HashTable::new(),
        hasher: RandomState::default(),
    };
    let rules = policy.rules_for(request).zip(0..).map(|(rule, number)| {
        let lines = lowering.conditions(rule.lines.iter().map(|line| &*line.condition));
        let lines = lines.map_err(|what| Malformed { rule: number, what })?;
        Ok(Rule { number, effect: rule.effect, condition: and(lines) })
    });
    let rules = rules.collect::<Result<_, _>>()?;
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
    Ok(program)
}

/// A rule that breaks what [`crate::checked`] says of its conditions: a defect of the checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Its position among the rules about the request.
    pub rule: u32,
    /// What it does.
    pub what: &'static str,
}

/// What is made of a part of a condition, or what is wrong with it. Nothing here has a meaning to fall back on: a set that is taken for empty, or a test for
/// false, would permit what its author forbade.
type Lowered<T> = Result<T, &'static str>;

const CHOSEN: &str = "compares what is not yet chosen";
const NOT_A_SET: &str = "asks a set of what is none";
const ANOTHER_TYPE: &str = "has a value of another type than it says";

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
    /// Every test by the hash of its question. The question stands in the test alone: with its constants it is most of what a rule is lowered to.
    known: HashTable<(u64, TestId)>,
    hasher: RandomState,
}

impl Lowering<'_> {
    fn conditions<'c>(&mut self, conditions: impl IntoIterator<Item = &'c Condition>) -> Lowered<Vec<Formula>> {
        conditions.into_iter().map(|condition| self.condition(condition)).collect()
    }

    fn condition(&mut self, condition: &Condition) -> Lowered<Formula> {
        Ok(match condition {
            Condition::Constant(constant) => Formula::Constant(*constant),
            Condition::Holds(term) => {
                let operand = self.integer(term)?;
                self.integer_test(Comparison::Eq, operand, Integer::Constant(1))
            }
            Condition::Compare(comparison, left, right) => self.compare(*comparison, left, right)?,
            Condition::AtLeast(newer, older) => {
                let (newer, older) = (self.words(newer)?, self.words(older)?);
                self.test(TestKind::TcbAtLeast(newer, older))
            }
            Condition::In(term, values) => self.membership(term, values)?,
            Condition::InSet(term, set) => {
                let element = element_of(self.schema, &set.ty).ok_or(NOT_A_SET)?;
                let (key, set) = (self.key(term)?, self.set(set)?);
                self.test(TestKind::InSet(key, set, element))
            }
            Condition::Subset(inner, outer) => {
                let element = |set: &Term| element_of(self.schema, &set.ty).ok_or(NOT_A_SET);
                let elements = [element(inner)?, element(outer)?];
                let (inner, outer) = (self.set(inner)?, self.set(outer)?);
                self.test(TestKind::Subset(inner, outer, elements))
            }
            Condition::InNetwork(inner, network) => {
                let of_network = inner.ty == Type::Cidr;
                let (inner, network) = (self.words(inner)?, self.words(network)?);
                let kind = if of_network { TestKind::NetworkInNetwork } else { TestKind::InNetwork };
                self.test(kind(inner, network))
            }
            Condition::InNetworks(address, networks) => {
                let address = self.words(address)?;
                let networks = self.reference(*networks, &Type::Set(Box::new(Type::Cidr)))?;
                self.test(TestKind::InNetworks(address, networks))
            }
            Condition::Holding(part, whole, piece) => {
                let (whole, piece) = (self.text(whole)?, self.text(piece)?);
                self.test(TestKind::Holding(*part, whole, piece))
            }
            Condition::Matches(term, glob) => {
                let text = self.text(term)?;
                self.test(TestKind::Matches(text, Text::Constant(glob.pattern().into())))
            }
            Condition::Is(place, kind) => {
                let (slot, ty) = self.slot(place)?;
                let may_be = matches!(ty, Type::Union(kinds) if kinds.contains(kind));
                require(may_be, "asks for a kind that the value cannot be")?;
                self.integer_test(Comparison::Eq, Integer::Slot(slot), Integer::Constant(i64::from(kind.0)))
            }
            Condition::Present(place) => {
                let (slot, ty) = self.slot(place)?;
                require(matches!(ty, Type::Optional(_)), "asks whether something is there that always is")?;
                self.integer_test(Comparison::Eq, Integer::Slot(slot), Integer::Constant(1))
            }
            Condition::Age(comparison, place, bound) => {
                let slot = self.value(place, &Type::Instant)?;
                let bound = self.integer(bound)?;
                self.test(TestKind::Age(*comparison, slot, bound))
            }
            Condition::Before(instant) => self.test(TestKind::Before(Integer::Constant(*instant))),
            Condition::Loaded(reference) => self.test(TestKind::Loaded(*reference)),
            Condition::Count(count) => self.count(count)?,
            Condition::Not(inner) => not(self.condition(inner)?),
            Condition::And(operands) => and(self.conditions(operands)?),
            Condition::Or(operands) => or(self.conditions(operands)?),
            // Only invariants ask, and they are not lowered.
            Condition::Permitted => return Err("asks whether it permits"),
        })
    }

    fn count(&mut self, count: &checked::Count) -> Lowered<Formula> {
        let (slot, ty) = self.slot(&count.list)?;
        let Type::List(element, most) = ty else { return Err("counts the elements of what is no list") };
        let list = List { slot, stride: self.size(&element), most };
        let bound = self.integer(&count.bound)?;
        let depth = count.variable as u8;
        // The counts around this one have left the types of theirs.
        self.elements.truncate(count.variable as usize);
        self.elements.push(*element);
        let condition = self.condition(&count.condition)?;
        let distinct = count.distinct.as_ref().map(|term| self.key(term)).transpose()?;
        self.elements.truncate(count.variable as usize);
        let comparison = count.comparison;
        Ok(self.test(TestKind::Count(Box::new(Count { list, depth, condition, distinct, comparison, bound }))))
    }

    fn compare(&mut self, comparison: Comparison, left: &Term, right: &Term) -> Lowered<Formula> {
        match &left.ty {
            Type::String | Type::Bytes | Type::Oid => self.text_equal(left, right),
            Type::FixedBytes(_) | Type::Digest(_) => {
                // Words say nothing of how many bytes they are.
                if byte_length(&left.ty) != byte_length(&right.ty) || is_computed(left) || is_computed(right) {
                    return self.text_equal(left, right);
                }
                self.words_equal(left, right)
            }
            Type::Version if comparison != Comparison::Eq => {
                let (left, right) = (self.words(left)?, self.words(right)?);
                Ok(self.test(TestKind::Order(comparison, VERSION_WORDS, left, right)))
            }
            Type::Tcb | Type::Version | Type::IpAddr | Type::Cidr => self.words_equal(left, right),
            _ => {
                let (left, right) = (self.integer(left)?, self.integer(right)?);
                Ok(match left {
                    Integer::Constant(_) => self.integer_test(comparison.mirrored(), right, left),
                    Integer::Slot(_) | Integer::Reference(_) | Integer::Row(_) | Integer::Computed(..) => {
                        self.integer_test(comparison, left, right)
                    }
                })
            }
        }
    }

    // Of two values one is put on the right, if it is a constant, so that equal questions look equal.

    fn text_equal(&mut self, left: &Term, right: &Term) -> Lowered<Formula> {
        let (left, right) = (self.text(left)?, self.text(right)?);
        let exchange = matches!(left, Text::Constant(_));
        Ok(self.test(if exchange { TestKind::Text(right, left) } else { TestKind::Text(left, right) }))
    }

    fn words_equal(&mut self, left: &Term, right: &Term) -> Lowered<Formula> {
        let words = self.size(&left.ty);
        let (left, right) = (self.words(left)?, self.words(right)?);
        let exchange = matches!(left, Words::Constant(_));
        Ok(self.test(if exchange { TestKind::Words(words, right, left) } else { TestKind::Words(words, left, right) }))
    }

    fn membership(&mut self, term: &Term, values: &[Value]) -> Lowered<Formula> {
        // A reference value may not be there, which equalities know of; and one value is an equality.
        let mut reads_reference = false;
        term.each_reference(&mut |_| reads_reference = true);
        if reads_reference && values.is_empty() {
            // False if it is there: it is not unlike itself.
            return Ok(not(self.compare(Comparison::Eq, term, term)?));
        }
        // A constant of another length than the type is compared as bytes of any: by its length too.
        let fits = |value: &Value| is_of_length(value, &term.ty);
        if values.len() == 1 || reads_reference {
            let equalities = values.iter().map(|value| {
                let ty = if fits(value) { term.ty.clone() } else { Type::Bytes };
                self.compare(Comparison::Eq, term, &Term::constant(value.clone(), ty))
            });
            return Ok(or(equalities.collect::<Lowered<_>>()?));
        }
        let is_text = match &term.ty {
            Type::String | Type::Bytes | Type::Oid => true,
            Type::FixedBytes(_) | Type::Digest(_) => is_computed(term) || !values.iter().all(fits),
            _ => false,
        };
        if is_text {
            let set = ascending(values.iter().map(text_of))?;
            let text = self.text(term)?;
            return Ok(self.test(TestKind::TextIn(text, set)));
        }
        let kind = match &term.ty {
            Type::FixedBytes(_) | Type::Digest(_) | Type::Tcb | Type::Version | Type::IpAddr | Type::Cidr => {
                TestKind::WordsIn(self.words(term)?, ascending(values.iter().map(words_of))?)
            }
            _ => TestKind::IntegerIn(self.integer(term)?, ascending(values.iter().map(integer_of))?),
        };
        Ok(self.test(kind))
    }

    fn integer_test(&mut self, comparison: Comparison, left: Integer, right: Integer) -> Formula {
        self.test(TestKind::Integer(comparison, left, right))
    }

    fn integer(&self, term: &Term) -> Lowered<Integer> {
        Ok(match &term.kind {
            TermKind::Constant(value) => Integer::Constant(integer_of(value)?),
            TermKind::Place(place) => Integer::Slot(self.value(place, &term.ty)?),
            TermKind::Reference(id) => Integer::Reference(self.reference(*id, &term.ty)?),
            TermKind::Arithmetic(operation, left, right) => {
                Integer::Computed(*operation, Box::new(self.integer(left)?), Box::new(self.integer(right)?))
            }
            TermKind::Slice(..) | TermKind::Hash(..) => return Err("takes bytes for a number"),
            TermKind::If(..) | TermKind::Set(_) => return Err(CHOSEN),
        })
    }

    fn words(&self, term: &Term) -> Lowered<Words> {
        Ok(match &term.kind {
            TermKind::Constant(value) => {
                require(is_of_length(value, &term.ty), ANOTHER_TYPE)?;
                Words::Constant(words_of(value)?)
            }
            TermKind::Place(place) => Words::Slot(self.value(place, &term.ty)?),
            TermKind::Reference(id) => Words::Reference(self.reference(*id, &term.ty)?),
            // Bytes that are computed are text; nothing else that is words can be computed.
            TermKind::Arithmetic(..) | TermKind::Slice(..) | TermKind::Hash(..) => {
                return Err("takes what is computed for words");
            }
            TermKind::If(..) | TermKind::Set(_) => return Err(CHOSEN),
        })
    }

    fn text(&self, term: &Term) -> Lowered<Text> {
        Ok(match (&term.kind, byte_length(&term.ty)) {
            (TermKind::Constant(value), _) => {
                require(is_of_length(value, &term.ty), ANOTHER_TYPE)?;
                Text::Constant(text_of(value)?)
            }
            (TermKind::Place(_) | TermKind::Reference(_), Some(length)) => {
                Text::Part { of: self.words(term)?, words: self.size(&term.ty), skip: 0, length }
            }
            (TermKind::Place(place), None) => Text::Slot(self.value(place, &term.ty)?),
            (TermKind::Reference(id), None) => Text::Reference(self.reference(*id, &term.ty)?),
            (TermKind::Slice(inner, from, to), _) => part_of(self.text(inner)?, *from, *to)?,
            (TermKind::Hash(hash, inner), _) => Text::Hash(*hash, Box::new(self.text(inner)?)),
            (TermKind::Arithmetic(..), _) => return Err("takes a number for a text"),
            (TermKind::If(..) | TermKind::Set(_), _) => return Err(CHOSEN),
        })
    }

    fn key(&self, term: &Term) -> Lowered<Key> {
        Ok(match &term.ty {
            Type::String | Type::Bytes | Type::Oid | Type::FixedBytes(_) | Type::Digest(_) => {
                Key::Text(self.text(term)?)
            }
            Type::Tcb | Type::Version | Type::IpAddr | Type::Cidr => Key::Words(self.size(&term.ty), self.words(term)?),
            _ => Key::Integer(self.integer(term)?),
        })
    }

    fn set(&self, term: &Term) -> Lowered<Set> {
        Ok(match (&term.kind, &term.ty) {
            (TermKind::Place(place), ty) => Set::Slot(self.value(place, ty)?),
            (TermKind::Reference(id), ty) => Set::Reference(self.reference(*id, ty)?),
            (TermKind::Constant(Value::Set(values)), Type::Set(element)) => {
                let elements = values.iter().map(|value| layout::element_bytes(self.schema, element, value));
                Set::Constant(SetTable::encode(elements).ok_or("writes out a set of 4 GiB")?.into())
            }
            (TermKind::If(..) | TermKind::Set(_), _) => return Err(CHOSEN),
            (TermKind::Constant(_) | TermKind::Arithmetic(..) | TermKind::Slice(..) | TermKind::Hash(..), _) => {
                return Err(NOT_A_SET);
            }
        })
    }

    /// Where the value of a place lies, which must be of the type that it is read as: it is as wide as its own.
    fn value(&self, place: &Place, ty: &Type) -> Lowered<Slot> {
        let (slot, found) = self.slot(place)?;
        require(found == *ty, ANOTHER_TYPE)?;
        Ok(slot)
    }

    /// The same of a reference value.
    fn reference(&self, id: ReferenceId, ty: &Type) -> Lowered<ReferenceId> {
        require(self.schema.reference(id).ty == *ty, ANOTHER_TYPE)?;
        Ok(id)
    }

    /// Where a place lies, and the type it has there.
    fn slot(&self, place: &Place) -> Lowered<(Slot, Type)> {
        let schema = self.schema;
        let (frame, mut word, mut ty) = match place.root {
            Root::Field(at) => {
                let field = self.request.fields.get(at).ok_or("reads a field that is not there")?;
                let (frame, layout) = match field.stage {
                    Stage::Session => (Scope::Session, self.session),
                    Stage::Call => (Scope::Call, self.call),
                };
                (frame, layout.fields[at].ok_or("reads a field of another frame")?.word, field.ty.clone())
            }
            Root::Variable(variable) => {
                let element = self.elements.get(variable as usize).ok_or("reads an element outside of its count")?;
                (Scope::Element(variable as u8), 0, element.clone())
            }
            Root::Parameter(_) => return Err("reads a parameter"),
        };
        for step in &place.steps {
            ty = match (step, ty) {
                (Step::Field(id, at), Type::Struct(of)) if *id == of => {
                    word += layout::field_offset(schema, *id, *at);
                    schema.structure(*id).fields[*at].ty.clone()
                }
                (Step::Alternative(id), Type::Union(kinds)) if kinds.contains(id) => {
                    word += layout::alternative_offset(schema, &kinds, *id);
                    Type::Struct(*id)
                }
                (Step::Alternative(id), Type::Struct(of)) if *id == of => Type::Struct(of),
                (Step::Present, Type::Optional(inner)) => {
                    word += 1;
                    *inner
                }
                (Step::Field(..) | Step::Alternative(_) | Step::Present, _) => {
                    return Err("takes a step that the value does not have");
                }
            };
        }
        Ok((Slot { frame, word }, ty))
    }

    fn size(&self, ty: &Type) -> u32 {
        layout::size(self.schema, ty).unwrap_or(0)
    }

    /// The formula that asks this question, which is asked once however often it is written.
    fn test(&mut self, kind: TestKind) -> Formula {
        let hash = self.hasher.hash_one(&kind);
        if let Some((_, id)) = self.known.find(hash, |(_, id)| self.tests[id.0 as usize].kind == kind) {
            return Formula::Test(*id);
        }
        let id = TestId(self.tests.len() as u32);
        let reach = self.reach(&kind);
        let scope = match reach.elements.checked_ilog2() {
            Some(depth) => Scope::Element(depth as u8),
            None => reach.frame,
        };
        self.tests.push(Test { kind, scope, reads_row: false });
        self.reaches.push(reach);
        self.known.insert_unique(hash, (hash, id), |(hash, _)| *hash);
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

/// How many bytes a byte string of this type has, if all have as many.
fn byte_length(ty: &Type) -> Option<u32> {
    match ty {
        Type::FixedBytes(length) | Type::Digest(length) => Some(*length),
        _ => None,
    }
}

/// Whether a constant has the length of its type, if the type has one.
fn is_of_length(value: &Value, ty: &Type) -> bool {
    match (byte_length(ty), value) {
        (Some(length), Value::Bytes(bytes)) => bytes.len() == length as usize,
        _ => true,
    }
}

fn require(holds: bool, what: &'static str) -> Lowered<()> {
    if holds { Ok(()) } else { Err(what) }
}

/// The bytes from one index up to another.
fn part_of(text: Text, from: u32, to: u32) -> Lowered<Text> {
    let length = to.checked_sub(from).ok_or("takes a part that ends before it begins")?;
    Ok(match text {
        Text::Part { of, words, skip, length: whole } if to <= whole => {
            Text::Part { of, words, skip: skip + from, length }
        }
        Text::Slice { of, skip, length: whole } if to <= whole => Text::Slice { of, skip: skip + from, length },
        digest @ Text::Hash(..) => Text::Slice { of: Box::new(digest), skip: from, length },
        Text::Constant(bytes) => {
            let part = bytes.get(from as usize..to as usize);
            Text::Constant(part.ok_or("takes a part that is not there")?.into())
        }
        Text::Part { .. } | Text::Slice { .. } => return Err("takes a part that is not there"),
        Text::Slot(_) | Text::Reference(_) | Text::Row(_) => return Err("takes a part of bytes of any length"),
    })
}

fn ascending<T: Ord>(values: impl Iterator<Item = Lowered<T>>) -> Lowered<Box<[T]>> {
    let mut values = values.collect::<Lowered<Vec<_>>>()?;
    values.sort_unstable();
    Ok(values.into())
}

/// The word of a value of one word.
fn integer_of(value: &Value) -> Lowered<i64> {
    Ok(match value {
        Value::Bool(value) => i64::from(*value),
        Value::Int(value) | Value::Duration(value) | Value::Instant(value) => *value,
        Value::Case(_, case) => i64::from(*case),
        _ => return Err(ANOTHER_TYPE),
    })
}

fn words_of(value: &Value) -> Lowered<Box<[u64]>> {
    Ok(match value {
        Value::Bytes(bytes) => byte_words(bytes).collect(),
        Value::Tcb(tcb) => tcb_words(tcb).into(),
        Value::Version(numbers) => Box::from(*numbers),
        Value::IpAddr(address) => Box::from(layout::address_words(*address)),
        Value::Cidr(network, prefix) => Box::from(layout::network_words(*network, *prefix)),
        _ => return Err(ANOTHER_TYPE),
    })
}

fn text_of(value: &Value) -> Lowered<Box<[u8]>> {
    Ok(match value {
        Value::String(text) => text.as_bytes().into(),
        Value::Bytes(bytes) => bytes.clone(),
        Value::Oid(arcs) => layout::oid_bytes(arcs).into(),
        _ => return Err(ANOTHER_TYPE),
    })
}
