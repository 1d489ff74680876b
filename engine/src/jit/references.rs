//! Reference values as compiled code reads them.

use atbac_compiler::codegen::abi::{Form, ReferenceEntry};
use atbac_compiler::ir::Element;
use core::ffi::c_void;
use core::ptr;
use foldhash::fast::RandomState;
use std::collections::HashSet;
use std::sync::Arc;

/// A loaded reference value of a type that compiled code reads.
///
/// Each is behind an [`Arc`] because compiled code has pointers into it: an `Arc`, unlike a `Box`, may be moved while
/// others point to what it holds.
pub(crate) enum Compiled {
    /// Words as in a frame: an integer, a byte string or a `Tcb`.
    Words(Arc<[u64]>),
    /// Text.
    Text(Arc<str>),
    /// A set.
    Set(Arc<ReferenceSet>),
}

/// A set to search. The hasher is seeded at random for each set, so that no one who chooses what is looked up can aim
/// at one place of it.
pub(crate) enum ReferenceSet {
    /// Of integers.
    Integers(HashSet<i64, RandomState>),
    /// Of byte strings of so many words.
    Bytes(u32, HashSet<Box<[u64]>, RandomState>),
    /// Of texts, in UTF-8.
    Text(HashSet<Box<[u8]>, RandomState>),
    /// Of `Tcb` vectors, in words.
    Tcb(HashSet<Box<[u64]>, RandomState>),
}

impl ReferenceSet {
    fn element(&self) -> Element {
        match self {
            ReferenceSet::Integers(_) => Element::Integer,
            ReferenceSet::Bytes(words, _) => Element::Bytes(*words),
            ReferenceSet::Text(_) => Element::Text,
            ReferenceSet::Tcb(_) => Element::Tcb,
        }
    }
}

/// Reference values laid out for compiled code, with the memory they point to.
pub(crate) struct CompiledReferences {
    entries: Box<[ReferenceEntry]>,
    /// Never read here, only dropped: what the entries point to.
    _values: Box<[Option<Compiled>]>,
}

// SAFETY: The entries point only into `_values`, which lives as long, is itself `Send` and `Sync`, and is changed by
// nobody.
unsafe impl Send for CompiledReferences {}
// SAFETY: As above.
unsafe impl Sync for CompiledReferences {}

impl CompiledReferences {
    /// Lays out the values, `None` for one that is not loaded.
    pub(crate) fn new(values: Vec<Option<Compiled>>) -> Self {
        let entries = values.iter().map(|value| value.as_ref().map_or(NOT_LOADED, entry)).collect();
        CompiledReferences { entries, _values: values.into() }
    }

    /// The entries, in the order of the values.
    pub(super) fn entries(&self) -> &[ReferenceEntry] {
        &self.entries
    }
}

const NOT_LOADED: ReferenceEntry = ReferenceEntry { form: Form::NotLoaded.code(), data: ptr::null(), length: 0 };

/// The entry that points to a value.
fn entry(value: &Compiled) -> ReferenceEntry {
    let (form, data, length): (Form, *const c_void, usize) = match value {
        Compiled::Words(words) => match u32::try_from(words.len()) {
            Ok(length) => (Form::Words(length), words.as_ptr().cast(), 0),
            // No frame has so many words, so no test can ask for them.
            Err(_) => return NOT_LOADED,
        },
        Compiled::Text(text) => (Form::Text, text.as_ptr().cast(), text.len()),
        Compiled::Set(set) => (Form::Set(set.element()), Arc::as_ptr(set).cast(), 0),
    };
    ReferenceEntry { form: form.code(), data, length: length as u64 }
}
