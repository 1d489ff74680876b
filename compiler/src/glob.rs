//! Patterns of `matches`: what a text looks like as a whole.
//!
//! `*` stands for any run of characters, also none, and `?` for exactly one; `\*`, `\?` and `\\` for themselves. Nothing else is special, so dots and slashes
//! are characters like any other.

/// The most bytes of a pattern: matching takes at most this many steps a byte of text.
pub const MAX_GLOB_BYTES: usize = 256;

/// A byte that no text in UTF-8 has, for `*`.
const ANY: u8 = 0xff;

/// Another, for `?`.
const ONE: u8 = 0xfe;

/// A pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Glob {
    pattern: Box<[u8]>,
}

/// Why a text is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GlobError {
    /// It has so many bytes, more than [`MAX_GLOB_BYTES`].
    TooLong(usize),
    /// A backslash stands before something other than `*`, `?` or itself.
    Escape,
    /// It has neither `*` nor `?`, so it is just a text.
    Plain,
    /// It is `*` alone, or several: every text matches.
    Everything,
}

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`GlobError`] for what is no pattern worth asking.
    pub fn new(text: &str) -> Result<Self, GlobError> {
        if text.len() > MAX_GLOB_BYTES {
            return Err(GlobError::TooLong(text.len()));
        }
        let mut pattern = Vec::with_capacity(text.len());
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'*' if pattern.last() == Some(&ANY) => {}
                b'*' => pattern.push(ANY),
                b'?' => pattern.push(ONE),
                b'\\' => match bytes.next() {
                    Some(escaped @ (b'*' | b'?' | b'\\')) => pattern.push(escaped),
                    Some(_) | None => return Err(GlobError::Escape),
                },
                other => pattern.push(other),
            }
        }
        if pattern == [ANY] {
            return Err(GlobError::Everything);
        }
        if !pattern.iter().any(|byte| matches!(*byte, ANY | ONE)) {
            return Err(GlobError::Plain);
        }
        Ok(Glob { pattern: pattern.into() })
    }

    /// Whether a text, in UTF-8, matches as a whole.
    pub fn matches(&self, text: &[u8]) -> bool {
        matches(&self.pattern, text)
    }

    /// The pattern in the form that [`matches()`] reads.
    pub fn pattern(&self) -> &[u8] {
        &self.pattern
    }
}

/// Whether a text, in UTF-8, matches a [`Glob::pattern`] as a whole: both executions ask this one function.
///
/// Only the last `*` is ever tried again: whatever an earlier one could take instead, the last can take too.
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    // Where to go on when what follows the last `*` does not match: behind it, one byte further in the text.
    let mut retry: Option<(usize, usize)> = None;
    while seen < text.len() {
        match pattern.get(at) {
            Some(&ANY) => {
                at += 1;
                retry = Some((at, seen));
                continue;
            }
            Some(&ONE) => {
                at += 1;
                seen += 1;
                // The rest of the character.
                while text.get(seen).is_some_and(|byte| byte & 0xc0 == 0x80) {
                    seen += 1;
                }
                continue;
            }
            Some(byte) if *byte == text[seen] => {
                at += 1;
                seen += 1;
                continue;
            }
            Some(_) | None => {}
        }
        let Some((behind, from)) = retry else { return false };
        // A `*` takes whole characters, so that a `?` behind it never begins inside one.
        let mut next = from + 1;
        while text.get(next).is_some_and(|byte| byte & 0xc0 == 0x80) {
            next += 1;
        }
        retry = Some((behind, next));
        (at, seen) = (behind, next);
    }
    pattern[at..].iter().all(|byte| *byte == ANY)
}

/// The text with which all begin that match a [`Glob::pattern`].
pub fn beginning(pattern: &[u8]) -> &[u8] {
    let end = pattern.iter().position(|byte| matches!(*byte, ANY | ONE)).unwrap_or(pattern.len());
    &pattern[..end]
}

/// The text with which all end that match a [`Glob::pattern`].
pub fn end(pattern: &[u8]) -> &[u8] {
    let begin = pattern.iter().rposition(|byte| matches!(*byte, ANY | ONE)).map_or(0, |last| last + 1);
    &pattern[begin..]
}

#[cfg(test)]
mod tests {
    use super::{Glob, GlobError, MAX_GLOB_BYTES};

    /// The definition, by recursion over characters.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            (['*', rest @ ..], text) => (0..=text.len()).any(|taken| by_definition(rest, &text[taken..])),
            (['?', rest @ ..], [_, text @ ..]) => by_definition(rest, text),
            ([one, rest @ ..], [first, text @ ..]) => one == first && by_definition(rest, text),
            ([_, ..], []) => false,
        }
    }

    /// Every word over an alphabet up to a length.
    fn words(alphabet: &[char], length: usize) -> Vec<Vec<char>> {
        let mut all = vec![Vec::new()];
        let mut last = all.clone();
        for _ in 0..length {
            last = last
                .iter()
                .flat_map(|word: &Vec<char>| {
                    alphabet.iter().map(|letter| word.iter().copied().chain([*letter]).collect())
                })
                .collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn every_short_pattern_matches_by_definition() {
        let texts = words(&['a', 'b', 'é'], 5);
        for pattern in words(&['a', 'é', '*', '?'], 5) {
            let written: String = pattern.iter().collect();
            let Ok(glob) = Glob::new(&written) else { continue };
            for text in &texts {
                let plain: String = text.iter().collect();
                assert_eq!(glob.matches(plain.as_bytes()), by_definition(&pattern, text), "{plain} matches {written}");
            }
        }
    }

    #[test]
    fn a_backslash_takes_the_meaning_away() {
        let glob = Glob::new(r"a\*b*\\\?").unwrap();
        assert!(glob.matches(br"a*b\?"));
        assert!(glob.matches(br"a*b anything \?"));
        assert!(!glob.matches(br"axb\?"));
    }

    #[test]
    fn a_pattern_begins_and_ends_with_what_is_not_special() {
        let of = |text: &str| {
            let glob = Glob::new(text).unwrap();
            [super::beginning(glob.pattern()), super::end(glob.pattern())].map(|part| part.to_vec())
        };
        assert_eq!(of("crm.*.read"), [b"crm.".to_vec(), b".read".to_vec()]);
        assert_eq!(of(r"?a\*"), [b"".to_vec(), b"a*".to_vec()]);
        assert_eq!(of("a?b*"), [b"a".to_vec(), b"".to_vec()]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        assert_eq!(Glob::new("plain"), Err(GlobError::Plain));
        assert_eq!(Glob::new(""), Err(GlobError::Plain));
        assert_eq!(Glob::new("**"), Err(GlobError::Everything));
        assert_eq!(Glob::new(r"a\d*"), Err(GlobError::Escape));
        assert_eq!(Glob::new(r"*\"), Err(GlobError::Escape));
        let long = "*a".repeat(MAX_GLOB_BYTES);
        assert_eq!(Glob::new(&long), Err(GlobError::TooLong(long.len())));
    }
}
