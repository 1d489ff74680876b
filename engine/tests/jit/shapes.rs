//! Rules that differ in their constants only: grouped into tables, they mean what each of them means.

use crate::asking::{call, compile, fired, place, program};
use crate::differential::compare_all;
use crate::programs;
use crate::tape::Tape;
use crate::values;
use crate::world::{NETWORK_WORDS, Place, Shape, TCB_WORDS, TRIPLE_WORDS, World};
use atbac_compiler::checked::Part;
use atbac_compiler::glob::Glob;
use atbac_compiler::ir::{
    Comparison, Formula, Integer, LEAST_ROWS, Program, Rule, Scope, Search, Slot, Test, TestId, TestKind, Text, Words,
    group,
};
use atbac_compiler::layout::{address_words, network_words, tcb_words};
use atbac_compiler::value::Value;
use atbac_engine::jit::CompiledProgram;
use atbac_grammar::syntax::Effect;
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

/// How many situations each program is asked about.
const SITUATIONS: usize = 6;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn tables_mean_what_their_rules_mean(
        program in vec(any::<u16>(), 0..300),
        copies in vec(any::<u16>(), 0..400),
        situations in vec(vec(any::<u16>(), 0..2000), SITUATIONS),
    ) {
        let world = World::new();
        let program = multiplied(&mut Tape::new(&copies), &world, programs::program(&mut Tape::new(&program), &world));
        let grouped = Arc::new(group(program.clone()));
        prop_assert_eq!(grouped.rule_count(), program.rule_count());
        let compiled = CompiledProgram::compile(grouped, Arc::clone(&world.schema)).unwrap();
        compare_all(&world, &program, &compiled, &situations)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn filters_let_through_what_holds(
        rules in vec(any::<u16>(), 0..2000),
        situations in vec(vec(any::<u16>(), 0..2000), SITUATIONS),
    ) {
        let world = World::new();
        let program = told_apart_together(&mut Tape::new(&rules), &world);
        let grouped = Arc::new(group(program.clone()));
        let compiled = CompiledProgram::compile(grouped, Arc::clone(&world.schema)).unwrap();
        compare_all(&world, &program, &compiled, &situations)?;
    }
}

#[test]
fn rules_that_no_field_tells_apart_are_found_by_filters() {
    let numbers: Vec<u16> = (0..4000u32).map(|n| ((n + 77).wrapping_mul(2_654_435_761) >> 16) as u16).collect();
    let grouped = group(told_apart_together(&mut Tape::new(&numbers), &World::new()));
    let of_filters = |shape: &atbac_compiler::ir::Shape| match &shape.search {
        Search::Filters(filters) => shape.rules.len() * usize::from(filters.len() > 1),
        Search::All | Search::Lists(_) => 0,
    };
    let filtered: usize = grouped.shapes.iter().map(of_filters).sum();
    assert!(2 * filtered > grouped.rule_count(), "{filtered} of {}", grouped.rule_count());
}

/// Rules of one shape that no field alone tells apart: by what a text begins or ends with, bounds of a number, and bytes of a few.
fn told_apart_together(tape: &mut Tape<'_>, world: &World) -> Program {
    let slot = |shape| place(world, shape).slot;
    let (text, number) = (slot(Shape::Text), slot(Shape::Integer));
    let bytes = world.places.iter().find(|place| matches!(place.shape, Shape::Bytes(32..=64))).unwrap();
    let Shape::Bytes(length) = bytes.shape else { panic!("{:?}", bytes.shape) };
    let mut tests = Vec::new();
    let rules = 65 + tape.below(150);
    let mut conditions = Vec::new();
    for _ in 0..rules {
        let piece = |tape: &mut Tape<'_>| Text::Constant(values::text(tape).as_bytes().into());
        let pattern = |tape: &mut Tape<'_>| {
            let pattern = *tape.pick::<&str>(&["a*", "*b", "aaa?*", "*ab", "aa*aa", "b*", "*a?"]);
            Text::Constant(Glob::new(pattern).unwrap().pattern().into())
        };
        let at_most = Integer::Constant(values::integer(tape));
        let more_than = Integer::Constant(values::integer(tape));
        let of_few = sorted(tape.some(1, 3, |tape| words(tape, length.div_ceil(8) as usize)));
        let kinds = [
            TestKind::Matches(Text::Slot(text), pattern(tape)),
            TestKind::Holding(Part::Beginning, Text::Slot(text), piece(tape)),
            TestKind::Integer(Comparison::Le, Integer::Slot(number), at_most),
            TestKind::Integer(Comparison::Gt, Integer::Slot(number), more_than),
            TestKind::WordsIn(Words::Slot(bytes.slot), of_few),
        ];
        let mut operands = Vec::new();
        // Each rule asks three or more of these, so there are few shapes.
        let left_out = [tape.below(20), tape.below(20)];
        for (at, kind) in kinds.into_iter().enumerate().filter(|(at, _)| !left_out.contains(at)) {
            let slot = [text, text, number, number, bytes.slot][at];
            operands.push(add(&mut tests, question(kind, slot)));
        }
        conditions.push(Formula::And(operands));
    }
    Program { tests, ..program(world, Vec::new(), conditions) }
}

/// The program with more rules: each a copy of one that it has, or of one that asks several questions with constants; a copy asks for other constants here
/// and there, and often for one text of its own besides.
fn multiplied(tape: &mut Tape<'_>, world: &World, mut program: Program) -> Program {
    let originals = program.rules.clone();
    let questions: Vec<Formula> = questions(world).into_iter().map(|test| add(&mut program.tests, test)).collect();
    let questioning = tape.some(1, 2, |tape| {
        let operands = tape.some(2, 4, |tape| match tape.below(4) {
            0 => Formula::Not(Box::new(tape.pick(&questions).clone())),
            1 => Formula::Or(tape.some(2, 3, |tape| tape.pick(&questions).clone())),
            _ => tape.pick(&questions).clone(),
        });
        Rule { number: 0, effect: *tape.pick(&[Effect::Permit, Effect::Forbid]), condition: Formula::And(operands) }
    });
    for number in program.rules.len()..program.rules.len() + tape.below(4 * LEAST_ROWS) {
        let from = if tape.one_in(3) { &originals } else { &questioning };
        let Rule { effect, mut condition, .. } = tape.pick(from).clone();
        vary(tape, &mut program.tests, &mut condition);
        if tape.below(3) > 0 {
            let head = text_is(world, values::text(tape).as_bytes().into());
            let head = add(&mut program.tests, head);
            condition = match condition {
                Formula::And(operands) => Formula::And([vec![head], operands].concat()),
                other => Formula::And(vec![head, other]),
            };
        }
        program.rules.push(Rule { number: number as u32, effect, condition });
    }
    program
}

fn text_is(world: &World, text: Box<[u8]>) -> Test {
    let slot = place(world, Shape::Text).slot;
    question(TestKind::Text(Text::Slot(slot), Text::Constant(text)), slot)
}

fn question(kind: TestKind, slot: Slot) -> Test {
    Test { kind, scope: slot.frame, reads_row: false }
}

/// Every kind of question that has a constant, about places of both frames.
fn questions(world: &World) -> Vec<Test> {
    let zeros = |words: u32| -> Box<[u64]> { vec![0; words as usize].into() };
    let constant = |words: u32| Words::Constant(zeros(words));
    let of = |place: &Place| -> Vec<TestKind> {
        let slot = place.slot;
        let text = || Text::Slot(slot);
        let none = || Text::Constant(Box::default());
        match place.shape {
            Shape::Instant => vec![
                TestKind::Age(Comparison::Lt, slot, Integer::Constant(5)),
                TestKind::Age(Comparison::Ge, slot, Integer::Constant(5)),
            ],
            Shape::Integer => vec![
                TestKind::Integer(Comparison::Eq, Integer::Slot(slot), Integer::Constant(1)),
                TestKind::Integer(Comparison::Lt, Integer::Slot(slot), Integer::Constant(1)),
                TestKind::IntegerIn(Integer::Slot(slot), [1, 2].into()),
            ],
            Shape::Bytes(length) => {
                let words = length.div_ceil(8);
                vec![
                    TestKind::Words(words, Words::Slot(slot), constant(words)),
                    TestKind::WordsIn(Words::Slot(slot), [zeros(words)].into()),
                ]
            }
            Shape::Text => vec![
                TestKind::Text(text(), none()),
                TestKind::TextIn(text(), [Box::default()].into()),
                TestKind::Holding(Part::Beginning, text(), none()),
                TestKind::Holding(Part::End, text(), none()),
                TestKind::Holding(Part::Anywhere, text(), none()),
                TestKind::Matches(text(), none()),
            ],
            Shape::Tcb => vec![TestKind::TcbAtLeast(Words::Slot(slot), constant(TCB_WORDS))],
            Shape::Version => vec![
                TestKind::Order(Comparison::Ge, TRIPLE_WORDS, Words::Slot(slot), constant(TRIPLE_WORDS)),
                TestKind::Words(TRIPLE_WORDS, Words::Slot(slot), constant(TRIPLE_WORDS)),
            ],
            Shape::Address => vec![TestKind::InNetwork(Words::Slot(slot), constant(NETWORK_WORDS))],
            Shape::Network | Shape::Set(_) => Vec::new(),
        }
    };
    let in_frames =
        world.places.iter().flat_map(|place| of(place).into_iter().map(move |kind| question(kind, place.slot)));
    let clock = TestKind::Before(Integer::Constant(0));
    in_frames.chain([question(clock, Slot { frame: Scope::Session, word: 0 })]).collect()
}

fn add(tests: &mut Vec<Test>, test: Test) -> Formula {
    // Equal questions are one test, as lowering makes them.
    let known = tests.iter().position(|known| known.kind == test.kind);
    let at = known.unwrap_or_else(|| {
        tests.push(test);
        tests.len() - 1
    });
    Formula::Test(TestId(at as u32))
}

/// Puts other constants into most questions of a formula.
fn vary(tape: &mut Tape<'_>, tests: &mut Vec<Test>, formula: &mut Formula) {
    match formula {
        Formula::Constant(_) | Formula::SessionValue(_) => {}
        Formula::Not(inner) => vary(tape, tests, inner),
        Formula::And(operands) | Formula::Or(operands) => {
            operands.iter_mut().for_each(|operand| vary(tape, tests, operand));
            if tape.one_in(3) {
                operands.reverse();
            }
        }
        Formula::Test(id) => {
            if tape.below(4) > 0 {
                let test = tests[id.0 as usize].clone();
                let kind = varied(tape, &test.kind);
                *formula = add(tests, Test { kind, ..test });
            }
        }
    }
}

/// The same question with another constant, if it has one.
fn varied(tape: &mut Tape<'_>, kind: &TestKind) -> TestKind {
    let mut kind = kind.clone();
    let text = |tape: &mut Tape<'_>| -> Box<[u8]> { values::text(tape).as_bytes().into() };
    match &mut kind {
        TestKind::Integer(_, _, Integer::Constant(value)) => *value = values::integer(tape),
        TestKind::Age(_, _, Integer::Constant(value)) => *value = values::duration(tape),
        TestKind::Before(Integer::Constant(value)) => *value = values::instant(tape),
        TestKind::IntegerIn(_, among) => *among = sorted(tape.some(1, 6, values::integer)),
        TestKind::Text(Text::Slot(_), Text::Constant(value)) | TestKind::Holding(_, _, Text::Constant(value)) => {
            *value = text(tape);
        }
        TestKind::TextIn(_, among) => *among = sorted(tape.some(1, 6, text)),
        TestKind::Matches(_, Text::Constant(pattern)) => {
            *pattern = Glob::new(tape.pick::<&str>(&["a*", "*b", "???", "*a?"])).unwrap().pattern().into();
        }
        TestKind::Words(count, Words::Slot(_), Words::Constant(value)) => *value = words(tape, *count as usize),
        TestKind::WordsIn(_, among) => {
            let count = among[0].len();
            *among = sorted(tape.some(1, 6, |tape| words(tape, count)));
        }
        TestKind::Order(_, count, _, Words::Constant(value)) => *value = words(tape, *count as usize),
        TestKind::TcbAtLeast(_, Words::Constant(value)) => *value = tcb_words(&values::tcb(tape)).into(),
        TestKind::InNetwork(_, Words::Constant(value)) => {
            let prefix = *tape.pick(&[0, 8, 24, 32]);
            *value = network_words([10, 0, 0, 0].into(), prefix).into();
        }
        _ => {}
    }
    kind
}

/// Words as digests have them at random, or an address.
fn words(tape: &mut Tape<'_>, count: usize) -> Box<[u64]> {
    if count == 3 && tape.one_in(2) {
        return address_words([10, 0, 0, 1].into()).into();
    }
    values::bytes(tape, count as u32 * 8).chunks(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect()
}

fn sorted<T: Ord>(mut values: Vec<T>) -> Box<[T]> {
    values.sort();
    values.dedup();
    values.into()
}

/// Rule `n` permits the text `n` for amounts up to `n`.
fn one_shape(world: &World, count: u32) -> Program {
    let (text, amount) = (place(world, Shape::Text).slot, place(world, Shape::Integer).slot);
    let tests = (0..count).flat_map(|n| {
        let name = Text::Constant(n.to_string().into_bytes().into());
        let most = Integer::Constant(n.into());
        [TestKind::Text(Text::Slot(text), name), TestKind::Integer(Comparison::Le, Integer::Slot(amount), most)]
    });
    let both = |n: u32| Formula::And([2 * n, 2 * n + 1].map(|id| Formula::Test(TestId(id))).into());
    program(world, tests.collect(), (0..count).map(both).collect())
}

#[test]
fn a_thousand_rules_are_one_shape_that_is_found_by_the_text() {
    let world = World::new();
    let grouped = group(one_shape(&world, 1000));
    assert_eq!((grouped.rules.len(), grouped.shapes.len()), (0, 1));
    assert_eq!(grouped.tests.len(), 1, "the amount: the text is answered when its rows are found");
    let Search::Lists(dispatch) = &grouped.shapes[0].search else { panic!("{:?}", grouped.shapes[0].search) };
    assert_eq!((dispatch.rows.len(), dispatch.most()), (1000, 1), "each text has one row");
    let compiled = compile(&world, grouped);
    let call_layout = Arc::clone(&compiled.program().call);
    assert_eq!(call_layout.words, world.call.words + 1, "a word for the number of the text");
    let world = World { call: call_layout, session: Arc::clone(&compiled.program().session), ..world };
    for text in ["0", "7", "999", "1000", "", "07"] {
        let expected = text.parse().ok().filter(|n: &usize| *n < 1000 && n.to_string() == text);
        assert_eq!(
            fired(&world, &compiled, &call(&world, &Value::string(text))),
            expected.into_iter().collect::<Vec<_>>()
        );
    }
}

/// A frame that nobody filled has texts that are empty, and rules that ask for the empty text meet them.
#[test]
fn what_was_left_out_has_a_number_too() {
    let world = World::new();
    let text = place(&world, Shape::Text).slot;
    let asks = |value: &str| TestKind::Text(Text::Slot(text), Text::Constant(value.as_bytes().into()));
    let program = program(
        &world,
        ["a", "b", "c", "d", ""].map(asks).into(),
        (0..5).map(|id| Formula::Test(TestId(id))).collect(),
    );
    let compiled = compile(&world, group(program));
    assert_eq!(compiled.program().shapes.len(), 1);
    let world =
        World { call: Arc::clone(&compiled.program().call), session: Arc::clone(&compiled.program().session), ..world };
    let unfilled = atbac_compiler::layout::Frame::new(Arc::clone(&world.call));
    assert_eq!(fired(&world, &compiled, &unfilled), [4]);
}

/// Lowering makes each question once. A program of another maker that has one twice, with no constant in it, is one shape all the same.
#[test]
fn a_question_that_a_program_has_twice_is_the_same_for_all_rules() {
    let world = World::new();
    let (text, amount) = (place(&world, Shape::Text).slot, place(&world, Shape::Integer).slot);
    let itself = || TestKind::Integer(Comparison::Eq, Integer::Slot(amount), Integer::Slot(amount));
    let names = ["a", "b", "c", "d"];
    let asks = names.map(|name| TestKind::Text(Text::Slot(text), Text::Constant(name.as_bytes().into())));
    let tests = [itself(), itself()].into_iter().chain(asks).collect();
    let condition = |n: u32| Formula::And(vec![Formula::Test(TestId(n % 2)), Formula::Test(TestId(2 + n))]);
    let compiled = compile(&world, group(program(&world, tests, (0..4).map(condition).collect())));
    assert_eq!((compiled.program().rules.len(), compiled.program().shapes.len()), (0, 1));
    let (session, call_layout) = (Arc::clone(&compiled.program().session), Arc::clone(&compiled.program().call));
    let world = World { call: call_layout, session, ..world };
    for (at, name) in names.into_iter().enumerate() {
        assert_eq!(fired(&world, &compiled, &call(&world, &Value::string(name))), [at]);
    }
}

#[test]
fn few_rules_are_code_of_their_own() {
    let world = World::new();
    let grouped = group(one_shape(&world, LEAST_ROWS as u32 - 1));
    assert_eq!((grouped.rules.len(), grouped.shapes.len()), (LEAST_ROWS - 1, 0));
    assert_eq!(grouped.call.words, world.call.words);
}

/// Rules that a shape cannot hold together: another effect, another question, another way of joining them.
#[test]
fn what_differs_in_more_than_constants_is_of_another_shape() {
    let world = World::new();
    let mut program = one_shape(&world, 3 * LEAST_ROWS as u32);
    for (at, rule) in program.rules.iter_mut().enumerate() {
        match at % 3 {
            0 => rule.effect = Effect::Forbid,
            1 => {
                if let Formula::And(operands) = &mut rule.condition {
                    operands.reverse();
                }
            }
            _ => {
                if let Formula::And(operands) = &rule.condition {
                    rule.condition = Formula::Or(operands.clone());
                }
            }
        }
    }
    let grouped = group(program);
    let shapes: Vec<_> = grouped
        .shapes
        .iter()
        .map(|shape| (shape.effect, shape.rules.len(), matches!(shape.search, Search::Lists(_))))
        .collect();
    let rows = LEAST_ROWS;
    assert_eq!(shapes, [(Effect::Forbid, rows, true), (Effect::Permit, rows, true), (Effect::Permit, rows, false)]);
}
