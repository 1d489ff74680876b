//! Values that JSON states as text.

use super::{InputError, MAX_TEXT_BYTES, RANGE, TOO_LARGE, TYPE, shortened};
use atbac_compiler::value::Value;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes in hex.
pub(super) fn bytes(text: &str) -> Result<Box<[u8]>, InputError> {
    if text.len() > 2 * MAX_TEXT_BYTES {
        let message = format!("{} bytes in hex; at most {MAX_TEXT_BYTES} are accepted", text.len() / 2);
        return Err(InputError::new(TOO_LARGE, "", message));
    }
    let bytes = hex::decode(text)
        .map_err(|error| InputError::new(TYPE, "", format!("not bytes in hex: {error}").to_lowercase()))?;
    Ok(bytes.into())
}

/// Milliseconds of a duration as the language writes it. None that is written with sense is longer than a message may quote.
pub(super) fn duration(text: &str) -> Result<i64, InputError> {
    if shortened(text) != text {
        return Err(no("a duration, such as `5m` or `1h30m`", text));
    }
    atbac_grammar::parse_duration(text).map_err(|fault| InputError::new(TYPE, "", fault))
}

/// Milliseconds since 1970 of an RFC 3339 instant; what is finer than a millisecond is cut off.
pub(crate) fn instant(text: &str) -> Result<i64, InputError> {
    let wrong = || no("an instant of RFC 3339, such as `2026-11-21T00:00:00Z`", text);
    // The library reads other forms of ISO 8601 as well, such as `20261121T00Z`.
    let timestamp: jiff::Timestamp =
        Some(text).filter(|text| is_rfc_3339(text)).and_then(|text| text.parse().ok()).ok_or_else(wrong)?;
    Ok(timestamp.as_millisecond())
}

/// Whether a text has the form of an instant, whatever its numbers (RFC 3339, section 5.6; a blank may stand for the `T`).
fn is_rfc_3339(text: &str) -> bool {
    let fits = |text: &str, form: &str| {
        let fits = |found, form| match form {
            b'0' => u8::is_ascii_digit(&found),
            b'T' => matches!(found, b'T' | b't' | b' '),
            b'+' => matches!(found, b'+' | b'-'),
            form => found == form,
        };
        text.len() == form.len() && text.bytes().zip(form.bytes()).all(|(found, form)| fits(found, form))
    };
    let form = "0000-00-00T00:00:00";
    let Some((time, rest)) = text.split_at_checked(form.len()) else { return false };
    let zone = match rest.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()),
        None => rest,
    };
    let has_digits = !rest.starts_with('.') || rest.len() > zone.len() + ".".len();
    fits(time, form) && has_digits && (zone.eq_ignore_ascii_case("Z") || fits(zone, "+00:00"))
}

/// Three numbers (Semantic Versioning 2.0.0, section 2).
pub(super) fn version(text: &str) -> Result<[u64; 3], InputError> {
    let parts: Option<[u64; 3]> = numbers(text).and_then(|parts| parts.try_into().ok());
    parts.ok_or_else(|| no("a version: three numbers without leading zeros, such as `1.52.4`", text))
}

/// An object identifier (ITU-T X.660, section 7.6: the first arc is 0, 1 or 2, and under 0 and 1 the second is below 40).
pub(super) fn oid(text: &str) -> Result<Box<[u64]>, InputError> {
    match numbers(text) {
        Some(arcs) if matches!(arcs[..], [0 | 1, 0..40, ..] | [2, _, ..]) => Ok(arcs.into()),
        Some(_) | None => Err(no(
            "an object identifier: numbers without leading zeros, the first 0, 1 or 2, such as `1.2.840.113549`",
            text,
        )),
    }
}

/// Decimal numbers without leading zeros, joined by points.
fn numbers(text: &str) -> Option<Vec<u64>> {
    text.split('.').map(|part| part.parse().ok().filter(|number: &u64| number.to_string() == part)).collect()
}

/// An IPv4 or IPv6 address; one of IPv6 that stands for one of IPv4 is that one.
pub(super) fn address(text: &str) -> Result<Value, InputError> {
    let address: IpAddr = text.parse().map_err(|_| no("an IP address, such as `10.0.0.1` or `2001:db8::1`", text))?;
    Ok(Value::address(address))
}

/// A network: its first address and the number of leading bits.
pub(super) fn network(text: &str) -> Result<Value, InputError> {
    let wrong = || no("a network, such as `10.0.0.0/8` or `fc00::/7`", text);
    let (address, bits_text) = text.split_once('/').ok_or_else(wrong)?;
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let bits: u8 = bits_text.parse().ok().filter(|bits: &u8| bits.to_string() == bits_text).ok_or_else(wrong)?;
    let first = match address {
        IpAddr::V4(address) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V4(_) | IpAddr::V6(_) => return Err(wrong()),
    };
    if first != address {
        let message = format!("`{text}` has bits set beyond the first {bits}: the network is `{first}/{bits}`");
        return Err(InputError::new(RANGE, "", message));
    }
    Ok(Value::network(first, bits))
}

fn no(expected: &str, text: &str) -> InputError {
    InputError::new(TYPE, "", format!("`{}` is not {expected}", shortened(text)))
}
