//! The calling contract between the engine and compiled code.
//!
//! Every compiled function is an [`Entry`]: it takes one [`Context`], reads what the context points to, and writes
//! only what the context gives it to write: five places, and the context's own last four fields. It keeps no state,
//! calls nothing but the [`Helpers`] and never unwinds.
//!
//! Whoever makes a context must uphold what its fields say. In return, compiled code of a
//! [`Program`](crate::ir::Program) reads and writes nothing else, whatever the frames, the reference values and the
//! session values hold:
//!
//! - every slot was checked against its frame when the code was emitted (`facts`);
//! - a list's length, also of one in an element, is cut at the most that its type allows, a text that does not lie in its heap counts as empty,
//!   memory that is no set table is an empty set, and a reference value that is not of the expected [`Form`] counts as
//!   not loaded.
//!
//! A reference value counts in windows of time. Its entry has the first of them, so that compiled code asks nobody
//! while that one has not ended, and finds the others through [`Helpers::window`].
//!
//! Pointers and words are of 64 bits, little-endian.

use crate::checked::Hash;
use crate::fired::Fired;
use crate::ir::{Comparison, Element};
use crate::truth::Timed;
use core::ffi::c_void;

/// A compiled function.
pub type Entry = unsafe extern "C" fn(*mut Context);

/// Everything a compiled function reads and writes.
#[repr(C)]
#[derive(Debug)]
pub struct Context {
    /// The clock, in milliseconds since 1970-01-01T00:00:00Z.
    pub now: i64,
    /// The session frame: as many words as the program's session layout has.
    pub session: FrameParts,
    /// The call frame: as many words as the program's call layout has. Not read by functions of the session.
    pub call: FrameParts,
    /// The reference values: at least [`Emitted::references`](super::Emitted::references).
    pub references: *const ReferenceEntry,
    /// The program's constants, see [`Emitted::constants`](super::Emitted::constants).
    pub constants: *const u64,
    /// The functions that compiled code may call.
    pub helpers: *const Helpers,
    /// The program's session values, each with a truth: written by functions of the session, read by those of a
    /// decision.
    pub session_values: *mut Timed,
    /// Room for the answers of shared tests: at least [`Emitted::tests`](super::Emitted::tests).
    pub tests: *mut Timed,
    /// Room for the answers of lists' elements: at least [`Emitted::elements`](super::Emitted::elements).
    pub elements: *mut Timed,
    /// Room for the values by which elements count once: at least [`Emitted::keys`](super::Emitted::keys).
    pub keys: *mut ElementKey,
    /// Room for as many rules as the program has, each of which is noted once at most, in any order.
    pub fired: *mut Fired,
    /// How many of these are written; zero when a decision begins.
    pub fired_count: u64,
    /// The first instant at which a permit's condition could change; [`FOREVER`](crate::time::FOREVER) when a
    /// decision begins.
    pub permit_until: i64,
    /// The same for forbids.
    pub forbid_until: i64,
    /// The first instant at which the answer to any test could change that a session value was found from, in whatever way it
    /// bears on it; [`FOREVER`](crate::time::FOREVER) when functions of the session begin. Not written by those of a decision.
    pub changes_at: i64,
}

/// A frame's memory.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct FrameParts {
    /// The words.
    pub words: *const u64,
    /// The text.
    pub heap: *const u8,
    /// The text's length in bytes.
    pub heap_length: u64,
}

/// A reference value as compiled code sees it.
///
/// While the clock is before `until`, the value counts from `from` on. From `until` on, [`Helpers::window`] knows. A value
/// that is not loaded has `from` and `until` [`FOREVER`](crate::time::FOREVER) and so never counts; a set has no windows,
/// its elements have.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ReferenceEntry {
    /// The [code](Form::code) of its form.
    pub form: u64,
    /// The words, the text, or the set that helpers search; not read when not loaded.
    pub data: *const c_void,
    /// The length of a text in bytes.
    pub length: u64,
    /// From when it counts first, in milliseconds.
    pub from: i64,
    /// Until when.
    pub until: i64,
    /// All times in which it counts, for [`Helpers::window`]; null for none.
    pub windows: *const c_void,
}

/// The value by which an element counts once, as bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ElementKey {
    /// The first of its bytes: in a frame, a reference value, the constants, or in `computed`.
    pub address: *const u8,
    /// How many.
    pub length: u64,
    /// Room for a value that is computed: a number or a digest.
    pub computed: [u64; COMPUTED_WORDS as usize],
}

/// The words of the longest value that is computed in memory, a digest of 64 bytes.
pub const COMPUTED_WORDS: u32 = 8;

/// The forms of a reference value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Never loaded.
    NotLoaded,
    /// So many words, laid out as in a frame.
    Words(u32),
    /// A byte string of any length, as in a frame's heap.
    Text,
    /// A set of elements of this form.
    Set(Element),
    /// Loaded, of a type that compiled code does not read.
    Other,
}

impl Form {
    /// One number for the whole form, equal only for equal forms: the kind in the low half, the number of words or
    /// bytes in the high half.
    pub const fn code(self) -> u64 {
        let (kind, size) = match self {
            Form::NotLoaded => (0, 0),
            Form::Words(words) => (1, words),
            Form::Text => (2, 0),
            Form::Set(Element::Integer) => (3, 0),
            Form::Set(Element::Words(words)) => (4, words),
            Form::Set(Element::Bytes(bytes)) => (5, bytes),
            Form::Set(Element::Text) => (6, 0),
            Form::Other => (7, 0),
        };
        kind | (size as u64) << 32
    }
}

/// The functions compiled code may call. None of them unwinds.
///
/// Compiled code passes only memory that its context gave it or that lies on its stack, of the lengths that it passes
/// along. Those that ask whether something is so answer 0 or 1; those that time can change write until when the answer
/// holds to their last argument.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Helpers {
    /// Whether two byte strings of this length are equal.
    pub equal: unsafe extern "C" fn(*const u8, *const u8, u64) -> u8,
    /// Whether an integer is in a table of so many integers, ascending.
    pub integer_in: unsafe extern "C" fn(i64, *const i64, u64) -> u8,
    /// Whether a value of so many words (one or more) is in a table of so many such values, ascending.
    pub words_in: unsafe extern "C" fn(*const u64, u64, *const u64, u64) -> u8,
    /// Whether a text of this length is in a table of so many texts, ascending. The table begins with one word a
    /// text: its place, in bytes from the beginning of the table, in the low half, and its length in bytes in the
    /// high half.
    pub text_in: unsafe extern "C" fn(*const u8, u64, *const u64, u64) -> u8,
    /// Whether a byte string holds another anywhere, each with its length.
    pub holds: unsafe extern "C" fn(*const u8, u64, *const u8, u64) -> u8,
    /// [`glob::matches`](crate::glob::matches) of a pattern and a text, each with its length.
    pub matches: unsafe extern "C" fn(*const u8, u64, *const u8, u64) -> u8,
    /// Writes the digest of a byte string of this length by the function with the [code](hash_code) to the last place,
    /// which may lie where the byte string does; answers 0.
    pub hash: unsafe extern "C" fn(u64, *const u8, u64, *mut u8) -> u8,
    /// [`layout::in_network`](crate::layout::in_network) of an address and a network.
    pub in_network: unsafe extern "C" fn(*const u64, *const u64) -> u8,
    /// [`layout::network_in_network`](crate::layout::network_in_network) of two networks.
    pub network_in_network: unsafe extern "C" fn(*const u64, *const u64) -> u8,
    /// Whether a reference value counts at this instant, and until when that stays so.
    pub window: unsafe extern "C" fn(*const ReferenceEntry, i64, *mut i64) -> u8,
    /// Whether an element, given with its length in bytes, counts at this instant in a set, which comes first: a
    /// [set table](crate::layout::SetTable) with its length, or what an entry of a [`Form::Set`] points to with
    /// [`REFERENCE_SET`].
    pub in_set: unsafe extern "C" fn(*const c_void, u64, *const u8, u64, i64, *mut i64) -> u8,
    /// Whether every element of the first set is in the second at this instant, both given as to `in_set`.
    pub subset: unsafe extern "C" fn(*const c_void, u64, *const c_void, u64, i64, *mut i64) -> u8,
    /// Whether an address lies in a network that counts at this instant in the set that an entry points to.
    pub in_networks: unsafe extern "C" fn(*const u64, *const c_void, i64, *mut i64) -> u8,
    /// [`bounds_within`](crate::ir::bounds_within) of an integer and a table of so many bounds, ascending, fewer than
    /// [`MOST_VECTORS`](crate::ir::MOST_VECTORS).
    pub bounds: unsafe extern "C" fn(i64, *const i64, u64) -> u8,
    /// [`longest_beginning`](crate::ir::longest_beginning) of a text of this length among so many pieces, fewer than
    /// [`MOST_VECTORS`](crate::ir::MOST_VECTORS), in a table as `text_in` has it.
    pub beginning: unsafe extern "C" fn(*const u8, u64, *const u64, u64) -> u8,
    /// The same of the text from its last byte to its first.
    pub end: unsafe extern "C" fn(*const u8, u64, *const u64, u64) -> u8,
    /// [`truth::count`](crate::truth::count) over so many elements, with the [code](comparison_code) of a comparison
    /// and the bound: answers the [`Truth`](crate::truth::Truth) as a number.
    pub count: unsafe extern "C" fn(*mut Timed, u64, u64, i64, *mut i64) -> u8,
    /// The same for elements of which those with the same key are [one](crate::truth::merge_groups): their keys come
    /// second.
    pub count_distinct: unsafe extern "C" fn(*mut Timed, *const ElementKey, u64, u64, i64, *mut i64) -> u8,
}

/// The length that tells a reference set from a table: no table is as long.
pub const REFERENCE_SET: u64 = u64::MAX;

/// The number that stands for a comparison in a call of [`Helpers::count`].
pub const fn comparison_code(comparison: Comparison) -> u64 {
    match comparison {
        Comparison::Eq => 0,
        Comparison::Lt => 1,
        Comparison::Le => 2,
        Comparison::Gt => 3,
        Comparison::Ge => 4,
    }
}

/// The comparison a number stands for; `None` if compiled code never passes it.
pub const fn comparison_of_code(code: u64) -> Option<Comparison> {
    match code {
        0 => Some(Comparison::Eq),
        1 => Some(Comparison::Lt),
        2 => Some(Comparison::Le),
        3 => Some(Comparison::Gt),
        4 => Some(Comparison::Ge),
        _ => None,
    }
}

/// The number that stands for a hash function in a call of [`Helpers::hash`].
pub const fn hash_code(hash: Hash) -> u64 {
    match hash {
        Hash::Sha256 => 0,
        Hash::Sha384 => 1,
        Hash::Sha512 => 2,
    }
}

/// The hash function a number stands for; `None` if compiled code never passes it.
pub const fn hash_of_code(code: u64) -> Option<Hash> {
    match code {
        0 => Some(Hash::Sha256),
        1 => Some(Hash::Sha384),
        2 => Some(Hash::Sha512),
        _ => None,
    }
}

/// How many bytes a digest has (FIPS 180-4, figure 1).
pub const fn digest_length(hash: Hash) -> u32 {
    match hash {
        Hash::Sha256 => 32,
        Hash::Sha384 => 48,
        Hash::Sha512 => 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::offset_of;
    use std::collections::HashSet;

    /// Fields of eight bytes one after the other, as the C layout puts them: neither side of the contract may come to
    /// another result.
    #[test]
    fn structs_lie_as_in_c() {
        assert_eq!(
            [
                offset_of!(Context, now),
                offset_of!(Context, session),
                offset_of!(Context, call),
                offset_of!(Context, references),
                offset_of!(Context, constants),
                offset_of!(Context, helpers),
                offset_of!(Context, session_values),
                offset_of!(Context, tests),
                offset_of!(Context, elements),
                offset_of!(Context, keys),
                offset_of!(Context, fired),
                offset_of!(Context, fired_count),
                offset_of!(Context, permit_until),
                offset_of!(Context, forbid_until),
                offset_of!(Context, changes_at),
                size_of::<Context>(),
            ],
            [0, 8, 32, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 136, 144, 152]
        );
        let parts = [offset_of!(FrameParts, words), offset_of!(FrameParts, heap), offset_of!(FrameParts, heap_length)];
        assert_eq!(parts, [0, 8, 16]);
        let entry = [
            offset_of!(ReferenceEntry, form),
            offset_of!(ReferenceEntry, data),
            offset_of!(ReferenceEntry, length),
            offset_of!(ReferenceEntry, from),
            offset_of!(ReferenceEntry, until),
            offset_of!(ReferenceEntry, windows),
        ];
        assert_eq!(entry, [0, 8, 16, 24, 32, 40]);
        let key = [offset_of!(ElementKey, address), offset_of!(ElementKey, length), offset_of!(ElementKey, computed)];
        assert_eq!(key, [0, 8, 16]);
        assert_eq!([offset_of!(Timed, truth), offset_of!(Timed, until), size_of::<Timed>()], [0, 8, 16]);
        let sizes = [size_of::<FrameParts>(), size_of::<ReferenceEntry>(), size_of::<ElementKey>(), size_of::<Fired>()];
        assert_eq!(sizes, [24, 48, 80, 4]);
    }

    #[test]
    fn forms_have_codes_of_their_own() {
        let sets = [
            Element::Integer,
            Element::Text,
            Element::Bytes(0),
            Element::Bytes(1),
            Element::Words(0),
            Element::Words(1),
        ];
        let others = [Form::NotLoaded, Form::Text, Form::Other, Form::Words(0), Form::Words(1), Form::Words(u32::MAX)];
        let codes: HashSet<_> = sets.into_iter().map(Form::Set).chain(others).map(Form::code).collect();
        assert_eq!(codes.len(), 12);
    }

    #[test]
    fn comparisons_come_back_from_their_codes() {
        for comparison in [Comparison::Eq, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge] {
            assert_eq!(comparison_of_code(comparison_code(comparison)), Some(comparison));
        }
        assert_eq!(comparison_of_code(5), None);
    }

    #[test]
    fn hash_functions_come_back_from_their_codes() {
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            assert_eq!(hash_of_code(hash_code(hash)), Some(hash));
            assert!(digest_length(hash) <= COMPUTED_WORDS * 8);
        }
        assert_eq!(hash_of_code(3), None);
    }
}
