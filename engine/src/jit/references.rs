//! Reference values as compiled code reads them.

use super::set::ReferenceSet;
use atbac_compiler::codegen::abi::{Form, ReferenceEntry};
use atbac_compiler::ir::element_of;
use atbac_compiler::layout::{element_bytes, size, write};
use atbac_compiler::reference::{Reference, Windows};
use atbac_compiler::time::FOREVER;
use atbac_compiler::types::{Schema, Type};
use atbac_compiler::value::Value;
use core::ffi::c_void;
use core::{iter, ptr};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What an entry points to.
///
/// Each part is behind an [`Arc`] because compiled code has pointers into it: an `Arc`, unlike a `Box`, may be moved
/// while others point to what it holds.
enum Compiled {
    /// Never loaded, or not of the type of its reference.
    NotLoaded,
    /// One value.
    One(Data, Arc<Times>),
    /// A set.
    Set(Arc<ReferenceSet>, Arc<Times>),
}

/// When a reference value counts.
pub(super) enum Times {
    /// In these windows.
    Windows(Windows),
    /// Always, as a set does: but at these instants, ascending, what is in it changes.
    Changes(Box<[i64]>),
}

impl Times {
    /// Whether it counts at an instant, and until when it stays as it is.
    pub(super) fn at(&self, now: i64) -> (bool, i64) {
        match self {
            Times::Windows(windows) => windows.at(now),
            Times::Changes(changes) => {
                let next = changes.partition_point(|change| *change <= now);
                (true, changes.get(next).copied().unwrap_or(FOREVER))
            }
        }
    }

    /// The first time in which it counts; an empty one before all others if there is none.
    fn first(&self) -> (i64, i64) {
        match self.at(i64::MIN) {
            (true, until) => (i64::MIN, until),
            (false, FOREVER) => (i64::MIN, i64::MIN),
            (false, from) => (from, self.at(from).1),
        }
    }

    /// The instants at which some element of a set begins or ceases to count.
    fn of_set(set: &ReferenceSet) -> Self {
        let changes: BTreeSet<i64> = set
            .windows()
            .flat_map(|windows| {
                iter::successors(Some(i64::MIN), |&now| Some(windows.at(now).1))
                    .take_while(|&now| now < FOREVER)
                    .skip(1)
            })
            .collect();
        Times::Changes(changes.into_iter().collect())
    }
}

/// A value as in a frame.
enum Data {
    /// Words.
    Words(Arc<[u64]>),
    /// A byte string, as in a heap.
    Text(Arc<[u8]>),
    /// Of a type that compiled code does not read.
    Other,
}

/// Reference values laid out for compiled code, with the memory they point to.
pub(crate) struct CompiledReferences {
    entries: Box<[ReferenceEntry]>,
    /// Never read here, only dropped: what the entries point to.
    _values: Box<[Compiled]>,
}

// SAFETY: The entries point only into `_values`, which lives as long, is itself `Send` and `Sync`, and is changed by
// nobody.
unsafe impl Send for CompiledReferences {}
// SAFETY: As above.
unsafe impl Sync for CompiledReferences {}

impl CompiledReferences {
    /// Lays out the values of a schema's references, `None` for one that is not loaded.
    pub(crate) fn new(schema: &Schema, values: &[Option<Reference>]) -> Self {
        let values: Box<[Compiled]> = schema
            .references
            .iter()
            .zip(values)
            .map(|(declared, value)| {
                value.as_ref().map_or(Compiled::NotLoaded, |value| compiled(schema, &declared.ty, value))
            })
            .collect();
        CompiledReferences { entries: values.iter().map(entry).collect(), _values: values }
    }

    /// The entries, in the order of the values.
    pub(super) fn entries(&self) -> &[ReferenceEntry] {
        &self.entries
    }
}

fn compiled(schema: &Schema, ty: &Type, value: &Reference) -> Compiled {
    match (ty, value) {
        (Type::Set(element), Reference::Set(values)) => {
            let members = values.iter().map(|(value, windows)| (element_bytes(schema, element, value), windows));
            let set = ReferenceSet::new(element_of(schema, ty), members);
            let times = Times::of_set(&set);
            Compiled::Set(Arc::new(set), Arc::new(times))
        }
        (Type::Set(_), Reference::One(..)) | (_, Reference::Set(_)) => Compiled::NotLoaded,
        (ty, Reference::One(value, windows)) => {
            Compiled::One(data(schema, ty, value), Arc::new(Times::Windows(windows.clone())))
        }
    }
}

fn data(schema: &Schema, ty: &Type, value: &Value) -> Data {
    match ty {
        Type::String | Type::Bytes | Type::Oid => Data::Text(element_bytes(schema, ty, value).into()),
        Type::Bool
        | Type::Int
        | Type::Duration
        | Type::Instant
        | Type::Enum(_)
        | Type::FixedBytes(_)
        | Type::Digest(_)
        | Type::Tcb
        | Type::Version
        | Type::IpAddr
        | Type::Cidr => {
            let mut words = vec![0; size(schema, ty).unwrap_or(0) as usize];
            let written = write(schema, ty, value, &mut words, &mut Vec::new());
            debug_assert!(written.is_ok(), "only text can fill the heap");
            Data::Words(words.into())
        }
        Type::Set(_) | Type::List(..) | Type::Optional(_) | Type::Struct(_) | Type::Union(_) => Data::Other,
    }
}

const NOT_LOADED: ReferenceEntry = ReferenceEntry {
    form: Form::NotLoaded.code(),
    data: ptr::null(),
    length: 0,
    from: FOREVER,
    until: FOREVER,
    windows: ptr::null(),
};

/// The entry that points to a value.
fn entry(value: &Compiled) -> ReferenceEntry {
    let (form, data, length, times): (Form, *const c_void, usize, &Arc<Times>) = match value {
        Compiled::NotLoaded => return NOT_LOADED,
        Compiled::One(Data::Words(words), times) => (Form::Words(words.len() as u32), words.as_ptr().cast(), 0, times),
        Compiled::One(Data::Text(text), times) => (Form::Text, text.as_ptr().cast(), text.len(), times),
        Compiled::One(Data::Other, times) => (Form::Other, ptr::null(), 0, times),
        Compiled::Set(set, times) => (set.element().map_or(Form::Other, Form::Set), Arc::as_ptr(set).cast(), 0, times),
    };
    let (from, until) = times.first();
    let windows = Arc::as_ptr(times).cast();
    ReferenceEntry { form: form.code(), data, length: length as u64, from, until, windows }
}

#[cfg(test)]
mod tests {
    use super::*;
    use atbac_compiler::reference::Window;

    #[test]
    fn a_set_changes_whenever_an_element_does() {
        let windows = [
            Windows::new([Window { from: 10, until: 20 }, Window { from: 30, until: FOREVER }]),
            Windows::new([Window { from: i64::MIN, until: 20 }]),
            Windows::new([Window { from: 5, until: 25 }]),
        ];
        let members = windows.iter().enumerate().map(|(at, windows)| (vec![at as u8], windows));
        let times = Times::of_set(&ReferenceSet::new(None, members));
        let next = [i64::MIN, 4, 5, 10, 19, 20, 25, 29, 30, FOREVER].map(|now| times.at(now).1);
        assert_eq!(next, [5, 5, 10, 20, 20, 25, 30, 30, FOREVER, FOREVER]);
        assert_eq!(times.first(), (i64::MIN, 5));
    }

    #[test]
    fn an_entry_has_the_first_time_in_which_a_value_counts() {
        let first = |windows: &[(i64, i64)]| {
            let windows = windows.iter().map(|&(from, until)| Window { from, until });
            Times::Windows(Windows::new(windows)).first()
        };
        assert_eq!(first(&[(10, 20), (30, 40)]), (10, 20));
        assert_eq!(first(&[(i64::MIN, 20), (30, 40)]), (i64::MIN, 20));
        assert_eq!(first(&[(i64::MIN, FOREVER)]), (i64::MIN, FOREVER));
        assert_eq!(first(&[(10, FOREVER)]), (10, FOREVER));
        assert_eq!(first(&[]), (i64::MIN, i64::MIN));
    }
}
