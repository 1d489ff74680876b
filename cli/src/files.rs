//! Reading files from outside: within a limit, and never from what could keep the command waiting.

use crate::failure::{Failure, NOT_A_FILE, NOT_UTF8, TOO_LARGE, UNWRITABLE};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Reads a file of at most `limit` bytes. `what` names it in messages.
///
/// # Errors
/// [`Failure`] for what is missing, is no regular file, cannot be read or is larger; that is seen before anything is read.
pub(crate) fn read(path: &Path, what: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    // Asked before opening: to open a pipe is to wait for who writes to it.
    let metadata = fs::metadata(path).map_err(|error| Failure::read(path, &error))?;
    if !metadata.is_file() {
        let found = if metadata.is_dir() { "a folder" } else { "a device or a pipe" };
        return Err(Failure::new(NOT_A_FILE, format!("`{}` is {found}; expected a file: {what}", path.display())));
    }
    let too_large = |found: &str| {
        let message =
            format!("`{}` has {found} bytes; {what} has at most {limit}: is this the right file?", path.display());
        Failure::new(TOO_LARGE, message)
    };
    if metadata.len() > limit {
        return Err(too_large(&metadata.len().to_string()));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| Failure::read(path, &error))?;
    // One more than the limit, to see that a file grew since.
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| Failure::read(path, &error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large("more"));
    }
    Ok(bytes)
}

/// Writes a file.
///
/// # Errors
/// [`Failure`] for what cannot be written.
pub(crate) fn write(path: &Path, content: &str) -> Result<(), Failure> {
    fs::write(path, content).map_err(|error| unwritable(path, &error))
}

/// A file or folder that cannot be written.
pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    let reason = error.to_string().to_lowercase();
    let message = format!("`{}` cannot be written: {reason}; check its folder and its permissions", path.display());
    Failure::new(UNWRITABLE, message)
}

/// Reads standard input, which is text of at most `limit` bytes.
///
/// # Errors
/// [`Failure`] for what cannot be read, is larger or is no text.
pub(crate) fn standard_input(limit: u64) -> Result<String, Failure> {
    let path = Path::new("standard input");
    let mut bytes = Vec::new();
    io::stdin().take(limit + 1).read_to_end(&mut bytes).map_err(|error| Failure::read(path, &error))?;
    if bytes.len() as u64 > limit {
        let message =
            format!("standard input has more than {limit} bytes, the most a policy has: is this the right file?");
        return Err(Failure::new(TOO_LARGE, message));
    }
    String::from_utf8(bytes).map_err(|error| not_utf8("standard input", &error))
}

/// A policy that is no text.
pub(crate) fn not_utf8(name: &str, error: &std::string::FromUtf8Error) -> Failure {
    let at = error.utf8_error().valid_up_to();
    Failure::new(NOT_UTF8, format!("`{name}` is not UTF-8 text, from byte {at} on: save the policy as UTF-8"))
}
