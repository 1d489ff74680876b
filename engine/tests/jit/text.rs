//! Text of every length that is compared by loads of its own, and some that are not.

use crate::asking::{call, compile, fired, place, rule_each};
use crate::world::{Shape, World};
use atbac_compiler::ir::{Operand, Slot, TestKind};
use atbac_compiler::value::Value;

fn equals(slot: Slot, text: &str) -> TestKind {
    TestKind::Text(Operand::Slot(slot), Operand::Constant(text.into()))
}

#[test]
fn a_constant_equals_only_itself_whatever_its_length() {
    let world = World::new();
    let slot = place(&world, Shape::Text).slot;
    for length in 0..=80 {
        let text: String = ('a'..='z').cycle().take(length).collect();
        let compiled = compile(&world, rule_each(&world, vec![equals(slot, &text)]));
        let is_equal = |other: String| fired(&world, &compiled, &call(&world, &Value::string(other))) == [0];
        assert!(is_equal(text.clone()), "{length} bytes");
        assert!(!is_equal(format!("{text}a")), "{length} bytes and one more");
        assert!(length == 0 || !is_equal(text[1..].into()), "{length} bytes but the first");
        for at in 0..length {
            let mut other = text.clone().into_bytes();
            other[at] ^= 1;
            assert!(!is_equal(String::from_utf8(other).unwrap()), "{length} bytes, another at {at}");
        }
    }
}

/// The compiler never asks a number for its text. If it did, the answer would be wrong but nothing else: the text
/// would be empty.
#[test]
fn a_word_that_points_outside_of_the_heap_is_empty_text() {
    let world = World::new();
    let slot = place(&world, Shape::Integer).slot;
    let mut tests = vec![equals(slot, ""), equals(slot, "some text")];
    tests.push(TestKind::Text(Operand::Slot(slot), Operand::Slot(place(&world, Shape::Text).slot)));
    tests.push(TestKind::TextIn(slot, (0..9).map(|n| n.to_string().into()).collect()));
    let compiled = compile(&world, rule_each(&world, tests));
    for number in [-1, i64::MAX, i64::MIN, 1 << 32, 9 << 32, (9 << 32) + 1, i64::from(u32::MAX)] {
        let frame = call(&world, &Value::Int(number));
        assert_eq!(fired(&world, &compiled, &frame), [0, 2], "{number:#x}");
    }
}
