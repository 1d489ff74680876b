//! Byte strings and digests.

use super::Fault;
use crate::syntax::{BytesForm, ExprKind};

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

pub(super) fn bytes(form: BytesForm, text: &str) -> Result<ExprKind, Fault> {
    // Most have nothing between their digits, and nothing wrong with them.
    let mut bytes = vec![0; text.len() / 2];
    if hex::decode_to_slice(text, &mut bytes).is_err() {
        bytes = separated(text)?;
    }
    match form.length() {
        Some(expected) if expected != bytes.len() => {
            let fault = Fault::new(format!("{} bytes where a `{}` digest has {expected}", bytes.len(), form.prefix()));
            let fitting = [BytesForm::Sha256, BytesForm::Sha384, BytesForm::Sha512]
                .into_iter()
                .find(|form| form.length() == Some(bytes.len()));
            Err(match fitting {
                Some(form) => fault.help(format!("{} bytes are a `{}` digest", bytes.len(), form.prefix())),
                None => fault.help("check that the digest was copied whole; `hex\"…\"` takes any length"),
            })
        }
        _ => Ok(ExprKind::Bytes(form, bytes)),
    }
}

/// Digits of which `_` may separate some.
fn separated(text: &str) -> Result<Vec<u8>, Fault> {
    if let Some((at, bad)) = text.char_indices().find(|&(_, c)| !c.is_ascii_hexdigit() && c != '_') {
        let fault =
            Fault::new(format!("`{}` is not a hexadecimal digit", bad.escape_debug())).at(at..at + bad.len_utf8());
        return Err(fault.help("the digits are 0 to 9 and a to f; `_` may separate them"));
    }
    let digits = text.replace('_', "");
    hex::decode(&digits)
        .map_err(|_| Fault::new(format!("an odd number of hexadecimal digits, {}: every byte has two", digits.len())))
}
