//! Digests: of what lies anywhere, and of digests.

use crate::asking::{call, compile, fired, place, rule_each};
use crate::world::{Shape, World};
use atbac_compiler::checked::Hash;
use atbac_compiler::ir::{Slot, TestKind, Text, Words};
use atbac_compiler::value::Value;

/// The digests of `abc` (NIST, Cryptographic Standards and Guidelines, examples with intermediate values: SHA-256,
/// SHA-384, SHA-512).
const ABC: [(Hash, &str); 3] = [
    (Hash::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (Hash::Sha384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
    (
        Hash::Sha512,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
];

/// SHA-256 of SHA-256 of `abc`, as `printf abc | openssl dgst -sha256 -binary | openssl dgst -sha256` says.
const ABC_TWICE: &str = "4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358";

fn constant(digest: &str) -> Text {
    Text::Constant(hex::decode(digest).unwrap().into())
}

fn hash(function: Hash, of: Text) -> Text {
    Text::Hash(function, Box::new(of))
}

fn holds(test: TestKind, slot_value: &Value) -> bool {
    let world = World::new();
    let compiled = compile(&world, rule_each(&world, vec![test]));
    fired(&world, &compiled, &call(&world, slot_value)) == [0]
}

fn text_slot() -> Slot {
    place(&World::new(), Shape::Text).slot
}

#[test]
fn a_text_has_its_digest() {
    for (function, digest) in ABC {
        let equal = |value: &str| {
            holds(TestKind::Text(hash(function, Text::Slot(text_slot())), constant(digest)), &Value::string(value))
        };
        assert!(equal("abc"), "{function:?}");
        assert!(!equal("abd"), "{function:?}");
        assert!(!equal(""), "{function:?}");
    }
}

#[test]
fn a_digest_has_its_digest() {
    let twice = hash(Hash::Sha256, hash(Hash::Sha256, Text::Slot(text_slot())));
    assert!(holds(TestKind::Text(twice, constant(ABC_TWICE)), &Value::string("abc")));
}

/// Both sides are computed, and neither overwrites the other.
#[test]
fn two_digests_are_compared() {
    let of_slot = |function| hash(function, Text::Slot(text_slot()));
    let of_constant = |function, text: &str| hash(function, Text::Constant(text.as_bytes().into()));
    let equal = |left, right| holds(TestKind::Text(left, right), &Value::string("abc"));
    assert!(equal(of_slot(Hash::Sha512), of_constant(Hash::Sha512, "abc")));
    assert!(!equal(of_slot(Hash::Sha512), of_constant(Hash::Sha512, "abd")));
    assert!(!equal(of_slot(Hash::Sha384), of_constant(Hash::Sha512, "abc")));
}

/// What binds a key to evidence: the digest of the key against a part of what the hardware signed.
#[test]
fn a_digest_is_a_part_of_words() {
    let world = World::new();
    let (_, digest) = ABC[0];
    let digest = hex::decode(digest).unwrap();
    let data = [&digest[..], &[7; 68]].concat();
    let slot = place(&world, Shape::Bytes(100)).slot;
    let part = |skip| Text::Part { of: Words::Slot(slot), words: 13, skip, length: 32 };
    let key = || hash(Hash::Sha256, Text::Constant(b"abc"[..].into()));
    let equal = |skip| holds(TestKind::Text(key(), part(skip)), &Value::Bytes(data.clone().into()));
    assert_eq!([equal(0), equal(1), equal(68)], [true, false, false]);
}

/// However many digests a rule asks for, its code needs the stack of one.
#[test]
fn many_digests_on_a_small_stack() {
    let world = World::new();
    let slot = text_slot();
    let tests = (0..2_000u32).map(|n| {
        let text = Text::Constant(n.to_le_bytes()[..].into());
        TestKind::Text(hash(Hash::Sha512, Text::Slot(slot)), hash(Hash::Sha512, text))
    });
    let compiled = compile(&world, rule_each(&world, tests.collect()));
    let value = Value::string("\u{1}\u{1}\0\0");
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(256 * 1024);
        let decided = small.spawn_scoped(scope, || fired(&world, &compiled, &call(&world, &value))).unwrap();
        assert_eq!(decided.join().unwrap(), [257]);
    });
}
