//! Reference values that begin and cease to count.

use crate::asking::{compile, place, rule_each};
use crate::world::{Shape, World};
use atbac_compiler::fired::Standing;
use atbac_compiler::ir::{Comparison, Element, Integer, Key, Set, TestKind};
use atbac_compiler::layout::Frame;
use atbac_compiler::reference::{Reference, Window, Windows};
use atbac_compiler::time::FOREVER;
use atbac_compiler::types::{ReferenceId, Type};
use atbac_compiler::value::Value;
use atbac_engine::jit::Scratch;
use atbac_engine::references::ReferenceTable;
use atbac_grammar::syntax::Effect;
use std::sync::Arc;

fn windows<const N: usize>(windows: [(i64, i64); N]) -> Windows {
    Windows::new(windows.map(|(from, until)| Window { from, until }))
}

fn id(world: &World, ty: &Type) -> ReferenceId {
    ReferenceId(world.schema.references.iter().position(|reference| reference.ty == *ty).unwrap() as u32)
}

/// What a test says at these instants, of zeros: false, true or indeterminate (0, 1, 2), and until when.
fn at<const N: usize>(
    world: &World,
    test: TestKind,
    loaded: &[(ReferenceId, Reference)],
    instants: [i64; N],
) -> [(u8, i64); N] {
    let compiled = compile(world, rule_each(world, vec![test]));
    let mut values = vec![None; world.schema.references.len()];
    for (id, value) in loaded {
        values[id.index()] = Some(value.clone());
    }
    let references = ReferenceTable::new(&world.schema, values).unwrap();
    let (session, call) = (Frame::new(Arc::clone(&world.session)), Frame::new(Arc::clone(&world.call)));
    let mut scratch = Scratch::new(&compiled);
    instants.map(|now| {
        let opened = compiled.session(&session, &references, now, &mut scratch);
        let outcome = opened.decide(&session, &call, &references, now, &mut scratch);
        let truth = outcome.fired().first().map_or(0, |fired| 1 + u8::from(fired.standing() == Standing::MayPermit));
        (truth, outcome.until(Effect::Permit))
    })
}

#[test]
fn a_value_counts_in_each_of_its_windows() {
    let world = World::new();
    let (limit, slot) = (id(&world, &Type::Int), place(&world, Shape::Integer).slot);
    let test = TestKind::Integer(Comparison::Eq, Integer::Slot(slot), Integer::Reference(limit));
    let value = Reference::One(Value::Int(0), windows([(10, 20), (30, 40), (50, FOREVER)]));
    assert_eq!(
        at(&world, test, &[(limit, value)], [9, 10, 19, 20, 30, 40, 49, 50, 1_000]),
        [(2, 10), (1, 20), (1, 20), (2, 30), (1, 40), (2, 50), (2, 50), (1, FOREVER), (1, FOREVER)]
    );
}

#[test]
fn a_value_that_never_counts_or_was_never_loaded_is_indeterminate_forever() {
    let world = World::new();
    let (limit, slot) = (id(&world, &Type::Int), place(&world, Shape::Integer).slot);
    let test = || TestKind::Integer(Comparison::Eq, Integer::Slot(slot), Integer::Reference(limit));
    let never = Reference::One(Value::Int(0), windows([]));
    assert_eq!(at(&world, test(), &[(limit, never)], [0, FOREVER]), [(2, FOREVER); 2]);
    assert_eq!(at(&world, test(), &[], [0, FOREVER]), [(2, FOREVER); 2]);
}

/// The one that is not usable does not hide when the other changes.
#[test]
fn of_two_values_the_earliest_change_counts_whatever_the_truth() {
    let world = World::new();
    let (int, duration) = (id(&world, &Type::Int), id(&world, &Type::Duration));
    let test = TestKind::Integer(Comparison::Eq, Integer::Reference(int), Integer::Reference(duration));
    let loaded = [
        (int, Reference::One(Value::Int(1), windows([(10, 40)]))),
        (duration, Reference::One(Value::Duration(1), windows([(20, 30)]))),
    ];
    assert_eq!(at(&world, test, &loaded, [0, 10, 20, 30, 40]), [(2, 10), (2, 20), (1, 30), (2, 40), (2, FOREVER)]);
}

#[test]
fn an_element_is_in_a_set_at_its_time() {
    let world = World::new();
    let ints = id(&world, &Type::Set(Box::new(Type::Int)));
    let slot = place(&world, Shape::Integer).slot;
    let test = TestKind::InSet(Key::Integer(Integer::Slot(slot)), Set::Reference(ints), Element::Integer);
    let set = |values: &[(i64, Windows)]| {
        Reference::Set(values.iter().map(|(value, windows)| (Value::Int(*value), windows.clone())).collect())
    };
    let zero = set(&[(0, windows([(10, 20)])), (5, windows([(1, 2)]))]);
    assert_eq!(at(&world, test.clone(), &[(ints, zero)], [0, 10, 20]), [(0, 10), (1, 20), (0, FOREVER)]);
    assert_eq!(at(&world, test.clone(), &[(ints, set(&[]))], [0]), [(0, FOREVER)]);
    assert_eq!(at(&world, test, &[], [0]), [(2, FOREVER)]);
}

#[test]
fn what_is_loaded_can_be_used_at_its_time() {
    let world = World::new();
    let (limit, ints) = (id(&world, &Type::Int), id(&world, &Type::Set(Box::new(Type::Int))));
    let unread = id(&world, &Type::List(Box::new(Type::Int), 3));
    let one = |value| Reference::One(value, windows([(10, 20)]));
    let dated = [(limit, one(Value::Int(0)))];
    assert_eq!(at(&world, TestKind::Loaded(limit), &dated, [0, 10, 20]), [(2, 10), (1, 20), (2, FOREVER)]);
    let list = [(unread, one(Value::List(Vec::new())))];
    assert_eq!(at(&world, TestKind::Loaded(unread), &list, [0, 10, 20]), [(2, 10), (1, 20), (2, FOREVER)]);
    // A set can always be used; what is in it changes.
    let set = Reference::Set(vec![(Value::Int(0), windows([(10, 20)])), (Value::Int(1), windows([(15, FOREVER)]))]);
    let found = at(&world, TestKind::Loaded(ints), &[(ints, set)], [0, 10, 15, 20]);
    assert_eq!(found, [(1, 10), (1, 15), (1, 20), (1, FOREVER)]);
    assert_eq!(at(&world, TestKind::Loaded(ints), &[], [0]), [(2, FOREVER)]);
}

#[test]
fn an_exception_ends_at_its_instant() {
    let world = World::new();
    assert_eq!(
        at(&world, TestKind::Before(Integer::Constant(10)), &[], [0, 9, 10, 11]),
        [(1, 10), (1, 10), (0, FOREVER), (0, FOREVER)]
    );
}
