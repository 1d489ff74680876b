//! Programs of every kind of test and formula.

use crate::tape::Tape;
use crate::values;
use crate::world::{Place, Shape, World};
use atbac_compiler::ir::{
    Comparison, Constant, Element, Formula, Operand, Program, Rule, Scope, SessionValueId, Test, TestId, TestKind,
};
use atbac_compiler::layout::{byte_words, tcb_words};
use atbac_compiler::types::{ReferenceId, RequestId, Type};
use atbac_compiler::value::Value;
use atbac_grammar::syntax::Effect;
use std::sync::Arc;

const COMPARISONS: [Comparison; 5] = [Comparison::Eq, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge];

/// Makes a program over the world's frames.
pub(crate) fn program(tape: &mut Tape<'_>, world: &World) -> Program {
    let mut maker = Maker { world, tests: Vec::new(), readings: Vec::new() };
    let session: Vec<_> = world.places.iter().filter(|place| place.slot.frame == Scope::Session).copied().collect();
    for _ in 0..1 + tape.below(12) {
        match tape.below(4) {
            0 => maker.test(tape, &session),
            1 => maker.count(tape),
            _ => maker.test(tape, &world.places),
        };
    }
    let of_session = maker.ids(|reading| !reading.call && !reading.element);
    let outside_lists = maker.ids(|reading| !reading.element);
    let session_values = tape.some(0, 4, |tape| formula(tape, &of_session, 0, 3));
    let rules = tape.some(1, 6, |tape| Rule {
        effect: *tape.pick(&[Effect::Permit, Effect::Forbid]),
        condition: formula(tape, &outside_lists, session_values.len(), 4),
    });
    let (session, call) = (Arc::clone(&world.session), Arc::clone(&world.call));
    Program { request: RequestId(0), session, call, tests: maker.tests, session_values, rules }
}

/// A value or nothing for each reference of the world.
pub(crate) fn references(tape: &mut Tape<'_>, world: &World) -> Vec<Option<Value>> {
    let schema = &world.schema;
    let mut reference = |ty| (!tape.one_in(4)).then(|| values::value(tape, schema, ty));
    schema.references.iter().map(|declared| reference(&declared.ty)).collect()
}

/// A formula over these tests and so many session values.
fn formula(tape: &mut Tape<'_>, tests: &[TestId], session_values: usize, depth: usize) -> Formula {
    let choice = tape.below(if depth == 0 { 6 } else { 12 });
    let inner = |tape: &mut Tape<'_>| formula(tape, tests, session_values, depth - 1);
    match choice {
        0 => Formula::Constant(tape.one_in(2)),
        1 if session_values > 0 => Formula::SessionValue(SessionValueId(tape.below(session_values) as u32)),
        1..6 if !tests.is_empty() => Formula::Test(*tape.pick(tests)),
        1..6 => Formula::Constant(true),
        6 => Formula::Not(Box::new(inner(tape))),
        7..10 => Formula::And(tape.some(2, 4, inner)),
        _ => Formula::Or(tape.some(2, 4, inner)),
    }
}

/// Makes tests, and keeps of each what it reads.
struct Maker<'a> {
    world: &'a World,
    tests: Vec<Test>,
    readings: Vec<Reading>,
}

/// What a test reads.
#[derive(Clone, Copy, Default)]
struct Reading {
    call: bool,
    element: bool,
    clock: bool,
    reference: bool,
}

impl Maker<'_> {
    fn ids(&self, fits: impl Fn(&Reading) -> bool) -> Vec<TestId> {
        let fitting = self.readings.iter().enumerate().filter(|(_, reading)| fits(reading));
        fitting.map(|(index, _)| TestId(index as u32)).collect()
    }

    /// Adds a test over these places.
    fn test(&mut self, tape: &mut Tape<'_>, places: &[Place]) -> TestId {
        let instants: Vec<_> = places.iter().filter(|place| place.shape == Shape::Instant).copied().collect();
        let place = if instants.is_empty() || tape.below(3) > 0 { *tape.pick(places) } else { *tape.pick(&instants) };
        let mut asking = Asking { world: self.world, tape, places, shape: place.shape, reading: Reading::default() };
        let kind = match place.shape {
            Shape::Instant => asking.instant(place),
            Shape::Integer => asking.integer(place),
            Shape::Bytes(words) => asking.bytes(place, words),
            Shape::Text => asking.text(place),
            Shape::Tcb => asking.tcb(place),
        };
        let reading = asking.reading;
        self.add(kind, reading)
    }

    /// Adds a test that counts the elements of some list.
    fn count(&mut self, tape: &mut Tape<'_>) -> TestId {
        let (list, places) = tape.pick(&self.world.lists);
        let mut tests = self.ids(|reading| !reading.element);
        // A session's list is counted by what else is of the session, so that there are such counts.
        let of_session = list.slot.frame == Scope::Session && tape.one_in(2);
        let outside = self.world.places.iter().filter(|place| !of_session || place.slot.frame == Scope::Session);
        // Some tests compare an element with what lies outside of it.
        let more: Vec<_> = places.iter().chain(outside).copied().collect();
        if of_session {
            tests.retain(|id| !self.readings[id.0 as usize].call);
        }
        for _ in 0..1 + tape.below(3) {
            let from = if places.is_empty() || tape.one_in(3) { &more } else { places };
            tests.push(self.test(tape, from));
        }
        let condition = formula(tape, &tests, 0, 2);
        let mut reading = Reading { call: list.slot.frame == Scope::Call, ..Reading::default() };
        visit(&condition, &mut |id| {
            let inner = self.readings[id.0 as usize];
            reading.call |= inner.call;
            reading.clock |= inner.clock;
            reading.reference |= inner.reference;
        });
        let comparison = *tape.pick(&COMPARISONS);
        let bound = *tape.pick(&[1, 2, 0, 5, 69, 70, -1, i64::MAX, i64::MIN]);
        self.add(TestKind::Count { list: *list, condition, comparison, bound }, reading)
    }

    fn add(&mut self, kind: TestKind, reading: Reading) -> TestId {
        let Reading { call, element, clock, reference } = reading;
        let scope = match (element, call) {
            (true, _) => Scope::Element,
            (false, true) => Scope::Call,
            (false, false) => Scope::Session,
        };
        self.tests.push(Test { kind, scope, reads_clock: clock, reads_reference: reference });
        self.readings.push(reading);
        TestId(self.tests.len() as u32 - 1)
    }
}

/// One test in the making, about values of one shape.
struct Asking<'a, 't> {
    world: &'a World,
    tape: &'a mut Tape<'t>,
    places: &'a [Place],
    shape: Shape,
    reading: Reading,
}

impl Asking<'_, '_> {
    fn instant(&mut self, place: Place) -> TestKind {
        if self.tape.one_in(3) {
            return TestKind::Integer(self.comparison(), self.slot(place), self.operand(values::instant));
        }
        self.slot::<i64>(place);
        self.reading.clock = true;
        self.shape = Shape::Integer;
        TestKind::Age(*self.tape.pick(&COMPARISONS[1..]), place.slot, self.operand(values::duration))
    }

    fn integer(&mut self, place: Place) -> TestKind {
        match self.tape.below(4) {
            0 => {
                self.slot::<i64>(place);
                let small = self.tape.one_in(2);
                let value = |tape: &mut Tape<'_>| if small { tape.below(64) as i64 } else { values::integer(tape) };
                TestKind::IntegerIn(place.slot, sorted(self.tape.some(2, 9, value)))
            }
            1 => TestKind::InReference(
                self.operand(|tape| Constant::Integer(values::integer(tape))),
                Element::Integer,
                self.set(),
            ),
            _ => TestKind::Integer(self.comparison(), self.slot(place), self.operand(values::integer)),
        }
    }

    fn bytes(&mut self, place: Place, words: u32) -> TestKind {
        let constant = |tape: &mut Tape<'_>| byte_words(&values::bytes(tape, words * 8)).collect::<Box<_>>();
        match self.tape.below(4) {
            0 => {
                self.slot::<i64>(place);
                TestKind::BytesIn(place.slot, sorted(self.tape.some(1, 7, constant)))
            }
            1 => TestKind::InReference(
                self.operand(|tape| Constant::Words(constant(tape))),
                Element::Bytes(words),
                self.set(),
            ),
            _ => TestKind::Bytes(words, self.slot(place), self.operand(constant)),
        }
    }

    fn text(&mut self, place: Place) -> TestKind {
        match self.tape.below(4) {
            0 => {
                self.slot::<i64>(place);
                TestKind::TextIn(place.slot, sorted(self.tape.some(1, 9, values::text)))
            }
            1 => TestKind::InReference(
                self.operand(|tape| Constant::Text(values::text(tape))),
                Element::Text,
                self.set(),
            ),
            2 => TestKind::Text(self.operand(values::text), self.slot(place)),
            _ => TestKind::Text(self.operand(values::text), self.operand(values::text)),
        }
    }

    fn tcb(&mut self, place: Place) -> TestKind {
        let constant = |tape: &mut Tape<'_>| Box::from(tcb_words(&values::tcb(tape)));
        match self.tape.below(4) {
            0 => TestKind::InReference(self.operand(|tape| Constant::Words(constant(tape))), Element::Tcb, self.set()),
            1 => TestKind::TcbAtLeast(self.operand(constant), self.slot(place)),
            _ => TestKind::TcbAtLeast(self.slot(place), self.operand(constant)),
        }
    }

    fn comparison(&mut self) -> Comparison {
        *self.tape.pick(&COMPARISONS)
    }

    fn slot<C>(&mut self, place: Place) -> Operand<C> {
        match place.slot.frame {
            Scope::Session => {}
            Scope::Call => self.reading.call = true,
            Scope::Element => self.reading.element = true,
        }
        Operand::Slot(place.slot)
    }

    /// A constant, another value of the same shape, or a reference to one.
    fn operand<C>(&mut self, constant: impl FnOnce(&mut Tape<'_>) -> C) -> Operand<C> {
        let shape = self.shape;
        let alike: Vec<_> = self.places.iter().filter(|place| place.shape == shape).copied().collect();
        match self.tape.below(4) {
            0 => Operand::Reference(self.reference(|ty| shape_of(ty) == Some(shape))),
            1..3 if !alike.is_empty() => {
                let place = *self.tape.pick(&alike);
                self.slot(place)
            }
            _ => Operand::Constant(constant(self.tape)),
        }
    }

    /// A reference to a set of values of this shape.
    fn set(&mut self) -> ReferenceId {
        let shape = self.shape;
        self.reference(|ty| matches!(ty, Type::Set(inner) if shape_of(inner) == Some(shape)))
    }

    fn reference(&mut self, fits: impl Fn(&Type) -> bool) -> ReferenceId {
        self.reading.reference = true;
        let references = self.world.schema.references.iter().enumerate();
        let fitting: Vec<_> = references.filter(|(_, reference)| fits(&reference.ty)).collect();
        ReferenceId(self.tape.pick(&fitting).0 as u32)
    }
}

fn shape_of(ty: &Type) -> Option<Shape> {
    match ty {
        Type::Int | Type::Duration | Type::Enum(_) => Some(Shape::Integer),
        Type::Instant => Some(Shape::Instant),
        Type::Digest(length) => Some(Shape::Bytes(length.div_ceil(8))),
        Type::String => Some(Shape::Text),
        Type::Tcb => Some(Shape::Tcb),
        _ => None,
    }
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Box<[T]> {
    values.sort();
    values.into()
}

fn visit(formula: &Formula, see: &mut impl FnMut(TestId)) {
    match formula {
        Formula::Constant(_) | Formula::SessionValue(_) => {}
        Formula::Test(id) => see(*id),
        Formula::Not(inner) => visit(inner, see),
        Formula::And(operands) | Formula::Or(operands) => operands.iter().for_each(|operand| visit(operand, see)),
    }
}
