//! What the text of a literal means, with every way it can be wrong.
//!
//! These are functions from text to value; [`crate::actions`] puts the faults at their place.

mod address;
mod bytes;
mod number;
mod text;
mod time;

pub(crate) use address::address;
pub(crate) use number::integer;
pub(crate) use text::string;
pub(crate) use time::{UNITS, duration, instant};

use crate::syntax::{BytesForm, ExprKind};
use address::{cidr, ip};
use bytes::bytes;
use number::{oid, version};
use std::ops::Range;

/// What is wrong with a literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The part that is wrong, in bytes of the literal; the whole literal if `None`.
    pub(crate) at: Option<Range<usize>>,
    /// What was found and what was expected.
    pub(crate) message: String,
    /// The mend.
    pub(crate) help: Option<String>,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Fault { at: None, message: message.into(), help: None }
    }

    fn at(mut self, range: Range<usize>) -> Self {
        self.at = Some(range);
        self
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Every kind of quoted literal by its prefix.
const QUOTED: [&str; 8] = ["hex", "sha256", "sha384", "sha512", "ip", "cidr", "oid", "version"];

/// `prefix"text"`. Places in faults count from the first byte of the prefix.
pub(crate) fn quoted(literal: &str) -> Result<ExprKind, Fault> {
    let (prefix, quoted) = literal.split_once('"').unwrap_or((literal, ""));
    let text = quoted.strip_suffix('"').unwrap_or(quoted);
    let value = match prefix {
        "hex" => bytes(BytesForm::Hex, text),
        "sha256" => bytes(BytesForm::Sha256, text),
        "sha384" => bytes(BytesForm::Sha384, text),
        "sha512" => bytes(BytesForm::Sha512, text),
        "ip" => ip(text),
        "cidr" => cidr(text),
        "oid" => oid(text),
        "version" => version(text),
        _ => {
            let known = QUOTED.map(|name| format!("`{name}`")).join(", ");
            let fault = Fault::new(format!("`{prefix}` is not a kind of literal")).at(0..prefix.len());
            return Err(fault.help(format!("literals begin with {known}")));
        }
    };
    let offset = prefix.len() + 1;
    value.map_err(|fault| Fault { at: fault.at.map(|range| range.start + offset..range.end + offset), ..fault })
}
