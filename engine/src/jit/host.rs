//! The functions that compiled code calls back.
//!
//! They are called with memory that compiled code was given, of lengths that it knows to be right, and cannot unwind: none has a way to
//! panic, and if one had, a panic that leaves an `extern "C"` function ends the process rather than undefined behaviour.

use super::references::ReferenceSet;
use atbac_compiler::codegen::abi::{Helpers, comparison_of_code};
use atbac_compiler::truth::{Timed, Truth, count};
use core::cmp::Ordering;
use core::ffi::c_void;
use core::slice;

/// The one table of helpers, for every context.
pub(super) static HELPERS: Helpers =
    Helpers { equal, integer_in, bytes_in, text_in, in_reference, count: count_elements };

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
unsafe extern "C" fn bytes_in(value: *const u64, words: u64, table: *const u64, count: u64) -> u8 {
    let (words, count) = (words as usize, count as usize);
    search(count, |index| {
        // SAFETY: By this function's own contract: `index < count`, so the words from `index * words` on lie in the table. Both frames and
        // constants are aligned to a word.
        let (value, member) =
            unsafe { (slice::from_raw_parts(value, words), slice::from_raw_parts(table.add(index * words), words)) };
        member.cmp(value)
    })
}

/// # Safety
/// The text has so many bytes, and the table is one that the compiler made of so many texts.
unsafe extern "C" fn text_in(text: *const u8, length: u64, table: *const u64, count: u64) -> u8 {
    search(count as usize, |index| {
        // SAFETY: By this function's own contract: the table begins with `count` words, each of which gives the place of a text in bytes
        // from the table's beginning and its length, both inside the constants.
        let (text, member) = unsafe {
            let entry = *table.add(index);
            let member = table.cast::<u8>().add((entry & 0xffff_ffff) as usize);
            (slice::from_raw_parts(text, length as usize), slice::from_raw_parts(member, (entry >> 32) as usize))
        };
        member.cmp(text)
    })
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
/// The set is one that a [`ReferenceEntry`](atbac_compiler::codegen::abi::ReferenceEntry) of its form points to, and from the element on so many
/// words, or bytes for a set of text, can be read.
unsafe extern "C" fn in_reference(set: *const c_void, element: *const u8, length: u64) -> u8 {
    let length = length as usize;
    // SAFETY: By this function's own contract; `references` makes such entries of nothing but a `ReferenceSet`, and nobody changes one.
    let set = unsafe { &*set.cast::<ReferenceSet>() };
    // SAFETY: By this function's own contract; the words of frames, constants and reference values are aligned as words.
    let found = unsafe {
        match set {
            ReferenceSet::Integers(set) => set.contains(&*element.cast::<i64>()),
            ReferenceSet::Bytes(_, set) | ReferenceSet::Tcb(set) => {
                set.contains(slice::from_raw_parts(element.cast::<u64>(), length))
            }
            ReferenceSet::Text(set) => set.contains(slice::from_raw_parts(element, length)),
        }
    };
    u8::from(found)
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
    let answer = match comparison_of_code(comparison) {
        Some(comparison) => count(comparison, bound, elements),
        // Compiled code passes no other number. If it did, nothing would be certain.
        None => Timed { truth: Truth::Indeterminate, until: i64::MIN },
    };
    // SAFETY: By this function's own contract.
    unsafe { until.write(answer.until) };
    answer.truth as u8
}
