//! Bytes written as text: hexadecimal (RFC 4648 section 8) and base64 with either alphabet (sections 4 and 5).

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::refusal::ContainerRefusal;

const FORM: &str = "text, which must be hexadecimal, base64 or a JSON object,";

/// Padding may be left out, as many tools do. A last character with bits that mean nothing is refused.
const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, CONFIG);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, CONFIG);

/// Whether `bytes` are printable ASCII and white space only. Every binary form begins with bytes that are not.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

/// The bytes that `text` writes. White space between digits is skipped: tools break lines.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, ContainerRefusal> {
    let digits: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if digits.iter().all(u8::is_ascii_hexdigit) {
        return hex::decode(&digits).map_err(|error| ContainerRefusal::malformed(FORM, error));
    }
    decode_base64(&digits)
}

/// The bytes that `text` writes in base64.
pub(super) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, ContainerRefusal> {
    let is_url = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    let engine = if is_url { BASE64_URL } else { BASE64 };
    engine.decode(text).map_err(|error| ContainerRefusal::malformed(FORM, error))
}
