//! PEM blocks (RFC 7468).
//!
//! Our own reader, because a fifth of the time that a quote takes beside its signatures went into a general one, which looks for the headers
//! of encrypted messages (RFC 1421) in every block. What is read here has none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use crate::excerpt::Excerpt;

/// What stands around a label (section 2).
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
/// An empty line behind another, with either end of lines.
const EMPTY_LINES: [&[u8]; 2] = [b"\n\n", b"\r\n\r\n"];

/// The contents of the blocks in `file`, all of which must have this `label`. Any text may stand before, between and behind them.
pub(super) fn blocks(label: &str, file: &[u8]) -> Result<Vec<Vec<u8>>, Excerpt> {
    let mut contents = vec![];
    let mut rest = file;
    while let Some((_, begun)) = until(BEGIN, rest) {
        let Some(Block { label: found, text, end, behind }) = Block::read(begun) else {
            let found = contents.len() + memmem::find_iter(rest, BEGIN).count();
            let reason = format_args!("{found} PEM blocks begin and {} are whole: it is cut short", contents.len());
            return Err(Excerpt::of(reason));
        };
        if found != label.as_bytes() || end != found {
            let [found, end] = [found, end].map(String::from_utf8_lossy);
            let reason = format_args!("a PEM block has the label `{found}` and ends as `{end}`; expected `{label}`");
            return Err(Excerpt::of(reason));
        }
        contents.push(decode(text)?);
        rest = behind;
    }
    Ok(contents)
}

/// The bytes that the `text` of a block encodes. An empty line would end the headers of RFC 1421, and whoever reads those reads something else.
fn decode(text: &[u8]) -> Result<Vec<u8>, Excerpt> {
    let mut text = text.trim_ascii_start().to_vec();
    if EMPTY_LINES.iter().any(|line| memmem::find(&text, line).is_some()) {
        return Err(Excerpt::of("a PEM block has an empty line"));
    }
    text.retain(|byte| !byte.is_ascii_whitespace());
    STANDARD.decode(text).map_err(|error| Excerpt::of(format_args!("a PEM block is no base64: {error}")))
}

/// A block behind its beginning.
struct Block<'a> {
    /// The label at its beginning.
    label: &'a [u8],
    text: &'a [u8],
    /// The label at its end.
    end: &'a [u8],
    /// What is behind it.
    behind: &'a [u8],
}

impl<'a> Block<'a> {
    fn read(block: &'a [u8]) -> Option<Self> {
        let (label, rest) = until(DASHES, block)?;
        let (text, rest) = until(END, rest)?;
        let (end, behind) = until(DASHES, rest)?;
        Some(Block { label, text, end, behind })
    }
}

/// What stands before and behind the first `mark` in `bytes`.
fn until<'a>(mark: &[u8], bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = memmem::find(bytes, mark)?;
    Some((&bytes[..at], &bytes[at + mark.len()..]))
}
