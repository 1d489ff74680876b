//! Counts inside one another, and counts of different values.

use crate::asking::{call, compile, fired, place, program};
use crate::world::{Listing, Place, Shape, World};
use atbac_compiler::checked::{Arithmetic, Hash};
use atbac_compiler::ir::{Comparison, Count, Formula, Integer, Key, List, Scope, TestId, TestKind, Text};
use atbac_compiler::layout::Frame;
use atbac_compiler::time::FOREVER;
use atbac_compiler::types::{StructId, Type};
use atbac_compiler::value::Value;
use atbac_engine::jit::Scratch;
use atbac_engine::references::ReferenceTable;
use atbac_grammar::syntax::Effect;
use std::sync::Arc;

/// The list in the call whose elements hold lists, or the one whose elements are records without any.
fn listing(world: &World, nested: bool) -> Listing {
    let records =
        world.lists.iter().filter(|listing| listing.list.slot.frame == Scope::Call && listing.places.len() > 1);
    records.into_iter().find(|listing| listing.lists.is_empty() != nested).unwrap().clone()
}

fn of_shape(places: &[Place], shape: Shape) -> Place {
    *places.iter().find(|place| place.shape == shape).unwrap()
}

fn count(list: List, depth: u8, condition: Formula, comparison: Comparison, bound: i64) -> Count {
    Count { list, depth, condition, distinct: None, comparison, bound: Integer::Constant(bound) }
}

fn test(count: Count) -> TestKind {
    TestKind::Count(Box::new(count))
}

fn asks(id: u32) -> Formula {
    Formula::Test(TestId(id))
}

/// A record with a name, records with lists of names inside, and a number.
fn outer(world: &World, name: &str, inner: &[&[&str]]) -> Value {
    let Type::List(record, _) = &world.schema.structs[3].fields[1].ty else { unreachable!("see the schema") };
    let Type::Struct(id) = **record else { unreachable!("see the schema") };
    let inner = inner.iter().map(|names| {
        let names = names.iter().map(|name| Value::string(*name)).collect();
        let digest = Value::Bytes([0; 20].into());
        Value::Struct(id, vec![Value::Int(0), Value::Instant(0), digest, Value::List(names), Value::List(Vec::new())])
    });
    Value::Struct(StructId(3), vec![Value::string(name), Value::List(inner.collect()), Value::Int(0)])
}

/// How many records have their own name somewhere inside: asked three lists deep, of the outermost element.
#[test]
fn elements_of_each_depth_are_read_from_the_innermost() {
    let world = World::new();
    let (places, lists) = listing(&world, true).walked(0);
    let (_, innermost) = lists[0].walked(1);
    let (names, _) = innermost[0].walked(2);
    let name = of_shape(&places, Shape::Text).slot;
    let same = TestKind::Text(Text::Slot(names[0].slot), Text::Slot(name));
    let exactly = |bound| {
        let in_names = count(innermost[0].list, 2, asks(0), Comparison::Ge, 1);
        let in_inner = count(lists[0].list, 1, asks(1), Comparison::Ge, 1);
        let in_outer = count(listing(&world, true).list, 0, asks(2), Comparison::Eq, bound);
        let tests = vec![same.clone(), test(in_names), test(in_inner), test(in_outer)];
        compile(&world, program(&world, tests, vec![asks(3)]))
    };
    let value = Value::List(vec![
        outer(&world, "a", &[&["b", "c"], &[], &["c", "a"]]),
        outer(&world, "b", &[&["a"]]),
        outer(&world, "c", &[&["c", "c", "c"], &["c"]]),
    ]);
    let frame = call(&world, &value);
    let holds: Vec<bool> = (0..4).map(|bound| fired(&world, &exactly(bound), &frame) == [0]).collect();
    assert_eq!(holds, [false, false, true, false]);
}

/// A record with a name, a number and an instant.
fn record(name: &str, number: i64, at: i64) -> Value {
    let (digest, five) = (Value::Bytes([0; 48].into()), Value::Bytes([0; 5].into()));
    let rest = [digest, five, Value::Tcb(Default::default()), Value::Absent];
    let address = Value::IpAddr([0, 0, 0, 0].into());
    let first = [Value::string(name), Value::Int(number), Value::Instant(at)];
    Value::Struct(StructId(0), first.into_iter().chain(rest).chain([address, Value::Set(Vec::new())]).collect())
}

/// How many different values a key has among these records.
fn different(key: impl Fn(&[Place]) -> Key, records: &[Value]) -> Option<i64> {
    let world = World::new();
    let listing = listing(&world, false);
    let (places, _) = listing.walked(0);
    let key = key(&places);
    let frame = call(&world, &Value::List(records.to_vec()));
    (0..=5).find(|&bound| {
        let all = count(listing.list, 0, Formula::Constant(true), Comparison::Eq, bound);
        let distinct = Count { distinct: Some(key.clone()), ..all };
        let compiled = compile(&world, program(&world, vec![test(distinct)], vec![asks(0)]));
        fired(&world, &compiled, &frame) == [0]
    })
}

#[test]
fn different_values_are_counted_once() {
    let records = [record("a", 1, 0), record("b", -1, 0), record("a", 2, 0), record("", 1, 0), record("b", -2, 0)];
    let name = |places: &[Place]| Text::Slot(of_shape(places, Shape::Text).slot);
    let number = |places: &[Place]| Integer::Slot(of_shape(places, Shape::Integer).slot);
    assert_eq!(different(|places| Key::Text(name(places)), &records), Some(3));
    assert_eq!(different(|places| Key::Text(Text::Hash(Hash::Sha512, Box::new(name(places)))), &records), Some(3));
    assert_eq!(different(|places| Key::Integer(number(places)), &records), Some(4));
    let square = |places: &[Place]| {
        let number = || Box::new(number(places));
        Key::Integer(Integer::Computed(Arithmetic::Mul, number(), number()))
    };
    assert_eq!(different(square, &records), Some(2));
    assert_eq!(different(|_| Key::Integer(Integer::Constant(7)), &records), Some(1));
    assert_eq!(different(square, &[]), Some(0));
}

/// A value counts as long as any element that has it does.
#[test]
fn a_group_is_true_as_long_as_one_of_its_members() {
    let world = World::new();
    let listing = listing(&world, false);
    let (places, _) = listing.walked(0);
    let since = of_shape(&places, Shape::Instant).slot;
    let young = TestKind::Age(Comparison::Lt, since, Integer::Constant(5));
    let names = Some(Key::Text(Text::Slot(of_shape(&places, Shape::Text).slot)));
    let two = Count { distinct: names, ..count(listing.list, 0, asks(0), Comparison::Ge, 2) };
    let compiled = compile(&world, program(&world, vec![young, test(two)], vec![asks(1)]));
    // `a` is young until 13, `b` until 12.
    let records = [record("a", 0, 4), record("b", 0, 7), record("a", 0, 8)];
    let frame = call(&world, &Value::List(records.to_vec()));
    let session = Frame::new(Arc::clone(&world.session));
    let (references, mut scratch) = (ReferenceTable::none(&world.schema), Scratch::new(&compiled));
    let values = compiled.session(&session, &references, 0, &mut scratch);
    let found = [8, 11, 12, 13].map(|now| {
        let outcome = values.decide(&session, &frame, &references, now, &mut scratch);
        (outcome.fired().len(), outcome.until(Effect::Permit))
    });
    assert_eq!(found, [(1, 12), (1, 12), (0, FOREVER), (0, FOREVER)]);
}

/// A count may be compared with what else the frame says.
#[test]
fn a_count_is_compared_with_a_field() {
    let world = World::new();
    let number = Integer::Slot(place(&world, Shape::Integer).slot);
    let bound = Integer::Computed(Arithmetic::Add, Box::new(number), Box::new(Integer::Constant(2)));
    let all = count(listing(&world, false).list, 0, Formula::Constant(true), Comparison::Eq, 0);
    let compiled = compile(&world, program(&world, vec![test(Count { bound, ..all })], vec![asks(0)]));
    let of_length = |length| {
        let records = (0..length).map(|number| record("", number, 0)).collect();
        fired(&world, &compiled, &call(&world, &Value::List(records))) == [0]
    };
    // The number is missing, so zero.
    assert_eq!([of_length(1), of_length(2), of_length(3)], [false, true, false]);
}
