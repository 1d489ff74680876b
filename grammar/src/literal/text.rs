//! Strings and their escapes.

use super::Fault;
use std::borrow::Cow;

/// `"text"` with its escapes resolved: `\"`, `\\`, `\n`, `\t`, `\r`, `\u{…}`.
pub(crate) fn string(literal: &str) -> Result<Cow<'_, str>, Fault> {
    let inner = literal.get(1..literal.len().saturating_sub(1)).unwrap_or("");
    // Most are plain: nothing to resolve, and nothing to refuse.
    if inner.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\') {
        return Ok(inner.into());
    }
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
                let fault = Fault::new(format!("a control character, U+{:04X}, stands bare in a string", u32::from(c)));
                return Err(fault
                    .at(1 + at..1 + at + c.len_utf8())
                    .help("write it as an escape: `\\t`, `\\r` or `\\u{…}`"));
            }
            c => value.push(c),
        }
    }
    Ok(value.into())
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
            let digits = text[2..].strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(digits, _)| digits);
            let digits = digits
                .filter(|digits| (1..=6).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit()));
            let Some(digits) = digits else {
                return Err(("`\\u` takes one to six hexadecimal digits in braces, such as `\\u{e9}`".to_owned(), 2));
            };
            let length = digits.len() + "\\u{}".len();
            let character = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
            character
                .map(|character| (character, length))
                .ok_or_else(|| (format!("`{}` is no character of Unicode", &text[..length]), length))
        }
        Some(other) => Err((format!("`\\{}` is not an escape", other.escape_debug()), 1 + other.len_utf8())),
        None => Err(("a `\\` without a character after it".to_owned(), 1)),
    }
}
