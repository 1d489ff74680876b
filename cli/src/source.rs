//! Where the bytes of a piece of evidence come from: a file, or the evidence file itself.

use crate::failure::Failure;
use crate::files;
use serde::Deserialize;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Bytes by the path of a file, relative to what names it; or as they are, in hexadecimal or as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "a path, or an object with `hex` (bytes in hexadecimal) or `text` (PEM, JSON)")]
pub(crate) enum Source {
    /// A file.
    Path(PathBuf),
    /// Bytes in hexadecimal.
    Hex(Hex),
    /// Text as it is: PEM, JSON.
    Text(Text),
}

/// `{"hex": …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hex {
    #[serde(with = "hex")]
    hex: Vec<u8>,
}

/// `{"text": …}`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    text: String,
}

impl Source {
    /// Reads at most `limit` bytes; relative paths are from `folder`. `what` names them in messages.
    ///
    /// # Errors
    /// [`Failure`] when a file cannot be read.
    pub(crate) fn read(&self, folder: &Path, what: &str, limit: u64) -> Result<Vec<u8>, Failure> {
        match self {
            Source::Path(path) => files::read(&folder.join(path), what, limit),
            // They are within the limit of the file that they stand in.
            Source::Hex(Hex { hex }) => Ok(hex.clone()),
            Source::Text(Text { text }) => Ok(text.clone().into_bytes()),
        }
    }
}

/// As an argument: always a path.
impl FromStr for Source {
    type Err = Infallible;

    fn from_str(path: &str) -> Result<Self, Infallible> {
        Ok(Source::Path(path.into()))
    }
}
