//! The copy of the repository that the switches are written into.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies the files that git knows or would add, but not the Rust files under `switched`: those are written with switches in them.
/// What is the same already is not written, so that no build begins anew; what the repository no longer has is removed.
///
/// # Errors
/// If git cannot list them, or a file cannot be read, written or removed.
pub(crate) fn files(repository: &Path, tree: &Path, switched: &str) -> io::Result<()> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(repository)
        .output()?;
    let names = String::from_utf8(listed.stdout).map_err(io::Error::other)?;
    for name in names.split_terminator('\0') {
        let (file, written_later) = (repository.join(name), name.starts_with(switched) && name.ends_with(".rs"));
        if file.is_file() && !written_later {
            write_if_other(&tree.join(name), &std::fs::read(file)?)?;
        }
    }
    for copied in all(tree)? {
        if copied.strip_prefix(tree).is_ok_and(|name| !repository.join(name).is_file()) {
            std::fs::remove_file(copied)?;
        }
    }
    Ok(())
}

/// Writes a file whose content is not `content` yet.
pub(crate) fn write_if_other(file: &Path, content: &[u8]) -> io::Result<()> {
    if std::fs::read(file).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, content)
}

/// The Rust files under `folder`, in the order of their names.
pub(crate) fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = all(folder)?;
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    Ok(found)
}

/// The files under `folder`, in the order of their names.
fn all(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(all(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
