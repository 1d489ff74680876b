//! Changes that the fuzzer makes.

use libfuzzer_sys::arbitrary::{self, Arbitrary};
use serde_json::Value;

/// One change to a string of bytes. Places are taken modulo its length.
#[derive(Debug, Clone, Arbitrary)]
pub enum Edit {
    /// Bytes in the place of as many others.
    Overwrite(u16, Vec<u8>),
    /// One bit the other way.
    Flip(u16, u8),
    /// Bytes between others.
    Insert(u16, Vec<u8>),
    /// Some bytes fewer.
    Remove(u16, u8),
    /// A stretch of the same string in another place.
    Copy { from: u16, to: u16, length: u8 },
    /// The end cut off.
    Truncate(u16),
}

impl Edit {
    /// Makes the change.
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Edit::Overwrite(at, new) => overwrite(bytes, *at, new),
            Edit::Flip(at, bit) => flip(bytes, *at, *bit),
            Edit::Insert(at, new) => {
                let at = place(*at, bytes.len() + 1);
                bytes.splice(at..at, new.iter().copied());
            }
            Edit::Remove(at, count) => {
                let at = place(*at, bytes.len() + 1);
                let end = (at + usize::from(*count)).min(bytes.len());
                bytes.drain(at..end);
            }
            Edit::Copy { from, to, length } => {
                let from = place(*from, bytes.len() + 1);
                let end = (from + usize::from(*length)).min(bytes.len());
                let copied = bytes[from..end].to_vec();
                overwrite(bytes, *to, &copied);
            }
            Edit::Truncate(at) => bytes.truncate(place(*at, bytes.len() + 1)),
        }
    }

    /// Makes the change where it keeps the length, and none where it does not.
    pub fn apply_in_place(&self, bytes: &mut [u8]) {
        match self {
            Edit::Overwrite(at, new) => overwrite(bytes, *at, new),
            Edit::Flip(at, bit) => flip(bytes, *at, *bit),
            Edit::Insert(..) | Edit::Remove(..) | Edit::Copy { .. } | Edit::Truncate(_) => {}
        }
    }
}

fn overwrite(bytes: &mut [u8], at: u16, new: &[u8]) {
    let at = place(at, bytes.len());
    for (old, new) in bytes.iter_mut().skip(at).zip(new) {
        *old = *new;
    }
}

fn flip(bytes: &mut [u8], at: u16, bit: u8) {
    let at = place(at, bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << (bit % 8);
    }
}

fn place(at: u16, length: usize) -> usize {
    usize::from(at) % length.max(1)
}

/// One change to a JSON document: the value at a place gives way to another.
#[derive(Debug, Clone, Arbitrary)]
pub struct JsonEdit {
    /// Which value, counted through the document.
    at: u16,
    new: Replacement,
}

#[derive(Debug, Clone, Arbitrary)]
enum Replacement {
    Remove,
    Null,
    Bool(bool),
    Number(i64),
    Fraction(i16),
    Text(String),
    Hexadecimal(Vec<u8>),
    /// Words that mean something somewhere in collateral or a token.
    Word(u8),
    EmptyList,
    EmptyObject,
    /// The value at another place.
    CopyOf(u16),
}

/// The values from which on a document is large enough.
const MAX_VALUES: usize = 2000;

const WORDS: [&str; 16] = [
    "UpToDate",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
    "Revoked",
    "TDX",
    "SGX",
    "QE",
    "TD_QE",
    "2026-06-15T00:00:00Z",
    "2000-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "none",
    "HS256",
];

impl JsonEdit {
    /// Makes the change.
    pub fn apply(&self, document: &mut Value) {
        let count = count(document);
        let new = match &self.new {
            Replacement::Remove => None,
            Replacement::Null => Some(Value::Null),
            Replacement::Bool(value) => Some((*value).into()),
            Replacement::Number(value) => Some((*value).into()),
            Replacement::Fraction(value) => Some((f64::from(*value) / 16.0).into()),
            Replacement::Text(text) => Some(text.as_str().into()),
            Replacement::Hexadecimal(bytes) => Some(hexadecimal(bytes).into()),
            Replacement::Word(which) => Some(WORDS[usize::from(*which) % WORDS.len()].into()),
            Replacement::EmptyList => Some(Value::Array(vec![])),
            Replacement::EmptyObject => Some(Value::Object(Default::default())),
            // Copies of the whole into itself would double it every time.
            Replacement::CopyOf(_) if count > MAX_VALUES => Some(Value::Null),
            Replacement::CopyOf(at) => nth(document, &mut (usize::from(*at) % count)).cloned(),
        };
        replace(document, &mut (usize::from(self.at) % count), new);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The values in a document, itself among them.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(items) => items.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

fn nth<'a>(value: &'a Value, left: &mut usize) -> Option<&'a Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Array(items) => items.iter().find_map(|item| nth(item, left)),
        Value::Object(items) => items.values().find_map(|item| nth(item, left)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// Puts `new` in the place of the value `left` places on, or takes that value away. Says whether it was found.
fn replace(value: &mut Value, left: &mut usize, new: Option<Value>) -> bool {
    if *left == 0 {
        *value = new.unwrap_or(Value::Null);
        return true;
    }
    *left -= 1;
    match value {
        Value::Array(items) => {
            for at in 0..items.len() {
                if *left == 0 && new.is_none() {
                    items.remove(at);
                    return true;
                }
                if replace(&mut items[at], left, new.clone()) {
                    return true;
                }
            }
        }
        Value::Object(items) => {
            let names: Vec<String> = items.keys().cloned().collect();
            for name in names {
                if *left == 0 && new.is_none() {
                    items.remove(&name);
                    return true;
                }
                if items.get_mut(&name).is_some_and(|item| replace(item, left, new.clone())) {
                    return true;
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    false
}
