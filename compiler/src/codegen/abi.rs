//! The calling contract between the engine and compiled code.
//!
//! Every compiled function is an [`Entry`]: it takes one [`Context`], reads what the context points to, and writes
//! only what the context gives it to write: four places, and the context's own last three fields. It keeps no state,
//! calls nothing but the [`Helpers`] and never unwinds.
//!
//! Whoever makes a context must uphold what its fields say. In return, compiled code of a
//! [`Program`](crate::ir::Program) reads and writes nothing else, whatever the frames, the reference values and the
//! session values hold:
//!
//! - every slot was checked against its frame when the code was emitted (`facts`);
//! - a list's length is cut at the most that its type allows, a text that does not lie in its heap counts as empty,
//!   and a reference value that is not of the expected [`Form`] counts as not loaded.
//!
//! Pointers and words are of 64 bits, little-endian.

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
    /// Room for the answers of a list's elements: at least [`Emitted::elements`](super::Emitted::elements).
    pub elements: *mut Timed,
    /// Room for as many rules as the program has.
    pub fired: *mut Fired,
    /// How many of these are written; zero when a decision begins.
    pub fired_count: u64,
    /// The first instant at which a permit's condition could change; [`FOREVER`](crate::time::FOREVER) when a
    /// decision begins.
    pub permit_until: i64,
    /// The same for forbids.
    pub forbid_until: i64,
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

/// A rule whose condition is not false: its index shifted left by one, and in the lowest bit whether the condition is
/// indeterminate.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Fired(u32);

impl Fired {
    /// A rule by its index, which is below 2³¹, and whether its condition is indeterminate.
    pub fn new(rule: u32, indeterminate: bool) -> Self {
        Fired(rule << 1 | u32::from(indeterminate))
    }

    /// The position in [`Program::rules`](crate::ir::Program::rules).
    pub fn rule(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// Whether the condition rests on a reference value that was never loaded; if not, it is true.
    pub fn indeterminate(self) -> bool {
        self.0 & 1 == 1
    }
}

/// A reference value as compiled code sees it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ReferenceEntry {
    /// The [code](Form::code) of its form.
    pub form: u64,
    /// The words, the text, or the set that [`Helpers::in_reference`] searches; not read when not loaded.
    pub data: *const c_void,
    /// The length of a text in bytes.
    pub length: u64,
}

/// The forms of a reference value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// Never loaded, or of a type that compiled code does not read.
    NotLoaded,
    /// So many words, laid out as in a frame.
    Words(u32),
    /// Text in UTF-8.
    Text,
    /// A set of elements of this form.
    Set(Element),
}

impl Form {
    /// One number for the whole form, equal only for equal forms: the kind in the low half, the number of words in
    /// the high half.
    pub const fn code(self) -> u64 {
        let (kind, words) = match self {
            Form::NotLoaded => (0, 0),
            Form::Words(words) => (1, words),
            Form::Text => (2, 0),
            Form::Set(Element::Integer) => (3, 0),
            Form::Set(Element::Bytes(words)) => (4, words),
            Form::Set(Element::Text) => (5, 0),
            Form::Set(Element::Tcb) => (6, 0),
        };
        kind | (words as u64) << 32
    }
}

/// The functions compiled code may call. None of them unwinds.
///
/// Compiled code passes only memory that its context gave it, of the lengths that it passes along. Those that ask
/// whether something is so answer 0 or 1.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Helpers {
    /// Whether two byte strings of this length are equal.
    pub equal: unsafe extern "C" fn(*const u8, *const u8, u64) -> u8,
    /// Whether an integer is in a table of so many integers, ascending.
    pub integer_in: unsafe extern "C" fn(i64, *const i64, u64) -> u8,
    /// Whether a byte string of so many words (one or more) is in a table of so many such strings, ascending.
    pub bytes_in: unsafe extern "C" fn(*const u64, u64, *const u64, u64) -> u8,
    /// Whether a text of this length is in a table of so many texts, ascending. The table begins with one word a
    /// text: its place, in bytes from the beginning of the table, in the low half, and its length in bytes in the
    /// high half.
    pub text_in: unsafe extern "C" fn(*const u8, u64, *const u64, u64) -> u8,
    /// Whether a set that a [`ReferenceEntry`] of a [`Form::Set`] points to has an element: its first word or byte
    /// and its length, in words, or for text in bytes.
    pub in_reference: unsafe extern "C" fn(*const c_void, *const u8, u64) -> u8,
    /// [`truth::count`](crate::truth::count) over so many elements, with the [code](comparison_code) of a comparison
    /// and the bound: answers the [`Truth`](crate::truth::Truth) as a number and writes until when it holds to the
    /// last place.
    pub count: unsafe extern "C" fn(*mut Timed, u64, u64, i64, *mut i64) -> u8,
}

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
                offset_of!(Context, fired),
                offset_of!(Context, fired_count),
                offset_of!(Context, permit_until),
                offset_of!(Context, forbid_until),
                size_of::<Context>(),
            ],
            [0, 8, 32, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128, 136]
        );
        let parts = [offset_of!(FrameParts, words), offset_of!(FrameParts, heap), offset_of!(FrameParts, heap_length)];
        assert_eq!(parts, [0, 8, 16]);
        let entry =
            [offset_of!(ReferenceEntry, form), offset_of!(ReferenceEntry, data), offset_of!(ReferenceEntry, length)];
        assert_eq!(entry, [0, 8, 16]);
        assert_eq!([offset_of!(Timed, truth), offset_of!(Timed, until), size_of::<Timed>()], [0, 8, 16]);
        assert_eq!([size_of::<FrameParts>(), size_of::<ReferenceEntry>(), size_of::<Fired>()], [24, 24, 4]);
    }

    #[test]
    fn forms_have_codes_of_their_own() {
        let sets = [Element::Integer, Element::Text, Element::Tcb, Element::Bytes(0), Element::Bytes(1)];
        let others = [Form::NotLoaded, Form::Text, Form::Words(0), Form::Words(1), Form::Words(u32::MAX)];
        let codes: HashSet<_> = sets.into_iter().map(Form::Set).chain(others).map(Form::code).collect();
        assert_eq!(codes.len(), 10);
    }

    #[test]
    fn comparisons_come_back_from_their_codes() {
        for comparison in [Comparison::Eq, Comparison::Lt, Comparison::Le, Comparison::Gt, Comparison::Ge] {
            assert_eq!(comparison_of_code(comparison_code(comparison)), Some(comparison));
        }
        assert_eq!(comparison_of_code(5), None);
    }

    #[test]
    fn a_fired_rule_keeps_its_index_and_truth() {
        let fired = Fired::new((1 << 31) - 1, true);
        assert_eq!((fired.rule(), fired.indeterminate()), ((1 << 31) - 1, true));
        let fired = Fired::new(0, false);
        assert_eq!((fired.rule(), fired.indeterminate()), (0, false));
    }
}
