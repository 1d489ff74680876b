//! What is asked of sets and networks, value by value.

use super::value::Found;
use super::{Strict, Unsound, mistyped, same};
use atbac_compiler::checked::{Condition, Part, Term};
use atbac_compiler::reference::Reference;
use atbac_compiler::truth::Truth;
use atbac_compiler::types::ReferenceId;
use atbac_compiler::value::Value;
use std::net::IpAddr;

impl<F: FnMut(&Condition, Truth, usize)> Strict<'_, F> {
    pub(super) fn in_set(&mut self, term: &Term, set: &Term) -> Result<Truth, Unsound> {
        let (value, set) = (self.find(term)?, self.find(set)?);
        match (value, set) {
            (Found::Value(value), Found::Value(set)) => has(&set, &value).map(Truth::from),
            (Found::Open, _) | (_, Found::Open) => Ok(Truth::Indeterminate),
        }
    }

    pub(super) fn subset(&mut self, inner: &Term, outer: &Term) -> Result<Truth, Unsound> {
        match (self.find(inner)?, self.find(outer)?) {
            (Found::Value(Value::Set(inner)), Found::Value(outer)) => {
                let all = inner.iter().try_fold(true, |all, value| Ok(all & has(&outer, value)?))?;
                Ok(all.into())
            }
            (Found::Value(other), Found::Value(_)) => Err(mistyped("a set", &other)),
            (Found::Open, _) | (_, Found::Open) => Ok(Truth::Indeterminate),
        }
    }

    pub(super) fn in_networks(&mut self, address: &Term, networks: ReferenceId) -> Result<Truth, Unsound> {
        let now = self.question.now;
        let networks: Option<Vec<Value>> = match self.reference(networks)? {
            Some(Reference::Set(networks)) => Some(
                networks.iter().filter(|(_, windows)| windows.at(now).0).map(|(network, _)| network.clone()).collect(),
            ),
            Some(Reference::One(..)) => return Err(Unsound("one network where several are asked".to_owned())),
            None => None,
        };
        match (self.find(address)?, networks) {
            (Found::Value(address), Some(networks)) => {
                let any = networks.iter().try_fold(false, |any, network| Ok(any | lies_in(&address, network)?))?;
                Ok(any.into())
            }
            (Found::Open, _) | (Found::Value(_), None) => Ok(Truth::Indeterminate),
        }
    }
}

fn has(set: &Value, value: &Value) -> Result<bool, Unsound> {
    let Value::Set(values) = set else { return Err(mistyped("a set", set)) };
    values.iter().try_fold(false, |found, other| Ok(found | same(value, other)?))
}

/// Whether an address, or a whole network, lies in a network.
pub(super) fn lies_in(inner: &Value, network: &Value) -> Result<bool, Unsound> {
    let (first, length) = match inner {
        Value::IpAddr(address) => (*address, None),
        Value::Cidr(first, length) => (*first, Some(*length)),
        other => return Err(mistyped("an address or a network", other)),
    };
    let Value::Cidr(network, prefix) = network else { return Err(mistyped("a network", network)) };
    let is_narrower = length.is_none_or(|length| length >= *prefix);
    let has_beginning = match (first, network) {
        (IpAddr::V4(first), IpAddr::V4(network)) => same_beginning(&first.octets(), &network.octets(), *prefix),
        (IpAddr::V6(first), IpAddr::V6(network)) => same_beginning(&first.octets(), &network.octets(), *prefix),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    };
    Ok(is_narrower && has_beginning)
}

/// Whether so many bits are the same, one by one.
fn same_beginning(one: &[u8], other: &[u8], bits: u8) -> bool {
    let bit = |bytes: &[u8], at: u8| bytes[usize::from(at / 8)] >> (7 - at % 8) & 1;
    (0..bits).all(|at| bit(one, at) == bit(other, at))
}

/// Whether a byte string holds another there.
pub(super) fn holds(part: Part, whole: &[u8], piece: &[u8]) -> Result<bool, Unsound> {
    let mut places = 0..=whole.len().saturating_sub(piece.len());
    let is_at = |at: usize| whole[at..].starts_with(piece);
    Ok(match part {
        Part::Beginning => is_at(0),
        Part::End => whole.len() >= piece.len() && is_at(whole.len() - piece.len()),
        Part::Anywhere => places.any(is_at),
    })
}
