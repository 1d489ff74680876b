//! Programs that break a rule of the decision IR are refused: compiled code could read anywhere if they were not.

use crate::asking::{place, program, rule_each};
use crate::world::{Shape, World};
use atbac_compiler::codegen::{EmitError, Place};
use atbac_compiler::ir::{
    Comparison, Constant, Element, Formula, List, Operand, Program, Scope, SessionValueId, Slot, TestId, TestKind,
};
use atbac_compiler::types::ReferenceId;
use atbac_engine::jit::{CompiledProgram, JitError};
use std::sync::Arc;

fn refusal(world: &World, program: Program) -> (Place, &'static str) {
    match CompiledProgram::compile(Arc::new(program), Arc::clone(&world.schema)).err() {
        Some(JitError::Emit(EmitError::Malformed { place, what })) => (place, what),
        other => panic!("not refused as malformed: {other:?}"),
    }
}

fn integer(slot: Slot) -> TestKind {
    TestKind::Integer(Comparison::Eq, Operand::Slot(slot), Operand::Constant(0))
}

#[test]
fn what_lies_beyond_a_frame() {
    let world = World::new();
    let (session, call) = (world.session.words, world.call.words);
    let slot = |frame, word| Slot { frame, word };
    let beyond_session = "reads beyond the session frame";
    let beyond_call = "reads beyond the call frame";
    let tests = [
        (integer(slot(Scope::Session, session)), beyond_session),
        (integer(slot(Scope::Call, call)), beyond_call),
        (integer(slot(Scope::Call, u32::MAX)), beyond_call),
        (TestKind::IntegerIn(slot(Scope::Call, call), [1, 2].into()), beyond_call),
        (TestKind::Text(Operand::Constant("".into()), Operand::Slot(slot(Scope::Call, call))), beyond_call),
        (TestKind::TextIn(slot(Scope::Call, call), ["a".into()].into()), beyond_call),
        (
            TestKind::Bytes(6, Operand::Slot(slot(Scope::Call, call - 5)), Operand::Slot(slot(Scope::Call, 0))),
            beyond_call,
        ),
        (TestKind::BytesIn(slot(Scope::Session, session - 5), [[0; 6].into()].into()), beyond_session),
        (
            TestKind::TcbAtLeast(Operand::Constant([0; 6].into()), Operand::Slot(slot(Scope::Session, session - 5))),
            beyond_session,
        ),
        (TestKind::Age(Comparison::Lt, slot(Scope::Session, session), Operand::Constant(1)), beyond_session),
        (
            TestKind::InReference(Operand::Slot(slot(Scope::Call, call - 5)), Element::Bytes(6), ReferenceId(0)),
            beyond_call,
        ),
        (counting(List { slot: slot(Scope::Call, call - 8), stride: 2, most: 4 }), beyond_call),
        (counting(List { slot: slot(Scope::Call, 0), stride: u32::MAX, most: u32::MAX }), beyond_call),
    ];
    for (test, expected) in tests {
        let described = format!("{test:?}");
        assert_eq!(refusal(&world, rule_each(&world, vec![test])), (Place::Test(0), expected), "{described}");
    }
}

fn counting(list: List) -> TestKind {
    TestKind::Count { list, condition: Formula::Constant(true), comparison: Comparison::Ge, bound: 1 }
}

#[test]
fn constants_of_another_form() {
    let world = World::new();
    let words = Operand::Slot(Slot { frame: Scope::Call, word: 0 });
    let tests = [
        TestKind::Bytes(6, words.clone(), Operand::Constant([0; 5].into())),
        TestKind::TcbAtLeast(words.clone(), Operand::Constant([0; 5].into())),
        TestKind::TcbAtLeast(words, Operand::Constant([0x8000, 0, 0, 0, 0, 0].into())),
        TestKind::InReference(Operand::Constant(Constant::Text("".into())), Element::Integer, ReferenceId(0)),
        TestKind::InReference(Operand::Constant(Constant::Integer(1)), Element::Text, ReferenceId(0)),
        TestKind::InReference(Operand::Constant(Constant::Words([0; 5].into())), Element::Bytes(6), ReferenceId(0)),
    ];
    for test in tests {
        let described = format!("{test:?}");
        let (_, what) = refusal(&world, rule_each(&world, vec![test]));
        assert_eq!(what, "has a constant of another form", "{described}");
    }
}

#[test]
fn sets_that_no_search_would_find_in() {
    let world = World::new();
    let slot = Slot { frame: Scope::Call, word: 0 };
    let unordered = "has a set that is not ascending";
    let tests = [
        (TestKind::IntegerIn(slot, [2, 1].into()), unordered),
        (TestKind::TextIn(slot, ["b".into(), "a".into()].into()), unordered),
        (TestKind::BytesIn(slot, [[2, 0].into(), [1, 9].into()].into()), unordered),
        (TestKind::BytesIn(slot, [[1, 0].into(), [1].into()].into()), "has byte strings of two lengths"),
    ];
    for (test, expected) in tests {
        assert_eq!(refusal(&world, rule_each(&world, vec![test])).1, expected);
    }
}

#[test]
fn elements_outside_of_their_list() {
    let world = World::new();
    let in_element = |word| integer(Slot { frame: Scope::Element, word });
    let outside = "reads an element outside of its list";
    assert_eq!(refusal(&world, rule_each(&world, vec![in_element(0)])), (Place::Rule(0), outside));

    let mut of_session = program(&world, vec![in_element(0)], Vec::new());
    of_session.session_values.push(Formula::Test(TestId(0)));
    assert_eq!(refusal(&world, of_session), (Place::SessionValue(0), outside));

    let (list, _) = world.lists[0];
    let condition = Formula::Not(Box::new(Formula::Test(TestId(0))));
    let count = TestKind::Count { list, condition, comparison: Comparison::Ge, bound: 1 };
    let beyond = program(&world, vec![in_element(list.stride), count.clone()], vec![Formula::Test(TestId(1))]);
    assert_eq!(refusal(&world, beyond), (Place::Test(1), "reads beyond an element"));
    let inside = program(&world, vec![in_element(list.stride - 1), count], vec![Formula::Test(TestId(1))]);
    assert!(CompiledProgram::compile(Arc::new(inside), Arc::clone(&world.schema)).is_ok());

    let nested = counting(List { slot: Slot { frame: Scope::Element, word: 0 }, ..list });
    assert_eq!(refusal(&world, rule_each(&world, vec![nested])).1, "counts a list in an element");
}

#[test]
fn tests_that_go_in_a_circle() {
    let world = World::new();
    let (list, _) = world.lists[0];
    let count =
        |id| TestKind::Count { list, condition: Formula::Test(TestId(id)), comparison: Comparison::Ge, bound: 1 };
    let later = "refers to a later test";
    assert_eq!(refusal(&world, rule_each(&world, vec![count(0)])), (Place::Test(0), later));
    assert_eq!(refusal(&world, rule_each(&world, vec![count(1), count(0)])), (Place::Test(0), later));
    assert_eq!(refusal(&world, program(&world, Vec::new(), vec![Formula::Test(TestId(0))])).0, Place::Rule(0));
}

#[test]
fn what_is_not_of_the_session() {
    let world = World::new();
    let call = integer(place(&world, Shape::Integer).slot);
    let mut of_session = program(&world, vec![call], Vec::new());
    of_session.session_values.push(Formula::Test(TestId(0)));
    assert_eq!(refusal(&world, of_session), (Place::SessionValue(0), "reads the call frame"));

    let unknown = "refers to an unknown session value";
    let value = Formula::SessionValue(SessionValueId(0));
    assert_eq!(refusal(&world, program(&world, Vec::new(), vec![value.clone()])), (Place::Rule(0), unknown));
    let mut of_itself = program(&world, Vec::new(), Vec::new());
    of_itself.session_values.push(value);
    assert_eq!(refusal(&world, of_itself), (Place::SessionValue(0), unknown));
}

#[test]
fn ages_compared_by_equality() {
    let world = World::new();
    let slot = place(&world, Shape::Instant).slot;
    let age = TestKind::Age(Comparison::Eq, slot, Operand::Constant(1));
    assert_eq!(refusal(&world, rule_each(&world, vec![age])).1, "compares an age by equality");
}

/// The stack of a test's thread (2 MiB) must do for the deepest condition that is accepted.
#[test]
fn conditions_nested_too_deep() {
    let world = World::new();
    let slot = place(&world, Shape::Integer).slot;
    let nested = |depth| {
        let test = || Formula::Test(TestId(0));
        let condition = (0..depth).fold(test(), |inner, level| match level % 2 {
            0 => Formula::And(vec![test(), inner]),
            _ => Formula::Or(vec![test(), inner]),
        });
        let program = program(&world, vec![integer(slot)], vec![condition]);
        CompiledProgram::compile(Arc::new(program), Arc::clone(&world.schema))
    };
    assert!(nested(200).is_ok());
    let error = nested(201).err().unwrap();
    assert_eq!(error.code(), "atbac::codegen::nesting_too_deep");
    assert!(error.to_string().contains("the condition of rule 0 nests deeper than 200 levels"), "{error}");
}
