//! The file of reference values:
//!
//! ```json
//! {
//!   "format": "atbac-references/1",
//!   "environment": "production",
//!   "issued_at": "2026-11-01T00:00:00Z",
//!   "references": {
//!     "minimum_tcb": { "snp": 8, "microcode": 115 },
//!     "payments.approver.approver_builds": {
//!       "values": [
//!         { "value": "7a1e…", "state": "active", "origin": "release 41", "from": "2026-11-01T00:00:00Z" },
//!         { "value": "5c70…", "state": "deprecated", "until": "2026-12-01T00:00:00Z" },
//!         { "value": "00d3…", "state": "revoked", "origin": "SEC-118" }
//!       ]
//!     }
//!   }
//! }
//! ```
//!
//! A reference is named as the policy declares it, with its package before it where two packages declare the same. Its value is given plainly, in the forms of
//! [`crate::input`]: it then counts at any time. Or it is given by `values`, one for each element of a set, and one for a reference that is no set:
//!
//! | key | |
//! |---|---|
//! | `value` | the value |
//! | `state` | `candidate`, `active`, `deprecated` or `revoked`; without, `active` |
//! | `from` | it counts from this instant on; without, it always did |
//! | `until` | from this instant on it no longer counts; without, it always will. A `deprecated` value must have it |
//! | `origin` | where the value comes from, for whoever reads why it does not count |
//!
//! `active` and `deprecated` values count within their time; `candidate` and `revoked` ones never do. Where several entries have the same value, it counts when any of
//! them says so, unless one says `revoked`: that rules out the others, whatever their dates.
//!
//! A reference that the file does not name is not loaded. `environment` and `issued_at` may be left out, and so may `"atbac-references/1"` be written `1`.

use super::entry::{Entry, State};
use super::{Issue, ReferenceTable};
use crate::input::{self, InputError, MISSING, RANGE, TOO_LARGE, TYPE, UNKNOWN, instant, listed, shortened};
use atbac_compiler::reference::{Reference, Window, Windows};
use atbac_compiler::types::{self, Schema, Type};
use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// The format that is read.
pub const FORMAT: &str = "atbac-references/1";

/// The most values in one file, over all its references.
pub const MAX_ENTRIES: usize = 1_000_000;

/// The most bytes of an `origin` or of `environment`.
pub const MAX_NOTE_BYTES: usize = 1024;

/// The longest name that is compared with the names that are known, to suggest one of them.
const MAX_SUGGESTED_BYTES: usize = 256;

/// Dates between which no time lies, or a deprecated value that has no end.
const WINDOW: &str = "atbac::references::window";
/// Several values for a reference that has one.
const SEVERAL: &str = "atbac::references::several_values";

/// Reads a file for the references of a schema.
pub(crate) fn read(schema: &Arc<Schema>, json: &[u8]) -> Result<ReferenceTable, InputError> {
    let json = input::parse_json(json)?;
    let object = json
        .as_object()
        .ok_or_else(|| InputError::new(TYPE, "", "expected an object with `format` and `references`"))?;
    only(object, &["format", "environment", "issued_at", "references"])?;
    match object.get("format") {
        Some(Json::String(format)) if format == FORMAT => {}
        Some(Json::Number(format)) if format.as_i64() == Some(1) => {}
        Some(_) | None => {
            let message = format!("expected `\"{FORMAT}\"`, the format that this version reads");
            return Err(InputError::new(TYPE, "format", message));
        }
    }
    let issue = Issue {
        environment: note(object, "environment")?.map(str::to_owned),
        issued_at: date(object, "issued_at")?.and_then(|issued_at| Timestamp::from_millisecond(issued_at).ok()),
    };
    let given = object.get("references").and_then(Json::as_object);
    let given = given
        .ok_or_else(|| InputError::new(MISSING, "references", "expected an object of reference values by name"))?;
    let mut values = vec![None; schema.references.len()];
    let mut entries: Vec<Box<[Entry]>> = values.iter().map(|_| Box::default()).collect();
    let mut seen = vec![false; values.len()];
    let mut room = MAX_ENTRIES;
    for (name, json) in given {
        let at = named(schema, name).map_err(|error| error.inside("references"))?;
        let place = format!("references.{name}");
        if std::mem::replace(&mut seen[at], true) {
            return Err(InputError::new(UNKNOWN, place, "this reference is given twice, with its package and without"));
        }
        take_room(&mut room, json).map_err(|error| error.inside(&place))?;
        let ty = &schema.references[at].ty;
        (values[at], entries[at]) = reference(schema, ty, json).map_err(|error| error.inside(&place))?;
    }
    Ok(ReferenceTable::of(schema, values, entries, issue))
}

/// The reference of this name.
fn named(schema: &Schema, name: &str) -> Result<usize, InputError> {
    let fits = |known: &types::Reference| match name.rsplit_once('.') {
        Some((package, name)) => known.name == name && known.package == package,
        None => known.name == name,
    };
    let mut found = (0..schema.references.len()).filter(|&at| fits(&schema.references[at]));
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (Some(_), Some(_)) => {
            let message = format!("several packages declare this reference: write `package.{name}`");
            Err(InputError::new(UNKNOWN, name, message))
        }
        (None, _) => {
            let simple = name.rsplit('.').next().unwrap_or(name);
            // Comparing takes the product of both lengths.
            let near = |known: &&types::Reference| {
                simple.len().max(known.name.len()) <= MAX_SUGGESTED_BYTES
                    && strsim::osa_distance(simple, &known.name) <= 2
            };
            let near: Vec<String> = schema.references.iter().filter(near).map(full_name).collect();
            let message = if near.is_empty() {
                let known = listed(schema.references.iter().map(|reference| reference.name.as_str()));
                format!("no policy declares this reference: expected {known}")
            } else {
                format!("no policy declares this reference: did you mean {}?", listed(near.iter().map(String::as_str)))
            };
            Err(InputError::new(UNKNOWN, shortened(name), message))
        }
    }
}

fn full_name(reference: &types::Reference) -> String {
    format!("{}.{}", reference.package, reference.name)
}

/// Counts the values of a reference before they are read.
fn take_room(room: &mut usize, json: &Json) -> Result<(), InputError> {
    let many = json.get("values").unwrap_or(json).as_array().map_or(1, Vec::len);
    let message =
        || format!("{} values up to here; at most {MAX_ENTRIES} are read from one file", MAX_ENTRIES - *room + many);
    *room = room.checked_sub(many).ok_or_else(|| InputError::new(TOO_LARGE, "", message()))?;
    Ok(())
}

/// The value of a reference, and what is said of it value by value, ascending by value.
fn reference(schema: &Schema, ty: &Type, json: &Json) -> Result<(Option<Reference>, Box<[Entry]>), InputError> {
    let dated = match json {
        // The one value that is plainly an object is a `Tcb`, and `values` no component of it.
        Json::Object(object) if *ty != Type::Tcb || object.contains_key("values") => object,
        plain => {
            return Ok((
                Some(Reference::always(input::value(schema, ty, plain, input::Evidence::OfTheDeployment)?)),
                Box::default(),
            ));
        }
    };
    only(dated, &["values"])?;
    let Some(Json::Array(array)) = dated.get("values") else {
        return Err(InputError::new(MISSING, "values", "expected an array of objects, each with a `value`"));
    };
    let element = if let Type::Set(element) = ty { element } else { ty };
    let mut entries = Vec::with_capacity(array.len());
    for (at, json) in array.iter().enumerate() {
        entries.push((at, entry(schema, element, json).map_err(|error| error.inside(&format!("values[{at}]")))?));
    }
    // Stable: entries of one value stay in order of writing.
    entries.sort_by(|(_, a), (_, b)| a.value.cmp(&b.value));
    let value = match ty {
        Type::Set(_) => Some(Reference::Set(counting(&entries).map(|(_, value, windows)| (value, windows)).collect())),
        _ => one(&entries)?,
    };
    Ok((value, entries.into_iter().map(|(_, entry)| entry).collect()))
}

/// Each value that counts at some time, ascending, with that time and the position of its first entry.
fn counting(entries: &[(usize, Entry)]) -> impl Iterator<Item = (usize, atbac_compiler::value::Value, Windows)> {
    let same = entries.chunk_by(|(_, a), (_, b)| a.value == b.value);
    same.filter(|same| !same.iter().any(|(_, entry)| entry.state == State::Revoked)).filter_map(|same| {
        let mut counting = same.iter().filter(|(_, entry)| entry.state.counts()).peekable();
        let (at, first) = *counting.peek()?;
        Some((*at, first.value.clone(), Windows::new(counting.map(|(_, entry)| entry.window))))
    })
}

/// The value of a reference that is no set.
fn one(entries: &[(usize, Entry)]) -> Result<Option<Reference>, InputError> {
    if entries.is_empty() {
        return Err(InputError::new(MISSING, "values", "expected one value: leave the reference out to load none"));
    }
    let mut counting = counting(entries);
    let (Some((at, value, windows)), other) = (counting.next(), counting.next()) else { return Ok(None) };
    if let Some((other, ..)) = other {
        let (first, second) = (at.min(other), at.max(other));
        let message = format!(
            "another value than `values[{first}]`, and both count; a reference that is no set has one value: keep one, and issue the file anew when the other shall count"
        );
        return Err(InputError::new(SEVERAL, format!("values[{second}]"), message));
    }
    Ok(Some(Reference::One(value, windows)))
}

/// One object of `values`.
fn entry(schema: &Schema, ty: &Type, json: &Json) -> Result<Entry, InputError> {
    let object = json.as_object().ok_or_else(|| InputError::new(TYPE, "", "expected an object with a `value`"))?;
    only(object, &["value", "state", "origin", "from", "until"])?;
    let value = object.get("value").ok_or_else(|| InputError::new(MISSING, "value", "missing: the value itself"))?;
    let value =
        input::value(schema, ty, value, input::Evidence::OfTheDeployment).map_err(|error| error.inside("value"))?;
    let state = match object.get("state") {
        None => State::Active,
        Some(json) => {
            let known = |state: &State| json.as_str() == Some(state.word());
            State::ALL.into_iter().find(known).ok_or_else(|| {
                let states = listed(State::ALL.iter().map(|state| state.word()));
                InputError::new(TYPE, "state", format!("no state of a reference value: expected {states}"))
            })?
        }
    };
    let (from, until) = (date(object, "from")?, date(object, "until")?);
    if state == State::Deprecated && until.is_none() {
        let message = "missing: a `deprecated` value has an end; give it one, or say `active`";
        return Err(InputError::new(WINDOW, "until", message));
    }
    let window = Window { from: from.unwrap_or(Window::ALWAYS.from), until: until.unwrap_or(Window::ALWAYS.until) };
    if window.from >= window.until {
        return Err(InputError::new(WINDOW, "until", "not later than `from`: the value would never count"));
    }
    Ok(Entry { value, state, window, origin: note(object, "origin")?.map(Box::from) })
}

/// Refuses keys that have no meaning: one that is misspelt would otherwise be left out in silence.
fn only(object: &Map<String, Json>, known: &[&str]) -> Result<(), InputError> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let expected = listed(known.iter().copied()).replace(" or ", " and ");
            Err(InputError::new(UNKNOWN, shortened(unknown), format!("expected {expected} only")))
        }
    }
}

/// An instant, in milliseconds since 1970; `None` where the key is left out.
fn date(object: &Map<String, Json>, key: &str) -> Result<Option<i64>, InputError> {
    let Some(json) = object.get(key) else { return Ok(None) };
    let text = json.as_str().ok_or_else(|| {
        InputError::new(TYPE, key, "expected an instant, such as `\"2026-11-21T00:00:00Z\"`; or leave it out")
    })?;
    instant(text).map(Some).map_err(|error| error.inside(key))
}

/// A short text for people; `None` where the key is left out.
fn note<'a>(object: &'a Map<String, Json>, key: &str) -> Result<Option<&'a str>, InputError> {
    let Some(json) = object.get(key) else { return Ok(None) };
    let text = json.as_str().ok_or_else(|| InputError::new(TYPE, key, "expected a string; or leave it out"))?;
    if text.len() > MAX_NOTE_BYTES {
        let message = format!("{} bytes of text; at most {MAX_NOTE_BYTES} are accepted", text.len());
        return Err(InputError::new(RANGE, key, message));
    }
    Ok(Some(text))
}
