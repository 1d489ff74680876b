//! The copy of the repository that the switches are written into.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies the files that git knows or would add, but not the Rust files under `switched`: those are written with switches in them.
/// What is the same already is not written, so that no build begins anew.
///
/// # Errors
/// If git cannot list them, or a file cannot be read or written.
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
    let mut found = vec![];
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
