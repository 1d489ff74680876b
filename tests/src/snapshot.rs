//! Texts that a person has reviewed, kept in files.
//!
//! With the environment variable `UPDATE=1` a test writes what it found instead of comparing. Read what changed before you commit it.

use std::fs;
use std::path::Path;

/// Compares a text with the one on file.
///
/// # Errors
/// What differs, for a person.
pub fn compare(path: &Path, found: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        return fs::write(path, found).map_err(|error| format!("{}: {error}", path.display()));
    }
    let expected =
        fs::read_to_string(path).map_err(|error| format!("{}: {error}; UPDATE=1 writes it", path.display()))?;
    if expected == found {
        return Ok(());
    }
    Err(format!("{} differs; UPDATE=1 accepts what was found.\nexpected:\n{expected}\nfound:\n{found}", path.display()))
}
