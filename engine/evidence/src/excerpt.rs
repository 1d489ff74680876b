//! The words of others in our messages.

use std::fmt;

/// The characters that are shown of a text.
const MAX_CHARS: usize = 200;

/// Text that someone else chose (a name in a certificate, a library's account of malformed input), fit to be shown in messages and logs:
/// control and invisible characters are escaped as in Rust's literals, and what is longer than 200 characters is cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt(String);

impl Excerpt {
    pub(crate) fn of(text: impl fmt::Display) -> Self {
        let text = text.to_string();
        let mut excerpt = String::new();
        for (at, character) in text.chars().enumerate() {
            if at == MAX_CHARS {
                excerpt.push('…');
                break;
            }
            match character {
                '"' | '\'' => excerpt.push(character),
                other => excerpt.extend(other.escape_debug()),
            }
        }
        Self(excerpt)
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_text_and_nothing_that_commands_a_terminal() {
        let shown = |text: &str| Excerpt::of(text).to_string();
        assert_eq!(shown("O=Größe, CN=\"it's\""), "O=Größe, CN=\"it's\"");
        assert_eq!(shown("a\x1b[2Jb\r\nc\0"), "a\\u{1b}[2Jb\\r\\nc\\0");
        assert_eq!(shown("right\u{202e}left\u{200b}"), "right\\u{202e}left\\u{200b}");
        assert_eq!(shown(&"x".repeat(200)), "x".repeat(200));
        assert_eq!(shown(&"x".repeat(201)), "x".repeat(200) + "…");
    }
}
