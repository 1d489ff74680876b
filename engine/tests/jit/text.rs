//! Text of every length that is compared by loads of its own, and some that are not.

use crate::asking::{call, compile, fired, place, rule_each};
use crate::world::{Shape, World};
use atbac_compiler::checked::Part;
use atbac_compiler::glob::Glob;
use atbac_compiler::ir::{Slot, TestKind, Text};
use atbac_compiler::value::Value;

fn constant(text: &str) -> Text {
    Text::Constant(text.as_bytes().into())
}

fn equals(slot: Slot, text: &str) -> TestKind {
    TestKind::Text(Text::Slot(slot), constant(text))
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
    tests.push(TestKind::Text(Text::Slot(slot), Text::Slot(place(&world, Shape::Text).slot)));
    tests.push(TestKind::TextIn(Text::Slot(slot), (0..9).map(|n| n.to_string().into_bytes().into()).collect()));
    let compiled = compile(&world, rule_each(&world, tests));
    for number in [-1, i64::MAX, i64::MIN, 1 << 32, 9 << 32, (9 << 32) + 1, i64::from(u32::MAX)] {
        let frame = call(&world, &Value::Int(number));
        assert_eq!(fired(&world, &compiled, &frame), [0, 2], "{number:#x}");
    }
}

/// Beginnings and ends of every length, and one byte off in each place.
#[test]
fn a_text_begins_and_ends_with_its_parts_alone() {
    let world = World::new();
    let slot = place(&world, Shape::Text).slot;
    let text: String = ('a'..='z').cycle().take(80).collect();
    for length in [0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 79, 80, 81] {
        let cut = |text: &str, part: Part| {
            let long = format!("{text}{text}");
            match part {
                Part::Beginning => long[..length].to_owned(),
                Part::End | Part::Anywhere => long[long.len() - length..].to_owned(),
            }
        };
        for part in [Part::Beginning, Part::End, Part::Anywhere] {
            let held = cut(&text, part);
            let compiled =
                compile(&world, rule_each(&world, vec![TestKind::Holding(part, Text::Slot(slot), constant(&held))]));
            let holds = |text: &str| fired(&world, &compiled, &call(&world, &Value::string(text))) == [0];
            assert_eq!(holds(&text), length <= 80, "{length} {part:?}");
            assert_eq!(holds(""), length == 0, "{length} {part:?}");
            if (1..=80).contains(&length) && part != Part::Anywhere {
                let first = if part == Part::End { 80 - length } else { 0 };
                for at in first..first + length {
                    let mut other = text.clone().into_bytes();
                    other[at] ^= 1;
                    assert!(!holds(&String::from_utf8(other).unwrap()), "{length} {part:?}, another at {at}");
                }
            }
        }
    }
}

#[test]
fn a_text_has_the_form_of_a_pattern() {
    let world = World::new();
    let slot = place(&world, Shape::Text).slot;
    let pattern = Glob::new("spiffe://*/payments-?").unwrap();
    let test = TestKind::Matches(Text::Slot(slot), Text::Constant(pattern.pattern().into()));
    let compiled = compile(&world, rule_each(&world, vec![test]));
    let matches = |text: &str| fired(&world, &compiled, &call(&world, &Value::string(text))) == [0];
    assert!(matches("spiffe://acme.example/ns/a/payments-é"));
    assert!(!matches("spiffe://acme.example/payments-"));
    assert!(!matches("x-spiffe://acme.example/payments-1"));
}
