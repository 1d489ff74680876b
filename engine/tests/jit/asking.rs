//! Asking compiled programs of few tests about few values.

use crate::world::{Place, Shape, World};
use atbac_compiler::ir::{Formula, Program, Rule, Scope, Test, TestId, TestKind};
use atbac_compiler::layout::Frame;
use atbac_compiler::types::RequestId;
use atbac_compiler::value::Value;
use atbac_engine::jit::{CompiledProgram, Scratch};
use atbac_engine::references::ReferenceTable;
use atbac_grammar::syntax::Effect;
use std::sync::Arc;

/// A program of these tests that permits by these conditions, one a rule.
pub(crate) fn program(world: &World, tests: Vec<TestKind>, conditions: Vec<Formula>) -> Program {
    let test = |kind| Test { kind, scope: Scope::Call, reads_row: false };
    let rule = |(condition, number)| Rule { number, effect: Effect::Permit, condition };
    Program {
        request: RequestId(0),
        session: Arc::clone(&world.session),
        call: Arc::clone(&world.call),
        tests: tests.into_iter().map(test).collect(),
        session_values: Vec::new(),
        rules: conditions.into_iter().zip(0..).map(rule).collect(),
        shapes: Vec::new(),
        columns: Vec::new(),
    }
}

/// A program with a rule for each of these tests.
pub(crate) fn rule_each(world: &World, tests: Vec<TestKind>) -> Program {
    let conditions = (0..tests.len()).map(|index| Formula::Test(TestId(index as u32))).collect();
    program(world, tests, conditions)
}

pub(crate) fn compile(world: &World, program: Program) -> CompiledProgram {
    CompiledProgram::compile(Arc::new(program), Arc::clone(&world.schema)).unwrap()
}

/// The rules that fire for a call, with an empty session and no references.
pub(crate) fn fired(world: &World, compiled: &CompiledProgram, call: &Frame) -> Vec<usize> {
    let session = Frame::new(Arc::clone(&world.session));
    let references = ReferenceTable::none(&world.schema);
    let mut scratch = Scratch::new(compiled);
    let values = compiled.session(&session, &references, 0, &mut scratch);
    let outcome = values.decide(&session, call, &references, 0, &mut scratch);
    outcome.fired().iter().map(|fired| fired.rule()).collect()
}

/// A call in which every value that fits is this one, and all others are missing.
pub(crate) fn call(world: &World, value: &Value) -> Frame {
    let request = &world.schema.requests[0];
    let mut frame = Frame::new(Arc::clone(&world.call));
    frame.fill(&world.schema, request, &vec![Some(value.clone()); request.fields.len()]).unwrap();
    frame
}

/// The first place of this shape in the call.
pub(crate) fn place(world: &World, shape: Shape) -> Place {
    let found = world.places.iter().find(|place| place.shape == shape && place.slot.frame == Scope::Call);
    *found.expect("the world has places of every shape")
}
