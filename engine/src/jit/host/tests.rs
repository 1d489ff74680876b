//! Each helper, called as compiled code calls it.

use super::*;
use atbac_compiler::checked::Hash;
use atbac_compiler::codegen::abi::{COMPUTED_WORDS, comparison_code, hash_code};
use atbac_compiler::ir::{Comparison, Element};
use atbac_compiler::layout::{address_words, network_words};
use atbac_compiler::reference::{Window, Windows};
use core::ptr;
use std::net::IpAddr;

#[test]
fn bytes_are_equal_or_not() {
    // SAFETY: Both are of the lengths given.
    let equal = |left: &[u8], right: &[u8]| unsafe { equal(left.as_ptr(), right.as_ptr(), left.len() as u64) };
    assert_eq!([equal(b"", b""), equal(b"abc", b"abc"), equal(b"abc", b"abd")], [1, 1, 0]);
}

#[test]
fn integers_are_found_in_their_table() {
    let table = [i64::MIN, -1, 0, 7, i64::MAX];
    for length in 0..=table.len() {
        for value in [i64::MIN, -2, -1, 0, 6, 7, i64::MAX] {
            // SAFETY: The table is at least of the length given.
            let found = unsafe { integer_in(value, table.as_ptr(), length as u64) };
            assert_eq!(found == 1, table[..length].contains(&value));
        }
    }
}

#[test]
fn words_are_found_in_their_table() {
    let table = [[0, 5], [1, 0], [1, 2], [u64::MAX, 0]];
    for length in 0..=table.len() {
        for value in [[0, 5], [0, 6], [1, 0], [1, 1], [1, 2], [2, 0], [u64::MAX, 0]] {
            // SAFETY: The value is of two words, and the table at least of so many times two.
            let found = unsafe { words_in(value.as_ptr(), 2, table.as_ptr().cast(), length as u64) };
            assert_eq!(found == 1, table[..length].contains(&value));
        }
    }
}

#[test]
fn texts_are_found_in_their_table() {
    let entry = |offset: u64, length: u64| offset | length << 32;
    let table = [entry(24, 0), entry(24, 1), entry(25, 2), u64::from_le_bytes(*b"aba\0\0\0\0\0")];
    for (text, expected) in [("", 1), ("a", 1), ("ba", 1), ("b", 0), ("ab", 0), ("bab", 0)] {
        // SAFETY: The text is of its length, and the table one of three texts, whose places lie in it.
        let found = unsafe { text_in(text.as_ptr(), text.len() as u64, table.as_ptr(), 3) };
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_text_holds_its_parts() {
    let holds = |text: &[u8], held: &[u8]| {
        // SAFETY: Both are of the lengths given.
        unsafe { holds(text.as_ptr(), text.len() as u64, held.as_ptr(), held.len() as u64) }
    };
    for (held, expected) in [(&b""[..], 1), (b"abcd", 1), (b"bc", 1), (b"d", 1), (b"ac", 0), (b"abcde", 0)] {
        assert_eq!(holds(b"abcd", held), expected, "{held:?}");
    }
    assert_eq!([holds(b"", b""), holds(b"", b"a")], [1, 0]);
}

/// A million characters that nearly match everywhere: by trying each place in turn, this would take minutes.
#[test]
fn a_long_part_is_found_in_a_long_text() {
    let (text, held) = (vec![b'a'; 1_000_000], [vec![b'a'; 499_999], vec![b'b']].concat());
    // SAFETY: Both are of the lengths given.
    let found = unsafe { holds(text.as_ptr(), text.len() as u64, held.as_ptr(), held.len() as u64) };
    assert_eq!(found, 0);
}

#[test]
fn a_text_matches_its_pattern() {
    let glob = glob::Glob::new("a*c").unwrap();
    let matches = |text: &str| {
        let pattern = glob.pattern();
        // SAFETY: Both are of the lengths given.
        unsafe { matches(pattern.as_ptr(), pattern.len() as u64, text.as_ptr(), text.len() as u64) }
    };
    assert_eq!([matches("abbc"), matches("ac"), matches("ab")], [1, 1, 0]);
}

/// The digests of `abc` (NIST, Cryptographic Standards and Guidelines, examples with intermediate values: SHA-256,
/// SHA-384, SHA-512), written over what was hashed.
#[test]
fn a_digest_may_lie_where_the_text_did() {
    let expected = [
        (Hash::Sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Hash::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            Hash::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd\
             454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];
    for (function, digest) in expected {
        let mut room = [0u8; 8 * COMPUTED_WORDS as usize];
        room[..3].copy_from_slice(b"abc");
        let place = room.as_mut_ptr();
        // SAFETY: Three bytes are read, and at most as many written as the room has.
        unsafe { hash(hash_code(function), place, 3, place) };
        let expected = hex::decode(digest).unwrap();
        assert_eq!(room[..expected.len()], expected, "{function:?}");
        assert!(room[expected.len()..].iter().all(|byte| *byte == 0), "nothing else is written");
    }
    // SAFETY: No function has this code, so nothing is read or written.
    assert_eq!(unsafe { hash(9, ptr::null(), 0, ptr::null_mut()) }, 0);
}

fn address(text: &str) -> [u64; 3] {
    address_words(text.parse::<IpAddr>().unwrap())
}

fn network(text: &str, prefix: u8) -> [u64; 4] {
    network_words(text.parse::<IpAddr>().unwrap(), prefix)
}

#[test]
fn addresses_and_networks_lie_in_networks() {
    let outer = network("10.0.0.0", 8);
    // SAFETY: These are the words of addresses and of networks.
    let lies = |inner: [u64; 3]| unsafe { address_in_network(inner.as_ptr(), outer.as_ptr()) };
    assert_eq!([lies(address("10.9.8.7")), lies(address("11.0.0.0")), lies(address("::1"))], [1, 0, 0]);
    // SAFETY: As above.
    let inside = |inner: [u64; 4]| unsafe { network_inside(inner.as_ptr(), outer.as_ptr()) };
    assert_eq!([inside(network("10.1.0.0", 16)), inside(outer), inside(network("0.0.0.0", 0))], [1, 1, 0]);
}

#[test]
fn a_prefix_beyond_an_address_overflows_nothing() {
    let (address, network) = ([u64::MAX; 3], [u64::MAX; 4]);
    // SAFETY: These are the words of an address and of a network, whatever they say.
    let found = unsafe {
        [address_in_network(address.as_ptr(), network.as_ptr()), network_inside(network.as_ptr(), network.as_ptr())]
    };
    assert_eq!(found, [1, 1]);
}

/// `a` counts from 10 until 20, `b` always, `c` never.
fn letters() -> ReferenceSet {
    let windows = |window| Windows::new([window]);
    let members =
        [(b"a", windows(Window { from: 10, until: 20 })), (b"b", windows(Window::ALWAYS)), (b"c", Windows::new([]))];
    let members = members.iter().map(|(name, windows)| (name.to_vec(), windows));
    ReferenceSet::new(Some(Element::Text), members)
}

fn with_until(call: impl FnOnce(*mut i64) -> u8) -> (u8, i64) {
    let mut until = 0;
    (call(&raw mut until), until)
}

#[test]
fn elements_are_in_a_reference_set_at_their_time() {
    let letters = letters();
    let find = |element: &[u8], now| {
        let set = ptr::from_ref(&letters).cast();
        // SAFETY: The set is a reference set, and the element of its length.
        with_until(|until| unsafe { in_set(set, REFERENCE_SET, element.as_ptr(), element.len() as u64, now, until) })
    };
    assert_eq!([find(b"a", 9), find(b"a", 10), find(b"a", 20)], [(0, 10), (1, 20), (0, FOREVER)]);
    assert_eq!([find(b"b", 9), find(b"c", 9), find(b"d", 9)], [(1, FOREVER), (0, FOREVER), (0, FOREVER)]);
}

#[test]
fn elements_are_in_a_table() {
    let table = SetTable::encode([b"a".to_vec(), b"bc".to_vec()]).unwrap();
    let find = |element: &[u8]| {
        let (data, length) = (table.as_ptr().cast(), table.len() as u64);
        // SAFETY: The table and the element are of their lengths.
        with_until(|until| unsafe { in_set(data, length, element.as_ptr(), element.len() as u64, 0, until) })
    };
    assert_eq!([find(b"a"), find(b"bc"), find(b"b")], [(1, FOREVER), (1, FOREVER), (0, FOREVER)]);
}

#[test]
fn subsets_change_with_any_element() {
    let letters = letters();
    let reference = (ptr::from_ref(&letters).cast(), REFERENCE_SET);
    let tables = [vec![], vec![b"a".to_vec()], vec![b"b".to_vec()], vec![b"b".to_vec(), b"x".to_vec()]]
        .map(|elements| SetTable::encode(elements).unwrap());
    let tables = tables.each_ref().map(|table| (table.as_ptr().cast(), table.len() as u64));
    let ask = |inner: (*const c_void, u64), outer: (*const c_void, u64), now| {
        // SAFETY: The sets are a reference set and tables of their lengths.
        with_until(|until| unsafe { subset(inner.0, inner.1, outer.0, outer.1, now, until) })
    };
    let [none, a, b, bx] = tables;
    assert_eq!([ask(none, reference, 0), ask(a, reference, 0)], [(1, FOREVER), (0, 10)]);
    assert_eq!([ask(a, reference, 10), ask(a, reference, 20)], [(1, 20), (0, FOREVER)]);
    assert_eq!([ask(b, bx, 0), ask(bx, b, 0)], [(1, FOREVER), (0, FOREVER)]);
    assert_eq!([ask(reference, b, 0), ask(reference, b, 10), ask(reference, b, 20)], [(1, 10), (0, 20), (1, FOREVER)]);
    assert_eq!([ask(reference, reference, 0), ask(reference, reference, 15)], [(1, 10), (1, 20)]);
}

#[test]
fn an_address_lies_in_the_networks_that_count() {
    let bytes = |text, prefix| network(text, prefix).into_iter().flat_map(u64::to_le_bytes).collect::<Vec<_>>();
    let dated = Windows::new([Window { from: 10, until: 20 }]);
    let always = Windows::new([Window::ALWAYS]);
    let members = [(bytes("10.0.0.0", 8), &dated), (bytes("10.1.0.0", 16), &always)];
    let networks = ReferenceSet::new(Some(Element::Words(4)), members);
    let ask = |text, now| {
        let (address, networks) = (address(text), ptr::from_ref(&networks).cast());
        // SAFETY: The address is of its words, and the set a reference set.
        with_until(|until| unsafe { in_networks(address.as_ptr(), networks, now, until) })
    };
    assert_eq!([ask("10.2.3.4", 0), ask("10.2.3.4", 10), ask("10.2.3.4", 20)], [(0, 10), (1, 20), (0, FOREVER)]);
    assert_eq!([ask("10.1.3.4", 0), ask("10.1.3.4", 20), ask("9.9.9.9", 0)], [(1, 10), (1, FOREVER), (0, FOREVER)]);
}

#[test]
fn elements_of_one_key_are_counted_once() {
    let always = |truth| Timed { truth, until: FOREVER };
    let mut elements = [always(Truth::True), always(Truth::True), always(Truth::False), always(Truth::True)];
    let keys = [&b"a"[..], b"b", b"b", b"a"];
    let keys = keys.map(|key| ElementKey { address: key.as_ptr(), length: 1, computed: [0; 8] });
    let (comparison, elements) = (comparison_code(Comparison::Eq), elements.as_mut_ptr());
    let call = |until| {
        // SAFETY: There are four elements and their keys.
        unsafe { count_distinct(elements, keys.as_ptr(), 4, comparison, 2, until) }
    };
    assert_eq!(with_until(call), (Truth::True as u8, FOREVER));
}

#[test]
fn elements_are_counted() {
    let elements = [Timed { truth: Truth::True, until: 9 }, Timed { truth: Truth::False, until: FOREVER }];
    let count = |code| {
        let (mut elements, mut until) = (elements, 0);
        // SAFETY: There are two elements, and a place for until when.
        let truth = unsafe { count_elements(elements.as_mut_ptr(), 2, code, 1, &mut until) };
        (truth, until)
    };
    assert_eq!(count(comparison_code(Comparison::Ge)), (Truth::True as u8, 9));
    assert_eq!(count(comparison_code(Comparison::Gt)), (Truth::False as u8, FOREVER));
    assert_eq!(count(99), (Truth::Indeterminate as u8, i64::MIN), "no comparison has this code");
}

/// Compiled code passes no such number. If it did, nothing would be certain, and nothing would be written.
#[test]
fn numbers_that_mean_nothing_are_answered() {
    let mut element = [Timed::fixed(true)];
    for comparison in [6, 255, u64::MAX] {
        // SAFETY: There is one element, which nobody else uses, and `until` can be written.
        let call = |until| unsafe { count_elements(element.as_mut_ptr(), 1, comparison, 1, until) };
        assert_eq!(with_until(call), (Truth::Indeterminate as u8, i64::MIN), "{comparison}");
    }
    let mut digest = [7; 64];
    // SAFETY: Text and room are of 64 bytes.
    let written = unsafe { hash(u64::MAX, digest.as_ptr(), 64, digest.as_mut_ptr()) };
    assert_eq!((written, digest), (0, [7; 64]));
}

/// Whatever number compiled code compares with, nothing overflows.
#[test]
fn counts_are_compared_with_the_ends_of_the_numbers() {
    let [least, equal, most] = [Comparison::Ge, Comparison::Eq, Comparison::Le].map(comparison_code);
    let mut elements =
        [Timed::fixed(true), Timed::fixed(false), Timed { truth: Truth::Indeterminate, until: i64::MIN }];
    for (comparison, bound, truth) in [
        (least, i64::MIN, Truth::True),
        (least, i64::MAX, Truth::False),
        (equal, i64::MIN, Truth::False),
        (equal, i64::MAX, Truth::False),
        (most, i64::MIN, Truth::False),
        (most, i64::MAX, Truth::True),
    ] {
        // SAFETY: There are three elements, which nobody else uses, and `until` can be written.
        let call = |until| unsafe { count_elements(elements.as_mut_ptr(), 3, comparison, bound, until) };
        assert_eq!(with_until(call).0, truth as u8, "{comparison} {bound}");
    }
}
