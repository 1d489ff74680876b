//! IP addresses and networks.

use super::Fault;
use crate::syntax::ExprKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A bare `10.0.0.1` or `10.0.0.0/8`.
pub(crate) fn address(text: &str) -> Result<ExprKind, Fault> {
    match text.split_once('/') {
        Some(_) => cidr(text),
        None => ip(text),
    }
}

pub(super) fn ip(text: &str) -> Result<ExprKind, Fault> {
    match text.parse() {
        Ok(address) => Ok(ExprKind::IpAddr(address)),
        Err(_) => Err(Fault::new(format!("`{text}` is not an IP address")).help(ADDRESS_FORM)),
    }
}

const ADDRESS_FORM: &str =
    "IPv4 has four numbers from 0 to 255, without leading zeros; IPv6 is written `ip\"2001:db8::1\"`";

pub(super) fn cidr(text: &str) -> Result<ExprKind, Fault> {
    let form = "a network is an address, `/`, and the number of leading bits: `10.0.0.0/8`, `cidr\"fc00::/7\"`";
    let Some((address_text, bits_text)) = text.split_once('/') else {
        return Err(Fault::new(format!("`{text}` is not a network: it has no `/`")).help(form));
    };
    let address: IpAddr = address_text.parse().map_err(|_| {
        Fault::new(format!("`{address_text}` is not an IP address")).at(0..address_text.len()).help(ADDRESS_FORM)
    })?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits_text.parse().ok().filter(|bits: &u8| *bits <= width && bits.to_string() == bits_text);
    let Some(bits) = bits else {
        let fault =
            Fault::new(format!("`{bits_text}` is not a number of leading bits, which is from 0 to {width} here"));
        return Err(fault.at(address_text.len() + 1..text.len()).help(form));
    };
    let network = network(address, bits);
    if network != address {
        let fault = Fault::new(format!("`{address_text}` has bits set beyond the first {bits}"));
        return Err(fault.at(0..address_text.len()).help(format!("the network is `{network}/{bits}`")));
    }
    Ok(ExprKind::Cidr(address, bits))
}

/// The first address of the network that `address` is in.
fn network(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            Ipv4Addr::from(u32::from(v4) & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0)).into()
        }
        IpAddr::V6(v6) => {
            Ipv6Addr::from(u128::from(v6) & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0)).into()
        }
    }
}
