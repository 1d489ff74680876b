//! Programs that break a rule of the decision IR are refused: compiled code could read anywhere if they were not.

use crate::asking::{place, program, rule_each};
use crate::world::{Shape, World};
use atbac_compiler::checked::{Arithmetic, Hash, Part};
use atbac_compiler::codegen::{EmitError, MAX_DISTINCT, MAX_WALKED, Place};
use atbac_compiler::ir::{
    self, By, Column, ColumnId, Comparison, Count, Dispatch, Element, Filter, Formula, Integer, Key, List,
    MAX_COUNT_DEPTH, MOST_VECTORS, Program, Rule, Scope, Search, SessionValueId, Set, Slot, TestId, TestKind, Text,
    Words,
};
use atbac_compiler::types::ReferenceId;
use atbac_engine::jit::{CompiledProgram, JitError};
use atbac_grammar::syntax::Effect;
use std::sync::Arc;

fn refusal(world: &World, program: Program) -> (Place, &'static str) {
    match CompiledProgram::compile(Arc::new(program), Arc::clone(&world.schema)).err() {
        Some(JitError::Emit(EmitError::Malformed { place, what })) => (place, what),
        other => panic!("not refused as malformed: {other:?}"),
    }
}

fn integer(slot: Slot) -> TestKind {
    TestKind::Integer(Comparison::Eq, Integer::Slot(slot), Integer::Constant(0))
}

#[test]
fn what_lies_beyond_a_frame() {
    let world = World::new();
    let (session, call) = (world.session.words, world.call.words);
    let slot = |frame, word| Slot { frame, word };
    let of_call = |word| slot(Scope::Call, word);
    let of_session = |word| slot(Scope::Session, word);
    let (words, text) = (Words::Slot, Text::Slot);
    let beyond_session = "reads beyond the session frame";
    let beyond_call = "reads beyond the call frame";
    let constant = |length| Words::Constant(vec![0; length].into());
    let empty = || Text::Constant(Box::default());
    let sum = Integer::Computed(
        Arithmetic::Add,
        Box::new(Integer::Constant(1)),
        Box::new(Integer::Slot(slot(Scope::Session, session))),
    );
    let hashed = Text::Hash(Hash::Sha256, Box::new(text(of_call(call))));
    let part = Text::Part { of: words(of_call(call - 5)), words: 6, skip: 0, length: 1 };
    let in_set = |key, set| TestKind::InSet(key, set, Element::Integer);
    let empty_set = || Set::Constant(Box::default());
    let tests = [
        (integer(of_session(session)), beyond_session),
        (integer(of_call(call)), beyond_call),
        (integer(of_call(u32::MAX)), beyond_call),
        (TestKind::Integer(Comparison::Eq, sum, Integer::Constant(0)), beyond_session),
        (TestKind::IntegerIn(Integer::Slot(of_call(call)), [1, 2].into()), beyond_call),
        (TestKind::Text(empty(), text(of_call(call))), beyond_call),
        (TestKind::Text(empty(), hashed), beyond_call),
        (TestKind::Text(part, empty()), beyond_call),
        (TestKind::TextIn(text(of_call(call)), [b"a"[..].into()].into()), beyond_call),
        (TestKind::Holding(atbac_compiler::checked::Part::End, empty(), text(of_call(call))), beyond_call),
        (TestKind::Matches(text(of_call(call)), empty()), beyond_call),
        (TestKind::Matches(empty(), text(of_call(0))), "has a pattern that is not known"),
        (TestKind::Words(6, words(of_call(call - 5)), words(of_call(0))), beyond_call),
        (TestKind::WordsIn(words(of_session(session - 5)), [[0; 6].into()].into()), beyond_session),
        (TestKind::Order(Comparison::Lt, 3, constant(3), words(of_session(session - 2))), beyond_session),
        (TestKind::TcbAtLeast(constant(6), words(of_session(session - 5))), beyond_session),
        (TestKind::InNetwork(words(of_call(call - 2)), constant(4)), beyond_call),
        (TestKind::InNetwork(constant(3), words(of_call(call - 3))), beyond_call),
        (TestKind::NetworkInNetwork(words(of_call(call - 3)), constant(4)), beyond_call),
        (TestKind::InNetworks(words(of_call(call - 2)), ReferenceId(0)), beyond_call),
        (TestKind::Age(Comparison::Lt, of_session(session), Integer::Constant(1)), beyond_session),
        (in_set(Key::Integer(Integer::Slot(of_call(call))), empty_set()), beyond_call),
        (in_set(Key::Integer(Integer::Constant(1)), Set::Slot(of_call(call))), beyond_call),
        (TestKind::Subset(empty_set(), Set::Slot(of_call(call)), [Element::Integer; 2]), beyond_call),
        (TestKind::Subset(Set::Slot(of_call(call)), empty_set(), [Element::Integer; 2]), beyond_call),
        (counting(List { slot: of_call(call - 8), stride: 2, most: 4 }), beyond_call),
        (counting(List { slot: of_call(0), stride: u32::MAX, most: u32::MAX }), beyond_call),
        (count(Count { bound: Integer::Slot(of_call(call)), ..walking(&world) }), beyond_call),
        (count(Count { distinct: Some(Key::Integer(Integer::Slot(of_call(call)))), ..walking(&world) }), beyond_call),
    ];
    for (test, expected) in tests {
        let described = format!("{test:?}");
        assert_eq!(refusal(&world, rule_each(&world, vec![test])), (Place::Test(0), expected), "{described}");
    }
}

fn count(count: Count) -> TestKind {
    TestKind::Count(Box::new(count))
}

/// Counts all elements of some list.
fn walking(world: &World) -> Count {
    let list = world.lists[0].list;
    Count {
        list,
        depth: 0,
        condition: Formula::Constant(true),
        distinct: None,
        comparison: Comparison::Ge,
        bound: Integer::Constant(1),
    }
}

fn counting(list: List) -> TestKind {
    count(Count { list, ..walking(&World::new()) })
}

#[test]
fn constants_of_another_form() {
    let world = World::new();
    let words = |shape| Words::Slot(place(&world, shape).slot);
    let constant = |words: &[u64]| Words::Constant(words.into());
    let tests = [
        TestKind::Words(6, words(Shape::Tcb), constant(&[0; 5])),
        TestKind::Order(Comparison::Lt, 3, words(Shape::Version), constant(&[0; 4])),
        TestKind::TcbAtLeast(words(Shape::Tcb), constant(&[0; 5])),
        TestKind::TcbAtLeast(words(Shape::Tcb), constant(&[0x8000, 0, 0, 0, 0, 0])),
        TestKind::InNetwork(constant(&[4, 0]), words(Shape::Network)),
        TestKind::InNetwork(words(Shape::Address), constant(&[4, 0, 0])),
        TestKind::InNetwork(words(Shape::Address), constant(&[4, 0, 0, 129])),
        TestKind::NetworkInNetwork(constant(&[4, 0, 0, u64::MAX]), words(Shape::Network)),
        TestKind::InNetworks(constant(&[4, 0, 0, 0]), ReferenceId(0)),
        TestKind::InSet(Key::Words(3, constant(&[0; 4])), Set::Constant(Box::default()), Element::Words(3)),
    ];
    for test in tests {
        let described = format!("{test:?}");
        let (_, what) = refusal(&world, rule_each(&world, vec![test]));
        assert_eq!(what, "has a constant of another form", "{described}");
    }
}

/// A value of which only a part is read: what the rest is would not matter.
#[test]
fn parts_of_values_taken_for_the_whole() {
    let world = World::new();
    let words = |shape| Words::Slot(place(&world, shape).slot);
    let (tcb, version, digest) = (words(Shape::Tcb), words(Shape::Version), words(Shape::Bytes(48)));
    let zeros = |count| Words::Constant(vec![0; count].into());
    let known = |count: usize| [vec![0; count].into(), vec![1; count].into()].into();
    let part = |of: &Words, words| Text::Part { of: of.clone(), words, skip: 0, length: 8 };
    let tests = [
        TestKind::Words(2, digest.clone(), zeros(2)),
        TestKind::Words(2, zeros(2), digest.clone()),
        TestKind::Words(3, digest.clone(), version.clone()),
        TestKind::WordsIn(digest.clone(), known(1)),
        TestKind::WordsIn(version.clone(), known(4)),
        TestKind::Order(Comparison::Lt, 2, version.clone(), zeros(2)),
        TestKind::TcbAtLeast(version.clone(), tcb.clone()),
        TestKind::InNetwork(words(Shape::Network), words(Shape::Network)),
        TestKind::InNetworks(words(Shape::Network), ReferenceId(0)),
        TestKind::Text(part(&digest, 5), Text::Constant(Box::default())),
        TestKind::InSet(Key::Words(3, tcb.clone()), Set::Constant(Box::default()), Element::Words(3)),
    ];
    for test in tests {
        let described = format!("{test:?}");
        assert_eq!(refusal(&world, rule_each(&world, vec![test])).1, "reads a value of another width", "{described}");
    }
    let whole = [TestKind::Words(6, digest, tcb), TestKind::WordsIn(version, known(3))];
    assert!(CompiledProgram::compile(Arc::new(rule_each(&world, whole.into())), Arc::clone(&world.schema)).is_ok());
}

#[test]
fn sets_that_no_search_would_find_in() {
    let world = World::new();
    let slot = Slot { frame: Scope::Call, word: 0 };
    let words = || Words::Slot(slot);
    let unordered = "has a set that is not ascending";
    let in_set = |key, element| TestKind::InSet(key, Set::Constant(Box::default()), element);
    let another = "looks for what the set cannot hold";
    let tests = [
        (TestKind::IntegerIn(Integer::Slot(slot), [2, 1].into()), unordered),
        (TestKind::TextIn(Text::Slot(slot), [b"b"[..].into(), b"a"[..].into()].into()), unordered),
        (TestKind::WordsIn(words(), [[2, 0].into(), [1, 9].into()].into()), unordered),
        (TestKind::WordsIn(words(), [[1, 0].into(), [1].into()].into()), "has values of two lengths"),
        (in_set(Key::Integer(Integer::Slot(slot)), Element::Text), another),
        (in_set(Key::Words(3, words()), Element::Words(4)), another),
        (in_set(Key::Words(3, words()), Element::Bytes(24)), another),
        (in_set(Key::Text(Text::Slot(slot)), Element::Integer), another),
    ];
    for (test, expected) in tests {
        assert_eq!(refusal(&world, rule_each(&world, vec![test])).1, expected);
    }
}

#[test]
fn parts_beyond_their_value() {
    let world = World::new();
    // Of 20 bytes, in three words.
    let of = Words::Slot(place(&world, Shape::Bytes(20)).slot);
    let part = |skip, length| Text::Part { of: of.clone(), words: 3, skip, length };
    let test =
        |skip, length| rule_each(&world, vec![TestKind::Text(part(skip, length), Text::Constant(Box::default()))]);
    for (skip, length) in [(0, 25), (24, 1), (25, 0), (u32::MAX, u32::MAX)] {
        assert_eq!(refusal(&world, test(skip, length)).1, "takes a part beyond its value", "{skip} {length}");
    }
    for (skip, length) in [(0, 24), (24, 0), (23, 1)] {
        let compiled = CompiledProgram::compile(Arc::new(test(skip, length)), Arc::clone(&world.schema));
        assert!(compiled.is_ok(), "{skip} {length}");
    }
}

#[test]
fn parts_beyond_their_digest() {
    let world = World::new();
    let bytes = || Text::Constant(Box::default());
    let digest = || Text::Hash(Hash::Sha256, Box::new(bytes()));
    let test = |of: Text, skip, length| {
        let part = Text::Slice { of: Box::new(of), skip, length };
        rule_each(&world, vec![TestKind::Text(part, bytes())])
    };
    for (of, skip, length) in
        [(digest(), 0, 33), (digest(), 31, 2), (digest(), 33, 0), (digest(), u32::MAX, u32::MAX), (bytes(), 0, 1)]
    {
        let described = format!("{of:?} {skip} {length}");
        assert_eq!(refusal(&world, test(of, skip, length)).1, "takes a part beyond its digest", "{described}");
    }
    for (skip, length) in [(0, 32), (32, 0), (31, 1)] {
        let compiled = CompiledProgram::compile(Arc::new(test(digest(), skip, length)), Arc::clone(&world.schema));
        assert!(compiled.is_ok(), "{skip} {length}");
    }
}

#[test]
fn questions_that_are_too_large() {
    let world = World::new();
    let slot = Slot { frame: Scope::Call, word: 0 };
    let words = || Words::Slot(slot);
    let tests = [
        (TestKind::Matches(Text::Slot(slot), Text::Constant(vec![b'a'; 257].into())), "has a pattern that is too long"),
        (TestKind::Order(Comparison::Lt, 9, words(), words()), "compares too many words in order"),
        (counting(List { slot, stride: 0, most: MAX_WALKED + 1 }), "walks too many elements"),
        (
            count(Count {
                list: List { slot, stride: 0, most: MAX_DISTINCT + 1 },
                distinct: Some(Key::Integer(Integer::Slot(slot))),
                ..walking(&world)
            }),
            "compares too many elements with one another",
        ),
    ];
    for (test, expected) in tests {
        assert_eq!(refusal(&world, rule_each(&world, vec![test])).1, expected);
    }
}

#[test]
fn elements_outside_of_their_list() {
    let world = World::new();
    let in_element = |depth, word| integer(Slot { frame: Scope::Element(depth), word });
    let outside = "reads an element outside of its list";
    assert_eq!(refusal(&world, rule_each(&world, vec![in_element(0, 0)])), (Place::Rule(0), outside));

    let mut of_session = program(&world, vec![in_element(0, 0)], Vec::new());
    of_session.session_values.push(Formula::Test(TestId(0)));
    assert_eq!(refusal(&world, of_session), (Place::SessionValue(0), outside));

    let mut of_rows = shape_of(&world, 5);
    of_rows.tests.push(ir::Test { kind: in_element(0, 0), ..of_rows.tests[0].clone() });
    of_rows.shapes[0].condition = Formula::And(vec![Formula::Test(TestId(0)), Formula::Test(TestId(1))]);
    assert_eq!(refusal(&world, of_rows), (Place::Shape(0), outside));

    let all = walking(&world);
    let stride = all.list.stride;
    let condition = Formula::Not(Box::new(Formula::Test(TestId(0))));
    let asks = |test, changed: Count| {
        program(
            &world,
            vec![test, count(Count { condition: condition.clone(), ..changed })],
            vec![Formula::Test(TestId(1))],
        )
    };
    let beyond = asks(in_element(0, stride), all.clone());
    assert_eq!(refusal(&world, beyond), (Place::Test(1), "reads beyond an element"));
    let inside = asks(in_element(0, stride - 1), all.clone());
    assert!(CompiledProgram::compile(Arc::new(inside), Arc::clone(&world.schema)).is_ok());

    let not_walked = "reads an element that is not walked";
    assert_eq!(refusal(&world, asks(in_element(1, 0), all.clone())), (Place::Test(1), not_walked));
    assert_eq!(refusal(&world, rule_each(&world, vec![in_element(MAX_COUNT_DEPTH, 0)])).1, not_walked);

    let slot = Slot { frame: Scope::Element(0), word: 0 };
    let key = |frame| Some(Key::Integer(Integer::Slot(Slot { frame, word: stride })));
    let own = [
        (Count { list: List { slot, ..all.list }, ..all.clone() }, "walks a list in an element of its own depth"),
        (Count { bound: Integer::Slot(slot), ..all.clone() }, "compares with an element of its own depth"),
        (Count { distinct: key(Scope::Element(0)), ..all.clone() }, "reads beyond an element"),
        (Count { distinct: key(Scope::Element(1)), ..all.clone() }, not_walked),
        (Count { depth: MAX_COUNT_DEPTH, ..all.clone() }, "counts too deep inside other counts"),
        (
            Count { distinct: Some(Key::Integer(Integer::Reference(ReferenceId(0)))), ..all },
            "tells elements apart by a reference value",
        ),
    ];
    for (asked, expected) in own {
        assert_eq!(refusal(&world, rule_each(&world, vec![count(asked)])).1, expected);
    }
}

/// Both would write their elements' answers to the same room.
#[test]
fn counts_inside_counts_of_their_own_depth() {
    let world = World::new();
    let all = walking(&world);
    let in_outer = |frame| List { slot: Slot { frame, word: 0 }, stride: 0, most: 3 };
    let inner = |depth| Count { list: in_outer(Scope::Element(0)), depth, ..all.clone() };
    let around = |depth| Count { depth, condition: Formula::Test(TestId(0)), ..all.clone() };
    let outer = |depth| Count { depth, condition: Formula::Test(TestId(1)), ..all.clone() };
    let tests = |middle, last| vec![count(inner(1)), count(around(middle)), count(outer(last))];
    let nested = program(&world, tests(0, 1), vec![Formula::Test(TestId(2))]);
    assert!(CompiledProgram::compile(Arc::new(nested), Arc::clone(&world.schema)).is_ok());
    let same = program(&world, tests(1, 0), vec![Formula::Test(TestId(2))]);
    assert_eq!(refusal(&world, same), (Place::Test(1), "asks for a count of its own depth"));
}

/// Together they would take as long as one list of that length.
#[test]
fn counts_that_walk_too_many_elements_together() {
    let world = World::new();
    let nested = |most, condition| {
        let at = |frame, most| List { slot: Slot { frame, word: 0 }, stride: 0, most };
        let inner = Count { list: at(Scope::Element(0), 256), depth: 1, ..walking(&world) };
        let outer = Count { list: at(Scope::Call, most), condition, ..walking(&world) };
        // An element of no words has no list.
        let outer = Count { list: List { stride: 1, ..outer.list }, ..outer };
        let mut program = program(&world, vec![count(inner), count(outer)], vec![Formula::Test(TestId(1))]);
        program.call = Arc::new(atbac_compiler::layout::Layout { words: most + 1, ..(*program.call).clone() });
        program
    };
    let alone = Formula::Test(TestId(0));
    let joined = Formula::And(vec![Formula::Constant(true), alone.clone()]);
    for condition in [alone, joined] {
        let compiled = CompiledProgram::compile(Arc::new(nested(256, condition.clone())), Arc::clone(&world.schema));
        assert!(compiled.is_ok(), "{condition:?}");
        assert_eq!(refusal(&world, nested(257, condition)), (Place::Test(1), "walks too many elements"));
    }
}

#[test]
fn tests_that_go_in_a_circle() {
    let world = World::new();
    let asks = |id| count(Count { condition: Formula::Test(TestId(id)), ..walking(&world) });
    let later = "refers to a later test";
    assert_eq!(refusal(&world, rule_each(&world, vec![asks(0)])), (Place::Test(0), later));
    assert_eq!(refusal(&world, rule_each(&world, vec![asks(1), asks(0)])), (Place::Test(0), later));
    assert_eq!(refusal(&world, program(&world, Vec::new(), vec![Formula::Test(TestId(0))])).0, Place::Rule(0));
}

#[test]
fn what_is_not_of_the_session() {
    let world = World::new();
    let call = integer(place(&world, Shape::Integer).slot);
    let session = TestKind::Loaded(ReferenceId(0));
    let asks = |id| Formula::Test(TestId(id));
    // Wherever in the value it stands.
    for value in [
        asks(0),
        Formula::Not(Box::new(asks(0))),
        Formula::And(vec![asks(0), asks(1)]),
        Formula::And(vec![asks(1), asks(0)]),
        Formula::Or(vec![asks(1), Formula::And(vec![asks(1), asks(0)])]),
    ] {
        let mut of_session = program(&world, vec![call.clone(), session.clone()], Vec::new());
        of_session.session_values.push(value.clone());
        assert_eq!(refusal(&world, of_session), (Place::SessionValue(0), "reads the call frame"), "{value:?}");
    }

    let unknown = "refers to an unknown session value";
    let value = Formula::SessionValue(SessionValueId(0));
    assert_eq!(refusal(&world, program(&world, Vec::new(), vec![value.clone()])), (Place::Rule(0), unknown));
    let mut of_itself = program(&world, Vec::new(), Vec::new());
    of_itself.session_values.push(value);
    assert_eq!(refusal(&world, of_itself), (Place::SessionValue(0), unknown));
}

/// A shape of as many rules as `rows`, each of which compares a number with its own, and the ways to spoil it.
fn shape_of(world: &World, rows: usize) -> Program {
    let slot = place(world, Shape::Integer).slot;
    let test = TestKind::Integer(Comparison::Lt, Integer::Slot(slot), Integer::Row(ColumnId(0)));
    let mut program = program(world, vec![test], Vec::new());
    program.columns = vec![Column::Words(1, (0..rows as u64).map(|value| [value].into()).collect())];
    program.shapes = vec![ir::Shape {
        effect: Effect::Permit,
        condition: Formula::Test(TestId(0)),
        rules: (0..rows as u32).collect(),
        columns: (ColumnId(0), ColumnId(1)),
        search: Search::All,
    }];
    program
}

#[test]
fn tables_that_do_not_hold_their_rows() {
    let world = World::new();
    let slot = place(&world, Shape::Integer).slot;
    let element = Slot { frame: Scope::Element(0), word: 0 };
    let beyond = Slot { frame: Scope::Call, word: world.call.words };
    assert!(CompiledProgram::compile(Arc::new(shape_of(&world, 5)), Arc::clone(&world.schema)).is_ok());

    let lists =
        |slot, begins: &[u32], rows: &[u32]| Search::Lists(Dispatch { slot, begins: begins.into(), rows: rows.into() });
    let filter = |by, vectors: &[u64]| {
        Search::Filters(vec![Filter { by, vectors: vectors.iter().map(|word| [*word].into()).collect() }])
    };
    let pieces = |pieces: &[&[u8]]| pieces.iter().map(|piece| (*piece).into()).collect::<Box<[Box<[u8]>]>>();
    let few = "has a filter of too few vectors";
    let not_ascending = "has a set that is not ascending";
    let by_element = "is found by an element of a list";
    let searches = [
        (lists(slot, &[0, 2, 5], &[0, 1, 2, 3, 4]), ""),
        (lists(slot, &[0, 2], &[0, 1, 2]), "has lists of rows that are not whole"),
        (lists(slot, &[1, 2], &[0, 1]), "has lists of rows that are not whole"),
        (lists(slot, &[0, 2, 1, 3], &[0, 1, 2]), "has lists of rows that are not whole"),
        (lists(slot, &[], &[]), "has lists of rows that are not whole"),
        (lists(slot, &[0, 2], &[1, 1]), "lists a row twice"),
        (lists(slot, &[0, 1], &[5]), "lists a row that is not there"),
        (lists(element, &[0, 1], &[0]), by_element),
        (lists(beyond, &[0, 1], &[0]), "reads beyond the call frame"),
        (filter(By::Value(slot), &[1, 31]), ""),
        (filter(By::Value(slot), &[32]), "has a filter of other rows"),
        (filter(By::Value(slot), &[0; MOST_VECTORS + 1]), few),
        (filter(By::Value(element), &[1]), by_element),
        (filter(By::Value(beyond), &[1]), "reads beyond the call frame"),
        (filter(By::Bounds(slot, [1, 2].into()), &[1, 2, 3]), ""),
        (filter(By::Bounds(slot, [1, 2].into()), &[1, 2]), few),
        (filter(By::Bounds(slot, [2, 1].into()), &[1, 2, 3]), not_ascending),
        (filter(By::Bounds(beyond, [].into()), &[1]), "reads beyond the call frame"),
        (filter(By::Beginning(slot, pieces(&[b"a"])), &[1, 2]), ""),
        (filter(By::Beginning(slot, pieces(&[b"a"])), &[1]), few),
        (filter(By::End(slot, pieces(&[b"b", b"a"])), &[1, 2, 3]), not_ascending),
        (filter(By::End(beyond, pieces(&[])), &[1]), "reads beyond the call frame"),
        (Search::Filters(Vec::new()), "has no filter"),
        (
            Search::Filters(vec![Filter { by: By::Value(slot), vectors: vec![[1, 0].into()] }]),
            "has a filter of other rows",
        ),
    ];
    for (search, expected) in searches {
        let mut program = shape_of(&world, 5);
        program.shapes[0].search = search.clone();
        if expected.is_empty() {
            assert!(CompiledProgram::compile(Arc::new(program), Arc::clone(&world.schema)).is_ok(), "{search:?}");
        } else {
            assert_eq!(refusal(&world, program), (Place::Shape(0), expected), "{search:?}");
        }
    }
    // As many rows as a word has bits leave no bit beyond.
    let mut whole = shape_of(&world, 64);
    whole.shapes[0].search = filter(By::Value(slot), &[u64::MAX]);
    assert!(CompiledProgram::compile(Arc::new(whole), Arc::clone(&world.schema)).is_ok());
}

#[test]
fn columns_that_are_not_those_of_the_table() {
    let world = World::new();
    let other = "has a constant of another form";
    let spoilt = |spoil: &dyn Fn(&mut Program)| {
        let mut program = shape_of(&world, 5);
        spoil(&mut program);
        refusal(&world, program)
    };
    let words = |words: &[u64], rows| Column::Words(words.len() as u32, vec![words.into(); rows]);
    let shape = |program: &mut Program, change: &dyn Fn(&mut ir::Shape)| change(&mut program.shapes[0]);
    let ask = |kind: TestKind| move |program: &mut Program| program.tests[0].kind = kind.clone();
    let text = Text::Slot(place(&world, Shape::Text).slot);
    let tcb = Words::Slot(place(&world, Shape::Tcb).slot);
    let number = || Integer::Slot(place(&world, Shape::Integer).slot);
    let row = || Text::Row(ColumnId(0));

    assert_eq!(spoilt(&|p| p.columns.clear()), (Place::Test(0), "reads a column that is not there"));
    assert_eq!(spoilt(&|p| p.columns = vec![words(&[1, 2], 5)]), (Place::Test(0), other));
    assert_eq!(spoilt(&|p| p.columns = vec![Column::Texts(vec![Box::default(); 5])]), (Place::Test(0), other));
    assert_eq!(spoilt(&|p| p.columns = vec![words(&[1], 4)]), (Place::Shape(0), "has columns of two lengths"));
    let uneven = |p: &mut Program| {
        p.tests.clear();
        p.columns = vec![Column::Words(2, vec![[1].into(); 5])];
        p.shapes[0].condition = Formula::Constant(true);
    };
    assert_eq!(spoilt(&uneven), (Place::Shape(0), "has values of two lengths"));
    assert_eq!(spoilt(&ask(TestKind::IntegerInRow(number(), ColumnId(0)))), (Place::Test(0), other));
    assert_eq!(spoilt(&ask(TestKind::Holding(Part::End, text.clone(), row()))), (Place::Test(0), other));
    assert_eq!(spoilt(&ask(TestKind::Matches(text.clone(), row()))), (Place::Test(0), other));
    let long = |p: &mut Program| {
        p.tests[0].kind = TestKind::Matches(text.clone(), row());
        p.columns = vec![Column::Texts(vec![vec![b'a'; 257].into(); 5])];
    };
    assert_eq!(spoilt(&long), (Place::Test(0), "has a pattern that is too long"));
    let descending = |p: &mut Program| {
        p.tests[0].kind = TestKind::IntegerInRow(number(), ColumnId(0));
        p.columns = vec![Column::Sets(vec![[2, 1].into(); 5])];
    };
    assert_eq!(spoilt(&descending), (Place::Test(0), "has a set that is not ascending"));
    let top_bit = |p: &mut Program| {
        p.tests[0].kind = TestKind::TcbAtLeast(tcb.clone(), Words::Row(ColumnId(0)));
        p.columns = vec![words(&[0, 0, 0, 0, 0, 0x8000], 5)];
    };
    assert_eq!(spoilt(&top_bit), (Place::Test(0), other));

    let swapped = (ColumnId(1), ColumnId(0));
    assert_eq!(spoilt(&|p| shape(p, &|s| s.columns = swapped)), (Place::Shape(0), "has columns that are not there"));
    let far = (ColumnId(0), ColumnId(2));
    assert_eq!(spoilt(&|p| shape(p, &|s| s.columns = far)), (Place::Shape(0), "has columns that are not there"));
    let none = (ColumnId(0), ColumnId(0));
    assert_eq!(spoilt(&|p| shape(p, &|s| s.columns = none)), (Place::Shape(0), "reads a column of another shape"));
    let later = |p: &mut Program| {
        p.columns.push(p.columns[0].clone());
        p.shapes[0].columns = (ColumnId(1), ColumnId(2));
    };
    assert_eq!(spoilt(&later), (Place::Shape(0), "reads a column of another shape"));
    assert_eq!(spoilt(&|p| shape(p, &|s| s.rules[4] = 5)), (Place::Shape(0), "has a rule that is not there"));
}

#[test]
fn rows_that_no_table_has() {
    let world = World::new();
    let mut of_rule = shape_of(&world, 5);
    of_rule.rules.push(Rule { number: 5, effect: Effect::Permit, condition: Formula::Test(TestId(0)) });
    assert_eq!(refusal(&world, of_rule), (Place::Rule(0), "reads a row"));
    let mut of_session = shape_of(&world, 5);
    let slot = Slot { frame: Scope::Session, word: 0 };
    of_session.tests[0].kind = TestKind::Integer(Comparison::Lt, Integer::Slot(slot), Integer::Row(ColumnId(0)));
    of_session.session_values.push(Formula::Test(TestId(0)));
    assert_eq!(refusal(&world, of_session), (Place::SessionValue(0), "reads a row"));
    let mut of_nobody = shape_of(&world, 5);
    of_nobody.rules.push(Rule { number: 6, effect: Effect::Permit, condition: Formula::Constant(true) });
    assert_eq!(refusal(&world, of_nobody), (Place::Rule(0), "has a number that is not there"));
    let reference = TestKind::Before(Integer::Reference(ReferenceId(0)));
    let compares = "compares the clock with a reference value";
    assert_eq!(refusal(&world, rule_each(&world, vec![reference])).1, compares);
}

#[test]
fn orders_compared_by_equality() {
    let world = World::new();
    let slot = place(&world, Shape::Instant).slot;
    let age = TestKind::Age(Comparison::Eq, slot, Integer::Constant(1));
    assert_eq!(refusal(&world, rule_each(&world, vec![age])).1, "compares an age by equality");
    let order = TestKind::Order(Comparison::Eq, 1, Words::Slot(slot), Words::Slot(slot));
    assert_eq!(refusal(&world, rule_each(&world, vec![order])).1, "compares in order by equality");
}

/// The stack of a test's thread (2 MiB) must do for the deepest condition that is accepted.
#[test]
fn conditions_nested_too_deep() {
    let world = World::new();
    let slot = place(&world, Shape::Integer).slot;
    let alternating = |test: TestId, depth| {
        let test = || Formula::Test(test);
        (0..depth).fold(test(), |inner, level| match level % 2 {
            0 => Formula::And(vec![test(), inner]),
            _ => Formula::Or(vec![test(), inner]),
        })
    };
    let compile = |program| CompiledProgram::compile(Arc::new(program), Arc::clone(&world.schema));
    let nested = |depth| compile(program(&world, vec![integer(slot)], vec![alternating(TestId(0), depth)]));
    assert!(nested(200).is_ok());
    let error = nested(201).err().unwrap();
    assert_eq!(error.code(), "atbac::codegen::nesting_too_deep");
    assert!(error.to_string().contains("the condition of rule 0 nests deeper than 200 levels"), "{error}");

    // A count's condition adds to the depth of what asks for it.
    let in_count = |depth, above| {
        let condition = alternating(TestId(0), depth);
        let element = integer(Slot { frame: Scope::Element(0), word: 0 });
        let tests = vec![element, count(Count { condition, ..walking(&world) })];
        compile(program(&world, tests, vec![alternating(TestId(1), above)]))
    };
    assert!(in_count(200, 199).is_ok());
    assert!(in_count(200, 200).err().unwrap().to_string().contains("nests deeper than 400 levels"));
}

#[test]
fn values_nested_too_deep() {
    let world = World::new();
    let slot = place(&world, Shape::Integer).slot;
    let compile = |test| CompiledProgram::compile(Arc::new(rule_each(&world, vec![test])), Arc::clone(&world.schema));
    let sum = |depth| {
        let one = || Box::new(Integer::Constant(1));
        let sum =
            (0..depth).fold(Integer::Slot(slot), |sum, _| Integer::Computed(Arithmetic::Add, Box::new(sum), one()));
        compile(TestKind::Integer(Comparison::Eq, sum, Integer::Constant(0)))
    };
    let hash = |depth| {
        let hash = (0..depth).fold(Text::Slot(slot), |text, _| Text::Hash(Hash::Sha256, Box::new(text)));
        compile(TestKind::Text(hash, Text::Constant(Box::default())))
    };
    assert!(sum(200).is_ok() && hash(200).is_ok());
    for error in [sum(201).err().unwrap(), hash(201).err().unwrap()] {
        assert_eq!(error.code(), "atbac::codegen::nesting_too_deep");
    }
}
