//! A DER writer: each function gives the encoding of one value (X.690).

use jiff::Timestamp;

/// A value with its tag and length.
#[must_use]
pub fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let significant = &length[length.iter().position(|byte| *byte != 0).unwrap_or(3)..];
    let mut encoded = vec![tag];
    if content.len() >= 0x80 {
        encoded.push(0x80 | u8::try_from(significant.len()).unwrap());
    }
    encoded.extend_from_slice(significant);
    encoded.extend_from_slice(content);
    encoded
}

/// A SEQUENCE.
#[must_use]
pub fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &items.concat())
}

/// A SET of one.
#[must_use]
pub fn set(item: Vec<u8>) -> Vec<u8> {
    tlv(0x31, &item)
}

/// An explicitly tagged value.
#[must_use]
pub fn explicit(number: u8, item: &[u8]) -> Vec<u8> {
    tlv(0xA0 | number, item)
}

/// A non-negative INTEGER from its big-endian bytes.
#[must_use]
pub fn integer(bytes: &[u8]) -> Vec<u8> {
    let first = bytes.iter().position(|byte| *byte != 0);
    let mut content = first.map_or(vec![0], |first| bytes[first..].to_vec());
    if content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    tlv(0x02, &content)
}

/// A BOOLEAN.
#[must_use]
pub fn boolean(value: bool) -> Vec<u8> {
    tlv(0x01, &[if value { 0xFF } else { 0 }])
}

/// An ENUMERATED below 128.
#[must_use]
pub fn enumerated(value: u8) -> Vec<u8> {
    tlv(0x0A, &[value])
}

/// An OCTET STRING.
#[must_use]
pub fn octets(content: &[u8]) -> Vec<u8> {
    tlv(0x04, content)
}

/// A BIT STRING of whole bytes.
#[must_use]
pub fn bits(content: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], content].concat())
}

/// A UTF8String.
#[must_use]
pub fn utf8(text: &str) -> Vec<u8> {
    tlv(0x0C, text.as_bytes())
}

/// An IA5String.
#[must_use]
pub fn ia5(text: &str) -> Vec<u8> {
    tlv(0x16, text.as_bytes())
}

/// NULL.
#[must_use]
pub fn null() -> Vec<u8> {
    tlv(0x05, &[])
}

/// An OBJECT IDENTIFIER from its dotted form.
#[must_use]
pub fn oid(dotted: &str) -> Vec<u8> {
    let arcs: Vec<u32> = dotted.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut content = vec![];
    for arc in [&[arcs[0] * 40 + arcs[1]], &arcs[2..]].concat() {
        let groups: Vec<u8> = (0..5).rev().map(|i| (arc >> (7 * i) & 0x7F) as u8).collect();
        let first = groups.iter().position(|group| *group != 0).unwrap_or(4);
        for (i, group) in groups.iter().enumerate().skip(first) {
            content.push(if i < 4 { group | 0x80 } else { *group });
        }
    }
    tlv(0x06, &content)
}

/// A UTCTime: for years from 1950 to 2049.
#[must_use]
pub fn time(time: Timestamp) -> Vec<u8> {
    tlv(0x17, time.strftime("%y%m%d%H%M%SZ").to_string().as_bytes())
}

/// The GeneralizedTime that means no well-defined end (RFC 5280 section 4.1.2.5).
#[must_use]
pub fn no_end() -> Vec<u8> {
    tlv(0x18, b"99991231235959Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values from X.690's own examples and rules.
    #[test]
    fn encodes_as_specified() {
        assert_eq!(oid("2.999.3"), [0x06, 0x03, 0x88, 0x37, 0x03]);
        assert_eq!(oid("1.2.840.113549"), [0x06, 0x06, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D]);
        assert_eq!(integer(&[]), [0x02, 0x01, 0x00]);
        assert_eq!(integer(&[0, 0, 0x7F]), [0x02, 0x01, 0x7F]);
        assert_eq!(integer(&[0x80]), [0x02, 0x02, 0x00, 0x80]);
        assert_eq!(tlv(0x04, &[0; 0x7F])[..2], [0x04, 0x7F]);
        assert_eq!(tlv(0x04, &[0; 0x80])[..3], [0x04, 0x81, 0x80]);
        assert_eq!(tlv(0x04, &[0; 0x100])[..4], [0x04, 0x82, 0x01, 0x00]);
        assert_eq!(time(Timestamp::UNIX_EPOCH), *b"\x17\x0D700101000000Z");
    }
}
