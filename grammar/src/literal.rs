//! What the text of a literal means, with every way it can be wrong.
//!
//! These are functions from text to value; [`crate::actions`] puts the faults at their place.

use crate::syntax::{BytesForm, ExprKind};
use std::net::{IpAddr, Ipv4Addr};
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
        Fault {
            at: None,
            message: message.into(),
            help: None,
        }
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

/// `1_000_000`
pub(crate) fn integer(text: &str) -> Result<i64, Fault> {
    if text.contains('.') {
        return Err(Fault::new(format!("`{text}` is not a whole number"))
            .help("numbers are whole; a version is written `version\"1.2.3\"`, an object identifier `oid\"1.2.3\"`"));
    }
    if let Some(at) = text.find(|c: char| !c.is_ascii_digit() && c != '_') {
        return Err(Fault::new(format!("`{text}` is not a number"))
            .at(at..text.len())
            .help("durations end in `d`, `h`, `m`, `s` or `ms`; bytes are written `hex\"…\"`; a name begins with a letter"));
    }
    let too_large = || {
        Fault::new(format!(
            "`{text}` does not fit an `Int`, which reaches from {} to {}",
            i64::MIN,
            i64::MAX
        ))
        .help(format!("the lowest value is written `-{} - 1`", i64::MAX))
    };
    text.replace('_', "").parse().map_err(|_| too_large())
}

/// The units of a duration, largest first, in milliseconds.
pub(crate) const UNITS: [(&str, i64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// `5m`, `1h30m`, in milliseconds. Units stand once each, the largest first.
pub(crate) fn duration(text: &str) -> Result<i64, Fault> {
    let too_long = || {
        Fault::new(format!(
            "`{text}` is longer than a duration can be, {} days",
            i64::MAX / UNITS[0].1
        ))
    };
    let mut units = UNITS.iter();
    let mut total: i64 = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| c.is_ascii_alphabetic())
            .unwrap_or(rest.len());
        let length = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len() - digits);
        let (number, unit) = (&rest[..digits], &rest[digits..digits + length]);
        let Some((_, factor)) = units.find(|(name, _)| *name == unit) else {
            let at = text.len() - rest.len();
            return Err(Fault::new(format!(
                "`{unit}` stands out of order in the duration `{text}`"
            ))
            .at(at..at + digits + length)
            .help("write each unit once, the largest first: `1d12h30m15s250ms`"));
        };
        let number: i64 = number.replace('_', "").parse().map_err(|_| too_long())?;
        total = number
            .checked_mul(*factor)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(too_long)?;
        rest = &rest[digits + length..];
    }
    Ok(total)
}

/// `2026-11-21T00:00:00Z`, `2026-11-21T02:00:00.250+02:00` or `2026-12-31`, in milliseconds since 1970-01-01T00:00:00Z (RFC 3339, section 5.6).
pub(crate) fn instant(text: &str) -> Result<i64, Fault> {
    let invalid = |what: &str| Fault::new(format!("`{text}` is not {what}"));
    let Some((_, time)) = text.split_once('T') else {
        let date: jiff::civil::Date = text
            .parse()
            .map_err(|_| invalid("a date of the calendar"))?;
        let midnight = date
            .to_zoned(jiff::tz::TimeZone::UTC)
            .map_err(|_| invalid("a date that can be reckoned with"))?;
        return Ok(midnight.timestamp().as_millisecond());
    };
    let clock = time.trim_end_matches('Z');
    let clock = clock
        .split_once(['+', '-'])
        .map_or(clock, |(clock, _)| clock);
    if clock.len() == time.len() {
        return Err(
            invalid("an instant: it does not say where its clock stands")
                .help("end it with `Z` for UTC, or with an offset such as `+02:00`"),
        );
    }
    let fraction = clock.split_once('.').map_or("", |(_, fraction)| fraction);
    if fraction.len() > 3 {
        return Err(
            invalid("an instant that can be told apart: they are counted in milliseconds")
                .help("write at most three digits after the `.`"),
        );
    }
    // RFC 3339 has two digits each for hour, minute and second; the library would accept shorter times.
    let whole = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    if whole.len() != "00:00:00".len() {
        return Err(invalid("an instant").help("write it as `2026-11-21T00:00:00Z`"));
    }
    if whole.ends_with(":60") {
        return Err(invalid("an instant: leap seconds are not counted")
            .help("write the second before or after it"));
    }
    let instant: jiff::Timestamp = text
        .parse()
        .map_err(|_| invalid("an instant: there is no such date or time"))?;
    Ok(instant.as_millisecond())
}

/// A bare `10.0.0.1` or `10.0.0.0/8`.
pub(crate) fn address(text: &str) -> Result<ExprKind, Fault> {
    match text.split_once('/') {
        Some(_) => cidr(text),
        None => ip(text),
    }
}

fn ip(text: &str) -> Result<ExprKind, Fault> {
    match text.parse() {
        Ok(address) => Ok(ExprKind::IpAddr(address)),
        Err(_) => Err(Fault::new(format!("`{text}` is not an IP address")).help(ADDRESS_FORM)),
    }
}

const ADDRESS_FORM: &str = "IPv4 has four numbers from 0 to 255, without leading zeros; IPv6 is written `ip\"2001:db8::1\"`";

fn cidr(text: &str) -> Result<ExprKind, Fault> {
    let form = "a network is an address, `/`, and the number of leading bits: `10.0.0.0/8`, `cidr\"fc00::/7\"`";
    let Some((address_text, bits_text)) = text.split_once('/') else {
        return Err(Fault::new(format!("`{text}` is not a network: it has no `/`")).help(form));
    };
    let address: IpAddr = address_text.parse().map_err(|_| {
        Fault::new(format!("`{address_text}` is not an IP address"))
            .at(0..address_text.len())
            .help(ADDRESS_FORM)
    })?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits_text
        .parse()
        .ok()
        .filter(|bits: &u8| *bits <= width && bits.to_string() == bits_text);
    let Some(bits) = bits else {
        let fault = Fault::new(format!(
            "`{bits_text}` is not a number of leading bits, which is from 0 to {width} here"
        ));
        return Err(fault.at(address_text.len() + 1..text.len()).help(form));
    };
    let network = network(address, bits);
    if network != address {
        let fault = Fault::new(format!(
            "`{address_text}` has bits set beyond the first {bits}"
        ));
        return Err(fault
            .at(0..address_text.len())
            .help(format!("the network is `{network}/{bits}`")));
    }
    Ok(ExprKind::Cidr(address, bits))
}

/// The first address of the network that `address` is in.
fn network(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            Ipv4Addr::from(u32::from(v4) & u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0))
                .into()
        }
        IpAddr::V6(v6) => std::net::Ipv6Addr::from(
            u128::from(v6) & u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0),
        )
        .into(),
    }
}

/// Every kind of quoted literal by its prefix.
const QUOTED: [&str; 8] = [
    "hex", "sha256", "sha384", "sha512", "ip", "cidr", "oid", "version",
];

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
            let fault =
                Fault::new(format!("`{prefix}` is not a kind of literal")).at(0..prefix.len());
            return Err(fault.help(format!("put a space before the quote if `{prefix}` is a word of its own; literals begin with {known}")));
        }
    };
    let offset = prefix.len() + 1;
    value.map_err(|fault| Fault {
        at: fault
            .at
            .map(|range| range.start + offset..range.end + offset),
        ..fault
    })
}

impl BytesForm {
    /// How many bytes a literal of this form has; `None` if it may have any number.
    pub(crate) fn length(self) -> Option<usize> {
        match self {
            BytesForm::Hex => None,
            BytesForm::Sha256 => Some(32),
            BytesForm::Sha384 => Some(48),
            BytesForm::Sha512 => Some(64),
        }
    }

    /// The word before the quote.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            BytesForm::Hex => "hex",
            BytesForm::Sha256 => "sha256",
            BytesForm::Sha384 => "sha384",
            BytesForm::Sha512 => "sha512",
        }
    }
}

fn bytes(form: BytesForm, text: &str) -> Result<ExprKind, Fault> {
    if let Some((at, bad)) = text
        .char_indices()
        .find(|&(_, c)| !c.is_ascii_hexdigit() && c != '_')
    {
        let fault = Fault::new(format!(
            "`{}` is not a hexadecimal digit",
            bad.escape_debug()
        ))
        .at(at..at + bad.len_utf8());
        return Err(fault.help("the digits are 0 to 9 and a to f; `_` may separate them"));
    }
    let digits = text.replace('_', "");
    let Ok(bytes) = hex::decode(&digits) else {
        return Err(Fault::new(format!(
            "an odd number of hexadecimal digits, {}: every byte has two",
            digits.len()
        )));
    };
    match form.length() {
        Some(expected) if expected != bytes.len() => {
            let fault = Fault::new(format!(
                "{} bytes where a `{}` digest has {expected}",
                bytes.len(),
                form.prefix()
            ));
            let fitting = [BytesForm::Sha256, BytesForm::Sha384, BytesForm::Sha512]
                .into_iter()
                .find(|form| form.length() == Some(bytes.len()));
            Err(match fitting {
                Some(form) => fault.help(format!(
                    "{} bytes are a `{}` digest",
                    bytes.len(),
                    form.prefix()
                )),
                None => fault
                    .help("check that the digest was copied whole; `hex\"…\"` takes any length"),
            })
        }
        _ => Ok(ExprKind::Bytes(form, bytes)),
    }
}

/// Dotted decimal numbers without leading zeros.
fn numbers(text: &str) -> Option<Vec<u64>> {
    let number = |part: &str| {
        part.parse()
            .ok()
            .filter(|number: &u64| number.to_string() == part)
    };
    text.split('.').map(number).collect()
}

/// An object identifier (ITU-T X.660, section 7.6: the first arc is 0, 1 or 2, and under 0 and 1 the second is below 40).
fn oid(text: &str) -> Result<ExprKind, Fault> {
    let invalid = || Fault::new(format!("`{text}` is not an object identifier"));
    match numbers(text) {
        Some(arcs) => match arcs[..] {
            [0 | 1, 0..40, ..] | [2, _, ..] => Ok(ExprKind::Oid(arcs)),
            _ => Err(invalid()
                .help("it begins with 0, 1 or 2; after 0 and 1 the second number is below 40")),
        },
        None => {
            Err(invalid()
                .help("write numbers without leading zeros, joined by `.`: `oid\"1.2.3\"`"))
        }
    }
}

/// A release version (Semantic Versioning 2.0.0, section 2).
fn version(text: &str) -> Result<ExprKind, Fault> {
    let parts: Option<[u64; 3]> = numbers(text).and_then(|parts| parts.try_into().ok());
    let help = "write three numbers without leading zeros, `version\"1.2.3\"`; pre-releases have no place in a policy";
    parts
        .map(ExprKind::Version)
        .ok_or_else(|| Fault::new(format!("`{text}` is not a version")).help(help))
}

/// `"text"` with its escapes resolved: `\"`, `\\`, `\n`, `\t`, `\r`, `\u{…}`.
pub(crate) fn string(literal: &str) -> Result<String, Fault> {
    let inner = literal
        .get(1..literal.len().saturating_sub(1))
        .unwrap_or("");
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => {
                let (escaped, length) = escape(&inner[at..]).map_err(|(message, length)| {
                    Fault::new(message)
                        .at(1 + at..1 + at + length)
                        .help("the escapes are `\\\"`, `\\\\`, `\\n`, `\\t`, `\\r` and `\\u{…}`")
                })?;
                value.push(escaped);
                // An escape is ASCII: as many characters as bytes.
                for _ in 1..length {
                    characters.next();
                }
            }
            c if c.is_control() => {
                let fault = Fault::new(format!(
                    "a control character, U+{:04X}, stands bare in a string",
                    u32::from(c)
                ));
                return Err(fault
                    .at(1 + at..1 + at + c.len_utf8())
                    .help("write it as an escape: `\\t`, `\\r` or `\\u{…}`"));
            }
            c => value.push(c),
        }
    }
    Ok(value)
}

/// The character that the escape at the start of `text` stands for, and its length in bytes; or the fault and the length of what is wrong.
fn escape(text: &str) -> Result<(char, usize), (String, usize)> {
    match text[1..].chars().next() {
        Some('"') => Ok(('"', 2)),
        Some('\\') => Ok(('\\', 2)),
        Some('n') => Ok(('\n', 2)),
        Some('t') => Ok(('\t', 2)),
        Some('r') => Ok(('\r', 2)),
        Some('u') => {
            let digits = text[2..]
                .strip_prefix('{')
                .and_then(|rest| rest.split_once('}'))
                .map(|(digits, _)| digits);
            let digits = digits.filter(|digits| {
                (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit())
            });
            let Some(digits) = digits else {
                return Err((
                    "`\\u` takes one to six hexadecimal digits in braces, such as `\\u{e9}`"
                        .to_owned(),
                    2,
                ));
            };
            let length = digits.len() + "\\u{}".len();
            let character = u32::from_str_radix(digits, 16)
                .ok()
                .and_then(char::from_u32);
            character
                .map(|character| (character, length))
                .ok_or_else(|| {
                    (
                        format!("`{}` is no character of Unicode", &text[..length]),
                        length,
                    )
                })
        }
        Some(other) => Err((
            format!("`\\{}` is not an escape", other.escape_debug()),
            1 + other.len_utf8(),
        )),
        None => Err(("a `\\` without a character after it".to_owned(), 1)),
    }
}
