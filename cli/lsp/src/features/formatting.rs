//! The canonical layout, as the least edit that leads to it.

use crate::positions::Encoding;
use crate::workspace::Document;
use lsp_types::TextEdit;

/// What to change; nothing for a text with syntax errors, which stays as it is.
pub fn format(document: &Document, encoding: Encoding) -> Vec<TextEdit> {
    match atbac_grammar::format(document.id, &document.text) {
        Ok(laid_out) => edit(document, &laid_out, encoding).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

/// One edit of what lies between the common beginning and the common end, so that a cursor outside of it stays where it is.
fn edit(document: &Document, wanted: &str, encoding: Encoding) -> Option<TextEdit> {
    let text: &str = &document.text;
    if text == wanted {
        return None;
    }
    let before: usize = text.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (rest, wanted_rest) = (&text[before..], &wanted[before..]);
    let same_end = rest.chars().rev().zip(wanted_rest.chars().rev()).take_while(|(a, b)| a == b);
    let after: usize = same_end.map(|(a, _)| a.len_utf8()).sum();
    let range = document.lines.range(text, before, text.len() - after, encoding);
    Some(TextEdit { range, new_text: wanted[before..wanted.len() - after].to_owned() })
}
