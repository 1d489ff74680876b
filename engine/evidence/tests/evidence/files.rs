//! Where evidence lies and how it is read.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

/// The repository's root.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of genuine evidence, by its path under `tests/evidence`.
pub(crate) fn genuine(path: &str) -> Vec<u8> {
    read(&repository().join("tests/evidence").join(path))
}

/// The bytes of a file that must be there.
pub(crate) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An instant in RFC 3339.
pub(crate) fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}
