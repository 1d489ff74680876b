//! Programs at random: of every kind of question and formula, and of counts inside one another.

use crate::questions::{Asking, Reading};
use crate::tape::Tape;
use crate::world::{Listing, Place, World};
use atbac_compiler::ir::{
    Comparison, Count, Formula, Integer, Key, MAX_COUNT_DEPTH, Program, Rule, Scope, SessionValueId, Test, TestId,
    TestKind,
};
use atbac_compiler::reference::Reference;
use atbac_compiler::types::RequestId;
use atbac_grammar::syntax::Effect;
use std::sync::Arc;

const COMPARISONS: [Comparison; 5] = [Comparison::Eq, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge];

/// The most elements that counts walk together, so that the evaluation by recursion takes no longer than a moment.
const MOST_WALKED: u32 = 400;

/// Makes a program over the world's frames.
pub(crate) fn program(tape: &mut Tape<'_>, world: &World) -> Program {
    let mut maker = Maker { world, tests: Vec::new(), readings: Vec::new() };
    for _ in 0..1 + tape.below(12) {
        let of_session = tape.one_in(4);
        let inside = |frame| !of_session || frame == Scope::Session;
        let around = Around {
            places: world.places.iter().filter(|place| inside(place.slot.frame)).copied().collect(),
            lists: world.lists.iter().filter(|listing| inside(listing.list.slot.frame)).cloned().collect(),
            tests: maker.ids(|reading| reading.elements == 0 && !(of_session && reading.call)),
            depth: 0,
            walked: 1,
        };
        match tape.below(3) {
            0 => maker.count(tape, &around),
            _ => maker.test(tape, &around.places),
        };
    }
    let of_session = maker.ids(|reading| !reading.call && reading.elements == 0);
    let outside_lists = maker.ids(|reading| reading.elements == 0);
    let session_values = tape.some(0, 4, |tape| formula(tape, &of_session, 0, 3));
    let mut number = 0..;
    let rules = tape.some(1, 6, |tape| Rule {
        number: number.next().unwrap(),
        effect: *tape.pick(&[Effect::Permit, Effect::Forbid]),
        condition: formula(tape, &outside_lists, session_values.len(), 4),
    });
    let (session, call) = (Arc::clone(&world.session), Arc::clone(&world.call));
    Program {
        request: RequestId(0),
        session,
        call,
        tests: maker.tests,
        session_values,
        rules,
        shapes: Vec::new(),
        columns: Vec::new(),
    }
}

/// A value or nothing for each reference of the world.
pub(crate) fn references(tape: &mut Tape<'_>, world: &World) -> Vec<Option<Reference>> {
    let schema = &world.schema;
    schema.references.iter().map(|declared| crate::values::reference(tape, schema, &declared.ty)).collect()
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

/// What can be asked about at some place in a program.
struct Around {
    places: Vec<Place>,
    lists: Vec<Listing>,
    tests: Vec<TestId>,
    /// How many counts there are around it.
    depth: u8,
    /// How many elements these walk together.
    walked: u32,
}

/// Makes tests, and keeps of each what it reads.
struct Maker<'a> {
    world: &'a World,
    tests: Vec<Test>,
    readings: Vec<Reading>,
}

impl Maker<'_> {
    fn ids(&self, fits: impl Fn(&Reading) -> bool) -> Vec<TestId> {
        let fitting = self.readings.iter().enumerate().filter(|(_, reading)| fits(reading));
        fitting.map(|(index, _)| TestId(index as u32)).collect()
    }

    /// Adds a test over these places.
    fn test(&mut self, tape: &mut Tape<'_>, places: &[Place]) -> TestId {
        let (kind, reading) = self.ask(tape, places, true, |asking| asking.question());
        self.add(kind, reading)
    }

    fn ask<T>(
        &self,
        tape: &mut Tape<'_>,
        places: &[Place],
        references: bool,
        ask: impl FnOnce(&mut Asking<'_, '_>) -> T,
    ) -> (T, Reading) {
        let mut asking = Asking { world: self.world, tape, places, references, reading: Reading::default() };
        let asked = ask(&mut asking);
        (asked, asking.reading)
    }

    /// Adds a test that counts the elements of some list, if there is one.
    fn count(&mut self, tape: &mut Tape<'_>, around: &Around) -> TestId {
        let fits = |listing: &&Listing| listing.list.most * around.walked <= MOST_WALKED;
        let in_elements = |listing: &&Listing| matches!(listing.list.slot.frame, Scope::Element(_));
        let nested = tape.one_in(2) && around.lists.iter().filter(fits).any(|listing| in_elements(&listing));
        let lists: Vec<_> = around.lists.iter().filter(fits).filter(|list| !nested || in_elements(list)).collect();
        if lists.is_empty() {
            return self.test(tape, &around.places);
        }
        let listing = *tape.pick(&lists);
        let (places, lists) = listing.walked(around.depth);
        // Some questions compare an element with what lies outside of it.
        let more: Vec<_> = places.iter().chain(&around.places).copied().collect();
        let mut inside = Around {
            places: more.clone(),
            lists: lists.into_iter().chain(around.lists.iter().cloned()).collect(),
            tests: around.tests.iter().copied().filter(|id| self.may_stand_in(*id, around.depth)).collect(),
            depth: around.depth + 1,
            walked: around.walked * listing.list.most,
        };
        for _ in 0..1 + tape.below(3) {
            let from = if places.is_empty() || tape.one_in(3) { &more } else { &places };
            let nested = tape.one_in(3) && inside.depth < MAX_COUNT_DEPTH;
            let test = if nested { self.count(tape, &inside) } else { self.test(tape, from) };
            inside.tests.push(test);
        }
        let condition = formula(tape, &inside.tests, 0, 2);
        let mut reading = Reading::default();
        visit(&condition, &mut |id| reading.join(self.readings[id.0 as usize]));
        let mut distinct: Option<Key> = None;
        if tape.one_in(3) {
            let from = if places.is_empty() || tape.one_in(4) { &more } else { &places };
            let elements: Vec<_> = from.iter().filter_map(|place| place.shape.element()).collect();
            if !elements.is_empty() {
                let element = *tape.pick(&elements);
                let (key, of_key) = self.ask(tape, from, false, |asking| asking.key(element));
                reading.join(of_key);
                distinct = Some(key);
            }
        }
        reading.elements &= !(1 << around.depth);
        reading.slot(listing.list.slot);
        let bound = if tape.one_in(4) {
            let (bound, of_bound) = self.ask(tape, &around.places, true, |asking| asking.integer());
            reading.join(of_bound);
            bound
        } else {
            Integer::Constant(*tape.pick(&[1, 2, 0, 5, 69, 70, -1, i64::MAX, i64::MIN]))
        };
        let (list, depth, comparison) = (listing.list, around.depth, *tape.pick(&COMPARISONS));
        self.add(TestKind::Count(Box::new(Count { list, depth, condition, distinct, comparison, bound })), reading)
    }

    /// Whether a count of this depth may ask a test: not a count beside it, which is of the same depth.
    fn may_stand_in(&self, id: TestId, depth: u8) -> bool {
        match &self.tests[id.0 as usize].kind {
            TestKind::Count(count) => count.depth > depth || self.readings[id.0 as usize].elements == 0,
            _ => true,
        }
    }

    fn add(&mut self, kind: TestKind, reading: Reading) -> TestId {
        self.tests.push(Test { kind, scope: reading.scope(), reads_row: false });
        self.readings.push(reading);
        TestId(self.tests.len() as u32 - 1)
    }
}

fn visit(formula: &Formula, see: &mut impl FnMut(TestId)) {
    match formula {
        Formula::Constant(_) | Formula::SessionValue(_) => {}
        Formula::Test(id) => see(*id),
        Formula::Not(inner) => visit(inner, see),
        Formula::And(operands) | Formula::Or(operands) => operands.iter().for_each(|operand| visit(operand, see)),
    }
}
