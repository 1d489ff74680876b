//! The functions that compiled code calls back.
//!
//! They are called with memory that compiled code was given, of lengths that it knows to be right, and cannot unwind:
//! none has a way to panic, and if one had, a panic that leaves an `extern "C"` function ends the process rather than
//! undefined behaviour.

use super::references::Times;
use super::set::{ReferenceSet, Set};
use atbac_compiler::codegen::abi::{
    ElementKey, Helpers, REFERENCE_SET, ReferenceEntry, comparison_of_code, hash_of_code,
};
use atbac_compiler::glob;
use atbac_compiler::ir::{bounds_within, longest_beginning};
use atbac_compiler::layout::{NETWORK_WORDS, SetTable, in_network, network_in_network};
use atbac_compiler::time::FOREVER;
use atbac_compiler::truth::{Timed, Truth, count, merge_groups};
use core::cmp::Ordering;
use core::ffi::c_void;
use core::slice;
use memchr::memmem;

#[cfg(test)]
mod tests;

/// The one table of helpers, for every context.
pub(super) static HELPERS: Helpers = Helpers {
    equal,
    integer_in,
    words_in,
    text_in,
    holds,
    matches,
    hash,
    in_network: address_in_network,
    network_in_network: network_inside,
    window,
    in_set,
    subset,
    in_networks,
    bounds,
    beginning,
    end,
    count: count_elements,
    count_distinct,
};

/// # Safety
/// From each pointer on, so many bytes can be read.
unsafe extern "C" fn equal(left: *const u8, right: *const u8, length: u64) -> u8 {
    // SAFETY: By this function's own contract.
    let (left, right) =
        unsafe { (slice::from_raw_parts(left, length as usize), slice::from_raw_parts(right, length as usize)) };
    u8::from(left == right)
}

/// # Safety
/// The table has so many integers.
unsafe extern "C" fn integer_in(value: i64, table: *const i64, count: u64) -> u8 {
    // SAFETY: By this function's own contract; the table lies in the constants, which are aligned to a word.
    let table = unsafe { slice::from_raw_parts(table, count as usize) };
    u8::from(table.binary_search(&value).is_ok())
}

/// # Safety
/// The value has so many words, and the table so many times as many.
unsafe extern "C" fn words_in(value: *const u64, words: u64, table: *const u64, count: u64) -> u8 {
    let (words, count) = (words as usize, count as usize);
    search(count, |index| {
        // SAFETY: By this function's own contract: `index < count`, so the words from `index * words` on lie in the
        // table. Both frames and constants are aligned to a word.
        let (value, member) =
            unsafe { (slice::from_raw_parts(value, words), slice::from_raw_parts(table.add(index * words), words)) };
        member.cmp(value)
    })
}

/// # Safety
/// The text has so many bytes, and the table is one that the compiler made of so many texts.
unsafe extern "C" fn text_in(text: *const u8, length: u64, table: *const u64, count: u64) -> u8 {
    search(count as usize, |index| {
        // SAFETY: By this function's own contract, and `index < count`.
        let (text, member) = unsafe { (slice::from_raw_parts(text, length as usize), text_of(table, index)) };
        member.cmp(text)
    })
}

/// One of the texts of a table.
///
/// # Safety
/// The table is one that the compiler made of more texts than `index`, and stays as long as the text is used.
unsafe fn text_of<'t>(table: *const u64, index: usize) -> &'t [u8] {
    // SAFETY: By this function's own contract: the table begins with a word for each text, which gives its place in
    // bytes from the table's beginning and its length, both inside the constants.
    unsafe {
        let entry = *table.add(index);
        let text = table.cast::<u8>().add((entry & 0xffff_ffff) as usize);
        slice::from_raw_parts(text, (entry >> 32) as usize)
    }
}

/// # Safety
/// The table has so many integers.
unsafe extern "C" fn bounds(value: i64, table: *const i64, count: u64) -> u8 {
    // SAFETY: By this function's own contract; the table lies in the constants, which are aligned to a word.
    let table = unsafe { slice::from_raw_parts(table, count as usize) };
    place_of_vector(bounds_within(table, value))
}

/// # Safety
/// The text has so many bytes, and the table is one that the compiler made of so many texts.
unsafe extern "C" fn beginning(text: *const u8, length: u64, table: *const u64, count: u64) -> u8 {
    // SAFETY: By this function's own contract.
    let text = unsafe { slice::from_raw_parts(text, length as usize) };
    // SAFETY: By this function's own contract; only places below `count` are asked for.
    let piece = |at| unsafe { text_of(table, at) };
    place_of_vector(longest_beginning(count as usize, piece, |at| text.get(at).copied()))
}

/// # Safety
/// As that of [`beginning`].
unsafe extern "C" fn end(text: *const u8, length: u64, table: *const u64, count: u64) -> u8 {
    // SAFETY: By this function's own contract.
    let text = unsafe { slice::from_raw_parts(text, length as usize) };
    // SAFETY: By this function's own contract; only places below `count` are asked for.
    let piece = |at| unsafe { text_of(table, at) };
    place_of_vector(longest_beginning(count as usize, piece, |at| text.iter().nth_back(at).copied()))
}

/// A filter has fewer bounds or pieces than a byte has values.
fn place_of_vector(place: usize) -> u8 {
    place as u8
}

/// Whether a place below `count` compares equal, in a table that ascends.
fn search(count: usize, compare: impl Fn(usize) -> Ordering) -> u8 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        match compare(middle) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return 1,
            Ordering::Greater => high = middle,
        }
    }
    0
}

/// # Safety
/// Both byte strings are of their lengths.
unsafe extern "C" fn holds(text: *const u8, length: u64, held: *const u8, held_length: u64) -> u8 {
    // SAFETY: By this function's own contract.
    let (text, held) =
        unsafe { (slice::from_raw_parts(text, length as usize), slice::from_raw_parts(held, held_length as usize)) };
    // In time that grows with the sum of the lengths, not with their product.
    u8::from(memmem::find(text, held).is_some())
}

/// # Safety
/// Pattern and text are of their lengths.
unsafe extern "C" fn matches(pattern: *const u8, pattern_length: u64, text: *const u8, length: u64) -> u8 {
    // SAFETY: By this function's own contract.
    let (pattern, text) = unsafe {
        (slice::from_raw_parts(pattern, pattern_length as usize), slice::from_raw_parts(text, length as usize))
    };
    u8::from(glob::matches(pattern, text))
}

/// # Safety
/// The text is of its length, and from `place` on as many bytes as the digest has can be written.
unsafe extern "C" fn hash(function: u64, text: *const u8, length: u64, place: *mut u8) -> u8 {
    let Some(function) = hash_of_code(function) else {
        // Compiled code passes no other number.
        return 0;
    };
    // SAFETY: By this function's own contract. The place may lie in the text, which is not used any more when the digest
    // is written.
    let (digest, digest_length) = function.digest(unsafe { slice::from_raw_parts(text, length as usize) });
    // SAFETY: By this function's own contract; the digest is memory of its own.
    unsafe { place.copy_from_nonoverlapping(digest.as_ptr(), digest_length) };
    0
}

/// # Safety
/// The address and the network are of their words.
unsafe extern "C" fn address_in_network(address: *const u64, network: *const u64) -> u8 {
    // SAFETY: By this function's own contract; frames, constants and reference values are aligned to a word.
    let (address, network) = unsafe { (&*address.cast(), &*network.cast()) };
    u8::from(in_network(address, &bounded(network)))
}

/// # Safety
/// Both networks are of their words.
unsafe extern "C" fn network_inside(inner: *const u64, outer: *const u64) -> u8 {
    // SAFETY: By this function's own contract; frames, constants and reference values are aligned to a word.
    let (inner, outer) = unsafe { (&*inner.cast(), &*outer.cast()) };
    u8::from(network_in_network(&bounded(inner), &bounded(outer)))
}

/// The network with a prefix no longer than an address: whatever a frame holds, nothing overflows.
fn bounded(network: &[u64; NETWORK_WORDS as usize]) -> [u64; NETWORK_WORDS as usize] {
    let [family, upper, lower, prefix] = *network;
    [family, upper, lower, prefix.min(128)]
}

/// # Safety
/// The entry is one of a [`CompiledReferences`](super::references::CompiledReferences) that still lives, and `until`
/// can be written.
unsafe extern "C" fn window(entry: *const ReferenceEntry, now: i64, until: *mut i64) -> u8 {
    // SAFETY: By this function's own contract; `references` makes entries whose windows are null or point to `Times`,
    // which nobody changes.
    let times = unsafe { (*entry).windows.cast::<Times>().as_ref() };
    // SAFETY: By this function's own contract.
    unsafe { timed(times.map_or((false, FOREVER), |times| times.at(now)), until) }
}

/// # Safety
/// The set is as [`set`] asks, the element of its length, and `until` can be written.
unsafe extern "C" fn in_set(
    data: *const c_void,
    length: u64,
    element: *const u8,
    element_length: u64,
    now: i64,
    until: *mut i64,
) -> u8 {
    // SAFETY: By this function's own contract.
    unsafe {
        let element = slice::from_raw_parts(element, element_length as usize);
        timed(set(data, length).at(element, now), until)
    }
}

/// # Safety
/// The sets are as [`set`] asks, and `until` can be written.
unsafe extern "C" fn subset(
    inner: *const c_void,
    inner_length: u64,
    outer: *const c_void,
    outer_length: u64,
    now: i64,
    until: *mut i64,
) -> u8 {
    // SAFETY: By this function's own contract.
    unsafe { timed(set(inner, inner_length).is_in(&set(outer, outer_length), now), until) }
}

/// # Safety
/// The address is of its words, the set one that an entry of its form points to, and `until` can be written.
unsafe extern "C" fn in_networks(address: *const u64, networks: *const c_void, now: i64, until: *mut i64) -> u8 {
    // SAFETY: By this function's own contract; frames, constants and reference values are aligned to a word.
    unsafe {
        let (address, networks) = (&*address.cast(), &*networks.cast::<ReferenceSet>());
        timed(networks.has_network_of(address, now), until)
    }
}

/// The set that compiled code passes.
///
/// # Safety
/// It is what an entry of a [`CompiledReferences`](super::references::CompiledReferences) that still lives points to,
/// with [`REFERENCE_SET`], or memory of this length.
unsafe fn set<'a>(data: *const c_void, length: u64) -> Set<'a> {
    // SAFETY: By this function's own contract; nobody changes a `ReferenceSet`.
    unsafe {
        match length {
            REFERENCE_SET => Set::Reference(&*data.cast::<ReferenceSet>()),
            length => Set::Table(SetTable::new(slice::from_raw_parts(data.cast(), length as usize))),
        }
    }
}

/// An answer with until when it holds, as compiled code takes it.
///
/// # Safety
/// `until` can be written.
unsafe fn timed((answer, change): (bool, i64), until: *mut i64) -> u8 {
    // SAFETY: By this function's own contract.
    unsafe { until.write(change) };
    u8::from(answer)
}

/// # Safety
/// From `elements` on lie so many that are written and that nobody else uses; `until` can be written.
unsafe extern "C" fn count_elements(
    elements: *mut Timed,
    length: u64,
    comparison: u64,
    bound: i64,
    until: *mut i64,
) -> u8 {
    // SAFETY: By this function's own contract; compiled code writes no truth but those of `Truth`.
    let elements = unsafe { slice::from_raw_parts_mut(elements, length as usize) };
    // SAFETY: By this function's own contract.
    unsafe { compared(elements, comparison, bound, until) }
}

/// # Safety
/// From `elements` and `keys` on lie so many that are written, `elements` used by nobody else; each key's address and
/// length are those of bytes that can be read; `until` can be written.
unsafe extern "C" fn count_distinct(
    elements: *mut Timed,
    keys: *const ElementKey,
    length: u64,
    comparison: u64,
    bound: i64,
    until: *mut i64,
) -> u8 {
    // SAFETY: By this function's own contract; compiled code writes no truth but those of `Truth`.
    let elements = unsafe { slice::from_raw_parts_mut(elements, length as usize) };
    let key = |index: usize| {
        // SAFETY: By this function's own contract: there are as many keys as elements, and `merge_groups` asks about
        // elements only. Of a key, nothing but address and length need be written.
        unsafe {
            let key = keys.add(index);
            slice::from_raw_parts((*key).address, (*key).length as usize)
        }
    };
    let left = merge_groups(elements, |one, other| key(one) == key(other));
    // SAFETY: By this function's own contract.
    unsafe { compared(&mut elements[..left], comparison, bound, until) }
}

/// Compares the number of elements that are true with a bound.
///
/// # Safety
/// `until` can be written.
unsafe fn compared(elements: &mut [Timed], comparison: u64, bound: i64, until: *mut i64) -> u8 {
    let answer = match comparison_of_code(comparison) {
        Some(comparison) => count(comparison, bound, elements),
        // Compiled code passes no other number. If it did, nothing would be certain.
        None => Timed { truth: Truth::Indeterminate, until: i64::MIN },
    };
    // SAFETY: By this function's own contract.
    unsafe { until.write(answer.until) };
    answer.truth as u8
}
