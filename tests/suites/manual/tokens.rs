//! A well-formed text as tokens, by the table in `docs/language/grammar.md` and not by the project's own lexer.

use std::collections::BTreeSet;

/// The tokens of a text: what is always written alike as it is written, the others by their names in capitals.
///
/// # Errors
/// The rest of the text, where it begins with no token.
pub(super) fn tokens<'t>(text: &'t str, fixed: &BTreeSet<String>) -> Result<Vec<String>, &'t str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (token, length) = token(rest, fixed).ok_or(rest)?;
        tokens.extend(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

/// The first token, `None` for a comment, and its length in bytes.
fn token(text: &str, fixed: &BTreeSet<String>) -> Option<(Option<String>, usize)> {
    let line = text.find('\n').unwrap_or(text.len());
    if text.starts_with("//") {
        let doc = text.starts_with("///") && !text.starts_with("////");
        return Some((doc.then(|| "DOC".to_owned()), line));
    }
    if text.starts_with("/*") {
        return Some((None, text.find("*/")? + 2));
    }
    if text.starts_with('"') {
        return Some((Some("TEXT".to_owned()), quoted(text)?));
    }
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return number(text);
    }
    let word = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    if word > 0 {
        return Some(match &text[..word] {
            "hex" | "sha256" | "sha384" | "sha512" | "ip" | "cidr" | "oid" | "version"
                if text[word..].starts_with('"') =>
            {
                (Some("QUOTED".to_owned()), word + quoted(&text[word..])?)
            }
            keyword if fixed.contains(keyword) => (Some(keyword.to_owned()), word),
            _ => (Some("IDENTIFIER".to_owned()), word),
        });
    }
    let marks = fixed.iter().filter(|mark| text.starts_with(mark.as_str()));
    marks.max_by_key(|mark| mark.len()).map(|mark| (Some(mark.clone()), mark.len()))
}

/// The length of a text between quotes.
fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at + 1)
    })
}

/// An instant has two `-` where dates have them, an address three points, a duration ends in a letter; what is left is an integer.
fn number(text: &str) -> Option<(Option<String>, usize)> {
    let run =
        |more: &[char]| text.find(|c: char| !c.is_ascii_alphanumeric() && !more.contains(&c)).unwrap_or(text.len());
    let bytes = text.as_bytes();
    if bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-' {
        let end = if bytes.get(10) == Some(&b'T') { run(&['-', ':', '.', '+']) } else { 10 };
        return Some((Some("INSTANT".to_owned()), end));
    }
    let dotted = run(&['.', '/']);
    if text[..dotted].split('.').filter(|part| part.starts_with(|c: char| c.is_ascii_digit())).count() == 4 {
        return Some((Some("ADDRESS".to_owned()), dotted));
    }
    let plain = run(&['_']);
    let kind = if text[..plain].ends_with(|c: char| c.is_ascii_digit() || c == '_') { "INTEGER" } else { "DURATION" };
    Some((Some(kind.to_owned()), plain))
}
