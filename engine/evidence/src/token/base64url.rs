//! Base64url without padding (RFC 7515 section 2), one encoding for each byte string: no padding, no white space, no characters of the
//! other alphabet, and no bits set after the last byte.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The bytes that `text` encodes.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// The one text that encodes `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_string_has_one_encoding() {
        // RFC 7515, appendix C.
        assert_eq!(encode(&[3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode(b"A-z_4ME"), Some(vec![3, 236, 255, 224, 193]));
        for other in ["A-z_4ME=", "A+z/4ME", "A-z_4MF", "A-z_4M", "A-z_4ME\n", " A-z_4ME", "A-z_\n4ME", "A-z_4ME.", "A"]
        {
            assert_ne!(decode(other.as_bytes()), Some(vec![3, 236, 255, 224, 193]), "{other}");
        }
        for none in ["A-z_4ME=", "A+z/4ME", "A-z_4MF", "A-z_4ME\n", "A"] {
            assert_eq!(decode(none.as_bytes()), None, "{none}");
        }
    }
}
