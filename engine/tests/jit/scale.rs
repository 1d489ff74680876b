//! Many rules, and many threads.

use crate::asking::{call, compile, fired, place, program};
use crate::world::{Shape, World};
use atbac_compiler::ir::{Comparison, Formula, Integer, TestId, TestKind, Text};
use atbac_compiler::value::Value;

/// Rule `n` asks for the text `n`, and, as every other rule, for a text that is not long.
fn many_rules(world: &World, count: u32) -> atbac_compiler::ir::Program {
    let text = place(world, Shape::Text).slot;
    let shared = TestKind::TextIn(Text::Slot(text), sorted((0..count).step_by(2).map(bytes)));
    let mut tests = vec![shared];
    let mut conditions = Vec::new();
    for n in 0..count {
        tests.push(TestKind::Text(Text::Slot(text), Text::Constant(bytes(n))));
        let amount = place(world, Shape::Integer).slot;
        tests.push(TestKind::Integer(Comparison::Le, Integer::Slot(amount), Integer::Constant(i64::from(n))));
        let own = tests.len() as u32 - 2;
        conditions.push(Formula::And([own, own + 1, 0].map(|id| Formula::Test(TestId(id))).into()));
    }
    program(world, tests, conditions)
}

fn bytes(n: u32) -> Box<[u8]> {
    n.to_string().into_bytes().into()
}

fn sorted(texts: impl Iterator<Item = Box<[u8]>>) -> Box<[Box<[u8]>]> {
    let mut texts: Vec<_> = texts.collect();
    texts.sort();
    texts.into()
}

#[test]
fn ten_thousand_rules() {
    let world = World::new();
    let compiled = compile(&world, many_rules(&world, 10_000));
    for n in [0, 63, 64, 128, 4_998, 9_998, 9_999, 10_000] {
        let expected: Vec<usize> = if n % 2 == 0 && n < 10_000 { vec![n] } else { Vec::new() };
        assert_eq!(fired(&world, &compiled, &call(&world, &Value::string(n.to_string()))), expected);
    }
}

#[test]
fn eight_threads_decide_by_one_program() {
    let world = World::new();
    let compiled = compile(&world, many_rules(&world, 200));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (world, compiled) = (&world, compiled.clone());
            scope.spawn(move || {
                for n in (thread..200).step_by(8) {
                    let expected: Vec<usize> = if n % 2 == 0 { vec![n] } else { Vec::new() };
                    assert_eq!(fired(world, &compiled, &call(world, &Value::string(n.to_string()))), expected);
                }
            });
        }
    });
}

/// However much one rule asks, its code needs little stack: answers are joined as they come.
#[test]
fn one_rule_of_ten_thousand_questions_on_a_small_stack() {
    let world = World::new();
    let text = place(&world, Shape::Text).slot;
    let not = |n: u32| Text::Constant(format!("not {n}").into_bytes().into());
    let tests: Vec<TestKind> = (0..10_000).map(|n| TestKind::Text(Text::Slot(text), not(n))).collect();
    let none = (0..10_000).map(|id| Formula::Not(Box::new(Formula::Test(TestId(id))))).collect();
    let compiled = compile(&world, program(&world, tests, vec![Formula::And(none)]));
    let decide = |value: String| fired(&world, &compiled, &call(&world, &Value::string(value)));
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(256 * 1024);
        let decided =
            small.spawn_scoped(scope, || (decide("neither".to_owned()), decide("not 9999".to_owned()))).unwrap();
        assert_eq!(decided.join().unwrap(), (vec![0], vec![]));
    });
}
