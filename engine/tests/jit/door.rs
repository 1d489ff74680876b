//! What the engine checks before it calls compiled code: mistakes of the embedding program, which panic.

use crate::asking::{compile, place, rule_each};
use crate::world::{Shape, World};
use atbac_compiler::ir::{Comparison, Count, Formula, Integer, Key, Slot, TestId, TestKind, Text};
use atbac_compiler::layout::Frame;
use atbac_compiler::types::ReferenceId;
use atbac_engine::jit::{Scratch, SessionValues};
use atbac_engine::references::ReferenceTable;
use std::sync::Arc;

/// All that a decision takes.
struct Parts {
    session: Frame,
    call: Frame,
    references: ReferenceTable,
    values: SessionValues,
    scratch: Scratch,
}

impl Parts {
    fn new() -> Self {
        let world = World::new();
        // A program that needs some of every kind of room.
        let slot = place(&world, Shape::Integer).slot;
        let timed = TestKind::Age(Comparison::Lt, place(&world, Shape::Instant).slot, Integer::Constant(1));
        let count = TestKind::Count(Box::new(Count {
            list: world.lists[0].list,
            depth: 0,
            condition: Formula::Test(TestId(0)),
            distinct: Some(Key::Integer(Integer::Constant(1))),
            comparison: Comparison::Ge,
            bound: Integer::Constant(1),
        }));
        let mut program = rule_each(&world, vec![timed, count, integer(slot)]);
        program.session_values.push(Formula::Constant(true));
        let compiled = compile(&world, program);
        let session = Frame::new(Arc::clone(&world.session));
        let references = ReferenceTable::none(&world.schema);
        let mut scratch = Scratch::new(&compiled);
        let values = compiled.session(&session, &references, 0, &mut scratch);
        let call = Frame::new(Arc::clone(&world.call));
        Parts { session, call, references, values, scratch }
    }

    fn decide(&mut self) {
        let Parts { session, call, references, values, scratch } = self;
        values.decide(session, call, references, 0, scratch);
    }

    fn refresh(&mut self) {
        let Parts { session, references, values, scratch, .. } = self;
        values.refresh(session, references, 0, scratch);
    }
}

fn integer(slot: Slot) -> TestKind {
    TestKind::Integer(Comparison::Eq, Integer::Slot(slot), Integer::Constant(0))
}

#[test]
fn what_belongs_together_decides() {
    let mut parts = Parts::new();
    parts.refresh();
    parts.decide();
}

#[test]
#[should_panic(expected = "the session frame is of another layout")]
fn a_session_frame_of_another_program() {
    Parts { session: Parts::new().session, ..Parts::new() }.decide();
}

#[test]
#[should_panic(expected = "the session frame is of another layout")]
fn a_session_frame_of_another_program_for_its_values() {
    Parts { session: Parts::new().session, ..Parts::new() }.refresh();
}

#[test]
#[should_panic(expected = "the call frame is of another layout")]
fn a_call_frame_of_another_program() {
    Parts { call: Parts::new().call, ..Parts::new() }.decide();
}

#[test]
#[should_panic(expected = "the call frame is of another layout")]
fn frames_exchanged() {
    let mut parts = Parts::new();
    std::mem::swap(&mut parts.session, &mut parts.call);
    parts.decide();
}

#[test]
#[should_panic(expected = "the references are of another schema")]
fn references_of_another_schema() {
    Parts { references: Parts::new().references, ..Parts::new() }.decide();
}

#[test]
#[should_panic(expected = "the call frame is of another layout")]
fn session_values_of_another_program() {
    Parts { values: Parts::new().values, ..Parts::new() }.decide();
}

#[test]
#[should_panic(expected = "the scratch was made for another program")]
fn session_values_of_another_program_to_write_to() {
    Parts { values: Parts::new().values, ..Parts::new() }.refresh();
}

#[test]
#[should_panic(expected = "the scratch was made for another program")]
fn scratch_of_no_program() {
    Parts { scratch: Scratch::default(), ..Parts::new() }.decide();
}

#[test]
#[should_panic(expected = "the scratch was made for another program")]
fn scratch_of_no_program_for_session_values() {
    Parts { scratch: Scratch::default(), ..Parts::new() }.refresh();
}

#[test]
#[should_panic(expected = "the scratch was made for another program")]
fn scratch_of_another_program() {
    Parts { scratch: Parts::new().scratch, ..Parts::new() }.decide();
}

#[test]
#[should_panic(expected = "the program has references that its schema does not have")]
fn references_that_the_schema_does_not_have() {
    let world = World::new();
    let beyond = ReferenceId(world.schema.references.len() as u32);
    let slot = place(&world, Shape::Text).slot;
    compile(&world, rule_each(&world, vec![TestKind::Text(Text::Slot(slot), Text::Reference(beyond))]));
}
