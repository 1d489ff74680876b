//! Integers, object identifiers and versions.

use super::Fault;
use crate::syntax::ExprKind;

/// `1_000_000`
pub(crate) fn integer(text: &str) -> Result<i64, Fault> {
    if text.contains('.') {
        return Err(Fault::new(format!("`{text}` is not a whole number"))
            .help("numbers are whole; a version is written `version\"1.2.3\"`, an object identifier `oid\"1.2.3\"`"));
    }
    if let Some(at) = text.find(|c: char| !c.is_ascii_digit() && c != '_') {
        return Err(Fault::new(format!("`{text}` is not a number")).at(at..text.len()).help(
            "durations end in `d`, `h`, `m`, `s` or `ms`; bytes are written `hex\"…\"`; a name begins with a letter",
        ));
    }
    let too_large = || {
        Fault::new(format!("`{text}` does not fit an `Int`, which reaches from {} to {}", i64::MIN, i64::MAX))
            .help(format!("the lowest value is written `-{} - 1`", i64::MAX))
    };
    text.replace('_', "").parse().map_err(|_| too_large())
}

/// Dotted decimal numbers without leading zeros.
fn numbers(text: &str) -> Option<Vec<u64>> {
    let number = |part: &str| part.parse().ok().filter(|number: &u64| number.to_string() == part);
    text.split('.').map(number).collect()
}

/// An object identifier (ITU-T X.660, section 7.6: the first arc is 0, 1 or 2, and under 0 and 1 the second is below 40).
pub(super) fn oid(text: &str) -> Result<ExprKind, Fault> {
    let invalid = || Fault::new(format!("`{text}` is not an object identifier"));
    match numbers(text) {
        Some(arcs) => match arcs[..] {
            [0 | 1, 0..40, ..] | [2, _, ..] => Ok(ExprKind::Oid(arcs)),
            _ => Err(invalid().help("it begins with 0, 1 or 2; after 0 and 1 the second number is below 40")),
        },
        None => Err(invalid().help("write numbers without leading zeros, joined by `.`: `oid\"1.2.3\"`")),
    }
}

/// A release version (Semantic Versioning 2.0.0, section 2).
pub(super) fn version(text: &str) -> Result<ExprKind, Fault> {
    let parts: Option<[u64; 3]> = numbers(text).and_then(|parts| parts.try_into().ok());
    let help = "write three numbers without leading zeros, `version\"1.2.3\"`; pre-releases have no place in a policy";
    parts.map(ExprKind::Version).ok_or_else(|| Fault::new(format!("`{text}` is not a version")).help(help))
}
